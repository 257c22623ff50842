#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

bool dw_text_copy(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        if (size)
            out[0] = '\0';
        return false;
    }
    memcpy(out, text, n + 1);
    return true;
}

bool dw_text_format(char *out, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(out, size, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < size)
        return true;
    if (size)
        out[0] = '\0';
    return false;
}

void dw_text_cut(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (size == 0)
        return;
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

bool dw_text_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    if (!text || !*text || *text == ' ' || *text == '+')
        return false;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool dw_text_size(const char *text, uint64_t *out_bytes)
{
    static const struct {
        const char *unit;
        uint64_t factor;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1000},
                 {"MB", 1000000},
                 {"GB", 1000000000},
                 {"KiB", 1024},
                 {"MiB", 1048576},
                 {"GiB", 1073741824}};
    if (!text || *text < '0' || *text > '9')
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    while (*end == ' ')
        end++;
    for (size_t i = 0; !errno && i < DW_ARRAY_LEN(units); i++)
        if (strcmp(end, units[i].unit) == 0 &&
            !__builtin_mul_overflow((uint64_t)value, units[i].factor, out_bytes))
            return true;
    return false;
}

/* Length of the well-formed sequence at p, 0 if there is none (Unicode table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    unsigned low = 0x80, high = 0xBF;
    size_t n = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : 0;
    if (p[0] >= 0xF0 && p[0] <= 0xF4)
        n = 4;
    if (n == 0 || n > left)
        return 0;
    low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : low;
    high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : high;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

bool dw_text_is_utf8(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    for (size_t i = 0; i < size;) {
        size_t n = utf8_length(p + i, size - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

void dw_text_hex(const void *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * size] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool dw_text_unhex(const char *hex, void *out, size_t size)
{
    unsigned char *p = out;
    if (!hex || strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        p[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool dw_text_ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && memcmp(text + n - m, end, m) == 0;
}

void dw_buf_init(struct dw_buf *buf, size_t max)
{
    *buf = (struct dw_buf){.max = max};
}

void dw_buf_done(struct dw_buf *buf)
{
    free(buf->data);
    *buf = (struct dw_buf){.max = buf->max};
}

void dw_buf_reset(struct dw_buf *buf)
{
    buf->size = 0;
    buf->failed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

static bool make_room(struct dw_buf *buf, size_t more)
{
    size_t max = buf->max ? buf->max : DW_SMALL_FILE_MAX;
    if (buf->failed || more > max || buf->size > max - more) {
        buf->failed = true;
        return false;
    }
    if (buf->size + more + 1 <= buf->cap)
        return true;
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < buf->size + more + 1)
        cap *= 2;
    char *data = realloc(buf->data, cap);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->cap = cap;
    return true;
}

void dw_buf_add(struct dw_buf *buf, const void *data, size_t size)
{
    if (!make_room(buf, size))
        return;
    if (size)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void dw_buf_add_text(struct dw_buf *buf, const char *text)
{
    dw_buf_add(buf, text, strlen(text));
}

void dw_buf_addf(struct dw_buf *buf, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        buf->failed = true;
    else if (make_room(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->size, (size_t)n + 1, fmt, again);
        buf->size += (size_t)n;
    }
    va_end(again);
}

void dw_buf_add_html(struct dw_buf *buf, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = text ? strlen(text) : 0;
    while (left > 0) {
        size_t n = utf8_length(p, left);
        if (n == 0 || (p[0] < 0x20 && p[0] != '\n' && p[0] != '\t'))
            dw_buf_add_text(buf, "\xEF\xBF\xBD");
        else if (p[0] == '&')
            dw_buf_add_text(buf, "&amp;");
        else if (p[0] == '<')
            dw_buf_add_text(buf, "&lt;");
        else if (p[0] == '>')
            dw_buf_add_text(buf, "&gt;");
        else if (p[0] == '"')
            dw_buf_add_text(buf, "&quot;");
        else if (p[0] == '\'')
            dw_buf_add_text(buf, "&#39;");
        else
            dw_buf_add(buf, p, n);
        n = n ? n : 1;
        p += n;
        left -= n;
    }
}

dw_status dw_buf_check(const struct dw_buf *buf, const char *what, struct dw_error *err)
{
    if (!buf->failed)
        return DW_OK;
    return dw_error_set(err, DW_ERR_LIMIT, "%s is larger than %zu bytes", what,
                        buf->max ? buf->max : (size_t)DW_SMALL_FILE_MAX);
}
