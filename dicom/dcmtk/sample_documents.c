/* The structured report and the PDF of the sample study. */
#include <stdio.h>
#include <string.h>

#include "dicom/dcmtk/sample_parts.h"

#define CT_CLASS "1.2.840.10008.5.1.4.1.1.2"
#define REPORT_SLICE 38 /* shows the finding */

static dw_elements *content(const char *relation, const char *type)
{
    dw_elements *item = dw_elements_new();
    dw_elements_text(item, 0x0040A010, "CS", relation);
    dw_elements_text(item, 0x0040A040, "CS", type);
    return item;
}

static void add_paragraph(dw_elements *parent, const char *code, const char *meaning,
                          const char *text)
{
    dw_elements *section = content("CONTAINS", "CONTAINER");
    dw_elements_code(section, 0x0040A043, code, "DCM", meaning);
    dw_elements_text(section, 0x0040A050, "CS", "SEPARATE");
    dw_elements *line = content("CONTAINS", "TEXT");
    bool finding = strcmp(code, "121070") == 0;
    dw_elements_code(line, 0x0040A043, finding ? "121071" : "121077", "DCM",
                     finding ? "Finding" : "Conclusion");
    dw_elements_text(line, 0x0040A160, "UT", text);
    dw_elements_item(section, 0x0040A730, line);
    dw_elements_item(parent, 0x0040A730, section);
}

static dw_elements *reference(const char *class_uid, const char *instance_uid)
{
    dw_elements *item = dw_elements_new();
    dw_elements_text(item, 0x00081150, "UI", class_uid);
    dw_elements_text(item, 0x00081155, "UI", instance_uid);
    return item;
}

/* Current Requested Procedure Evidence: what the report refers to, PS3.3 C.17.2. */
static void add_evidence(const struct sample *sample, dw_elements *set)
{
    dw_elements *series = dw_elements_new(), *study = dw_elements_new();
    dw_elements_item(series, 0x00081199, reference(CT_CLASS, sample->ct_instances[REPORT_SLICE]));
    dw_elements_text(series, 0x0020000E, "UI", sample->ct_series);
    dw_elements_item(study, 0x00081115, series);
    dw_elements_text(study, 0x0020000D, "UI", sample->study_uid);
    dw_elements_item(set, 0x0040A375, study);
}

void sample_make_sr(struct sample *sample, dw_elements *set)
{
    dw_elements_item(set, 0x00081111, NULL);
    dw_elements_text(set, 0x0040A040, "CS", "CONTAINER");
    dw_elements_code(set, 0x0040A043, "18748-4", "LN", "Diagnostic Imaging Report");
    dw_elements_text(set, 0x0040A050, "CS", "SEPARATE");
    dw_elements_item(set, 0x0040A372, NULL);
    dw_elements_text(set, 0x0040A491, "CS", "COMPLETE");
    dw_elements_text(set, 0x0040A493, "CS", "UNVERIFIED");
    add_evidence(sample, set);

    dw_elements *language = content("HAS CONCEPT MOD", "CODE");
    dw_elements_code(language, 0x0040A043, "121049", "DCM",
                     "Language of Content Item and Descendants");
    dw_elements_code(language, 0x0040A168, "en", "RFC5646", "English");
    dw_elements_item(set, 0x0040A730, language);

    dw_elements *observer = content("HAS OBS CONTEXT", "PNAME");
    dw_elements_code(observer, 0x0040A043, "121008", "DCM", "Person Observer Name");
    dw_elements_text(observer, 0x0040A123, "PN", "Ørsted^Åse^^Dr.");
    dw_elements_item(set, 0x0040A730, observer);

    add_paragraph(set, "121070", "Findings",
                  "Synthetic head. Left parietal lesion of 24 mm with a dark centre; ventricles "
                  "symmetrical; no shift of the midline.");
    add_paragraph(set, "121076", "Conclusions",
                  "This is a phantom. Größe und Lage wie berechnet; nothing here is anybody's.");

    dw_elements *image = content("CONTAINS", "IMAGE");
    dw_elements_item(image, 0x00081199, reference(CT_CLASS, sample->ct_instances[REPORT_SLICE]));
    dw_elements_code(image, 0x0040A043, "121080", "DCM", "Best illustration of finding");
    dw_elements_item(set, 0x0040A730, image);
}

/* --- the smallest PDF that says something --- */

static const char page_text[] = "BT /F1 22 Tf 72 760 Td (Discwright sample letter) Tj "
                                "/F1 12 Tf 0 -36 Td (Synthetic patient, synthetic study.) Tj "
                                "0 -18 Td (The images of this study are on the same disc.) Tj ET\n";

static void make_pdf(struct dw_buf *out)
{
    size_t at[6] = {0};
    dw_buf_add_text(out, "%PDF-1.4\n");
    at[1] = out->size;
    dw_buf_add_text(out, "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    at[2] = out->size;
    dw_buf_add_text(out, "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n");
    at[3] = out->size;
    dw_buf_add_text(out, "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
                         "/Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>\nendobj\n");
    at[4] = out->size;
    dw_buf_addf(out, "4 0 obj\n<< /Length %zu >>\nstream\n%sendstream\nendobj\n",
                sizeof page_text - 1, page_text);
    at[5] = out->size;
    dw_buf_add_text(out, "5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\n"
                         "endobj\n");
    size_t table = out->size;
    dw_buf_add_text(out, "xref\n0 6\n0000000000 65535 f \n");
    for (int i = 1; i < 6; i++)
        dw_buf_addf(out, "%010zu 00000 n \n", at[i]);
    dw_buf_addf(out, "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", table);
}

void sample_make_pdf(struct sample *sample, dw_elements *set)
{
    (void)sample;
    struct dw_buf pdf;
    dw_buf_init(&pdf, 65536);
    make_pdf(&pdf);
    dw_elements_text(set, 0x0008002A, "DT", "20260312101500");
    dw_elements_text(set, 0x00080064, "CS", "WSD");
    dw_elements_text(set, 0x00280301, "CS", "NO");
    dw_elements_code(set, 0x0040A043, "18748-4", "LN", "Diagnostic Imaging Report");
    dw_elements_text(set, 0x00420010, "ST", "Letter of the sample study");
    dw_elements_bytes(set, 0x00420011, "OB", pdf.data, pdf.size);
    dw_elements_text(set, 0x00420012, "LO", "application/pdf");
    dw_elements_u32(set, 0x00420015, (uint32_t)pdf.size);
    dw_buf_done(&pdf);
}
