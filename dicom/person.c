#include "dicom/person.h"
#include <stdint.h>
#include <string.h>

#define GROUPS 3
#define COMPONENTS 5

struct span {
    const char *text;
    size_t length;
};

/* One UTF-8 character; broken bytes count as themselves. */
static uint32_t next_char(const char **at, const char *end)
{
    const uint8_t *s = (const uint8_t *)*at;
    size_t left = (size_t)(end - *at);
    size_t size = s[0] < 0xC0 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (size > left)
        size = 1;
    *at += size;
    uint32_t c = size == 1 ? s[0] : s[0] & (0x7FU >> size);
    for (size_t i = 1; i < size; i++)
        c = c << 6 | (s[i] & 0x3F);
    return c;
}

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

/* Simple case folding for the scripts names are written in (Unicode CaseFolding, status C). */
static uint32_t fold(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3AB && c != 0x3A2) || (c >= 0x410 && c <= 0x42F))
        return c + 32;
    if (c >= 0x400 && c <= 0x40F)
        return c + 80;
    if (c == 0x3C2) /* final sigma */
        return 0x3C3;
    if (c == 0x178)
        return 0xFF;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E))
        return c + (c & 1);
    if ((c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149) ||
        (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F) ||
        (c >= 0x1E00 && c <= 0x1E95) || (c >= 0x1EA0 && c <= 0x1EFF))
        return c | 1;
    return c;
}

/* Spaces at the ends are dropped, several in a row count as one. 0: the component is over. */
static uint32_t folded_char(const char **at, const char *end)
{
    if (*at >= end)
        return 0;
    uint32_t c = fold(next_char(at, end));
    while (c == ' ' && *at < end && **at == ' ')
        (*at)++;
    return c;
}

static bool component_equal(struct span a, struct span b)
{
    a = trim(a);
    b = trim(b);
    const char *at_a = a.text, *at_b = b.text;
    for (;;) {
        uint32_t ca = folded_char(&at_a, a.text + a.length);
        uint32_t cb = folded_char(&at_b, b.text + b.length);
        if (ca != cb)
            return false;
        if (ca == 0)
            return true;
    }
}

static bool group_equal(struct span a, struct span b)
{
    const char *rest_a = a.text, *end_a = a.text + a.length;
    const char *rest_b = b.text, *end_b = b.text + b.length;
    while (rest_a < end_a || rest_b < end_b)
        if (!component_equal(part_before(&rest_a, end_a, '^'), part_before(&rest_b, end_b, '^')))
            return false;
    return true;
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
