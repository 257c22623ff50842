/** Pages of a disc: content asked for by IHE RAD-47, names, escaping, links, sizes. How they behave
 * in a browser is tests/browser/test_disc_pages.mjs. */
#include "test.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layout/pages/pages.h"
#include "layout/pages/words.h"

#define CT "1.2.840.10008.5.1.4.1.1.2"
#define US_MULTI "1.2.840.10008.5.1.4.1.1.3.1"
#define SR "1.2.840.10008.5.1.4.1.1.88.33"

struct sample {
    char folder[64], pages[128], jpeg[3][128];
    struct dw_pages_preview previews[3];
    struct dw_pages_instance ct[3], us[1], sr[1];
    struct dw_pages_series series[3];
    struct dw_pages_study studies[2];
    struct dw_pages_volume volume;
    struct dw_pages_list list;
    struct dw_buf page;
};

static void sample_init(struct sample *s)
{
    memset(s, 0, sizeof *s);
    char folder[64];
    test_folder(folder);
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    snprintf(s->pages, sizeof s->pages, "%s/pages", folder);
    for (int i = 0; i < 3; i++) {
        snprintf(s->jpeg[i], sizeof s->jpeg[i], "%s/%d-1.jpg", folder, i);
        struct dw_error err = {0};
        CHECK_OK(dw_file_save(NULL, s->jpeg[i], "\xff\xd8\xff\xd9", 4, &err), err);
        s->previews[i] = (struct dw_pages_preview){.src_path = s->jpeg[i], .frame = 1};
    }
    for (int i = 0; i < 3; i++)
        s->ct[i] = (struct dw_pages_instance){.disc_path = "/DICOM/ST000001/SE000001/IM000001",
                                              .sop_class = CT,
                                              .number = i + 1,
                                              .frames = 1};
    s->ct[0].previews = &s->previews[0];
    s->ct[2].previews = &s->previews[1];
    s->ct[0].preview_count = s->ct[2].preview_count = 1;
    s->us[0] = (struct dw_pages_instance){.disc_path = "/DICOM/ST000002/SE000001/IM000001",
                                          .sop_class = US_MULTI,
                                          .number = INT64_MIN,
                                          .frames = 30,
                                          .previews = &s->previews[2],
                                          .preview_count = 1};
    s->previews[2].frame = 15;
    s->sr[0] = (struct dw_pages_instance){
        .disc_path = "/DICOM/ST000002/SE000002/IM000001", .sop_class = SR, .number = 1};
    s->series[0] = (struct dw_pages_series){"CT", "Thorax <axial> & lung", 2, s->ct, 3};
    s->series[1] = (struct dw_pages_series){"US", "", 1, s->us, 1};
    s->series[2] = (struct dw_pages_series){"SR", "Report", INT64_MIN, s->sr, 1};
    s->studies[0] = (struct dw_pages_study){.date = "20260317",
                                            .time = "093015",
                                            .description = "CT thorax",
                                            .accession = "A-1",
                                            .series = &s->series[0],
                                            .series_count = 1};
    s->studies[1] = (struct dw_pages_study){.date = "20260401",
                                            .description = "Ultrasound",
                                            .institution = "Praxis Süd",
                                            .series = &s->series[1],
                                            .series_count = 2};
    s->volume = (struct dw_pages_volume){.institution = "Klinikum Müller & Söhne",
                                         .institution_contact = "Hauptstraße 1\n12345 Städtchen",
                                         .patient_name = "Müller^Anna",
                                         .patient_id = "P-4711",
                                         .birth_date = "19660317",
                                         .sex = "F",
                                         .made_at_s = 1795229096,
                                         .n = 1,
                                         .of = 2,
                                         .fileset_id = "DW0001_1",
                                         .profile = "STD-GEN-CD",
                                         .manifest_path = "/SHA256.TXT",
                                         .web_content = true,
                                         .studies = s->studies,
                                         .study_count = 2};
}

static void sample_done(struct sample *s)
{
    dw_pages_list_done(&s->list);
    dw_buf_done(&s->page);
    struct dw_error err = {0};
    CHECK_OK(dw_file_remove_tree(s->folder, &err), err);
}

static void sample_write(struct sample *s)
{
    struct dw_error err = {0};
    CHECK_OK(dw_pages_write(&s->volume, s->pages, &s->list, &err), err);
}

static const char *page(struct sample *s, const char *disc_path)
{
    for (size_t i = 0; i < s->list.count; i++)
        if (strcmp(s->list.files[i].disc_path, disc_path) == 0) {
            struct dw_error err = {0};
            CHECK_OK(dw_file_read_all(s->list.files[i].src_path, 1 << 28, &s->page, &err), err);
            CHECK_INT(s->page.size, s->list.files[i].size_bytes);
            return s->page.data;
        }
    fprintf(stderr, "no %s in the list\n", disc_path);
    CHECK(!"page is in the list");
    return "";
}

static void the_entry_page_offers_what_ihe_asks_for(void)
{
    struct sample s;
    sample_init(&s);
    s.volume.viewer_path = "/VIEWER/START.HTM";
    sample_write(&s);
    const char *text = page(&s, "/INDEX.HTM");
    CHECK_HAS(
        text,
        "<p class=\"from\">Klinikum Müller &amp; Söhne</p>"); /* 1: institution in the header */
    CHECK_HAS(text, "href=\"ihe_pdi/index.htm\"");            /* 2: web content */
    CHECK_HAS(text, "href=\"readme.txt\"");                   /* 3 */
    CHECK_HAS(text, "href=\"sha256.txt\"");                   /* 4: anything else */
    CHECK_HAS(text, "3 images");                              /* 5: manifest for an importer */
    CHECK_HAS(text, "1 image with 30 frames");
    CHECK_HAS(text, "1 report");
    CHECK_HAS(text, "cannot be imported");
    CHECK_HAS(text, "href=\"viewer/start.htm\""); /* 6: starts the viewer */
    CHECK_HAS(text, "Müller, Anna");
    CHECK_HAS(text, "17 March 1966");
    CHECK_HAS(text, "17 March 2026, 09:30");
    CHECK_HAS(text, "disc 1 of 2");
    CHECK_HAS(text, "Praxis Süd");
    CHECK_HAS(text, "charset=UTF-8");
    sample_done(&s);
}

static void names_on_the_disc_are_eight_and_three_in_upper_case(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    CHECK_INT(s.list.count, 9); /* README, two INDEX, three series, three previews */
    for (size_t i = 0; i < s.list.count; i++) {
        const char *name = s.list.files[i].disc_path;
        CHECK(name[0] == '/');
        size_t run = 0;
        for (const char *p = name + 1; *p; p++) {
            CHECK(isupper((unsigned char)*p) || isdigit((unsigned char)*p) || strchr("_./", *p));
            run = *p == '/' || *p == '.' ? 0 : run + 1;
            CHECK(run <= 8);
        }
    }
    CHECK_STR(s.list.files[0].disc_path, "/README.TXT");
    CHECK_STR(s.list.files[1].disc_path, "/INDEX.HTM");
    CHECK_STR(s.list.files[3].disc_path, "/IHE_PDI/S0000001.HTM");
    CHECK_STR(s.list.files[4].disc_path, "/IHE_PDI/P0000001.JPG");
    CHECK_STR(s.list.files[4].src_path, s.jpeg[0]);
    CHECK_STR(s.list.files[5].src_path, s.jpeg[1]);
    CHECK(s.list.files[0].has_sha256 && !s.list.files[4].has_sha256);
    CHECK_INT(s.list.files[4].size_bytes, 4);
    sample_done(&s);
}

static bool target_is_on_the_disc(const struct sample *s, const char *page_path, const char *link)
{
    char upper[300];
    bool in_web = strncmp(page_path, "/IHE_PDI/", 9) == 0;
    snprintf(upper, sizeof upper, "%s%s",
             !in_web || strncmp(link, "../", 3) == 0 ? "/" : "/IHE_PDI/",
             link + 3 * !strncmp(link, "../", 3));
    for (char *p = upper; *p; p++)
        *p = (char)toupper((unsigned char)*p);
    for (size_t i = 0; i < s->list.count; i++)
        if (strcmp(s->list.files[i].disc_path, upper) == 0)
            return true;
    return strcmp(upper, s->volume.manifest_path) == 0;
}

static void check_links(const struct sample *s, const char *page_path, const char *text)
{
    static const char *const attributes[] = {" href=\"", " src=\""};
    int seen = 0;
    for (size_t a = 0; a < 2; a++)
        for (const char *p = text; (p = strstr(p, attributes[a])) != NULL; seen++) {
            char link[256];
            p += strlen(attributes[a]);
            snprintf(link, sizeof link, "%.*s", (int)strcspn(p, "\""), p);
            for (const char *c = link; *c; c++)
                CHECK(!isupper((unsigned char)*c));
            CHECK(!strchr(link, ':'));
            if (!target_is_on_the_disc(s, page_path, link)) {
                fprintf(stderr, "%s links to %s\n", page_path, link);
                CHECK(!"the target of a link is on the disc");
            }
        }
    CHECK(seen > 0);
}

/* Every element closed in order, attributes quoted, no bare & or <: what an XML parser would insist
 * on. */
static bool is_well_formed(const char *text)
{
    char stack[64][16];
    int depth = 0;
    for (const char *p = text; (p = strchr(p, '<')) != NULL;) {
        if (strncmp(p, "<![CDATA[", 9) == 0) {
            p = strstr(p, "]]>");
            if (!p)
                return false;
            continue;
        }
        const char *end = strchr(p, '>');
        if (!end || strcspn(p + 1, "<") < (size_t)(end - p) - 1)
            return false;
        if (p[1] == '!' || end[-1] == '/') {
            p = end;
            continue;
        }
        char name[16];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1 + (p[1] == '/'), " >"),
                 p + 1 + (p[1] == '/'));
        if (p[1] == '/' && (depth == 0 || strcmp(stack[--depth], name) != 0))
            return false;
        if (p[1] != '/' && (depth == 64 || !memcpy(stack[depth++], name, sizeof name)))
            return false;
        p = end;
    }
    return depth == 0;
}

static void every_page_is_well_formed_and_every_link_leads_somewhere(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    for (size_t i = 0; i < s.list.count; i++) {
        const char *name = s.list.files[i].disc_path;
        if (!dw_text_ends_with(name, ".HTM"))
            continue;
        const char *text = page(&s, name);
        CHECK(is_well_formed(text));
        CHECK(dw_text_is_utf8(text, s.page.size));
        check_links(&s, name, text);
        CHECK_HAS(text, "Müller, Anna"); /* whose disc it is stands on each page */
        for (const char *p = text; (p = strstr(p, "http")) != NULL; p += 4)
            CHECK(strncmp(p, "http://www.w3.org/", 18) == 0 || strncmp(p, "http-equiv", 10) == 0);
    }
    sample_done(&s);
}

static void text_from_outside_cannot_become_markup(void)
{
    struct sample s;
    sample_init(&s);
    s.volume.patient_name = "<script>alert('x')</script>^\"&";
    s.volume.patient_id = "]]>{{STYLE}}</style>";
    s.series[0].description = "bad \xff\xfe bytes";
    s.series[0].modality = "\"><b>";
    sample_write(&s);
    for (size_t i = 0; i < s.list.count; i++) {
        if (!dw_text_ends_with(s.list.files[i].disc_path, ".HTM"))
            continue;
        const char *text = page(&s, s.list.files[i].disc_path);
        CHECK(!strstr(text, "<script>alert"));
        CHECK(!strstr(text, "\"><b>"));
        CHECK(is_well_formed(text));
        CHECK(dw_text_is_utf8(text, s.page.size));
        CHECK_HAS(text, "&lt;script&gt;");
        CHECK_HAS(text, "{{STYLE}}"); /* a value is not filled again */
    }
    CHECK_HAS(page(&s, "/INDEX.HTM"), "bad \xef\xbf\xbd");
    sample_done(&s);
}

static void the_readme_is_ascii_with_cr_lf_and_names_nobody_but_the_institution(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    const char *text = page(&s, "/README.TXT");
    for (const char *p = text; *p; p++) {
        CHECK((*p >= 0x20 && *p < 0x7f) || *p == '\r' || *p == '\n');
        CHECK(*p != '\n' || (p > text && p[-1] == '\r'));
        CHECK(*p != '\r' || p[1] == '\n');
    }
    CHECK_HAS(text, "Institution:  Klinikum Mueller & Soehne\r\n");
    CHECK_HAS(text, "Contact:      Hauptstrasse 1\r\n              12345 Staedtchen\r\n");
    CHECK_HAS(text, "Discwright " DW_VERSION);
    CHECK_HAS(text, "STD-GEN-CD");
    CHECK_HAS(text, "disc 1 of 2");
    CHECK_HAS(text, "IHE_PDI");
    CHECK_HAS(text, "SHA256.TXT");
    CHECK_HAS(text, "no program on this disc");
    CHECK(!strstr(text, "Anna") && !strstr(text, "4711"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        CHECK(strcspn(line, "\r") <= 80);
    sample_done(&s);
}

static void letters_without_ascii_are_marked_and_the_reader_is_sent_to_the_page(void)
{
    struct sample s;
    char out[64];
    CHECK(dw_words_ascii("Łódź – Ørsted Œuvre", out, sizeof out));
    CHECK_STR(out, "Lodz - Orsted OEuvre");
    CHECK(!dw_words_ascii("東京病院 A", out, sizeof out));
    CHECK_STR(out, "? A");
    sample_init(&s);
    s.volume.institution = "東京病院";
    sample_write(&s);
    CHECK_HAS(page(&s, "/README.TXT"), "INDEX.HTM shows the name in full");
    CHECK_HAS(page(&s, "/INDEX.HTM"), "東京病院");
    sample_done(&s);
}

static void a_series_page_shows_pictures_and_names_what_has_none(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    const char *text = page(&s, "/IHE_PDI/S0000001.HTM");
    CHECK_HAS(text, "<img src=\"p0000001.jpg\" alt=\"CT image 1\" />");
    CHECK_HAS(text, "<a href=\"p0000002.jpg\">");
    CHECK_HAS(text, "CT image 3");
    CHECK_HAS(text, "1 image of this series has no picture here");
    CHECK_HAS(text, "Thorax &lt;axial&gt; &amp; lung");
    CHECK_HAS(page(&s, "/IHE_PDI/S0000002.HTM"), "US image 1, frame 15 of 30");
    text = page(&s, "/IHE_PDI/S0000003.HTM");
    CHECK_HAS(text, "report 1");
    CHECK_HAS(text, "DICOM/ST000002/SE000002/IM000001");
    sample_done(&s);
}

static void without_web_content_there_are_two_files(void)
{
    struct sample s;
    sample_init(&s);
    s.volume.web_content = false;
    s.volume.manifest_path = "/SHA256.TXT";
    sample_write(&s);
    CHECK_INT(s.list.count, 2);
    CHECK(!strstr(page(&s, "/INDEX.HTM"), "ihe_pdi"));
    CHECK(!strstr(page(&s, "/README.TXT"), "IHE_PDI"));
    sample_done(&s);
}

static void a_volume_that_says_nothing_of_itself_still_has_honest_pages(void)
{
    struct sample s;
    sample_init(&s);
    s.volume = (struct dw_pages_volume){.manifest_path = "/NONE.TXT"};
    s.volume.manifest_path = NULL;
    sample_write(&s);
    const char *text = page(&s, "/INDEX.HTM");
    CHECK(is_well_formed(text));
    CHECK_HAS(text, "a patient without a name");
    CHECK_HAS(text, "The institution did not give its name");
    CHECK_HAS(text, "no studies");
    CHECK_HAS(page(&s, "/README.TXT"), "Institution:  not given");
    sample_done(&s);
}

static void the_same_input_makes_the_same_bytes(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    struct dw_pages_list first = s.list;
    memset(&s.list, 0, sizeof s.list);
    char again[128];
    snprintf(again, sizeof again, "%s/again", s.folder);
    memcpy(s.pages, again, sizeof again);
    sample_write(&s);
    CHECK_INT(s.list.count, first.count);
    for (size_t i = 0; i < first.count && i < s.list.count; i++) {
        CHECK_STR(s.list.files[i].disc_path, first.files[i].disc_path);
        CHECK(memcmp(s.list.files[i].sha256, first.files[i].sha256, DW_SHA256_SIZE) == 0);
    }
    dw_pages_list_done(&first);
    sample_done(&s);
}

static void a_missing_preview_is_named_and_nothing_is_listed(void)
{
    struct sample s;
    struct dw_error err = {0};
    sample_init(&s);
    s.previews[1].src_path = "/nonexistent/17-1.jpg";
    CHECK_INT(dw_pages_write(&s.volume, s.pages, &s.list, &err), DW_ERR_NOT_FOUND);
    CHECK_HAS(err.text, "17-1.jpg");
    CHECK_INT(s.list.count, 0);
    sample_done(&s);
}

static void a_folder_that_cannot_be_made_is_one_sentence(void)
{
    struct sample s;
    struct dw_error err = {0};
    sample_init(&s);
    CHECK(dw_pages_write(&s.volume, "/proc/nowhere/pages", &s.list, &err) != DW_OK);
    CHECK_HAS(err.text, "/proc/nowhere");
    CHECK_INT(s.list.count, 0);
    sample_done(&s);
}

static void more_series_than_names_is_an_error_that_counts_them(void)
{
    struct sample s;
    struct dw_error err = {0};
    sample_init(&s);
    struct dw_pages_series *many = calloc(DW_PAGES_SERIES_MAX + 1, sizeof *many);
    s.studies[0].series = many;
    s.studies[0].series_count = DW_PAGES_SERIES_MAX + 1;
    CHECK_INT(dw_pages_write(&s.volume, s.pages, &s.list, &err), DW_ERR_LIMIT);
    CHECK_HAS(err.text, "10002 series");
    free(many);
    sample_done(&s);
}

static void the_size_bound_holds_for_the_longest_texts(void)
{
    enum { SERIES = 5, PICTURES = 7 };
    struct sample s;
    char brim[DW_TEXT_MAX], contact[2000];
    sample_init(&s);
    memset(brim, '"', sizeof brim);
    brim[sizeof brim - 1] = 0;
    memset(contact, '\n', sizeof contact);
    contact[sizeof contact - 1] = 0;
    struct dw_pages_preview previews[PICTURES];
    struct dw_pages_instance instances[PICTURES];
    struct dw_pages_series series[SERIES];
    for (int i = 0; i < PICTURES; i++) {
        previews[i] = (struct dw_pages_preview){.src_path = s.jpeg[0], .frame = UINT32_MAX};
        instances[i] = (struct dw_pages_instance){.disc_path = brim,
                                                  .sop_class = i % 2 ? CT : SR,
                                                  .number = INT64_MAX,
                                                  .frames = UINT32_MAX,
                                                  .previews = &previews[i],
                                                  .preview_count = i < 5};
    }
    for (int i = 0; i < SERIES; i++)
        series[i] = (struct dw_pages_series){brim, brim, INT64_MAX, instances, PICTURES};
    struct dw_pages_study study = {brim, brim, brim, brim, brim, brim, brim, series, SERIES};
    struct dw_pages_study studies[2] = {study, study};
    s.volume = (struct dw_pages_volume){
        brim,       contact,    brim, brim, brim, brim, brim, brim, brim,    INT64_MAX / 2,
        UINT32_MAX, UINT32_MAX, brim, brim, brim, brim, brim, true, studies, 2,
        true,       INT64_MAX};
    sample_write(&s);
    uint64_t used = 0;
    for (size_t i = 0; i < s.list.count; i++)
        if (s.list.files[i].has_sha256)
            used +=
                (s.list.files[i].size_bytes + DW_BLOCK_SIZE - 1) / DW_BLOCK_SIZE * DW_BLOCK_SIZE;
    uint64_t bound = dw_pages_size_max(2, 2 * SERIES, 2 * SERIES * PICTURES, 2 * SERIES * 5, true);
    CHECK(used > 100 * 1024);
    CHECK(used <= bound);
    CHECK_INT(bound % DW_BLOCK_SIZE, 0);
    s.volume.web_content = false;
    sample_write(&s);
    used = s.list.files[0].size_bytes + s.list.files[1].size_bytes + 2 * DW_BLOCK_SIZE;
    CHECK(used <= dw_pages_size_max(2, 2 * SERIES, 2 * SERIES * PICTURES, 2 * SERIES * 5, false));
    sample_done(&s);
}

static void a_disc_against_its_profile_says_so_and_claims_none(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    CHECK_HAS(page(&s, "/README.TXT"), "IHE profile Portable Data for Imaging");
    CHECK(!strstr(page(&s, "/INDEX.HTM"), "does not conform"));
    s.volume.profile = "";
    s.volume.nonconformant = true;
    sample_write(&s);
    CHECK_HAS(page(&s, "/INDEX.HTM"), "does not conform to a DICOM media profile");
    CHECK_HAS(page(&s, "/README.TXT"), "Profile:      none");
    CHECK(!strstr(page(&s, "/README.TXT"), "Portable Data for Imaging"));
    s.volume.profile = "AUG-GEN-CD"; /* with private records: no PDI (facts 2.4) */
    s.volume.nonconformant = false;
    sample_write(&s);
    CHECK_HAS(page(&s, "/README.TXT"), "Profile:      AUG-GEN-CD");
    CHECK(!strstr(page(&s, "/README.TXT"), "Portable Data for Imaging"));
    sample_done(&s);
}

static void a_supplement_says_which_disc_it_completes(void)
{
    struct sample s;
    sample_init(&s);
    sample_write(&s);
    CHECK(!strstr(page(&s, "/INDEX.HTM"), "supplement"));
    s.volume.supplement_of = 4711;
    sample_write(&s);
    CHECK_HAS(page(&s, "/INDEX.HTM"), "supplement to the disc of job 4711");
    CHECK_HAS(page(&s, "/README.TXT"), "It is a supplement to the disc of job 4711");
    sample_done(&s);
}

static void dates_are_written_so_that_no_order_can_be_mistaken(void)
{
    char out[64];
    dw_words_date("20260203", out, sizeof out);
    CHECK_STR(out, "3 February 2026");
    dw_words_date("20261303", out, sizeof out); /* no such month: shown as it is */
    CHECK_STR(out, "20261303");
    dw_words_time("0905", out, sizeof out);
    CHECK_STR(out, "09:05");
    dw_words_time("2560", out, sizeof out);
    CHECK_STR(out, "");
    dw_words_day_of(0, out, sizeof out);
    CHECK_STR(out, "1 January 1970");
}

TESTS(TEST(the_entry_page_offers_what_ihe_asks_for),
      TEST(names_on_the_disc_are_eight_and_three_in_upper_case),
      TEST(every_page_is_well_formed_and_every_link_leads_somewhere),
      TEST(text_from_outside_cannot_become_markup),
      TEST(the_readme_is_ascii_with_cr_lf_and_names_nobody_but_the_institution),
      TEST(letters_without_ascii_are_marked_and_the_reader_is_sent_to_the_page),
      TEST(a_series_page_shows_pictures_and_names_what_has_none),
      TEST(without_web_content_there_are_two_files),
      TEST(a_volume_that_says_nothing_of_itself_still_has_honest_pages),
      TEST(the_same_input_makes_the_same_bytes),
      TEST(a_missing_preview_is_named_and_nothing_is_listed),
      TEST(a_folder_that_cannot_be_made_is_one_sentence),
      TEST(more_series_than_names_is_an_error_that_counts_them),
      TEST(the_size_bound_holds_for_the_longest_texts),
      TEST(a_disc_against_its_profile_says_so_and_claims_none),
      TEST(a_supplement_says_which_disc_it_completes),
      TEST(dates_are_written_so_that_no_order_can_be_mistaken))
