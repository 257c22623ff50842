#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/text.h"

#define AREAS_MAX 64
#define AREA_BYTES_MIN ((size_t)256 * 1024) /* smaller tables come from malloc() and are not counted */
#define SHARES 3 /* no table takes more of the memory than one */
#define SLACK_BYTES ((size_t)6 << 20)       /* that may come back before pages are let go of once more */
#define REST_STEPS 16 /* a row touched may bring 64 kB with it, and asking takes a microsecond */
#define BLIND_STEPS 2048 /* where nobody says how much we hold */
#define COPY_BYTES ((size_t)64 * 1024)
#define SORTED_AT_ONCE ((size_t)32768)

struct area {
    uint8_t *at; /* NULL: free */
    size_t size;
    int file;    /* -1: it lies in memory, */
    bool stays;  /* and does not count */
};
struct dw_spill {
    size_t memory_bytes, in_memory;
    struct area areas[AREAS_MAX];
    int files;   /* areas with one */
    int statm;   /* -1: not known how much we hold */
    size_t most; /* that we may hold before pages are let go of */
    unsigned steps;
};

dw_status dw_spill_new(size_t memory_bytes, dw_spill **out, struct dw_error *err)
{
    dw_spill *spill = calloc(1, sizeof *spill);
    if (!spill)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    spill->memory_bytes = memory_bytes;
    spill->most = DW_SPILL_RESIDENT_BYTES;
    spill->statm = -1;
    for (size_t i = 0; i < AREAS_MAX; i++)
        spill->areas[i].file = -1;
    *out = spill;
    return DW_OK;
}

static struct area *area_at(dw_spill *spill, const void *at)
{
    for (size_t i = 0; spill && i < AREAS_MAX; i++)
        if (spill->areas[i].at == at)
            return &spill->areas[i];
    return NULL;
}

static void drop_area(dw_spill *spill, struct area *area)
{
    munmap(area->at, area->size);
    if (area->file >= 0) {
        close(area->file);
        spill->files--;
    } else if (!area->stays) {
        spill->in_memory -= area->size;
    }
    *area = (struct area){.file = -1};
}

void dw_spill_drop(dw_spill *spill, void *table)
{
    struct area *area = table ? area_at(spill, table) : NULL;
    if (area)
        drop_area(spill, area);
    else
        free(table);
}

void dw_spill_free(dw_spill *spill)
{
    if (!spill)
        return;
    for (size_t i = 0; i < AREAS_MAX; i++)
        if (spill->areas[i].at)
            drop_area(spill, &spill->areas[i]);
    if (spill->statm >= 0)
        close(spill->statm);
    free(spill);
}

/* Nameless from the start where the file system can do that: what is in it may come from a patient's disc. */
static int open_nameless(const char *folder)
{
    char path[256];
    int file = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0 || !dw_text_format(path, sizeof path, "%s/discwright-XXXXXX", folder))
        return file;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

static int open_file(void)
{
    const char *wish = getenv("TMPDIR");
    const char *const folders[] = {wish && wish[0] == '/' ? wish : "/var/tmp", "/var/tmp", "/tmp"};
    int file = -1;
    for (size_t i = 0; file < 0 && i < DW_ARRAY_LEN(folders); i++)
        file = open_nameless(folders[i]);
    return file;
}

/* Its blocks are taken at once: a file system that is full is told here, and not by a signal later. */
static bool map_file(struct area *area, size_t size)
{
    int file = open_file();
    if (file < 0)
        return false;
    void *at = posix_fallocate(file, 0, (off_t)size) == 0
                   ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                   : MAP_FAILED;
    if (at == MAP_FAILED) {
        close(file);
        return false;
    }
    *area = (struct area){.at = at, .size = size, .file = file};
    return true;
}

static bool map_memory(struct area *area, size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return false;
    *area = (struct area){.at = at, .size = size, .file = -1};
    return true;
}

/* For one table, or for all together when `leaving` bytes of them are gone. */
static bool is_too_much(const dw_spill *spill, size_t leaving, size_t size)
{
    return size > spill->memory_bytes / SHARES || spill->in_memory - leaving + size > spill->memory_bytes;
}

/* One more area, in a file if it is too much for memory. */
static struct area *new_area(dw_spill *spill, size_t leaving, size_t size)
{
    struct area *area = area_at(spill, NULL);
    if (!area)
        return NULL;
    if (is_too_much(spill, leaving, size) && map_file(area, size)) {
        spill->files++;
        if (spill->statm < 0)
            spill->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    } else if (map_memory(area, size)) {
        spill->in_memory += size;
    } else {
        return NULL;
    }
    return area;
}

/* In steps: what lies in files is let go of meanwhile. */
static void copy(dw_spill *spill, uint8_t *to, const uint8_t *from, size_t size)
{
    for (size_t done = 0; done < size;) {
        size_t step = size - done < COPY_BYTES ? size - done : COPY_BYTES;
        memcpy(to + done, from + done, step);
        done += step;
        dw_spill_rest(spill);
    }
}

/* In place or elsewhere, without a copy; false: it is as it was. */
static bool stretch(dw_spill *spill, struct area *area, size_t size)
{
    bool fits = area->file >= 0 ? posix_fallocate(area->file, 0, (off_t)size) == 0
                                : !is_too_much(spill, area->size, size);
    void *at = fits ? mremap(area->at, area->size, size, MREMAP_MAYMOVE) : MAP_FAILED;
    if (at == MAP_FAILED)
        return false;
    if (area->file < 0)
        spill->in_memory += size - area->size;
    area->at = at;
    area->size = size;
    return true;
}

static void *grow_small(void *table, size_t old_size, size_t size)
{
    uint8_t *more = realloc(table, size);
    if (more)
        memset(more + old_size, 0, size - old_size);
    return more;
}

void *dw_spill_grow(dw_spill *spill, void *table, size_t old_size, size_t size)
{
    struct area *old = table ? area_at(spill, table) : NULL;
    if (!spill || (!old && size < AREA_BYTES_MIN))
        return grow_small(table, old_size, size);
    if (old && stretch(spill, old, size))
        return old->at;
    struct area *area = new_area(spill, old && old->file < 0 ? old->size : 0, size);
    if (!area)
        return NULL;
    copy(spill, area->at, table, old_size);
    dw_spill_drop(spill, table);
    return area->at;
}

void *dw_spill_stay(dw_spill *spill, size_t size)
{
    struct area *area = spill && size >= AREA_BYTES_MIN ? area_at(spill, NULL) : NULL;
    if (!area)
        return calloc(1, size);
    if (!map_memory(area, size))
        return NULL;
    area->stays = true;
    return area->at;
}

/* Bytes of the process that are in memory now; 0: not known. */
static size_t resident(const dw_spill *spill)
{
    char text[128];
    ssize_t got = spill->statm >= 0 ? pread(spill->statm, text, sizeof text - 1, 0) : -1;
    if (got <= 0)
        return 0;
    text[got] = '\0';
    const char *second = strchr(text, ' '); /* size resident shared ..., proc(5) */
    return second ? strtoul(second + 1, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/* MADV_DONTNEED on what is mapped from a file loses nothing: the file's pages stay the system's. */
static void let_go(dw_spill *spill)
{
    for (size_t i = 0; i < AREAS_MAX; i++)
        if (spill->areas[i].file >= 0)
            madvise(spill->areas[i].at, spill->areas[i].size, MADV_DONTNEED);
}

void dw_spill_rest(dw_spill *spill)
{
    if (!spill || spill->files == 0 || ++spill->steps % REST_STEPS != 0)
        return;
    size_t now = resident(spill);
    if (now == 0 ? spill->steps % BLIND_STEPS != 0 : now <= spill->most)
        return;
    let_go(spill);
    size_t left = resident(spill) + SLACK_BYTES; /* others hold something too */
    spill->most = left > DW_SPILL_RESIDENT_BYTES ? left : DW_SPILL_RESIDENT_BYTES;
}

struct sorting {
    dw_spill *spill;
    size_t item;
    dw_spill_compare_fn *compare;
    void *ctx;
};

/* Two sorted lists that lie one behind the other, from `from` to `to`. */
static void merge(const struct sorting *how, const uint8_t *from, size_t first, size_t both, uint8_t *to)
{
    size_t a = 0, b = first;
    for (size_t i = 0; i < both; i++) {
        bool second = a == first || (b < both && how->compare(from + a * how->item, from + b * how->item, how->ctx) > 0);
        size_t at = second ? b++ : a++;
        memcpy(to + i * how->item, from + at * how->item, how->item);
        dw_spill_rest(how->spill);
    }
}

dw_status dw_spill_sort(dw_spill *spill, void *list, size_t count, size_t item, dw_spill_compare_fn *compare, void *ctx,
                        struct dw_error *err)
{
    const struct sorting how = {spill, item, compare, ctx};
    if (count <= SORTED_AT_ONCE) {
        if (count > 1)
            qsort_r(list, count, item, compare, ctx);
        return DW_OK;
    }
    uint8_t *from = list, *to = dw_spill_grow(spill, NULL, 0, count * item), *spare = to;
    if (!to)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (size_t at = 0; at < count; at += SORTED_AT_ONCE) {
        qsort_r(from + at * item, count - at < SORTED_AT_ONCE ? count - at : SORTED_AT_ONCE, item, compare, ctx);
        dw_spill_rest(spill);
    }
    for (size_t length = SORTED_AT_ONCE; length < count; length *= 2) {
        for (size_t at = 0; at < count; at += 2 * length) {
            size_t left = count - at, first = left < length ? left : length;
            merge(&how, from + at * item, first, left < 2 * length ? left : 2 * length, to + at * item);
        }
        uint8_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != list)
        copy(spill, list, from, count * item);
    dw_spill_drop(spill, spare);
    return DW_OK;
}
