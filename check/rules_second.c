/* The DICOMDIR once more through DCMTK: two readers that share no code must agree on what it holds. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "check/rules.h"
#include "dicom/dcmtk/dirmodule.h"

/* DCMTK keeps about 420 bytes and takes 5 us for each element: larger directories (from about 7,000 records on)
 * are judged by our own reader alone, so that no disc takes more than 64 MB to judge. */
#define SECOND_BYTES_MAX (4u << 20)
#define SECOND_ELEMENTS_MAX 100000u
#define ASIDE_ELEMENTS_MAX 50000u

int dw_rules_second_wants(struct dw_judge *judge)
{
    struct dw_check_source_entry entry;
    struct dw_error err = {0};
    dw_judge_entry(judge, (size_t)judge->dicomdir, &entry);
    if (entry.size_bytes > SECOND_BYTES_MAX)
        return -1;
    int fd = memfd_create("dicomdir", MFD_CLOEXEC);
    if (fd < 0)
        dw_judge_fail(judge, dw_error_set(&err, DW_ERR_INTERNAL, "no memory for a second look"), &err);
    return fd;
}

static void *look(void *ctx)
{
    struct dw_second *second = ctx;
    const struct dw_dirmodule *module;
    char path[48];
    dw_dirreader *reader = NULL;
    second->st = dw_dirmodule_load(&module, &second->err);
    if (second->st != DW_OK)
        return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", second->copy);
    second->accepts = module->open(path, &reader, NULL) == DW_OK;
    if (second->accepts) {
        module->head(reader, &second->head);
        module->free(reader);
    }
    return NULL;
}

void dw_rules_second_begin(struct dw_judge *judge)
{
    struct dw_second *second = &judge->second;
    if (!judge->dir_whole)
        return;
    if (second->copy < 0 || judge->dir.elements > SECOND_ELEMENTS_MAX) {
        dw_findings_add(judge->found, DW_DIR_SECOND_SKIPPED, "/DICOMDIR", "%u elements", judge->dir.elements);
        return;
    }
    second->begun = true;
    /* Files are read meanwhile, unless both together would take too much memory. */
    second->waits = judge->dir.elements <= ASIDE_ELEMENTS_MAX;
    if (!second->waits)
        look(second);
}

void dw_rules_second_aside(struct dw_judge *judge)
{
    struct dw_second *second = &judge->second;
    if (!second->waits)
        return;
    second->waits = false;
    second->aside = pthread_create(&second->thread, NULL, look, second) == 0;
    if (!second->aside)
        look(second);
}

static void compare(struct dw_judge *judge, const struct dw_dir_head *head)
{
    if (head->records != judge->dir.count)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR",
                        "it sees %zu records, we %zu", head->records, judge->dir.count);
    else if (head->unreachable != judge->dir_unreached)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR",
                        "it reaches %zu records, we %zu", head->records - head->unreachable,
                        judge->dir.count - judge->dir_unreached);
    if (strcmp(head->fileset_uid, judge->dir.meta.sop_instance) != 0)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR", "File-set UID");
}

void dw_rules_second_end(struct dw_judge *judge)
{
    struct dw_second *second = &judge->second;
    dw_rules_second_aside(judge); /* nothing was read meanwhile */
    if (second->aside)
        pthread_join(second->thread, NULL);
    if (second->begun && second->st != DW_OK) /* a disc that one reader saw was not checked */
        dw_judge_fail(judge, second->st, &second->err);
    else if (second->begun && second->accepts)
        compare(judge, &second->head);
    else if (second->begun)
        dw_findings_add(judge->found, DW_DIR_SECOND_READER, "/DICOMDIR", "it refuses the file");
    second->begun = second->aside = false;
}
