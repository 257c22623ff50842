#include "robot/usb/dialect_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define TEXT_BYTES 160  /* of one value: with its key within a line that the reader takes whole */
#define SPACED_BYTES 32 /* longer frames are written without blanks, for the same reason */

/* --- values --- */

/* A ';' behind a blank would begin a comment. */
static void add_text(struct dw_buf *out, const char *key, const char *text)
{
    char line[TEXT_BYTES + 1];
    if (!*text)
        return;
    dw_text_cut(line, sizeof line, text);
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = ' ';
        else if (*c == ';' && (c == line || c[-1] == ' '))
            *c = ',';
    }
    dw_buf_addf(out, "%s = %s\n", key, line + strspn(line, " "));
}

static void add_bytes(struct dw_buf *out, const uint8_t *bytes, size_t size, bool spaced)
{
    for (size_t i = 0; i < size; i++)
        dw_buf_addf(out, "%s%02x", spaced && i ? " " : "", bytes[i]);
}

static void add_evidence(struct dw_buf *out, const struct dw_dialect_evidence *evidence)
{
    dw_buf_addf(out, "level = %s\n", dw_evidence_name(evidence->level));
    add_text(out, "origin", *evidence->origin ? evidence->origin : "not said");
}

static void add_remark(struct dw_buf *out, const char *text)
{
    while (text && *text) {
        size_t length = strcspn(text, "\n");
        dw_buf_addf(out, "#%s%.*s\n", length ? " " : "", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* --- the template that all frames share --- */

struct shape {
    size_t size, code; /* 0: they share none */
    bool has_checksum;
};

bool dw_checksum_holds(enum dw_checksum rule, const uint8_t *bytes, size_t size)
{
    bool says_something = false;
    for (size_t i = rule == DW_CHECKSUM_SUM_WITHOUT_FIRST ? 1 : 0; i + 1 < size; i++)
        says_something |= bytes[i] != 0;
    return says_something && dw_checksum(rule, bytes, size - 1) == bytes[size - 1];
}

enum dw_checksum dw_checksum_of(const struct dw_dialect_command *commands, int count)
{
    static const enum dw_checksum rules[] = {DW_CHECKSUM_SUM_ALL, DW_CHECKSUM_SUM_WITHOUT_FIRST};
    for (size_t r = 0; count >= 2 && r < DW_ARRAY_LEN(rules); r++) {
        int n = 0;
        while (n < count && dw_checksum_holds(rules[r], commands[n].frame.byte, commands[n].frame.size))
            n++;
        if (n == count)
            return rules[r];
    }
    return DW_CHECKSUM_NONE;
}

static bool differs_at(const struct dw_dialect *dialect, size_t i)
{
    for (int n = 1; n < dialect->commands; n++)
        if (dialect->command[n].frame.byte[i] != dialect->command[0].frame.byte[i])
            return true;
    return false;
}

static struct shape shape_of(const struct dw_dialect *dialect)
{
    struct shape shape = {.size = dialect->command[0].frame.size, .has_checksum = dialect->checksum != DW_CHECKSUM_NONE};
    size_t differing = 0, body = shape.size - (shape.has_checksum && shape.size > 0);
    for (int n = 0; n < dialect->commands; n++) {
        const struct dw_bytes *frame = &dialect->command[n].frame;
        if (frame->size != shape.size ||
            (shape.has_checksum && !dw_checksum_holds(dialect->checksum, frame->byte, frame->size)))
            return (struct shape){.size = 0};
    }
    for (size_t i = 0; i < body; i++) {
        if (differs_at(dialect, i)) {
            shape.code = i;
            differing++;
        }
    }
    return differing == 1 && shape.size <= SPACED_BYTES ? shape : (struct shape){.size = 0};
}

static void add_template(struct dw_buf *out, const struct dw_dialect *dialect, const struct shape *shape)
{
    const struct dw_bytes *first = &dialect->command[0].frame;
    dw_buf_add_text(out, "\n[frame]\ntemplate =");
    for (size_t i = 0; i < shape->size; i++) {
        if (i == shape->code)
            dw_buf_add_text(out, " code");
        else if (shape->has_checksum && i + 1 == shape->size)
            dw_buf_add_text(out, " checksum");
        else
            dw_buf_addf(out, " %02x", first->byte[i]);
    }
    dw_buf_addf(out, "\nchecksum = %s\n", dw_checksum_name(dialect->checksum));
    add_evidence(out, &dialect->frame_evidence);
}

/* --- the file --- */

static void add_match(struct dw_buf *out, const struct dw_dialect *dialect)
{
    const struct dw_usb_match *match = &dialect->match;
    dw_buf_add_text(out, "\n[match]\n");
    if (match->vendor)
        dw_buf_addf(out, "vendor = %04x\n", (unsigned)match->vendor);
    if (match->product)
        dw_buf_addf(out, "product = %04x\n", (unsigned)match->product);
    if (match->class)
        dw_buf_addf(out, "class = %d\n", match->class);
    add_text(out, "id1284", match->id1284);
    if (dialect->only_by_name)
        dw_buf_add_text(out, "only_by_name = yes\n");
}

static void add_waits(struct dw_buf *out, const struct dw_dialect_waits *waits)
{
    if (!waits->tray_in_ms)
        return;
    dw_buf_addf(out,
                "\n[waits]\ntray_in_ms = %d\ntray_out_ms = %d\ndisc_in_ms = %d\nover_disc_ms = %d\nlifted_ms = %d\n",
                waits->tray_in_ms, waits->tray_out_ms, waits->disc_in_ms, waits->over_disc_ms, waits->lifted_ms);
    add_evidence(out, &waits->evidence);
}

static void add_command(struct dw_buf *out, const struct dw_dialect_command *command, const struct shape *shape,
                        const char *remark)
{
    dw_buf_addf(out, "\n[command %s]\n", command->name);
    add_remark(out, remark);
    if (shape->size)
        dw_buf_addf(out, "code = %02x\n", command->frame.byte[shape->code]);
    dw_buf_add_text(out, "frame = ");
    add_bytes(out, command->frame.byte, command->frame.size, command->frame.size <= SPACED_BYTES);
    dw_buf_addf(out, "\nsettle_ms = %d\n", command->settle_ms);
    add_evidence(out, &command->evidence);
}

dw_status dw_dialect_print(const struct dw_dialect *dialect, const struct dw_dialect_remarks *remarks,
                           struct dw_buf *out, struct dw_error *err)
{
    struct shape shape = shape_of(dialect);
    add_remark(out, remarks->head);
    dw_buf_add_text(out, "\n[dialect]\n");
    add_text(out, "title", *dialect->title ? dialect->title : "a robot");
    add_evidence(out, &dialect->evidence);
    add_match(out, dialect);
    if (shape.size)
        add_template(out, dialect, &shape);
    add_waits(out, &dialect->waits);
    for (int n = 0; n < dialect->commands; n++)
        add_command(out, &dialect->command[n], &shape, remarks->command[n]);
    if (remarks->end)
        dw_buf_add_text(out, "\n");
    add_remark(out, remarks->end);
    return dw_buf_check(out, "a dialect", err);
}

static dw_status save(const struct dw_buf *text, const char *path, struct dw_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return dw_error_set(err, DW_ERR_CONFLICT, "'%.100s' is there already", path);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "create '%.100s': %s", path, strerror(errno));
    dw_status st = dw_file_write_all(NULL, fd, text->data, text->size, path, err);
    if (close(fd) != 0 && st == DW_OK)
        st = dw_error_set(err, dw_status_from_errno(errno), "write '%.100s': %s", path, strerror(errno));
    if (st != DW_OK)
        unlink(path);
    return st;
}

dw_status dw_dialect_write(const struct dw_dialect *dialect, const struct dw_dialect_remarks *remarks, const char *path,
                           struct dw_error *err)
{
    struct dw_buf text = {0};
    struct dw_dialect *again = calloc(1, sizeof *again);
    dw_status st = again ? dw_dialect_print(dialect, remarks, &text, err)
                         : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK)
        st = save(&text, path, err);
    if (st == DW_OK) {
        st = dw_dialect_read(path, again, err);
        if (st != DW_OK)
            unlink(path); /* its name, above all: it was made a moment ago */
    }
    dw_buf_done(&text);
    free(again);
    return st;
}
