#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/text.h"
#include "check/page.h"

struct reader {
    const char *at, *end;
    dw_check_link_fn *fn;
    void *ctx;
    struct dw_check_link link;
};

static void skip_space(struct reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
}

static void take_name(struct reader *r, char out[16])
{
    size_t n = 0;
    for (; r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("-_:!?", *r->at)) && *r->at; r->at++)
        if (n < 15)
            out[n++] = (char)tolower((unsigned char)*r->at);
    out[n] = '\0';
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* One character of a target; moves on. */
static char take_character(const char **at, const char *end)
{
    const char *p = *at;
    if (end - p >= 3 && *p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) {
        *at += 3;
        return (char)(hex(p[1]) * 16 + hex(p[2]));
    }
    if (end - p >= 5 && strncasecmp(p, "&amp;", 5) == 0) {
        *at += 5;
        return '&';
    }
    *at += 1;
    return *p;
}

static void tell_place(struct reader *r, const char *from, const char *end)
{
    size_t n = 0;
    while (from < end && (isspace((unsigned char)*from) || *from == '"' || *from == '\''))
        from++;
    while (from < end && n + 1 < sizeof r->link.target && *from != '#' && *from != '?')
        r->link.target[n++] = take_character(&from, end);
    while (n > 0 && (isspace((unsigned char)r->link.target[n - 1]) || strchr("\"'", r->link.target[n - 1])))
        n--;
    r->link.target[n] = '\0';
    r->fn(r->ctx, &r->link);
}

/* Where the word stands, case aside; NULL: nowhere. */
static const char *find_word(const char *from, const char *end, const char *word)
{
    size_t length = strlen(word);
    for (; (size_t)(end - from) >= length && from < end; from++)
        if (strncasecmp(from, word, length) == 0)
            return from + length;
    return NULL;
}

/* What a style fetches: url(...), and @import "..." */
static void tell_style(struct reader *r, const char *from, const char *end)
{
    dw_text_cut(r->link.attribute, sizeof r->link.attribute, "url");
    for (const char *at = from; (at = find_word(at, end, "url(")) != NULL;) {
        const char *close = memchr(at, ')', (size_t)(end - at));
        tell_place(r, at, close ? close : end);
    }
    for (const char *at = from; (at = find_word(at, end, "@import")) != NULL;) {
        const char *close = memchr(at, ';', (size_t)(end - at));
        const char *quote = memchr(at, '"', (size_t)((close ? close : end) - at));
        if (quote && !find_word(at, quote, "url("))
            tell_place(r, quote, close ? close : end);
    }
}

static void tell_target(struct reader *r, const char *from, const char *end)
{
    const char *refresh = strcmp(r->link.element, "meta") == 0 && strcmp(r->link.attribute, "content") == 0
                              ? find_word(from, end, "url=")
                              : NULL;
    if (refresh)
        tell_place(r, refresh, end);
    if (strcmp(r->link.attribute, "style") == 0)
        tell_style(r, from, end);

    static const char *const places[] = {"href", "src", "data", "action", "background", "code", "codebase", "archive"};
    bool named = false;
    for (size_t i = 0; i < DW_ARRAY_LEN(places); i++)
        named = named || strcmp(r->link.attribute, places[i]) == 0;
    if (!named)
        return;
    tell_place(r, from, end);
}

/* name, name=value, name="value" or name='value'; false: the element ends. */
static bool take_attribute(struct reader *r)
{
    skip_space(r);
    if (r->at == r->end || *r->at == '>')
        return false;
    const char *before = r->at;
    take_name(r, r->link.attribute);
    skip_space(r);
    if (r->at == r->end || *r->at != '=') {
        r->at += r->at == before; /* a stray character */
        return true;
    }
    r->at++;
    skip_space(r);
    if (r->at == r->end)
        return false;
    char quote = *r->at == '"' || *r->at == '\'' ? *r->at : '\0';
    const char *from = r->at += quote != '\0';
    while (r->at < r->end && (quote ? *r->at != quote : *r->at != '>' && !isspace((unsigned char)*r->at)))
        r->at++;
    tell_target(r, from, r->at);
    r->at += quote && r->at < r->end;
    return true;
}

static void take_element(struct reader *r)
{
    r->at++;
    if (r->end - r->at >= 3 && memcmp(r->at, "!--", 3) == 0) {
        const char *close = memmem(r->at, (size_t)(r->end - r->at), "-->", 3);
        r->at = close ? close + 3 : r->end;
        return;
    }
    take_name(r, r->link.element);
    r->link.attribute[0] = r->link.target[0] = '\0';
    if (!r->link.element[0])
        return; /* an end, or a lonely '<' */
    r->fn(r->ctx, &r->link);
    while (take_attribute(r))
        ;
    if (strcmp(r->link.element, "style") == 0) {
        const char *close = find_word(r->at, r->end, "</style");
        tell_style(r, r->at, close ? close : r->end);
        r->at = close ? close : r->end;
    }
}

void dw_check_page_read(const char *text, size_t size, dw_check_link_fn *fn, void *ctx)
{
    struct reader r = {.at = text, .end = text + size, .fn = fn, .ctx = ctx};
    while (r.at < r.end) {
        const char *next = memchr(r.at, '<', (size_t)(r.end - r.at));
        if (!next)
            return;
        r.at = next;
        take_element(&r);
    }
}

/* "http", "C" of "C:\": 0: none */
static size_t scheme_length(const char *target)
{
    size_t n = 0;
    while (isalnum((unsigned char)target[n]) || (n > 0 && strchr("+-.", target[n]) && target[n]))
        n++;
    return target[n] == ':' ? n : 0;
}

static bool is_of_no_disc(const char *target, size_t length)
{
    static const char *const schemes[] = {"mailto", "tel", "javascript", "data", "about"};
    for (size_t i = 0; i < DW_ARRAY_LEN(schemes); i++)
        if (length == strlen(schemes[i]) && strncasecmp(target, schemes[i], length) == 0)
            return true;
    return length == 0;
}

/* Adds one step to the path; false: above the root or too long. */
static bool climb(char out[DW_PATH_MAX], const char *step, size_t length)
{
    size_t n = strlen(out);
    if (length == 0 || (length == 1 && step[0] == '.'))
        return true;
    if (length == 2 && memcmp(step, "..", 2) == 0) {
        char *slash = strrchr(out, '/');
        if (slash)
            *slash = '\0';
        return slash != NULL;
    }
    if (n + 1 + length >= DW_PATH_MAX)
        return false;
    out[n] = '/';
    memcpy(out + n + 1, step, length);
    out[n + 1 + length] = '\0';
    return true;
}

enum dw_check_target dw_check_page_resolve(const char *page, const char *target, char out[DW_PATH_MAX])
{
    size_t scheme = scheme_length(target);
    if (!target[0] || (scheme && is_of_no_disc(target, scheme)))
        return DW_TARGET_NOTHING;
    if (scheme || target[0] == '/' || target[0] == '\\')
        return DW_TARGET_ABSOLUTE;
    dw_text_cut(out, DW_PATH_MAX, page);
    char *last = strrchr(out, '/');
    if (last)
        *last = '\0'; /* the folder of the page */
    while (*target) {
        size_t length = strcspn(target, "/\\");
        if (!climb(out, target, length))
            return DW_TARGET_OUTSIDE;
        target += length + (target[length] != '\0');
    }
    return DW_TARGET_PATH;
}
