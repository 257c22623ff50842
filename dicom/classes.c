#include "dicom/classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "dicom/uid.h"

#define NAME_MAX_BYTES 128
#define STANDARD_ROOT "1.2.840.10008."

struct dw_classes {
    char *text;                /* as read */
    char *words;               /* the same, cut into words */
    struct dw_sop_class *rows; /* sorted by UID; their texts lie in words or are constants */
    size_t count;
};

static const char *const none_names[] = {
    [DW_RECORD_LEGAL] = NULL,
    [DW_RECORD_RETIRED] = "none:retired",
    [DW_RECORD_UNCONFIRMED] = "none:unconfirmed",
    [DW_RECORD_FOREIGN] = "none:foreign",
};

static bool is_standard(const char *uid)
{
    return strncmp(uid, STANDARD_ROOT, strlen(STANDARD_ROOT)) == 0;
}

/* Each record type there is stands in some row of the table. */
static const char *record_type(const char *word)
{
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    for (size_t i = 0; i < count; i++)
        if (table[i].record_type && strcmp(table[i].record_type, word) == 0)
            return table[i].record_type;
    return NULL;
}

static dw_status read_record(const char *word, struct dw_sop_class *row, struct dw_error *err)
{
    row->record_type = record_type(word);
    for (size_t i = 0; i < DW_ARRAY_LEN(none_names) && !row->record_type; i++)
        if (none_names[i] && strcmp(none_names[i], word) == 0)
            row->no_record = (enum dw_no_record)i;
    if (!row->record_type && row->no_record == DW_RECORD_LEGAL)
        return dw_error_set(err, DW_ERR_INVALID, "'%.40s' is no type of directory record", word);
    row->is_private = row->record_type && strcmp(row->record_type, "PRIVATE") == 0;
    if (row->record_type && row->is_private == is_standard(row->uid))
        return dw_error_set(err, DW_ERR_INVALID,
                            row->is_private ? "a class of the standard has no PRIVATE record"
                                            : "a class outside " STANDARD_ROOT
                                              " has a PRIVATE record or none");
    return DW_OK;
}

static dw_status read_kind(const char *word, struct dw_sop_class *row, struct dw_error *err)
{
    row->is_video = strcmp(word, "video") == 0;
    row->is_image = row->is_video || strcmp(word, "image") == 0;
    row->is_report = strcmp(word, "report") == 0;
    if (!row->is_image && !row->is_report && strcmp(word, "data") != 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "the kind '%.40s' is none of image, video, report and data", word);
    if (row->is_image && row->record_type && !row->is_private &&
        strcmp(row->record_type, "IMAGE") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "an image has no %s record", row->record_type);
    return DW_OK;
}

/* Cuts the line into its words, which row keeps. */
static dw_status read_row(char *line, struct dw_sop_class *row, struct dw_error *err)
{
    char *words[4] = {line};
    size_t count = 1;
    for (char *at = line; *at; at++) {
        if (*at != '|')
            continue;
        *at = '\0';
        if (count < DW_ARRAY_LEN(words))
            words[count] = at + 1;
        count++;
    }
    if (count != DW_ARRAY_LEN(words))
        return dw_error_set(err, DW_ERR_INVALID, "a row is uid|name|record type|kind");
    *row = (struct dw_sop_class){.uid = words[0], .name = words[1]};
    if (!dw_uid_is_valid(row->uid))
        return dw_error_set(err, DW_ERR_INVALID, "'%.64s' is not a UID", row->uid);
    if (!*row->name || strlen(row->name) > NAME_MAX_BYTES)
        return dw_error_set(err, DW_ERR_INVALID, "a name has 1 to %d bytes", NAME_MAX_BYTES);
    dw_status st = read_record(words[2], row, err);
    return st == DW_OK ? read_kind(words[3], row, err) : st;
}

static dw_status add_line(dw_classes *classes, char *line, struct dw_error *err)
{
    struct dw_sop_class row;
    if (*line == '\0' || *line == '#')
        return DW_OK;
    if (classes->count == DW_CLASSES_ROWS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d rows", DW_CLASSES_ROWS_MAX);
    dw_status st = read_row(line, &row, err);
    if (st != DW_OK)
        return st;
    size_t at = classes->count;
    while (at > 0 && strcmp(classes->rows[at - 1].uid, row.uid) > 0)
        at--;
    if (at > 0 && strcmp(classes->rows[at - 1].uid, row.uid) == 0)
        return dw_error_set(err, DW_ERR_INVALID, "%s has a row already", row.uid);
    memmove(&classes->rows[at + 1], &classes->rows[at], (classes->count - at) * sizeof row);
    classes->rows[at] = row;
    classes->count++;
    return DW_OK;
}

static dw_status read_lines(dw_classes *classes, const char *path, struct dw_error *err)
{
    int number = 0;
    for (char *line = classes->words; *line;) {
        size_t size = strcspn(line, "\n");
        char *next = line + size + (line[size] == '\n');
        line[size] = '\0';
        while (size > 0 && strchr(" \t\r", line[size - 1]))
            line[--size] = '\0';
        dw_status st = add_line(classes, line, err);
        number++;
        if (st != DW_OK)
            return dw_error_prefix(err, st, "%s:%d", path, number);
        line = next;
    }
    return DW_OK;
}

static dw_status read_text(const char *path, dw_classes *classes, struct dw_error *err)
{
    struct dw_buf text;
    dw_buf_init(&text, DW_CLASSES_FILE_MAX);
    dw_status st = dw_file_read_all(path, DW_CLASSES_FILE_MAX, &text, err);
    const char *data = text.data ? text.data : "";
    if (st == DW_OK && (strlen(data) != text.size || !dw_text_is_utf8(data, text.size)))
        st = dw_error_set(err, DW_ERR_INVALID, "%s: not a text in UTF-8", path);
    if (st == DW_OK) {
        classes->text = strdup(data);
        classes->words = strdup(data);
        classes->rows = calloc(DW_CLASSES_ROWS_MAX, sizeof *classes->rows);
        if (!classes->text || !classes->words || !classes->rows)
            st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    dw_buf_done(&text);
    return st;
}

dw_status dw_classes_read(const char *path, dw_classes **out, struct dw_error *err)
{
    dw_classes *classes = calloc(1, sizeof *classes);
    if (!classes)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = read_text(path, classes, err);
    if (st == DW_OK)
        st = read_lines(classes, path, err);
    if (st != DW_OK) {
        dw_classes_free(classes);
        return st;
    }
    *out = classes;
    return DW_OK;
}

void dw_classes_free(dw_classes *classes)
{
    if (!classes)
        return;
    free(classes->text);
    free(classes->words);
    free(classes->rows);
    free(classes);
}

const char *dw_classes_text(const dw_classes *classes)
{
    return classes->text;
}

void dw_classes_use(const dw_classes *classes)
{
    dw_sop_class_add(classes ? classes->rows : NULL, classes ? classes->count : 0);
}

dw_status dw_classes_use_environment(dw_classes **out, struct dw_error *err)
{
    const char *path = getenv(DW_CLASSES_VARIABLE);
    *out = NULL;
    if (!path || !*path)
        return DW_OK;
    dw_status st = dw_classes_read(path, out, err);
    if (st == DW_OK)
        dw_classes_use(*out);
    return st;
}

static const char *kind_of(const struct dw_sop_class *row)
{
    if (row->is_video)
        return "video";
    if (row->is_image)
        return "image";
    return row->is_report ? "report" : "data";
}

void dw_classes_print(struct dw_buf *out)
{
    size_t count = 0;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    dw_buf_add_text(
        out,
        "# The storage SOP classes that Discwright receives, as the programs have them. For more, "
        "or to say\n"
        "# otherwise of one: write rows like these into a file and name it in discwright.conf as\n"
        "# accept.classes. Written by `ninja docs`; changing this file changes nothing.\n"
        "#\n"
        "# uid|name|record type|kind\n"
        "#\n"
        "# record type: of the DICOMDIR (PS3.3 F.4). PRIVATE for a class of a manufacturer. "
        "none:retired,\n"
        "#     none:unconfirmed and none:foreign are received and never put on a disc.\n"
        "# kind: image (pixels that a preview can show), video, report (accept.sr), data.\n");
    for (size_t i = 0; i < count; i++)
        dw_buf_addf(out, "%s|%s|%s|%s\n", table[i].uid, table[i].name,
                    table[i].record_type ? table[i].record_type : none_names[table[i].no_record],
                    kind_of(&table[i]));
}
