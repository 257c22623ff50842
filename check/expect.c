#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "base/file.h"
#include "base/text.h"
#include "check/expect.h"

#define EXPECT_FILE_MAX 65536

static dw_status take(const json_t *head, const char *key, char *out, size_t size,
                      struct dw_error *err)
{
    const json_t *value = json_object_get(head, key);
    out[0] = '\0';
    if (!value || json_is_null(value))
        return DW_OK;
    if (!json_is_string(value) || !dw_text_copy(out, size, json_string_value(value)))
        return dw_error_set(err, DW_ERR_CORRUPT, "%s is not a text of up to %zu bytes", key,
                            size - 1);
    return DW_OK;
}

static dw_status take_numbers(const json_t *head, struct dw_check_expect *out, struct dw_error *err)
{
    const json_t *objects = json_object_get(head, "objects");
    const json_t *nonconformant = json_object_get(head, "nonconformant");
    if (objects && !json_is_null(objects) && (!json_is_integer(objects) || json_integer_value(objects) < 0))
        return dw_error_set(err, DW_ERR_CORRUPT, "objects is not a number from 0");
    if (nonconformant && !json_is_null(nonconformant) && !json_is_boolean(nonconformant))
        return dw_error_set(err, DW_ERR_CORRUPT, "nonconformant is neither true nor false");
    out->objects = json_is_integer(objects) ? json_integer_value(objects) : -1;
    out->nonconformant = json_is_true(nonconformant);
    return DW_OK;
}

dw_status dw_check_expect_read(const char *path, struct dw_check_expect *out, struct dw_error *err)
{
    struct dw_check_expect expect = {.objects = -1};
    struct dw_buf buf = {0};
    json_t *head = NULL;
    char digest[2 * DW_SHA256_SIZE + 1];
    dw_status st = dw_file_read_all(path, EXPECT_FILE_MAX, &buf, err);
    if (st != DW_OK)
        goto out;
    head = buf.data ? json_loadb(buf.data, buf.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!json_is_object(head)) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "'%s' is not a JSON object", path);
        goto out;
    }
    if ((st = take(head, "patient_id", expect.patient_id, sizeof expect.patient_id, err)) ||
        (st = take(head, "issuer", expect.issuer, sizeof expect.issuer, err)) ||
        (st = take(head, "patient_name", expect.patient_name, sizeof expect.patient_name, err)) ||
        (st = take(head, "birth_date", expect.birth_date, sizeof expect.birth_date, err)) ||
        (st = take(head, "fileset_uid", expect.fileset_uid, sizeof expect.fileset_uid, err)) ||
        (st = take(head, "profile", expect.profile, sizeof expect.profile, err)) ||
        (st = take(head, "instances_sha256", digest, sizeof digest, err)) ||
        (st = take_numbers(head, &expect, err)))
        goto out;
    expect.has_profile = json_is_string(json_object_get(head, "profile"));
    expect.has_instances = digest[0] != '\0';
    if (expect.has_instances && !dw_text_unhex(digest, expect.instances_sha256, DW_SHA256_SIZE))
        st = dw_error_set(err, DW_ERR_CORRUPT, "instances_sha256 is not 64 hexadecimal digits");
    if (st == DW_OK)
        *out = expect;
out:
    json_decref(head);
    dw_buf_done(&buf);
    return st;
}

void dw_check_instances_done(struct dw_check_instances *instances)
{
    dw_spill_drop(instances->spill, instances->pool);
    dw_spill_drop(instances->spill, instances->at);
    *instances = (struct dw_check_instances){.spill = instances->spill};
}

static bool grow(dw_spill *spill, void **memory, size_t *cap, size_t need, size_t unit)
{
    if (need <= *cap)
        return true;
    size_t bigger = *cap ? *cap : 1024;
    while (bigger < need)
        bigger *= 2;
    void *more = dw_spill_grow(spill, *memory, *cap * unit, bigger * unit);
    if (!more)
        return false;
    *memory = more;
    *cap = bigger;
    return true;
}

dw_status dw_check_instances_add(struct dw_check_instances *instances, const char *sop_instance,
                                 struct dw_error *err)
{
    size_t size = strlen(sop_instance) + 1;
    void *pool = instances->pool, *at = instances->at;
    if (instances->pool_size + size > UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "too many instances to compare");
    bool fits = grow(instances->spill, &pool, &instances->pool_cap, instances->pool_size + size, 1);
    instances->pool = pool;
    fits = fits && grow(instances->spill, &at, &instances->cap, instances->count + 1, sizeof *instances->at);
    instances->at = at;
    if (!fits)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    memcpy(instances->pool + instances->pool_size, sop_instance, size);
    instances->at[instances->count++] = (uint32_t)instances->pool_size;
    instances->pool_size += size;
    return DW_OK;
}

static int by_bytes(const void *a, const void *b, void *ctx)
{
    const struct dw_check_instances *all = ctx;
    dw_spill_rest(all->spill);
    return strcmp(all->pool + *(const uint32_t *)a, all->pool + *(const uint32_t *)b);
}

dw_status dw_check_instances_digest(struct dw_check_instances *instances, uint8_t out[DW_SHA256_SIZE],
                                    struct dw_error *err)
{
    dw_status st = dw_spill_sort(instances->spill, instances->at, instances->count, sizeof *instances->at, by_bytes,
                                 instances, err);
    if (st != DW_OK)
        return st;
    dw_sha256 *sha = dw_sha256_new();
    dw_sha256_start(sha);
    for (size_t i = 0; i < instances->count; i++) {
        const char *uid = instances->pool + instances->at[i];
        dw_sha256_add(sha, uid, strlen(uid));
        dw_sha256_add(sha, "\n", 1);
        dw_spill_rest(instances->spill);
    }
    dw_sha256_end(sha, out);
    dw_sha256_free(sha);
    return DW_OK;
}
