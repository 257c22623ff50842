#include "programs/work/task_identify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "dicom/dcmtk/dirmodule.h"
#include "dicom/person.h"

#define DIRECTORY_BYTES_MAX (256u * 1024 * 1024)
#define PATIENTS_TOLD_MAX 10
#define PIECE (1024 * 1024)
#define PATIENT_NAME 0x00100010u
#define PATIENT_ID 0x00100020u

static dw_status find_directory(const dw_check_source *source, size_t *out_index,
                                struct dw_check_source_entry *out, struct dw_error *err)
{
    for (size_t i = 0; i < dw_check_source_count(source); i++) {
        dw_check_source_entry(source, i, out);
        if (!out->is_folder && strcasecmp(out->path, "/DICOMDIR") == 0) {
            *out_index = i;
            return DW_OK;
        }
    }
    const char *trouble = dw_check_source_trouble(source);
    return trouble ? dw_error_set(err, DW_ERR_CORRUPT, "%.180s", trouble)
                   : dw_error_set(err, DW_ERR_NOT_FOUND, "there is no DICOMDIR on it");
}

/* The reader wants a file; one in memory leaves nothing of a patient behind. */
static dw_status copy_directory(dw_check_source *source, size_t index, uint64_t size, int fd,
                                struct dw_error *err)
{
    char *piece = malloc(PIECE);
    dw_status st = piece ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (uint64_t at = 0; st == DW_OK && at < size;) {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        st = dw_check_source_read(source, index, at, piece, n, err);
        if (st == DW_OK)
            st = dw_file_write_all(NULL, fd, piece, n, "directory", err);
        at += n;
    }
    free(piece);
    return st;
}

static void add_patient(const struct dw_dirmodule *module, const dw_dirreader *reader, size_t i, json_t *patients)
{
    char name[DW_TEXT_MAX], shown[DW_TEXT_MAX], id[DW_TEXT_MAX];
    (void)module->get_string(reader, i, PATIENT_NAME, name, sizeof name);
    (void)module->get_string(reader, i, PATIENT_ID, id, sizeof id);
    dw_person_display(name, shown, sizeof shown);
    json_array_append_new(patients, json_pack("{s:s, s:s}", "name", shown, "id", id));
}

static void describe(const struct dw_dirmodule *module, const dw_dirreader *reader, json_t *result)
{
    struct dw_dir_head head;
    struct dw_dir_record record;
    json_int_t objects = 0, total = 0;
    json_t *patients = json_array();
    module->head(reader, &head);
    for (size_t i = 0; i < module->count(reader); i++) {
        module->record(reader, i, &record);
        objects += record.has_file;
        if (strcmp(record.type, "PATIENT") != 0)
            continue;
        if (total++ < PATIENTS_TOLD_MAX)
            add_patient(module, reader, i, patients);
    }
    json_object_set_new(result, "fileset_uid", json_string(head.fileset_uid));
    json_object_set_new(result, "fileset_id", json_string(head.fileset_id));
    json_object_set_new(result, "objects", json_integer(objects));
    json_object_set_new(result, "patients", patients);
    json_object_set_new(result, "patients_total", json_integer(total));
}

dw_status dw_task_identify(dw_check_source *source, json_t *result, struct dw_error *err)
{
    char path[32];
    size_t index = 0;
    struct dw_check_source_entry entry;
    const struct dw_dirmodule *module = NULL;
    dw_dirreader *reader = NULL;
    const struct dw_iso_volume *volume = dw_check_source_volume(source);
    json_object_set_new(result, "label", json_string(volume ? volume->volume_id : ""));
    dw_status st = find_directory(source, &index, &entry, err);
    if (st == DW_OK && entry.size_bytes > DIRECTORY_BYTES_MAX)
        st = dw_error_set(err, DW_ERR_LIMIT, "its DICOMDIR is larger than %u MiB", DIRECTORY_BYTES_MAX >> 20);
    if (st != DW_OK)
        return st;
    int fd = memfd_create("directory", MFD_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "memfd: %s", strerror(errno));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    st = copy_directory(source, index, entry.size_bytes, fd, err);
    if (st == DW_OK)
        st = dw_dirmodule_load(&module, err);
    if (st == DW_OK)
        st = module->open(path, &reader, err);
    if (st == DW_OK) {
        describe(module, reader, result);
        module->free(reader);
    }
    close(fd);
    return st;
}
