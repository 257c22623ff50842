#include "robot/ptburn/errors.h"

#include <string.h>

#include "robot/faults.h"

#define ANSWER(message) .answerable = true, .answer = (message)
#define LEFT "press the left button of the robot"

/* What the service shows while it waits. It goes on by itself when it is mended, so that most rows only wait. */
static const struct dw_ptburn_error system_errors[] = {
    {1, "printer_waits", .sentence = "The printer's tray does not move: free it, then " LEFT},
    {2, "printer_waits", .sentence = "The printer does not find or accept a cartridge: open the cover, " LEFT ", seat the cartridges "
                         "(colour left, black right) and close the cover"},
    {3, "bin_empty", .sentence = "The robot's input bin is empty: fill it, then " LEFT},
    {4, "printer_waits", .sentence = "Robot and printer do not understand each other: " LEFT "; if it comes again call the service"},
    {5, "ink_waits", .sentence = "The colour ink runs low: acknowledge to go on with it, or change the cartridge",
     ANSWER(DW_PTBURN_IGNORE_INK)},
    {6, "ink_waits", .sentence = "The black ink runs low: acknowledge to go on with it, or change the cartridge",
     ANSWER(DW_PTBURN_IGNORE_INK)},
    {7, "ink_waits", .sentence = "Both inks run low: acknowledge to go on with them, or change the cartridges",
     ANSWER(DW_PTBURN_IGNORE_INK)},
    {8, "robot_waits", .sentence = "The arm could not pick up a disc: look at bin and picker, then " LEFT},
    {9, "robot_waits", .sentence = "The arm does not move: free it, then " LEFT "; if it comes again call the service"},
    {10, "robot_waits", .sentence = "The print carriage or the picker does not move: free it, then " LEFT
                        "; if it comes again call the service"},
    {11, "server_waits", .sentence = "The PTBurn service has no rights of an administrator: give its account those rights and start "
                         "the service again"},
    {12, "server_waits", .sentence = "The PTBurn service has failed inside: start it again"},
    {13, "server_waits", .sentence = "The server finds none of the robot's drives: unplug the robot's cables and its power, plug them in "
                         "again, then start server and service again"},
    {14, "server_waits", .sentence = "The robot is offline: check its power and its cable to the server, then start the PTBurn service "
                         "again"},
    {15, "cover_open", .sentence = "The robot's cover is open: close it"},
    {16, "robot_waits", .sentence = "The arm could not take the disc out of the printer: take it out by hand, close the cover and press "
                        "the right button until the robot goes on"},
    {17, "robot_waits", .sentence = "The arm picked up several discs: leave one of them in its place, close the cover, then " LEFT},
    {18, "robot_waits", .sentence = "The arm lost a disc at a drive: put it into the drive's tray, close the cover, then " LEFT},
    {19, "robot_waits", .sentence = "The arm lost a disc at the printer: put it into the printer's tray, close the cover, then " LEFT},
    {20, "robot_waits", .sentence = "The arm lost a disc at the left bin: put it into the left bin, close the cover, then " LEFT},
    {21, "robot_waits", .sentence = "The arm lost a rejected disc at the front: take it out, close the cover, then " LEFT},
    {22, "align_waits", .sentence = "The cartridges need to be aligned: acknowledge to let the printer do it", ANSWER(DW_PTBURN_ALIGN)},
    {23, "printer_waits", .sentence = "The colour cartridge is not accepted: open the cover, " LEFT ", change it and close the cover"},
    {24, "printer_waits", .sentence = "The black cartridge is not accepted: open the cover, " LEFT ", change it and close the cover"},
    {25, "printer_waits", .sentence = "Neither cartridge is accepted: open the cover, " LEFT ", change both and close the cover"},
    {26, "printer_waits", .sentence = "There is no cartridge in the printer: open the cover, " LEFT ", put one in and close the cover"},
    {27, "printer_waits", .sentence = "The black cartridge is in the place of the colour one: open the cover, " LEFT
                          ", move it and close the cover"},
    {28, "printer_waits", .sentence = "The colour cartridge is in the place of the black one: open the cover, " LEFT
                          ", move it and close the cover"},
    {29, "printer_waits", .sentence = "The cartridges are in each other's place: open the cover, " LEFT
                          ", change them over and close the cover"},
    {30, "printer_waits", .sentence = "A cartridge with pigment ink is not for this printer: open the cover, " LEFT
                          ", change it and close the cover"},
    {31, "align_waits", .sentence = "The cartridges could not be aligned: acknowledge to let the printer try again",
     ANSWER(DW_PTBURN_ALIGN)},
    {32, "robot_waits", .sentence = "A disc was lost on its way into the printer: find it, close the cover, then " LEFT},
    {33, "robot_waits", .sentence = "Several discs were put into the right bin at once: look at it, then " LEFT},
    {34, "robot_waits", .sentence = "Several discs were put into the left bin at once: look at it, then " LEFT},
    {35, "printer_waits", .sentence = "The colour ink is used up: open the cover, " LEFT ", change the cartridge and close the cover"},
    {36, "printer_waits", .sentence = "The black ink is used up: open the cover, " LEFT ", change the cartridge and close the cover"},
    {37, "printer_waits", .sentence = "Both inks are used up: open the cover, " LEFT ", change the cartridges and close the cover"},
    {38, "printer_waits", .sentence = "The printer was waited for in vain: look at the disc, its label may be missing"},
    {39, "robot_waits", .sentence = "The arm lost a disc: find it, close the cover, then " LEFT},
    {40, "robot_waits", .sentence = "The disc is missing from the printer's tray: put it back and close the tray with the left button"},
    {41, "robot_waits", .sentence = "The arm lost a disc at the right bin: find it, close the cover, then " LEFT},
    {42, "server_waits", .sentence = "The robot does not answer its server: check its power and cable"},
    {0}};

/* Why a job or one of its discs has failed. */
static const struct dw_ptburn_error job_errors[] = {
    {1, "server_failure", .sentence = "The server's recording engine failed: look whether its temporary folder exists, then acknowledge"},
    {2, "server_failure", .sentence = "The server's job processor failed: start the PTBurn service again, then acknowledge"},
    {3, "server_failure", .sentence = "The server's robot library failed: start the PTBurn service again, then acknowledge"},
    {4, "order_refused", .sentence = "The server could not read the disc image: check its rights on the shared folder and "
                         "share_unc"},
    {5, "order_refused", .sentence = "The server found too many files in the order"},
    {6, "order_refused", .sentence = "The server found nothing to burn in the order"},
    {7, "order_refused", .sentence = "The server does not take the label's file"},
    {8, "order_refused", .sentence = "The server could not read the order: check its rights on the shared folder"},
    {9, "server_failure", .sentence = "The server says that its status file is damaged: start the PTBurn service again, then acknowledge"},
    {10, "disc_unfit", .sentence = "The disc cannot be written: it is damaged, upside down or of another kind", .of_disc = true},
    {11, "too_small", .sentence = "The disc is smaller than its kind", .of_disc = true},
    {12, "not_blank", .sentence = "The disc was not blank", .of_disc = true},
    {13, "server_failure", .sentence = "A drive does not open or close: free its tray or call the service, then acknowledge"},
    {14, "disc_unfit", .sentence = "A drive did not get ready with its disc", .of_disc = true},
    {15, "server_failure", .sentence = "The server wanted a drive that is not the robot's: check the robot's cables, then acknowledge"},
    {16, "job_stopped", .sentence = "The job was stopped at the server"},
    {17, "order_refused", .sentence = "The server takes the disc for a video DVD that breaks the rules"},
    {18, "write_error", .sentence = "The disc could not be written", .of_disc = true},
    {19, "read_differs", .sentence = "The robot read back something else than was written", .of_disc = true},
    {20, "server_rejects", .sentence = "The server gave up after too many bad discs in a row: look at discs and drives, then acknowledge"},
    {21, "order_refused", .sentence = "The server found a session that it cannot go on with"},
    {22, "order_refused", .sentence = "The server does not allow this appliance to burn"},
    {23, "order_refused", .sentence = "The server could not read a message of this appliance"},
    {24, "order_refused", .sentence = "The server does not know this kind of job"},
    {25, "order_refused", .sentence = "The server refuses a word of the order: its PTBurn may be too old"},
    {26, "server_failure", .sentence = "The server's temporary folder is full: make room, then acknowledge"},
    {27, "order_refused", .sentence = "The server found CD-Text that it cannot write"},
    {28, "server_failure", .sentence = "The server lacks the program for this label: install it, then acknowledge"},
    {29, "order_refused", .sentence = "The server could not read the label: check its rights on the shared folder"},
    {30, "ink_unfit", .sentence = "A coloured label and only black ink: put a colour cartridge in, then acknowledge"},
    {31, "server_failure", .sentence = "The server has no room for what it reads: make room, then acknowledge"},
    {32, "read_error", .sentence = "The disc cannot be read back", .of_disc = true},
    {33, "order_refused", .sentence = "The server refuses a value of the volume descriptor"},
    {34, "order_refused", .sentence = "The server takes no volume descriptor with an image"},
    {35, "server_failure", .sentence = "The server could not make an image: make room on its disk, then acknowledge"},
    {36, "server_failure", .sentence = "The server got no status from the robot: check the robot's power and cable, then acknowledge"},
    {37, "order_refused", .sentence = "The robot cannot do what the order asks for"},
    {38, "order_refused", .sentence = "The server does not know the job's number"},
    {39, "order_refused", .sentence = "The server found too long a text for the label"},
    {40, "server_failure", .sentence = "The printer has failed: look at printer and server, then acknowledge"},
    {0}};

static const struct dw_ptburn_error engine_errors[] = {
    {1, "server_failure", .sentence = "Calls in the wrong order: start the PTBurn service again"},
    {2, "server_failure", .sentence = "The layer that reaches the drives is missing: install PTBurn again"},
    {3, "server_failure", .sentence = "Internal fault: start the PTBurn service again"},
    {4, "order_refused", .sentence = "A value that the engine does not take"},
    {6, "order_refused", .sentence = "The same entry twice on one disc"},
    {7, "order_refused", .sentence = "The image is missing or unreadable: check rights and paths"},
    {8, "order_refused", .sentence = "Too many files for the server's memory"},
    {9, "not_blank", .sentence = "The disc is not blank"},
    {10, "server_failure", .sentence = "An operation is still running: start the PTBurn service again if it stays"},
    {11, "stream_lost", .sentence = "The buffer ran empty: the server or its disk is too slow"},
    {12, "server_failure", .sentence = "The drive cannot be reached: check cables"},
    {13, "write_error", .sentence = "The drive reports an error of its own: see the sense codes beside it"},
    {14, "disc_unfit", .sentence = "The drive is not ready"},
    {16, "order_refused", .sentence = "The source is not valid"},
    {17, "disc_unfit", .sentence = "The image does not suit this recorder"},
    {18, "order_refused", .sentence = "A file was not found: check rights and paths"},
    {23, "server_failure", .sentence = "The limit of a demonstration version: install the full one"},
    {24, "job_stopped", .sentence = "Stopped by whoever called it"},
    {25, "server_failure", .sentence = "A handle that is not valid: start the PTBurn service again"},
    {26, "server_failure", .sentence = "There is no such drive: check cables"},
    {27, "disc_unfit", .sentence = "The directory of a session cannot be read"},
    {29, "server_failure", .sentence = "The automatic start of discs cannot be switched off"},
    {30, "read_error", .sentence = "The drive could not read"},
    {31, "write_error", .sentence = "The drive could not write"},
    {32, "server_failure", .sentence = "The temporary file is full: make room"},
    {33, "order_refused", .sentence = "A video DVD that breaks the rules"},
    {34, "order_refused", .sentence = "A file is too large for its file system"},
    {35, "server_failure", .sentence = "Not used by the engine"},
    {36, "disc_unfit", .sentence = "The drive lacks a feature that this disc needs"},
    {37, "server_failure", .sentence = "A feature without a licence"},
    {38, "server_failure", .sentence = "The flow of data was ended by its caller"},
    {39, "order_refused", .sentence = "Protected music"},
    {0}};

static const struct dw_ptburn_error *find(const struct dw_ptburn_error *table, int number)
{
    for (; table->number; table++) {
        if (table->number == number)
            return table;
    }
    return NULL;
}

const struct dw_ptburn_error *dw_ptburn_system_error(int number)
{
    static const struct dw_ptburn_error unknown = {
        -1, "server_waits", .sentence = "The robot's server shows an error that this appliance does not know: look at the server"};
    const struct dw_ptburn_error *error = find(system_errors, number);
    return number == 0 || error ? error : &unknown;
}

const struct dw_ptburn_error *dw_ptburn_job_error(int number)
{
    static const struct dw_ptburn_error unknown = {
        -1, "server_failure",
        .sentence = "The server ended a job with an error that this appliance does not know: look at the server, then acknowledge"};
    const struct dw_ptburn_error *error = find(job_errors, number);
    return number == 0 || error ? error : &unknown;
}

const struct dw_ptburn_error *dw_ptburn_engine_error(int number)
{
    return find(engine_errors, number);
}

static void print_table(const char *title, const struct dw_ptburn_error *table, struct dw_buf *out)
{
    dw_buf_addf(out, "\n## %s\n\n| number | what we say | who | what is done meanwhile |\n| --- | --- | --- | --- |\n", title);
    for (; table->number; table++) {
        const struct dw_fault *row = dw_fault_find(table->row);
        const char *doing = table->answerable ? "An acknowledgement in the console is sent to the server"
                            : table->of_disc  ? "The server rejects the disc and tries the next one by itself"
                                              : dw_fault_action_text(row);
        dw_buf_addf(out, "| %d | %s | %s | %s |\n", table->number, table->sentence, dw_fault_who_name(row->who), doing);
    }
}

void dw_ptburn_errors_print(struct dw_buf *out)
{
    dw_buf_add_text(out, "# Errors of PTBurn and what Discwright says of them\n\nWritten by `ninja docs` from the tables "
                         "of `robot/ptburn/errors.c`. The three lists of numbers are independent.\n");
    print_table("System errors (`SysErrorNumber`)", system_errors, out);
    print_table("Job and disc errors (`JobErrorNumber`, `DiscErrorNumberX`)", job_errors, out);
    dw_buf_add_text(out, "\nAnother number stops the robot until somebody has looked at its server.\n");
    print_table("Errors of the burn engine", engine_errors, out);
    dw_buf_add_text(out, "\nThese stand in the log of the server only; this appliance is told the job error that follows "
                         "from them. 0 is success; 5, 15, 19 to 22 and 28 are not told by anybody.\n");
}
