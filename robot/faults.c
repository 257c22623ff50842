#include "robot/faults.h"

#include <assert.h>
#include <string.h>

/* The list is what the makers' own lists have in common (input empty, ink, pick, double pick,
 * dropped, tray, arm, cover, no answer); a driver maps its numbers to these rows, never the other
 * way round. */
const struct dw_fault dw_faults[] = {
    {"bin_empty", "The input bin has no blank discs left: fill it", DW_FAULT_STAFF, DW_FAULT_HOLD},
    {"bin_missing", "No input bin holds this kind of disc: change a bin or the robot's settings",
     DW_FAULT_IT, DW_FAULT_HOLD},
    {"output_full", "The output bin is full: take the finished discs out", DW_FAULT_STAFF,
     DW_FAULT_HOLD},
    {"reject_full", "The reject bin is full: empty it", DW_FAULT_STAFF, DW_FAULT_HOLD},
    {"ink_low", "The ink is running low: have a cartridge at hand", DW_FAULT_STAFF, DW_FAULT_WARN},
    {"ink_out", "The ink is used up: change the cartridge", DW_FAULT_STAFF, DW_FAULT_HOLD},
    {"print_failed", "The printer could not print the label", DW_FAULT_STAFF, DW_FAULT_HOLD},
    {"label_missing", "The label file of the disc cannot be read", DW_FAULT_IT, DW_FAULT_HOLD},
    {"pick_failed", "The arm could not pick up a disc: look at the bin and the picker",
     DW_FAULT_STAFF, DW_FAULT_HOLD},
    {"double_pick", "The arm holds two discs: take both off and say where the disc is",
     DW_FAULT_STAFF, DW_FAULT_ASK},
    {"tray_stuck", "A drive tray did not open or close: free it and say where the disc is",
     DW_FAULT_STAFF, DW_FAULT_ASK},
    {"disc_dropped", "The arm lost a disc: find it and say where it is", DW_FAULT_STAFF,
     DW_FAULT_ASK},
    {"arm_jam", "The arm is stuck: free it and say where the disc is", DW_FAULT_STAFF,
     DW_FAULT_ASK},
    {"no_answer", "The robot does not answer: check its power and cable and say where the disc is",
     DW_FAULT_IT, DW_FAULT_ASK},
    {"position_unknown", "Nobody saw where this disc went: look for it and say where it is",
     DW_FAULT_STAFF, DW_FAULT_ASK},
    {"foreign_disc", "A drive holds a disc that no job knows: take it out", DW_FAULT_STAFF,
     DW_FAULT_HOLD},
    {"drive_failing", "A drive made several bad discs in a row: it gets no more until acknowledged",
     DW_FAULT_SERVICE, DW_FAULT_HOLD},
    {"bad_disc", "The disc was bad and goes to the reject bin", DW_FAULT_STAFF,
     DW_FAULT_RETRY_DISC},
    {"robot_offline", "The robot cannot be reached: check its power and cable", DW_FAULT_IT,
     DW_FAULT_HOLD},
    {"out_of_step", "Robot and appliance disagree about this disc: look for it and say where it is",
     DW_FAULT_IT, DW_FAULT_ASK},
};
const size_t dw_faults_count = DW_ARRAY_LEN(dw_faults);

const struct dw_fault *dw_fault_find(const char *id)
{
    for (size_t i = 0; id && i < dw_faults_count; i++) {
        if (strcmp(dw_faults[i].id, id) == 0)
            return &dw_faults[i];
    }
    return NULL;
}

const char *dw_fault_who_name(enum dw_fault_who who)
{
    static const char *const names[] = {
        [DW_FAULT_STAFF] = "staff", [DW_FAULT_IT] = "it", [DW_FAULT_SERVICE] = "service"};
    static_assert(DW_ARRAY_LEN(names) == DW_FAULT_WHO_COUNT, "name everybody");
    assert((unsigned)who < DW_ARRAY_LEN(names));
    return names[who];
}

const char *dw_fault_action_name(enum dw_fault_action action)
{
    static const char *const names[] = {[DW_FAULT_RETRY_DISC] = "retry_disc",
                                        [DW_FAULT_HOLD] = "hold",
                                        [DW_FAULT_ASK] = "ask",
                                        [DW_FAULT_WARN] = "warn"};
    static_assert(DW_ARRAY_LEN(names) == DW_FAULT_ACTION_COUNT, "name every action");
    assert((unsigned)action < DW_ARRAY_LEN(names));
    return names[action];
}
