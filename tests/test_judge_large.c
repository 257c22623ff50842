/* Directories of a million records, and hostile ones: the DICOMDIR is made up while it is read, so that the memory
 * measured is the judge's own. */
#include "test.h"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/hash.h"
#include "check/judge.h"
#include "judge_bytes.h"

#define MEMORY_KB_MAX (64 * 1024)
#define MILLION 1000000u
#define LONG_FILES 12 /* more than are read ahead at once */
#define LONG_BYTES (2u << 20)
#define COUNT_FOR_BOTH 9000u /* of ten elements and an item mark */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1 /* shadow memory and quarantine are not the judge's */
#define OBJECTS 99900u
#else
#define IS_SANITIZED 0
#define OBJECTS 999900u /* with the other files no more than a disc may have */
#endif

enum shape {
    FLAT,       /* one patient, study, series; the rest are its images */
    WHOLE,      /* the same, and each image has its file and a line of MANIFEST.TXT, which fits the first */
    DEEP,       /* each record below the one before */
    LOOP,       /* the last image is followed by the first one */
    ONE_FOR_ALL, /* each image is followed by the same one */
    BEYOND,     /* the last item says that it is longer than the medium */
    NESTED,     /* an item in an item in an item, a hundred times */
};
struct made_up {
    enum shape shape;
    uint32_t count;      /* records */
    struct dw_buf head;  /* up to the first record */
    struct dw_buf upper; /* patient, study, series */
    struct dw_buf tail;
    uint32_t image_size;
    struct dw_buf object; /* the first one; others differ in the number of their instance */
    size_t number_at[2];  /* seven digits, twice */
    char digest[2 * DW_SHA256_SIZE + 1]; /* of the first one */
};

/* Image i from 0; every one of the same size. */
static void put_image(const struct made_up *from, uint32_t i, struct dw_buf *out)
{
    char text[64];
    uint32_t first = (uint32_t)(from->head.size + from->upper.size), images = from->count - 3;
    uint32_t after = i + 1 < images ? first + (i + 1) * from->image_size : 0;
    uint32_t next = from->shape == DEEP ? 0 : after;
    if (from->shape == LOOP && !after)
        next = first;
    if (from->shape == ONE_FOR_ALL && i > 0)
        next = first + from->image_size;
    uint32_t size = from->shape == BEYOND && !after ? 0x7FFFFFFE : from->image_size - 8;
    put_mark(out, ITEM, size);
    put_links(out, next, from->shape == DEEP ? after : 0, "IMAGE");
    snprintf(text, sizeof text, "DICOM\\D%07u\\F%07u", i / 1000, i);
    put_text(out, 0x00041500, "CS", text);
    put_text(out, 0x00041510, "UI", "1.2.840.10008.5.1.4.1.1.2");
    snprintf(text, sizeof text, "2.25.1%07u", i);
    put_text(out, 0x00041511, "UI", text);
    put_text(out, 0x00041512, "UI", "1.2.840.10008.1.2.1");
    snprintf(text, sizeof text, "%08u", i);
    put_text(out, 0x00200013, "IS", text);
}

static void put_object(struct made_up *made)
{
    static const char instance[] = "2.25.10000000", class[] = "1.2.840.10008.5.1.4.1.1.2";
    struct dw_buf *out = &made->object;
    uint8_t digest[DW_SHA256_SIZE];
    put_meta(out, class, instance);
    put_text(out, 0x00080016, "UI", class);
    put_text(out, 0x00080018, "UI", instance);
    put_text(out, 0x00080060, "CS", "CT");
    put_text(out, 0x00100010, "PN", "Made^Up");
    put_text(out, 0x00100020, "LO", "LARGE1");
    put_text(out, 0x0020000D, "UI", "2.25.1");
    put_text(out, 0x0020000E, "UI", "2.25.2");
    size_t found = 0;
    for (size_t i = 0; found < 2 && i + sizeof instance - 1 <= out->size; i++)
        if (memcmp((const char *)out->data + i, instance, sizeof instance - 1) == 0)
            made->number_at[found++] = i + 6;
    dw_sha256_of(out->data, out->size, digest);
    dw_text_hex(digest, sizeof digest, made->digest);
}

static void put_tail(struct made_up *made)
{
    for (unsigned i = 0; made->shape == NESTED && i < 100; i++) {
        put_mark(&made->tail, ITEM, UINT32_MAX);
        put_sequence(&made->tail, 0x00081140);
    }
}

static void make_up(struct made_up *made, enum shape shape, uint32_t count)
{
    struct dw_buf image = {0};
    *made = (struct made_up){.shape = shape, .count = count};
    put_directory_head(&made->head);
    put_upper_records(&made->upper, made->head.size);
    put_image(made, 0, &image);
    made->image_size = (uint32_t)image.size;
    dw_buf_done(&image);
    put_tail(made);
    put_object(made);
    put_mark(&made->tail, SEQUENCE_END, 0);
}

static void made_up_done(struct made_up *made)
{
    dw_buf_done(&made->head);
    dw_buf_done(&made->upper);
    dw_buf_done(&made->tail);
    dw_buf_done(&made->object);
}

static uint64_t size_of(const struct made_up *made)
{
    return made->head.size + made->upper.size + (uint64_t)(made->count - 3) * made->image_size + made->tail.size;
}

/* The piece that holds an offset, as bytes of out from *out_skip on. */
static void piece_at(const struct made_up *made, uint64_t offset, struct dw_buf *out, size_t *out_skip)
{
    uint64_t upper = made->head.size, images = upper + made->upper.size,
             tail = images + (uint64_t)(made->count - 3) * made->image_size;
    out->size = 0;
    if (offset < upper) {
        dw_buf_add(out, made->head.data, made->head.size);
        *out_skip = (size_t)offset;
    } else if (offset < images) {
        dw_buf_add(out, made->upper.data, made->upper.size);
        *out_skip = (size_t)(offset - upper);
    } else if (offset < tail) {
        put_image(made, (uint32_t)((offset - images) / made->image_size), out);
        *out_skip = (size_t)((offset - images) % made->image_size);
    } else {
        dw_buf_add(out, made->tail.data, made->tail.size);
        *out_skip = (size_t)(offset - tail);
    }
}

static void read_object(const struct made_up *from, uint32_t i, uint64_t offset, uint8_t *out, size_t size)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%07u", i);
    memcpy(out, (const uint8_t *)from->object.data + offset, size);
    for (size_t k = 0; k < DW_ARRAY_LEN(from->number_at); k++)
        for (size_t at = from->number_at[k]; at < from->number_at[k] + 7; at++)
            if (at >= offset && at < offset + size)
                out[at - offset] = (uint8_t)digits[at - from->number_at[k]];
}

#define LINE_BYTES (2 * DW_SHA256_SIZE + 2 + 23 + 2)

static void put_line(const struct made_up *from, uint32_t i, char out[LINE_BYTES + 1])
{
    snprintf(out, LINE_BYTES + 1, "%s  DICOM/D%07u/F%07u\r\n", from->digest, i / 1000, i);
}

static void read_manifest(const struct made_up *from, uint64_t offset, uint8_t *out, size_t size)
{
    char line[LINE_BYTES + 1];
    for (size_t done = 0; done < size;) {
        size_t skip = (size_t)((offset + done) % LINE_BYTES);
        put_line(from, (uint32_t)((offset + done) / LINE_BYTES), line);
        size_t part = LINE_BYTES - skip < size - done ? LINE_BYTES - skip : size - done;
        memcpy(out + done, line + skip, part);
        done += part;
    }
}

static dw_status read_made_up(void *state, const struct dw_check_source_entry *entry, uint64_t offset, void *out,
                              size_t size, struct dw_error *err)
{
    struct dw_buf piece = {0};
    (void)err;
    if (strncmp(entry->path, "/DICOM/", 7) == 0) {
        read_object(state, (uint32_t)strtoul(strrchr(entry->path, '/') + 2, NULL, 10), offset, out, size);
        return DW_OK;
    }
    if (strcmp(entry->path, "/MANIFEST.TXT") == 0) {
        read_manifest(state, offset, out, size);
        return DW_OK;
    }
    if (strcmp(entry->path, "/DICOMDIR") != 0) {
        memset(out, 0x5A, size);
        return DW_OK;
    }
    for (size_t done = 0; done < size;) {
        size_t skip = 0;
        piece_at(state, offset + done, &piece, &skip);
        size_t part = piece.size - skip < size - done ? piece.size - skip : size - done;
        memcpy((uint8_t *)out + done, (const uint8_t *)piece.data + skip, part);
        done += part;
    }
    dw_buf_done(&piece);
    return DW_OK;
}

static dw_status add_objects(const struct made_up *made, dw_check_source *source, struct dw_error *err)
{
    char path[32];
    uint32_t images = made->count - 3;
    struct dw_check_source_entry manifest = {
        .path = "/MANIFEST.TXT", .raw = "MANIFEST.TXT", .size_bytes = (uint64_t)images * LINE_BYTES};
    dw_status st = dw_check_source_add(source, &manifest, err);
    for (uint32_t i = 0; st == DW_OK && i < images; i++) {
        snprintf(path, sizeof path, "/DICOM/D%07u/F%07u", i / 1000, i);
        struct dw_check_source_entry entry = {.path = path, .raw = path + 16, .size_bytes = made->object.size};
        st = dw_check_source_add(source, &entry, err);
    }
    return st;
}

static dw_status judge(struct made_up *made, struct dw_check_result *result)
{
    static const struct dw_check_source_ops ops = {.read = read_made_up};
    struct dw_check_source_entry dicomdir = {.path = "/DICOMDIR", .raw = "DICOMDIR", .size_bytes = size_of(made)};
    struct dw_check_opts opts = {.profile = "STD-GEN-BD"};
    dw_check_source *source = NULL;
    struct dw_error err = {0};
    dw_status st = dw_check_source_new(&ops, made, &source, &err);
    if (st == DW_OK)
        st = dw_check_source_add(source, &dicomdir, &err);
    if (st == DW_OK && made->shape == WHOLE)
        st = add_objects(made, source, &err);
    for (unsigned i = 0; st == DW_OK && i < LONG_FILES; i++) {
        char path[32];
        snprintf(path, sizeof path, "/VIEWER/F%02u", i);
        struct dw_check_source_entry entry = {.path = path, .raw = path + 8, .size_bytes = LONG_BYTES};
        st = dw_check_source_add(source, &entry, &err);
    }
    if (st == DW_OK)
        st = dw_check_run(source, &opts, result, &err);
    dw_check_source_free(source);
    return st;
}

static void print_findings(const struct dw_check_result *result)
{
    for (size_t i = 0; i < result->findings.count && i < 5; i++)
        fprintf(stderr, "  %s %s %s\n", dw_code_info(result->findings.list[i].code)->code,
                result->findings.list[i].place, result->findings.list[i].detail);
}

/* What a child that judges does to its memory: what others did before must not count. */
static long judge_apart(enum shape shape, uint32_t count, enum dw_code code, uint64_t seen)
{
    int how = 0;
    struct rusage usage = {0};
    pid_t pid = fork();
    if (pid == 0) {
        struct made_up made;
        struct dw_check_result *result = calloc(1, sizeof *result);
        make_up(&made, shape, count);
        bool ok = result && judge(&made, result) == DW_OK && result->findings.seen[code] == seen;
        if (!ok && result)
            print_findings(result);
        made_up_done(&made);
        free(result);
        _exit(ok ? 0 : 1);
    }
    CHECK(pid > 0 && wait4(pid, &how, 0, &usage) == pid);
    CHECK(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    return usage.ru_maxrss;
}

static void a_million_records_are_judged_within_64_mb(void)
{
    long kb = judge_apart(FLAT, MILLION, DW_FILE_MISSING, MILLION - 3);
    printf("     %ld kB\n", kb);
    CHECK(IS_SANITIZED || kb <= MEMORY_KB_MAX);
}

static void a_directory_just_small_enough_for_both_readers_stays_within_64_mb(void)
{
    long kb = judge_apart(FLAT, COUNT_FOR_BOTH, DW_DIR_SECOND_READER, 0);
    printf("     %ld kB\n", kb);
    CHECK(IS_SANITIZED || kb <= MEMORY_KB_MAX);
}

static void a_directory_too_large_for_the_second_reader_is_told(void)
{
    (void)judge_apart(FLAT, COUNT_FOR_BOTH, DW_DIR_SECOND_SKIPPED, 0);
    (void)judge_apart(FLAT, 2 * COUNT_FOR_BOTH, DW_DIR_SECOND_SKIPPED, 1);
}

static void one_record_more_than_a_million_is_told(void)
{
    (void)judge_apart(FLAT, MILLION + 1, DW_DIR_UNREADABLE, 1);
}

static void a_million_records_each_below_the_other_end(void)
{
    long kb = judge_apart(DEEP, MILLION, DW_DIR_PARENT, MILLION - 4);
    CHECK(IS_SANITIZED || kb <= MEMORY_KB_MAX);
}

static void a_million_objects_with_records_and_digests_are_judged_within_64_mb(void)
{
    long kb = judge_apart(WHOLE, OBJECTS, DW_MAN_HASH, OBJECTS - 3 - 1);
    printf("     %ld kB\n", kb);
    CHECK(IS_SANITIZED || kb <= MEMORY_KB_MAX);
}

static void a_million_records_in_a_loop_are_judged_within_64_mb(void)
{
    long kb = judge_apart(LOOP, MILLION, DW_DIR_CYCLE, 1);
    CHECK(IS_SANITIZED || kb <= MEMORY_KB_MAX);
}

static void a_directory_of(enum shape shape, uint32_t count, struct dw_check_result *result)
{
    struct made_up made;
    make_up(&made, shape, count);
    CHECK_INT(judge(&made, result), DW_OK);
    made_up_done(&made);
}

static void the_made_up_directory_has_no_fault_but_its_missing_files(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    a_directory_of(FLAT, 1000, result);
    CHECK_INT(result->records, 1000);
    CHECK_INT(result->findings.seen[DW_FILE_MISSING], 997);
    for (int code = 0; code < DW_CODE_COUNT; code++)
        if (dw_code_info((enum dw_code)code)->area == DW_AREA_DIRECTORY)
            CHECK_INT(result->findings.seen[code], 0);
    free(result);
}

static void the_made_up_disc_has_no_fault_but_its_digests(void)
{
    static const enum dw_code none[] = {DW_FILE_MISSING, DW_FILE_UNREADABLE, DW_FILE_INSTANCE, DW_FILE_INSTANCE_TWICE,
                                        DW_FILE_PATIENT, DW_FILE_SERIES, DW_MAN_LINE, DW_MAN_MISSING, DW_DIR_FILE_TWICE};
    struct dw_check_result *result = calloc(1, sizeof *result);
    a_directory_of(WHOLE, 2003, result);
    CHECK_INT(result->dicom_files, 2000);
    CHECK_INT(result->findings.seen[DW_MAN_HASH], 1999);
    for (size_t i = 0; i < DW_ARRAY_LEN(none); i++)
        CHECK_INT(result->findings.seen[none[i]], 0);
    free(result);
}

static void hostile_offsets_and_lengths_are_told_and_not_followed(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    a_directory_of(LOOP, 100000, result);
    CHECK_INT(result->findings.seen[DW_DIR_CYCLE], 1);
    a_directory_of(ONE_FOR_ALL, 100000, result);
    CHECK_INT(result->findings.seen[DW_DIR_CYCLE], 1);
    CHECK_INT(result->findings.seen[DW_DIR_ORPHAN], 100000 - 3 - 2);
    a_directory_of(BEYOND, 1000, result);
    CHECK_INT(result->findings.seen[DW_DIR_UNREADABLE], 1);
    a_directory_of(NESTED, 1000, result);
    CHECK_INT(result->findings.seen[DW_DIR_UNREADABLE], 1);
    free(result);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(the_made_up_directory_has_no_fault_but_its_missing_files),
        TEST(the_made_up_disc_has_no_fault_but_its_digests),
        TEST(hostile_offsets_and_lengths_are_told_and_not_followed),
        TEST(a_million_records_are_judged_within_64_mb),
        TEST(a_directory_too_large_for_the_second_reader_is_told),
        TEST(one_record_more_than_a_million_is_told),
        TEST(a_million_records_each_below_the_other_end),
        TEST(a_million_records_in_a_loop_are_judged_within_64_mb),
        TEST(a_million_objects_with_records_and_digests_are_judged_within_64_mb),
        TEST(a_directory_just_small_enough_for_both_readers_stays_within_64_mb),
    };
    return test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
}
