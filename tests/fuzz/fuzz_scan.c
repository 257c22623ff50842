/* Fuzz target: any bytes as a file, and as a bare data set in the syntax the first byte picks.
 * The fields of a read object are walked, so that what is stored cannot be damaged either. */
#include <sys/mman.h>
#include <unistd.h>
#include "base/limits.h"
#include "dicom/person.h"
#include "dicom/record.h"
#include "dicom/scan.h"
#include "dicom/uid.h"
#include "fuzz.h"

struct walk { /* what the elements shown so far are in */
    unsigned items;  /* open ones */
    bool in_meta;    /* the last one was of group 0002; what follows may be inflated, and counts from 0 */
    uint64_t at;     /* the last value or mark */
    uint32_t opened[DW_SCAN_DEPTH_MAX + 1]; /* items of each depth less those that ended: 0 or 1 */
};

static dw_status on_element(void *ctx, const struct dw_element *el, struct dw_error *err)
{
    struct walk *walk = ctx;
    (void)err;
    require(el->depth <= DW_SCAN_DEPTH_MAX && el->is_item_start + el->is_item_end + el->is_sequence_end <= 1);
    require((walk->in_meta && el->group != 0x0002) || el->value_offset >= walk->at);
    walk->in_meta = el->group == 0x0002;
    walk->at = el->value_offset;
    if (el->is_item_start) {
        require(el->depth > 0 && walk->opened[el->depth]++ == 0);
        walk->items++;
    } else if (el->is_item_end) {
        require(el->depth > 0 && walk->opened[el->depth]-- == 1);
        walk->items--;
    } else if (!el->is_sequence_end) {
        require(el->depth == walk->items && strlen(el->vr) == 2);
        require(!el->value || el->length <= DW_SCAN_VALUE_MAX);
        for (uint32_t i = 0, sum = 0; el->value && i < el->length; i++)
            require((sum += el->value[i]) <= i * 255 + 255); /* all of it is there to be read */
    }
    return DW_OK;
}

static void check_keys(const uint8_t *bytes, size_t size)
{
    size_t pos = 0;
    struct dw_key key;
    uint32_t last = 0;
    while (dw_key_next(bytes, size, &pos, &key)) {
        require(key.tag > last && key.length % 2 == 0);
        last = key.tag;
    }
    require(pos == size);
}

static void check_record(const struct dw_buf *record)
{
    struct dw_buf joined = {0};
    const uint8_t *bytes = NULL;
    size_t size = 0;
    for (int part = 0; part < DW_PART_ALL; part++) {
        require(dw_record_part(record->data, record->size, (enum dw_record_part)part, &bytes, &size,
                               NULL) == DW_OK);
        check_keys(bytes, size);
    }
    for (int part = 0; part < DW_PART_COUNT; part++) {
        require(dw_record_keys(record->data, record->size, (enum dw_record_part)part, true, &joined,
                               &bytes, &size, NULL) == DW_OK);
        check_keys(bytes, size);
    }
    dw_buf_done(&joined);
}

static void scan(int fd, const struct dw_scan_opts *opts)
{
    struct dw_object object, again;
    struct dw_buf record = {0};
    struct dw_error err = {0};
    struct walk walk = {0};
    dw_status st = dw_scan_fd(fd, opts, on_element, &walk, &err);
    require_told(st, &err);
    require(st != DW_OK || walk.items == 0);
    err.text[0] = '\0';
    st = dw_scan_object(fd, opts, &object, &record, &err);
    require_told(st, &err);
    if (st == DW_OK) {
        char shown[64];
        check_record(&record);
        dw_person_display(object.patient_name, shown, sizeof shown);
        require_utf8(shown, sizeof shown);
        require(dw_person_equal(object.patient_name, object.patient_name));
        json_t *json = dw_object_to_json(&object);
        require(dw_object_from_json(json, &again, NULL) == DW_OK);
        require(strcmp(object.patient_id, again.patient_id) == 0);
        json_decref(json);
    }
    dw_buf_done(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const syntaxes[] = {DW_TS_IMPLICIT_LE, DW_TS_EXPLICIT_LE, DW_TS_EXPLICIT_BE,
                                           DW_TS_DEFLATED};
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    scan(fd, NULL);
    struct dw_scan_opts opts = {.transfer_syntax = syntaxes[size ? data[0] % 4 : 0]};
    scan(fd, &opts);
    close(fd);
    return 0;
}
