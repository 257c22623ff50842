#include "layout/fileset/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/text.h"
#include "layout/fileset/objectbytes.h"

/* The file is a row of frames: u32 LE length of a head, u32 LE length of a blob, both. The first head is JSON
 * {"objects_version": 2, identity...}, the last {"end": rows}: a list cut short is noticed. Between them the head
 * is a row's own bytes (layout/fileset/objectbytes.h) and the blob its record. */
#define VERSION 2
#define HEAD_MAX (64 * 1024)
#define FILE_BUFFER (256 * 1024)

struct dw_objects_writer {
    FILE *file;
    char *path, *part;
    struct dw_buf head;
    uint64_t rows;
    bool published;
};

struct dw_objects_reader {
    FILE *file;
    uint64_t rows;
    bool has_identity;
    struct dw_objects_identity identity;
    struct dw_buf head, record;
    struct dw_object object;
};

static void put_u32(uint8_t *out, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static dw_status write_frame(dw_objects_writer *writer, const void *head, size_t head_size,
                             const void *blob, size_t blob_size, struct dw_error *err)
{
    uint8_t lengths[8] = {0};
    put_u32(lengths, (uint32_t)head_size);
    put_u32(lengths + 4, (uint32_t)blob_size);
    if (head_size > HEAD_MAX || blob_size > DW_RECORD_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a row of the object list is larger than %d bytes",
                            DW_RECORD_MAX);
    if (fwrite(lengths, sizeof lengths, 1, writer->file) != 1 ||
        fwrite(head, head_size, 1, writer->file) != 1 ||
        (blob_size > 0 && fwrite(blob, blob_size, 1, writer->file) != 1))
        return dw_error_set(err, dw_status_from_errno(errno), "write '%s': %s", writer->part,
                            strerror(errno));
    return DW_OK;
}

/* head is stolen. */
static dw_status write_json(dw_objects_writer *writer, json_t *head, struct dw_error *err)
{
    char *text = head ? json_dumps(head, JSON_COMPACT) : NULL;
    json_decref(head);
    if (!text)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for a row of the object list");
    dw_status st = write_frame(writer, text, strlen(text), NULL, 0, err);
    free(text);
    return st;
}

static json_t *identity_head(const struct dw_objects_identity *identity)
{
    json_t *head = json_pack("{s:i}", "objects_version", VERSION);
    if (identity && head)
        json_object_set_new(head, "identity",
                            json_pack("{s:s, s:s, s:s, s:s}", "patient_id", identity->patient_id,
                                      "issuer", identity->issuer, "patient_name",
                                      identity->patient_name, "birth_date", identity->birth_date));
    return head;
}

dw_status dw_objects_create(const char *path, const struct dw_objects_identity *identity,
                            dw_objects_writer **out, struct dw_error *err)
{
    dw_objects_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for an object list");
    dw_status st = DW_OK;
    int fd = -1;
    writer->path = strdup(path);
    if (!writer->path || asprintf(&writer->part, "%s.part", path) < 0) {
        st = dw_error_set(err, DW_ERR_INTERNAL, "out of memory for an object list");
        goto out;
    }
    fd = open(writer->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    writer->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!writer->file) {
        st = dw_error_set(err, dw_status_from_errno(errno), "create '%s': %s", writer->part,
                          strerror(errno));
        if (fd >= 0)
            close(fd);
        goto out;
    }
    setvbuf(writer->file, NULL, _IOFBF, FILE_BUFFER);
    st = write_json(writer, identity_head(identity), err);
out:
    if (st != DW_OK) {
        dw_objects_writer_free(writer);
        return st;
    }
    *out = writer;
    return DW_OK;
}

dw_status dw_objects_write(dw_objects_writer *writer, const struct dw_objects_row *row,
                           struct dw_error *err)
{
    if (strlen(row->path) >= DW_PATH_MAX || !row->path[0])
        return dw_error_set(err, DW_ERR_INVALID, "the path of object %llu is empty or too long",
                            (unsigned long long)row->number);
    dw_buf_reset(&writer->head);
    dw_objectbytes_add(&writer->head, row);
    dw_status st = dw_buf_check(&writer->head, "a row of the object list", err);
    if (st == DW_OK)
        st = write_frame(writer, writer->head.data, writer->head.size, row->record,
                         row->record_size, err);
    if (st == DW_OK)
        writer->rows++;
    return st;
}

dw_status dw_objects_publish(dw_objects_writer *writer, struct dw_error *err)
{
    dw_status st =
        write_json(writer, json_pack("{s:I}", "end", (json_int_t)writer->rows), err);
    if (st == DW_OK && fflush(writer->file) != 0)
        st = dw_error_set(err, dw_status_from_errno(errno), "write '%s': %s", writer->part,
                          strerror(errno));
    if (st == DW_OK)
        st = dw_file_publish(NULL, fileno(writer->file), writer->part, writer->path, err);
    writer->published = st == DW_OK;
    return st;
}

void dw_objects_writer_free(dw_objects_writer *writer)
{
    if (!writer)
        return;
    if (writer->file) {
        fclose(writer->file);
        if (!writer->published)
            unlink(writer->part);
    }
    dw_buf_done(&writer->head);
    free(writer->path);
    free(writer->part);
    free(writer);
}

/* --- reading --- */

static dw_status cut_short(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_CORRUPT, "the object list is cut short or is not one");
}

/* Grows with what is there, not with what a length claims. */
static dw_status read_part(FILE *file, size_t size, struct dw_buf *out, struct dw_error *err)
{
    char chunk[4096];
    dw_buf_reset(out);
    while (size > 0) {
        size_t n = size < sizeof chunk ? size : sizeof chunk;
        if (fread_unlocked(chunk, n, 1, file) != 1)
            return cut_short(err);
        dw_buf_add(out, chunk, n);
        size -= n;
    }
    return dw_buf_check(out, "object list", err);
}

static dw_status read_frame(dw_objects_reader *reader, struct dw_error *err)
{
    uint8_t lengths[8] = {0};
    if (fread_unlocked(lengths, sizeof lengths, 1, reader->file) != 1)
        return cut_short(err);
    uint32_t head_size = get_u32(lengths), record_size = get_u32(lengths + 4);
    if (head_size == 0 || head_size > HEAD_MAX || record_size > DW_RECORD_MAX)
        return cut_short(err);
    dw_status st = read_part(reader->file, head_size, &reader->head, err);
    return st == DW_OK ? read_part(reader->file, record_size, &reader->record, err) : st;
}

/* NULL: the frame at hand is not JSON. */
static json_t *head_json(const dw_objects_reader *reader)
{
    json_t *head = json_loadb(reader->head.data ? reader->head.data : "", reader->head.size, 0, NULL);
    if (json_is_object(head))
        return head;
    json_decref(head);
    return NULL;
}

static bool read_identity(const json_t *json, struct dw_objects_identity *out)
{
    return dw_text_copy(out->patient_id, sizeof out->patient_id, dw_json_text(json, "patient_id")) &&
           dw_text_copy(out->issuer, sizeof out->issuer, dw_json_text(json, "issuer")) &&
           dw_text_copy(out->patient_name, sizeof out->patient_name,
                        dw_json_text(json, "patient_name")) &&
           dw_text_copy(out->birth_date, sizeof out->birth_date, dw_json_text(json, "birth_date"));
}

dw_status dw_objects_open(const char *path, dw_objects_reader **out, struct dw_error *err)
{
    dw_objects_reader *reader = calloc(1, sizeof *reader);
    json_t *head = NULL, *identity;
    if (!reader)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for an object list");
    dw_status st;
    reader->file = fopen(path, "re");
    if (!reader->file) {
        st = dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path, strerror(errno));
        goto out;
    }
    setvbuf(reader->file, NULL, _IOFBF, FILE_BUFFER);
    st = read_frame(reader, err);
    if (st == DW_OK && !(head = head_json(reader)))
        st = cut_short(err);
    if (st != DW_OK)
        goto out;
    identity = json_object_get(head, "identity");
    if (dw_json_int(head, "objects_version", 0) != VERSION)
        st = dw_error_set(err, DW_ERR_CORRUPT, "the object list is of another version");
    else if (identity && !read_identity(identity, &reader->identity))
        st = dw_error_set(err, DW_ERR_CORRUPT, "the identity in the object list is too long");
    reader->has_identity = identity != NULL;
out:
    json_decref(head);
    if (st != DW_OK) {
        dw_objects_reader_free(reader);
        return st;
    }
    *out = reader;
    return DW_OK;
}

bool dw_objects_identity(const dw_objects_reader *reader, struct dw_objects_identity *out)
{
    if (reader->has_identity)
        *out = reader->identity;
    return reader->has_identity;
}

/* A number of an object never makes a row begin as the last head does: that is '{"end"', far beyond any. */
static bool is_end(const dw_objects_reader *reader)
{
    static const char end[] = "{\"end\":";
    return reader->head.size > strlen(end) && memcmp(reader->head.data, end, strlen(end)) == 0;
}

static dw_status read_end(const dw_objects_reader *reader, struct dw_error *err)
{
    json_t *head = head_json(reader);
    bool whole = head && dw_json_int(head, "end", -1) == (int64_t)reader->rows;
    json_decref(head);
    return whole ? DW_OK : cut_short(err);
}

dw_status dw_objects_read(dw_objects_reader *reader, struct dw_objects_row *out, bool *out_more,
                          struct dw_error *err)
{
    *out_more = false;
    dw_status st = read_frame(reader, err);
    if (st != DW_OK)
        return st;
    if (is_end(reader))
        return read_end(reader, err);
    *out = (struct dw_objects_row){0};
    if (!dw_objectbytes_read((const uint8_t *)reader->head.data, reader->head.size, out,
                             &reader->object))
        return cut_short(err);
    out->record = reader->record.data;
    out->record_size = reader->record.size;
    reader->rows++;
    *out_more = true;
    return DW_OK;
}

void dw_objects_reader_free(dw_objects_reader *reader)
{
    if (!reader)
        return;
    if (reader->file)
        fclose(reader->file);
    dw_buf_done(&reader->head);
    dw_buf_done(&reader->record);
    free(reader);
}
