#include "daemon/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/intake/admission.h"

#define AT(sect, member)                                                                           \
    .section = #sect, .key = #member, .offset = offsetof(struct dw_config, sect.member)

const struct dw_option dw_config_table[] = {
    {AT(daemon, state), .type = DW_OPT_PATH, .fallback = "/var/lib/discwright",
     .help = "Folder of the database, the received objects and everything else that must survive."},
    {AT(daemon, log_level), .type = DW_OPT_CHOICE, .fallback = "info",
     .choices = "error|warning|info|debug",
     .help = "Least important kind of line that is logged. No level logs patient data."},
    {AT(dicom, enabled), .type = DW_OPT_BOOL, .fallback = "yes",
     .help = "Listen on this port; no leaves the ports of the [listen NAME] sections."},
    {AT(dicom, port), .type = DW_OPT_INT, .fallback = "11112", .min = 0, .max = 65535,
     .help = "TCP port that studies are sent to; 0 takes a free one, named in run/ports.json."},
    {AT(dicom, bind), .type = DW_OPT_TEXT, .fallback = "0.0.0.0",
     .help = "Address to listen on; * takes all of IPv4 and IPv6."},
    {AT(dicom, aet), .type = DW_OPT_TEXT, .fallback = "DISCWRIGHT",
     .help = "Our application entity title, at most 16 characters."},
    {AT(dicom, check_called_aet), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Refuse callers that ask for another AE title than aet or one with an [ae TITLE] section."},
    {AT(dicom, calling), .type = DW_OPT_LIST, .fallback = "",
     .help = "AE titles that may call, with commas between them; empty lets every title in."},
    {AT(dicom, hosts), .type = DW_OPT_LIST, .fallback = "",
     .help = "Addresses and networks that may call, with commas between them, such as 10.1.0.0/16, 192.168.7.12, "
             "2001:db8::/32; empty lets every address in."},
    {AT(dicom, max_associations), .type = DW_OPT_INT, .fallback = "64", .min = 1,
     .max = DW_ASSOCIATIONS_MAX,
     .help = "Associations served at the same time on all ports; more are asked to come later."},
    {AT(dicom, max_per_peer), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = DW_ASSOCIATIONS_MAX,
     .help = "Associations served at the same time for one address; 0 sets no limit."},
    {AT(dicom, max_pdu), .type = DW_OPT_INT, .fallback = "131072", .min = 16384, .max = 131072,
     .unit = "bytes", .help = "Largest protocol data unit we accept."},
    {AT(dicom, artim_s), .type = DW_OPT_INT, .fallback = "30", .min = 1, .max = 600, .unit = "s",
     .help = "How long a caller may take to ask for its association."},
    {AT(dicom, idle_s), .type = DW_OPT_INT, .fallback = "300", .min = 1, .max = 86400, .unit = "s",
     .help = "How long an association may stay silent between two requests."},
    {AT(dicom, dimse_s), .type = DW_OPT_INT, .fallback = "60", .min = 1, .max = 3600, .unit = "s",
     .help = "How long a caller may be silent in the middle of an object."},
    {AT(dicom, certificate_days), .type = DW_OPT_INT, .fallback = "21", .min = 0, .max = 365, .unit = "days",
     .help = "So long before a certificate of a secure port expires, console, status and log say so."},
    {AT(accept, sr), .type = DW_OPT_BOOL, .fallback = "yes",
     .help = "Take structured reports, dose reports among them. Key objects are always taken."},
    {AT(accept, private), .type = DW_OPT_BOOL, .fallback = "yes",
     .help = "Take SOP classes of manufacturers that the table knows."},
    {AT(accept, any), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Take every storage class that a caller names. What no table knows is kept and never put on a disc."},
    {AT(accept, classes), .type = DW_OPT_PATH, .fallback = "",
     .help = "File of further SOP classes, or of known ones that are to be filed otherwise, in the format of "
             "sop-classes.conf. Read at the start."},
    {AT(accept, prefer), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Transfer syntaxes by UID, the best first, separated by commas: which is taken when a caller offers "
             "several in one presentation context. Empty takes uncompressed before compressed, Explicit VR Little "
             "Endian first, and of videos and whole slides the compressed one."},
    {AT(intake, quiet_s), .type = DW_OPT_INT, .fallback = "60", .min = 1, .max = 86400, .unit = "s",
     .help = "A study is complete when nothing has arrived for it for so long and no association that brought "
             "objects of it is open."},
    {AT(intake, open_max_s), .type = DW_OPT_INT, .fallback = "900", .min = 1, .max = 86400, .unit = "s",
     .help = "How long an open association alone can keep a study from being complete, from its last object on: a "
             "modality that hangs keeps no patient waiting for ever."},
    {AT(intake, reserve), .type = DW_OPT_SIZE, .fallback = "2GiB", .unit = "bytes",
     .help = "Free space that receiving never touches, so that discs in the making can be finished."},
    {AT(retention, keep_days), .type = DW_OPT_INT, .fallback = "0", .min = 0, .max = 36500, .unit = "days",
     .help = "Delete a study when its last object and its last disc are older than that; 0 keeps it. Never one "
             "that is pinned, held, or of a job that is not done or cancelled."},
    {AT(retention, keep_min_free), .type = DW_OPT_SIZE, .fallback = "0", .unit = "bytes",
     .help = "Delete the oldest finished studies when less is free where the spool lies, those on a disc first; "
             "0 does not. Must be more than intake.reserve, by what arrives within grace_hours."},
    {AT(retention, grace_hours), .type = DW_OPT_INT, .fallback = "24", .min = 0, .max = 8760, .unit = "hours",
     .help = "How long a deleted study is only hidden and can be taken back; then its files go. Where less than "
             "keep_min_free is free, studies older than keep_days do not have that time."},
    {AT(retention, history_days), .type = DW_OPT_INT, .fallback = "1095", .min = 0, .max = 36500, .unit = "days",
     .help = "How long it is known whose a purged study and its discs were, and who decided what; then the names and "
             "numbers of the patient and the entries of the audit go. 0 keeps them."},
    {AT(jobs, auto_publish), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Order a disc of every study as soon as it is complete."},
    {AT(jobs, media), .type = DW_OPT_CHOICE, .fallback = "cd",
     .choices = DW_CONFIG_MEDIA,
     .help = "Blank disc when an order does not name one: dvd-dl has two layers, bd holds 25 GB. auto takes, of "
             "what lies in the robot's bins, the kind that needs the fewest discs, then the smallest."},
    {AT(jobs, profile), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Application profile, such as STD-GEN-CD; empty takes that of the medium."},
    {AT(jobs, template), .type = DW_OPT_TEXT, .fallback = "standard",
     .help = "Label template: a name or the path of an SVG file."},
    {AT(jobs, institution), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Who made the disc, as printed on label and pages."},
    {AT(jobs, contact), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Address or telephone number printed on the label."},
    {AT(jobs, viewer), .type = DW_OPT_BOOL, .fallback = "yes",
     .help = "Put the pages and the viewer on the disc beside the images."},
    {AT(jobs, copies), .type = DW_OPT_INT, .fallback = "1", .min = 1, .max = DW_COPIES_MAX,
     .help = "Copies that auto_publish orders."},
    {AT(jobs, previews_per_series), .type = DW_OPT_INT, .fallback = "9", .min = 0, .max = 100,
     .help = "Pictures of each series on the pages of the disc, spread evenly; 0 makes none."},
    {AT(jobs, volume_size), .type = DW_OPT_SIZE, .fallback = "0", .unit = "bytes",
     .help = "Most that is put on one disc; 0 takes the size of the medium."},
    {AT(jobs, forbidden), .type = DW_OPT_CHOICE, .fallback = "hold", .choices = "hold|leave-off|as-is",
     .help = "What becomes of objects that the profile forbids: the job is held before any disc is touched and "
             "a person decides, they are left off and named, or they go on the disc as they are, which is then "
             "marked as not DICOM conformant."},
    {AT(jobs, nonconformant), .type = DW_OPT_BOOL, .fallback = "yes",
     .help = "Whether a disc may be made that is not DICOM conformant; no neither offers nor takes 'as it is'."},
    {AT(jobs, compress), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Compress images without loss where the studies would otherwise need more than one disc and the "
             "profile allows it."},
    {AT(directory, keys), .type = DW_OPT_CHOICE, .fallback = "standard", .choices = "standard|augmented",
     .help = "Keys in the DICOMDIR: what the profile requires, or in addition those of the augmented profiles "
             "(AUG-GEN-CD and its like), with icons."},
    {AT(directory, private), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Put objects of known private SOP classes on the disc as PRIVATE records; the disc then claims the "
             "augmented profile. Otherwise they are left off and named."},
    {AT(directory, multivolume), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Name the other discs of a patient in a MULTIVOLUME descriptor file."},
    {AT(disc, udf_bd), .type = DW_OPT_CHOICE, .fallback = "2.60", .choices = "2.60|2.50",
     .help = "UDF revision of Blu-ray discs: 2.60 for BD-R, 2.50 for BD-RE."},
    {AT(disc, joliet), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Long file names for Windows beside the ISO 9660 ones; the profiles do not foresee them."},
    {AT(web, enabled), .type = DW_OPT_BOOL, .fallback = "yes", .help = "Serve the console."},
    {AT(web, bind), .type = DW_OPT_TEXT, .fallback = "127.0.0.1",
     .help = "Address of the console. Anything but loopback needs a password file."},
    {AT(web, port), .type = DW_OPT_INT, .fallback = "8080", .min = 0, .max = 65535,
     .help = "TCP port of the console; 0 takes a free one, named in run/ports.json."},
    {AT(web, password_file), .type = DW_OPT_PATH, .fallback = "",
     .help = "File with the hash of the console's password, written by discwrightd --set-password; empty asks for none."},
};
const size_t dw_config_count = DW_ARRAY_LEN(dw_config_table);

void dw_config_defaults(struct dw_config *out)
{
    memset(out, 0, sizeof *out);
    dw_options_defaults(dw_config_table, dw_config_count, out);
    dw_accept_init(&out->policy);
}

void dw_config_done(struct dw_config *config)
{
    dw_sections_done(config);
    dw_classes_free(config->classes);
    config->classes = NULL;
}

#define SEEN_MAX 4096

struct reader {
    struct dw_config *config;
    char (*seen)[160]; /* "section key": a key twice is somebody's mistake, whichever was meant */
    size_t seen_count;
};

static dw_status note_seen(struct reader *reader, const char *section, const char *key,
                           struct dw_error *err)
{
    char name[160];
    if (!dw_text_format(name, sizeof name, "%s %s", section, key))
        return dw_error_set(err, DW_ERR_INVALID, "section and key are too long");
    for (size_t i = 0; i < reader->seen_count; i++)
        if (strcmp(reader->seen[i], name) == 0)
            return dw_error_set(err, DW_ERR_INVALID, "%s.%s is given twice", section, key);
    if (reader->seen_count == SEEN_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d options", SEEN_MAX);
    memcpy(reader->seen[reader->seen_count++], name, sizeof name);
    return DW_OK;
}

static dw_status on_entry(void *ctx, const char *section, const char *key, const char *value,
                          struct dw_error *err)
{
    struct reader *reader = ctx;
    char name[DW_CONFIG_LINE_MAX];
    if (!section)
        return dw_error_set(err, DW_ERR_INVALID, "'%s' stands before the first [section]", key);
    const struct dw_section_kind *kind = dw_section_kind_of(section, name, sizeof name);
    void *item = NULL;
    dw_status st = key ? note_seen(reader, section, key, err) : DW_OK;
    if (st == DW_OK && kind)
        st = dw_section_add(reader->config, kind, name, &item, err);
    if (st != DW_OK || !key)
        return st;
    if (kind)
        return dw_section_set(kind, item, key, value, err);
    return dw_options_set(dw_config_table, dw_config_count, reader->config, section, key, value,
                          err);
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "localhost") == 0;
}

static dw_status check_bins(const struct dw_config *config, const char *path, struct dw_error *err)
{
    struct dw_robot_bins bins;
    for (size_t i = 0; i < config->robot_count; i++) {
        const struct dw_config_robot *robot = &config->robots[i];
        dw_status st = dw_robot_bins_read(robot->options.bins, &bins, err);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "%s: [robot %s]", path, robot->name);
    }
    return DW_OK;
}

/* Names that are the same; that two names are one drive only the robots can see. */
static dw_status check_shared(const struct dw_config *config, size_t i, const struct dw_robot_devices *devices,
                              struct dw_error *err)
{
    for (size_t j = 0; j < i; j++) {
        const struct dw_config_robot *other = &config->robots[j];
        struct dw_robot_devices theirs;
        if (!dw_robot_has_devices(other->options.driver))
            continue;
        dw_status st = dw_robot_devices_of(&other->options, &theirs, err);
        if (st != DW_OK)
            return st;
        for (int a = 0; a < devices->count; a++)
            for (int b = 0; b < theirs.count; b++)
                if (strcmp(devices->address[a], theirs.address[b]) == 0 &&
                    strcmp(devices->address[a], DW_DEVICE_ASSIGN) != 0)
                    return dw_error_set(err, DW_ERR_INVALID, "device: '%.100s' is drive %d of robot %s",
                                        devices->address[a], b + 1, other->name);
    }
    return DW_OK;
}

static dw_status check_devices(const struct dw_config *config, const char *path, struct dw_error *err)
{
    for (size_t i = 0; i < config->robot_count; i++) {
        const struct dw_config_robot *robot = &config->robots[i];
        struct dw_robot_devices devices;
        if (!dw_robot_has_devices(robot->options.driver))
            continue;
        dw_status st = dw_robot_devices_of(&robot->options, &devices, err);
        if (st == DW_OK)
            st = check_shared(config, i, &devices, err);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "%s: [robot %s]", path, robot->name);
    }
    return DW_OK;
}

static dw_status read_accept(struct dw_config *config, const char *path, struct dw_error *err)
{
    config->policy.reports = config->accept.sr;
    config->policy.private_classes = config->accept.private;
    config->policy.any = config->accept.any;
    dw_status st = dw_accept_prefer(&config->policy, config->accept.prefer, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "%s: accept.prefer", path);
    return *config->accept.classes ? dw_classes_read(config->accept.classes, &config->classes, err)
                                   : DW_OK;
}

static dw_status check_whole(struct dw_config *config, const char *path, struct dw_error *err)
{
    size_t aet = strlen(config->dicom.aet);
    char name[8];
    if (config->daemon.state[0] != '/')
        return dw_error_set(err, DW_ERR_INVALID, "%s: daemon.state must be an absolute path", path);
    if (aet < 1 || aet > 16 || strchr(config->dicom.aet, '\\'))
        return dw_error_set(err, DW_ERR_INVALID,
                            "%s: dicom.aet must have 1 to 16 characters (PS3.5 6.2)", path);
    if (config->web.enabled && !is_loopback(config->web.bind) && !*config->web.password_file)
        return dw_error_set(err, DW_ERR_DENIED,
                            "%s: web.bind = %s is no loopback address, which needs a password: set "
                            "web.password_file",
                            path, config->web.bind);
    if (strcmp(config->jobs.forbidden, "as-is") == 0 && !config->jobs.nonconformant)
        return dw_error_set(err, DW_ERR_INVALID,
                            "%s: jobs.forbidden = as-is contradicts jobs.nonconformant = no", path);
    if (config->retention.keep_min_free > 0 && config->retention.keep_min_free <= config->intake.reserve)
        return dw_error_set(err, DW_ERR_INVALID,
                            "%s: retention.keep_min_free must be more than intake.reserve, below which "
                            "nothing is received any more",
                            path);
    dw_status st = dw_admission_check(config, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "%s", path);
    if (config->robot_count == 0) {
        void *robot;
        return dw_section_add(config, dw_section_kind_of("robot", name, sizeof name), "robot1", &robot, err);
    }
    st = check_bins(config, path, err);
    return st == DW_OK ? check_devices(config, path, err) : st;
}

dw_status dw_config_load(const char *path, struct dw_config *out, struct dw_error *err)
{
    struct reader reader = {.config = out, .seen = calloc(SEEN_MAX, sizeof *reader.seen)};
    if (!reader.seen)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");

    dw_config_defaults(out);
    dw_status st = dw_ini_read(path, on_entry, &reader, err);
    if (st == DW_OK)
        st = check_whole(out, path, err);
    if (st == DW_OK)
        st = read_accept(out, path, err);
    free(reader.seen);
    if (st != DW_OK)
        dw_config_done(out);
    return st;
}

static bool same_port(const struct dw_config_listen *a, const struct dw_config_listen *b)
{
    return strcmp(a->name, b->name) == 0 && a->options.port == b->options.port &&
           strcmp(a->options.bind, b->options.bind) == 0 && a->options.tls == b->options.tls;
}

dw_status dw_config_renew(struct dw_config *config, struct dw_config *fresh, struct dw_error *err)
{
    bool same = config->listen_count == fresh->listen_count;
    for (size_t i = 0; same && i < config->listen_count; i++)
        same = same_port(&config->listens[i], &fresh->listens[i]);
    if (!same)
        return dw_error_set(err, DW_ERR_CONFLICT, "the ports of the [listen] sections have changed, which "
                                                  "needs a restart");
    for (size_t i = 0; i < config->listen_count; i++)
        config->listens[i] = fresh->listens[i];
    memcpy(config->dicom.calling, fresh->dicom.calling, sizeof config->dicom.calling);
    memcpy(config->dicom.hosts, fresh->dicom.hosts, sizeof config->dicom.hosts);
    config->dicom.check_called_aet = fresh->dicom.check_called_aet;
    struct dw_config_ae *aes = config->aes;
    size_t ae_count = config->ae_count;
    config->aes = fresh->aes;
    config->ae_count = fresh->ae_count;
    fresh->aes = aes;
    fresh->ae_count = ae_count;
    return DW_OK;
}

void dw_config_print(const struct dw_config *config, struct dw_buf *out)
{
    static const char *const sections[] = {"daemon", "dicom", "accept", "intake", "retention", "jobs",
                                           "directory", "disc", "web"};
    size_t first = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(sections); i++) {
        size_t end = first;
        while (end < dw_config_count && strcmp(dw_config_table[end].section, sections[i]) == 0)
            end++;
        dw_options_print(dw_config_table + first, end - first, config, sections[i], true, out);
        dw_buf_add_text(out, "\n");
        first = end;
    }
    dw_sections_print(config, out);
}

const struct dw_config_robot *dw_config_robot_find(const struct dw_config *config, const char *name)
{
    for (size_t i = 0; i < config->robot_count; i++)
        if (*name == '\0' || strcmp(config->robots[i].name, name) == 0)
            return &config->robots[i];
    return NULL;
}
