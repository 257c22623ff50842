#include "robot/ptburn/status.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

#define MODELS_LAST 14

/* --- bytes to UTF-8 --- */

static void add_utf8(struct dw_buf *out, uint32_t c)
{
    char text[4];
    size_t n = 0;
    if (c < 0x80) {
        text[n++] = (char)c;
    } else if (c < 0x800) {
        text[n++] = (char)(0xC0 | (c >> 6));
        text[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        text[n++] = (char)(0xE0 | (c >> 12));
        text[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
        text[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        text[n++] = (char)(0xF0 | (c >> 18));
        text[n++] = (char)(0x80 | ((c >> 12) & 0x3F));
        text[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
        text[n++] = (char)(0x80 | (c & 0x3F));
    }
    dw_buf_add(out, text, n);
}

/* What cannot be shown, or would end a text before its end, becomes a question mark. */
static uint32_t shown(uint32_t c)
{
    bool control = (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || (c >= 0x7F && c < 0xA0);
    return control || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF ? '?' : c;
}

static void from_utf16(const uint8_t *data, size_t size, bool big, struct dw_buf *out)
{
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint32_t c = big ? (uint32_t)(data[i] << 8 | data[i + 1]) : (uint32_t)(data[i + 1] << 8 | data[i]);
        if (c >= 0xD800 && c < 0xDC00 && i + 3 < size) {
            uint32_t low = big ? (uint32_t)(data[i + 2] << 8 | data[i + 3]) : (uint32_t)(data[i + 3] << 8 | data[i + 2]);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        add_utf8(out, shown(c));
    }
}

/* Without a mark it is the server's code page, which the file does not name. What the decisions are made of is ASCII;
 * a letter beyond it is at worst shown as another one. */
static void from_code_page(const uint8_t *data, size_t size, struct dw_buf *out)
{
    for (size_t i = 0; i < size; i++)
        add_utf8(out, shown(data[i]));
}

static bool is_wide(const uint8_t *data, size_t size)
{
    return size >= 2 && ((data[0] == 0xFF && data[1] == 0xFE) || (data[0] == 0xFE && data[1] == 0xFF));
}

static void decode(const uint8_t *data, size_t size, struct dw_buf *out)
{
    if (is_wide(data, size))
        from_utf16(data + 2, size - 2, data[0] == 0xFE, out);
    else if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 && dw_text_is_utf8((const char *)data + 3, size - 3) &&
             !memchr(data, 0, size))
        dw_buf_add(out, data + 3, size - 3);
    else
        from_code_page(data, size, out);
}

/* --- lines to keys --- */

struct entry {
    const char *section, *key, *value; /* inside text; key NULL: the section's own line */
};
struct dw_ptburn_ini {
    struct dw_buf text;
    struct entry *entries;
    size_t count, room;
    bool wide;
};

static dw_status add(dw_ptburn_ini *ini, struct entry entry, struct dw_error *err)
{
    if (ini->count == DW_PTBURN_LINES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a status file has more than %d lines", DW_PTBURN_LINES_MAX);
    if (ini->count == ini->room) {
        size_t room = ini->room ? 2 * ini->room : 128;
        struct entry *grown = realloc(ini->entries, room * sizeof *grown);
        if (!grown)
            return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
        ini->entries = grown;
        ini->room = room;
    }
    ini->entries[ini->count++] = entry;
    return DW_OK;
}

static char *trim(char *text)
{
    static const char blank[] = " \t\r";
    text += strspn(text, blank);
    size_t n = strlen(text);
    while (n > 0 && strchr(blank, text[n - 1]))
        text[--n] = 0;
    if (n >= DW_PTBURN_VALUE_MAX) { /* the first byte of a character is where it may be cut */
        n = DW_PTBURN_VALUE_MAX - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
        text[n] = 0;
    }
    return text;
}

static dw_status read_line(dw_ptburn_ini *ini, char *line, const char **section, struct dw_error *err)
{
    line += strspn(line, " \t\r");
    if (*line == '[') {
        char *end = strchr(line, ']');
        if (!end)
            return DW_OK;
        *end = 0;
        *section = trim(line + 1);
        return add(ini, (struct entry){.section = *section}, err);
    }
    char *equals = strchr(line, '=');
    if (!equals || *line == ';')
        return DW_OK;
    *equals = 0;
    return add(ini, (struct entry){*section, trim(line), trim(equals + 1)}, err);
}

static dw_status read_lines(dw_ptburn_ini *ini, bool settled, struct dw_error *err)
{
    const char *section = "";
    char *at = ini->text.data, *end;
    dw_status st = DW_OK;
    while (st == DW_OK && (end = strchr(at, '\n')) != NULL) {
        *end = 0;
        st = read_line(ini, at, &section, err);
        at = end + 1;
    }
    return st == DW_OK && settled ? read_line(ini, at, &section, err) : st;
}

dw_status dw_ptburn_ini_parse(const void *data, size_t size, bool settled, dw_ptburn_ini **out, struct dw_error *err)
{
    if (size > DW_PTBURN_STATUS_FILE_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a status file is larger than %d bytes", DW_PTBURN_STATUS_FILE_MAX);
    dw_ptburn_ini *ini = calloc(1, sizeof *ini);
    if (!ini)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_buf_init(&ini->text, 3 * DW_PTBURN_STATUS_FILE_MAX); /* a byte of a code page is two of UTF-8, a pair three */
    ini->wide = is_wide(data, size);
    decode(data, size, &ini->text);
    dw_buf_add_text(&ini->text, "");
    dw_status st = dw_buf_check(&ini->text, "a status file", err);
    if (st == DW_OK && ini->text.data)
        st = read_lines(ini, settled, err);
    if (st == DW_OK)
        *out = ini;
    else
        dw_ptburn_ini_free(ini);
    return st;
}

void dw_ptburn_ini_free(dw_ptburn_ini *ini)
{
    if (!ini)
        return;
    dw_buf_done(&ini->text);
    free(ini->entries);
    free(ini);
}

const char *dw_ptburn_ini_text(const dw_ptburn_ini *ini, const char *section, const char *key)
{
    for (size_t i = 0; i < ini->count; i++) {
        const struct entry *entry = &ini->entries[i];
        if (entry->key && strcasecmp(entry->section, section) == 0 && strcasecmp(entry->key, key) == 0)
            return entry->value;
    }
    return NULL;
}

bool dw_ptburn_ini_at(const dw_ptburn_ini *ini, size_t i, const char **section, const char **key)
{
    if (i >= ini->count)
        return false;
    *section = ini->entries[i].section;
    *key = ini->entries[i].key;
    return true;
}

bool dw_ptburn_ini_is_wide(const dw_ptburn_ini *ini)
{
    return ini->wide;
}

bool dw_ptburn_ini_has_section(const dw_ptburn_ini *ini, const char *section)
{
    for (size_t i = 0; i < ini->count; i++) {
        if (!ini->entries[i].key && strcasecmp(ini->entries[i].section, section) == 0)
            return true;
    }
    return false;
}

int64_t dw_ptburn_ini_int(const dw_ptburn_ini *ini, const char *section, const char *key, int64_t min, int64_t max,
                          int64_t missing)
{
    const char *text = dw_ptburn_ini_text(ini, section, key);
    int64_t value = 0;
    return text && dw_text_int(text, min, max, &value) ? value : missing;
}

/* "DriveState0" */
static int64_t indexed(const dw_ptburn_ini *ini, const char *section, const char *key, int index, int64_t min,
                       int64_t max, int64_t missing)
{
    char name[40];
    return dw_text_format(name, sizeof name, "%s%d", key, index)
               ? dw_ptburn_ini_int(ini, section, name, min, max, missing)
               : missing;
}

/* --- the whole server --- */

/* 255 and -1 stand for unknown; without the key there is no such bin. */
static bool read_bin(const dw_ptburn_ini *ini, const char *section, const char *key, int *discs)
{
    int64_t count = dw_ptburn_ini_int(ini, section, key, -1, 255, -1);
    *discs = count > DW_BIN_DISCS_MAX ? -1 : (int)count;
    return dw_ptburn_ini_text(ini, section, key) != NULL;
}

/* A machine with four tanks tells of five: slot 1 only repeats the emptiest of the coloured ones. */
static void read_ink(const dw_ptburn_ini *ini, const char *section, struct dw_ptburn_robot *out)
{
    bool has_tanks = indexed(ini, section, "CartridgeType", DW_PTBURN_CARTRIDGES_MAX - 1, 0, 99, -1) >= 0;
    for (int i = 0; i < DW_PTBURN_CARTRIDGES_MAX; i++) {
        int64_t type = indexed(ini, section, "CartridgeType", i, 0, 99, -1);
        int64_t fill = indexed(ini, section, "CartridgeFill", i, 0, 100, -1);
        if (type > 0 && fill >= 0 && !(has_tanks && i == 1))
            out->cartridge[out->cartridges++] = (struct dw_ptburn_cartridge){(int)type, (int)fill};
    }
}

const char *dw_ptburn_ink_name(int type)
{
    static const char *const names[] = {[1] = "colour ink", [2] = "black ink",  [3] = "yellow ink",
                                        [4] = "cyan ink",   [5] = "magenta ink", [6] = "ink"};
    return type > 0 && (size_t)type < DW_ARRAY_LEN(names) ? names[type] : "ink of an unknown colour";
}

/* Before document 3.0.3 its key was another. */
static int read_error(const dw_ptburn_ini *ini, const char *section, int missing)
{
    int64_t old = dw_ptburn_ini_int(ini, section, "Error", 0, 9999, missing);
    return (int)dw_ptburn_ini_int(ini, section, "SysErrorNumber", 0, 9999, old);
}

/* It is opened below the folder of the status files and nowhere else. */
static bool is_file_name(const char *name)
{
    return *name && *name != '.' && !strpbrk(name, "/\\");
}

static void read_robot(const dw_ptburn_ini *ini, const char *name, int error, struct dw_ptburn_robot *out)
{
    const char *file = dw_ptburn_ini_text(ini, name, "StatusFile");
    *out = (struct dw_ptburn_robot){
        .error = read_error(ini, name, error),
        .type = (int)dw_ptburn_ini_int(ini, name, "RobotType", 0, 9999, -1),
        .drives = (int)dw_ptburn_ini_int(ini, name, "SystemDrives", 0, DW_PTBURN_DRIVES_MAX, 0),
        .jobs = (int)dw_ptburn_ini_int(ini, name, "NumJobs", 0, 100000, -1),
        .kiosk = (int)dw_ptburn_ini_int(ini, name, "KioskModeEnabled", 0, 1, -1),
    };
    read_ink(ini, name, out);
    out->left_bin = read_bin(ini, name, "DiscsInLeftBin", &out->left);
    out->right_bin = read_bin(ini, name, "DiscsInRightBin", &out->right);
    dw_text_cut(out->name, sizeof out->name, name);
    if (!file || !dw_text_copy(out->status_file, sizeof out->status_file, file) || !is_file_name(out->status_file))
        out->status_file[0] = 0;
}

void dw_ptburn_server_read(const dw_ptburn_ini *ini, struct dw_ptburn_server *out)
{
    const char *tick = dw_ptburn_ini_text(ini, "System", "ServerTickCount");
    const char *time = dw_ptburn_ini_text(ini, "System", "ServerTime");
    const char *version = dw_ptburn_ini_text(ini, "System", "PtburnSWVer");
    *out = (struct dw_ptburn_server){
        .wide = ini->wide,
        .free_mb = dw_ptburn_ini_int(ini, "System", "DriveSpace", 0, INT64_C(1) << 40, -1)};
    dw_text_cut(out->version, sizeof out->version, version ? version : "");
    if ((tick || time) && !dw_text_format(out->pulse, sizeof out->pulse, "%s %s", tick ? tick : "", time ? time : ""))
        out->pulse[0] = 0;
    for (int i = 0; i < DW_PTBURN_ROBOTS_MAX; i++) {
        char key[16];
        const char *name = dw_text_format(key, sizeof key, "Robot%d", i) ? dw_ptburn_ini_text(ini, "RobotList", key) : NULL;
        if (!name || !*name)
            break;
        /* With one robot the server's own number is that robot's. */
        bool is_alone = i == 0 && !dw_ptburn_ini_text(ini, "RobotList", "Robot1");
        int error = is_alone ? read_error(ini, "System", -1) : -1;
        read_robot(ini, name, error, &out->robot[out->robots++]);
    }
}

void dw_ptburn_model(int type, char *out, size_t size)
{
    static const char *const names[MODELS_LAST + 1] = {
        "Disc Publisher",         "Disc Publisher II",       "Disc Publisher PRO",  "Composer MAX",
        "Disc Publisher XR",      "Disc Publisher XRP",      "Disc Publisher SE",   "Disc Publisher Pro Xi",
        "Disc Publisher 4100",    "Disc Publisher 4100 XRP", "Disc Publisher 4051", "Disc Publisher SE-3",
        "Disc Publisher 4200",    "Disc Publisher 4200 XRP", "Disc Publisher 4052"};
    char text[40];
    if (type >= 0 && type <= MODELS_LAST)
        dw_text_cut(out, size, names[type]);
    else
        dw_text_cut(out, size, dw_text_format(text, sizeof text, "unknown model (%d)", type) ? text : "unknown model");
}

/* --- one robot and its jobs --- */

int dw_ptburn_robot_error(const dw_ptburn_ini *ini, int missing)
{
    return read_error(ini, "System", missing);
}

static void find_drive(const dw_ptburn_ini *ini, const char *stem, struct dw_ptburn_job_status *out)
{
    out->drive = out->drive_state = out->drive_percent = -1;
    for (int i = 0; i < DW_PTBURN_DRIVES_MAX; i++) {
        char key[16];
        const char *job = dw_text_format(key, sizeof key, "DriveJob%d", i) ? dw_ptburn_ini_text(ini, "System", key) : NULL;
        if (!job || strcasecmp(job, stem) != 0)
            continue;
        out->drive = i;
        out->drive_state = (int)indexed(ini, "System", "DriveState", i, 0, 99, -1);
        out->drive_percent = (int)indexed(ini, "System", "DrivePercent", i, 0, 100, -1);
        return;
    }
}

bool dw_ptburn_job_status_read(const dw_ptburn_ini *ini, const char *stem, struct dw_ptburn_job_status *out)
{
    if (!dw_ptburn_ini_has_section(ini, stem))
        return false;
    *out = (struct dw_ptburn_job_status){
        .doing = (enum dw_ptburn_doing)dw_ptburn_ini_int(ini, stem, "CurrentStatusState", 0, DW_PTBURN_MOVED,
                                                         DW_PTBURN_DOING_UNKNOWN),
        .state = (enum dw_ptburn_job_state)dw_ptburn_ini_int(ini, stem, "JobState", 0, DW_PTBURN_JOB_MOVED,
                                                             DW_PTBURN_JOB_UNKNOWN),
        .good = (int)dw_ptburn_ini_int(ini, stem, "GoodDiscs", 0, 100000, -1),
        .bad = (int)dw_ptburn_ini_int(ini, stem, "BadDiscs", 0, 100000, -1),
        .error = (int)dw_ptburn_ini_int(ini, stem, "JobErrorNumber", 0, 9999, 0),
    };
    for (int i = 0; i < 10; i++) {
        int64_t error = indexed(ini, stem, "DiscErrorNumber", i, 0, 9999, 0);
        if (error)
            out->disc_error = (int)error;
    }
    find_drive(ini, stem, out);
    return true;
}
