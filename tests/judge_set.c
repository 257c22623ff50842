#include "judge_set.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"

extern char **environ;

/* DCMTK 3.6.7 loses some of a damaged sequence that it refuses (twice in 40,000 damaged images). The judge runs
 * in a task that ends after one disc. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libdcmdata\n";
}

bool set_run(const char *const argv[])
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int how = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    while (rc == 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return rc == 0 && WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

bool set_tools_are_here(void)
{
    static const char *const tools[][3] = {{"dcmmkdir", "--version", NULL},
                                           {"genisoimage", "--version", NULL}};
    for (size_t i = 0; i < DW_ARRAY_LEN(tools); i++)
        if (!set_run(tools[i]))
            return false;
    return true;
}

/* --- a DICOM file --- */

static void put_element(struct dw_buf *out, uint32_t tag, const char *vr, const void *value,
                        size_t length)
{
    bool wide = strcmp(vr, "OB") == 0 || strcmp(vr, "OW") == 0;
    size_t padded = length + (length & 1);
    uint8_t head[12] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag,
                        (uint8_t)(tag >> 8),  (uint8_t)vr[0],       (uint8_t)vr[1]};
    uint8_t *at = head + (wide ? 8 : 6);
    at[0] = (uint8_t)padded;
    at[1] = (uint8_t)(padded >> 8);
    dw_buf_add(out, head, wide ? 12 : 8);
    dw_buf_add(out, value, length);
    if (length & 1)
        dw_buf_add(out, strcmp(vr, "UI") == 0 ? "" : " ", 1);
}

static void put_string(struct dw_buf *out, uint32_t tag, const char *vr, const char *text)
{
    put_element(out, tag, vr, text, strlen(text));
}

static void put_short(struct dw_buf *out, uint32_t tag, uint16_t number)
{
    uint8_t bytes[2] = {(uint8_t)number, (uint8_t)(number >> 8)};
    put_element(out, tag, "US", bytes, 2);
}

#define CT "1.2.840.10008.5.1.4.1.1.2"

static void make_ct(struct dw_buf *out, unsigned series, unsigned image)
{
    char instance[64], series_uid[64], number[8];
    uint8_t zeros[128] = {0}, pixels[512];
    struct dw_buf meta = {0};
    snprintf(instance, sizeof instance, "1.2.826.0.1.3680043.10.999.1.%u.%u", series, image);
    snprintf(series_uid, sizeof series_uid, "1.2.826.0.1.3680043.10.999.1.%u", series);
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * 7 + image);
    put_element(&meta, 0x00020001, "OB", "\0\1", 2);
    put_string(&meta, 0x00020002, "UI", CT);
    put_string(&meta, 0x00020003, "UI", instance);
    put_string(&meta, 0x00020010, "UI", "1.2.840.10008.1.2.1");
    put_string(&meta, 0x00020012, "UI", "1.2.826.0.1.3680043.10.999");
    uint8_t length[4] = {(uint8_t)meta.size, (uint8_t)(meta.size >> 8), 0, 0};
    dw_buf_add(out, zeros, 128);
    dw_buf_add_text(out, "DICM");
    put_element(out, 0x00020000, "UL", length, 4);
    dw_buf_add(out, meta.data, meta.size);
    dw_buf_done(&meta);
    put_string(out, 0x00080005, "CS", "ISO_IR 192");
    put_string(out, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
    put_string(out, 0x00080016, "UI", CT);
    put_string(out, 0x00080018, "UI", instance);
    put_string(out, 0x00080020, "DA", "20260102");
    put_string(out, 0x00080030, "TM", "101112");
    put_string(out, 0x00080050, "SH", "A1");
    put_string(out, 0x00080060, "CS", "CT");
    put_string(out, 0x00081030, "LO", "Probe");
    put_string(out, 0x00100010, "PN", "M\xC3\xBCster^Petra");
    put_string(out, 0x00100020, "LO", "PID-0815");
    put_string(out, 0x00100021, "LO", "KLINIK");
    put_string(out, 0x00100030, "DA", "19660317");
    put_string(out, 0x00100040, "CS", "F");
    put_string(out, 0x0020000D, "UI", "1.2.826.0.1.3680043.10.999.1");
    put_string(out, 0x0020000E, "UI", series_uid);
    put_string(out, 0x00200010, "SH", "S1");
    snprintf(number, sizeof number, "%u", series);
    put_string(out, 0x00200011, "IS", number);
    snprintf(number, sizeof number, "%u", image);
    put_string(out, 0x00200013, "IS", number);
    put_short(out, 0x00280002, 1);
    put_string(out, 0x00280004, "CS", "MONOCHROME2");
    put_short(out, 0x00280010, 16);
    put_short(out, 0x00280011, 16);
    put_short(out, 0x00280100, 16);
    put_short(out, 0x00280101, 12);
    put_short(out, 0x00280102, 11);
    put_short(out, 0x00280103, 0);
    put_element(out, 0x7FE00010, "OW", pixels, sizeof pixels);
}

static bool save(const char *folder, const char *name, const void *data, size_t size)
{
    char path[256];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    bool ok = dw_file_make_dirs(path, &err) == DW_OK;
    *slash = '/';
    return ok && dw_file_save(NULL, path, data, size, &err) == DW_OK;
}

bool set_build(const char *folder)
{
    static const char readme[] = "Images of a patient.\r\n", page[] = "<html></html>\n",
                      index[] = "<html><!-- <a href=\"NO.HTM\"> --><a href=\"readme.txt\">Read</a>\n"
                                "<a title='x' HREF=ihe_pdi/./index.htm#top>Look</a></html>\n";
    char out[300];
    bool ok = save(folder, "README.TXT", readme, sizeof readme - 1) &&
              save(folder, "INDEX.HTM", index, sizeof index - 1) &&
              save(folder, "IHE_PDI/INDEX.HTM", page, sizeof page - 1);
    for (unsigned series = 1; series <= 2; series++)
        for (unsigned image = 1; ok && image <= 2; image++) {
            struct dw_buf file = {0};
            char name[32];
            make_ct(&file, series, image);
            snprintf(name, sizeof name, "DICOM/SE%u/IM%u", series, image);
            ok = save(folder, name, file.data, file.size);
            dw_buf_done(&file);
        }
    snprintf(out, sizeof out, "%s/DICOMDIR", folder);
    const char *const make[] = {"dcmmkdir", "+r", "+id", folder, "+D", out, "+F", "PROBE",
                                "DICOM",    NULL};
    return ok && set_run(make);
}

bool set_add_icons(const char *folder)
{
    char out[300];
    snprintf(out, sizeof out, "%s/DICOMDIR", folder);
    const char *const make[] = {"dcmmkdir", "+r", "+id", folder, "+D", out, "+F", "PROBE", "+X", "-Xs", "64",
                                "DICOM", NULL};
    return unlink(out) == 0 && set_run(make);
}

/* --- sets in memory --- */

static dw_status load_one(void *ctx, const char *path, const char *rel, uint64_t size_bytes,
                          struct dw_error *err)
{
    struct file_set *set = ctx;
    struct dw_buf buf = {0};
    char name[128];
    snprintf(name, sizeof name, "%s%s", rel[0] == '/' ? "" : "/", rel);
    dw_status st = dw_file_read_all(path, 1 << 20, &buf, err);
    if (st == DW_OK)
        set_put(set, name, buf.data, buf.size);
    dw_buf_done(&buf);
    return st;
}

bool set_load(struct file_set *set, const char *folder)
{
    struct dw_error err = {0};
    memset(set, 0, sizeof *set);
    return dw_file_walk(folder, load_one, set, &err) == DW_OK && set->count > 0;
}

void set_copy(struct file_set *to, const struct file_set *from)
{
    memset(to, 0, sizeof *to);
    for (size_t i = 0; i < from->count; i++)
        set_put(to, from->files[i].path, from->files[i].data, from->files[i].size);
}

void set_done(struct file_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->files[i].data);
    memset(set, 0, sizeof *set);
}

struct set_file *set_find(struct file_set *set, const char *path)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->files[i].path, path) == 0)
            return &set->files[i];
    return NULL;
}

void set_put(struct file_set *set, const char *path, const void *data, size_t size)
{
    struct set_file *file = set_find(set, path);
    if (!file) {
        if (set->count == SET_FILES_MAX)
            abort();
        file = &set->files[set->count++];
    }
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, data ? data : "", data ? size : 0);
    free(file->data);
    snprintf(file->path, sizeof file->path, "%s", path);
    file->data = copy;
    file->size = size;
}

void set_write_manifest(struct file_set *set)
{
    struct dw_buf text = {0};
    for (size_t i = 0; i < set->count; i++) {
        uint8_t digest[DW_SHA256_SIZE];
        char hex[2 * DW_SHA256_SIZE + 1];
        const struct set_file *file = &set->files[i];
        if (!file->path[0] || strcmp(file->path, "/MANIFEST.TXT") == 0)
            continue;
        dw_sha256_of(file->data, file->size, digest);
        dw_text_hex(digest, sizeof digest, hex);
        dw_buf_addf(&text, "%s  %s\r\n", hex, file->path + 1);
    }
    set_put(set, "/MANIFEST.TXT", text.data, text.size);
    dw_buf_done(&text);
}

/* --- damage --- */

static uint8_t *find_header(struct set_file *file, uint32_t tag, unsigned nth)
{
    uint8_t bytes[4] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag,
                        (uint8_t)(tag >> 8)};
    for (size_t at = 132; at + 8 <= file->size; at++)
        if (memcmp(file->data + at, bytes, 4) == 0 && file->data[at + 4] >= 'A' &&
            file->data[at + 4] <= 'Z' && file->data[at + 5] >= 'A' && file->data[at + 5] <= 'Z' &&
            nth-- == 0)
            return file->data + at;
    return NULL;
}

uint8_t *set_value(struct set_file *file, uint32_t tag, unsigned nth, size_t *out_length)
{
    uint8_t *p = find_header(file, tag, nth);
    if (!p)
        abort(); /* the test names what is not there */
    bool wide = memcmp(p + 4, "OB", 2) == 0 || memcmp(p + 4, "OW", 2) == 0;
    *out_length = (size_t)(p[wide ? 8 : 6] | p[wide ? 9 : 7] << 8);
    return p + (wide ? 12 : 8);
}

void set_retag(struct set_file *file, uint32_t tag, unsigned nth, uint32_t to)
{
    uint8_t *p = find_header(file, tag, nth);
    if (!p)
        abort();
    p[0] = (uint8_t)(to >> 16);
    p[1] = (uint8_t)(to >> 24);
    p[2] = (uint8_t)to;
    p[3] = (uint8_t)(to >> 8);
}

void set_text(struct set_file *file, uint32_t tag, unsigned nth, const char *text)
{
    size_t length;
    uint8_t *value = set_value(file, tag, nth, &length);
    memset(value, memcmp(value - 4, "UI", 2) == 0 ? '\0' : ' ', length);
    memcpy(value, text, strlen(text) < length ? strlen(text) : length);
}

void set_number(struct set_file *file, uint32_t tag, unsigned nth, uint32_t number)
{
    size_t length;
    uint8_t *value = set_value(file, tag, nth, &length);
    for (size_t i = 0; i < length && i < 4; i++)
        value[i] = (uint8_t)(number >> (8 * i));
}

/* --- judging --- */

static dw_status read_memory(void *state, const struct dw_check_source_entry *entry,
                             uint64_t offset, void *out, size_t size, struct dw_error *err)
{
    struct set_file *file = set_find(state, entry->path);
    if (file->size > 13 && memcmp(file->data, "UNREADABLE...", 13) == 0)
        return dw_error_set(err, DW_ERR_IO, "block 7 cannot be read");
    memcpy(out, file->data + offset, size);
    return DW_OK;
}

static dw_status list_memory(struct file_set *set, dw_check_source *source, struct dw_error *err)
{
    dw_status st = DW_OK;
    char folders[SET_FILES_MAX * 4][64];
    size_t count = 0;
    for (size_t i = 0; st == DW_OK && i < set->count; i++) {
        const struct set_file *file = &set->files[i];
        for (const char *slash = strchr(file->path + 1, '/'); slash && st == DW_OK;
             slash = strchr(slash + 1, '/')) {
            char folder[64];
            size_t k = 0;
            snprintf(folder, sizeof folder, "%.*s", (int)(slash - file->path), file->path);
            while (k < count && strcmp(folders[k], folder) != 0)
                k++;
            if (k < count || count == DW_ARRAY_LEN(folders))
                continue;
            memcpy(folders[count++], folder, sizeof folder);
            struct dw_check_source_entry entry = {
                .path = folder, .raw = strrchr(folder, '/') + 1, .is_folder = true};
            st = dw_check_source_add(source, &entry, err);
        }
        struct dw_check_source_entry entry = {.path = file->path,
                                              .raw = strrchr(file->path, '/') + 1,
                                              .size_bytes = file->size};
        if (st == DW_OK)
            st = dw_check_source_add(source, &entry, err);
    }
    return st;
}

dw_status set_judge(struct file_set *set, const struct dw_check_opts *opts,
                    struct dw_check_result *out, struct dw_error *err)
{
    static const struct dw_check_source_ops ops = {.read = read_memory};
    dw_check_source *source = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->files[i].path[0])
            set->files[kept++] = set->files[i];
        else
            free(set->files[i].data);
    }
    set->count = kept;
    dw_status st = dw_check_source_new(&ops, set, &source, err);
    if (st == DW_OK)
        st = list_memory(set, source, err);
    if (st == DW_OK)
        st = dw_check_run(source, opts, out, err);
    dw_check_source_free(source);
    return st;
}

struct memory_image {
    const uint8_t *data;
    size_t size;
};

static dw_status read_image(void *ctx, uint32_t lba, uint32_t count, void *out,
                            struct dw_error *err)
{
    const struct memory_image *image = ctx;
    if (((uint64_t)lba + count) * DW_BLOCK_SIZE > image->size)
        return dw_error_set(err, DW_ERR_IO, "behind the end");
    memcpy(out, image->data + (size_t)lba * DW_BLOCK_SIZE, (size_t)count * DW_BLOCK_SIZE);
    return DW_OK;
}

dw_status image_judge(uint8_t *image, size_t size, const struct dw_check_opts *opts,
                      struct dw_check_result *out, struct dw_error *err)
{
    struct memory_image memory = {image, size};
    struct dw_blocks blocks = {
        .read = read_image, .count = (uint32_t)(size / DW_BLOCK_SIZE), .ctx = &memory};
    dw_check_source *source = NULL;
    dw_status st = dw_check_source_open_blocks(&blocks, &source, err);
    if (st == DW_OK)
        st = dw_check_run(source, opts, out, err);
    dw_check_source_free(source);
    return st;
}

const char *set_codes(const struct dw_check_result *result, char out[512])
{
    size_t at = 0;
    out[0] = '\0';
    for (int code = 0; code < DW_CODE_COUNT; code++) {
        bool told = false;
        for (size_t i = 0; i < result->findings.count; i++)
            told = told || (result->findings.list[i].code == (enum dw_code)code &&
                            result->findings.list[i].severity != DW_SEV_NOTE);
        if (told)
            at += (size_t)snprintf(out + at, 512 - at, "%s%s", at ? " " : "",
                                   dw_code_info((enum dw_code)code)->code);
    }
    return out;
}

bool set_has(const struct dw_check_result *result, const char *code, const char *part)
{
    for (size_t i = 0; i < result->findings.count; i++) {
        const struct dw_finding *f = &result->findings.list[i];
        if (strcmp(dw_code_info(f->code)->code, code) == 0 &&
            (strstr(f->place, part) || strstr(f->detail, part)))
            return true;
    }
    return false;
}
