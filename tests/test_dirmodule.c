/* The judge's second reader knows the tags of a DICOMDIR, whatever dictionaries the machine has. */
#include "dicom/dcmtk/dirmodule.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "dicom/dcmtk/meta.h"
#include "test.h"

#define IMPLICIT_LE "1.2.840.10008.1.2" /* not legal of a DICOMDIR (PS3.10 8.6), and there are such discs */
#define ITEM 0xFFFEE000u

static void add_u32(struct dw_buf *out, uint32_t value)
{
    dw_buf_add(out, &value, sizeof value); /* tests run on little endian machines */
}

/* Implicit VR Little Endian: what a value is comes from the dictionary alone (PS3.5 7.1.3). */
static void add(struct dw_buf *out, uint32_t tag, const void *value, size_t size)
{
    add_u32(out, tag >> 16 | tag << 16);
    add_u32(out, (uint32_t)size);
    dw_buf_add(out, value, size);
}

static void add_record(struct dw_buf *out, const char *type, uint32_t next, const char *name)
{
    const uint16_t in_use = 0xFFFF;
    const uint32_t none = 0;
    add(out, 0x00041400, &next, sizeof next);
    add(out, 0x00041410, &in_use, sizeof in_use);
    add(out, 0x00041420, &none, sizeof none);
    add(out, 0x00041430, type, strlen(type));
    add(out, 0x00100010, name, strlen(name)); /* not in our dictionary */
}

/* Two patients' records one behind the other. */
static void write_directory(const char *path)
{
    struct dw_meta meta = {"1.2.840.10008.1.3.10", "1.2.3.99", IMPLICIT_LE, NULL, NULL, NULL};
    struct dw_error err = {0};
    struct dw_buf buf, one, two;
    dw_buf_init(&buf, 4096);
    dw_buf_init(&one, 4096);
    dw_buf_init(&two, 4096);
    CHECK_OK(dw_meta_build(&meta, &buf, &err), err);
    add_record(&two, "PATIENT ", 0, "Zwei^Eva");
    add_record(&one, "PATIENT ", 0, "Eins^Eva"); /* once for its size */
    uint32_t first = (uint32_t)buf.size + 2 * 12 + 8, second = first + 8 + (uint32_t)one.size;
    dw_buf_reset(&one);
    add_record(&one, "PATIENT ", second, "Eins^Eva");
    add(&buf, 0x00041200, &first, sizeof first);
    add(&buf, 0x00041202, &second, sizeof second);
    add_u32(&buf, 0x12200004);
    add_u32(&buf, (uint32_t)(8 + one.size + 8 + two.size));
    add(&buf, ITEM, one.data, one.size);
    add(&buf, ITEM, two.data, two.size);
    CHECK_OK(dw_file_save(NULL, path, buf.data, buf.size, &err), err);
    dw_buf_done(&buf);
    dw_buf_done(&one);
    dw_buf_done(&two);
}

static void a_directory_of_implicit_vr_is_read_with_the_short_dictionary(void)
{
    char folder[64], path[128];
    struct dw_error err = {0};
    const struct dw_dirmodule *module = NULL;
    dw_dirreader *reader = NULL;
    snprintf(path, sizeof path, "%s/DICOMDIR", test_folder(folder));
    write_directory(path);
    dw_dirmodule_prepare();
    const char *dictionary = getenv("DCMDICTPATH");
    CHECK(dictionary && strstr(dictionary, "dictionaries/dicomdir.dic") && access(dictionary, R_OK) == 0);
    CHECK_OK(dw_dirmodule_load(&module, &err), err);
    CHECK_OK(module->open(path, &reader, &err), err);
    struct dw_dir_head head = {0};
    if (reader)
        module->head(reader, &head);
    CHECK_INT(head.records, 2);
    CHECK_INT(head.unreachable + head.bad_links, 0);
    CHECK_STR(head.fileset_uid, "1.2.3.99");
    for (size_t i = 0; i < head.records; i++) {
        struct dw_dir_record record;
        module->record(reader, i, &record);
        CHECK_STR(record.type, "PATIENT");
        CHECK_INT(record.in_use, 0xFFFF);
    }
    module->free(reader);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(a_directory_of_implicit_vr_is_read_with_the_short_dictionary))
