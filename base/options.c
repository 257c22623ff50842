#include "base/options.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static dw_status bad_value(const struct dw_option *opt, const char *value, struct dw_error *err)
{
    const char *shown = opt->secret ? "the value" : value;
    const char *unit = opt->unit ? opt->unit : "";
    if (strchr(value, '\n'))
        return dw_error_set(err, DW_ERR_INVALID, "%s.%s: an indented line may only go on with a list", opt->section,
                            opt->key);
    switch (opt->type) {
    case DW_OPT_INT:
        return dw_error_set(err, DW_ERR_INVALID,
                            "%s.%s: '%s' is not a whole number from %lld to %lld%s%s", opt->section,
                            opt->key, shown, (long long)opt->min, (long long)opt->max,
                            *unit ? " " : "", unit);
    case DW_OPT_BOOL:
        return dw_error_set(err, DW_ERR_INVALID, "%s.%s: '%s' is neither yes nor no", opt->section,
                            opt->key, shown);
    case DW_OPT_SIZE:
        return dw_error_set(err, DW_ERR_INVALID, "%s.%s: '%s' is not a size such as 512MiB or 2GB",
                            opt->section, opt->key, shown);
    case DW_OPT_CHOICE:
        return dw_error_set(err, DW_ERR_INVALID, "%s.%s: '%s' is none of %s", opt->section,
                            opt->key, shown, opt->choices);
    case DW_OPT_LIST:
        return dw_error_set(err, DW_ERR_INVALID, "%s.%s: longer than %d bytes, or no text", opt->section,
                            opt->key, DW_OPTION_LIST_MAX - 1);
    case DW_OPT_TEXT:
    case DW_OPT_PATH:
        break;
    }
    return dw_error_set(err, DW_ERR_INVALID, "%s.%s: longer than %d bytes", opt->section, opt->key,
                        DW_OPTION_TEXT_MAX - 1);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t n = strlen(value);
    for (const char *p = choices; p && n > 0;) {
        const char *bar = strchr(p, '|');
        size_t len = bar ? (size_t)(bar - p) : strlen(p);
        if (len == n && memcmp(p, value, n) == 0)
            return true;
        p = bar ? bar + 1 : NULL;
    }
    return false;
}

static bool to_bool(const char *value, bool *out)
{
    if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0)
        *out = true;
    else if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0 || strcmp(value, "off") == 0)
        *out = false;
    else
        return false;
    return true;
}

static bool set_list(char *at, const char *value)
{
    if (!dw_text_is_utf8(value, strlen(value)) || !dw_text_copy(at, DW_OPTION_LIST_MAX, value))
        return false;
    char last = ','; /* a comma at the end of a line and the line's end are one */
    for (char *c = at; *c; c++) {
        if (*c == '\n')
            *c = last == ',' ? ' ' : ',';
        if (*c != ' ')
            last = *c;
    }
    return true;
}

static bool set_value(const struct dw_option *opt, char *target, const char *value)
{
    char *at = target + opt->offset;
    switch (opt->type) {
    case DW_OPT_INT: {
        int64_t number = DW_OPTION_UNSET;
        if (!(opt->optional && !*value) && !dw_text_int(value, opt->min, opt->max, &number))
            return false;
        memcpy(at, &number, sizeof number);
        return true;
    }
    case DW_OPT_BOOL: {
        bool flag;
        if (!to_bool(value, &flag))
            return false;
        memcpy(at, &flag, sizeof flag);
        return true;
    }
    case DW_OPT_SIZE: {
        uint64_t size;
        if (!dw_text_size(value, &size))
            return false;
        memcpy(at, &size, sizeof size);
        return true;
    }
    case DW_OPT_CHOICE:
        if (!(opt->optional && !*value) && !is_choice(opt->choices, value))
            return false;
        break;
    case DW_OPT_LIST:
        return set_list(at, value);
    case DW_OPT_TEXT:
    case DW_OPT_PATH:
        break;
    }
    if (strchr(value, '\n') || strlen(value) >= DW_OPTION_TEXT_MAX || !dw_text_is_utf8(value, strlen(value)))
        return false;
    return dw_text_copy(at, DW_OPTION_TEXT_MAX, value);
}

void dw_options_defaults(const struct dw_option *table, size_t count, void *target)
{
    for (size_t i = 0; i < count; i++)
        if (!set_value(&table[i], target, table[i].fallback))
            abort(); /* the table contradicts itself: our own bug */
}

dw_status dw_options_set(const struct dw_option *table, size_t count, void *target,
                         const char *section, const char *key, const char *value,
                         struct dw_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].section, section) != 0 || strcmp(table[i].key, key) != 0)
            continue;
        return set_value(&table[i], target, value) ? DW_OK : bad_value(&table[i], value, err);
    }
    return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no option '%s' in section [%s]", key,
                        section);
}

#define INI_SECTION_MAX 49 /* inih cuts a longer one without a word (ini.c MAX_SECTION) */

#define INI_NAME_MAX 49    /* the same for keys */

/* An entry is told of when it is known that no further line belongs to it. */
struct entry {
    char section[INI_SECTION_MAX + 1], name[INI_NAME_MAX + 1];
    struct dw_buf value;
    int line; /* 0: there is none */
};
struct ini {
    struct entry entry;
    bool indented; /* the line just read */
    dw_ini_fn *fn;
    void *ctx;
    dw_status st;
    int line;
    int too_long_line;
    int read_line;
    FILE *file;
    struct dw_error *err;
};

static bool tell_entry(struct ini *ini)
{
    struct entry *entry = &ini->entry;
    if (entry->line == 0 || ini->st != DW_OK)
        return ini->st == DW_OK;
    ini->line = entry->line;
    entry->line = 0;
    ini->st = dw_buf_check(&entry->value, entry->name, ini->err);
    if (ini->st == DW_OK)
        ini->st = ini->fn(ini->ctx, *entry->section ? entry->section : NULL, entry->name,
                          entry->value.data, ini->err);
    return ini->st == DW_OK;
}

/* inih tells of an indented line as one more entry of the same name. */
static int ini_entry(void *user, const char *section, const char *name, const char *value)
{
    struct ini *ini = user;
    struct entry *entry = &ini->entry;
    if (ini->st != DW_OK)
        return 0;
    if (ini->indented && entry->line && strcmp(entry->name, name) == 0) {
        dw_buf_add_text(&entry->value, "\n");
        dw_buf_add_text(&entry->value, value ? value : "");
        return 1;
    }
    if (!tell_entry(ini))
        return 0;
    entry->line = ini->read_line;
    dw_text_cut(entry->section, sizeof entry->section, section);
    dw_text_cut(entry->name, sizeof entry->name, name);
    dw_buf_reset(&entry->value);
    dw_buf_add_text(&entry->value, value ? value : "");
    return 1;
}

/* inih tells of keys alone; an empty section, which may mean "as the defaults are", would be lost. */
static bool begin_section(struct ini *ini, const char *line)
{
    char section[DW_CONFIG_LINE_MAX];
    const char *end = *line == '[' ? strchr(line, ']') : NULL;
    if (!end)
        return true;
    if (!tell_entry(ini))
        return false;
    dw_text_cut(section, sizeof section, line + 1);
    section[end - line - 1] = '\0';
    ini->line = ini->read_line;
    if (strlen(section) > INI_SECTION_MAX)
        ini->st = dw_error_set(ini->err, DW_ERR_LIMIT, "the [section] is longer than %d characters",
                               INI_SECTION_MAX);
    else
        ini->st = ini->fn(ini->ctx, section, NULL, NULL, ini->err);
    return ini->st == DW_OK;
}

/* inih cuts long lines in two without a word; a cut line is an error here. */
static char *read_line(char *out, int size, void *stream)
{
    struct ini *ini = stream;
    char *line = fgets(out, size, ini->file);
    if (!line)
        return NULL;
    ini->read_line++;
    ini->indented = *line == ' ' || *line == '\t';
    if (!begin_section(ini, line))
        return NULL;
    size_t n = strlen(line);
    if (n == 0 || line[n - 1] == '\n' || feof(ini->file))
        return line;
    if (line[0] == ';' || line[0] == '#') { /* nothing of a comment can be lost */
        int c;
        while ((c = getc(ini->file)) != EOF && c != '\n')
            ;
    } else if (!ini->too_long_line) {
        ini->too_long_line = ini->read_line;
    }
    return line;
}

dw_status dw_ini_read(const char *path, dw_ini_fn *fn, void *ctx, struct dw_error *err)
{
    struct ini ini = {.fn = fn, .ctx = ctx, .st = DW_OK, .err = err, .file = fopen(path, "re")};
    if (!ini.file)
        return dw_error_set(err, dw_status_from_errno(errno), "open '%s': %s", path,
                            strerror(errno));
    int rc = ini_parse_stream(read_line, &ini, ini_entry, &ini);
    (void)tell_entry(&ini); /* the last one */
    dw_buf_done(&ini.entry.value);
    bool unreadable = ferror(ini.file);
    fclose(ini.file);
    if (unreadable)
        return dw_error_set(err, DW_ERR_IO, "read '%s': it is not a readable file", path);
    if (ini.too_long_line && (rc == 0 || rc >= ini.too_long_line))
        return dw_error_set(err, DW_ERR_LIMIT, "%s:%d: the line is too long", path,
                            ini.too_long_line);
    if (ini.st != DW_OK && (rc == 0 || ini.line <= rc))
        return dw_error_prefix(err, ini.st, "%s:%d", path, ini.line);
    if (rc != 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "%s:%d: neither a [section] nor 'key = value' nor a comment", path, rc);
    return DW_OK;
}

#define PRINT_WIDTH 100

/* In lines that inih does not cut; an entry longer than that would be an error when it is read. */
static void print_list(const char *list, struct dw_buf *out)
{
    size_t column = 0;
    for (bool first = true; *list; first = false) {
        list += strspn(list, " ,");
        size_t n = strcspn(list, ","), kept = n;
        while (kept > 0 && list[kept - 1] == ' ')
            kept--;
        if (kept == 0)
            break;
        bool wrap = column > 0 && column + kept > PRINT_WIDTH;
        if (!first)
            dw_buf_add_text(out, wrap ? ",\n    " : ", ");
        column = (wrap ? 0 : column) + kept + 2;
        dw_buf_add(out, list, kept);
        list += n;
    }
}

static void print_value(const struct dw_option *opt, const char *target, struct dw_buf *out)
{
    const char *at = target + opt->offset;
    switch (opt->type) {
    case DW_OPT_INT:
        if (*(const int64_t *)(const void *)at != DW_OPTION_UNSET)
            dw_buf_addf(out, "%lld", (long long)*(const int64_t *)(const void *)at);
        break;
    case DW_OPT_BOOL:
        dw_buf_add_text(out, *(const bool *)(const void *)at ? "yes" : "no");
        break;
    case DW_OPT_SIZE:
        dw_buf_addf(out, "%llu", (unsigned long long)*(const uint64_t *)(const void *)at);
        break;
    case DW_OPT_LIST:
        print_list(at, out);
        break;
    case DW_OPT_TEXT:
    case DW_OPT_PATH:
    case DW_OPT_CHOICE:
        dw_buf_add_text(out, opt->secret && *at ? "(set)" : at);
        break;
    }
}

static void print_comment(const struct dw_option *opt, struct dw_buf *out)
{
    dw_buf_addf(out, "\n; %s", opt->help);
    if (opt->type == DW_OPT_INT)
        dw_buf_addf(out, " (%lld to %lld%s%s)", (long long)opt->min, (long long)opt->max,
                    opt->unit ? " " : "", opt->unit ? opt->unit : "");
    if (opt->type == DW_OPT_CHOICE)
        dw_buf_addf(out, " (%s)", opt->choices);
    dw_buf_add_text(out, "\n");
}

void dw_options_print(const struct dw_option *table, size_t count, const void *target,
                      const char *section_title, bool comments, struct dw_buf *out)
{
    const char *section = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(section, table[i].section) != 0) {
            dw_buf_addf(out, "%s[%s]\n", i ? "\n" : "",
                        section_title ? section_title : table[i].section);
            section = table[i].section;
        }
        if (comments)
            print_comment(&table[i], out);
        dw_buf_addf(out, "%s = ", table[i].key);
        print_value(&table[i], target, out);
        dw_buf_add_text(out, "\n");
    }
}

static void man_text(struct dw_buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        dw_buf_add_text(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            dw_buf_add_text(out, "\\e");
        else if (*text == '-')
            dw_buf_add_text(out, "\\-");
        else
            dw_buf_add(out, text, 1);
    }
}

void dw_options_man(const struct dw_option *table, size_t count, struct dw_buf *out)
{
    const char *section = "";
    for (size_t i = 0; i < count; i++) {
        const struct dw_option *opt = &table[i];
        if (strcmp(section, opt->section) != 0)
            dw_buf_addf(out, ".SS [%s]\n", opt->section);
        section = opt->section;
        dw_buf_add_text(out, ".TP\n.B ");
        man_text(out, opt->key);
        dw_buf_add_text(out, " = ");
        man_text(out, opt->secret ? "" : opt->fallback);
        dw_buf_add_text(out, "\n");
        man_text(out, opt->help);
        if (opt->type == DW_OPT_INT)
            dw_buf_addf(out, " From %lld to %lld%s%s.", (long long)opt->min, (long long)opt->max,
                        opt->unit ? " " : "", opt->unit ? opt->unit : "");
        if (opt->type == DW_OPT_CHOICE) {
            dw_buf_add_text(out, " One of ");
            man_text(out, opt->choices);
            dw_buf_add_text(out, ".");
        }
        dw_buf_add_text(out, "\n");
    }
}
