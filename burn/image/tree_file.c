/* A tree as a file. Records end with a zero byte, which no path can hold:
 *
 *      discwright-tree 1 <made at> <label>
 *      F <size> <sha256 or -> <disc path> <source path>      one for each file, in disc order
 *      M <disc path>                                         the manifest, if there is one
 *      E <files> <CRC-32 of all before, 8 hex digits>
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "burn/image/tree_private.h"

#define TREE_FILE_MAX (1ULL << 29)
#define MAGIC "discwright-tree 1 "

static void add_file(struct dw_buf *buf, const struct dw_tree_file *file)
{
    char hex[2 * DW_SHA256_SIZE + 1] = "-";
    if (!file->src_path) {
        dw_buf_addf(buf, "M %s", file->disc_path);
    } else {
        if (file->has_sha256)
            dw_text_hex(file->sha256, DW_SHA256_SIZE, hex);
        dw_buf_addf(buf, "F %llu %s %s ", (unsigned long long)file->size_bytes, hex,
                    file->disc_path);
        dw_buf_add_text(buf, file->src_path);
    }
    dw_buf_add(buf, "", 1);
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
    dw_buf_addf(&buf, MAGIC "%lld %s", (long long)dw_tree_made_at_s(tree), dw_tree_label(tree));
    dw_buf_add(&buf, "", 1);
    for (size_t i = 0; i < count; i++) {
        struct dw_tree_file file;
        dw_tree_file(tree, i, &file);
        add_file(&buf, &file);
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
    if (strncmp(text, MAGIC, strlen(MAGIC)) != 0)
        return corrupt(reader, "not the tree of a disc, or of another version", err);
    text += strlen(MAGIC);
    char *time = cut_word(&text);
    if (!time || !dw_text_int(time, DW_TREE_TIME_MIN, DW_TREE_TIME_MAX, &made_at_s) ||
        dw_tree_set_label(reader->tree, text, made_at_s, NULL) != DW_OK)
        return corrupt(reader, "bad time or label", err);
    return DW_OK;
}

static dw_status read_file(struct reader *reader, char *text, struct dw_error *err)
{
    char *size_text = cut_word(&text);
    char *sha_text = size_text ? cut_word(&text) : NULL;
    char *disc_path = sha_text ? cut_word(&text) : NULL;
    int64_t size;
    uint8_t sha256[DW_SHA256_SIZE];
    if (!disc_path || !dw_text_int(size_text, 0, INT64_MAX, &size))
        return corrupt(reader, "bad file line", err);
    bool has_sha256 = strcmp(sha_text, "-") != 0;
    if (has_sha256 && !dw_text_unhex(sha_text, sha256, sizeof sha256))
        return corrupt(reader, "bad checksum", err);
    return dw_tree_add(reader->tree, text, disc_path, (uint64_t)size, has_sha256 ? sha256 : NULL,
                       err);
}

static dw_status read_record(struct reader *reader, char *text, struct dw_error *err)
{
    if (reader->record == 1)
        return read_head(reader, text, err);
    if (text[0] == 'F' && text[1] == ' ')
        return read_file(reader, text + 2, err);
    if (text[0] == 'M' && text[1] == ' ')
        return dw_tree_add_manifest(reader->tree, text + 2, err);
    return corrupt(reader, "unknown kind", err);
}

/* The last record tells how many files there are and what all before it sums up to. *size becomes what is
 * before it. */
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
