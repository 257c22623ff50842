#include "burn/image/isoname.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "burn/image/tree_private.h"

#define COUNTERS 1024 /* a power of two; names that share one only get larger numbers */
#define NAME_BYTES_MAX (2 * DW_JOLIET_UNITS_MAX)
#define JOLIET_TAIL_MAX 16 /* units of an extension that a shortened name keeps */

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the names of a disc");
}

/* --- who lies where --- */

static dw_status find_parents(struct dw_family *family, struct dw_error *err)
{
    struct dw_tree_file file;
    for (uint32_t e = 0; e < family->entries; e++) {
        const char *path = NULL;
        if (e < family->folders) {
            path = dw_tree_folder(family->tree, e);
        } else {
            dw_tree_file(family->tree, e - family->folders, &file);
            path = file.disc_path;
        }
        size_t number, length = (size_t)(strrchr(path, '/') - path);
        if (length == 0)
            continue;
        if (!dw_tree_find_folder(family->tree, path, length, &number))
            return dw_error_set(err, DW_ERR_INTERNAL, "'%s' lies in no folder", path);
        family->parent[e] = (uint32_t)number + 1;
    }
    return DW_OK;
}

dw_status dw_family_init(struct dw_family *family, const dw_tree *tree, struct dw_error *err)
{
    family->tree = tree;
    family->folders = dw_tree_folder_count(tree);
    family->entries = family->folders + dw_tree_file_count(tree);
    family->parent = calloc(family->entries + 1, sizeof *family->parent);
    family->first = calloc(family->folders + 3, sizeof *family->first);
    family->child = calloc(family->entries + 1, sizeof *family->child);
    if (!family->parent || !family->first || !family->child)
        return no_memory(err);
    dw_status st = find_parents(family, err);
    if (st != DW_OK)
        return st;
    uint32_t *next =
        family->first + 1; /* counting sort: becomes first[] while children are placed */
    for (uint32_t e = 0; e < family->entries; e++)
        next[family->parent[e] + 1]++;
    for (size_t p = 0; p <= family->folders; p++)
        next[p + 1] += next[p];
    for (uint32_t e = 0; e < family->entries; e++)
        family->child[next[family->parent[e]]++] = e;
    return DW_OK;
}

void dw_family_done(struct dw_family *family)
{
    free(family->parent);
    free(family->first);
    free(family->child);
    *family = (struct dw_family){0};
}

const char *dw_family_name(const struct dw_family *family, uint32_t entry)
{
    const char *path = NULL;
    if (entry < family->folders) {
        path = dw_tree_folder(family->tree, entry);
    } else {
        struct dw_tree_file file;
        dw_tree_file(family->tree, entry - family->folders, &file);
        path = file.disc_path;
    }
    return strrchr(path, '/') + 1;
}

/* --- making a name --- */

struct made { /* a name in the making: stem and extension, of bytes or of two bytes each */
    char text[NAME_BYTES_MAX + 2];
    size_t stem, tail; /* bytes; the tail begins with its dot */
};

/* One more code point of UTF-8 that is valid. */
static uint32_t next_point(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    static const uint8_t lead[] = {0x7F, 0x1F, 0x0F, 0x07};
    size_t more = at[0] < 0x80 ? 0 : at[0] < 0xE0 ? 1 : at[0] < 0xF0 ? 2 : 3;
    uint32_t point = at[0] & lead[more];
    for (size_t i = 1; i <= more; i++)
        point = point << 6 | (at[i] & 0x3Fu);
    *text += 1 + more;
    return point;
}

static char level_1_character(uint32_t point)
{
    if (point >= 'a' && point <= 'z')
        return (char)(point - 'a' + 'A');
    return (point >= 'A' && point <= 'Z') || (point >= '0' && point <= '9') ? (char)point : '_';
}

/* As genisoimage does it: what is legal stays, in upper case, the rest becomes '_', and all that is
 * too long is cut. Folders have no extension (ECMA-119 7.6.1). */
static void make_level_1(const char *name, bool is_folder, struct made *out)
{
    const char *dot = is_folder ? NULL : strrchr(name, '.'), *p = name;
    if (dot == name || (dot && dot[1] == '\0'))
        dot = NULL;
    out->stem = out->tail = 0;
    while (*p && p != dot && out->stem < 8)
        out->text[out->stem++] = level_1_character(next_point(&p));
    if (!dot)
        return;
    p = dot + 1;
    out->text[out->stem + out->tail++] = '.';
    while (*p && out->tail < 4)
        out->text[out->stem + out->tail++] = level_1_character(next_point(&p));
}

static void add_unit(struct made *out, size_t *size, uint32_t point)
{
    bool bad = point < 0x20 || point > 0xFFFF || (point < 0x80 && strchr("*/:;?\\", (int)point));
    uint32_t unit = bad ? '_' : point;
    out->text[out->stem + out->tail] = (char)(unit >> 8);
    out->text[out->stem + out->tail + 1] = (char)unit;
    *size += 2;
}

static size_t points_of(const char *text)
{
    size_t n = 0;
    for (; *text; n++)
        next_point(&text);
    return n;
}

/* Joliet 1: UCS-2, so what lies beyond 16 bits becomes '_'. */
static void make_joliet(const char *name, bool is_folder, struct made *out)
{
    const char *dot = is_folder ? NULL : strrchr(name, '.'), *p = name;
    size_t tail_points = dot && dot != name ? points_of(dot) : 0;
    if (tail_points == 0 || tail_points > JOLIET_TAIL_MAX) {
        dot = name + strlen(name);
        tail_points = 0;
    }
    size_t room = 2 * (DW_JOLIET_UNITS_MAX - tail_points);
    out->stem = out->tail = 0;
    while (p < dot && out->stem < room)
        add_unit(out, &out->stem, next_point(&p));
    for (p = dot; *p;)
        add_unit(out, &out->tail, next_point(&p));
}

/* The end of the stem becomes a number, at least three digits of it. */
static void put_number(const struct made *from, uint32_t number, size_t width, size_t stem_max,
                       struct made *out)
{
    char digits[12];
    int n = snprintf(digits, sizeof digits, "%03u", number);
    size_t count = n > 0 ? (size_t)n * width : 0;
    out->stem = from->stem + count > stem_max ? stem_max - count : from->stem;
    memcpy(out->text, from->text, out->stem);
    for (size_t i = 0; i < count; i += width) {
        if (width == 2)
            out->text[out->stem++] = 0;
        out->text[out->stem++] = digits[i / width];
    }
    memcpy(out->text + out->stem, from->text + from->stem, from->tail);
    out->tail = from->tail;
}

/* --- unique in each folder --- */

struct maker {
    const struct dw_family *family;
    struct dw_isonames *names;
    bool joliet;
    uint32_t *slots; /* names taken in the folder at hand: entry + 1 */
    size_t slot_count;
    uint32_t counters[COUNTERS];
    bool counted;
};

static uint32_t hash_of(const char *text, size_t size)
{
    uint32_t h = 0x811c9dc5u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ (unsigned char)text[i]) * 0x01000193u;
    return h ^ h >> 15;
}

/* The slot of that name among those of one folder, or the empty one where it belongs. */
static uint32_t *slot_of(struct maker *maker, const char *text, size_t size)
{
    for (size_t i = hash_of(text, size);; i++) {
        uint32_t *slot = &maker->slots[i & (maker->slot_count - 1)];
        if (*slot == 0)
            return slot;
        size_t have = 0;
        const char *other = dw_isonames_get(maker->names, *slot - 1, &have);
        if (have == size && memcmp(other, text, size) == 0)
            return slot;
    }
}

/* Names are kept in the order in which they are made: at[] holds where, with the length in front.
 */
static dw_status keep(struct maker *maker, uint32_t entry, const struct made *made, uint32_t *slot,
                      struct dw_error *err)
{
    struct dw_isonames *names = maker->names;
    size_t size = made->stem + made->tail, used = names->at[maker->family->entries];
    if (used + 1 + size > names->text_cap) {
        size_t cap = 2 * names->text_cap + 4096;
        char *more = realloc(names->text, cap);
        if (!more)
            return no_memory(err);
        names->text = more;
        names->text_cap = cap;
    }
    names->at[entry] = (uint32_t)used;
    names->text[used] = (char)size;
    memcpy(names->text + used + 1, made->text, size);
    names->at[maker->family->entries] = (uint32_t)(used + 1 + size);
    *slot = entry + 1;
    return DW_OK;
}

static dw_status number_it(struct maker *maker, uint32_t entry, const struct made *want,
                           struct dw_error *err)
{
    size_t width = maker->joliet ? 2 : 1;
    size_t stem_max = maker->joliet ? NAME_BYTES_MAX - want->tail : 8;
    size_t same =
        3 * width < want->stem ? 3 * width : want->stem; /* what 5 digits leave of a stem */
    uint32_t key = hash_of(want->text, same) ^ hash_of(want->text + want->stem, want->tail);
    uint32_t *counter = &maker->counters[key & (COUNTERS - 1)];
    maker->counted = true;
    for (;;) {
        struct made made;
        put_number(want, (*counter)++, width, stem_max, &made);
        uint32_t *slot = slot_of(maker, made.text, made.stem + made.tail);
        if (*slot == 0)
            return keep(maker, entry, &made, slot, err);
    }
}

static bool is_only_upper_case(const struct made *made, const char *name)
{
    size_t i = 0;
    for (; i < made->stem + made->tail && name[i]; i++)
        if (made->text[i] != name[i] && made->text[i] != name[i] - 'a' + 'A')
            return false;
    return i == made->stem + made->tail && name[i] == '\0';
}

/* pass 0: names that stay as they are; 1: those that would, were they not lower case; 2: all
 * others. */
static dw_status make_one(struct maker *maker, uint32_t entry, int pass, struct dw_error *err)
{
    const char *name = dw_family_name(maker->family, entry);
    bool is_folder = entry < maker->family->folders;
    struct made made = {.stem = 0};
    int own = 0;
    if (maker->joliet) {
        make_joliet(name, is_folder, &made);
        own = made.stem + made.tail == 2 * points_of(name) ? 0 : 2;
    } else {
        make_level_1(name, is_folder, &made);
        bool same = strlen(name) == made.stem + made.tail &&
                    memcmp(name, made.text, made.stem + made.tail) == 0;
        own = same ? 0 : is_only_upper_case(&made, name) ? 1 : 2;
    }
    if (own != pass)
        return DW_OK;
    uint32_t *slot = slot_of(maker, made.text, made.stem + made.tail);
    if (*slot == 0) {
        maker->names->changed += own == 2;
        return keep(maker, entry, &made, slot, err);
    }
    maker->names->changed++;
    return number_it(maker, entry, &made, err);
}

struct sorting {
    const struct dw_family *family;
    const struct dw_isonames *names; /* NULL: by the names in the tree */
};

/* Bytes before the dot of the extension; folders have none, whatever is in their names. */
static size_t stem_bytes(const struct sorting *sorting, uint32_t entry, const char *name, size_t size)
{
    size_t step = sorting->names->wide ? 2 : 1;
    if (entry < sorting->family->folders)
        return size;
    for (size_t at = size; at >= step; at -= step)
        if (name[at - 1] == '.' && (step == 1 || name[at - 2] == 0))
            return at - step;
    return size;
}

/* As if the shorter one were padded: nothing in a name is less than what would pad it. */
static int by_bytes(const char *one, size_t n, const char *two, size_t m)
{
    int order = memcmp(one, two, n < m ? n : m);
    return order != 0 ? order : n < m ? -1 : n > m;
}

/* Names first, extensions where those are the same (9.3): "A.TXT" lies before "A B.TXT". */
static int by_name(const void *a, const void *b, void *ctx)
{
    const struct sorting *sorting = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (!sorting->names)
        return strcmp(dw_family_name(sorting->family, x), dw_family_name(sorting->family, y));
    size_t n = 0, m = 0;
    const char *one = dw_isonames_get(sorting->names, x, &n);
    const char *two = dw_isonames_get(sorting->names, y, &m);
    size_t one_stem = stem_bytes(sorting, x, one, n), two_stem = stem_bytes(sorting, y, two, m);
    int order = by_bytes(one, one_stem, two, two_stem);
    return order != 0 ? order
                      : by_bytes(one + one_stem, n - one_stem, two + two_stem, m - two_stem);
}

/* Most trees were added in order: those cost one look. */
static void sort_children(const struct sorting *sorting, uint32_t *child, size_t count)
{
    size_t i = 1;
    while (i < count && by_name(&child[i - 1], &child[i], (void *)(uintptr_t)sorting) < 0)
        i++;
    if (i < count)
        qsort_r(child, count, sizeof *child, by_name, (void *)(uintptr_t)sorting);
}

static dw_status make_folder(struct maker *maker, const uint32_t *child, size_t count,
                             struct dw_error *err)
{
    size_t slots = 8;
    while (slots < 2 * count)
        slots *= 2;
    maker->slot_count = slots;
    memset(maker->slots, 0, slots * sizeof *maker->slots);
    if (maker->counted)
        memset(maker->counters, 0, sizeof maker->counters);
    maker->counted = false;
    dw_status st = DW_OK;
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; st == DW_OK && i < count; i++)
            st = make_one(maker, child[i], pass, err);
    return st;
}

static size_t largest_folder(const struct dw_family *family)
{
    size_t most = 4;
    for (size_t p = 0; p <= family->folders; p++)
        if (family->first[p + 1] - family->first[p] > most)
            most = family->first[p + 1] - family->first[p];
    return most;
}

dw_status dw_isonames_init(struct dw_isonames *names, const struct dw_family *family, bool joliet,
                           struct dw_error *err)
{
    size_t most = largest_folder(family);
    struct maker *maker = calloc(1, sizeof *maker);
    uint32_t *sorted = calloc(most, sizeof *sorted), *slots = calloc(4 * most, sizeof *slots);
    struct sorting by_tree = {.family = family};
    dw_status st = DW_OK;
    names->at = calloc(family->entries + 1, sizeof *names->at);
    if (!maker || !sorted || !slots || !names->at) {
        st = no_memory(err);
        goto out;
    }
    names->wide = joliet;
    maker->family = family;
    maker->names = names;
    maker->joliet = joliet;
    maker->slots = slots;
    for (size_t p = 0; st == DW_OK && p <= family->folders; p++) {
        size_t count = family->first[p + 1] - family->first[p];
        if (count == 0)
            continue;
        memcpy(sorted, family->child + family->first[p], count * sizeof *sorted);
        sort_children(&by_tree, sorted, count); /* numbers must not depend on who was added first */
        st = make_folder(maker, sorted, count, err);
    }
out:
    free(sorted);
    free(slots);
    free(maker);
    return st;
}

void dw_isonames_done(struct dw_isonames *names)
{
    free(names->text);
    free(names->at);
    *names = (struct dw_isonames){0};
}

const char *dw_isonames_get(const struct dw_isonames *names, uint32_t entry, size_t *out_length)
{
    const char *at = names->text + names->at[entry];
    *out_length = (unsigned char)at[0];
    return at + 1;
}

void dw_isonames_sort(const struct dw_isonames *names, struct dw_family *family)
{
    struct sorting sorting = {.family = family, .names = names};
    for (size_t p = 0; p <= family->folders; p++)
        sort_children(&sorting, family->child + family->first[p],
                      family->first[p + 1] - family->first[p]);
}
