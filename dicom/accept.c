#include "dicom/accept.h"

#include <string.h>

#include "base/text.h"
#include "dicom/uid.h"

#define STANDARD_ROOT "1.2.840.10008."
#define STORAGE_ROOT "1.2.840.10008.5.1.4.1.1."

void dw_accept_init(struct dw_accept *accept)
{
    *accept = (struct dw_accept){.reports = true, .private_classes = true};
}

static const struct dw_transfer_syntax *received(const char *uid)
{
    const struct dw_transfer_syntax *syntax = dw_transfer_syntax_find(uid);
    return syntax && !syntax->refused ? syntax : NULL;
}

static dw_status add_preference(struct dw_accept *accept, const char *word, size_t size,
                                struct dw_error *err)
{
    char uid[DW_UID_MAX] = "";
    if (accept->prefer_count == DW_ACCEPT_PREFER_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d transfer syntaxes",
                            DW_ACCEPT_PREFER_MAX);
    if (size < sizeof uid)
        memcpy(uid, word, size);
    if (!received(uid))
        return dw_error_set(err, DW_ERR_INVALID, "'%.*s' is no transfer syntax that is received",
                            (int)(size < DW_UID_MAX ? size : DW_UID_MAX), word);
    memcpy(accept->prefer[accept->prefer_count++], uid, sizeof uid);
    return DW_OK;
}

dw_status dw_accept_prefer(struct dw_accept *accept, const char *list, struct dw_error *err)
{
    dw_status st = DW_OK;
    accept->prefer_count = 0;
    for (const char *at = list; *at && st == DW_OK;) {
        size_t size = strcspn(at, ", \t");
        if (size > 0)
            st = add_preference(accept, at, size, err);
        at += size;
        at += strspn(at, ", \t");
    }
    return st;
}

/* Storage classes of the standard stand under one root, but for a few that the table has; the
 * others there are services (queries, worklists, printing), and what a manufacturer has elsewhere
 * cannot be told. */
static bool looks_like_storage(const char *uid)
{
    bool standard = strncmp(uid, STANDARD_ROOT, strlen(STANDARD_ROOT)) == 0;
    return dw_uid_is_valid(uid) &&
           (!standard || strncmp(uid, STORAGE_ROOT, strlen(STORAGE_ROOT)) == 0);
}

enum dw_accepts dw_accept_class(const struct dw_accept *accept, const char *sop_class)
{
    const struct dw_sop_class *known = dw_sop_class_find(sop_class);
    bool standard = strncmp(sop_class, STANDARD_ROOT, strlen(STANDARD_ROOT)) == 0;
    if (!known && !(accept->any && looks_like_storage(sop_class)))
        return DW_ACCEPTS_NOT_KNOWN;
    bool switched_off =
        (known && known->is_report && !accept->reports) || (!standard && !accept->private_classes);
    return switched_off ? DW_ACCEPTS_NOT_HERE : DW_ACCEPTS;
}

static const char *first_of(const char *const *wanted, size_t wanted_count,
                            const char *const *offered, size_t count)
{
    for (size_t w = 0; w < wanted_count; w++)
        for (size_t i = 0; i < count; i++)
            if (strcmp(offered[i], wanted[w]) == 0)
                return offered[i];
    return NULL;
}

static const char *first_compressed(const char *const *offered, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct dw_transfer_syntax *syntax = received(offered[i]);
        if (syntax && syntax->encapsulated)
            return offered[i];
    }
    return NULL;
}

const char *dw_accept_syntax(const struct dw_accept *accept, const char *sop_class,
                             const char *const *offered, size_t count)
{
    static const char *const plain[] = {DW_TS_EXPLICIT_LE, DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_BE,
                                        DW_TS_DEFLATED};
    const struct dw_sop_class *known = dw_sop_class_find(sop_class);
    const char *preferred[DW_ACCEPT_PREFER_MAX] = {NULL};
    for (size_t i = 0; i < accept->prefer_count; i++)
        preferred[i] = accept->prefer[i];
    const char *taken = first_of(preferred, accept->prefer_count, offered, count);
    if (!taken && known && (known->is_video || known->is_slide))
        taken = first_compressed(offered, count);
    if (!taken)
        taken = first_of(plain, DW_ARRAY_LEN(plain), offered, count);
    return taken ? taken : first_compressed(offered, count);
}

json_t *dw_accept_to_json(const struct dw_accept *accept)
{
    json_t *prefer = json_array();
    for (size_t i = 0; i < accept->prefer_count; i++)
        json_array_append_new(prefer, json_string(accept->prefer[i]));
    return json_pack("{s:b, s:b, s:b, s:o}", "reports", accept->reports, "private",
                     accept->private_classes, "any", accept->any, "prefer", prefer);
}

static bool flag(const json_t *json, const char *key, bool fallback)
{
    const json_t *value = json_object_get(json, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

dw_status dw_accept_from_json(const json_t *json, struct dw_accept *out, struct dw_error *err)
{
    struct dw_accept accept;
    const json_t *prefer = json_object_get(json, "prefer");
    dw_status st = DW_OK;
    dw_accept_init(&accept);
    accept.reports = flag(json, "reports", accept.reports);
    accept.private_classes = flag(json, "private", accept.private_classes);
    accept.any = flag(json, "any", accept.any);
    for (size_t i = 0; i < json_array_size(prefer) && st == DW_OK; i++) {
        const char *uid = json_string_value(json_array_get(prefer, i));
        st = add_preference(&accept, uid ? uid : "", uid ? strlen(uid) : 0, err);
    }
    if (st == DW_OK)
        *out = accept;
    return st;
}
