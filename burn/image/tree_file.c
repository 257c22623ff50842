/* A tree as a file. Records end with a zero byte, which no path can hold:
 *
 *      discwright-tree 2 <made at> <label>
 *      N                                                     any names are allowed
 *      O <UDF revision> <Joliet> <no ISO>                    numbers
 *      P <publisher>
 *      R <preparer>
 *      D <disc path>                                         one for each folder, parents first
 *      F <size> <sha256 or -> <modified or -> <bytes of the disc path> <disc path> <source path>
 *                                                            one for each file, in disc order
 *      M <disc path>                                         the manifest, if there is one
 *      E <files> <CRC-32 of all before, 8 hex digits>
 *
 * Version 1 had no N, O, P, R and D, no time and no length of the disc path, which held no blanks
 * then; what it draws names no preparer.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "burn/image/tree_private.h"

#define TREE_FILE_MAX (1ULL << 29)
#define MAGIC_1 "discwright-tree 1 "
#define MAGIC "discwright-tree 2 "

static void add_text(struct dw_buf *buf, const char *kind, const char *text)
{
    dw_buf_add_text(buf, kind);
    dw_buf_add(buf, text, strlen(text) + 1);
}

static void add_head(struct dw_buf *buf, const dw_tree *tree)
{
    const struct dw_tree_format *format = dw_tree_format(tree);
    dw_buf_addf(buf, MAGIC "%lld %s", (long long)dw_tree_made_at_s(tree), dw_tree_label(tree));
    dw_buf_add(buf, "", 1);
    if (dw_tree_any_name(tree))
        add_text(buf, "N", "");
    dw_buf_addf(buf, "O %u %d %d", format->udf_revision, format->joliet, format->no_iso);
    dw_buf_add(buf, "", 1);
    add_text(buf, "P ", format->publisher);
    add_text(buf, "R ", format->preparer);
    for (size_t i = 0; i < dw_tree_folder_count(tree); i++)
        add_text(buf, "D ", dw_tree_folder(tree, i));
}

static void add_file(struct dw_buf *buf, const dw_tree *tree, const struct dw_tree_file *file)
{
    char hex[2 * DW_SHA256_SIZE + 1] = "-", time[24] = "-";
    if (!file->src_path) {
        add_text(buf, "M ", file->disc_path);
        return;
    }
    if (file->has_sha256)
        dw_text_hex(file->sha256, DW_SHA256_SIZE, hex);
    if (file->modified_s != dw_tree_made_at_s(tree) &&
        !dw_text_format(time, sizeof time, "%lld", (long long)file->modified_s))
        buf->failed = true;
    dw_buf_addf(buf, "F %llu %s %s %zu ", (unsigned long long)file->size_bytes, hex, time,
                strlen(file->disc_path));
    dw_buf_add_text(buf, file->disc_path);
    add_text(buf, " ", file->src_path);
}

static uint32_t crc_of(const char *data, size_t size)
{
    return (uint32_t)crc32_z(0, (const Bytef *)data, size);
}

dw_status dw_tree_save(const dw_tree *tree, const char *path, struct dw_error *err)
{
    struct dw_buf buf;
    size_t count = dw_tree_file_count(tree);
    dw_buf_init(&buf, TREE_FILE_MAX);
    add_head(&buf, tree);
    for (size_t i = 0; i < count; i++) {
        struct dw_tree_file file;
        dw_tree_file(tree, i, &file);
        add_file(&buf, tree, &file);
    }
    uint32_t crc = buf.failed ? 0 : crc_of(buf.data, buf.size);
    dw_buf_addf(&buf, "E %zu %08x", count, crc);
    dw_buf_add(&buf, "", 1);
    dw_status st = dw_buf_check(&buf, "the tree of a disc", err);
    if (st == DW_OK)
        st = dw_file_save(NULL, path, buf.data, buf.size, err);
    dw_buf_done(&buf);
    return st;
}

/* --- loading --- */

struct reader {
    dw_tree *tree;
    size_t record; /* for the sentence */
    size_t file_count;
    bool is_version_1;
};

static dw_status corrupt(const struct reader *reader, const char *what, struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CORRUPT, "tree file, record %zu: %s", reader->record, what);
}

/* Cuts the word up to the next blank off *text; NULL when there is no blank. */
static char *cut_word(char **text)
{
    char *word = *text, *blank = strchr(word, ' ');
    if (!blank)
        return NULL;
    *blank = '\0';
    *text = blank + 1;
    return word;
}

static dw_status read_head(struct reader *reader, char *text, struct dw_error *err)
{
    int64_t made_at_s;
    reader->is_version_1 = strncmp(text, MAGIC_1, strlen(MAGIC_1)) == 0;
    if (!reader->is_version_1 && strncmp(text, MAGIC, strlen(MAGIC)) != 0)
        return corrupt(reader, "not the tree of a disc, or of another version", err);
    text += strlen(MAGIC);
    const struct dw_tree_format blank = {0};
    if (reader->is_version_1 && dw_tree_set_format(reader->tree, &blank, err) != DW_OK)
        return DW_ERR_INTERNAL;
    char *time = cut_word(&text);
    if (!time || !dw_text_int(time, DW_TREE_TIME_MIN, DW_TREE_TIME_MAX, &made_at_s) ||
        dw_tree_set_label(reader->tree, text, made_at_s, NULL) != DW_OK)
        return corrupt(reader, "bad time or label", err);
    return DW_OK;
}

/* Cuts the disc path off *text; its length stands before it. */
static char *cut_path(const struct reader *reader, char **text)
{
    if (reader->is_version_1)
        return cut_word(text);
    char *length_text = cut_word(text);
    int64_t length;
    if (!length_text || !dw_text_int(length_text, 1, (int64_t)strlen(*text), &length) ||
        (*text)[length] != ' ')
        return NULL;
    char *path = *text;
    path[length] = '\0';
    *text = path + length + 1;
    return path;
}

static dw_status read_file(struct reader *reader, char *text, struct dw_error *err)
{
    char *size_text = cut_word(&text);
    char *sha_text = size_text ? cut_word(&text) : NULL;
    char *time_text = sha_text && !reader->is_version_1 ? cut_word(&text) : NULL;
    char *disc_path =
        sha_text && (time_text || reader->is_version_1) ? cut_path(reader, &text) : NULL;
    int64_t size, modified_s = 0;
    uint8_t sha256[DW_SHA256_SIZE];
    if (!disc_path || !dw_text_int(size_text, 0, INT64_MAX, &size))
        return corrupt(reader, "bad file line", err);
    bool has_sha256 = strcmp(sha_text, "-") != 0,
         has_time = time_text && strcmp(time_text, "-") != 0;
    if (has_sha256 && !dw_text_unhex(sha_text, sha256, sizeof sha256))
        return corrupt(reader, "bad checksum", err);
    if (has_time && !dw_text_int(time_text, DW_TREE_TIME_MIN, DW_TREE_TIME_MAX, &modified_s))
        return corrupt(reader, "bad time", err);
    size_t i = reader->file_count;
    dw_status st =
        dw_tree_add(reader->tree, text, disc_path, (uint64_t)size, has_sha256 ? sha256 : NULL, err);
    if (st != DW_OK)
        return st;
    reader->file_count++;
    if (has_time)
        dw_tree_set_modified(reader->tree, i, modified_s);
    return DW_OK;
}

/* How it is drawn: one record for each part of it, before any name. */
static dw_status read_format(struct reader *reader, char kind, char *text, struct dw_error *err)
{
    struct dw_tree_format format = *dw_tree_format(reader->tree);
    int64_t revision = 0, joliet = 0, no_iso = 0;
    if (kind == 'O') {
        char *revision_text = cut_word(&text),
             *joliet_text = revision_text ? cut_word(&text) : NULL;
        if (!joliet_text || !dw_text_int(revision_text, 0, UINT16_MAX, &revision) ||
            !dw_text_int(joliet_text, 0, 1, &joliet) || !dw_text_int(text, 0, 1, &no_iso))
            return corrupt(reader, "bad format", err);
        format.udf_revision = (uint16_t)revision;
        format.joliet = joliet != 0;
        format.no_iso = no_iso != 0;
    } else if (!dw_text_copy(kind == 'P' ? format.publisher : format.preparer,
                             sizeof format.publisher, text)) {
        return corrupt(reader, "a long publisher or preparer", err);
    }
    return dw_tree_set_format(reader->tree, &format, err);
}

static dw_status read_record(struct reader *reader, char *text, struct dw_error *err)
{
    if (reader->record == 1)
        return read_head(reader, text, err);
    if (strcmp(text, "N") == 0 && reader->record == 2 && !reader->is_version_1) {
        dw_tree_allow_any_name(reader->tree);
        return DW_OK;
    }
    if (text[0] == '\0' || text[1] != ' ')
        return corrupt(reader, "unknown kind", err);
    if (text[0] == 'F')
        return read_file(reader, text + 2, err);
    if (text[0] == 'M')
        return dw_tree_add_manifest(reader->tree, text + 2, err);
    if (text[0] == 'D' && !reader->is_version_1)
        return dw_tree_add_folder(reader->tree, text + 2, err);
    if (strchr("OPR", text[0]) && !reader->is_version_1)
        return read_format(reader, text[0], text + 2, err);
    return corrupt(reader, "unknown kind", err);
}

/* The last record tells how many files there are and what all before it sums up to. *size becomes
 * what is before it. */
static dw_status check_end(char *data, size_t *size, int64_t *out_count, struct dw_error *err)
{
    size_t at = *size > 0 ? *size - 1 : 0;
    if (*size == 0 || data[at] != '\0')
        return dw_error_set(err, DW_ERR_CORRUPT, "the tree file is cut off");
    while (at > 0 && data[at - 1] != '\0')
        at--;
    char *text = data + at;
    char *kind = cut_word(&text), *count = kind ? cut_word(&text) : NULL;
    uint8_t sum[4];
    if (!count || strcmp(kind, "E") != 0 ||
        !dw_text_int(count, 0, DW_TREE_ENTRIES_MAX, out_count) ||
        !dw_text_unhex(text, sum, sizeof sum))
        return dw_error_set(err, DW_ERR_CORRUPT, "the tree file has no end");
    uint32_t want =
        (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
    if (crc_of(data, at) != want)
        return dw_error_set(err, DW_ERR_CORRUPT, "the tree file's checksum is wrong");
    *size = at;
    return DW_OK;
}

static dw_status read_all(struct reader *reader, char *data, size_t size, struct dw_error *err)
{
    int64_t count = 0;
    dw_status st = check_end(data, &size, &count, err);
    for (size_t at = 0, length; st == DW_OK && at < size; at += length + 1) {
        length = strlen(data + at);
        reader->record++;
        struct dw_error why = {0};
        st = read_record(reader, data + at, &why);
        if (st == DW_ERR_INTERNAL || st == DW_ERR_CORRUPT)
            dw_error_set(err, st, "%s", why.text);
        else if (st != DW_OK)
            st = corrupt(reader, why.text, err);
    }
    if (st == DW_OK && (reader->record == 0 || (size_t)count != dw_tree_file_count(reader->tree)))
        st = corrupt(reader, "files are missing", err);
    return st;
}

dw_status dw_tree_load(const char *path, dw_tree **out, struct dw_error *err)
{
    struct dw_buf buf;
    struct reader reader = {0};
    dw_buf_init(&buf, TREE_FILE_MAX);
    dw_status st = dw_file_read_all(path, TREE_FILE_MAX - 1, &buf, err);
    if (st == DW_OK)
        st = dw_tree_new(&reader.tree, err);
    if (st == DW_OK)
        st = read_all(&reader, buf.data, buf.size, err);
    dw_buf_done(&buf);
    if (st != DW_OK) {
        dw_tree_free(reader.tree);
        return st;
    }
    *out = reader.tree;
    return DW_OK;
}
