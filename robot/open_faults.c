#include "robot/open_faults.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void dw_open_faults_key(char key[DW_FAULT_KEY_MAX], const char *id, int64_t disc, int drive, const char *detail)
{
    if (detail)
        snprintf(key, DW_FAULT_KEY_MAX, "%.20s:%.18s", id, detail);
    else if (disc)
        snprintf(key, DW_FAULT_KEY_MAX, "%.18s:%lld", id, (long long)disc);
    else if (drive)
        snprintf(key, DW_FAULT_KEY_MAX, "%.20s:%d", id, drive);
    else
        snprintf(key, DW_FAULT_KEY_MAX, "%.20s", id);
}

struct dw_open_fault *dw_open_faults_find(struct dw_open_faults *faults, const char *key)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (strcmp(faults->fault[i].key, key) == 0)
            return &faults->fault[i];
    }
    return NULL;
}

void dw_open_faults_raise(struct dw_open_faults *faults, const char *id, int64_t disc, int drive, const char *detail,
                          const char *sentence)
{
    const struct dw_fault *row = dw_fault_find(id);
    char key[DW_FAULT_KEY_MAX];
    if (!row)
        row = dw_fault_find("robot_failure");
    dw_open_faults_key(key, row->id, disc, drive, detail);
    if (!sentence)
        sentence = row->sentence;
    struct dw_open_fault *fault = dw_open_faults_find(faults, key);
    if (fault && strcmp(fault->sentence, sentence) == 0)
        return;
    if (!fault && faults->count == DW_OPEN_FAULTS_MAX)
        return; /* enough is wrong already; it comes back when another is cleared */
    if (!fault)
        fault = &faults->fault[faults->count++];
    *fault = (struct dw_open_fault){.row = row, .disc = disc, .drive = drive};
    memcpy(fault->key, key, sizeof fault->key);
    dw_text_cut(fault->sentence, sizeof fault->sentence, sentence);
    const struct dw_fault_report report = {
        .key = fault->key, .row = row, .sentence = fault->sentence, .disc = disc, .drive = drive};
    faults->listener->fault(faults->listener->ctx, &report);
}

void dw_open_faults_remove(struct dw_open_faults *faults, struct dw_open_fault *fault)
{
    char key[DW_FAULT_KEY_MAX];
    memcpy(key, fault->key, sizeof key);
    size_t i = (size_t)(fault - faults->fault);
    memmove(fault, fault + 1, (faults->count - i - 1) * sizeof *fault);
    faults->count--;
    faults->listener->cleared(faults->listener->ctx, key);
}

void dw_open_faults_clear(struct dw_open_faults *faults, const char *id, int64_t disc, int drive, const char *detail)
{
    char key[DW_FAULT_KEY_MAX];
    dw_open_faults_key(key, id, disc, drive, detail);
    struct dw_open_fault *fault = dw_open_faults_find(faults, key);
    if (fault)
        dw_open_faults_remove(faults, fault);
}

void dw_open_faults_clear_disc(struct dw_open_faults *faults, int64_t disc)
{
    for (size_t i = faults->count; disc && i-- > 0;) {
        if (faults->fault[i].disc == disc)
            dw_open_faults_remove(faults, &faults->fault[i]);
    }
}
