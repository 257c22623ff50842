#include "layout/label/placeholder.h"

#include <string.h>

static bool same(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && memcmp(name, text, length) == 0;
}

bool dw_placeholder_known(const char *name, size_t length)
{
    size_t count;
    const struct dw_label_name *names = dw_label_names(&count);
    for (size_t i = 0; i < count; i++)
        if (same(names[i].name, name, length))
            return true;
    return false;
}

bool dw_placeholder_in(const char *text)
{
    return strstr(text, "{{") != NULL;
}

dw_status dw_placeholder_check(const char *text, struct dw_error *err)
{
    for (const char *open; (open = strstr(text, "{{")) != NULL;) {
        const char *close = strstr(open, "}}");
        if (!close)
            return dw_error_set(err, DW_ERR_INVALID, "placeholder '%.40s' has no '}}'", open);
        size_t length = (size_t)(close - open) - 2;
        if (!dw_placeholder_known(open + 2, length))
            return dw_error_set(err, DW_ERR_INVALID, "there is no placeholder '{{%.*s}}'",
                                length < 40 ? (int)length : 40, open + 2);
        text = close + 2;
    }
    return DW_OK;
}

dw_status dw_placeholder_check_values(const struct dw_label_value *values, size_t count,
                                      struct dw_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!dw_placeholder_known(values[i].name, strlen(values[i].name)))
            return dw_error_set(err, DW_ERR_INVALID, "labels have no value named '%.40s'",
                                values[i].name);
        if (values[i].text && strlen(values[i].text) > DW_LABEL_VALUE_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "value of %s has %zu bytes, at most %d",
                                values[i].name, strlen(values[i].text), DW_LABEL_VALUE_MAX);
    }
    return DW_OK;
}

const char *dw_placeholder_value(const struct dw_label_value *values, size_t count,
                                 const char *name, size_t length)
{
    for (size_t i = count; i-- > 0;) /* the last one given wins, as on a command line */
        if (same(values[i].name, name, length))
            return values[i].text ? values[i].text : "";
    return "";
}

static void add_byte(struct dw_buf *out, size_t start, char c)
{
    if ((unsigned char)c <= ' ' || c == 0x7f) {
        if (out->size > start && out->data[out->size - 1] != ' ')
            dw_buf_add(out, " ", 1);
    } else {
        dw_buf_add(out, &c, 1);
    }
}

/* Bytes of the character at text, 0 when they are not one. */
static size_t char_size(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    return strnlen(text, size) == size && dw_text_is_utf8(text, size) ? size : 0;
}

/* C1 controls and the marks that turn text around for everything behind them: not for a label. */
static bool is_control(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    if (size == 2 && p[0] == 0xc2 && p[1] < 0xa0)
        return true;
    return size == 3 && p[0] == 0xe2 &&
           ((p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9 || (p[2] >= 0xaa && p[2] <= 0xae))) ||
            (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

static void add_clean(struct dw_buf *out, size_t start, const char *text, size_t length)
{
    for (const char *end = text + length; text < end;) {
        size_t size = char_size(text);
        if (size == 0)
            dw_buf_add_text(out, "\xef\xbf\xbd");
        else if (size == 1)
            add_byte(out, start, *text);
        else if (is_control(text, size))
            add_byte(out, start, ' ');
        else
            dw_buf_add(out, text, size);
        text += size ? size : 1;
    }
}

bool dw_placeholder_expand(const char *text, const struct dw_label_value *values, size_t count,
                           struct dw_buf *out)
{
    size_t start = out->size, names = 0, filled = 0;
    for (const char *open; (open = strstr(text, "{{")) != NULL; names++) {
        const char *close = strstr(open, "}}");
        if (!close)
            break;
        const char *value =
            dw_placeholder_value(values, count, open + 2, (size_t)(close - open) - 2);
        filled += value[strspn(value, " \t\r\n")] != 0;
        add_clean(out, start, text, (size_t)(open - text));
        add_clean(out, start, value, strlen(value));
        text = close + 2;
    }
    add_clean(out, start, text, strlen(text));
    while (out->size > start && out->data[out->size - 1] == ' ')
        out->data[--out->size] = 0;
    return names == 0 || filled > 0;
}
