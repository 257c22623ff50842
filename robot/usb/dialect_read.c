/* A dialect file, read strictly: one table of keys, one sentence for a mistake. */
#include <assert.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"
#include "robot/usb/dialect.h"

enum section { IN_NOTHING, IN_DIALECT, IN_MATCH, IN_FRAME, IN_WAITS, IN_COMMAND };
enum type {
    IS_TEXT,
    IS_LEVEL,
    IS_NUMBER,
    IS_CLASS,
    IS_YES_NO,
    IS_MS,
    IS_TEMPLATE,
    IS_CHECKSUM,
    IS_BYTE,
    IS_BYTES,
    IS_REPLY
};

/* A template is the bytes that stay; these three words are marks in it. */
enum mark { MARK_BYTE, MARK_CODE, MARK_PARAMETERS, MARK_CHECKSUM };
struct template {
    int size; /* 0: the file has none */
    enum mark mark[DW_DIALECT_FRAME_MAX];
    uint8_t byte[DW_DIALECT_FRAME_MAX];
};

struct written { /* a command as it stands in the file */
    struct dw_bytes code, parameters, frame;
    unsigned keys;
};

struct reader {
    struct dw_dialect dialect;
    struct template template;
    struct written written[DW_DIALECT_COMMANDS_MAX];
    enum section section;
    char title[DW_DIALECT_TEXT_MAX]; /* of the section, for sentences */
    unsigned sections;               /* bits of those that have begun */
    unsigned keys[IN_COMMAND + 1];   /* bits of the keys that were given, of the command that is read */
};

#define IN(kind, member) offsetof(struct reader, dialect.kind.member)
#define OF_COMMAND(member) offsetof(struct dw_dialect_command, member)
#define OF_WRITTEN(member) offsetof(struct written, member)
static const struct key {
    enum section section;
    const char *name;
    enum type type;
    size_t offset; /* in the reader; of a command's key in the command */
    bool needed, in_written; /* in_written: in struct written */
} keys[] = {
    {IN_DIALECT, "title", IS_TEXT, .offset = offsetof(struct reader, dialect.title), .needed = true},
    {IN_DIALECT, "level", IS_LEVEL, .offset = IN(evidence, level), .needed = true},
    {IN_DIALECT, "origin", IS_TEXT, .offset = IN(evidence, origin), .needed = true},
    {IN_MATCH, "vendor", IS_NUMBER, .offset = IN(match, vendor)},
    {IN_MATCH, "product", IS_NUMBER, .offset = IN(match, product)},
    {IN_MATCH, "class", IS_CLASS, .offset = IN(match, class)},
    {IN_MATCH, "id1284", IS_TEXT, .offset = IN(match, id1284)},
    {IN_MATCH, "only_by_name", IS_YES_NO, .offset = offsetof(struct reader, dialect.only_by_name)},
    {IN_FRAME, "template", IS_TEMPLATE, .offset = offsetof(struct reader, template), .needed = true},
    {IN_FRAME, "checksum", IS_CHECKSUM, .offset = offsetof(struct reader, dialect.checksum), .needed = true},
    {IN_FRAME, "level", IS_LEVEL, .offset = IN(frame_evidence, level), .needed = true},
    {IN_FRAME, "origin", IS_TEXT, .offset = IN(frame_evidence, origin), .needed = true},
    {IN_WAITS, "tray_in_ms", IS_MS, .offset = IN(waits, tray_in_ms), .needed = true},
    {IN_WAITS, "tray_out_ms", IS_MS, .offset = IN(waits, tray_out_ms), .needed = true},
    {IN_WAITS, "disc_in_ms", IS_MS, .offset = IN(waits, disc_in_ms), .needed = true},
    {IN_WAITS, "over_disc_ms", IS_MS, .offset = IN(waits, over_disc_ms), .needed = true},
    {IN_WAITS, "lifted_ms", IS_MS, .offset = IN(waits, lifted_ms), .needed = true},
    {IN_WAITS, "level", IS_LEVEL, .offset = IN(waits, evidence.level), .needed = true},
    {IN_WAITS, "origin", IS_TEXT, .offset = IN(waits, evidence.origin), .needed = true},
    {IN_COMMAND, "code", IS_BYTE, .offset = OF_WRITTEN(code), .in_written = true},
    {IN_COMMAND, "parameters", IS_BYTES, .offset = OF_WRITTEN(parameters), .in_written = true},
    {IN_COMMAND, "frame", IS_BYTES, .offset = OF_WRITTEN(frame), .in_written = true},
    {IN_COMMAND, "settle_ms", IS_MS, .offset = OF_COMMAND(settle_ms), .needed = true},
    {IN_COMMAND, "reply_done", IS_REPLY, .offset = OF_COMMAND(done)},
    {IN_COMMAND, "reply_missed", IS_REPLY, .offset = OF_COMMAND(missed)},
    {IN_COMMAND, "reply_ms", IS_MS, .offset = OF_COMMAND(reply_ms)},
    {IN_COMMAND, "level", IS_LEVEL, .offset = OF_COMMAND(evidence.level), .needed = true},
    {IN_COMMAND, "origin", IS_TEXT, .offset = OF_COMMAND(evidence.origin), .needed = true},
};
static_assert(DW_ARRAY_LEN(keys) <= sizeof(unsigned) * 8, "a key has a bit");

/* --- values --- */

/* "1b ?? 06" */
static bool read_reply(const char *text, struct dw_reply *out)
{
    char known[3 * DW_DIALECT_FRAME_MAX + 1];
    struct dw_reply reply = {.bytes = {.size = 0}};
    size_t n = 0, length = strlen(text);
    if (length >= sizeof known)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (strncmp(text + i, "??", 2) == 0) {
            if (n == DW_DIALECT_FRAME_MAX)
                return false;
            reply.any[n++] = true;
            known[i] = known[i + 1] = '0';
            i++;
        } else if (isspace((unsigned char)text[i])) {
            known[i] = ' ';
        } else {
            n += n < DW_DIALECT_FRAME_MAX;
            known[i] = text[i];
            known[i + 1] = text[i + 1];
            i++;
        }
    }
    known[length] = 0;
    if (!dw_bytes_read(known, &reply.bytes) || reply.bytes.size == 0)
        return false;
    *out = reply;
    return true;
}

static bool read_template(const char *text, struct template *out)
{
    static const char *const words[] = {
        [MARK_CODE] = "code", [MARK_PARAMETERS] = "parameters", [MARK_CHECKSUM] = "checksum"};
    struct template read = {.size = 0};
    unsigned marks = 0;
    for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
        size_t length = strcspn(text, " \t");
        char word[16];
        enum mark mark = MARK_BYTE;
        if (read.size == DW_DIALECT_FRAME_MAX || length >= sizeof word)
            return false;
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        for (enum mark m = MARK_CODE; m <= MARK_CHECKSUM; m++) {
            if (strcmp(word, words[m]) == 0)
                mark = m;
        }
        if (mark == MARK_BYTE ? !dw_text_unhex(word, &read.byte[read.size], 1) : (marks & 1u << mark) != 0)
            return false;
        marks |= 1u << mark;
        read.mark[read.size++] = mark;
        text += length;
    }
    if (!(marks & 1u << MARK_CODE))
        return false;
    *out = read;
    return true;
}

static bool read_level(const char *text, enum dw_evidence *out)
{
    for (enum dw_evidence level = 0; level < DW_EVIDENCE_COUNT; level++) {
        if (strcmp(text, dw_evidence_name(level)) == 0) {
            *out = level;
            return true;
        }
    }
    return false;
}

static bool read_checksum(const char *text, enum dw_checksum *out)
{
    for (enum dw_checksum rule = 0; rule < DW_CHECKSUM_COUNT; rule++) {
        if (strcmp(text, dw_checksum_name(rule)) == 0) {
            *out = rule;
            return true;
        }
    }
    return false;
}

static bool read_number(const char *text, uint16_t *out)
{
    uint8_t bytes[2];
    if (!dw_text_unhex(text, bytes, sizeof bytes))
        return false;
    *out = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return *out != 0;
}

static bool read_int(const char *text, int64_t max, int *out)
{
    int64_t value;
    if (!dw_text_int(text, 1, max, &value))
        return false;
    *out = (int)value;
    return true;
}

static bool read_yes_no(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

/* What a key may hold, for the sentence of one that does not. */
static const char *const wanted[] = {
    [IS_TEXT] = "a text that is not too long",
    [IS_LEVEL] = "CAPTURED, DOCUMENTED or INFERRED",
    [IS_NUMBER] = "four hexadecimal digits such as 0f25",
    [IS_CLASS] = "a number from 1 to 255",
    [IS_YES_NO] = "yes or no",
    [IS_MS] = "milliseconds from 1 to 600000",
    [IS_TEMPLATE] = "bytes with the word code once, and parameters and checksum at most once",
    [IS_CHECKSUM] = "none, sum-all or sum-without-first",
    [IS_BYTE] = "one byte such as 8d",
    [IS_BYTES] = "bytes such as 1b 04 8d, at most 64",
    [IS_REPLY] = "bytes such as 1b ?? 06, at most 64",
};

static bool read_value(const struct key *key, const char *value, void *to)
{
    switch (key->type) {
    case IS_TEXT:
        return *value && dw_text_copy(to, key->section == IN_MATCH ? DW_USB_TEXT_MAX : DW_DIALECT_TEXT_MAX, value);
    case IS_LEVEL:
        return read_level(value, to);
    case IS_NUMBER:
        return read_number(value, to);
    case IS_CLASS:
        return read_int(value, 255, to);
    case IS_YES_NO:
        return read_yes_no(value, to);
    case IS_MS:
        return read_int(value, DW_DIALECT_SETTLE_MAX_MS, to);
    case IS_TEMPLATE:
        return read_template(value, to);
    case IS_CHECKSUM:
        return read_checksum(value, to);
    case IS_BYTE:
        return dw_bytes_read(value, to) && ((struct dw_bytes *)to)->size == 1;
    case IS_BYTES:
        return dw_bytes_read(value, to);
    case IS_REPLY:
        return read_reply(value, to);
    }
    return false;
}

/* --- sections and keys --- */

static bool is_name(const char *text, size_t length)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return length > 0 && length < DW_DIALECT_NAME_MAX && strspn(text, allowed) >= length;
}

static dw_status begin_command(struct reader *r, const char *name, struct dw_error *err)
{
    struct dw_dialect *dialect = &r->dialect;
    if (!is_name(name, strlen(name)))
        return dw_error_set(err, DW_ERR_INVALID, "a command is named with letters a to z, digits and '-'");
    if (dw_dialect_command(dialect, name))
        return dw_error_set(err, DW_ERR_INVALID, "command %s stands there twice", name);
    if (dialect->commands == DW_DIALECT_COMMANDS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a dialect has at most %d commands", DW_DIALECT_COMMANDS_MAX);
    dw_text_cut(dialect->command[dialect->commands++].name, DW_DIALECT_NAME_MAX, name);
    r->keys[IN_COMMAND] = 0;
    return DW_OK;
}

/* Keys that a section must have; told when it is over. */
static dw_status end_section(struct reader *r, struct dw_error *err)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
        if (keys[i].section == r->section && keys[i].needed && !(r->keys[r->section] & 1u << i))
            return dw_error_set(err, DW_ERR_INVALID, "[%.60s] has no %s", r->title, keys[i].name);
    }
    if (r->section == IN_COMMAND)
        r->written[r->dialect.commands - 1].keys = r->keys[IN_COMMAND];
    return DW_OK;
}

static dw_status begin_section(struct reader *r, const char *section, struct dw_error *err)
{
    static const char *const names[] = {
        [IN_DIALECT] = "dialect", [IN_MATCH] = "match", [IN_FRAME] = "frame", [IN_WAITS] = "waits"};
    static const char command[] = "command ";
    dw_status st = end_section(r, err);
    if (st != DW_OK)
        return st;
    dw_text_cut(r->title, sizeof r->title, section);
    r->section = IN_COMMAND;
    if (strncmp(section, command, sizeof command - 1) == 0)
        return begin_command(r, section + sizeof command - 1, err);
    for (enum section s = IN_DIALECT; s <= IN_WAITS; s++) {
        if (strcmp(section, names[s]) != 0)
            continue;
        if (r->sections & 1u << s)
            return dw_error_set(err, DW_ERR_INVALID, "[%s] stands there twice", section);
        r->sections |= 1u << s;
        r->section = s;
        return DW_OK;
    }
    return dw_error_set(err, DW_ERR_INVALID,
                        "[%.60s] is none of [dialect], [match], [frame], [waits], [command NAME]", section);
}

static void *place_of(struct reader *r, const struct key *key)
{
    if (key->section != IN_COMMAND)
        return (char *)r + key->offset;
    int n = r->dialect.commands - 1;
    return key->in_written ? (char *)&r->written[n] + key->offset
                           : (char *)&r->dialect.command[n] + key->offset;
}

static dw_status on_entry(void *ctx, const char *section, const char *name, const char *value,
                          struct dw_error *err)
{
    struct reader *r = ctx;
    if (!name)
        return begin_section(r, section, err);
    for (size_t i = 0; i < DW_ARRAY_LEN(keys); i++) {
        const struct key *key = &keys[i];
        if (key->section != r->section || strcmp(key->name, name) != 0)
            continue;
        if (r->keys[r->section] & 1u << i)
            return dw_error_set(err, DW_ERR_INVALID, "%s stands there twice", name);
        r->keys[r->section] |= 1u << i;
        if (read_value(key, value, place_of(r, key)))
            return DW_OK;
        return dw_error_set(err, DW_ERR_INVALID, "%s: '%.60s' is not %s", name, value, wanted[key->type]);
    }
    return r->section == IN_NOTHING
               ? dw_error_set(err, DW_ERR_INVALID, "%.40s stands before the first [section]", name)
               : dw_error_set(err, DW_ERR_INVALID, "[%.60s] knows no %.40s", r->title, name);
}

/* --- frames --- */

static bool build(const struct reader *r, const struct written *written, struct dw_bytes *out)
{
    *out = (struct dw_bytes){.size = 0};
    for (int i = 0; i < r->template.size; i++) {
        struct dw_bytes part = {.size = 1, .byte = {r->template.byte[i]}};
        if (r->template.mark[i] == MARK_CODE)
            part = written->code;
        else if (r->template.mark[i] == MARK_PARAMETERS)
            part = written->parameters;
        else if (r->template.mark[i] == MARK_CHECKSUM)
            part.byte[0] = dw_checksum(r->dialect.checksum, out->byte, out->size);
        if (out->size + part.size > sizeof out->byte)
            return false;
        memcpy(out->byte + out->size, part.byte, part.size);
        out->size += part.size;
    }
    return true;
}

static dw_status finish_command(struct reader *r, int n, struct dw_error *err)
{
    struct dw_dialect_command *command = &r->dialect.command[n];
    const struct written *written = &r->written[n];
    const char *name = command->name;
    if (written->code.size && r->template.size == 0)
        return dw_error_set(err, DW_ERR_INVALID, "[command %s] has a code, and there is no [frame] for it", name);
    if (!written->code.size && written->parameters.size)
        return dw_error_set(err, DW_ERR_INVALID, "[command %s] has parameters and no code", name);
    if (!written->code.size && !written->frame.size)
        return dw_error_set(err, DW_ERR_INVALID, "[command %s] has neither code nor frame", name);
    if ((command->done.bytes.size || command->missed.bytes.size) != (command->reply_ms != 0))
        return dw_error_set(err, DW_ERR_INVALID, "[command %s] has a reply without reply_ms, or the other way round",
                            name);
    command->frame = written->frame;
    if (!written->code.size)
        return DW_OK;
    if (!build(r, written, &command->frame))
        return dw_error_set(err, DW_ERR_LIMIT, "[command %s] makes a frame of more than %d bytes", name,
                            DW_DIALECT_FRAME_MAX);
    if (written->frame.size &&
        (written->frame.size != command->frame.size ||
         memcmp(written->frame.byte, command->frame.byte, command->frame.size) != 0))
        return dw_error_set(err, DW_ERR_INVALID, "[command %s]: its frame is not what template and checksum make of it",
                            name);
    return DW_OK;
}

static dw_status finish(struct reader *r, struct dw_error *err)
{
    struct dw_dialect *dialect = &r->dialect;
    dw_status st = end_section(r, err);
    if (st == DW_OK && !(r->sections & 1u << IN_DIALECT))
        st = dw_error_set(err, DW_ERR_INVALID, "there is no [dialect]");
    if (st == DW_OK && !dialect->only_by_name &&
        (!dialect->match.vendor || !dialect->match.product) && !dialect->match.id1284[0])
        st = dw_error_set(err, DW_ERR_INVALID,
                          "[match] takes any device: it needs vendor and product, id1284, or only_by_name");
    if (st == DW_OK && dialect->commands == 0)
        st = dw_error_set(err, DW_ERR_INVALID, "there is no [command NAME]");
    for (int i = 0; st == DW_OK && i < dialect->commands; i++)
        st = finish_command(r, i, err);
    return st;
}

/* "/etc/discwright/dialects/mine.conf": mine */
static dw_status take_name(struct dw_dialect *dialect, const char *path, struct dw_error *err)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t length = strlen(file);
    if (!dw_text_ends_with(file, ".conf") || !is_name(file, length - strlen(".conf")))
        return dw_error_set(err, DW_ERR_INVALID,
                            "'%.100s': a dialect is a file NAME.conf, named with letters a to z, digits and '-'", path);
    snprintf(dialect->name, sizeof dialect->name, "%.*s", (int)(length - strlen(".conf")), file);
    return dw_text_copy(dialect->path, sizeof dialect->path, path)
               ? DW_OK
               : dw_error_set(err, DW_ERR_LIMIT, "the path of a dialect is too long");
}

dw_status dw_dialect_read(const char *path, struct dw_dialect *out, struct dw_error *err)
{
    struct reader *r = calloc(1, sizeof *r);
    if (!r)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = take_name(&r->dialect, path, err);
    if (st == DW_OK)
        st = dw_ini_read(path, on_entry, r, err);
    if (st == DW_OK) {
        st = finish(r, err);
        if (st != DW_OK)
            st = dw_error_prefix(err, st, "%s", path);
    }
    if (st == DW_OK)
        *out = r->dialect;
    free(r);
    return st;
}
