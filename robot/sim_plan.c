#include "robot/sim_plan.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"

enum when { AT_MOTION, AT_LABEL, AT_PLACE };

static const struct fault_info {
    const char *name;
    enum when when;
    bool valued;
} faults[] = {
    [DW_SIM_MISSED_PICK] = {"missed_pick", AT_MOTION, false},
    [DW_SIM_DOUBLE_PICK] = {"double_pick", AT_MOTION, false},
    [DW_SIM_JAM] = {"jam", AT_MOTION, false},
    [DW_SIM_TRAY_STUCK] = {"tray_stuck", AT_MOTION, false},
    [DW_SIM_SILENCE] = {"silence", AT_MOTION, false},
    [DW_SIM_DROPPED] = {"dropped", AT_MOTION, false},
    [DW_SIM_INK_OUT] = {"ink_out", AT_LABEL, false},
    [DW_SIM_PRINT_FAIL] = {"print_fail", AT_LABEL, false},
    [DW_SIM_DRIVE_FAIL] = {"drive_fail", AT_PLACE, true},
    [DW_SIM_CORRUPT] = {"corrupt", AT_PLACE, false},
    [DW_SIM_BIN_EMPTY] = {"bin_empty", AT_PLACE, false},
    [DW_SIM_ROW] = {"", AT_PLACE, false}, /* its row tells */
};
static_assert(DW_ARRAY_LEN(faults) == DW_SIM_FAULT_COUNT, "describe every fault");

/* Of bins the sensors tell, and a machine does not report what only we can know. */
static const struct dw_fault *row_named(const char *word)
{
    static const char *const ours[] = {"rejected_in_a_row", "out_of_step",  "drive_failing",
                                       "foreign_disc",      "interrupted",  "label_missing",
                                       "source_failed",     "not_conforming", "check_failed",
                                       "tray_out"};
    const struct dw_fault *row = dw_fault_find(word);
    for (size_t i = 0; row && i < DW_ARRAY_LEN(ours); i++) {
        if (strcmp(ours[i], row->id) == 0)
            return NULL;
    }
    return row && row->about != DW_FAULT_BIN && !row->of_server ? row : NULL;
}

static const char *name_of(const struct dw_sim_planned *item)
{
    return item->row ? item->row->id : faults[item->fault].name;
}

static enum when when_of(const struct dw_sim_planned *item)
{
    if (!item->row)
        return faults[item->fault].when;
    return item->row->about == DW_FAULT_ROBOT     ? AT_MOTION
           : item->row->about == DW_FAULT_PRINTER ? AT_LABEL
                                                  : AT_PLACE;
}

/* Of drives, discs and bins the number is the place. */
static int64_t soonest(const struct dw_sim_planned *item)
{
    return item->row && when_of(item) != AT_PLACE ? 0 : 1;
}

/* "drive_fail@1:500", already cut into its own string */
static dw_status read_item(char *word, struct dw_sim_planned *out, struct dw_error *err)
{
    char *at = strchr(word, '@');
    char *value = at ? strchr(at, ':') : NULL;
    struct dw_sim_planned item = {0};
    if (at)
        *at++ = 0;
    if (value)
        *value++ = 0;
    for (size_t i = 0; i < DW_ARRAY_LEN(faults); i++) {
        item.row = i == DW_SIM_ROW ? row_named(word) : NULL;
        if (!item.row && (i == DW_SIM_ROW || strcmp(faults[i].name, word) != 0))
            continue;
        item.fault = (enum dw_sim_fault)i;
        if (!at || !dw_text_int(at, soonest(&item), 1000000, &item.at) || faults[i].valued != (value != NULL) ||
            (value && !dw_text_int(value, 0, UINT32_MAX, &item.value)))
            return dw_error_set(err, DW_ERR_INVALID, "a planned fault is written %s@NUMBER%s",
                                name_of(&(struct dw_sim_planned){.fault = (enum dw_sim_fault)i,
                                                                 .row = item.row}),
                                faults[i].valued ? ":BLOCKS" : "");
        *out = item;
        return DW_OK;
    }
    return dw_error_set(err, DW_ERR_INVALID, "the simulator knows no fault '%.30s'", word);
}

dw_status dw_sim_plan_add(struct dw_sim_plan *plan, const char *list, struct dw_error *err)
{
    struct dw_sim_plan copy = *plan;
    char text[DW_CONFIG_LINE_MAX];
    if (!dw_text_copy(text, sizeof text, list))
        return dw_error_set(err, DW_ERR_LIMIT, "the list of faults is longer than %d bytes",
                            DW_CONFIG_LINE_MAX);
    for (char *next = text, *word; next;) {
        word = next + strspn(next, " \t\r\n");
        next = strchr(word, ',');
        if (next)
            *next++ = 0;
        for (size_t end = strlen(word); end > 0 && strchr(" \t\r\n", word[end - 1]); end--)
            word[end - 1] = 0;
        if (!*word)
            continue;
        if (copy.count == DW_SIM_PLAN_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "at most %d faults are planned",
                                DW_SIM_PLAN_MAX);
        dw_status st = read_item(word, &copy.item[copy.count], err);
        if (st != DW_OK)
            return st;
        copy.count++;
    }
    *plan = copy;
    return DW_OK;
}

void dw_sim_plan_text(const struct dw_sim_plan *plan, struct dw_buf *out)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct dw_sim_planned *item = &plan->item[i];
        dw_buf_addf(out, "%s%s@%" PRId64, i ? ", " : "", name_of(item), item->at);
        if (faults[item->fault].valued)
            dw_buf_addf(out, ":%" PRId64, item->value);
    }
}

static void drop(struct dw_sim_plan *plan, size_t i)
{
    memmove(&plan->item[i], &plan->item[i + 1], (plan->count - i - 1) * sizeof plan->item[0]);
    plan->count--;
}

static bool count_down(struct dw_sim_plan *plan, enum when when, enum dw_sim_fault *out)
{
    bool strikes = false;
    plan->struck = NULL;
    for (size_t i = 0; i < plan->count;) {
        struct dw_sim_planned *item = &plan->item[i];
        bool due = when_of(item) == when && item->at == 1;
        if (when_of(item) == when && item->at > 1) /* of two that are due the second strikes at the next one */
            item->at--;
        if (due && !strikes) {
            strikes = true;
            plan->struck = item->row;
            *out = item->fault;
            drop(plan, i);
        } else {
            i++;
        }
    }
    return strikes;
}

bool dw_sim_plan_motion(struct dw_sim_plan *plan, enum dw_sim_fault *out)
{
    return count_down(plan, AT_MOTION, out);
}

bool dw_sim_plan_label(struct dw_sim_plan *plan, enum dw_sim_fault *out)
{
    return count_down(plan, AT_LABEL, out);
}

const struct dw_fault *dw_sim_plan_now(struct dw_sim_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct dw_fault *row = plan->item[i].row;
        if (row && when_of(&plan->item[i]) != AT_PLACE && plan->item[i].at == 0) {
            drop(plan, i);
            return row;
        }
    }
    return NULL;
}

bool dw_sim_plan_take(struct dw_sim_plan *plan, enum dw_sim_fault fault, int64_t n, int64_t *value)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->item[i].fault == fault && plan->item[i].at == n) {
            if (value)
                *value = plan->item[i].value;
            drop(plan, i);
            return true;
        }
    }
    return false;
}

/* What is wrong with the blank or with the drive as a whole is seen before anything is written. */
static bool seen_before(const struct dw_fault *row)
{
    return row->against_blank || row->action == DW_FAULT_ASK ||
           row->action == DW_FAULT_RETIRE_DRIVE;
}

const struct dw_fault *dw_sim_plan_drive(struct dw_sim_plan *plan, int64_t n, bool written)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct dw_fault *row = plan->item[i].row;
        if (row && when_of(&plan->item[i]) == AT_PLACE && plan->item[i].at == n &&
            seen_before(row) == !written) {
            drop(plan, i);
            return row;
        }
    }
    return NULL;
}

int64_t dw_sim_plan_value(const struct dw_sim_plan *plan, enum dw_sim_fault fault, int64_t n)
{
    int64_t least = -1;
    for (size_t i = 0; i < plan->count; i++) {
        const struct dw_sim_planned *item = &plan->item[i];
        if (item->fault == fault && item->at == n && (least < 0 || item->value < least))
            least = item->value;
    }
    return least;
}
