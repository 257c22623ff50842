/** For targets of the judge: files in memory as a source, and what holds of every judgement. */
#ifndef DW_TESTS_FUZZ_JUDGED_H
#define DW_TESTS_FUZZ_JUDGED_H
#include "check/judge.h"
#include "check/profile.h"
#include "check/report.h"
#include "fuzz.h"

/* DCMTK, as the second reader of the DICOMDIR, drops what it began to read of a damaged sequence. It is asked for a
 * directory of 4 MB at most, in a process that ends with the judgement. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libdcmdata";
}

struct memory_file {
    const char *path;
    const uint8_t *data;
    size_t size;
};

static inline dw_status memory_read(void *state, const struct dw_check_source_entry *entry, uint64_t offset, void *out,
                                    size_t size, struct dw_error *err)
{
    const struct memory_file *file = (const struct memory_file *)state + entry->handle;
    (void)err;
    require(size > 0 && offset <= file->size && size <= file->size - offset);
    memcpy(out, file->data + offset, size);
    return DW_OK;
}

/* files outlive the source. */
static inline dw_check_source *memory_source(struct memory_file *files, size_t count)
{
    static const struct dw_check_source_ops ops = {.read = memory_read};
    dw_check_source *source = NULL;
    require(dw_check_source_new(&ops, files, &source, NULL) == DW_OK);
    for (size_t i = 0; i < count; i++) {
        struct dw_check_source_entry entry = {.path = files[i].path,
                                              .raw = strrchr(files[i].path, '/') + 1,
                                              .size_bytes = files[i].size,
                                              .handle = (uint32_t)i};
        require(dw_check_source_add(source, &entry, NULL) == DW_OK);
    }
    return source;
}

static inline void require_printable(const char *text, size_t size)
{
    require(strnlen(text, size) < size);
    for (size_t i = 0; text[i]; i++)
        require(text[i] >= 0x20 && text[i] < 0x7F);
}

/* Every fault seen is counted, every kind of fault is told, and nothing a disc says reaches a terminal raw. */
static inline void require_findings(const struct dw_findings *found)
{
    uint64_t seen = 0, failed = 0;
    bool told[DW_CODE_COUNT] = {false};
    require(found->count <= DW_FINDINGS_MAX);
    for (size_t i = 0; i < found->count; i++) {
        require(found->list[i].code < DW_CODE_COUNT);
        told[found->list[i].code] = true;
        require_printable(found->list[i].place, sizeof found->list[i].place);
        require_printable(found->list[i].detail, sizeof found->list[i].detail);
    }
    for (int code = 0; code < DW_CODE_COUNT; code++) {
        require(told[code] == (found->seen[code] > 0) && found->failed[code] <= found->seen[code]);
        seen += found->seen[code];
        failed += found->failed[code];
    }
    require(seen == found->count + found->dropped && failed == found->errors);
}

/* The report as text, to be freed with dw_buf_done(). */
static inline struct dw_buf require_judged(const struct dw_check_result *result)
{
    struct dw_buf text = {0};
    json_t *head = json_object();
    require_findings(&result->findings);
    require(result->conforms == (result->findings.errors == 0));
    require_printable(result->plate.label, sizeof result->plate.label);
    require_printable(result->plate.fileset_uid, sizeof result->plate.fileset_uid);
    require(!result->plate.label_withheld || result->plate.label[0] == '\0');
    dw_check_report_json(result, head);
    dw_check_report_text(head, "disc", &text);
    require(!text.failed && text.size > 0 && dw_text_is_utf8(text.data, text.size));
    for (size_t i = 0; i < text.size; i++)
        require(text.data[i] == '\n' || ((unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7F));
    json_decref(head);
    return text;
}

/* Judge, and now and then judge again: the same disc has the same faults. which: profile, and whether a job asks. */
static inline void judge_bytes(dw_check_source *source, unsigned which, bool again)
{
    static struct dw_check_result result;
    struct dw_check_expect expect = {.patient_id = "1", .patient_name = "A^B", .objects = 1, .has_instances = true};
    struct dw_check_opts opts = {.expect = which & 1 ? &expect : NULL};
    struct dw_error err = {0};
    which /= 2;
    if (which % (dw_check_profile_count() + 1))
        opts.profile = dw_check_profile_at(which % (dw_check_profile_count() + 1) - 1)->name;
    require(dw_check_run(source, &opts, &result, &err) == DW_OK); /* whatever the bytes are, there is a judgement */
    require(err.text[0] == '\0');
    struct dw_buf first = require_judged(&result);
    if (again) {
        require(dw_check_run(source, &opts, &result, &err) == DW_OK);
        struct dw_buf second = require_judged(&result);
        require(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
        dw_buf_done(&second);
    }
    dw_buf_done(&first);
}

#endif
