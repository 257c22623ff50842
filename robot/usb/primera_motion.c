/* The motions, in the order that is known to be safe (docs/primera.md): over the drive before its tray opens for a
 * blank, the tray closed before the arm leaves, and no way of the arm over a tray that is out for loading. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "burn/drive/drives.h"
#include "robot/usb/primera_machine.h"

#define SEND_MS 5000     /* eight bytes take less than one; a machine that is busy for longer is not ready to move */
#define SPIN_UP_MS 90000 /* a two-layer disc of a poor lot takes a minute */
#define LOOK_MS 500
#define OLD_ANSWER_MS 50   /* what was answered before is there at once */
#define OLD_ANSWERS_MAX 16 /* more than any motion leaves behind */

/* --- drives --- */

void primera_use(struct dw_primera *m, int drive, bool in_use)
{
    unsigned bit = 1u << (drive - 1);
    if (in_use) {
        atomic_fetch_or(&m->in_use, bit);
    } else {
        atomic_fetch_and(&m->in_use, ~bit);
        dw_judged_forget(&m->judged[drive - 1]);
    }
}

bool primera_in_use(struct dw_primera *m, int drive)
{
    return atomic_load(&m->in_use) & 1u << (drive - 1);
}

dw_status primera_address(const struct dw_primera *m, int drive, char *out, size_t size, struct dw_error *err)
{
    const char *address = m->devices.address[drive - 1];
    dw_status st = m->opts.bays ? dw_bays_device(m->opts.bays, drive, out, size, err)
                                : dw_drives_resolve("", address, out, size, err);
    return st == DW_OK ? st : dw_error_prefix(err, st, "drive %d", drive);
}

static dw_status wait_ms(struct dw_primera *m, int ms, struct dw_error *err)
{
    return m->opts.waiter.wait(m->opts.waiter.ctx, (int64_t)ms * 1000)
               ? DW_OK
               : dw_error_set(err, DW_ERR_CANCELLED, "the appliance was stopped in the middle of a motion");
}

dw_status primera_look(struct dw_primera *m, int drive, struct dw_seen *out, struct dw_error *err)
{
    char address[256];
    dw_status st = primera_address(m, drive, address, sizeof address, err);
    int64_t until_us = dw_clock_mono_us(&m->clock) + SPIN_UP_MS * 1000LL; /* a look may take long itself */
    while (st == DW_OK) {
        st = m->drives.look(m->drives.ctx, address, out, err);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "drive %d", drive);
        if (out->state != DW_SEEN_BUSY || dw_clock_mono_us(&m->clock) >= until_us)
            return DW_OK;
        st = wait_ms(m, LOOK_MS, err);
    }
    return st;
}

/* The drive says when its tray is out or in; wait_for_ms is for what comes next. */
static dw_status move_tray(struct primera_motion *motion, int drive, bool out, int wait_for_ms, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    char address[256];
    dw_status st = primera_address(m, drive, address, sizeof address, err);
    if (st != DW_OK)
        return st;
    if (out)
        m->out |= 1u << (drive - 1);
    st = (out ? m->drives.open : m->drives.close)(m->drives.ctx, address, err);
    if (st == DW_OK && !out)
        m->out &= ~(1u << (drive - 1));
    if (st == DW_OK)
        return wait_for_ms ? wait_ms(m, wait_for_ms, err) : DW_OK;
    motion->fault = "tray_stuck";
    return dw_error_prefix(err, st, "%s the tray of drive %d", out ? "open" : "close", drive);
}

/* A drive may say yes to an eject and stay shut: no disc is let go before the tray was seen out. */
static dw_status open_tray(struct primera_motion *motion, int drive, int wait_for_ms, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    struct dw_seen seen = {.state = DW_SEEN_OPEN};
    dw_status st = move_tray(motion, drive, true, 0, err);
    if (st == DW_OK && !m->devices.is_file[drive - 1])
        st = primera_look(m, drive, &seen, err);
    if (st == DW_OK && seen.state == DW_SEEN_OPEN)
        return wait_for_ms ? wait_ms(m, wait_for_ms, err) : DW_OK;
    motion->fault = st == DW_ERR_CANCELLED ? motion->fault : "tray_stuck";
    return st != DW_OK ? st : dw_error_set(err, DW_ERR_IO, "drive %d does not show its tray open", drive);
}

static bool holds_a_disc(const struct dw_seen *seen)
{
    return seen->state == DW_SEEN_BLANK || seen->state == DW_SEEN_WRITTEN || seen->state == DW_SEEN_STRANGE;
}

/* --- frames --- */

/* An answer that this dialect knows of decides; where it knows of none the clock does. */
static dw_status hear(struct dw_primera *m, const struct dw_dialect_command *command, bool *missed,
                      struct dw_error *err)
{
    uint8_t reply[DW_DIALECT_FRAME_MAX];
    size_t got = 0;
    if (!command->reply_ms)
        return DW_OK;
    dw_status st = m->link.exchange(m->link.ctx, NULL, 0, reply, sizeof reply, &got, command->reply_ms, err);
    if (st != DW_OK)
        return st;
    *missed = dw_reply_fits(&command->missed, reply, got);
    if (*missed || !command->done.bytes.size || dw_reply_fits(&command->done, reply, got))
        return DW_OK;
    return dw_error_set(err, DW_ERR_CORRUPT, "the answer is none that the dialect knows (%zu bytes)", got);
}

/* An answer that came too late for its own frame must not be taken for that to the next one. */
static dw_status forget_answers(struct dw_primera *m, const struct dw_dialect_command *command, struct dw_error *err)
{
    uint8_t reply[DW_DIALECT_FRAME_MAX];
    for (int n = 0; command->reply_ms && n < OLD_ANSWERS_MAX; n++) {
        struct dw_error why = {0};
        size_t got = 0;
        dw_status st = m->link.exchange(m->link.ctx, NULL, 0, reply, sizeof reply, &got, OLD_ANSWER_MS, &why);
        if (st == DW_ERR_TIMEOUT || (st == DW_OK && got == 0))
            return DW_OK;
        if (st != DW_OK && st != DW_ERR_CORRUPT)
            return dw_error_set(err, st, "%s", why.text);
    }
    return command->reply_ms ? dw_error_set(err, DW_ERR_CORRUPT, "it speaks without being asked") : DW_OK;
}

static dw_status send(struct primera_motion *motion, const struct dw_dialect_command *command, int settle_ms,
                      bool *missed, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    dw_status st = forget_answers(m, command, err);
    if (st == DW_OK)
        st = m->link.exchange(m->link.ctx, command->frame.byte, command->frame.size, NULL, 0, NULL, SEND_MS, err);
    if (st == DW_OK)
        st = hear(m, command, missed, err);
    if (st == DW_OK)
        return wait_ms(m, settle_ms, err);
    motion->fault = motion->moved != DW_MOVED_NO ? "no_answer" : st == DW_ERR_GONE ? "robot_offline" : "robot_failure";
    /* It is there and does not take what it is told: that ends with a person at its switch, not by itself. */
    if (st == DW_ERR_TIMEOUT)
        st = DW_ERR_IO;
    return dw_error_prefix(err, st, "%s", command->name);
}

static dw_status go(struct primera_motion *motion, const struct dw_dialect_command *command, struct dw_error *err)
{
    bool missed = false;
    return send(motion, command, command->settle_ms, &missed, err);
}

/* What cannot be journalled is not done, and not tried again by itself. */
static dw_status note(struct primera_motion *motion, enum dw_gripper_state state, struct dw_error *err)
{
    dw_status st = dw_gripper_note(&motion->m->gripper, state, err);
    if (st != DW_OK && !motion->fault)
        motion->fault = motion->moved == DW_MOVED_NO ? "robot_failure" : "position_unknown";
    return st;
}

/* The journal says what is about to happen before it can. From here on nobody knows, until it is over. */
static dw_status grip(struct primera_motion *motion, int settle_ms, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    bool missed = false;
    dw_status st = note(motion, DW_GRIPPER_GRIPPING, err);
    if (st != DW_OK)
        return st;
    motion->moved = DW_MOVED_UNKNOWN;
    st = send(motion, m->grip, settle_ms, &missed, err);
    if (st != DW_OK || !missed)
        return st == DW_OK ? note(motion, DW_GRIPPER_HOLDING, err) : st;
    motion->moved = DW_MOVED_NO;
    motion->fault = "pick_failed";
    return dw_error_set(err, DW_ERR_IO, "the robot says that it has gripped nothing");
}

static dw_status release(struct primera_motion *motion, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    bool missed = false;
    dw_status st = note(motion, DW_GRIPPER_RELEASING, err);
    if (st == DW_OK)
        st = send(motion, m->release, m->release->settle_ms, &missed, err);
    if (st != DW_OK || !missed)
        return st == DW_OK ? note(motion, DW_GRIPPER_MOVING, err) : st;
    motion->moved = DW_MOVED_UNKNOWN; /* it was lost on the way */
    motion->fault = "position_unknown";
    return dw_error_set(err, DW_ERR_CONFLICT, "the robot says that it held nothing when it should let a disc go");
}

static dw_status go_to(struct primera_motion *motion, enum primera_spot spot, struct dw_error *err)
{
    if (spot == SPOT_SLIDE)
        return DW_OK; /* it is let go right here, over the closed tray */
    return go(motion, spot == SPOT_RIGHT ? motion->m->to_right : motion->m->to_left, err);
}

/* --- a blank goes in --- */

/* Empty and closed. Nothing was sent yet: whatever is wrong here, no disc has moved. */
static dw_status prepare_drive(struct primera_motion *motion, int drive, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = primera_look(motion->m, drive, &seen, err);
    if (st == DW_OK && seen.state == DW_SEEN_OPEN) {
        st = move_tray(motion, drive, false, motion->m->dialect.waits.tray_in_ms, err);
        motion->fault = st == DW_OK ? NULL : "robot_failure"; /* no disc is meant: nobody is asked where one is */
        if (st == DW_OK)
            st = primera_look(motion->m, drive, &seen, err);
    }
    if (st == DW_OK && seen.state == DW_SEEN_EMPTY)
        return DW_OK;
    if (st == DW_ERR_CANCELLED)
        return st;
    if (st == DW_OK && holds_a_disc(&seen)) {
        motion->fault = "foreign_disc";
        return dw_error_set(err, DW_ERR_CONFLICT, "drive %d holds a disc that nobody loaded", drive);
    }
    if (!motion->fault)
        motion->fault = dw_bay_is_missing(st) ? "drive_missing" : "robot_no_drives";
    return st == DW_OK ? dw_error_set(err, DW_ERR_IO, "drive %d does not say what lies in it: nothing is loaded", drive)
                       : st;
}

/* The only proof that there is of a blank that was carried. */
static dw_status see_blank(struct primera_motion *motion, int drive, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = primera_look(m, drive, &seen, err);
    if (st != DW_OK) {
        motion->fault = "drive_not_ready";
        return st;
    }
    if (holds_a_disc(&seen)) {
        atomic_store(&m->blank_bytes[drive - 1], seen.free_bytes);
        primera_use(m, drive, true);
        motion->moved = DW_MOVED_YES;
        return DW_OK;
    }
    /* It may lie in its bin still, hang in the gripper, or have fallen: the drive knows only that it is not there. */
    motion->fault = seen.state == DW_SEEN_EMPTY  ? "no_disc"
                    : seen.state == DW_SEEN_OPEN ? "tray_stuck"
                                                 : "drive_not_ready";
    return dw_error_set(err, DW_ERR_CONFLICT, "drive %d sees no disc after one was put in", drive);
}

static dw_status count_down(struct dw_primera *m, int bin, struct dw_error *err)
{
    int left = m->gripper.discs[bin - 1];
    return left > 0 ? dw_gripper_count(&m->gripper, bin, left - 1, err) : DW_OK;
}

/* Counted before the grip; a blank that the robot says it missed lies in its bin still. */
static dw_status take_blank(struct primera_motion *motion, int bin, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    int before = m->gripper.discs[bin - 1];
    dw_status st = count_down(m, bin, err);
    if (st == DW_OK)
        st = grip(motion, m->grip->settle_ms, err);
    if (st != DW_OK && motion->moved == DW_MOVED_NO)
        m->gripper.discs[bin - 1] = before; /* on disk with the next line of the journal */
    return st;
}

/* A motion that ends without this line was cut short, or nobody knows where it ended. */
static dw_status finish(struct primera_motion *motion, dw_status st, struct dw_error *err)
{
    if (motion->moved == DW_MOVED_UNKNOWN)
        return st;
    dw_status noted = note(motion, DW_GRIPPER_EMPTY, st == DW_OK ? err : NULL);
    return st == DW_OK ? noted : st;
}

dw_status primera_load(struct primera_motion *motion, int bin, int drive, struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    if (m->gripper.discs[bin - 1] == 0) {
        motion->fault = "bin_empty";
        return dw_error_set(err, DW_ERR_NOT_FOUND, "bin %d is empty by our count", bin);
    }
    dw_status st = note(motion, DW_GRIPPER_MOVING, err);
    if (st == DW_OK)
        st = prepare_drive(motion, drive, err);
    if (st == DW_OK)
        st = go_to(motion, m->input[bin - 1], err);
    if (st == DW_OK)
        st = take_blank(motion, bin, err);
    if (st == DW_OK)
        st = go(motion, m->to_drive[drive - 1], err);
    if (st == DW_OK)
        st = open_tray(motion, drive, m->dialect.waits.tray_out_ms, err);
    if (st == DW_OK)
        st = release(motion, err);
    if (st == DW_OK)
        st = move_tray(motion, drive, false, m->dialect.waits.disc_in_ms, err);
    if (st == DW_OK)
        st = see_blank(motion, drive, err);
    return finish(motion, st, err);
}

/* --- a disc comes out --- */

static dw_status see_disc(struct primera_motion *motion, int drive, bool check, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    motion->fault = "position_unknown";
    dw_status st = primera_look(motion->m, drive, &seen, err);
    if (dw_bay_is_missing(st)) { /* with the disc in it, and nothing has moved */
        motion->moved = DW_MOVED_NO;
        motion->fault = "drive_missing";
    }
    if (st != DW_OK)
        return st;
    if (!holds_a_disc(&seen))
        return dw_error_set(err, DW_ERR_CONFLICT, "drive %d shows no disc, a finished one was expected", drive);
    if (check && (st = dw_judged_check(&motion->m->judged[drive - 1], &seen, err)) != DW_OK)
        return dw_error_prefix(err, st, "drive %d", drive);
    motion->fault = NULL;
    return DW_OK;
}

static dw_status see_empty(struct primera_motion *motion, int drive, struct dw_error *err)
{
    struct dw_seen seen = {.state = DW_SEEN_UNKNOWN};
    dw_status st = primera_look(motion->m, drive, &seen, err);
    if (st == DW_OK && seen.state == DW_SEEN_EMPTY)
        return DW_OK;
    motion->fault = seen.state == DW_SEEN_OPEN ? "tray_stuck" : "position_unknown";
    return st != DW_OK ? st
                       : dw_error_set(err, DW_ERR_CONFLICT, "drive %d still shows a disc after it was gripped", drive);
}

/* Gripped, and the tray in again below it. After a missed grip it goes in with the disc: no arm passes over a tray. */
static dw_status fetch(struct primera_motion *motion, int drive, struct dw_error *err)
{
    const struct dw_dialect_waits *waits = &motion->m->dialect.waits;
    dw_status st = grip(motion, waits->lifted_ms, err);
    bool missed = st != DW_OK && motion->moved == DW_MOVED_NO;
    if (st != DW_OK && !missed)
        return st;
    motion->moved = DW_MOVED_UNKNOWN;
    dw_status in = move_tray(motion, drive, false, waits->tray_in_ms, err);
    if (missed && in == DW_OK)
        motion->moved = DW_MOVED_NO;
    return in == DW_OK ? st : in;
}

dw_status primera_unload(struct primera_motion *motion, int drive, enum primera_spot to, bool check,
                         struct dw_error *err)
{
    struct dw_primera *m = motion->m;
    bool missed = false;
    dw_status st = note(motion, DW_GRIPPER_MOVING, err);
    if (st == DW_OK) {
        motion->moved = DW_MOVED_UNKNOWN;
        st = see_disc(motion, drive, check, err);
    }
    if (st == DW_OK)
        st = open_tray(motion, drive, 0, err);
    if (st == DW_OK)
        st = send(motion, m->to_drive[drive - 1], m->dialect.waits.over_disc_ms, &missed, err);
    if (st == DW_OK)
        st = fetch(motion, drive, err);
    if (st == DW_OK)
        st = see_empty(motion, drive, err);
    if (st == DW_OK)
        st = go_to(motion, to, err);
    if (st == DW_OK)
        st = release(motion, err);
    if (st != DW_OK)
        return finish(motion, st, err);
    primera_use(m, drive, false);
    motion->moved = DW_MOVED_YES;
    return finish(motion, DW_OK, err);
}
