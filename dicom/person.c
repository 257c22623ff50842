#include "dicom/person.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/limits.h"

#define GROUPS 3
#define COMPONENTS 5

struct span {
    const char *text;
    size_t length;
};

static struct span trim(struct span s)
{
    while (s.length && s.text[0] == ' ') {
        s.text++;
        s.length--;
    }
    while (s.length && s.text[s.length - 1] == ' ')
        s.length--;
    return s;
}

/* The part before the separator; *rest moves behind it. */
static struct span part_before(const char **rest, const char *end, char separator)
{
    const char *stop = *rest < end ? memchr(*rest, separator, (size_t)(end - *rest)) : NULL;
    struct span out = {*rest, (size_t)((stop ? stop : end) - *rest)};
    *rest = stop ? stop + 1 : end;
    return out;
}

static bool has_letters(struct span group)
{
    for (size_t i = 0; i < group.length; i++)
        if (!strchr(" ^", group.text[i]))
            return true;
    return false;
}

/* Only the first value counts: a backslash ends it (PS3.5 6.4). */
static void split_groups(const char *name, struct span groups[GROUPS])
{
    const char *end = name + strcspn(name, "\\");
    for (size_t i = 0; i < GROUPS; i++)
        groups[i] = part_before(&name, end, '=');
}

struct sink {
    char *out;
    size_t size, used;
    bool full;
};

static void put(struct sink *sink, const char *text, size_t length)
{
    if (sink->full || sink->size == 0)
        return;
    size_t room = sink->size - 1 - sink->used;
    if (length > room) {
        sink->full = true;
        length = room;
        while (length && ((uint8_t)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(sink->out + sink->used, text, length);
    sink->used += length;
    sink->out[sink->used] = '\0';
}

/* Family name, then `comma`, then given and middle names; prefix and suffix are left out. */
static void put_group(struct sink *sink, struct span group, const char *comma)
{
    const char *rest = group.text, *end = group.text + group.length;
    struct span component[COMPONENTS];
    for (size_t i = 0; i < COMPONENTS; i++)
        component[i] = trim(part_before(&rest, end, '^'));
    const char *between = "";
    for (size_t i = 0; i < 3; i++) {
        if (component[i].length == 0)
            continue;
        put(sink, between, strlen(between));
        put(sink, component[i].text, component[i].length);
        between = i == 0 ? comma : " ";
    }
}

void dw_person_display(const char *name, char *out, size_t size)
{
    if (size == 0)
        return;
    out[0] = '\0';
    struct sink sink = {.out = out, .size = size};
    struct span groups[GROUPS];
    split_groups(name, groups);
    size_t first = 0;
    while (first < GROUPS && !has_letters(groups[first]))
        first++;
    if (first == GROUPS)
        return;
    put_group(&sink, groups[first], first == 1 ? " " : ", ");
    if (first == 0 && has_letters(groups[1])) {
        put(&sink, " (", 2);
        put_group(&sink, groups[1], " ");
        put(&sink, ")", 1);
    }
}

#define WORDS_MAX 64
#define PREFIX 3

/* The words of family name and prefix, in byte order: "von Berg^Anna" is "Berg^Anna^^von". */
struct words {
    struct span word[WORDS_MAX];
    size_t count;
};

static int in_order(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    size_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, shorter);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* false: there are more than WORDS_MAX. */
static bool add_words(struct words *words, struct span component)
{
    const char *rest = component.text, *end = component.text + component.length;
    while (rest < end) {
        struct span word = part_before(&rest, end, ' ');
        if (word.length == 0)
            continue;
        if (words->count == WORDS_MAX)
            return false;
        words->word[words->count++] = word;
    }
    return true;
}

static bool words_equal(const struct words *a, const struct words *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (in_order(&a->word[i], &b->word[i]) != 0)
            return false;
    return true;
}

static bool component_equal(struct span a, struct span b)
{
    struct words words_a = {.count = 0}, words_b = {.count = 0};
    return add_words(&words_a, a) && add_words(&words_b, b) && words_equal(&words_a, &words_b);
}

/* Are the words of the shorter one among those of the longer one, in that order? */
static bool keeps_order(const struct words *a, const struct words *b)
{
    const struct words *longer = a->count > b->count ? a : b, *shorter = longer == a ? b : a;
    size_t found = 0;
    for (size_t i = 0; i < longer->count && found < shorter->count; i++)
        found += in_order(&longer->word[i], &shorter->word[found]) == 0;
    return found == shorter->count;
}

/* Prefixes may move; "López García" is not "García López". */
static bool bears_equal(struct span family_a, struct span prefix_a, struct span family_b,
                        struct span prefix_b)
{
    struct words a = {.count = 0}, b = {.count = 0};
    if (!add_words(&a, family_a) || !add_words(&b, family_b) || !keeps_order(&a, &b) ||
        !add_words(&a, prefix_a) || !add_words(&b, prefix_b))
        return false;
    qsort(a.word, a.count, sizeof a.word[0], in_order);
    qsort(b.word, b.count, sizeof b.word[0], in_order);
    return words_equal(&a, &b);
}

/* Of two folded groups. */
static bool folded_equal(const char *a, const char *b)
{
    const char *rest_a = a, *end_a = a + strlen(a), *rest_b = b, *end_b = b + strlen(b);
    struct span parts_a[COMPONENTS], parts_b[COMPONENTS];
    for (size_t i = 0; i < COMPONENTS; i++) {
        parts_a[i] = part_before(&rest_a, end_a, '^');
        parts_b[i] = part_before(&rest_b, end_b, '^');
        if (i != 0 && i != PREFIX && !component_equal(parts_a[i], parts_b[i]))
            return false;
    }
    while (rest_a < end_a || rest_b < end_b) /* more than the standard knows */
        if (!component_equal(part_before(&rest_a, end_a, '^'), part_before(&rest_b, end_b, '^')))
            return false;
    return bears_equal(parts_a[0], parts_a[PREFIX], parts_b[0], parts_b[PREFIX]);
}

/* A group with its zero; false: longer than any name may be. */
static bool fold_group(struct span group, char out[DW_TEXT_MAX])
{
    char text[DW_TEXT_MAX];
    if (group.length >= sizeof text)
        return false;
    memcpy(text, group.text, group.length);
    text[group.length] = '\0';
    return dw_fold(text, out, DW_TEXT_MAX);
}

static bool group_equal(struct span a, struct span b)
{
    char folded_a[DW_TEXT_MAX], folded_b[DW_TEXT_MAX];
    if (!fold_group(a, folded_a) || !fold_group(b, folded_b))
        return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
    return folded_equal(folded_a, folded_b);
}

bool dw_person_equal(const char *a, const char *b)
{
    struct span groups_a[GROUPS], groups_b[GROUPS];
    split_groups(a, groups_a);
    split_groups(b, groups_b);
    bool common = false, any = false;
    for (size_t i = 0; i < GROUPS; i++) {
        bool in_a = has_letters(groups_a[i]), in_b = has_letters(groups_b[i]);
        any = any || in_a || in_b;
        if (!in_a || !in_b)
            continue; /* one side does not say: no contradiction */
        if (!group_equal(groups_a[i], groups_b[i]))
            return false;
        common = true;
    }
    return common || !any;
}

void dw_date_display(const char *da, char *out, size_t size)
{
    size_t length = strlen(da);
    bool is_date = length == 8 && strspn(da, "0123456789") == 8;
    struct sink sink = {.out = out, .size = size};
    if (size)
        out[0] = '\0';
    if (!is_date) {
        put(&sink, da, length);
        return;
    }
    put(&sink, da, 4);
    put(&sink, "-", 1);
    put(&sink, da + 4, 2);
    put(&sink, "-", 1);
    put(&sink, da + 6, 2);
}
