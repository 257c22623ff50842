/* What only a person can see or do. */
#include "robot/usb/primera_machine.h"

#include <string.h>

#include "base/text.h"

#define LOOK_MS 500

/* The trays that are still out, by what the drives say; what does not say is believed. */
static int tray_out(struct dw_primera *m)
{
    for (int n = 1; n <= m->devices.count; n++) {
        struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
        bool works = primera_in_use(m, n) && !(m->out & 1u << (n - 1)); /* it is left alone */
        if (!works && primera_look(m, n, &seen, NULL) == DW_OK && seen.state == DW_SEEN_OPEN)
            return n;
    }
    return 0;
}

/* DW_OK: yes, and no sensor contradicts. */
static dw_status ask_one(struct dw_primera *m, const struct dw_person_step *step, const char *first,
                         struct dw_error *err)
{
    char wrong[160];
    int drive;
    dw_status st = DW_ERR_BUSY;
    dw_person_ask(m->opts.person, step);
    while (st == DW_ERR_BUSY) {
        switch (dw_person_wait(m->opts.person, LOOK_MS)) {
        case DW_PERSON_SILENT:
            break;
        case DW_PERSON_WITHDRAWN:
            st = dw_error_set(err, DW_ERR_CANCELLED, "nobody has looked at the robot");
            break;
        case DW_PERSON_FAILED:
            dw_person_complain(m->opts.person, first);
            break;
        case DW_PERSON_DONE:
            drive = step->task == DW_PERSON_CHECK_DRIVE ? tray_out(m) : 0;
            if (drive == 0)
                st = DW_OK;
            else if (dw_text_format(wrong, sizeof wrong, "Drive %d says that its tray is still out: push it in", drive))
                dw_person_complain(m->opts.person, wrong);
            break;
        }
    }
    dw_person_thank(m->opts.person);
    return st;
}

dw_status primera_ask_three(struct dw_primera *m, int64_t disc, struct dw_error *err)
{
    static const struct {
        enum dw_person_task task;
        const char *first;
    } questions[] = {
        {DW_PERSON_CHECK_GRIPPER, "First take off the gripper what it holds"},
        {DW_PERSON_CHECK_DRIVE, "First push the tray of the drive in"},
        {DW_PERSON_CHECK_PRINTER, "First push the printer's tray in, with the left button at its front"},
    };
    for (size_t i = 0; i < DW_ARRAY_LEN(questions); i++) {
        struct dw_person_step step = {.task = questions[i].task, .disc = disc};
        dw_status st = ask_one(m, &step, questions[i].first, err);
        if (st != DW_OK)
            return st;
    }
    return dw_gripper_note(&m->gripper, DW_GRIPPER_EMPTY, err);
}

dw_status primera_by_hand(struct dw_primera *m, int64_t disc, enum dw_person_task task, struct dw_error *err)
{
    struct dw_person_step step = {.task = task, .disc = disc};
    dw_status st = DW_ERR_BUSY;
    dw_person_ask(m->opts.person, &step);
    while (st == DW_ERR_BUSY) {
        enum dw_person_answer answer = dw_person_wait(m->opts.person, LOOK_MS);
        if (answer == DW_PERSON_DONE)
            st = DW_OK;
        else if (answer == DW_PERSON_FAILED)
            st = dw_error_set(err, DW_ERR_CONFLICT, "a person said that something went wrong");
        else if (answer == DW_PERSON_WITHDRAWN)
            st = dw_error_set(err, DW_ERR_CANCELLED, "nobody has said that the disc is there");
    }
    dw_person_thank(m->opts.person);
    return st;
}
