#include "layout/pages/parts.h"

#include <inttypes.h>
#include <string.h>

#include "viewer-payload/payload.h"

/* What a caption and a list line may take: a code has 16 characters, a File ID 71 and a slash.
 * Together with DW_WORDS_MAX these carry dw_pages_size_max(). */
#define CODE_MAX 17
#define FILE_MAX 80

static bool there(const char *text)
{
    return text && *text;
}

static void add_code(struct dw_buf *out, const char *code)
{
    char cut[CODE_MAX];
    dw_text_cut(cut, sizeof cut, code);
    dw_buf_add_html(out, cut);
}

/* A File ID has A-Z 0-9 _ and slashes (PS3.10 8.2): nothing in it grows by being escaped. */
static void add_file_id(struct dw_buf *out, const char *disc_path)
{
    char cut[FILE_MAX];
    dw_text_cut(cut, sizeof cut, disc_path);
    for (char *p = cut; *p; p++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.", *p))
            *p = '_';
    dw_buf_add_text(out, cut);
}

/* "CT image 12, frame 3 of 30": in the words under a picture and, for those who do not see it, its
 * alt. */
static void add_caption(struct dw_buf *out, const struct dw_pages_series *series,
                        const struct dw_pages_instance *instance,
                        const struct dw_pages_preview *preview, size_t position)
{
    bool is_image = dw_words_is_image(instance->sop_class);
    if (is_image && there(series->modality)) {
        add_code(out, series->modality);
        dw_buf_add_text(out, " ");
    }
    dw_buf_add_text(out, dw_words_kind(instance->sop_class, false));
    if (instance->number != INT64_MIN)
        dw_buf_addf(out, " %" PRId64, instance->number);
    else
        dw_buf_addf(out, " %zu", position);
    if (preview && instance->frames > 1)
        dw_buf_addf(out, ", frame %" PRIu32 " of %" PRIu32, preview->frame, instance->frames);
}

static void add_previews(struct dw_buf *out, const struct dw_pages_series *series, size_t number)
{
    if (!dw_parts_series_previews(series))
        return;
    struct dw_buf caption = {0};
    dw_buf_add_text(out, "<ul class=\"grid\" id=\"previews\">\n");
    for (size_t i = 0; i < series->instance_count; i++) {
        const struct dw_pages_instance *instance = &series->instances[i];
        for (size_t k = 0; k < instance->preview_count; k++, number++) {
            dw_buf_reset(&caption);
            add_caption(&caption, series, instance, &instance->previews[k], i + 1);
            dw_buf_addf(out,
                        "<li><a href=\"p%07zu.jpg\"><span class=\"pic\"><img src=\"p%07zu.jpg\" "
                        "alt=\"%s\" />"
                        "</span><span class=\"cap\">%s</span></a></li>\n",
                        number, number, caption.data, caption.data);
        }
    }
    dw_buf_add_text(out, "</ul>\n");
    out->failed |= caption.failed;
    dw_buf_done(&caption);
}

/* What has no picture: images are counted, everything else is named with its place on the disc. */
static void add_others(struct dw_buf *out, const struct dw_pages_series *series)
{
    size_t images = 0, others = 0;
    for (size_t i = 0; i < series->instance_count; i++) {
        if (series->instances[i].preview_count)
            continue;
        if (dw_words_is_image(series->instances[i].sop_class))
            images++;
        else
            others++;
    }
    if (images)
        dw_buf_addf(
            out,
            "<p>%zu %s of this series %s no picture here. The DICOM files hold all of them.</p>\n",
            images, images == 1 ? "image" : "images", images == 1 ? "has" : "have");
    if (!others)
        return;
    dw_buf_add_text(out,
                    "<p>For these there is no picture; DICOM software shows them:</p>\n<ul>\n");
    for (size_t i = 0; i < series->instance_count; i++) {
        const struct dw_pages_instance *instance = &series->instances[i];
        if (instance->preview_count || dw_words_is_image(instance->sop_class))
            continue;
        dw_buf_add_text(out, "<li>");
        add_caption(out, series, instance, NULL, i + 1);
        if (there(instance->disc_path)) {
            dw_buf_add_text(out, " <span class=\"small\">File ");
            add_file_id(out, instance->disc_path + (instance->disc_path[0] == '/'));
            dw_buf_add_text(out, "</span>");
        }
        dw_buf_add_text(out, "</li>\n");
    }
    dw_buf_add_text(out, "</ul>\n");
}

/* One card of the overview: the picture in the middle of a series says most about it. */
static void add_card(struct dw_buf *out, const struct dw_pages_series *series, size_t series_number,
                     size_t first_preview)
{
    size_t previews = dw_parts_series_previews(series);
    struct dw_buf title = {0};
    dw_parts_series_title(&title, series);
    dw_buf_addf(out, "<li><a href=\"s%07zu.htm\"><span class=\"pic\">", series_number);
    if (previews)
        dw_buf_addf(out, "<img src=\"p%07zu.jpg\" alt=\"\" />", first_preview + previews / 2);
    else
        dw_buf_add_text(out, "<span class=\"none\">no picture</span>");
    dw_buf_addf(out, "</span><span class=\"cap t\">%s</span></a><span class=\"small\">",
                title.data ? title.data : "");
    if (there(series->modality)) {
        dw_words_html(out, series->modality);
        dw_buf_add_text(out, " &#183; ");
    }
    dw_parts_series_content(out, series);
    dw_buf_add_text(out, "</span></li>\n");
    out->failed |= title.failed;
    dw_buf_done(&title);
}

void dw_web_index(struct dw_buf *out, const struct dw_pages_volume *volume,
                  const struct dw_parts *parts)
{
    struct dw_buf studies = {.max = out->max};
    size_t series_number = 1, preview = 1;
    for (size_t i = 0; i < volume->study_count; i++) {
        const struct dw_pages_study *study = &volume->studies[i];
        dw_buf_add_text(&studies, "<h2>");
        dw_parts_study_title(&studies, study);
        dw_buf_add_text(&studies, "</h2>\n");
        dw_parts_study_details(&studies, volume, study);
        if (!study->series_count)
            continue;
        dw_buf_add_text(&studies, "<ul class=\"grid wide\">\n");
        for (size_t k = 0; k < study->series_count; k++) {
            add_card(&studies, &study->series[k], series_number++, preview);
            preview += dw_parts_series_previews(&study->series[k]);
        }
        dw_buf_add_text(&studies, "</ul>\n");
    }
    struct dw_words_value values[DW_PARTS_COMMON + 1] = {
        [DW_PARTS_COMMON] = {"STUDIES", studies.data}};
    dw_parts_values(parts, values);
    dw_words_fill(out, dw_payload_web_htm, values, DW_ARRAY_LEN(values));
    out->failed |= studies.failed;
    dw_buf_done(&studies);
}

static void add_nav(struct dw_buf *out, size_t number, size_t count)
{
    dw_buf_add_text(out, "<a href=\"index.htm\">All series</a>");
    if (number > 1)
        dw_buf_addf(out, " <a href=\"s%07zu.htm\">Previous series</a>", number - 1);
    if (number < count)
        dw_buf_addf(out, " <a href=\"s%07zu.htm\">Next series</a>", number + 1);
    dw_buf_add_text(out, " <a href=\"../index.htm\">Start of the disc</a>");
}

void dw_web_series(struct dw_buf *out, const struct dw_parts *parts,
                   const struct dw_pages_study *study, const struct dw_pages_series *series,
                   size_t series_number, size_t series_count, size_t first_preview)
{
    struct dw_buf title = {0}, nav = {0}, about = {0};
    struct dw_buf previews = {.max = out->max}, others = {.max = out->max};
    dw_parts_series_title(&title, series);
    add_nav(&nav, series_number, series_count);
    dw_buf_add_text(&about, "<strong>");
    if (parts->patient.data)
        dw_buf_add_text(&about, parts->patient.data);
    dw_buf_add_text(&about, "</strong> &#183; ");
    dw_parts_study_title(&about, study);
    dw_buf_add_text(&about, " &#183; ");
    dw_parts_series_content(&about, series);
    add_previews(&previews, series, first_preview);
    add_others(&others, series);
    struct dw_words_value values[DW_PARTS_COMMON + 5] = {
        [DW_PARTS_COMMON] = {"SERIES", title.data},
        {"NAV", nav.data},
        {"ABOUT", about.data},
        {"PREVIEWS", previews.data},
        {"OTHERS", others.data},
    };
    dw_parts_values(parts, values);
    dw_words_fill(out, dw_payload_series_htm, values, DW_ARRAY_LEN(values));
    out->failed |= previews.failed | others.failed | title.failed | about.failed;
    dw_buf_done(&title);
    dw_buf_done(&nav);
    dw_buf_done(&about);
    dw_buf_done(&previews);
    dw_buf_done(&others);
}
