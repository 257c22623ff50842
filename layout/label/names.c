#include "layout/label/label.h"

static const struct dw_label_name names[] = {
    {"PATIENT_NAME", "name of the patient", "Müller, Anna Maria"},
    {"PATIENT_ID", "patient ID", "P-0004711"},
    {"BIRTH_DATE", "date of birth", "1966-03-17"},
    {"SEX", "F, M or O", "F"},
    {"INSTITUTION", "who made the disc", "Klinikum Beispielstadt"},
    {"CONTACT", "address or phone of the institution, one line",
     "Musterweg 1, 12345 Beispielstadt"},
    {"STUDY_DATES", "dates of the studies", "2026-03-17"},
    {"STUDY_DESCRIPTIONS", "what was examined", "CT Thorax"},
    {"MODALITIES", "CT, US, ...", "CT, US"},
    {"ACCESSION", "accession number", "A-2026-0317"},
    {"REFERRING", "referring physician", "Krüger, Jörg"},
    {"DISC_N", "number of this disc", "1"},
    {"DISC_OF", "how many discs belong together", "2"},
    {"JOB", "job number: printable ASCII, at most 20 characters, also the barcode", "000042"},
    {"CREATED", "day the disc was made", "2026-11-21"},
    {"CONTENT", "DICOM ONLY or DICOM PLUS WEB", "DICOM PLUS WEB"},
    {"FILESET_ID", "name of the disc as a computer shows it", "DW000042_1"},
    {"SUPPLEMENT", "SUPPLEMENT TO and the number of the job that this disc completes, else empty", ""},
    {"NONCONFORMANT", "NOT DICOM CONFORMANT on a disc that claims no profile, else empty", ""},
};

const struct dw_label_name *dw_label_names(size_t *out_count)
{
    *out_count = DW_ARRAY_LEN(names);
    return names;
}
