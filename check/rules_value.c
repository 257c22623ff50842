/* How records and files are written, and whether a record says what its objects say (PS3.5 6, 7; PS3.3 F.5). */
#include <string.h>
#include "check/rules.h"

static void tell(struct dw_judge *judge, enum dw_code code, const struct dw_check_fault *fault, size_t record)
{
    char place[DW_FINDING_PLACE_MAX];
    if (!fault->what)
        return;
    dw_judge_place(judge, record, place);
    dw_findings_add(judge->found, code, place, "(%04X,%04X): %s", (unsigned)(fault->tag >> 16),
                    (unsigned)(fault->tag & 0xFFFF), fault->what);
}

void dw_rules_value_record(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record)
{
    tell(judge, DW_DIR_ENCODING, &facts->encoding, record);
    tell(judge, DW_DIR_VALUE, &facts->value, record);
    tell(judge, DW_DIR_CHARSET, &facts->charset, record);
}

/* The upper records are made from one of several objects, which may differ in what they say. */
static void compare(struct dw_judge *judge, const struct dw_check_file *file, const struct dw_check_record *record,
                    const struct dw_check_values *object)
{
    if (!record || !judge->dir.values)
        return;
    enum dw_check_kind kind = dw_check_type(record->type)->kind;
    const struct dw_check_values *says = &judge->dir.values[record - judge->dir.records];
    for (size_t i = 0; i < DW_CHECK_VALUES_MAX; i++) {
        uint32_t tag = dw_check_value_tag(kind, i);
        if (!says->key[i] || !object->key[i] || says->key[i] == object->key[i])
            continue;
        char detail[40];
        snprintf(detail, sizeof detail, "(%04X,%04X) of %s", (unsigned)(tag >> 16), (unsigned)(tag & 0xFFFF),
                 dw_check_type(record->type)->name);
        dw_findings_add_as(judge->found, DW_FILE_KEY, kind == DW_REC_INSTANCE ? DW_SEV_ERROR : DW_SEV_WARNING,
                           file->entry.path, detail);
    }
}

/* What a system may start as a program when the file's name is changed, or what looks into the first bytes alone. */
static bool is_program(const char *begins)
{
    return strncmp(begins, "MZ", 2) == 0 || strncmp(begins, "\x7F"
                                                            "ELF", 4) == 0 || strncmp(begins, "#!", 2) == 0;
}

void dw_rules_preamble(struct dw_judge *judge, const char *path, const char *begins)
{
    bool program = is_program(begins);
    bool tiff = memcmp(begins, "II*\0", 4) == 0 || memcmp(begins, "MM\0*", 4) == 0;
    dw_findings_add_as(judge->found, DW_FILE_PREAMBLE, program ? DW_SEV_ERROR : DW_SEV_NOTE, path,
                       program ? "it begins like a program"
                       : tiff  ? "the file is TIFF, too"
                               : "");
}

void dw_rules_value_file(struct dw_judge *judge, const struct dw_check_file *file)
{
    const struct dw_check_header *h = file->header;
    if (h->has_preamble)
        dw_rules_preamble(judge, file->entry.path, h->begins);
    if (h->scanned && !h->is_in_order)
        dw_findings_add(judge->found, DW_FILE_ORDER, file->entry.path, NULL);
    if (!h->scanned)
        return; /* half of an object says too little */
    compare(judge, file, file->patient, &h->patient);
    compare(judge, file, file->study, &h->study);
    compare(judge, file, file->series, &h->series);
    if (file->record && dw_check_type(file->record->type)->kind == DW_REC_INSTANCE)
        compare(judge, file, file->record, &h->instance);
}
