#include "robot/options.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define AT(member)                                                                                 \
    .section = "robot", .key = #member, .offset = offsetof(struct dw_robot_options, member)

const struct dw_option dw_robot_options_table[] = {
    {AT(driver), .type = DW_OPT_CHOICE, .fallback = "sim", .choices = "sim|manual|nimbie|primera|ptburn",
     .help = "Kind of robot: sim is the simulated Disc Publisher, its discs are files; manual is one or more "
             "ordinary drives and a person, whom the console asks to put discs in and to take them out; nimbie is an "
             "Acronova Nimbie NB21; primera is a Disc Publisher, see docs/primera.md; ptburn is one behind the PTBurn "
             "service of its maker on a Windows server, see docs/ptburn.md."},
    {AT(device), .type = DW_OPT_LIST, .fallback = "/dev/sr0",
     .help = "Manual, nimbie, primera: the drives in the order of their places, separated by commas. assign: a person says in the "
             "console which drive it is; alone, or with nothing, it stands for every drive of the robot. serial:TEXT "
             "is the drive of that serial, path:TEXT the one that is plugged in there, whatever number they have "
             "(discwright robot NAME drives lists them); also /dev/sr0 or /dev/discwright/drive-1 (see "
             "58-discwright.rules of udev). stdio:/path/of/file is a file that plays a drive, for tests."},
    {AT(usb), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Robots at a USB cable: which device it is, where more than one fits: vendor and product as 1723:0945, or "
             "the port as 1-2.3, or 1284: and a pattern of its IEEE 1284 id. discwright robots --diagnose shows them."},
    {AT(dialect), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Primera: the commands it understands, by the name of their file: discpublisher2-captured for a Disc "
             "Publisher II, or one of your own in /etc/discwright/dialects; or the file's path. Empty takes the one that "
             "says it is for this device."},
    {AT(right_bin), .type = DW_OPT_CHOICE, .fallback = "input", .choices = "input|output|reject|none",
     .help = "Primera: what the right bin is for. What has no bin, finished discs or rejected ones, leaves by the "
             "slide at the front."},
    {AT(left_bin), .type = DW_OPT_CHOICE, .fallback = "output", .choices = "input|output|reject|none",
     .help = "Primera: what the left bin is for. Two input bins hold the kinds that bins names, the right one first."},
    {AT(drives), .type = DW_OPT_INT, .fallback = "2", .min = 1, .max = DW_ROBOT_DRIVES_MAX,
     .help = "Optical drives inside the robot; where device names several they count."},
    {AT(bins), .type = DW_OPT_TEXT, .fallback = "cd,dvd",
     .help = "Blanks of the input bins, one word for each bin, separated by commas: cd, dvd, dvd-dl (two "
             "layers), bd (25 GB), bd-50, bd-100. A disc is burned on a blank of the very kind its job "
             "names, never on a larger one. cd:white says of which pile they are: a label template that names "
             "a pile (data-stock) gets its discs and no others."},
    {AT(bin_capacity), .type = DW_OPT_INT, .fallback = "50", .min = 1, .max = DW_BIN_DISCS_MAX,
     .unit = "discs", .help = "Discs an input bin holds."},
    {AT(output_capacity), .type = DW_OPT_INT, .fallback = "50", .min = 1, .max = DW_BIN_DISCS_MAX,
     .unit = "discs", .help = "Discs the output bin holds before a person has to empty it."},
    {AT(reject_capacity), .type = DW_OPT_INT, .fallback = "20", .min = 1, .max = DW_BIN_DISCS_MAX,
     .unit = "discs", .help = "Discs the reject bin holds before a person has to empty it."},
    {AT(burn_speed_kbps), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 200000,
     .unit = "kB/s", .help = "Writing speed of the kinds of media that have none of their own below; 0 takes the "
                             "fastest that drive and disc agree on."},
    {AT(burn_speed_cd), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 52, .unit = "times",
     .help = "Writing speed of CDs: 24 is 24x; 0 leaves it to burn_speed_kbps."},
    {AT(burn_speed_dvd), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 24, .unit = "times",
     .help = "Writing speed of DVDs; 0 leaves it to burn_speed_kbps."},
    {AT(burn_speed_bd), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 16, .unit = "times",
     .help = "Writing speed of Blu-ray discs; 0 leaves it to burn_speed_kbps."},
    {AT(pick_retries), .type = DW_OPT_INT, .fallback = "2", .min = 0, .max = 5,
     .help = "How often a disc is picked again when the picker surely holds nothing."},
    {AT(printer), .type = DW_OPT_CHOICE, .fallback = "own", .choices = "own|cups",
     .help = "Label printer: own is the robot's, if it has one; cups is any printer with a queue in CUPS or that "
             "speaks IPP itself."},
    {AT(printer_queue), .type = DW_OPT_TEXT, .fallback = "",
     .help = "printer = cups: the name of a queue of this machine, or ipp://HOST/printers/NAME."},
    {AT(printer_media), .type = DW_OPT_TEXT, .fallback = "custom_disc_120x120mm",
     .help = "printer = cups: the medium as the queue calls a disc; the label is 120 mm x 120 mm and is never "
             "scaled."},
    {AT(printer_options), .type = DW_OPT_TEXT, .fallback = "",
     .help = "printer = cups: further options as lp -o takes them, such as 'InputSlot=Disc print-quality=5'."},
    {AT(printer_timeout_s), .type = DW_OPT_INT, .fallback = "600", .min = 10, .max = 7200, .unit = "s",
     .help = "printer = cups: a label that is not printed by then, and for which nobody is waited, is taken out of "
             "the queue and its disc rejected."},
    {AT(printer_settle_s), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 600, .unit = "s",
     .help = "printer = cups: how long the printer still prints after its queue says completed; of USB printers the "
             "queue only knows that the last byte was sent."},
    {AT(delegated_verify), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Accept a robot that reads its discs back itself, out of our sight: its discs then say that the "
             "robot verified them."},
    {AT(drive_failures_max), .type = DW_OPT_INT, .fallback = "3", .min = 1, .max = 20,
     .unit = "discs",
     .help = "Bad discs in a row after which a drive gets no more until acknowledged."},
    {AT(rejects_max), .type = DW_OPT_INT, .fallback = "6", .min = 1, .max = 100, .unit = "discs",
     .help = "Rejected discs in a row, of whatever drive, after which the robot stops until "
             "acknowledged."},
    {AT(share), .type = DW_OPT_TEXT, .fallback = "",
     .help = "PTBurn: where the job folder of its server is mounted here, such as /mnt/ptburn; see docs/ptburn.md."},
    {AT(share_unc), .type = DW_OPT_TEXT, .fallback = "",
     .help = "PTBurn: what the server calls the same folder, \\\\SERVER\\PTBurnJobs or C:\\PTBurnJobs; plain ASCII."},
    {AT(share_unicode), .type = DW_OPT_CHOICE, .fallback = "auto", .choices = "auto|yes|no",
     .help = "PTBurn: is the Unicode build of the service installed, which reads jobs in UTF-16? auto goes by its status "
             "files."},
    {AT(ptburn_robot), .type = DW_OPT_TEXT, .fallback = "",
     .help = "PTBurn: the robot as its server names it in Status/SystemStatus.txt; may be left out where there is only "
             "one."},
    {AT(kiosk), .type = DW_OPT_CHOICE, .fallback = "leave", .choices = "leave|on|off",
     .help = "PTBurn: kiosk mode, where discs come out at the front: on and off set it at the server, leave takes it as "
             "it is. With two input bins every disc comes out at the front in any case."},
    {AT(ignore_ink_low), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "PTBurn: go on with little ink at once; else the robot waits until somebody acknowledges it in the console "
             "or changes the cartridge."},
    {AT(print_quality), .type = DW_OPT_INT, .fallback = "-1", .min = -1, .max = 4,
     .help = "PTBurn: 0 (low) to 4 (best); -1 leaves it to the driver of the server."},
    {AT(initial_discs), .type = DW_OPT_INT, .fallback = "20", .min = 0, .max = DW_BIN_DISCS_MAX,
     .unit = "discs", .help = "Simulator: blank discs in each input bin at the very first start."},
    {AT(blank_capacity), .type = DW_OPT_SIZE, .fallback = "0", .unit = "bytes",
     .help = "Simulator: size of a blank disc; 0 takes the usual size of its medium."},
    {AT(time_scale), .type = DW_OPT_INT, .fallback = "100", .min = 0, .max = 1000,
     .unit = "percent",
     .help = "Simulator: how long motions last, in percent of a real machine; 0 does not wait."},
    {AT(arm_ms), .type = DW_OPT_INT, .fallback = "8000", .min = 0, .max = 120000, .unit = "ms",
     .help = "Simulator: the arm carries a disc from one place to another."},
    {AT(tray_ms), .type = DW_OPT_INT, .fallback = "3000", .min = 0, .max = 120000, .unit = "ms",
     .help = "Simulator: a tray opens or closes."},
    {AT(print_ms), .type = DW_OPT_INT, .fallback = "30000", .min = 0, .max = 600000, .unit = "ms",
     .help = "Simulator: one label is printed."},
    {AT(ink_prints), .type = DW_OPT_INT, .fallback = "400", .min = 1, .max = 100000,
     .unit = "labels", .help = "Simulator: labels a full cartridge prints."},
    {AT(faults), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Simulator: faults that happen after the very first start, such as 'missed_pick@2, "
             "drive_fail@1:500': also double_pick, jam, tray_stuck, silence, dropped (at the Nth "
             "motion), ink_out, print_fail (Nth label), corrupt (drive N), bin_empty (bin N)."},
};
const size_t dw_robot_options_count = DW_ARRAY_LEN(dw_robot_options_table);

json_t *dw_robot_options_to_json(const struct dw_robot_options *options)
{
    json_t *out = json_object();
    for (size_t i = 0; i < dw_robot_options_count; i++) {
        const struct dw_option *option = &dw_robot_options_table[i];
        const char *member = (const char *)options + option->offset;
        char number[32];
        switch (option->type) {
        case DW_OPT_INT:
            snprintf(number, sizeof number, "%" PRId64, *(const int64_t *)(const void *)member);
            json_object_set_new(out, option->key, json_string(number));
            break;
        case DW_OPT_SIZE:
            snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)(const void *)member);
            json_object_set_new(out, option->key, json_string(number));
            break;
        case DW_OPT_BOOL:
            json_object_set_new(out, option->key,
                                json_string(*(const bool *)(const void *)member ? "yes" : "no"));
            break;
        case DW_OPT_TEXT:
        case DW_OPT_PATH:
        case DW_OPT_LIST:
        case DW_OPT_CHOICE:
            json_object_set_new(out, option->key, json_string(member));
            break;
        }
    }
    return out;
}

dw_status dw_robot_options_from_json(const json_t *json, struct dw_robot_options *out,
                                     struct dw_error *err)
{
    const char *key;
    json_t *value;
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, out);
    json_object_foreach((json_t *)json, key, value)
    {
        char number[32];
        const char *typed = number;
        if (json_is_string(value))
            typed = json_string_value(value);
        else if (json_is_integer(value))
            snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_boolean(value))
            typed = json_is_true(value) ? "yes" : "no";
        else
            return dw_error_set(err, DW_ERR_INVALID, "option '%s' is no text and no number", key);
        dw_status st = dw_options_set(dw_robot_options_table, dw_robot_options_count, out, "robot",
                                      key, typed, err);
        if (st != DW_OK)
            return st;
    }
    return DW_OK;
}

bool dw_robot_stock_is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return strlen(name) < DW_STOCK_NAME_MAX && strspn(name, allowed) == strlen(name);
}

/* "cd" or "cd:white" */
static dw_status read_bin(const char *text, size_t length, struct dw_robot_bins *out, struct dw_error *err)
{
    char word[64], *stock;
    if (out->count == DW_ROBOT_BINS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a robot has at most %d input bins", DW_ROBOT_BINS_MAX);
    snprintf(word, sizeof word, "%.*s", length < sizeof word ? (int)length : 0, text);
    if ((stock = strchr(word, ':')) != NULL)
        *stock++ = 0;
    const struct dw_blank *blank = dw_blank_find(word);
    if (!blank)
        return dw_error_set(err, DW_ERR_INVALID,
                            "bins: '%.*s' is not one of cd, dvd, dvd-dl, bd, bd-50, bd-100",
                            length < 40 ? (int)length : 40, text);
    if (stock && (!*stock || !dw_robot_stock_is_name(stock)))
        return dw_error_set(err, DW_ERR_INVALID,
                            "bins: the name of a pile is letters, digits, '-' and '_', at most %d of them",
                            DW_STOCK_NAME_MAX - 1);
    dw_text_cut(out->stock[out->count], sizeof out->stock[0], stock ? stock : "");
    out->blank[out->count++] = blank;
    return DW_OK;
}

dw_status dw_robot_bins_read(const char *text, struct dw_robot_bins *out, struct dw_error *err)
{
    *out = (struct dw_robot_bins){.count = 0};
    for (text += strspn(text, " \t,"); *text; text += strspn(text, " \t,")) {
        size_t length = strcspn(text, " \t,");
        dw_status st = read_bin(text, length, out, err);
        if (st != DW_OK)
            return st;
        text += length;
    }
    return out->count ? DW_OK
                      : dw_error_set(err, DW_ERR_INVALID, "bins: a robot needs at least one input bin");
}
