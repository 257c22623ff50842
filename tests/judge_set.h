/** For the judge's tests: a small file-set in memory, made by other people's programs (dcmmkdir, genisoimage),
 *  and the means to damage a copy of it. */
#ifndef DW_TESTS_JUDGE_SET_H
#define DW_TESTS_JUDGE_SET_H
#include <stdbool.h>
#include <stdint.h>
#include "check/judge.h"

#define SET_FILES_MAX 32

struct set_file {
    char path[64]; /* "/DICOM/IM1"; "" = removed */
    uint8_t *data;
    size_t size;
};
struct file_set {
    struct set_file files[SET_FILES_MAX];
    size_t count;
};
/** True when all these programs can be started. */
bool set_tools_are_here(void);
/** Writes DICOM files, README.TXT and pages below folder and lets dcmmkdir make the DICOMDIR. */
bool set_build(const char *folder);
/** Let dcmmkdir make the DICOMDIR of a built folder once more, with an icon of 64 x 64 in each IMAGE record. */
bool set_add_icons(const char *folder);
/** argv[0] is looked up in PATH; output goes to nowhere. True: it ended with 0. */
bool set_run(const char *const argv[]);

bool set_load(struct file_set *set, const char *folder); /**< every regular file */
void set_copy(struct file_set *to, const struct file_set *from);
void set_done(struct file_set *set);
struct set_file *set_find(struct file_set *set, const char *path); /**< NULL: none */
void set_put(struct file_set *set, const char *path, const void *data, size_t size);
/** /MANIFEST.TXT over what is there now. */
void set_write_manifest(struct file_set *set);

/** Value of the nth (from 0) element with this tag in Explicit VR Little Endian bytes; NULL: none. */
uint8_t *set_value(struct set_file *file, uint32_t tag, unsigned nth, size_t *out_length);
/** The same element gets another tag (it must fit the order). */
void set_retag(struct set_file *file, uint32_t tag, unsigned nth, uint32_t to);
/** Replace its value; text is padded (UI with 00) to the length that is there. */
void set_text(struct set_file *file, uint32_t tag, unsigned nth, const char *text);
void set_number(struct set_file *file, uint32_t tag, unsigned nth, uint32_t number);

/** Judge the set from memory, or the blocks of an image in memory. */
dw_status set_judge(struct file_set *set, const struct dw_check_opts *opts,
                    struct dw_check_result *out, struct dw_error *err);
dw_status image_judge(uint8_t *image, size_t size, const struct dw_check_opts *opts,
                      struct dw_check_result *out, struct dw_error *err);

/** "A B C": codes of all findings but notes, in order of the table, each once. */
const char *set_codes(const struct dw_check_result *result, char out[512]);
/** A finding of that code whose place or detail holds part. */
bool set_has(const struct dw_check_result *result, const char *code, const char *part);

#endif
