/* One directory record by itself: flags, type, keys, references (PS3.3 F.3.2.2, F.5; PS3.10 8.2). */
#include <stdio.h>
#include <string.h>
#include "check/rules.h"
#include "dicom/uid.h"

struct subject {
    const struct dw_check_facts *facts;
    struct dw_check_record *record;
};

/* Written only when there is something to say: a directory may have a million records. */
static const char *where(struct dw_judge *judge, const struct subject *s)
{
    if (!judge->place[0])
        dw_judge_place(judge, (size_t)(s->record - judge->dir.records), judge->place);
    return judge->place;
}

static bool stands_for_file(const struct dw_check_type *type)
{
    return type->kind == DW_REC_INSTANCE || type->kind == DW_REC_GLOBAL;
}

static void rule_in_use(struct dw_judge *judge, const struct subject *s)
{
    if (s->facts->in_use < 0)
        dw_findings_add(judge->found, DW_DIR_IN_USE, where(judge, s), "it is missing");
    else if (s->facts->in_use != 0xFFFF)
        dw_findings_add(judge->found, DW_DIR_IN_USE, where(judge, s), "it is %04X", s->facts->in_use);
}

static void rule_type(struct dw_judge *judge, const struct subject *s)
{
    switch (s->facts->type->kind) {
    case DW_REC_UNKNOWN:
        dw_findings_add(judge->found, DW_DIR_TYPE, where(judge, s), NULL);
        break;
    case DW_REC_RETIRED:
        dw_findings_add(judge->found, DW_DIR_RETIRED, where(judge, s), "%s", s->facts->type->name);
        break;
    case DW_REC_PRIVATE:
        if (!judge->augmented)
            dw_findings_add(judge->found, DW_DIR_PRIVATE, where(judge, s), NULL);
        break;
    default:
        break;
    }
}

static void rule_keys(struct dw_judge *judge, const struct subject *s)
{
    for (int i = 0; i < DW_RECORD_KEYS_MAX && s->facts->type->keys[i].type; i++) {
        const struct dw_check_type_key *key = &s->facts->type->keys[i];
        bool present = s->facts->present >> i & 1, filled = s->facts->filled >> i & 1;
        unsigned group = key->tag >> 16, element = key->tag & 0xFFFF;
        if (key->type == 1 && !filled)
            dw_findings_add(judge->found, DW_DIR_KEY1, where(judge, s), "(%04X,%04X) is %s", group,
                            element, present ? "empty" : "missing");
        else if (!present)
            dw_findings_add(judge->found, DW_DIR_KEY2, where(judge, s), "(%04X,%04X)", group, element);
    }
}

static void rule_patient_id(struct dw_judge *judge, const struct subject *s)
{
    if (s->facts->type->kind == DW_REC_PATIENT && !s->facts->patient_id[0])
        dw_findings_add(judge->found, DW_DIR_PATIENT_ID, where(judge, s), "it is %s",
                        s->facts->has_patient_id ? "empty" : "missing");
}

static void rule_reference(struct dw_judge *judge, const struct subject *s)
{
    const struct dw_check_facts *f = s->facts;
    if (!stands_for_file(f->type) && !f->has_file_id)
        return;
    const char *lacking = !f->has_file_id        ? "(0004,1500)"
                          : !f->has_sop_class    ? "(0004,1510)"
                          : !f->has_sop_instance ? "(0004,1511)"
                          : !f->has_syntax       ? "(0004,1512)"
                                                 : NULL;
    if (lacking)
        dw_findings_add(judge->found, DW_DIR_REFERENCE, where(judge, s), "%s is missing", lacking);
}

static void rule_uids(struct dw_judge *judge, const struct subject *s)
{
    const struct dw_check_facts *f = s->facts;
    struct {
        bool there;
        const char *uid, *tag;
    } uids[] = {
        {f->has_sop_class, f->sop_class, "(0004,1510)"},
        {f->has_sop_instance, f->sop_instance, "(0004,1511)"},
        {f->has_syntax, f->syntax, "(0004,1512)"},
        {f->has_own_uid && f->own_uid[0], f->own_uid, "Study or Series Instance UID"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(uids); i++)
        if (uids[i].there && !dw_uid_is_valid(uids[i].uid))
            dw_findings_add(judge->found, DW_DIR_UID, where(judge, s), "%s", uids[i].tag);
}

static void rule_class(struct dw_judge *judge, const struct subject *s)
{
    const struct dw_sop_class *known = dw_sop_class_find(s->facts->sop_class);
    if (!known || !stands_for_file(s->facts->type))
        return;
    if (known->record_type && strcmp(known->record_type, s->facts->type->name) != 0)
        dw_findings_add(judge->found, DW_DIR_RECORD_CLASS, where(judge, s), "it should be %s",
                        known->record_type);
}

/* PS3.3 F.3.2.2 of old, and F.5: a record has keys of its object, not all of it. */
static void rule_foreign(struct dw_judge *judge, const struct subject *s)
{
    char detail[DW_FINDING_DETAIL_MAX];
    uint32_t retired = s->facts->retired_key, content = s->facts->content_key;
    (void)snprintf(detail, sizeof detail, "(%04X,%04X) is retired", retired >> 16, retired & 0xFFFF);
    if (retired)
        dw_findings_add_as(judge->found, DW_DIR_RETIRED, DW_SEV_WARNING, where(judge, s), detail);
    (void)snprintf(detail, sizeof detail, "(%04X,%04X)", content >> 16, content & 0xFFFF);
    if (content)
        dw_findings_add_as(judge->found, DW_DIR_CONTENT, DW_SEV_WARNING, where(judge, s), detail);
}

/* PS3.10 8.2, 8.5: 1 to 8 components of 1 to 8 characters A-Z 0-9 _ */
bool dw_judge_file_id_is_legal(const char *id)
{
    unsigned components = 0;
    for (;;) {
        size_t length = strcspn(id, "\\");
        if (length < 1 || length > 8 || ++components > 8)
            return false;
        for (size_t i = 0; i < length; i++)
            if (!((id[i] >= 'A' && id[i] <= 'Z') || (id[i] >= '0' && id[i] <= '9') || id[i] == '_'))
                return false;
        if (!id[length])
            return true;
        id += length + 1;
    }
}

static void rule_file_id(struct dw_judge *judge, const struct subject *s)
{
    if (s->facts->has_file_id && !dw_judge_file_id_is_legal(s->facts->file_id))
        dw_findings_add(judge->found, DW_DIR_FILE_ID, where(judge, s), "%s", s->facts->file_id);
}

/* The file of a record; also under a name in other case or with the extension many programs add. */
static long find_file(const struct dw_judge *judge, const char *file_id, bool *out_exact)
{
    char path[DW_FILE_ID_MAX + 8], other[DW_FILE_ID_MAX + 16];
    snprintf(path, sizeof path, "/%s", file_id);
    for (char *c = path; *c; c++)
        if (*c == '\\')
            *c = '/';
    long at = dw_judge_find(judge, path);
    struct dw_check_source_entry entry;
    if (at >= 0) {
        dw_judge_entry(judge, (size_t)at, &entry);
        *out_exact = strcmp(entry.path, path) == 0;
        return entry.is_folder ? -1 : at;
    }
    *out_exact = false;
    snprintf(other, sizeof other, "%s.dcm", path);
    return dw_judge_find(judge, other);
}

static void rule_file(struct dw_judge *judge, const struct subject *s)
{
    bool exact = true;
    if (!s->facts->has_file_id)
        return;
    long at = find_file(judge, s->facts->file_id, &exact);
    if (at < 0) {
        dw_findings_add(judge->found, DW_FILE_MISSING, s->facts->file_id, "%s", where(judge, s));
        return;
    }
    if (!exact)
        dw_findings_add(judge->found, DW_FILE_CASE, s->facts->file_id, "%s", where(judge, s));
    if (judge->seen[at].record != DW_LOOKUP_NONE) {
        dw_findings_add(judge->found, DW_DIR_FILE_TWICE, s->facts->file_id, "%s", where(judge, s));
        return;
    }
    s->record->entry = (uint32_t)at;
    judge->seen[at].record = (uint32_t)(s->record - judge->dir.records);
}

/* PS3.3 F.7; what is wrong with an icon, NULL: nothing */
static const char *icon_fault(const struct dw_check_icon *icon)
{
    bool palette = strcmp(icon->photometric, "PALETTE COLOR") == 0;
    if (icon->items != 1)
        return "it has several items";
    if (icon->samples != 1 || icon->has_planar)
        return "it has not one sample per pixel";
    if (strcmp(icon->photometric, "MONOCHROME1") != 0 && strcmp(icon->photometric, "MONOCHROME2") != 0 &&
        !(palette && icon->bits_stored == 8))
        return "its photometric interpretation is not one for icons";
    if ((icon->bits_stored != 1 && icon->bits_stored != 8) || icon->bits_allocated != icon->bits_stored ||
        icon->high_bit != icon->bits_stored - 1 || icon->representation != 0)
        return "its pixels have neither 1 nor 8 bits";
    if (icon->aspect[0] && strcmp(icon->aspect, "1\\1") != 0)
        return "its pixels are not square";
    if (icon->rows <= 0 || icon->columns <= 0)
        return "it has no rows or no columns";
    uint64_t bits = (uint64_t)icon->rows * (uint64_t)icon->columns * (uint64_t)icon->bits_stored;
    if (icon->pixel_bytes != ((bits + 7) / 8 + 1) / 2 * 2)
        return "it has another number of pixels than rows and columns say";
    return NULL;
}

static void rule_icon(struct dw_judge *judge, const struct subject *s)
{
    const struct dw_check_icon *icon = &s->facts->icon;
    if (icon->items == 0)
        return;
    const char *fault = icon_fault(icon);
    int edge = judge->profile ? judge->profile->icon_edge : 0;
    if (fault)
        dw_findings_add(judge->found, DW_DIR_ICON, where(judge, s), "%s", fault);
    else if (edge && (icon->rows != edge || icon->columns != edge || icon->bits_stored != 8))
        dw_findings_add(judge->found, DW_DIR_ICON, where(judge, s), "%d x %d of %d bits for %s", icon->columns,
                        icon->rows, icon->bits_stored, judge->profile->name);
}

typedef void one_rule(struct dw_judge *judge, const struct subject *s);
static one_rule *const rules[] = {
    rule_in_use, rule_type,  rule_keys,    rule_patient_id, rule_reference,
    rule_uids,   rule_class, rule_file_id, rule_icon,       rule_foreign, rule_file,
};

void dw_rules_record(struct dw_judge *judge, const struct dw_check_facts *facts,
                     struct dw_check_record *record)
{
    struct subject s = {.facts = facts, .record = record};
    judge->place[0] = '\0';
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        rules[i](judge, &s);
    dw_rules_nested_record(judge, facts, (size_t)(record - judge->dir.records));
    dw_rules_value_record(judge, facts, (size_t)(record - judge->dir.records));
}
