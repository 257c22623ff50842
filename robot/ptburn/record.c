#include "robot/ptburn/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/file.h"
#include "base/random.h"

#define RECORD_FILE_MAX 4096
#define LETTERS "abcdefghijkmnpqrstuvwxyz23456789" /* 32: none is taken for another */

struct dw_ptburn_records {
    char dir[DW_PATH_MAX / 2];
    char prefix[DW_PTBURN_TOKEN_MAX + 4];
    struct dw_ptburn_record *record;
    size_t count;
};

static dw_status path_of(const dw_ptburn_records *records, const char *name, char out[DW_PATH_MAX], struct dw_error *err)
{
    return dw_text_format(out, DW_PATH_MAX, "%s/%s", records->dir, name)
               ? DW_OK
               : dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
}

static dw_status make_token(const dw_ptburn_records *records, char token[DW_PTBURN_TOKEN_MAX], struct dw_error *err)
{
    const struct dw_random random = dw_random_system();
    unsigned char bytes[DW_PTBURN_TOKEN_MAX];
    char path[DW_PATH_MAX];
    dw_random_fill(&random, bytes, sizeof bytes);
    for (int i = 0; i < DW_PTBURN_TOKEN_MAX - 1; i++)
        token[i] = LETTERS[bytes[i] % 32];
    token[DW_PTBURN_TOKEN_MAX - 1] = 0;
    dw_status st = path_of(records, "token", path, err);
    return st == DW_OK ? dw_file_save(NULL, path, token, strlen(token), err) : st;
}

/* Two appliances may share one server: names that one of them gives are never the other's. */
static dw_status read_token(dw_ptburn_records *records, struct dw_error *err)
{
    char path[DW_PATH_MAX], token[DW_PTBURN_TOKEN_MAX] = "";
    struct dw_buf text = {0};
    dw_status st = path_of(records, "token", path, err);
    if (st == DW_OK)
        st = dw_file_read_all(path, RECORD_FILE_MAX, &text, err);
    if (st == DW_ERR_NOT_FOUND)
        st = make_token(records, token, err);
    else if (st == DW_OK && (!text.data || !dw_text_copy(token, sizeof token, text.data) ||
                             strspn(token, LETTERS) != DW_PTBURN_TOKEN_MAX - 1))
        st = dw_error_set(err, DW_ERR_CORRUPT, "'%.150s' is none of ours", path);
    dw_buf_done(&text);
    if (st == DW_OK && !dw_text_format(records->prefix, sizeof records->prefix, "DW%s-", token))
        st = dw_error_set(err, DW_ERR_INTERNAL, "a token is too long");
    return st;
}

static dw_status put(dw_ptburn_records *records, const struct dw_ptburn_record *record, struct dw_error *err)
{
    for (size_t i = 0; i < records->count; i++) {
        if (records->record[i].disc == record->disc) {
            records->record[i] = *record;
            return DW_OK;
        }
    }
    struct dw_ptburn_record *grown = realloc(records->record, (records->count + 1) * sizeof *grown);
    if (!grown)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    records->record = grown;
    records->record[records->count++] = *record;
    return DW_OK;
}

static bool is_record(const json_t *head, struct dw_ptburn_record *out)
{
    int outcome = dw_ptburn_outcome_from_name(dw_json_text(head, "outcome"));
    *out = (struct dw_ptburn_record){
        .disc = dw_json_int(head, "disc", 0),
        .submitted = json_is_true(json_object_get(head, "submitted")),
        .used = json_is_true(json_object_get(head, "used")),
        .again = json_is_true(json_object_get(head, "again")),
        .bad = (int)(dw_json_int(head, "bad", 0) & 0xFFFF),
        .error = (int)(dw_json_int(head, "error", 0) & 0xFFFF),
    };
    if (outcome < 0 || out->disc < 1 || !dw_text_copy(out->stem, sizeof out->stem, dw_json_text(head, "stem")) ||
        !dw_text_copy(out->content, sizeof out->content, dw_json_text(head, "content")))
        return false;
    out->outcome = (enum dw_ptburn_outcome)outcome;
    return out->stem[0] != 0;
}

static dw_status read_one(dw_ptburn_records *records, const char *name, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    struct dw_ptburn_record record;
    dw_status st = path_of(records, name, path, err);
    if (st == DW_OK)
        st = dw_file_read_all(path, RECORD_FILE_MAX, &text, err);
    json_t *head = st == DW_OK ? json_loadb(text.data ? text.data : "", text.size, 0, NULL) : NULL;
    if (st == DW_OK && !is_record(head, &record))
        st = dw_error_set(err, DW_ERR_CORRUPT, "'%.150s' is none of ours", path);
    if (st == DW_OK)
        st = put(records, &record, err);
    json_decref(head);
    dw_buf_done(&text);
    return st;
}

static dw_status read_all(dw_ptburn_records *records, struct dw_error *err)
{
    const struct dirent *entry;
    dw_status st = DW_OK;
    DIR *dir = opendir(records->dir);
    if (!dir)
        return dw_error_set(err, DW_ERR_IO, "open '%.150s': %s", records->dir, strerror(errno));
    while (st == DW_OK && (entry = readdir(dir)) != NULL) {
        int64_t disc;
        if (dw_text_int(entry->d_name, 1, INT64_MAX, &disc)) /* a ".part" was never whole: it counts for nothing */
            st = read_one(records, entry->d_name, err);
    }
    closedir(dir);
    return st;
}

dw_status dw_ptburn_records_open(const char *state_dir, dw_ptburn_records **out, struct dw_error *err)
{
    dw_ptburn_records *records = calloc(1, sizeof *records);
    if (!records)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_text_format(records->dir, sizeof records->dir, "%s/ptburn", state_dir)
                       ? dw_file_make_dirs(records->dir, err)
                       : dw_error_set(err, DW_ERR_LIMIT, "the state folder's path is too long");
    if (st == DW_OK)
        st = read_token(records, err);
    if (st == DW_OK)
        st = read_all(records, err);
    if (st == DW_OK)
        *out = records;
    else
        dw_ptburn_records_close(records);
    return st;
}

void dw_ptburn_records_close(dw_ptburn_records *records)
{
    if (!records)
        return;
    free(records->record);
    free(records);
}

const char *dw_ptburn_records_prefix(const dw_ptburn_records *records)
{
    return records->prefix;
}

const struct dw_ptburn_record *dw_ptburn_record_find(const dw_ptburn_records *records, int64_t disc)
{
    for (size_t i = 0; i < records->count; i++) {
        if (records->record[i].disc == disc)
            return &records->record[i];
    }
    return NULL;
}

size_t dw_ptburn_record_count(const dw_ptburn_records *records)
{
    return records->count;
}

const struct dw_ptburn_record *dw_ptburn_record_at(const dw_ptburn_records *records, size_t i)
{
    return &records->record[i];
}

static dw_status name_of(int64_t disc, char out[24], struct dw_error *err)
{
    return dw_text_format(out, 24, "%lld", (long long)disc)
               ? DW_OK
               : dw_error_set(err, DW_ERR_INTERNAL, "a number is too long");
}

dw_status dw_ptburn_record_save(dw_ptburn_records *records, const struct dw_ptburn_record *record, struct dw_error *err)
{
    char name[24], path[DW_PATH_MAX];
    json_t *head = json_pack("{s:I, s:s, s:s, s:b, s:s, s:b, s:b, s:i, s:i}", "disc", (json_int_t)record->disc, "stem",
                             record->stem, "content", record->content, "submitted", record->submitted, "outcome",
                             dw_ptburn_outcome_name(record->outcome), "used", record->used, "again", record->again, "bad",
                             record->bad, "error", record->error);
    char *text = head ? json_dumps(head, JSON_COMPACT) : NULL;
    dw_status st = text ? name_of(record->disc, name, err) : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (st == DW_OK)
        st = path_of(records, name, path, err);
    if (st == DW_OK)
        st = dw_file_save(NULL, path, text, strlen(text), err);
    if (st == DW_OK)
        st = put(records, record, err);
    free(text);
    json_decref(head);
    return st;
}

void dw_ptburn_record_remove(dw_ptburn_records *records, int64_t disc)
{
    char name[24], path[DW_PATH_MAX];
    if (name_of(disc, name, NULL) == DW_OK && path_of(records, name, path, NULL) == DW_OK)
        unlink(path); /* one that stays is found at the next start and removed then */
    for (size_t i = 0; i < records->count; i++) {
        if (records->record[i].disc != disc)
            continue;
        records->record[i] = records->record[--records->count];
        return;
    }
}
