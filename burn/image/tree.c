#include "burn/image/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "burn/image/tree_private.h"

#define ARENA_BYTES 65536
#define DEFAULT_TIME_S 315532800 /* 1980-01-01: a stamp that every reader can show */
#define MANIFEST_LINE_EXTRA (2 * DW_SHA256_SIZE + 2 + 2) /* hash, two blanks, CR LF */

struct arena { /* strings never move: dw_tree_file() lends them */
    struct arena *next;
    size_t used, size;
    char text[];
};

struct entry {
    const char *disc_path, *src_path;
    uint64_t size_bytes;
    int64_t modified_s; /* OWN_TIME_NOT: that of the disc */
    bool has_sha256;
    uint8_t sha256[DW_SHA256_SIZE];
};

struct dw_tree {
    struct arena *arena;
    struct entry *files;
    const char **folders;
    size_t file_count, file_cap, folder_count, folder_cap;
    uint32_t *slots; /* open addressing; 0 empty, else FOLDER_BIT? and number + 1 */
    size_t slot_count;
    uint64_t data_blocks;      /* without the manifest */
    uint64_t manifest_bytes;   /* what it would take for the files that are there */
    const char *manifest_path; /* NULL: none */
    char label[DW_TREE_LABEL_MAX + 1];
    int64_t made_at_s;
    bool any_name;
    struct dw_tree_format format;
};

#define FOLDER_BIT 0x80000000u
#define MANIFEST_SLOT (FOLDER_BIT - 1)
#define OWN_TIME_NOT INT64_MIN
#define DEFAULT_PREPARER "DISCWRIGHT " DW_VERSION

static dw_status no_memory(struct dw_error *err)
{
    return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for the tree of a disc");
}

dw_status dw_tree_new(dw_tree **out, struct dw_error *err)
{
    dw_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return no_memory(err);
    tree->made_at_s = DEFAULT_TIME_S;
    memcpy(tree->format.preparer, DEFAULT_PREPARER, sizeof DEFAULT_PREPARER);
    *out = tree;
    return DW_OK;
}

void dw_tree_free(dw_tree *tree)
{
    if (!tree)
        return;
    for (struct arena *a = tree->arena, *next; a; a = next) {
        next = a->next;
        free(a);
    }
    free(tree->files);
    free(tree->folders);
    free(tree->slots);
    free(tree);
}

static const char *keep(dw_tree *tree, const char *text, size_t length)
{
    struct arena *a = tree->arena;
    if (!a || a->size - a->used < length + 1) {
        size_t size = length + 1 > ARENA_BYTES ? length + 1 : ARENA_BYTES;
        a = malloc(sizeof *a + size);
        if (!a)
            return NULL;
        a->next = tree->arena;
        a->used = 0;
        a->size = size;
        tree->arena = a;
    }
    char *at = a->text + a->used;
    memcpy(at, text, length);
    at[length] = '\0';
    a->used += length + 1;
    return at;
}

/* --- names --- */

static uint64_t hash_of(const char *text, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a: the names are ours */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001b3u;
    return h ^ h >> 29;
}

static const char *slot_name(const dw_tree *tree, uint32_t slot)
{
    if (slot == MANIFEST_SLOT)
        return tree->manifest_path;
    uint32_t number = (slot & ~FOLDER_BIT) - 1;
    return slot & FOLDER_BIT ? tree->folders[number] : tree->files[number].disc_path;
}

/* The slot of that name, or the empty one where it belongs. */
static uint32_t *slot_of(const dw_tree *tree, const char *name, size_t length)
{
    size_t i = hash_of(name, length) & (tree->slot_count - 1);
    for (;; i = (i + 1) & (tree->slot_count - 1)) {
        uint32_t *slot = &tree->slots[i];
        if (*slot == 0)
            return slot;
        const char *have = slot_name(tree, *slot);
        if (strncmp(have, name, length) == 0 && have[length] == '\0')
            return slot;
    }
}

static bool grow_slots(dw_tree *tree, size_t more)
{
    size_t used = tree->file_count + tree->folder_count + 1;
    if (tree->slot_count >= 2 * (used + more))
        return true;
    size_t count = tree->slot_count ? tree->slot_count * 2 : 256;
    uint32_t *was = tree->slots;
    size_t was_count = tree->slot_count;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    tree->slots = slots;
    tree->slot_count = count;
    for (size_t i = 0; i < was_count; i++) {
        if (was[i] == 0)
            continue;
        const char *name = slot_name(tree, was[i]);
        *slot_of(tree, name, strlen(name)) = was[i];
    }
    free(was);
    return true;
}

static size_t d_characters(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

/* One component in 8.3, or 8 for a folder (ECMA-119 10.1); *out_length reaches up to '/' or the
 * end. */
static bool component_is_legal(const char *text, size_t *out_length)
{
    size_t n = d_characters(text);
    if (n < 1 || n > 8)
        return false;
    if (text[n] == '.') {
        size_t ext = d_characters(text + n + 1);
        if (ext < 1 || ext > 3 || text[n + 1 + ext] != '\0')
            return false;
        n += 1 + ext;
    }
    *out_length = n;
    return text[n] == '\0' || text[n] == '/';
}

/* Any component but ".", ".." and nothing, as long as a file system of today holds it. */
static bool any_component_is_legal(const char *text, size_t *out_length)
{
    size_t n = strcspn(text, "/");
    if (n < 1 || n > DW_TREE_NAME_MAX || (text[0] == '.' && (n == 1 || (n == 2 && text[1] == '.'))))
        return false;
    *out_length = n;
    return dw_text_is_utf8(text, n);
}

static dw_status check_path(const dw_tree *tree, const char *path, struct dw_error *err)
{
    int levels = 0, levels_max = tree->any_name ? DW_TREE_DEEP_LEVELS_MAX : DW_TREE_LEVELS_MAX;
    const char *p = path;
    while (*p == '/') {
        size_t n = 0;
        if (tree->any_name && !any_component_is_legal(p + 1, &n))
            return dw_error_set(err, DW_ERR_INVALID,
                                "level %d of the path is no UTF-8 name of 1 to %d bytes",
                                levels + 1, DW_TREE_NAME_MAX);
        if (!tree->any_name && !component_is_legal(p + 1, &n))
            return dw_error_set(err, DW_ERR_INVALID,
                                "'%.110s' is not a name of A-Z, 0-9 and _ in 8.3", path);
        levels++;
        p += 1 + n;
    }
    if (*p != '\0' || levels == 0)
        return dw_error_set(err, DW_ERR_INVALID, "'%.110s' is not an absolute path on the disc",
                            path);
    if (levels > levels_max)
        return dw_error_set(err, DW_ERR_INVALID, "'%.110s' has %d levels, more than %d", path,
                            levels, levels_max);
    if ((size_t)(p - path) >= DW_PATH_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a path on the disc of %zu bytes",
                            (size_t)(p - path));
    return DW_OK;
}

/* --- adding --- */

static bool grow(void **array, size_t *cap, size_t need, size_t item)
{
    if (need <= *cap)
        return true;
    size_t more = *cap ? *cap * 2 : 64;
    more = more < need ? need : more;
    void *bigger = realloc(*array, more * item);
    if (!bigger)
        return false;
    *array = bigger;
    *cap = more;
    return true;
}

static size_t level_count(const char *path)
{
    size_t n = 0;
    for (; *path; path++)
        n += *path == '/';
    return n;
}

/* Everything that can be refused or can fail for lack of room, before anything is changed. */
static dw_status reserve(dw_tree *tree, const char *disc_path, struct dw_error *err)
{
    dw_status st = check_path(tree, disc_path, err);
    if (st != DW_OK)
        return st;
    size_t folders = level_count(disc_path); /* at most, and one for itself where it is a folder */
    if (tree->file_count + tree->folder_count + folders + 1 > DW_TREE_ENTRIES_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "more than %d files and folders for one disc",
                            DW_TREE_ENTRIES_MAX);
    if (!grow_slots(tree, folders + 1) ||
        !grow((void **)&tree->files, &tree->file_cap, tree->file_count + 1, sizeof *tree->files) ||
        !grow((void **)&tree->folders, &tree->folder_cap, tree->folder_count + folders,
              sizeof *tree->folders))
        return no_memory(err);
    if (*slot_of(tree, disc_path, strlen(disc_path)) != 0)
        return dw_error_set(err, DW_ERR_CONFLICT, "the name '%s' is taken", disc_path);
    for (const char *p = strchr(disc_path + 1, '/'); p; p = strchr(p + 1, '/')) {
        uint32_t slot = *slot_of(tree, disc_path, (size_t)(p - disc_path));
        if (slot != 0 && !(slot & FOLDER_BIT))
            return dw_error_set(err, DW_ERR_CONFLICT, "'%.*s' is a file, not a folder",
                                (int)(p - disc_path), disc_path);
    }
    return DW_OK;
}

static bool add_one_folder(dw_tree *tree, const char *disc_path, size_t length)
{
    uint32_t *slot = slot_of(tree, disc_path, length);
    if (*slot != 0)
        return true;
    const char *kept = keep(tree, disc_path, length);
    if (!kept)
        return false;
    tree->folders[tree->folder_count++] = kept;
    *slot = FOLDER_BIT | (uint32_t)tree->folder_count;
    return true;
}

static bool add_folders(dw_tree *tree, const char *disc_path)
{
    for (const char *p = strchr(disc_path + 1, '/'); p; p = strchr(p + 1, '/'))
        if (!add_one_folder(tree, disc_path, (size_t)(p - disc_path)))
            return false;
    return true;
}

static uint64_t blocks_of(uint64_t bytes)
{
    return bytes / DW_BLOCK_SIZE + (bytes % DW_BLOCK_SIZE != 0);
}

dw_status dw_tree_add(dw_tree *tree, const char *src_path, const char *disc_path,
                      uint64_t size_bytes, const uint8_t *sha256, struct dw_error *err)
{
    size_t src_length = src_path ? strlen(src_path) : 0;
    if (src_length == 0 || src_length >= DW_PATH_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a source path of %zu bytes", src_length);
    if (size_bytes > (uint64_t)UINT32_MAX * DW_BLOCK_SIZE)
        return dw_error_set(err, DW_ERR_LIMIT, "a source of %llu bytes fits no disc",
                            (unsigned long long)size_bytes);
    dw_status st = reserve(tree, disc_path, err);
    if (st != DW_OK)
        return st;
    struct entry entry = {
        .disc_path = keep(tree, disc_path, strlen(disc_path)),
        .src_path = keep(tree, src_path, src_length),
        .size_bytes = size_bytes,
        .modified_s = OWN_TIME_NOT,
        .has_sha256 = sha256 != NULL,
    };
    if (!entry.disc_path || !entry.src_path || !add_folders(tree, disc_path))
        return no_memory(err);
    if (sha256)
        memcpy(entry.sha256, sha256, DW_SHA256_SIZE);
    tree->files[tree->file_count++] = entry;
    *slot_of(tree, disc_path, strlen(disc_path)) = (uint32_t)tree->file_count;
    tree->data_blocks += blocks_of(size_bytes);
    tree->manifest_bytes += strlen(disc_path) - 1 + MANIFEST_LINE_EXTRA;
    return DW_OK;
}

dw_status dw_tree_add_manifest(dw_tree *tree, const char *disc_path, struct dw_error *err)
{
    if (tree->manifest_path)
        return dw_error_set(err, DW_ERR_CONFLICT, "the disc has a manifest already");
    dw_status st = reserve(tree, disc_path, err);
    if (st != DW_OK)
        return st;
    const char *kept = keep(tree, disc_path, strlen(disc_path));
    if (!kept || !add_folders(tree, disc_path))
        return no_memory(err);
    tree->manifest_path = kept;
    *slot_of(tree, kept, strlen(kept)) = MANIFEST_SLOT;
    return DW_OK;
}

dw_status dw_tree_add_folder(dw_tree *tree, const char *disc_path, struct dw_error *err)
{
    if (tree->slot_count > 0 && *slot_of(tree, disc_path, strlen(disc_path)) & FOLDER_BIT)
        return DW_OK;
    dw_status st = reserve(tree, disc_path, err);
    if (st != DW_OK)
        return st;
    /* A folder's name has no extension in ISO 9660 (ECMA-119 7.6.1). */
    if (!tree->any_name && strchr(disc_path, '.'))
        return dw_error_set(err, DW_ERR_INVALID, "'%.110s' is not a folder of A-Z, 0-9 and _ in 8",
                            disc_path);
    if (!tree->any_name && level_count(disc_path) == DW_TREE_LEVELS_MAX) /* no file could lie in it */
        return dw_error_set(err, DW_ERR_INVALID, "'%.110s' is a folder below level %d", disc_path,
                            DW_TREE_LEVELS_MAX);
    if (!add_folders(tree, disc_path) || !add_one_folder(tree, disc_path, strlen(disc_path)))
        return no_memory(err);
    return DW_OK;
}

dw_status dw_tree_set_label(dw_tree *tree, const char *label, int64_t made_at_s,
                            struct dw_error *err)
{
    size_t n = strlen(label);
    if (n > DW_TREE_LABEL_MAX || d_characters(label) != n)
        return dw_error_set(err, DW_ERR_INVALID,
                            "a volume label is up to %d characters of A-Z, 0-9 and _",
                            DW_TREE_LABEL_MAX);
    if (made_at_s < DW_TREE_TIME_MIN || made_at_s > DW_TREE_TIME_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "a disc cannot carry the time %lld",
                            (long long)made_at_s);
    memcpy(tree->label, label, n + 1);
    tree->made_at_s = made_at_s;
    return DW_OK;
}

static bool is_a_characters(const char *text, size_t size)
{
    static const char *const a_characters = /* ECMA-119 7.4.1 */
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ !\"%&'()*+,-./:;<=>?";
    size_t n = strspn(text, a_characters);
    return n < size && text[n] == '\0';
}

dw_status dw_tree_set_format(dw_tree *tree, const struct dw_tree_format *format,
                             struct dw_error *err)
{
    if (!is_a_characters(format->publisher, sizeof format->publisher) ||
        !is_a_characters(format->preparer, sizeof format->preparer))
        return dw_error_set(
            err, DW_ERR_INVALID,
            "publisher and preparer are up to 128 characters of A-Z, 0-9, blank and "
            "_!\"%%&'()*+,-./:;<=>?");
    tree->format = *format;
    return DW_OK;
}

void dw_tree_allow_any_name(dw_tree *tree)
{
    assert(tree->file_count == 0 && tree->folder_count == 0 && !tree->manifest_path);
    tree->any_name = true;
}

void dw_tree_set_modified(dw_tree *tree, size_t i, int64_t modified_s)
{
    assert(i < tree->file_count);
    modified_s = modified_s < DW_TREE_TIME_MIN ? DW_TREE_TIME_MIN : modified_s;
    tree->files[i].modified_s = modified_s > DW_TREE_TIME_MAX ? DW_TREE_TIME_MAX : modified_s;
}

/* --- looking --- */

const struct dw_tree_format *dw_tree_format(const dw_tree *tree)
{
    return &tree->format;
}

bool dw_tree_any_name(const dw_tree *tree)
{
    return tree->any_name;
}

const char *dw_tree_label(const dw_tree *tree)
{
    return tree->label;
}

int64_t dw_tree_made_at_s(const dw_tree *tree)
{
    return tree->made_at_s;
}

size_t dw_tree_file_count(const dw_tree *tree)
{
    return tree->file_count + (tree->manifest_path != NULL);
}

void dw_tree_file(const dw_tree *tree, size_t i, struct dw_tree_file *out)
{
    memset(out, 0, sizeof *out);
    out->modified_s = tree->made_at_s;
    if (i >= tree->file_count) {
        out->disc_path = tree->manifest_path;
        out->size_bytes = tree->manifest_bytes;
        return;
    }
    const struct entry *entry = &tree->files[i];
    out->disc_path = entry->disc_path;
    out->src_path = entry->src_path;
    out->size_bytes = entry->size_bytes;
    if (entry->modified_s != OWN_TIME_NOT)
        out->modified_s = entry->modified_s;
    out->has_sha256 = entry->has_sha256;
    memcpy(out->sha256, entry->sha256, DW_SHA256_SIZE);
}

uint64_t dw_tree_data_blocks(const dw_tree *tree)
{
    return tree->data_blocks + (tree->manifest_path ? blocks_of(tree->manifest_bytes) : 0);
}

bool dw_tree_find(const dw_tree *tree, const char *disc_path, size_t *out_i)
{
    if (tree->slot_count == 0)
        return false;
    uint32_t slot = *slot_of(tree, disc_path, strlen(disc_path));
    if (slot == 0 || slot & FOLDER_BIT)
        return false;
    *out_i = slot == MANIFEST_SLOT ? tree->file_count : slot - 1;
    return true;
}

bool dw_tree_find_folder(const dw_tree *tree, const char *path, size_t length, size_t *out_i)
{
    if (tree->slot_count == 0)
        return false;
    uint32_t slot = *slot_of(tree, path, length);
    if (!(slot & FOLDER_BIT))
        return false;
    *out_i = (slot & ~FOLDER_BIT) - 1;
    return true;
}

size_t dw_tree_folder_count(const dw_tree *tree)
{
    return tree->folder_count;
}

const char *dw_tree_folder(const dw_tree *tree, size_t i)
{
    return tree->folders[i];
}
