#include "dicom/gather.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>
#include "base/limits.h"
#include "dicom/record.h"
#include "dicom/vr.h"

#define US_REGIONS 0x00186011u
#define TAG(el) ((uint32_t)(el)->group << 16 | (el)->element)

/* Sequences something is taken from; the others pass unseen. */
enum source { NOTHING, WHOLE, SERIES_REFERENCES, CONTENT, OBSERVERS, SHARED_GROUPS };

/* Everything dicom/keys.c names and what struct dw_object needs. Sorted; a test holds both. */
static const uint32_t wanted[] = {
    0x00080005, 0x00080008, 0x00080012, 0x00080013, 0x00080016, 0x00080018, 0x0008001A, 0x00080020,
    0x00080021, 0x00080022, 0x00080023, 0x0008002A, 0x00080030, 0x00080031, 0x00080032, 0x00080033,
    0x00080050, 0x00080060, 0x00080070, 0x00080080, 0x00080081, 0x00080090, 0x00081010, 0x00081030,
    0x0008103E, 0x00081050, 0x00081060, 0x00081070, 0x00081090, 0x00081115, 0x00081140, 0x00089092,
    0x00100010, 0x00100020, 0x00100021, 0x00100030, 0x00100032, 0x00100040, 0x00101000, 0x00101010,
    0x00101020, 0x00101030, 0x00180015, 0x00180050, 0x00181030, 0x00181800, 0x00185100, 0x0020000D,
    0x0020000E, 0x00200010, 0x00200011, 0x00200012, 0x00200013, 0x00200032, 0x00200037, 0x00200052,
    0x00200060, 0x00200200, 0x00201041, 0x00204000, 0x00280002, 0x00280004, 0x00280008, 0x00280010,
    0x00280011, 0x00280030, 0x00280100, 0x00280101, 0x00282110, 0x00282112, 0x00289001, 0x00289002,
    0x00400244, 0x00400245, 0x00400253, 0x00400254, 0x0040A030, 0x0040A043, 0x0040A073, 0x0040A491,
    0x0040A493, 0x0040A730, 0x0040E001, 0x00420010, 0x00420012, 0x00500004, 0x00700080, 0x00700081,
    0x00700082, 0x00700083, 0x00700084, 0x00700402, 0x30040006, 0x3004000A, 0x30060002, 0x30060008,
    0x30060009, 0x30080250, 0x30080251, 0x300A0002, 0x300A0006, 0x300A0007, 0x30100033, 0x30100034,
    0x52009229,
};

static_assert(DW_ARRAY_LEN(wanted) <= DW_GATHER_WANTED_MAX, "room for a slot of each");
static_assert(DW_GATHER_KEPT_MAX < UINT8_MAX, "a slot is a byte");

/* Where it is in wanted; -1: it is not. */
static int place_of(uint32_t tag)
{
    size_t low = 0, high = DW_ARRAY_LEN(wanted);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wanted[middle] == tag)
            return (int)middle;
        if (tag < wanted[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

bool dw_gather_wants(uint32_t tag)
{
    return place_of(tag) >= 0;
}

static enum source source_of(uint32_t tag)
{
    switch (tag) {
    case 0x00081115:
        return SERIES_REFERENCES;
    case 0x0040A730:
        return CONTENT;
    case 0x0040A073:
        return OBSERVERS;
    case 0x52009229:
        return SHARED_GROUPS;
    default:
        return WHOLE;
    }
}

void dw_gather_init(struct dw_gather *g)
{
    memset(g, 0, offsetof(struct dw_gather, open));
    dw_buf_init(&g->values, DW_RECORD_MAX);
}

void dw_gather_done(struct dw_gather *g)
{
    dw_buf_done(&g->values);
}

const uint8_t *dw_gather_value(const struct dw_gather *g, const struct dw_kept *kept)
{
    return (const uint8_t *)g->values.data + kept->offset;
}

static const struct dw_kept *find(const struct dw_gather *g, uint32_t tag, bool from_group)
{
    int place = place_of(tag);
    if (place >= 0) {
        unsigned slot = g->slots[from_group][place];
        return slot ? &g->kept[slot - 1] : NULL;
    }
    for (unsigned i = 0; i < g->count; i++) /* private ones, which are few */
        if (g->kept[i].tag == tag && g->kept[i].from_group == from_group)
            return &g->kept[i];
    return NULL;
}

const struct dw_kept *dw_gather_find(const struct dw_gather *g, uint32_t tag)
{
    const struct dw_kept *kept = find(g, tag, false), *in_group = find(g, tag, true);
    return in_group && (!kept || kept->length == 0) ? in_group : kept;
}

/* The VR to write: ours where the file says UN or another one whose bytes read the same. */
static const char *vr_to_write(const struct dw_element *el)
{
    const char *ours = dw_vr_of_tag(TAG(el));
    if (strcmp(ours, "UN") == 0 || strcmp(ours, "SQ") == 0)
        return el->vr;
    if (strcmp(el->vr, "UN") != 0 &&
        (dw_vr_traits(ours) & DW_VR_UNIT) != (dw_vr_traits(el->vr) & DW_VR_UNIT))
        return el->vr;
    return ours;
}

/* Beyond the default repertoire: high bytes, or an escape to another set (PS3.5 6.1.2.5). */
static bool is_extended(const char *vr, const uint8_t *value, size_t length)
{
    if (!(dw_vr_traits(vr) & DW_VR_TEXT))
        return false;
    for (size_t i = 0; i < length; i++)
        if (value[i] >= 0x80 || value[i] == 0x1B)
            return true;
    return false;
}

static const uint8_t *little_endian(struct dw_gather *g, const struct dw_element *el)
{
    if (!el->big_endian || el->length > sizeof g->swapped)
        return el->value;
    dw_vr_swap(el->vr, el->value, el->length, g->swapped);
    return g->swapped;
}

static void keep(struct dw_gather *g, const struct dw_kept *kept)
{
    int place = place_of(kept->tag);
    if (g->count == DW_GATHER_KEPT_MAX) {
        g->values.failed = true;
        return;
    }
    g->kept[g->count++] = *kept;
    if (place >= 0)
        g->slots[kept->from_group][place] = (uint8_t)g->count;
}

static size_t trimmed_length(const uint8_t *value, size_t length)
{
    while (length && (value[length - 1] == ' ' || value[length - 1] == '\0'))
        length--;
    return length;
}

const char *dw_gather_telling(uint32_t tag)
{
    static const struct {
        uint32_t tag;
        const char *name;
    } telling[] = {{0x00080016, "SOP Class UID"},       {0x00080018, "SOP Instance UID"},
                   {0x00100010, "Patient's Name"},      {0x00100020, "Patient ID"},
                   {0x00100021, "Issuer of Patient ID"}, {0x00100030, "Patient's Birth Date"},
                   {0x00100040, "Patient's Sex"},       {0x0020000D, "Study Instance UID"},
                   {0x0020000E, "Series Instance UID"}};
    for (size_t i = 0; i < DW_ARRAY_LEN(telling); i++)
        if (telling[i].tag == tag)
            return telling[i].name;
    return NULL;
}

/* Some readers take the first of two, some the last: the object would be of two patients. */
static void compare_with_first(struct dw_gather *g, const struct dw_kept *first, const struct dw_element *el)
{
    size_t length = trimmed_length(el->value, el->length);
    if (!dw_gather_telling(TAG(el)))
        return;
    const uint8_t *value = dw_gather_value(g, first);
    if (trimmed_length(value, first->length) != length || memcmp(value, el->value, length) != 0)
        g->twice = TAG(el);
}

/* The first of two with the same tag counts, as for DCMTK. */
static void keep_value(struct dw_gather *g, const struct dw_element *el, bool from_group)
{
    if (!el->value)
        return;
    const struct dw_kept *first = find(g, TAG(el), from_group);
    if (first) {
        compare_with_first(g, first, el);
        return;
    }
    const char *vr = vr_to_write(el);
    const uint8_t *value = little_endian(g, el);
    struct dw_kept kept = {.tag = TAG(el),
                           .from_group = from_group,
                           .extended = is_extended(vr, value, el->length),
                           .offset = (uint32_t)g->values.size,
                           .length = el->length};
    memcpy(kept.vr, vr, sizeof kept.vr);
    dw_buf_add(&g->values, value, el->length);
    keep(g, &kept);
}

/* ---- sequences: a head with an empty length is written at once and patched at the end ---- */

static void open_length(struct dw_gather *g)
{
    g->open[g->open_count++] = g->values.size;
}

static void close_length(struct dw_gather *g)
{
    size_t at = g->open[--g->open_count];
    if (g->values.failed)
        return;
    size_t length = g->values.size - at;
    for (unsigned i = 0; i < 4; i++)
        g->values.data[at - 4 + i] = (char)(length >> (8 * i));
}

static void cut_back(struct dw_gather *g, size_t size)
{
    if (!g->values.failed)
        g->values.size = size;
}

static void begin_capture(struct dw_gather *g, const struct dw_element *el, bool from_group)
{
    if (find(g, TAG(el), from_group))
        return;
    g->capturing = true;
    g->base = el->depth;
    g->open_count = 0;
    g->skipping = false;
    g->capture = (struct dw_kept){
        .tag = TAG(el), .vr = "SQ", .from_group = from_group, .offset = (uint32_t)g->values.size};
}

static void end_capture(struct dw_gather *g)
{
    g->capturing = false;
    g->capture.length = (uint32_t)g->values.size - g->capture.offset;
    bool nothing = g->source == CONTENT && g->capture.length == 0;
    if (g->base == 0)
        g->source = NOTHING;
    if (!nothing) /* without a HAS CONCEPT MOD the key is not there at all */
        keep(g, &g->capture);
}

static void skip_rest(struct dw_gather *g, unsigned depth, bool of_item)
{
    g->skipping = true;
    g->skip_depth = depth;
    g->skip_item = of_item;
}

/* Of a Referenced Series Sequence the directory needs UIDs only (PS3.3 F.5.19): a presentation
 * state may name thousands of images. */
static bool is_reference(uint32_t tag)
{
    return tag == 0x0020000E || tag == 0x00081140 || tag == 0x00081150 || tag == 0x00081155;
}

static void drop_item(struct dw_gather *g)
{
    cut_back(g, g->open[--g->open_count] - 8);
}

static void capture_value(struct dw_gather *g, const struct dw_element *el)
{
    if (g->source == CONTENT && el->depth == g->base + 1 && TAG(el) == 0x0040A010 &&
        !g->wanted_item) {
        static const char relation[] = "HAS CONCEPT MOD";
        size_t n = el->value ? el->length : 0;
        while (n && (el->value[n - 1] == ' ' || el->value[n - 1] == '\0'))
            n--;
        if (n != sizeof relation - 1 || memcmp(el->value, relation, n) != 0) {
            drop_item(g);
            skip_rest(g, el->depth, true);
            return;
        }
        g->wanted_item = true;
    }
    if (!el->value || el->element == 0)
        return; /* larger than anything a directory carries, or a group length that would be wrong
                   now */
    const char *vr = vr_to_write(el);
    const uint8_t *value = little_endian(g, el);
    g->capture.extended = g->capture.extended || is_extended(vr, value, el->length);
    dw_key_add(&g->values, TAG(el), vr, value, el->length);
}

static void capture(struct dw_gather *g, const struct dw_element *el)
{
    if (g->skipping) {
        bool over = g->skip_item ? el->is_item_end : el->is_sequence_end;
        if (over && el->depth == g->skip_depth)
            g->skipping = false;
        return;
    }
    if (el->is_item_start) {
        dw_buf_add(&g->values, "\xFE\xFF\x00\xE0\0\0\0", 8);
        open_length(g);
        if (el->depth == g->base + 1)
            g->wanted_item = false;
    } else if (el->is_item_end) {
        if (g->source == CONTENT && el->depth == g->base + 1 && !g->wanted_item)
            drop_item(g);
        else
            close_length(g);
    } else if (el->is_sequence_end) {
        if (el->depth == g->base)
            end_capture(g);
        else
            close_length(g);
    } else if (g->source == SERIES_REFERENCES && !is_reference(TAG(el))) {
        if (strcmp(el->vr, "SQ") == 0)
            skip_rest(g, el->depth, false);
    } else if (strcmp(el->vr, "SQ") == 0) {
        dw_key_add(&g->values, TAG(el), "SQ", NULL, 0);
        open_length(g);
    } else {
        capture_value(g, el);
    }
}

/* Verifying Observer Sequence (0040,A073): the latest (0040,A030). DT values sort as text. */
static void note_verification(struct dw_gather *g, const struct dw_element *el)
{
    if (el->depth != 1 || TAG(el) != 0x0040A030 || !el->value || el->length >= sizeof g->verified)
        return;
    char text[sizeof g->verified] = {0};
    memcpy(text, el->value, el->length);
    if (strcmp(text, g->verified) > 0)
        memcpy(g->verified, text, sizeof text);
}

/* Shared Functional Groups (PS3.3 C.7.6.16): references directly, geometry one macro further in. */
static void look_into_groups(struct dw_gather *g, const struct dw_element *el)
{
    static const struct {
        uint32_t macro, tag;
    } geometry[] = {{0x00209113, 0x00200032}, {0x00209116, 0x00200037}, {0x00289110, 0x00280030}};
    if (el->is_item_start || el->is_item_end || el->is_sequence_end)
        return;
    if (el->depth == 1) {
        g->macro = TAG(el);
        if (TAG(el) == 0x00081140 && strcmp(el->vr, "SQ") == 0)
            begin_capture(g, el, true);
        return;
    }
    for (size_t i = 0; el->depth == 2 && i < DW_ARRAY_LEN(geometry); i++)
        if (g->macro == geometry[i].macro && TAG(el) == geometry[i].tag)
            keep_value(g, el, true);
}

/* CSA keys of Siemens' private records: type and version, in the block that the creator took
 * (PS3.5 7.8.1). Implicit VR does not say what they are. */
static void look_into_csa(struct dw_gather *g, const struct dw_element *el)
{
    static const char creator[] = "SIEMENS CSA NON-IMAGE";
    struct dw_element known = *el;
    if (!el->value)
        return;
    if (el->element <= 0xFF) {
        size_t n = el->length;
        while (n && (el->value[n - 1] == ' ' || el->value[n - 1] == '\0'))
            n--;
        if (g->csa_block || el->element < 0x10 || n != sizeof creator - 1 ||
            memcmp(el->value, creator, n) != 0)
            return;
        g->csa_block = el->element;
    } else if (!g->csa_block || el->element >> 8 != g->csa_block ||
               ((el->element & 0xFF) != 0x08 && (el->element & 0xFF) != 0x09)) {
        return;
    }
    memcpy(known.vr, (el->element > 0xFF && (el->element & 0xFF) == 0x08) ? "CS" : "LO", 3);
    keep_value(g, &known, false);
}

static void top_level(struct dw_gather *g, const struct dw_element *el)
{
    if (el->is_sequence_end) {
        g->source = NOTHING;
        return;
    }
    if (el->group == 0x7FE0 && el->element >= 0x0008 && el->element <= 0x0010)
        g->has_pixels = true;
    if (el->group == 0x0029)
        look_into_csa(g, el);
    if (TAG(el) == US_REGIONS && strcmp(el->vr, "SQ") == 0)
        g->has_us_regions = el->length != 0;
    if (!dw_gather_wants(TAG(el)))
        return;
    if (strcmp(el->vr, "SQ") != 0) {
        if (strcmp(dw_vr_of_tag(TAG(el)), "SQ") != 0)
            keep_value(g, el, false);
        return;
    }
    g->source = (int)source_of(TAG(el));
    if (g->source == WHOLE || g->source == SERIES_REFERENCES || g->source == CONTENT)
        begin_capture(g, el, false);
}

dw_status dw_gather_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct dw_gather *g = ctx;
    if (g->capturing)
        capture(g, el);
    else if (el->depth == 0)
        top_level(g, el);
    else if (g->source == OBSERVERS)
        note_verification(g, el);
    else if (g->source == SHARED_GROUPS)
        look_into_groups(g, el);
    if (g->values.failed)
        return dw_error_set(err, DW_ERR_LIMIT, "directory keys are larger than %d bytes",
                            DW_RECORD_MAX);
    return DW_OK;
}
