#include "programs/tables/conformance.h"

#include <string.h>

#include "dicom/uid.h"
#include "layout/fileset/profile.h"

static const char *syntax_name(const char *uid)
{
    const struct dw_transfer_syntax *syntax = dw_transfer_syntax_find(uid);
    return syntax ? syntax->name : uid;
}

static void print_syntaxes(const char *const *syntaxes, struct dw_buf *out)
{
    for (size_t i = 0; syntaxes[i]; i++)
        dw_buf_addf(out, "%s%s", i ? "; " : "", syntax_name(syntaxes[i]));
}

static void print_classes(const char *const *classes, struct dw_buf *out)
{
    if (!classes)
        dw_buf_add_text(out, "every class of the next table that has a record");
    for (size_t i = 0; classes && classes[i]; i++) {
        const struct dw_sop_class *sop_class = dw_sop_class_find(classes[i]);
        dw_buf_addf(out, "%s%s", i ? "; " : "", sop_class ? sop_class->name : classes[i]);
    }
}

static void print_keys(const struct dw_profile *profile, struct dw_buf *out)
{
    if (profile->key_count == 0)
        dw_buf_add_text(out, "none");
    for (size_t i = 0; i < profile->key_count; i++)
        dw_buf_addf(out, "%s%s %c", i ? "; " : "", profile->keys[i].name, profile->keys[i].type);
    if (profile->icon_required)
        dw_buf_addf(out, "; Icon Image Sequence (0088,0200) 1, %ux%u", profile->icon_edge,
                    profile->icon_edge);
}

static void print_profiles(struct dw_buf *out)
{
    size_t count;
    const struct dw_profile *table = dw_profile_table(&count);
    dw_buf_add_text(out, "## Application profiles\n\nRole: File-set Creator. C: written if the object has it.\n\n"
                         "| profile | medium | SOP classes | transfer syntaxes | also claimed | "
                         "additional keys |\n| --- | --- | --- | --- | --- | --- |\n");
    for (const struct dw_profile *row = table; row < table + count; row++)
        for (size_t i = 0; i < row->rule_count; i++) {
            dw_buf_addf(out, "| %s | %s | ", i ? "" : row->name, i ? "" : dw_media_name(row->media));
            print_classes(row->rules[i].sop_classes, out);
            dw_buf_add_text(out, " | ");
            print_syntaxes(row->rules[i].syntaxes, out);
            dw_buf_addf(out, " | %s | ", !i && row->also ? row->also : "");
            if (i == 0)
                print_keys(row, out);
            dw_buf_add_text(out, " |\n");
        }
}

static const char *record_of(const struct dw_sop_class *row)
{
    static const char *const none[] = {
        [DW_RECORD_LEGAL] = "",
        [DW_RECORD_RETIRED] = "none: retired",
        [DW_RECORD_UNCONFIRMED] = "none: not confirmed",
        [DW_RECORD_FOREIGN] = "none: not of medicine",
    };
    if (!row->record_type)
        return none[row->no_record];
    return dw_sop_class_has_patient(row) ? row->record_type : "none: belongs to no patient";
}

static void print_sop_classes(struct dw_buf *out)
{
    size_t count;
    const struct dw_sop_class *table = dw_sop_class_table(&count);
    dw_buf_add_text(out, "\n## Storage SOP classes\n\nWithout a record an object is left off and named. PRIVATE "
                         "records are written only where `directory.private` says so.\n\n"
                         "| SOP class | UID | directory record |\n| --- | --- | --- |\n");
    for (const struct dw_sop_class *row = table; row < table + count; row++)
        dw_buf_addf(out, "| %s | %s | %s |\n", row->name, row->uid, record_of(row));
}

static void print_transfer_syntaxes(struct dw_buf *out)
{
    size_t count;
    const struct dw_transfer_syntax *table = dw_transfer_syntax_table(&count);
    dw_buf_add_text(out, "\n## Transfer syntaxes\n\nWhat can be decoded is converted where a profile does not take it "
                         "as it is. What is not received has its pixels elsewhere or is no data set.\n\n"
                         "| transfer syntax | UID | received | decoded |\n| --- | --- | --- | --- |\n");
    for (const struct dw_transfer_syntax *row = table; row < table + count; row++)
        dw_buf_addf(out, "| %s | %s | %s | %s |\n", row->name, row->uid, row->refused ? "no" : "yes",
                    row->decodable ? "yes" : "no");
}

void dw_conformance_print(struct dw_buf *out)
{
    dw_buf_add_text(out, "# What Discwright's discs can hold\n\nWritten by `ninja docs` from the tables that the "
                         "programs go by; [conformance.md](conformance.md) says the rest.\n\n");
    print_profiles(out);
    print_sop_classes(out);
    print_transfer_syntaxes(out);
}
