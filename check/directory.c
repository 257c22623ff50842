#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "check/directory.h"
#include "check/lookup.h"
#include "dicom/scan.h"

#define TAG(el) ((uint32_t)(el)->group << 16 | (el)->element)

struct reading {
    struct dw_check_dir *dir;
    dw_check_record_fn *fn;
    void *ctx;
    uint64_t size_bytes; /* of the file */
    unsigned nest;       /* items we are in; 1: in a record */
    bool in_records;     /* the top-level element is (0004,1220) */
    int open_key;        /* position in type->keys of the last key: items below give it a value */
    uint32_t open_bits;  /* of check/keys.h, the same */
    bool in_icon;        /* the last element of the record is (0088,0200) */
    uint32_t last_tag;   /* of the record */
    struct dw_check_facts facts;
    struct dw_check_record record;
    struct dw_check_values values;
    struct dw_check_modifiers modifiers;
};

void dw_check_dir_done(struct dw_check_dir *dir)
{
    dw_spill_drop(dir->spill, dir->records);
    dw_spill_drop(dir->spill, dir->references);
    dw_spill_drop(dir->spill, dir->values);
    dw_lookup_done(&dir->pairs);
    memset(dir, 0, sizeof *dir);
}

long dw_check_dir_at(const struct dw_check_dir *dir, uint32_t offset)
{
    size_t low = 0, high = dir->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (dir->records[mid].offset < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low < dir->count && dir->records[low].offset == offset ? (long)low : -1;
}

/* A DICOMDIR is little endian (PS3.10 8.6); one that is not is read all the same, and told of. */
static uint32_t number_of(const struct dw_element *el)
{
    uint32_t n = 0;
    if (!el->value || (el->length != 2 && el->length != 4))
        return 0;
    for (uint32_t i = 0; i < el->length; i++)
        n |= (uint32_t)el->value[el->big_endian ? el->length - 1 - i : i] << (8 * i);
    return n;
}

/* Trailing padding off; what does not fit becomes "?", which is no legal value. */
static void take_code(char *out, size_t size, const struct dw_element *el)
{
    size_t length = el->value ? el->length : 0;
    while (length > 0 && (el->value[length - 1] == ' ' || el->value[length - 1] == '\0'))
        length--;
    if (length >= size || (length && memchr(el->value, '\0', length))) {
        dw_text_cut(out, size, "?");
        return;
    }
    if (length)
        memcpy(out, el->value, length);
    out[length] = '\0';
}

static void take_head(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_dir *dir = reading->dir;
    switch (TAG(el)) {
    case 0x00041130:
        dir->has_fileset_id = true;
        take_code(dir->fileset_id, 17, el);
        break;
    case 0x00041141:
        take_code(dir->descriptor, sizeof dir->descriptor, el);
        break;
    case 0x00041200:
        dir->has_first = true;
        dir->first_root = number_of(el);
        break;
    case 0x00041202:
        dir->has_last = true;
        dir->last_root = number_of(el);
        break;
    case 0x00041212:
        dir->consistency = (int)(number_of(el) & 0xFFFF);
        break;
    case 0x00041220:
        dir->has_sequence = true;
        break;
    default:
        dir->has_more = dir->has_more || (TAG(el) > 0x00041220 && TAG(el) != 0xFFFCFFFC);
        break;
    }
}

static dw_status begin_record(struct reading *reading, const struct dw_element *el, struct dw_error *err)
{
    if (el->length != UINT32_MAX && el->length > reading->size_bytes - el->value_offset)
        return dw_error_set(err, DW_ERR_CORRUPT, "record %zu is longer than what is left of the file",
                            reading->dir->count + 1);
    memset(&reading->facts, 0, sizeof reading->facts);
    memset(&reading->record, 0, sizeof reading->record);
    memset(&reading->values, 0, sizeof reading->values);
    memset(&reading->modifiers, 0, sizeof reading->modifiers);
    reading->last_tag = 0;
    reading->facts.number = (uint32_t)reading->dir->count + 1;
    reading->facts.offset = (uint32_t)(el->value_offset - 8);
    reading->facts.in_use = -1;
    reading->facts.type = dw_check_type(0);
    reading->record.offset = reading->facts.offset;
    reading->record.entry = DW_LOOKUP_NONE;
    reading->facts.icon = (struct dw_check_icon){
        .samples = -1, .rows = -1, .columns = -1, .bits_allocated = -1, .bits_stored = -1,
        .high_bit = -1, .representation = -1};
    reading->open_key = -1;
    reading->open_bits = 0;
    reading->in_icon = false;
    return DW_OK;
}

/* Room for one more; false: no memory, and nothing has changed. */
static bool grow(dw_spill *spill, void **memory, size_t *cap, size_t count, size_t unit)
{
    if (count < *cap)
        return true;
    size_t bigger = *cap ? *cap * 2 : 256;
    void *more = dw_spill_grow(spill, *memory, *cap * unit, bigger * unit);
    if (!more)
        return false;
    *memory = more;
    *cap = bigger;
    return true;
}

static dw_status make_room(struct dw_check_dir *dir, struct dw_error *err)
{
    void *records = dir->records, *references = dir->references;
    if (dir->count == DW_CHECK_RECORDS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d records", DW_CHECK_RECORDS_MAX);
    bool fits = grow(dir->spill, &records, &dir->cap, dir->count, sizeof *dir->records);
    dir->records = records;
    fits = fits && grow(dir->spill, &references, &dir->reference_cap, dir->reference_count, sizeof *dir->references);
    dir->references = references;
    if (dir->count == DW_CHECK_VALUED_MAX) {
        dw_spill_drop(dir->spill, dir->values);
        dir->values = NULL;
    }
    return fits ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
}

/* Few classes and syntaxes, many records: each record keeps the number of its pair. There is room for one more. */
static dw_status refer(struct dw_check_dir *dir, const struct dw_check_facts *facts,
                       struct dw_check_record *record, struct dw_error *err)
{
    struct dw_check_reference pair = {dw_check_hash_text(facts->sop_class), dw_check_hash_text(facts->syntax)};
    uint32_t row = 0;
    dw_status st = dw_lookup_put(&dir->pairs, dw_check_hash(&pair, sizeof pair), (uint32_t)dir->reference_count,
                                 &row, err);
    if (st != DW_OK)
        return st;
    record->reference = (uint16_t)row;
    if (row < dir->reference_count)
        return DW_OK;
    if (row == DW_CHECK_REFERENCES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d pairs of SOP class and transfer syntax",
                            DW_CHECK_REFERENCES_MAX);
    dir->references[dir->reference_count++] = pair;
    return DW_OK;
}

static dw_status end_record(struct reading *reading, struct dw_error *err)
{
    struct dw_check_dir *dir = reading->dir;
    struct dw_check_facts *facts = &reading->facts;
    struct dw_check_record *record = &reading->record;
    dw_status st = make_room(dir, err);
    if (st != DW_OK)
        return st;
    record->has_file_id = facts->has_file_id;
    record->has = facts->nested.has;
    if ((st = refer(dir, facts, record, err)) != DW_OK)
        return st;
    switch (facts->type->kind) {
    case DW_REC_PATIENT:
        record->id = dw_check_hash_text(facts->patient_id);
        break;
    case DW_REC_STUDY:
    case DW_REC_SERIES:
        record->id = dw_check_hash_text(facts->own_uid);
        break;
    default:
        record->id = dw_check_hash_text(facts->sop_instance);
        break;
    }
    if (dir->values && facts->type->kind == DW_REC_INSTANCE && reading->modifiers.key)
        dw_check_values_set(&reading->values, DW_REC_INSTANCE, 0x0040A730, reading->modifiers.key);
    if (dir->values)
        dir->values[dir->count] = reading->values;
    dir->records[dir->count] = *record;
    dw_spill_rest(dir->spill);
    return reading->fn(reading->ctx, facts, &dir->records[dir->count++], err);
}

/* Group 0004 of a record: its links, its type, its file (PS3.3 F.3.2.2). */
static void take_link(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_facts *facts = &reading->facts;
    switch (TAG(el)) {
    case 0x00041400:
        reading->record.next = number_of(el);
        break;
    case 0x00041410:
        facts->in_use = (int)(number_of(el) & 0xFFFF);
        break;
    case 0x00041420:
        reading->record.lower = number_of(el);
        break;
    case 0x00041430:
        take_code(facts->type_text, sizeof facts->type_text, el);
        reading->record.type = dw_check_type_find(facts->type_text);
        facts->type = dw_check_type(reading->record.type);
        break;
    case 0x00041500:
        take_code(facts->file_id, sizeof facts->file_id, el);
        facts->has_file_id = facts->file_id[0] != '\0';
        break;
    case 0x00041510:
        facts->has_sop_class = true;
        dw_check_uid(facts->sop_class, el->value, el->value ? el->length : 0);
        break;
    case 0x00041511:
        facts->has_sop_instance = true;
        dw_check_uid(facts->sop_instance, el->value, el->value ? el->length : 0);
        break;
    case 0x00041512:
        facts->has_syntax = true;
        dw_check_uid(facts->syntax, el->value, el->value ? el->length : 0);
        break;
    default:
        break;
    }
}

static void take_identity(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_facts *facts = &reading->facts;
    const void *value = el->value ? (const void *)el->value : "";
    size_t length = el->value ? el->length : 0;
    uint32_t tag = TAG(el);
    bool study = tag == 0x0020000D && facts->type->kind == DW_REC_STUDY;
    bool series = tag == 0x0020000E && facts->type->kind == DW_REC_SERIES;
    if (tag == 0x00080005)
        dw_check_text(facts->set, sizeof facts->set, "", value, length, false);
    if (study || series) {
        facts->has_own_uid = true;
        dw_check_uid(facts->own_uid, value, length);
        if (!facts->own_uid[0] && dw_check_element_filled(el))
            dw_text_cut(facts->own_uid, sizeof facts->own_uid, "?"); /* too long, which is no legal one */
    }
    if (facts->type->kind != DW_REC_PATIENT)
        return;
    if (tag == 0x00100010)
        dw_check_text(facts->patient_name, sizeof facts->patient_name, facts->set, value, length,
                     true);
    if (tag == 0x00100020) {
        facts->has_patient_id = true;
        dw_check_text(facts->patient_id, sizeof facts->patient_id, facts->set, value, length,
                     false);
    }
    if (tag == 0x00100021)
        dw_check_text(facts->issuer, sizeof facts->issuer, facts->set, value, length, false);
    if (tag == 0x00100030)
        dw_check_date(facts->birth_date, value, length);
}

/* Blank text is no value; a sequence has one when an item follows. */
static bool fills(const struct dw_element *el)
{
    if (memcmp(el->vr, "SQ", 2) == 0 || el->length == 0 || el->length == UINT32_MAX)
        return false;
    if (!el->value)
        return true;
    static const char binary[][3] = {"US", "UL", "SS", "SL", "FD", "FL", "OB", "OW", "AT"};
    for (size_t i = 0; i < DW_ARRAY_LEN(binary); i++)
        if (memcmp(el->vr, binary[i], 2) == 0)
            return true;
    for (uint32_t i = 0; i < el->length; i++)
        if (el->value[i] != ' ' && el->value[i] != '\0')
            return true;
    return false;
}

static void take_key(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_facts *facts = &reading->facts;
    uint32_t tag = TAG(el);
    reading->open_key = -1;
    for (int i = 0; i < DW_RECORD_KEYS_MAX && facts->type->keys[i].type; i++) {
        if (facts->type->keys[i].tag != tag)
            continue;
        facts->present |= (uint16_t)(1u << i);
        facts->filled |= (uint16_t)(fills(el) ? 1u << i : 0);
        reading->open_key = i;
    }
    reading->open_bits = dw_check_key_bits(tag);
    for (size_t bit = 0; reading->open_bits >> bit; bit++)
        if ((reading->open_bits >> bit & 1) && (!dw_check_key(bit)->always || fills(el)))
            reading->record.keys |= UINT32_C(1) << bit;
    reading->in_icon = tag == 0x00880200;
}

static void note_fault(struct dw_check_fault *fault, const struct dw_element *el, const char *what)
{
    if (what && !fault->what)
        *fault = (struct dw_check_fault){TAG(el), what};
}

/* PS3.5 6.2, 7.1: how an element of the record is written, and its value. */
static void take_form(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_facts *facts = &reading->facts;
    if (TAG(el) <= reading->last_tag)
        note_fault(&facts->encoding, el, "behind an element of a higher or the same tag");
    reading->last_tag = TAG(el);
    note_fault(&facts->encoding, el, dw_check_encoding_fault(el));
    if (TAG(el) == 0x00041504 || TAG(el) == 0x00041600)
        facts->retired_key = TAG(el);
    if (TAG(el) == 0x00420011 || TAG(el) == 0x7FE00010)
        facts->content_key = TAG(el);
    if (el->group != 0x0004 || memcmp(el->vr, "UI", 2) == 0) /* codes of their own judge the others */
        note_fault(&facts->value, el, dw_check_value_fault(el));
    if (reading->dir->values)
        dw_check_values_take(&reading->values, facts->type->kind, el, facts->set);
}

/* PS3.3 F.7 */
static void take_icon(struct reading *reading, const struct dw_element *el)
{
    struct dw_check_icon *icon = &reading->facts.icon;
    int number = (int)(number_of(el) & 0xFFFF);
    switch (TAG(el)) {
    case 0x00280002:
        icon->samples = number;
        break;
    case 0x00280004:
        take_code(icon->photometric, sizeof icon->photometric, el);
        break;
    case 0x00280006:
        icon->has_planar = true;
        break;
    case 0x00280010:
        icon->rows = number;
        break;
    case 0x00280011:
        icon->columns = number;
        break;
    case 0x00280034:
        take_code(icon->aspect, sizeof icon->aspect, el);
        break;
    case 0x00280100:
        icon->bits_allocated = number;
        break;
    case 0x00280101:
        icon->bits_stored = number;
        break;
    case 0x00280102:
        icon->high_bit = number;
        break;
    case 0x00280103:
        icon->representation = number;
        break;
    case 0x7FE00010:
        icon->pixel_bytes = el->length;
        break;
    default:
        break;
    }
}

static dw_status on_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct reading *reading = ctx;
    reading->dir->elements++;
    if (el->is_item_start) {
        reading->nest++;
        dw_status st = reading->in_records && reading->nest == 1 ? begin_record(reading, el, err) : DW_OK;
        dw_check_nested_item_start(&reading->facts.nested, reading->nest);
        if (reading->in_records && reading->nest == 2) {
            if (reading->open_key >= 0)
                reading->facts.filled |= (uint16_t)(1u << reading->open_key);
            reading->record.keys |= reading->open_bits;
            reading->facts.icon.items += reading->in_icon;
        }
        dw_check_modifiers_item(&reading->modifiers, reading->nest - 1);
        return st;
    }
    if (el->is_item_end) {
        bool record = reading->in_records && reading->nest == 1;
        dw_check_nested_item_end(&reading->facts.nested, reading->nest);
        reading->nest -= reading->nest > 0;
        return record ? end_record(reading, err) : DW_OK;
    }
    if (el->is_sequence_end || el->group == 0x0002)
        return DW_OK;
    dw_check_nested_element(&reading->facts.nested, el, reading->nest);
    if (reading->in_records && reading->nest > 0)
        note_fault(&reading->facts.charset, el, dw_check_letters_fault(el, reading->facts.set));
    if (reading->in_records && reading->nest > 1 && reading->facts.nested.open[0] == 0x0040A730)
        dw_check_modifiers_element(&reading->modifiers, el, reading->nest - 1);
    if (reading->nest == 0) {
        reading->in_records = TAG(el) == 0x00041220;
        take_head(reading, el);
    } else if (reading->nest == 1 && reading->in_records) {
        if (el->group == 0x0004)
            take_link(reading, el);
        else
            take_identity(reading, el);
        take_key(reading, el);
        take_form(reading, el);
    } else if (reading->nest == 2 && reading->in_records && reading->in_icon) {
        take_icon(reading, el);
    }
    return DW_OK;
}

dw_status dw_check_dir_read(dw_tape *tape, uint64_t size_bytes, struct dw_check_dir *out,
                            dw_check_record_fn *fn, void *ctx, struct dw_error *err)
{
    memset(out, 0, sizeof *out);
    out->consistency = -1;
    out->spill = out->pairs.spill = dw_tape_spill(tape);
    out->values = dw_spill_grow(out->spill, NULL, 0, DW_CHECK_VALUED_MAX * sizeof *out->values);
    if (!out->values)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_check_meta_read(tape, size_bytes, &out->meta);
    if (!out->meta.part10)
        return dw_error_set(err, DW_ERR_CORRUPT, "it does not begin with preamble and DICM");
    if (size_bytes > UINT32_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "it is larger than its offsets can say");
    struct reading reading = {.dir = out, .fn = fn, .ctx = ctx, .size_bytes = size_bytes, .open_key = -1};
    struct dw_scan_source source = {.pread = dw_tape_pread, .ctx = tape, .size_bytes = size_bytes};
    struct dw_scan_opts opts = {.elements_max = DW_CHECK_RECORDS_MAX * DW_CHECK_RECORD_ELEMENTS_MAX};
    return dw_scan_read(&source, &opts, on_element, &reading, err);
}
