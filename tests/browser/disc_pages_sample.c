/** Writes a sample disc's pages with real pictures into a folder, names in upper or lower case, so
 * that a browser can be pointed at it: disc_pages_sample FOLDER upper|lower. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "base/file.h"
#include "layout/pages/pages.h"

#define EDGE 320
#define CT_IMAGES 24

static int fail(const char *text)
{
    fprintf(stderr, "disc_pages_sample: %s\n", text);
    return 1;
}

/* A bright oval whose size and stripes tell the pictures apart. */
static void save_picture(const char *path, int n)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    unsigned char row[EDGE * 3], *rows[1] = {row};
    FILE *file = fopen(path, "wb");
    if (!file)
        exit(fail("cannot create a picture"));
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = jpeg.image_height = EDGE;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    for (int y = 0; y < EDGE; y++) {
        for (int x = 0; x < EDGE; x++) {
            int dx = x - EDGE / 2, dy = (y - EDGE / 2) * 3 / 2, size = 60 + n * 3;
            int bright = dx * dx + dy * dy < size * size ? 200 - (x * n + y) % 64 : 30;
            row[3 * x] = (unsigned char)bright;
            row[3 * x + 1] = (unsigned char)(bright - n / 2);
            row[3 * x + 2] = (unsigned char)(bright - n / 2);
        }
        jpeg_write_scanlines(&jpeg, rows, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(file);
}

static dw_status copy_out(const struct dw_pages_list *list, const char *folder, int lower,
                          struct dw_error *err)
{
    struct dw_buf data = {0};
    dw_status st = DW_OK;
    for (size_t i = 0; st == DW_OK && i < list->count; i++) {
        char name[64], path[DW_PATH_MAX];
        snprintf(name, sizeof name, "%s", list->files[i].disc_path);
        for (char *p = name; lower && *p; p++)
            *p = (char)tolower((unsigned char)*p);
        snprintf(path, sizeof path, "%s%s", folder, name);
        st = dw_file_read_all(list->files[i].src_path, DW_SMALL_FILE_MAX, &data, err);
        if (st == DW_OK)
            st = dw_file_save(NULL, path, data.data, data.size, err);
    }
    dw_buf_done(&data);
    return st;
}

static dw_status write_sample(const char *folder, int lower, struct dw_error *err)
{
    static char paths[CT_IMAGES + 3][DW_PATH_MAX];
    static struct dw_pages_preview previews[CT_IMAGES + 3];
    static struct dw_pages_instance ct[CT_IMAGES], us[1], dx[1];
    char work[DW_PATH_MAX], web[DW_PATH_MAX];
    snprintf(work, sizeof work, "%s/.work", folder);
    snprintf(web, sizeof web, "%s/%s", folder, lower ? "ihe_pdi" : "IHE_PDI");
    dw_status st = dw_file_make_dirs(work, err);
    if (st == DW_OK)
        st = dw_file_make_dirs(web, err);
    if (st != DW_OK)
        return st;
    for (int i = 0; i < CT_IMAGES + 3; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/.work/%d.jpg", folder, i);
        save_picture(paths[i], i);
        previews[i] = (struct dw_pages_preview){.src_path = paths[i], .frame = 1};
    }
    for (int i = 0; i < CT_IMAGES; i++)
        ct[i] = (struct dw_pages_instance){"/DICOM/ST000001/SE000001/IM000001",
                                           "1.2.840.10008.5.1.4.1.1.2",
                                           i + 1,
                                           1,
                                           &previews[i],
                                           1};
    previews[CT_IMAGES + 1].frame = 20;
    us[0] = (struct dw_pages_instance){"/DICOM/ST000002/SE000001/IM000001",
                                       "1.2.840.10008.5.1.4.1.1.3.1",
                                       1,
                                       30,
                                       &previews[CT_IMAGES],
                                       2};
    dx[0] = (struct dw_pages_instance){"/DICOM/ST000002/SE000002/IM000001",
                                       "1.2.840.10008.5.1.4.1.1.1.1",
                                       1,
                                       1,
                                       &previews[CT_IMAGES + 2],
                                       1};
    static const struct dw_pages_instance sr[] = {
        {"/DICOM/ST000002/SE000003/IM000001", "1.2.840.10008.5.1.4.1.1.88.33", 1, 1, NULL, 0},
        {"/DICOM/ST000002/SE000003/IM000002", "1.2.840.10008.5.1.4.1.1.104.1", 2, 1, NULL, 0}};
    const struct dw_pages_series first[] = {{"CT", "Thorax axial 5 mm", 2, ct, CT_IMAGES}};
    const struct dw_pages_series second[] = {
        {"US", "Schilddrüse & Hals", 1, us, 1}, {"DX", "胸部正面", 2, dx, 1}, {"SR", "", 3, sr, 2}};
    const struct dw_pages_study studies[] = {
        {"20260317", "093015", "CT Thorax mit Kontrastmittel", "1", "A-2026-0317", NULL,
         "Krüger^Jörg^^Dr.", first, 1},
        {"20260401", "1015", "فحص بالموجات فوق الصوتية", "2", "", "Praxis Süd", NULL, second, 3}};
    const struct dw_pages_volume volume = {
        .institution = "Klinikum Beispielstadt",
        .institution_contact = "Musterweg 1\n12345 Beispielstadt",
        .patient_name = "Müller-Lüdenscheidt^Anna Maria=山田^花子",
        .patient_id = "P-0004711",
        .birth_date = "19660317",
        .sex = "F",
        .made_at_s = 1795229096,
        .n = 1,
        .of = 1,
        .profile = "STD-GEN-CD",
        .web_content = true,
        .studies = studies,
        .study_count = 2};
    struct dw_pages_list list = {0};
    st = dw_pages_write(&volume, work, &list, err);
    if (st == DW_OK)
        st = copy_out(&list, folder, lower, err);
    dw_pages_list_done(&list);
    if (st == DW_OK)
        st = dw_file_remove_tree(work, err);
    return st;
}

int main(int argc, char **argv)
{
    struct dw_error err = {0};
    if (argc != 3 || (strcmp(argv[2], "upper") != 0 && strcmp(argv[2], "lower") != 0))
        return fail("usage: disc_pages_sample FOLDER upper|lower");
    if (write_sample(argv[1], argv[2][0] == 'l', &err) != DW_OK)
        return fail(err.text);
    return 0;
}
