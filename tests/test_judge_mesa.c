/* The fourteen tests of the MESA checker for IHE PDI media, each on a disc that is good but for that, and what the
 * pages of a disc may not do. docs/check.md has the same numbers. */
#include "test.h"
#include "base/file.h"
#include "check/page.h"
#include "judge_set.h"

static struct file_set good;

#define DIR(set) set_find(set, "/DICOMDIR")
#define IM(set) set_find(set, "/DICOM/SE1/IM1")


static void rename_file(struct file_set *s, const char *from, const char *to)
{
    snprintf(set_find(s, from)->path, 64, "%s", to);
}
static void put_text(struct file_set *s, const char *path, const char *text) { set_put(s, path, text, strlen(text)); }

static void mesa_1(struct file_set *s) { rename_file(s, "/DICOMDIR", "/DICOM/DICOMDIR"); }
static void mesa_2(struct file_set *s) { rename_file(s, "/DICOM/SE1/IM1", "/IM1"); set_text(DIR(s), 0x00041500, 0, "IM1"); }
static void mesa_3(struct file_set *s) { set_text(DIR(s), 0x00020010, 0, "1.2.840.10008.1.2"); }
static void mesa_4(struct file_set *s) { set_text(DIR(s), 0x00100020, 0, ""); }
static void mesa_4_study(struct file_set *s) { set_text(DIR(s), 0x00200010, 0, ""); }
static void mesa_4_series(struct file_set *s) { set_text(DIR(s), 0x00200011, 0, ""); }
static void mesa_5(struct file_set *s) { set_text(DIR(s), 0x0020000E, 1, "1.2.826.0.1.3680043.10.999.1.1"); }
static void mesa_6(struct file_set *s) { set_text(DIR(s), 0x00041500, 0, "DICOM\\SE1\\im1"); }
static void mesa_7(struct file_set *s) { set_text(DIR(s), 0x00041512, 0, "1.2.840.10008.1.2"); }
static void mesa_7_file(struct file_set *s)
{
    set_text(DIR(s), 0x00041512, 0, "1.2.840.10008.1.2");
    set_text(IM(s), 0x00020010, 0, "1.2.840.10008.1.2");
}
static void mesa_8(struct file_set *s) { set_text(IM(s), 0x00020003, 0, "1.2.826.0.1.3680043.10.999.1.1.9"); }
static void mesa_9(struct file_set *s) { put_text(s, "/VIEWER/A LONG NAME.EXE", "x"); }
static void mesa_9_folder(struct file_set *s) { put_text(s, "/VIEWER.NEW/A.EXE", "x"); }
static void mesa_10(struct file_set *s) { rename_file(s, "/IHE_PDI/INDEX.HTM", "/IHE_PDI"); }
static void mesa_11(struct file_set *s) { rename_file(s, "/INDEX.HTM", "/INDEX.HTML"); }
static void mesa_12(struct file_set *s) { rename_file(s, "/README.TXT", "/README"); }
static void mesa_13(struct file_set *s)
{
    rename_file(s, "/DICOM/SE1/IM1", "/IHE_PDI/A/IM1");
    set_text(DIR(s), 0x00041500, 0, "IHE_PDI\\A\\IM1");
}
static void mesa_14(struct file_set *s) { put_text(s, "/IHE.TXT", "x"); }

static void readme_in_latin(struct file_set *s) { put_text(s, "/README.TXT", "Gr\xFC\xDF" "e\r\n"); }
static void readme_without_returns(struct file_set *s) { put_text(s, "/README.TXT", "one\ntwo\n"); }
static void readme_with_returns(struct file_set *s) { put_text(s, "/README.TXT", "one\rtwo\r"); }
static void index_leads_nowhere(struct file_set *s) { put_text(s, "/INDEX.HTM", "<p>Welcome</p>"); }
static void web(struct file_set *s, const char *text) { put_text(s, "/IHE_PDI/INDEX.HTM", text); }
static void dead_link(struct file_set *s) { web(s, "<a href='S1.HTM'>Series</a>"); }
static void link_above_the_root(struct file_set *s) { web(s, "<a href='../../README.TXT'>Read</a>"); }
static void link_by_drive(struct file_set *s) { web(s, "<A HREF=\"file:///D:/README.TXT\">Read</A>"); }
static void link_by_root(struct file_set *s) { web(s, "<a href=/README.TXT>Read</a>"); }
static void foreign_script(struct file_set *s) { web(s, "<script src=\"https://example.org/a.js\"></script>"); }
static void foreign_picture(struct file_set *s) { web(s, "<img alt='' src='http://example.org/a.png'>"); }
static void control(struct file_set *s) { web(s, "<object classid='clsid:1'></object>"); }
static void foreign_style(struct file_set *s) { web(s, "<style>@import url(http://example.org/a.css);</style>"); }
static void foreign_import(struct file_set *s) { web(s, "<style>p { margin: 0 } @IMPORT \"//example.org/a.css\";</style>"); }
static void foreign_background(struct file_set *s) { web(s, "<p style='background: url(\"https://example.org/a.png\")'>x</p>"); }
static void leads_away(struct file_set *s) { web(s, "<meta http-equiv=refresh content='0; URL=http://example.org/'>"); }
static void own_style(struct file_set *s)
{
    web(s, "<style>body { background: url(../README.TXT) } a > b { color: red }</style><p style='color: red'>"
           "<meta name=description content='no url'>");
}
static void missing_background(struct file_set *s) { web(s, "<style>body { background: url( 'NO.PNG' ) }</style>"); }
static void good_links(struct file_set *s)
{
    web(s, "<a href=\"../readme.txt\">a</a><a href=\"#b\">b</a><a href=\"mailto:a@example.org\">c</a>"
           "<a href='..%2FDICOM/'>d</a><a href='index.htm?x=1&amp;y=2'>e</a><a href>f</a><script>1 < 2</script><");
}
static void autorun(struct file_set *s) { put_text(s, "/autorun.inf", "[autorun]"); }
static void program_in_root(struct file_set *s) { put_text(s, "/START.EXE", "x"); }
static void text_among_images(struct file_set *s) { put_text(s, "/DICOM/SE1/NOTES.TXT", "x"); }
static void program_among_pages(struct file_set *s) { put_text(s, "/IHE_PDI/VIEW.EXE", "x"); }
static void two_patients(struct file_set *s) { set_text(IM(s), 0x00100020, 0, "PID-0816"); }

static const struct {
    const char *what;
    void (*seed)(struct file_set *set);
    const char *codes; /* all that may be found, notes aside */
    const char *code, *place;
} defects[] = {
    {"MESA 1: the DICOMDIR is not in the root", mesa_1, "DIR-NAME", "DIR-NAME", "/DICOM/DICOMDIR"},
    {"MESA 2: an instance in the root", mesa_2, "FILE-IN-ROOT", "FILE-IN-ROOT", "/IM1"},
    {"MESA 3: meta header of the DICOMDIR", mesa_3, "DIR-SYNTAX DIR-SECOND-READER", "DIR-SYNTAX", "/DICOMDIR"},
    {"MESA 4: no Patient ID", mesa_4, "DIR-PATIENT-ID FILE-PATIENT", "DIR-PATIENT-ID", "record 1 (PATIENT)"},
    {"MESA 4: no Study ID", mesa_4_study, "DIR-KEY1", "DIR-KEY1", "(0020,0010)"},
    {"MESA 4: no Series Number", mesa_4_series, "DIR-KEY1", "DIR-KEY1", "(0020,0011)"},
    {"MESA 5: a series twice", mesa_5, "DIR-SERIES-TWICE FILE-SERIES", "DIR-SERIES-TWICE", "record 6 (SERIES)"},
    {"MESA 6: a File ID in lower case", mesa_6, "DIR-FILE-ID FILE-CASE", "DIR-FILE-ID", "im1"},
    {"MESA 7: another transfer syntax than the record's", mesa_7, "FILE-SYNTAX", "FILE-SYNTAX", "/DICOM/SE1/IM1"},
    {"MESA 7: not Explicit VR Little Endian", mesa_7_file, "FILE-PROFILE", "FILE-PROFILE", "/DICOM/SE1/IM1"},
    {"MESA 8: meta header and data set", mesa_8, "FILE-META-INSTANCE", "FILE-META-INSTANCE", "/DICOM/SE1/IM1"},
    {"MESA 9: a long name beside the images", mesa_9, "NAME-LEVEL1", "NAME-LEVEL1", "/VIEWER/"},
    {"MESA 9: a folder with a dot", mesa_9_folder, "NAME-FOLDER", "NAME-FOLDER", "/VIEWER.NEW"},
    {"MESA 10: IHE_PDI is a file", mesa_10, "PDI-FOLDER PDI-LINK", "PDI-FOLDER", "/IHE_PDI"},
    {"MESA 11: no INDEX.HTM", mesa_11, "NAME-LEVEL1 PDI-INDEX", "PDI-INDEX", "/INDEX.HTM"},
    {"MESA 12: no README.TXT", mesa_12, "PDI-README PDI-LINK", "PDI-README", "/README.TXT"},
    {"MESA 13: an instance among the pages", mesa_13, "PDI-DICOM-IN-WEB", "PDI-DICOM-IN-WEB", "/IHE_PDI/A/IM1"},
    {"MESA 14: a reserved name", mesa_14, "PDI-RESERVED", "PDI-RESERVED", "/IHE.TXT"},
    {"a README that is not ASCII", readme_in_latin, "PDI-README-TEXT", "PDI-README-TEXT", "/README.TXT"},
    {"a README with bare line feeds", readme_without_returns, "", "PDI-README-LINES", "/README.TXT"},
    {"an index that leads nowhere", index_leads_nowhere, "PDI-INDEX-LINKS", "PDI-INDEX-LINKS", "IHE_PDI"},
    {"a link to nothing", dead_link, "PDI-LINK", "PDI-LINK", "S1.HTM"},
    {"a link above the root", link_above_the_root, "PDI-LINK", "PDI-LINK", "../../README.TXT"},
    {"a link by a drive", link_by_drive, "PDI-LINK-ABSOLUTE", "PDI-LINK-ABSOLUTE", "href of a"},
    {"a link by the root", link_by_root, "PDI-LINK-ABSOLUTE", "PDI-LINK-ABSOLUTE", "/IHE_PDI/INDEX.HTM"},
    {"a script from elsewhere", foreign_script, "PDI-ACTIVE", "PDI-ACTIVE", "src of script"},
    {"a picture from elsewhere", foreign_picture, "PDI-ACTIVE", "PDI-ACTIVE", "src of img"},
    {"a style from elsewhere", foreign_style, "PDI-ACTIVE", "PDI-ACTIVE", "url of style"},
    {"a style that imports another", foreign_import, "PDI-ACTIVE", "PDI-ACTIVE", "url of style"},
    {"a background from elsewhere", foreign_background, "PDI-ACTIVE", "PDI-ACTIVE", "url of p"},
    {"a page that leads away", leads_away, "PDI-ACTIVE", "PDI-ACTIVE", "content of meta"},
    {"a background that is missing", missing_background, "PDI-LINK", "PDI-LINK", "NO.PNG"},
    {"a style of its own", own_style, "", "MAN-NONE", ""},
    {"a README with returns alone", readme_with_returns, "", "PDI-README-LINES", "/README.TXT"},
    {"a control", control, "PDI-ACTIVE", "PDI-ACTIVE", "object"},
    {"links that lead somewhere", good_links, "", "MAN-NONE", ""},
    {"autorun in lower case", autorun, "NAME-CASE", "PDI-AUTORUN", "/AUTORUN.INF"},
    {"a program in the root", program_in_root, "", "PDI-PROGRAM", "/START.EXE"},
    {"a text among images", text_among_images, "PDI-MIXED", "PDI-MIXED", "/DICOM/SE1/NOTES.TXT"},
    {"a program among pages", program_among_pages, "PDI-MIXED", "PDI-MIXED", "/IHE_PDI/VIEW.EXE"},
    {"several patients", two_patients, "FILE-PATIENT SET-PATIENTS", "SET-PATIENTS", ""},
};

static void every_seeded_defect_is_named_with_its_place_and_nothing_else_is(void)
{
    struct dw_check_result *result = calloc(1, sizeof *result);
    struct dw_check_opts opts = {.profile = "STD-GEN-CD"};
    for (size_t i = 0; i < DW_ARRAY_LEN(defects); i++) {
        struct dw_error err = {0};
        struct file_set set;
        char codes[512];
        int before = test_failures;
        set_copy(&set, &good);
        defects[i].seed(&set);
        CHECK_OK(set_judge(&set, &opts, result, &err), err);
        CHECK_STR(set_codes(result, codes), defects[i].codes);
        CHECK(set_has(result, defects[i].code, defects[i].place));
        if (test_failures != before)
            fprintf(stderr, "  ... with the defect '%s'\n", defects[i].what);
        set_done(&set);
    }
    free(result);
}

static void count_link(void *ctx, const struct dw_check_link *link)
{
    char path[DW_PATH_MAX] = "";
    (void)dw_check_page_resolve("/A/B.HTM", link->target, path);
    ++*(size_t *)ctx;
}

/* Whatever a page holds, reading it ends within its bytes. */
static void pages_cut_anywhere_are_read_to_their_end(void)
{
    static const char page[] = "<html><!-- x --><a href = 'a%2' target>x</a><img src=\"b&am\" =><a\nhref=c%zz ='<p";
    size_t links = 0;
    for (size_t size = 0; size <= sizeof page - 1; size++) {
        char *copy = malloc(size ? size : 1);
        memcpy(copy, page, size);
        dw_check_page_read(copy, size, count_link, &links);
        free(copy);
    }
    CHECK(links > 100);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        TEST(every_seeded_defect_is_named_with_its_place_and_nothing_else_is),
        TEST(pages_cut_anywhere_are_read_to_their_end),
    };
    char folder[64];
    struct dw_error err = {0};
    if (!set_tools_are_here()) {
        puts("dcmmkdir or genisoimage is not installed");
        return 77;
    }
    test_folder(folder);
    int rc = 1;
    if (set_build(folder) && set_load(&good, folder))
        rc = test_run(cases, DW_ARRAY_LEN(cases), argc, argv);
    set_done(&good);
    if (dw_file_remove_tree(folder, &err) != DW_OK)
        rc = 1;
    return rc;
}
