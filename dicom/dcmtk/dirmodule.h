/** The reader of dicom/dcmtk/dirreader.h as a module, for a program that starts without DCMTK. */
#ifndef DW_DICOM_DCMTK_DIRMODULE_H
#define DW_DICOM_DCMTK_DIRMODULE_H
#include "dicom/dcmtk/dirreader.h"

#define DW_DIRMODULE "discwright-dirreader"

struct dw_dirmodule { /* the functions of dirreader.h, with their promises */
    dw_status (*open)(const char *path, dw_dirreader **out, struct dw_error *err);
    void (*free)(dw_dirreader *reader);
    void (*head)(const dw_dirreader *reader, struct dw_dir_head *out);
    size_t (*count)(const dw_dirreader *reader);
    void (*record)(const dw_dirreader *reader, size_t i, struct dw_dir_record *out);
    bool (*get_string)(const dw_dirreader *reader, size_t i, uint32_t tag, char *out, size_t size);
};
/** Before there are threads: DCMTK's dictionary becomes what a DICOMDIR has, a twentieth of a second of its start. Where
 *  ours is not installed it keeps its own. */
void dw_dirmodule_prepare(void);
/** As dw_module_load(), whose failures these are: nothing was read. */
DW_MUST_CHECK dw_status dw_dirmodule_load(const struct dw_dirmodule **out, struct dw_error *err);

#endif
