#include "robot/usb/pick.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* --- what is meant --- */

static bool read_ids(const char *text, struct dw_usb_match *out)
{
    unsigned char bytes[4];
    char digits[9];
    if (strlen(text) != 9 || text[4] != ':' ||
        !dw_text_format(digits, sizeof digits, "%.4s%.4s", text, text + 5) ||
        !dw_text_unhex(digits, bytes, sizeof bytes))
        return false;
    out->vendor = (uint16_t)(bytes[0] << 8 | bytes[1]);
    out->product = (uint16_t)(bytes[2] << 8 | bytes[3]);
    return true;
}

/* As the kernel names a device: bus-port.port.port */
static bool is_path(const char *text)
{
    static const char digits[] = "0123456789";
    size_t bus = strspn(text, digits);
    if (bus == 0 || text[bus] != '-')
        return false;
    for (text += bus + 1;; text++) {
        size_t port = strspn(text, digits);
        text += port;
        if (port == 0 || port > 3)
            return false;
        if (*text != '.')
            return *text == 0;
    }
}

dw_status dw_usb_match_read(const char *text, struct dw_usb_match *out, struct dw_error *err)
{
    static const char pattern[] = "1284:";
    if (!*text || read_ids(text, out))
        return DW_OK;
    if (strncmp(text, pattern, sizeof pattern - 1) == 0 && text[sizeof pattern - 1] &&
        strlen(text) - (sizeof pattern - 1) < sizeof out->id1284) {
        dw_text_cut(out->id1284, sizeof out->id1284, text + sizeof pattern - 1);
        return DW_OK;
    }
    if (is_path(text) && strlen(text) < sizeof out->path) {
        dw_text_cut(out->path, sizeof out->path, text);
        return DW_OK;
    }
    return dw_error_set(err, DW_ERR_INVALID,
                        "usb: '%.60s' is no VID:PID such as 0f25:0012, no port such as 1-2.3 and no "
                        "1284:PATTERN",
                        text);
}

static bool has_class(const struct dw_usb_device *device, int class)
{
    for (int i = 0; i < device->interfaces; i++) {
        if (device->interface[i].class == class)
            return true;
    }
    return false;
}

bool dw_usb_match_fits(const struct dw_usb_match *match, const struct dw_usb_device *device)
{
    return (!match->vendor || match->vendor == device->vendor) &&
           (!match->product || match->product == device->product) &&
           (!match->class || has_class(device, match->class)) &&
           (!match->path[0] || strcmp(match->path, device->path) == 0);
}

bool dw_usb_match_id(const struct dw_usb_match *match, const char *id1284)
{
    return !match->id1284[0] || fnmatch(match->id1284, id1284, FNM_CASEFOLD) == 0;
}

void dw_usb_match_text(const struct dw_usb_match *match, char out[DW_USB_MATCH_TEXT_MAX])
{
    struct dw_buf text = {.max = DW_USB_MATCH_TEXT_MAX};
    const char *kind = match->class == DW_USB_CLASS_PRINTER ? "printer" : "device";
    if (match->vendor && match->product)
        dw_buf_addf(&text, "USB %s %04x:%04x", kind, (unsigned)match->vendor, (unsigned)match->product);
    else if (match->vendor)
        dw_buf_addf(&text, "a USB %s of vendor %04x", kind, (unsigned)match->vendor);
    else
        dw_buf_addf(&text, "a USB %s", kind);
    if (match->path[0])
        dw_buf_addf(&text, " at %s", match->path);
    if (match->id1284[0])
        dw_buf_addf(&text, " like %.60s", match->id1284);
    dw_text_cut(out, DW_USB_MATCH_TEXT_MAX, text.data ? text.data : "");
    dw_buf_done(&text);
}

/* --- through which pipes --- */

/* Bulk wins over interrupt, the first of a kind over the next. */
static void consider(const struct dw_usb_endpoint *candidate, struct dw_usb_endpoint *best)
{
    if (candidate->type != DW_USB_BULK && candidate->type != DW_USB_INTERRUPT)
        return;
    if (!best->address || (candidate->type == DW_USB_BULK && best->type == DW_USB_INTERRUPT))
        *best = *candidate;
}

static struct dw_usb_pipes pipes_of(const struct dw_usb_interface *interface)
{
    struct dw_usb_pipes pipes = {.interface = interface};
    for (int i = 0; i < interface->endpoints; i++) {
        const struct dw_usb_endpoint *endpoint = &interface->endpoint[i];
        consider(endpoint, endpoint->address & 0x80 ? &pipes.in : &pipes.out);
    }
    return pipes;
}

/* Printer class 1.1, 4.2.1: 1 one way, 2 both ways, 3 packets of IEEE 1284.4, of which we speak none. */
static int worth(const struct dw_usb_pipes *pipes)
{
    const struct dw_usb_interface *interface = pipes->interface;
    bool packets = interface->class == DW_USB_CLASS_PRINTER && interface->protocol > 2;
    if (!pipes->out.address)
        return 0;
    return packets ? 1 : pipes->in.address ? 3 : 2;
}

dw_status dw_usb_pipes_pick(const struct dw_usb_device *device, int class, struct dw_usb_pipes *out,
                            struct dw_error *err)
{
    struct dw_usb_pipes best = {.interface = NULL};
    int best_worth = 0;
    for (int i = 0; i < device->interfaces; i++) {
        if (class && device->interface[i].class != class)
            continue;
        struct dw_usb_pipes pipes = pipes_of(&device->interface[i]);
        bool other = best.interface && pipes.interface->number != best.interface->number;
        if (!other && worth(&pipes) > best_worth) {
            best = pipes;
            best_worth = worth(&pipes);
        }
    }
    if (best_worth == 0)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "USB device %04x:%04x has no %sinterface that takes data",
                            (unsigned)device->vendor, (unsigned)device->product,
                            class == DW_USB_CLASS_PRINTER ? "printer " : "");
    *out = best;
    return DW_OK;
}

/* --- IEEE-1284 ids --- */

static const struct {
    const char *name, *long_name;
} keys[] = {{"MFG", "MANUFACTURER"}, {"MDL", "MODEL"}, {"CMD", "COMMAND SET"}, {"DES", "DESCRIPTION"},
            {"CLS", "CLASS"},        {"SN", "SERIALNUMBER"}};

static bool is_key(const char *text, size_t length, const char *key)
{
    if (strlen(key) == length && strncasecmp(text, key, length) == 0)
        return true;
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
        if (strcasecmp(keys[i].name, key) == 0)
            return strlen(keys[i].long_name) == length && strncasecmp(text, keys[i].long_name, length) == 0;
    }
    return false;
}

void dw_usb_id1284_value(const char *id1284, const char *key, char *out, size_t size)
{
    char value[DW_USB_ID1284_MAX] = "";
    for (const char *at = id1284; *at; at += strcspn(at, ";"), at += *at == ';') {
        at += strspn(at, " ");
        size_t length = strcspn(at, ":;");
        if (at[length] != ':' || !is_key(at, length, key))
            continue;
        const char *start = at + length + 1;
        snprintf(value, sizeof value, "%.*s", (int)strcspn(start, ";"), start);
        break;
    }
    dw_text_cut(out, size, value);
}
