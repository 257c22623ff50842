/* discwright-tables conf|man|conformance: conf/discwright.conf and discwright.conf(5) from the option tables,
 * docs/conformance-tables.md from those of DICOM. Not installed; `ninja docs` writes them into the source and a
 * test holds them against the tables. */
#include <stdio.h>
#include <string.h>

#include "daemon/config.h"
#include "programs/tables/conformance.h"

static void print_conf(struct dw_buf *out)
{
    struct dw_config config;
    dw_config_defaults(&config);
    dw_buf_add_text(out, "; Configuration of discwrightd, see discwright.conf(5). Every option is here with its\n"
                         "; default; what is left out or commented out keeps it. An unknown key is an error.\n\n");
    dw_options_print(dw_config_table, dw_config_count, &config, NULL, true, out);
    struct dw_robot_options robot;
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &robot);
    dw_buf_add_text(out, "\n; One section for each robot; its name is shown in the console and names a folder.\n");
    dw_options_print(dw_robot_options_table, dw_robot_options_count, &robot, "robot robot1", true,
                     out);
}

static void print_man(struct dw_buf *out)
{
    dw_buf_add_text(out, ".TH DISCWRIGHT.CONF 5 \"\" Discwright\n"
                         ".SH NAME\ndiscwright.conf \\- configuration of the Discwright appliance\n"
                         ".SH DESCRIPTION\n"
                         "An INI file: sections in brackets, then\n.I key = value\nlines; a semicolon begins a "
                         "comment. An unknown section or key, a key given twice and a value out of range are "
                         "errors that name file and line. Sizes take the units kB, MB, GB (powers of ten) and "
                         "KiB, MiB, GiB (powers of two).\n.B discwrightd \\-\\-check\\-config\nreads the file "
                         "and says what is wrong;\n.B \\-\\-print\\-config\nshows every value in force.\n"
                         ".SH OPTIONS\n");
    dw_options_man(dw_config_table, dw_config_count, out);
    dw_buf_add_text(out, ".SS [robot NAME]\nOne section for each robot. Without any, one simulated robot "
                         "named robot1 is assumed.\n");
    struct dw_buf robot = {0};
    dw_options_man(dw_robot_options_table, dw_robot_options_count, &robot);
    dw_buf_add_text(out, strchr(robot.data, '\n') + 1); /* its own heading is the one above */
    dw_buf_done(&robot);
    dw_buf_add_text(out, ".SH SEE ALSO\n.BR discwrightd (8),\n.BR discwright (1)\n");
}

int main(int argc, char **argv)
{
    struct dw_buf out = {0};
    if (argc == 2 && strcmp(argv[1], "conf") == 0)
        print_conf(&out);
    else if (argc == 2 && strcmp(argv[1], "man") == 0)
        print_man(&out);
    else if (argc == 2 && strcmp(argv[1], "conformance") == 0)
        dw_conformance_print(&out);
    else {
        fputs("usage: discwright-tables conf|man|conformance\n", stderr);
        return 2;
    }
    struct dw_error err = {0};
    if (dw_buf_check(&out, "the table", &err) != DW_OK) {
        fprintf(stderr, "discwright-tables: %s\n", err.text);
        return 1;
    }
    fwrite(out.data, 1, out.size, stdout);
    dw_buf_done(&out);
    return fflush(stdout) != 0;
}
