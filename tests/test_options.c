#include "base/file.h"
#include "base/options.h"
#include "tests/test.h"

struct config {
    char aet[DW_OPTION_TEXT_MAX];
    char media[DW_OPTION_TEXT_MAX];
    char secret[DW_OPTION_TEXT_MAX];
    int64_t port;
    bool publish;
    uint64_t reserve;
};
static const struct dw_option table[] = {
    {"dicom", "aet", DW_OPT_TEXT, offsetof(struct config, aet), "DISCWRIGHT", .help = "AE title."},
    {"dicom", "port", DW_OPT_INT, offsetof(struct config, port), "11112", .min = 0, .max = 65535,
     .help = "Where to listen."},
    {"jobs", "media", DW_OPT_CHOICE, offsetof(struct config, media), "cd", .choices = "cd|dvd|bd",
     .help = "Medium."},
    {"jobs", "publish", DW_OPT_BOOL, offsetof(struct config, publish), "no", .help = "By itself."},
    {"jobs", "reserve", DW_OPT_SIZE, offsetof(struct config, reserve), "1GiB", .help = "Kept free."},
    {"web", "secret", DW_OPT_TEXT, offsetof(struct config, secret), "", .secret = true,
     .help = "Key."},
};
#define COUNT DW_ARRAY_LEN(table)

static dw_status set(void *ctx, const char *section, const char *key, const char *value,
                     struct dw_error *err)
{
    if (!key)
        return DW_OK;
    return dw_options_set(table, COUNT, ctx, section ? section : "", key, value, err);
}

static dw_status read_text(const char *text, struct config *config, struct dw_error *err)
{
    char dir[64], path[128];
    snprintf(path, sizeof path, "%s/test.conf", test_folder(dir));
    dw_options_defaults(table, COUNT, config);
    dw_status st = dw_file_save(NULL, path, text, strlen(text), err);
    if (st == DW_OK)
        st = dw_ini_read(path, set, config, err);
    CHECK_INT(dw_file_remove_tree(dir, NULL), DW_OK);
    return st;
}

static void a_file_sets_what_it_names_and_leaves_the_rest(void)
{
    struct config config;
    struct dw_error err = {0};
    CHECK_OK(read_text("; comment\n[dicom]\nport = 104\n\n[jobs]\nmedia = dvd\npublish = yes\n"
                       "reserve = 5GB\n",
                       &config, &err),
             err);
    CHECK_INT(config.port, 104);
    CHECK_STR(config.aet, "DISCWRIGHT");
    CHECK_STR(config.media, "dvd");
    CHECK(config.publish);
    CHECK_INT(config.reserve, 5000000000);
}

static void an_optional_number_or_choice_may_be_left_empty_and_prints_so(void)
{
    static const struct dw_option some[] = {
        {"jobs", "media", DW_OPT_CHOICE, offsetof(struct config, media), "", .choices = "cd|dvd",
         .optional = true, .help = "Medium."},
        {"jobs", "port", DW_OPT_INT, offsetof(struct config, port), "", .min = 1, .max = 9,
         .optional = true, .help = "Number."},
    };
    struct config config;
    struct dw_error err = {0};
    struct dw_buf text = {0};
    dw_options_defaults(some, 2, &config);
    CHECK_INT(config.port, DW_OPTION_UNSET);
    CHECK_STR(config.media, "");
    dw_options_print(some, 2, &config, NULL, false, &text);
    CHECK_STR(text.data, "[jobs]\nmedia = \nport = \n");
    CHECK_OK(dw_options_set(some, 2, &config, "jobs", "port", "4", &err), err);
    CHECK_INT(config.port, 4);
    CHECK_OK(dw_options_set(some, 2, &config, "jobs", "port", "", &err), err);
    CHECK_INT(config.port, DW_OPTION_UNSET);
    CHECK_INT(dw_options_set(some, 2, &config, "jobs", "media", "bd", &err), DW_ERR_INVALID);
    dw_buf_done(&text);
}

static void a_list_may_go_on_in_indented_lines_and_prints_so(void)
{
    static char text[DW_OPTION_LIST_MAX];
    static const struct dw_option some[] = {
        {"dicom", "calling", DW_OPT_LIST, 0, "", .help = "Titles."}};
    struct dw_error err = {0};
    struct dw_buf out = {0};
    CHECK_OK(dw_options_set(some, 1, text, "dicom", "calling", "CT 1, CT2,\nMR1\nMR2", &err), err);
    dw_options_print(some, 1, text, NULL, false, &out);
    CHECK_STR(out.data, "[dicom]\ncalling = CT 1, CT2, MR1, MR2\n");
    dw_buf_reset(&out);
    for (int i = 0; i < 60; i++)
        dw_buf_addf(&out, "MODALITY_%07d,", i);
    CHECK_OK(dw_options_set(some, 1, text, "dicom", "calling", out.data, &err), err);
    dw_buf_reset(&out);
    dw_options_print(some, 1, text, NULL, false, &out);
    CHECK_HAS(out.data, "MODALITY_0000004,\n    MODALITY_0000005, ");
    CHECK_HAS(out.data, "MODALITY_0000059\n");
    dw_buf_done(&out);
}

static void every_fault_names_file_line_and_key(void)
{
    static const struct {
        const char *text, *line, *word;
    } faults[] = {
        {"[dicom]\nprot = 104\n", "test.conf:2", "prot"},
        {"[dicom]\n\nport = 70000\n", "test.conf:3", "0 to 65535"},
        {"[dicom]\nport = 1x\n", "test.conf:2", "dicom.port"},
        {"[jobs]\nmedia = floppy\n", "test.conf:2", "cd|dvd|bd"},
        {"[jobs]\npublish = maybe\n", "test.conf:2", "yes nor no"},
        {"[jobs]\nreserve = much\n", "test.conf:2", "not a size"},
        {"[dicom]\nport = 1\nnonsense\n", "test.conf:3", "key = value"},
        {"[nowhere]\nport = 1\n", "test.conf:2", "[nowhere]"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(faults); i++) {
        struct config config;
        struct dw_error err = {0};
        CHECK(read_text(faults[i].text, &config, &err) != DW_OK);
        CHECK_HAS(err.text, faults[i].line);
        CHECK_HAS(err.text, faults[i].word);
    }
}

static void a_line_too_long_is_an_error_and_not_cut(void)
{
    char text[2000];
    struct config config;
    struct dw_error err = {0};
    memset(text, 'a', sizeof text);
    memcpy(text, "[dicom]\naet = ", 14);
    text[sizeof text - 1] = '\0';
    CHECK(read_text(text, &config, &err) != DW_OK);
    CHECK_HAS(err.text, "test.conf:2");
}

static void what_is_printed_reads_back_the_same_and_hides_secrets(void)
{
    struct config config, again;
    struct dw_error err = {0};
    struct dw_buf out = {0};
    dw_options_defaults(table, COUNT, &config);
    CHECK_OK(set(&config, "dicom", "port", "4242", &err), err);
    CHECK_OK(set(&config, "web", "secret", "hunter2", &err), err);
    dw_options_print(table, COUNT, &config, NULL, true, &out);
    CHECK(strstr(out.data, "hunter2") == NULL);
    CHECK_HAS(out.data, "(set)");
    CHECK_OK(read_text(out.data, &again, &err), err);
    CHECK_INT(again.port, 4242);
    CHECK_INT(again.reserve, 1073741824);
    dw_buf_reset(&out);
    dw_options_man(table, COUNT, &out);
    CHECK_HAS(out.data, ".SS [jobs]");
    CHECK_HAS(out.data, "From 0 to 65535.");
    dw_buf_done(&out);
}

TESTS(TEST(a_file_sets_what_it_names_and_leaves_the_rest),
      TEST(an_optional_number_or_choice_may_be_left_empty_and_prints_so),
      TEST(a_list_may_go_on_in_indented_lines_and_prints_so),
      TEST(every_fault_names_file_line_and_key), TEST(a_line_too_long_is_an_error_and_not_cut),
      TEST(what_is_printed_reads_back_the_same_and_hides_secrets))
