#include "robot/faults.h"

#include <assert.h>
#include <string.h>

#define STAFF DW_FAULT_STAFF
#define IT DW_FAULT_IT
#define SERVICE DW_FAULT_SERVICE
#define OF_DRIVE .against_drive = true
#define OF_BLANK .against_blank = true
#define OF_SERVER .of_server = true

/* The list is what the makers' own lists have in common, and what a drive may refuse; a driver maps
 * its numbers to these rows, never the other way round. */
const struct dw_fault dw_faults[] = {
    /* bins */
    {"bin_empty", "The input bin has no blank discs left: fill it", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_BIN},
    {"bin_missing", "No input bin holds this kind of disc: change a bin or the robot's settings",
     IT, DW_FAULT_WAIT, .about = DW_FAULT_BIN},
    {"bin_wrong",
     "Two discs in a row from this bin were not blank or of another kind: look at its discs, then "
     "acknowledge",
     STAFF, DW_FAULT_STOP, .about = DW_FAULT_BIN},
    {"blanks_low", "More discs are ordered than are left in the robot: bring some before they run out",
     STAFF, DW_FAULT_WARN, .about = DW_FAULT_BIN},
    {"output_full", "The output bin is full: take the finished discs out", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_BIN},
    {"reject_full", "The reject bin is full: empty it", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_BIN},
    /* ink, cartridges and printer */
    {"ink_low", "The ink is running low: have a cartridge at hand", STAFF, DW_FAULT_WARN,
     .about = DW_FAULT_PRINTER},
    {"ink_out", "The ink is used up: change the cartridge", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER},
    {"cartridge_none", "There is no cartridge in the printer: put one in", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER},
    {"cartridge_bad", "The printer does not accept a cartridge: put in one that is made for it",
     STAFF, DW_FAULT_STOP, .about = DW_FAULT_PRINTER},
    {"cartridge_swapped", "The cartridges are in each other's place: change them over", STAFF,
     DW_FAULT_STOP, .about = DW_FAULT_PRINTER},
    {"align_needed", "The cartridges need to be aligned: start the alignment at the printer", STAFF,
     DW_FAULT_STOP, .about = DW_FAULT_PRINTER},
    {"align_failed", "The cartridges could not be aligned: align them again", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER},
    {"print_failed", "The printer could not print the label: look at the printer", STAFF,
     DW_FAULT_STOP, .about = DW_FAULT_PRINTER},
    {"printer_tray", "The printer's tray does not move: free it", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER},
    {"carriage_jam", "The print head cannot move: take out what blocks it", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER},
    {"printer_attention", "The label printer needs a hand: look at it", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_PRINTER},
    {"printer_offline",
     "The label printer cannot be reached: check its power, its cable and its queue", IT,
     DW_FAULT_WAIT, .about = DW_FAULT_PRINTER},
    {"printer_slow", "The printer has not finished yet", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_PRINTER},
    {"printer_purging", "The printer is cleaning its cartridges", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_PRINTER},
    {"label_spoiled", "The label was spoiled while it was printed", STAFF, DW_FAULT_REJECT_DISC,
     .about = DW_FAULT_PRINTER},
    {"already_printed", "The disc in the printer carries a label already", STAFF,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_PRINTER},
    {"label_missing",
     "The label file of the disc cannot be read: retry when it is back, or order the job again", IT,
     DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC},
    /* the arm has not moved a disc, or nobody knows */
    {"pick_failed", "The arm could not pick up a disc: look at the bin and the picker", STAFF,
     DW_FAULT_RETRY, .about = DW_FAULT_ROBOT},
    {"printer_pick", "The arm could not take the disc out of the printer: look at its tray", STAFF,
     DW_FAULT_RETRY, .about = DW_FAULT_ROBOT},
    {"double_pick", "The arm holds two discs: take both off and say where the disc is", STAFF,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"discs_in_printer",
     "Several discs lie in the printer: take them out and say where the disc is", STAFF,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"discs_in_drive", "Several discs lie in a drive: take them out and say where the disc is",
     STAFF, DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"discs_in_bin", "Several discs were put into a bin at once: find the disc and say where it is",
     STAFF, DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"printer_empty", "The printer is empty, a disc was expected in it: say where it is", STAFF,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"tray_stuck", "A drive tray did not open or close: free it and say where the disc is", STAFF,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"tray_out", "The tray of a drive is out, in the way of the arm: push it in", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT},
    {"disc_dropped", "The arm lost a disc: find it and say where it is", STAFF, DW_FAULT_ASK,
     .about = DW_FAULT_ROBOT},
    {"disc_inside", "A disc fell into the machine: have it taken out and say where it is", SERVICE,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"arm_jam", "The arm is stuck: free it and say where the disc is", STAFF, DW_FAULT_ASK,
     .about = DW_FAULT_ROBOT},
    {"no_answer", "The robot does not answer: check its power and cable and say where the disc is",
     IT, DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"position_unknown", "Nobody saw where this disc went: look for it and say where it is", STAFF,
     DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    {"out_of_step", "Robot and appliance disagree about this disc: look for it and say where it is",
     IT, DW_FAULT_ASK, .about = DW_FAULT_ROBOT},
    /* the machine as a whole */
    {"cover_open", "The robot's cover is open: close it", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT},
    {"robot_off", "The robot is switched off at its front: switch it on", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT},
    {"robot_busy", "The robot is busy with something else", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT},
    {"robot_offline", "The robot cannot be reached: check its power and cable", IT, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT},
    {"robot_failure",
     "The robot reports a failure of its own: switch it off and on, then acknowledge", IT,
     DW_FAULT_STOP, .about = DW_FAULT_ROBOT},
    {"robot_no_drives", "The robot finds none of its drives: check their cables", IT, DW_FAULT_STOP,
     .about = DW_FAULT_ROBOT},
    {"robot_unknown", "The robot is of a kind that is not known here: check the settings", IT,
     DW_FAULT_STOP, .about = DW_FAULT_ROBOT},
    {"dock_sensor", "A sensor of the robot has failed: call the service", SERVICE, DW_FAULT_STOP,
     .about = DW_FAULT_ROBOT},
    {"rejected_in_a_row",
     "Too many discs in a row were rejected: look at the discs, the drives and the label, then "
     "acknowledge",
     STAFF, DW_FAULT_STOP, .about = DW_FAULT_ROBOT},
    /* a robot behind the server of its maker: what waits there goes on by itself when it is mended */
    {"robot_waits", "The robot waits for a hand: do what it asks for", STAFF, DW_FAULT_WAIT, .about = DW_FAULT_ROBOT, OF_SERVER},
    {"printer_waits", "The robot's printer waits for a hand: do what it asks for", STAFF, DW_FAULT_WAIT,
     .about = DW_FAULT_PRINTER, OF_SERVER},
    {"ink_waits", "The robot waits because its ink runs low: acknowledge to go on with it", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER, OF_SERVER},
    {"align_waits", "The robot waits until its cartridges are aligned: acknowledge to do it", STAFF, DW_FAULT_STOP,
     .about = DW_FAULT_PRINTER, OF_SERVER},
    {"server_waits", "The robot's server waits for somebody: look at the server", IT, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT, OF_SERVER},
    {"server_silent", "The service on the robot's server stands still: start it again", IT, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT, OF_SERVER},
    {"share_silent", "The shared folder of the robot's server cannot be used: check server, network and mount", IT,
     DW_FAULT_WAIT, .about = DW_FAULT_ROBOT, OF_SERVER},
    {"share_refuses",
     "Discs cannot be prepared in the shared folder of the robot's server: check its rights and its free space", IT,
     DW_FAULT_WAIT, .about = DW_FAULT_ROBOT, OF_SERVER},
    {"server_settings", "The robot's settings do not fit its server: compare them", IT, DW_FAULT_WAIT,
     .about = DW_FAULT_ROBOT, OF_SERVER},
    {"server_failure", "The robot's server has failed at a job: mend it, then acknowledge", IT, DW_FAULT_STOP,
     .about = DW_FAULT_ROBOT, OF_SERVER},
    {"server_rejects", "The robot's server rejected too many discs in a row: look at discs and drives, then acknowledge",
     STAFF, DW_FAULT_STOP, .about = DW_FAULT_ROBOT, OF_SERVER},
    {"ink_unfit", "The label does not suit the ink in the printer: change the cartridge, then acknowledge", STAFF,
     DW_FAULT_STOP, .about = DW_FAULT_PRINTER, OF_SERVER},
    {"order_refused", "The robot's server refuses the order of this disc: look at the job and the robot's settings", IT,
     DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC, OF_SERVER},
    {"job_stopped", "Somebody stopped this disc at the robot's server", STAFF, DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC, OF_SERVER},
    {"job_lost", "The robot's server knows this disc no more: look for it and say where it is", STAFF, DW_FAULT_ASK,
     .about = DW_FAULT_ROBOT, OF_SERVER},
    /* drives */
    {"foreign_disc", "A drive or the printer holds a disc that no job knows: take it out", STAFF,
     DW_FAULT_STOP, .about = DW_FAULT_DRIVE},
    {"drive_missing", "A drive is not plugged in or not assigned: plug it in, or say in the console which one it is",
     IT, DW_FAULT_WAIT, .about = DW_FAULT_DRIVE},
    {"drive_failing", "A drive made several bad discs in a row: it gets no more until acknowledged",
     SERVICE, DW_FAULT_STOP, .about = DW_FAULT_DRIVE},
    {"drive_hardware", "The drive reports that it is broken: call the service", SERVICE,
     DW_FAULT_RETIRE_DRIVE, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"drive_link",
     "The drive cannot be reached: check its cable and whether another program has it", IT,
     DW_FAULT_RETIRE_DRIVE, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"drive_hot", "The drive is too hot: let it cool down and check its fan", IT,
     DW_FAULT_RETIRE_DRIVE, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"drive_reset", "The drive was reset while it worked: check its power and cable", IT,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"drive_refuses", "The drive refuses a command that is needed for this disc", SERVICE,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"drive_not_ready",
     "A drive does not get ready with its disc: look at it and say where the "
     "disc is",
     STAFF, DW_FAULT_ASK, .about = DW_FAULT_DRIVE},
    {"no_disc", "A drive finds no disc, one was put in: say where the disc is", STAFF, DW_FAULT_ASK,
     .about = DW_FAULT_DRIVE},
    {"tray_open", "A drive's tray is open while it should work: close it and say where the disc is",
     STAFF, DW_FAULT_ASK, .about = DW_FAULT_DRIVE},
    {"laser_power", "The drive could not set its laser for this disc", SERVICE,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"stream_lost", "The data did not reach the drive fast enough", IT, DW_FAULT_SLOWER,
     .about = DW_FAULT_DRIVE},
    {"write_error", "The disc could not be written", STAFF, DW_FAULT_REJECT_DISC, DW_FAULT_DRIVE,
     OF_DRIVE},
    {"close_failed", "The disc was written but could not be closed", STAFF, DW_FAULT_REJECT_DISC,
     .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"read_error", "The disc cannot be read back", STAFF, DW_FAULT_REJECT_DISC, DW_FAULT_DRIVE,
     OF_DRIVE},
    {"read_differs", "What was read back is not what was written", STAFF, DW_FAULT_REJECT_DISC,
     .about = DW_FAULT_DRIVE, OF_DRIVE},
    {"burn_failed", "Burning failed without a reason", STAFF, DW_FAULT_REJECT_DISC, DW_FAULT_DRIVE,
     OF_DRIVE},
    /* discs */
    {"not_blank", "The disc was not blank", STAFF, DW_FAULT_REJECT_DISC, .about = DW_FAULT_DISC,
     OF_BLANK},
    {"too_small", "The disc is smaller than its kind", STAFF, DW_FAULT_REJECT_DISC, DW_FAULT_DISC,
     OF_BLANK},
    {"wrong_disc", "The disc is of another kind than its bin holds", STAFF, DW_FAULT_REJECT_DISC,
     .about = DW_FAULT_DISC, OF_BLANK},
    {"disc_unfit", "The drive cannot write this disc: it is damaged or of an unknown kind", STAFF,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_DISC, OF_BLANK},
    {"bad_disc", "The disc was bad and goes to the reject bin", STAFF, DW_FAULT_REJECT_DISC,
     .about = DW_FAULT_DISC, OF_DRIVE},
    {"interrupted", "The disc was half burned when the appliance stopped", STAFF,
     DW_FAULT_REJECT_DISC, .about = DW_FAULT_DISC},
    {"source_failed", "What belongs on the disc could not be read: look at the job", IT,
     DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC},
    {"check_failed", "The appliance itself could not judge the disc: mend what the reason names, then retry the job", IT,
     DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC},
    {"not_conforming", "What is on the disc does not conform or is not this job's: look at the job",
     IT, DW_FAULT_HOLD_JOB, .about = DW_FAULT_DISC},
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

/* System errors as PTRobot numbers them; PTBurn uses the same numbers for others from 18 on. What
 * several of them ask of a person is one row. */
static const char *const ptrobot[DW_FAULT_PTROBOT_MAX + 1] = {
    [1] = "printer_tray",
    [2] = "cartridge_bad",
    [3] = "bin_empty",
    [4] = "robot_offline",
    [5] = "ink_low", /* colour, black, both */
    [6] = "ink_low",
    [7] = "ink_low",
    [8] = "pick_failed",
    [9] = "arm_jam",
    [10] = "carriage_jam",
    [11] = "robot_failure", /* not used */
    [12] = "robot_failure",
    [13] = "robot_no_drives",
    [14] = "robot_off",
    [15] = "cover_open",
    [16] = "printer_pick",
    [17] = "double_pick",
    [18] = "discs_in_printer",
    [19] = "discs_in_drive",
    [20] = "disc_dropped",
    [21] = "robot_failure", /* 21 to 27: not defined */
    [22] = "robot_failure",
    [23] = "robot_failure",
    [24] = "robot_failure",
    [25] = "robot_failure",
    [26] = "robot_failure",
    [27] = "robot_failure",
    [28] = "disc_dropped", /* at bin 1 to 5 */
    [29] = "disc_dropped",
    [30] = "disc_dropped",
    [31] = "disc_dropped",
    [32] = "disc_dropped",
    [33] = "disc_dropped", /* at the printer, at the reject position, anywhere */
    [34] = "disc_dropped",
    [35] = "disc_dropped",
    [36] = "align_needed",
    [37] = "cartridge_bad", /* colour, black, both */
    [38] = "cartridge_bad",
    [39] = "cartridge_bad",
    [40] = "cartridge_none",
    [41] = "cartridge_swapped",
    [42] = "cartridge_swapped",
    [43] = "cartridge_swapped",
    [44] = "cartridge_bad", /* pigment ink in a printer that takes none */
    [45] = "align_failed",
    [46] = "disc_inside",
    [47] = "discs_in_bin", /* right, left */
    [48] = "discs_in_bin",
    [49] = "ink_out", /* colour, black, both */
    [50] = "ink_out",
    [51] = "ink_out",
    [52] = "printer_slow",
    [53] = "printer_empty",
    [54] = "robot_busy",
    [55] = "printer_purging",
    [56] = "dock_sensor",
    [57] = "already_printed",
    [58] = "robot_unknown",
};

const struct dw_fault *dw_fault_of_ptrobot(int number)
{
    if (number == 0)
        return NULL;
    if (number < 0 || number > DW_FAULT_PTROBOT_MAX)
        return dw_fault_find("robot_failure");
    return dw_fault_find(ptrobot[number]);
}

bool dw_fault_rejects(const struct dw_fault *row)
{
    return row->action == DW_FAULT_REJECT_DISC || row->action == DW_FAULT_SLOWER ||
           row->action == DW_FAULT_RETIRE_DRIVE || row->action == DW_FAULT_HOLD_JOB;
}

bool dw_fault_holds(const struct dw_fault *row)
{
    return row->action == DW_FAULT_WAIT || row->action == DW_FAULT_RETRY ||
           row->action == DW_FAULT_STOP;
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
    static const char *const names[] = {
        [DW_FAULT_WARN] = "warn",
        [DW_FAULT_WAIT] = "wait",
        [DW_FAULT_RETRY] = "retry",
        [DW_FAULT_STOP] = "stop",
        [DW_FAULT_REJECT_DISC] = "reject_disc",
        [DW_FAULT_SLOWER] = "slower",
        [DW_FAULT_RETIRE_DRIVE] = "retire_drive",
        [DW_FAULT_HOLD_JOB] = "hold_job",
        [DW_FAULT_ASK] = "ask",
    };
    static_assert(DW_ARRAY_LEN(names) == DW_FAULT_ACTION_COUNT, "name every action");
    assert((unsigned)action < DW_ARRAY_LEN(names));
    return names[action];
}

const char *dw_fault_action_text(const struct dw_fault *row)
{
    static const char *const stops[] = {
        [DW_FAULT_ROBOT] = "Nothing moves until somebody has acknowledged this",
        [DW_FAULT_PRINTER] = "Nothing is printed until somebody has acknowledged this",
        [DW_FAULT_BIN] = "Nothing is taken from this bin until somebody has acknowledged this",
        [DW_FAULT_DRIVE] = "This drive gets no disc until somebody has acknowledged this",
        [DW_FAULT_DISC] = "This disc rests until somebody has acknowledged this",
    };
    static const char *const texts[] = {
        [DW_FAULT_WARN] = "Work goes on",
        [DW_FAULT_WAIT] = "It goes on by itself when this is over",
        [DW_FAULT_RETRY] =
            "It was tried several times: nothing moves until somebody has acknowledged this",
        [DW_FAULT_STOP] = "",
        [DW_FAULT_REJECT_DISC] = "The disc is rejected and the next one is tried",
        [DW_FAULT_SLOWER] = "The disc is rejected and the next one is written slower",
        [DW_FAULT_RETIRE_DRIVE] =
            "The disc is rejected and the drive gets no more until acknowledged",
        [DW_FAULT_HOLD_JOB] = "The disc is rejected and its job is held",
        [DW_FAULT_ASK] = "Nothing moves until somebody has said where the disc is",
    };
    static_assert(DW_ARRAY_LEN(stops) == DW_FAULT_ABOUT_COUNT, "say what rests");
    static_assert(DW_ARRAY_LEN(texts) == DW_FAULT_ACTION_COUNT, "say what is done");
    return row->action == DW_FAULT_STOP ? stops[row->about] : texts[row->action];
}
