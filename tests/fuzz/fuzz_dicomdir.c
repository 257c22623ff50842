/* Fuzz target: a byte that says how to judge, then any bytes as a DICOMDIR: read record by record, and judged by all
 * rules in a file-set with two objects that it may reference. */
#include "check/directory.h"
#include "judge_bytes.h"
#include "judged.h"

struct reading {
    uint32_t records, offset;
    uint64_t size;
};

static dw_status on_record(void *ctx, const struct dw_check_facts *facts, struct dw_check_record *record,
                           struct dw_error *err)
{
    struct reading *reading = ctx;
    (void)err;
    require(facts->number == ++reading->records && facts->offset == record->offset && facts->type != NULL);
    require(facts->offset > reading->offset && facts->offset + UINT64_C(8) <= reading->size);
    reading->offset = facts->offset;
    require((facts->filled & ~facts->present) == 0);
    require_utf8(facts->patient_name, sizeof facts->patient_name);
    require_utf8(facts->patient_id, sizeof facts->patient_id);
    require_utf8(facts->issuer, sizeof facts->issuer);
    require_utf8(facts->birth_date, sizeof facts->birth_date);
    require(strnlen(facts->file_id, sizeof facts->file_id) < sizeof facts->file_id);
    require(strnlen(facts->own_uid, sizeof facts->own_uid) < sizeof facts->own_uid);
    require(record->entry == DW_LOOKUP_NONE && record->parent == 0 && !record->reached);
    return DW_OK;
}

static void read_records(dw_check_source *source, size_t size)
{
    struct reading reading = {.size = size};
    struct dw_check_dir dir;
    struct dw_error err = {0};
    dw_tape *tape = NULL;
    require(dw_tape_new(source, &tape, NULL) == DW_OK);
    dw_tape_start(tape, 0, false);
    dw_status st = dw_check_dir_read(tape, size, &dir, on_record, &reading, &err);
    require_told(st, &err);
    require(dir.count == reading.records && dir.count <= size / 8 && dir.reference_count <= dir.count);
    for (size_t i = 0; i < dir.count; i++) {
        require(dw_check_dir_at(&dir, dir.records[i].offset) == (long)i);
        require(dw_check_dir_at(&dir, dir.records[i].offset + 1) == -1);
        require(dir.records[i].reference < dir.reference_count);
    }
    dw_check_dir_done(&dir);
    dw_tape_free(tape);
}

static void make_object(struct dw_buf *out, const char *sop_instance)
{
    put_meta(out, "1.2.840.10008.5.1.4.1.1.2", sop_instance);
    put_text(out, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    put_text(out, 0x00080018, "UI", sop_instance);
    put_text(out, 0x00080060, "CS", "CT");
    put_text(out, 0x00100010, "PN", "A^B");
    put_text(out, 0x00100020, "LO", "1");
    put_text(out, 0x0020000D, "UI", "2.25.1");
    put_text(out, 0x0020000E, "UI", "2.25.2");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dw_buf objects[2];
    if (size == 0)
        return 0;
    for (unsigned i = 0; i < 2 && !objects[i].data; i++)
        make_object(&objects[i], i ? "2.25.4" : "2.25.3");
    struct memory_file files[] = {
        {"/DICOMDIR", data + 1, size - 1},
        {"/DICOM/IM1", (const uint8_t *)objects[0].data, objects[0].size},
        {"/DICOM/ST000001/SE000001/IM000001", (const uint8_t *)objects[1].data, objects[1].size},
    };
    dw_check_source *source = memory_source(files, DW_ARRAY_LEN(files));
    read_records(source, size - 1);
    judge_bytes(source, data[0], size % 4 == 0);
    dw_check_source_free(source);
    return 0;
}
