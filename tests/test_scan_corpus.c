/* Every file of the corpus against its index: what dcmdump reads is read, what is there is found.
 */
#include <fcntl.h>
#include "dicom/scan.h"
#include "dicom/record.h"
#include "test.h"

enum { PATIENT_NAME, PATIENT_ID, STUDY_UID, SERIES_UID, SOP_INSTANCE, COLUMNS };
enum { FILE_COLUMN = 0, FIRST_IDENTITY_COLUMN = 6, DCMDUMP_COLUMN = 17, INDEX_COLUMNS = 23 };

static const uint32_t tags[COLUMNS] = {0x00100010, 0x00100020, 0x0020000D, 0x0020000E, 0x00080018};

struct found {
    const char *state[COLUMNS]; /* as in the index */
};

static dw_status note(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct found *found = ctx;
    uint32_t tag = (uint32_t)el->group << 16 | el->element;
    for (int i = 0; i < COLUMNS; i++) {
        if (el->depth != 0 || tag != tags[i] || strcmp(found->state[i], "absent") != 0)
            continue;
        size_t n = el->length;
        while (n && (el->value[n - 1] == ' ' || el->value[n - 1] == '\0'))
            n--;
        found->state[i] = n ? "yes" : "empty";
    }
    return DW_OK;
}

static void check_object(int fd, const struct found *found)
{
    struct dw_object object;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    dw_status st = dw_scan_object(fd, NULL, &object, &record, &err);
    bool can_be_filed = true;
    for (int i = STUDY_UID; i < COLUMNS; i++)
        can_be_filed = can_be_filed && strcmp(found->state[i], "yes") == 0;
    CHECK(st == DW_OK || st == DW_ERR_CORRUPT);
    if (can_be_filed && st != DW_OK)
        CHECK_STR(err.text, "no SOP Class UID");
    if (st == DW_OK) {
        CHECK(can_be_filed);
        CHECK_INT(object.patient_name[0] != '\0', strcmp(found->state[PATIENT_NAME], "yes") == 0);
        CHECK_INT(object.patient_id[0] != '\0', strcmp(found->state[PATIENT_ID], "yes") == 0);
        for (int part = 0; part < DW_PART_ALL; part++) {
            const uint8_t *bytes = NULL;
            size_t size = 0, pos = 0;
            struct dw_key key;
            uint32_t last = 0;
            CHECK_OK(dw_record_part(record.data, record.size, part, &bytes, &size, &err), err);
            while (dw_key_next(bytes, size, &pos, &key)) {
                CHECK(last < key.tag && key.length % 2 == 0);
                last = key.tag;
            }
            CHECK_INT(pos, size);
        }
    }
    dw_buf_done(&record);
}

static void check_row(const char *folder, char *columns[INDEX_COLUMNS])
{
    char path[1024];
    struct found found = {{"absent", "absent", "absent", "absent", "absent"}};
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, columns[FILE_COLUMN]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    if (fd < 0)
        return;
    int before = test_failures;
    dw_status st = dw_scan_fd(fd, NULL, note, &found, &err);
    bool dcmdump_reads_it = strncmp(columns[DCMDUMP_COLUMN], "yes", 3) == 0;
    if (dcmdump_reads_it)
        CHECK_OK(st, err);
    CHECK(st == DW_OK || err.text[0] != '\0');
    for (int i = 0; dcmdump_reads_it && i < COLUMNS; i++)
        if (strcmp(columns[FIRST_IDENTITY_COLUMN + i], "?") != 0)
            CHECK_STR(found.state[i], columns[FIRST_IDENTITY_COLUMN + i]);
    if (st == DW_OK)
        check_object(fd, &found);
    if (test_failures != before)
        fprintf(stderr, "  in %s\n", columns[FILE_COLUMN]);
    close(fd);
}

static void every_file_is_read_as_its_index_says(void)
{
    const char *folder = getenv("DW_CORPUS");
    char path[1024], line[4096];
    snprintf(path, sizeof path, "%s/INDEX.tsv", folder ? folder : "");
    FILE *index = fopen(path, "re");
    if (!index) {
        printf("no corpus here\n");
        exit(77);
    }
    int rows = 0;
    while (fgets(line, sizeof line, index)) {
        char *columns[INDEX_COLUMNS] = {0}, *rest = line;
        for (int i = 0; i < INDEX_COLUMNS; i++)
            columns[i] = rest ? strsep(&rest, "\t") : NULL;
        CHECK(columns[INDEX_COLUMNS - 1] != NULL);
        if (rows++ > 0 && columns[INDEX_COLUMNS - 1])
            check_row(folder, columns);
    }
    fclose(index);
    CHECK(rows > 200);
}

TESTS(TEST(every_file_is_read_as_its_index_says))
