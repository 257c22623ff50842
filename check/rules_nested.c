/* Sequences of a directory record, and keys that depend on others (type 1C): PS3.3 F.3.2.2, F.5. */
#include <string.h>
#include "check/rules.h"

#define CDA "1.2.840.10008.5.1.4.1.1.104.2" /* Encapsulated CDA Storage: an HL7 document */

static const char *where(struct dw_judge *judge, size_t record)
{
    if (!judge->place[0])
        dw_judge_place(judge, record, judge->place);
    return judge->place;
}

/* A key that is copied from the object, which lacks it too: no writer could know it. */
static void lacks(struct dw_judge *judge, size_t record, const char *detail)
{
    dw_findings_add_as(judge->found, DW_DIR_KEY1C, judge->found->as_received ? DW_SEV_WARNING : DW_SEV_ERROR,
                       where(judge, record), detail);
}

/* An SR or key object document: its title, and of its content the modifiers of the title alone. */
static void rule_document(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record)
{
    const struct dw_check_nested *n = &facts->nested;
    if (n->concepts > 1)
        dw_findings_add(judge->found, DW_DIR_ITEMS, where(judge, record), "(0040,A043) has %u items, not 1",
                        n->concepts);
    if (n->lacks_meaning)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record), "(0008,0104) in (0040,A043)");
    if (n->others)
        dw_findings_add(judge->found, DW_DIR_CONTENT, where(judge, record), "%u of %u items", n->others, n->contents);
    if (n->is_verified && !n->has_verified_at)
        lacks(judge, record, "(0040,A030): the document is VERIFIED");
}

static void rule_presentation(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record,
                              bool of_images)
{
    const struct dw_check_nested *n = &facts->nested;
    if (n->lacks_series)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record), "(0020,000E) in (0008,1115)");
    if (n->lacks_images && of_images)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record), "(0008,1140) in (0008,1115)");
    if (n->lacks_reference)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record),
                        "(0008,1150) or (0008,1155) in (0008,1115)>(0008,1140)");
    if (n->blendings && n->blendings != 2)
        dw_findings_add(judge->found, DW_DIR_ITEMS, where(judge, record), "(0070,0402) has %u items, not 2",
                        n->blendings);
}

/* PS3.3 F.5.41: what the protocol is for. */
static void rule_definition(struct dw_judge *judge, const struct dw_check_nested *n, size_t record)
{
    if (n->lacks_procedure)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record), "(0008,1032) in (0072,000C)");
    if (n->lacks_reason)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record), "(0040,100A) in (0072,000C)");
    if (n->lacks_subject)
        dw_findings_add(judge->found, DW_DIR_ITEM_KEY, where(judge, record),
                        "neither (0008,0060) nor (0008,2218) in (0072,000C)");
}

void dw_rules_nested_record(struct dw_judge *judge, const struct dw_check_facts *facts, size_t record)
{
    const char *type = facts->type->name;
    if (strcmp(type, "SR DOCUMENT") == 0 || strcmp(type, "KEY OBJECT DOC") == 0)
        rule_document(judge, facts, record);
    else if (strcmp(type, "PRESENTATION") == 0 || strcmp(type, "WF PRESENTATION") == 0)
        rule_presentation(judge, facts, record, type[0] == 'P');
    else if (strcmp(type, "HANGING PROTOCOL") == 0)
        rule_definition(judge, &facts->nested, record);
    else if (strcmp(type, "ENCAP DOC") == 0 && strcmp(facts->sop_class, CDA) == 0 && !facts->nested.has_hl7_id)
        lacks(judge, record, "(0040,E001): it is an HL7 document");
}

void dw_rules_nested_file(struct dw_judge *judge, const struct dw_check_file *file)
{
    static const struct {
        uint8_t condition;
        const char *types[3], *key;
    } needed[] = {
        {DW_HAS_RELATED, {NULL}, "(0004,151A): the object has (0008,001A)"},
        {DW_HAS_MODIFIERS, {"SR DOCUMENT", "KEY OBJECT DOC"}, "(0040,A730): the object has modifiers of its title"},
        {DW_HAS_SERIES, {"PRESENTATION", "WF PRESENTATION"}, "(0008,1115): the object has it"},
        {DW_HAS_BLENDING, {"PRESENTATION"}, "(0070,0402): the object has it"},
        {DW_HAS_EVIDENCE, {"SPECTROSCOPY"}, "(0008,9092): the object has it"},
        {DW_HAS_LABEL, {"RADIOTHERAPY"}, "(3010,0033): the object has it"},
        {DW_HAS_LONG_LABEL, {"RADIOTHERAPY"}, "(3010,0034): the object has it"},
        {DW_HAS_SIZE, {"IMPLANT"}, "(0068,6210): the object has it"},
    };
    if (!file->record)
        return;
    const char *type = dw_check_type(file->record->type)->name;
    unsigned lacking = file->header->has & ~(unsigned)file->record->has;
    for (size_t i = 0; i < DW_ARRAY_LEN(needed); i++) {
        bool wanted = !needed[i].types[0];
        for (size_t k = 0; needed[i].types[k]; k++)
            wanted = wanted || strcmp(type, needed[i].types[k]) == 0;
        if (!wanted || !(lacking & needed[i].condition))
            continue;
        judge->place[0] = '\0';
        dw_findings_add(judge->found, DW_DIR_KEY1C, where(judge, (size_t)(file->record - judge->dir.records)), "%s",
                        needed[i].key);
    }
}
