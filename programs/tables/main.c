/* discwright-tables conf|man|classes|conformance|ptburn|udev: conf/discwright.conf and discwright.conf(5) from the option
 * tables, conf/sop-classes.conf and docs/conformance-tables.md from those of DICOM, docs/ptburn-errors.md,
 * udev/60-discwright-robots.rules. Not installed; `ninja docs` writes them into the source and a test holds them against
 * the tables. */
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "dicom/classes.h"
#include "programs/tables/conformance.h"
#include "programs/tables/udev.h"
#include "robot/ptburn/errors.h"

/* A section that is no default is there as a comment: it can be filled in, and changes nothing. */
static void comment_out(const char *text, struct dw_buf *out)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        if (n > 0 && *text != ';')
            dw_buf_add_text(out, ";");
        dw_buf_add(out, text, n);
        dw_buf_add_text(out, "\n");
        text += n + (text[n] == '\n');
    }
}

static dw_status print_kind(struct dw_config *config, const struct dw_section_kind *kind,
                            struct dw_buf *out, struct dw_error *err)
{
    struct dw_buf text = {0};
    char title[64];
    void *section = NULL;
    dw_status st = dw_section_add(config, kind, kind->example, &section, err);
    if (st != DW_OK)
        return st;
    if (!dw_text_format(title, sizeof title, "%s %s", kind->kind, kind->example))
        return dw_error_set(err, DW_ERR_LIMIT, "the title of a section is too long");
    dw_options_print(kind->table, *kind->option_count, (char *)section + kind->options, title, true,
                     &text);
    st = dw_buf_check(&text, title, err);
    dw_buf_addf(out, "\n; %s\n", kind->help);
    if (st == DW_OK && kind->shown)
        dw_buf_add_text(out, text.data);
    else if (st == DW_OK)
        comment_out(text.data, out);
    dw_buf_done(&text);
    return st;
}

static dw_status print_conf(struct dw_buf *out, struct dw_error *err)
{
    struct dw_config config;
    dw_status st = DW_OK;
    dw_config_defaults(&config);
    dw_buf_add_text(out, "; Configuration of discwrightd, see discwright.conf(5). Every option is here with its\n"
                         "; default; what is left out or commented out keeps it. An unknown key is an error.\n\n");
    dw_options_print(dw_config_table, dw_config_count, &config, NULL, true, out);
    for (size_t i = 0; i < dw_section_kind_count && st == DW_OK; i++)
        st = print_kind(&config, &dw_section_kinds[i], out, err);
    dw_config_done(&config);
    return st;
}

static dw_status print_man(struct dw_buf *out, struct dw_error *err)
{
    dw_status st = DW_OK;
    dw_buf_add_text(out, ".TH DISCWRIGHT.CONF 5 \"\" Discwright\n"
                         ".SH NAME\ndiscwright.conf \\- configuration of the Discwright appliance\n"
                         ".SH DESCRIPTION\n"
                         "An INI file: sections in brackets, then\n.I key = value\nlines; a semicolon begins a "
                         "comment, and a list with commas may go on in indented lines. An unknown section or key, a "
                         "key given twice and a value out of range are errors that name file and line. Sizes take the units kB, MB, GB (powers of ten) and "
                         "KiB, MiB, GiB (powers of two).\n.B discwrightd \\-\\-check\\-config\nreads the file "
                         "and says what is wrong;\n.B \\-\\-print\\-config\nshows every value in force.\n"
                         ".SH OPTIONS\n");
    dw_options_man(dw_config_table, dw_config_count, out);
    for (size_t i = 0; i < dw_section_kind_count && st == DW_OK; i++) {
        const struct dw_section_kind *kind = &dw_section_kinds[i];
        struct dw_buf text = {0};
        dw_options_man(kind->table, *kind->option_count, &text);
        st = dw_buf_check(&text, kind->kind, err);
        dw_buf_addf(out, ".SS [%s NAME]\n%s At most %zu.\n", kind->kind, kind->help, kind->max);
        if (st == DW_OK)
            dw_buf_add_text(out, strchr(text.data, '\n') + 1); /* its own heading is the one above */
        dw_buf_done(&text);
    }
    dw_buf_add_text(out, ".SH SEE ALSO\n.BR discwrightd (8),\n.BR discwright (1)\n");
    return st;
}

int main(int argc, char **argv)
{
    struct dw_buf out = {0};
    struct dw_error err = {0};
    dw_status st = DW_OK;
    if (argc == 2 && strcmp(argv[1], "conf") == 0)
        st = print_conf(&out, &err);
    else if (argc == 2 && strcmp(argv[1], "man") == 0)
        st = print_man(&out, &err);
    else if (argc == 2 && strcmp(argv[1], "classes") == 0)
        dw_classes_print(&out);
    else if (argc == 2 && strcmp(argv[1], "conformance") == 0)
        dw_conformance_print(&out);
    else if (argc == 2 && strcmp(argv[1], "ptburn") == 0)
        dw_ptburn_errors_print(&out);
    else if (argc == 2 && strcmp(argv[1], "udev") == 0)
        dw_udev_print(&out);
    else {
        fputs("usage: discwright-tables conf|man|classes|conformance|ptburn|udev\n", stderr);
        return 2;
    }
    if (st == DW_OK)
        st = dw_buf_check(&out, "the table", &err);
    if (st != DW_OK) {
        fprintf(stderr, "discwright-tables: %s\n", err.text);
        return 1;
    }
    fwrite(out.data, 1, out.size, stdout);
    dw_buf_done(&out);
    return fflush(stdout) != 0;
}
