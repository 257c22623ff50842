/* The DICOMDIR as a whole: its header, the chain of offsets, and what may be there only once (PS3.3 F.3,
 * F.4; PS3.10 8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "check/rules.h"
#include "dicom/uid.h"

static void rule_meta(struct dw_judge *judge)
{
    const struct dw_check_meta *meta = &judge->dir.meta;
    if (!meta->part10)
        return;
    if (meta->problem)
        dw_findings_add(judge->found, DW_DIR_META, "/DICOMDIR", "%s", meta->problem);
    else if (meta->blemish)
        dw_findings_add(judge->found, DW_DIR_META, "/DICOMDIR", "%s", meta->blemish);
    if (strcmp(meta->sop_class, DW_DICOMDIR_CLASS) != 0)
        dw_findings_add(judge->found, DW_DIR_CLASS, "/DICOMDIR", NULL);
    if (strcmp(meta->transfer_syntax, DW_TS_EXPLICIT_LE) != 0)
        dw_findings_add(judge->found, DW_DIR_SYNTAX, "/DICOMDIR", NULL);
    if (!dw_uid_is_valid(meta->sop_instance))
        dw_findings_add(judge->found, DW_DIR_FILESET_UID, "/DICOMDIR", NULL);
}

static void rule_fileset_id(struct dw_judge *judge)
{
    const struct dw_check_dir *dir = &judge->dir;
    bool legal = dir->has_fileset_id;
    for (const char *c = dir->fileset_id; *c; c++)
        legal = legal && ((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_');
    if (!legal)
        dw_findings_add(judge->found, DW_DIR_FILESET_ID, "/DICOMDIR", "%s",
                        dir->has_fileset_id ? "" : "it is missing");
    const struct dw_iso_volume *volume = dw_check_source_volume(judge->source);
    if (judge->has_udf && legal && dir->fileset_id[0] &&
        (strcmp(judge->udf.volume_id, dir->fileset_id) != 0 ||
         strcmp(judge->udf.logical_volume_id, dir->fileset_id) != 0 ||
         strcmp(judge->udf.fileset_id, dir->fileset_id) != 0))
        dw_findings_add(judge->found, DW_UDF_VOLUME_ID, "", NULL);
    if (!volume || !legal)
        return;
    size_t length = strlen(volume->volume_id);
    while (length > 0 && volume->volume_id[length - 1] == ' ')
        length--;
    if (length != strlen(dir->fileset_id) || memcmp(volume->volume_id, dir->fileset_id, length) != 0)
        dw_findings_add(judge->found, DW_ISO_VOLUME_ID, "block 16", NULL);
}

static void rule_head(struct dw_judge *judge)
{
    const struct dw_check_dir *dir = &judge->dir;
    if (dir->consistency != 0)
        dw_findings_add(judge->found, DW_DIR_CONSISTENCY, "/DICOMDIR", "%s",
                        dir->consistency < 0 ? "it is missing" : "");
    if (dir->count == 0)
        dw_findings_add(judge->found, DW_DIR_EMPTY, "/DICOMDIR", "%s",
                        dir->has_sequence ? "" : "(0004,1220) is missing");
    if (!dir->has_first || !dir->has_last)
        dw_findings_add(judge->found, DW_DIR_OFFSET, "/DICOMDIR", "%s is missing",
                        dir->has_first ? "(0004,1202)" : "(0004,1200)");
    if (dir->has_more)
        dw_findings_add(judge->found, DW_DIR_TRAILING, "/DICOMDIR", NULL);
    if (dir->descriptor[0]) {
        char path[DW_FILE_ID_MAX + 8];
        snprintf(path, sizeof path, "/%s", dir->descriptor);
        for (char *c = path; *c; c++)
            if (*c == '\\')
                *c = '/';
        if (dw_judge_find(judge, path) < 0)
            dw_findings_add(judge->found, DW_DIR_DESCRIPTOR, "/DICOMDIR", NULL);
    }
}

/* Depth first along the offsets, with a stack of our own: nothing is followed twice. */
struct step {
    uint32_t offset, parent; /* parent: index + 1, 0 = root level */
};
struct walk {
    struct step *stack;
    size_t count, cap;
};

static void push(struct dw_judge *judge, struct walk *walk, uint32_t offset, uint32_t parent)
{
    if (offset == 0)
        return;
    if (walk->count == walk->cap) {
        size_t cap = walk->cap ? walk->cap * 2 : 256;
        struct step *more =
            dw_spill_grow(judge->spill, walk->stack, walk->cap * sizeof *more, cap * sizeof *more);
        if (!more) {
            struct dw_error err;
            dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "out of memory"), &err);
            return;
        }
        walk->stack = more;
        walk->cap = cap;
    }
    walk->stack[walk->count++] = (struct step){offset, parent};
}

static void judge_step(struct dw_judge *judge, size_t at, const struct dw_check_type *above)
{
    const struct dw_check_record *record = &judge->dir.records[at];
    const struct dw_check_type *type = dw_check_type(record->type);
    char place[DW_FINDING_PLACE_MAX];
    bool misplaced = type->kind != DW_REC_UNKNOWN && type->kind != DW_REC_RETIRED &&
                     !dw_check_type_fits(above, type);
    bool childless = record->lower == 0 &&
                     (type->kind == DW_REC_PATIENT || type->kind == DW_REC_STUDY ||
                      type->kind == DW_REC_SERIES);
    if (misplaced || childless)
        dw_judge_place(judge, at, place);
    if (misplaced)
        dw_findings_add(judge->found, DW_DIR_PARENT, place, "it is %s%s",
                        above ? "below a record of type " : "at the root level",
                        above ? above->name : "");
    if (childless)
        dw_findings_add(judge->found, DW_DIR_CHILDLESS, place, NULL);
}

static void visit(struct dw_judge *judge, struct walk *walk, struct step step)
{
    struct dw_check_dir *dir = &judge->dir;
    char place[DW_FINDING_PLACE_MAX];
    long at = dw_check_dir_at(dir, step.offset);
    if (at < 0 || dir->records[at].reached) {
        if (step.parent)
            dw_judge_place(judge, step.parent - 1, place);
        else
            (void)snprintf(place, sizeof place, "/DICOMDIR");
        dw_findings_add(judge->found, at < 0 ? DW_DIR_OFFSET : DW_DIR_CYCLE, place,
                        "%s to offset %u", step.parent ? "at or below it" : "at the root level",
                        step.offset);
        return;
    }
    struct dw_check_record *record = &dir->records[at];
    const struct dw_check_type *above =
        step.parent ? dw_check_type(dir->records[step.parent - 1].type) : NULL;
    record->reached = true;
    record->parent = step.parent;
    judge_step(judge, (size_t)at, above);
    push(judge, walk, record->next, step.parent);
    push(judge, walk, record->lower, (uint32_t)at + 1);
}

static void rule_chain(struct dw_judge *judge)
{
    struct dw_check_dir *dir = &judge->dir;
    struct walk walk = {0};
    uint32_t last_root = 0;
    char place[DW_FINDING_PLACE_MAX];
    push(judge, &walk, dir->first_root, 0);
    while (walk.count > 0) {
        struct step step = walk.stack[--walk.count];
        dw_spill_rest(judge->spill);
        visit(judge, &walk, step);
    }
    dw_spill_drop(judge->spill, walk.stack);
    for (size_t i = 0; i < dir->count; i++) {
        struct dw_check_record *record = &dir->records[i];
        dw_spill_rest(judge->spill);
        if (record->reached) {
            if (record->parent == 0 && record->next == 0)
                last_root = record->offset;
            continue;
        }
        judge->dir_unreached++;
        dw_judge_place(judge, i, place);
        dw_findings_add(judge->found, DW_DIR_ORPHAN, place, NULL);
    }
    if (last_root && dir->has_last && dir->last_root != last_root)
        dw_findings_add(judge->found, DW_DIR_LAST, "/DICOMDIR", "it says %u, the last is at %u",
                        dir->last_root, last_root);
}

struct once { /* 12 bytes: a record by its ID */
    uint32_t id[2]; /* high, low */
    uint32_t record;
};

static int by_id(const void *a, const void *b, void *ctx)
{
    const struct once *x = a, *y = b;
    const struct dw_judge *judge = ctx;
    for (int i = 0; i < 2; i++)
        if (x->id[i] != y->id[i])
            return x->id[i] < y->id[i] ? -1 : 1;
    dw_spill_rest(judge->spill);
    uint32_t above_x = judge->dir.records[x->record].parent, above_y = judge->dir.records[y->record].parent;
    if (above_x != above_y)
        return above_x < above_y ? -1 : 1;
    return x->record < y->record ? -1 : x->record > y->record;
}

/* Objects may come with one series in two studies: each study needs its record then. */
static enum dw_severity severity_of(const struct dw_judge *judge, enum dw_code code, uint32_t before, uint32_t record)
{
    const struct dw_check_record *records = judge->dir.records;
    return judge->expect && code == DW_DIR_SERIES_TWICE && records[before].parent != records[record].parent
               ? DW_SEV_WARNING
               : DW_SEV_ERROR;
}

static void tell_twice(struct dw_judge *judge, enum dw_code code, const struct once *list, size_t count)
{
    char place[DW_FINDING_PLACE_MAX], first_place[DW_FINDING_PLACE_MAX], detail[DW_FINDING_DETAIL_MAX];
    for (size_t i = 1, first = 0; i < count; i++) {
        dw_spill_rest(judge->spill);
        if (memcmp(list[i].id, list[first].id, sizeof list[i].id) != 0) {
            first = i;
            continue;
        }
        dw_judge_place(judge, list[i].record, place);
        dw_judge_place(judge, list[first].record, first_place);
        snprintf(detail, sizeof detail, "and %s", first_place);
        dw_findings_add_as(judge->found, code, severity_of(judge, code, list[i - 1].record, list[i].record), place,
                           detail);
    }
}

/* The records of one kind that have an ID. */
static size_t list_kind(const struct dw_judge *judge, enum dw_check_kind kind, struct once *list)
{
    size_t count = 0;
    for (size_t i = 0; i < judge->dir.count; i++) {
        const struct dw_check_record *record = &judge->dir.records[i];
        dw_spill_rest(judge->spill);
        if (record->id && dw_check_type(record->type)->kind == kind)
            list[count++] = (struct once){{(uint32_t)(record->id >> 32), (uint32_t)record->id}, (uint32_t)i};
    }
    return count;
}

/* Sorted, not looked up: it is read from one end to the other, wherever it lies. */
static void rule_once(struct dw_judge *judge)
{
    static const struct {
        enum dw_check_kind kind;
        enum dw_code code;
    } once[] = {
        {DW_REC_PATIENT, DW_DIR_PATIENT_TWICE},
        {DW_REC_STUDY, DW_DIR_STUDY_TWICE},
        {DW_REC_SERIES, DW_DIR_SERIES_TWICE},
        {DW_REC_INSTANCE, DW_DIR_INSTANCE_TWICE},
    };
    struct dw_error err = {0};
    struct once *list = dw_spill_grow(judge->spill, NULL, 0, (judge->dir.count + 1) * sizeof *list);
    dw_status st = list ? DW_OK : dw_error_set(&err, DW_ERR_INTERNAL, "out of memory");
    for (size_t k = 0; st == DW_OK && k < DW_ARRAY_LEN(once); k++) {
        size_t count = list_kind(judge, once[k].kind, list);
        st = dw_spill_sort(judge->spill, list, count, sizeof *list, by_id, judge, &err);
        if (st == DW_OK)
            tell_twice(judge, once[k].code, list, count);
    }
    dw_spill_drop(judge->spill, list);
    if (st != DW_OK)
        dw_judge_fail(judge, st, &err);
}

typedef void directory_rule(struct dw_judge *judge);
static directory_rule *const rules[] = {rule_meta, rule_fileset_id, rule_head, rule_chain,
                                        rule_once};

void dw_rules_directory(struct dw_judge *judge)
{
    if (judge->dicomdir < 0)
        return;
    for (size_t i = 0; i < DW_ARRAY_LEN(rules); i++)
        if (judge->dir_whole || rules[i] == rule_meta) /* half a directory: DIR-UNREADABLE says it */
            rules[i](judge);
}
