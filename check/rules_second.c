/* The DICOMDIR once more through DCMTK: two readers that share no code must agree on what it holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/file.h"
#include "check/rules.h"
#include "dicom/dcmtk/dirreader.h"

/* DCMTK keeps about 420 bytes and takes 5 us for each element: larger directories (from about 7,000 records on)
 * are judged by our own reader alone, so that no disc takes more than 64 MB to judge. */
#define SECOND_BYTES_MAX (4u << 20)
#define SECOND_ELEMENTS_MAX 100000u

static dw_status copy_to_memory(struct dw_judge *judge, uint64_t size, int *out_fd,
                                struct dw_error *err)
{
    int fd = memfd_create("dicomdir", MFD_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "no memory for a second look");
    uint8_t *chunk = malloc(1 << 16);
    dw_status st = chunk ? DW_OK : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    for (uint64_t at = 0; st == DW_OK && at < size; at += 1 << 16) {
        size_t part = size - at < 1 << 16 ? (size_t)(size - at) : 1 << 16;
        st = dw_check_source_read(judge->source, (size_t)judge->dicomdir, at, chunk, part, err);
        if (st == DW_OK)
            st = dw_file_write_all(NULL, fd, chunk, part, "a copy in memory", err);
    }
    free(chunk);
    if (st != DW_OK) {
        close(fd);
        return st;
    }
    *out_fd = fd;
    return DW_OK;
}

static void compare(struct dw_judge *judge, const dw_dirreader *reader)
{
    struct dw_dir_head head;
    dw_dirreader_head(reader, &head);
    if (head.records != judge->dir.count)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR",
                        "it sees %zu records, we %zu", head.records, judge->dir.count);
    else if (head.unreachable != judge->dir_unreached)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR",
                        "it reaches %zu records, we %zu", head.records - head.unreachable,
                        judge->dir.count - judge->dir_unreached);
    if (strcmp(head.fileset_uid, judge->dir.meta.sop_instance) != 0)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR", "File-set UID");
}

void dw_rules_second_reader(struct dw_judge *judge)
{
    struct dw_check_source_entry entry;
    struct dw_error err = {0};
    char path[48];
    int fd = -1;
    if (!judge->dir_whole)
        return;
    dw_check_source_entry(judge->source, (size_t)judge->dicomdir, &entry);
    if (entry.size_bytes > SECOND_BYTES_MAX || judge->dir.elements > SECOND_ELEMENTS_MAX)
        return;
    dw_status st = copy_to_memory(judge, entry.size_bytes, &fd, &err);
    if (st != DW_OK) {
        if (st == DW_ERR_INTERNAL)
            dw_judge_fail(judge, st, &err);
        return; /* FILE-IO was told */
    }
    dw_dirreader *reader = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (dw_dirreader_open(path, &reader, &err) == DW_OK)
        compare(judge, reader);
    else
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR", "it refuses the file");
    dw_dirreader_free(reader);
    close(fd);
}
