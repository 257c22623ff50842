"""Numbers and words of the PTBurn hot folder (SDK manual 3.24), in our own sentences."""

ROBOT_TYPES = {0: "Disc Publisher", 1: "Disc Publisher II", 2: "Disc Publisher PRO", 4: "Disc Publisher XR",
               5: "Disc Publisher XRP", 6: "Disc Publisher SE", 7: "Disc Publisher Pro Xi",
               8: "Disc Publisher 4100", 9: "Disc Publisher 4100 XRP", 10: "Disc Publisher 4051",
               11: "Disc Publisher SE-3", 12: "Disc Publisher 4200", 13: "Disc Publisher 4200 XRP",
               14: "Disc Publisher 4052"}
FOUR_TANKS = {8, 9}          # black, yellow, cyan and magenta on their own
ONE_CARTRIDGE = {6, 11, 12, 13}
COMBINED = {11, 12, 13}      # cartridge type 6, known from a client
KIOSK = {1, 4, 2, 5, 7, 8, 9}
SERIAL_KNOWN = {6, 2, 5}

SYSTEM_ERRORS = {
    0: "No Errors",
    1: "The printer tray does not move",
    2: "A cartridge was not accepted",
    3: "The input bin is empty",
    4: "Internal communication with the printer failed",
    5: "Colour ink is low",
    6: "Black ink is low",
    7: "Both inks are low",
    8: "A disc could not be picked",
    9: "The arm does not move",
    10: "The printer carriage does not move",
    11: "The service lacks local administrator rights",
    12: "Internal fault of the service",
    13: "No robotic drive was found",
    14: "The unit is offline",
    15: "The cover is open",
    16: "The disc could not be picked out of the printer",
    17: "Several discs were picked",
    18: "A disc was dropped at the recorder",
    19: "A disc was dropped at the printer",
    20: "A disc was dropped at the left bin",
    21: "A disc was dropped at the reject position",
    22: "The printer needs alignment",
    23: "The colour cartridge is invalid",
    24: "The black cartridge is invalid",
    25: "Both cartridges are invalid",
    26: "No cartridge is installed",
    27: "A black cartridge is in the colour holder",
    28: "A colour cartridge is in the black holder",
    29: "The cartridges are swapped",
    30: "A pigment ink cartridge is not allowed here",
    31: "The alignment print failed",
    32: "A disc was dropped while it entered the printer",
    33: "Several discs were put into the right bin",
    34: "Several discs were put into the left bin",
    35: "Colour ink is empty",
    36: "Black ink is empty",
    37: "Both inks are empty",
    38: "Timed out waiting for the printer",
    39: "A disc was dropped somewhere",
    40: "The disc is missing from the printer tray",
    41: "A disc was dropped at the right bin",
    42: "The robot does not answer in time",
}
INK_LOW = {5, 6, 7}
ALIGN_ANSWERS = {22, 31}

# One list for both: a job error ends the job, a disc error rejects one disc.
ERRORS = {
    1: ("job", "Internal error of the recording engine"),
    2: ("job", "Internal error of the job processor"),
    3: ("job", "Internal error of the robotics"),
    4: ("job", "Source files are missing, corrupt or of the wrong format"),
    5: ("job", "Too many file and folder entries"),
    6: ("job", "Nothing to burn was named"),
    7: ("job", "The label file has the wrong type"),
    8: ("job", "The request file is missing, locked or invalid"),
    9: ("job", "The status file is damaged"),
    10: ("disc", "Bad medium"),
    11: ("disc", "Not enough room on the medium"),
    12: ("disc", "The medium is not blank"),
    13: ("job", "The drive does not open or close"),
    14: ("disc", "The drive is not ready after loading"),
    15: ("job", "The drive is not a robotic one"),
    16: ("job", "The job was aborted"),
    17: ("job", "The DVD-Video folders break the rules"),
    18: ("disc", "Recording error"),
    19: ("disc", "Verify error"),
    20: ("job", "Too many rejects in a row"),
    21: ("job", "Bad session on a multi-session disc"),
    22: ("job", "The client is not authorised"),
    23: ("job", "A message of the client could not be processed"),
    24: ("job", "Unknown job type"),
    25: ("job", "An important key or value is invalid"),
    26: ("job", "The temporary folder is full"),
    27: ("job", "CD-Text is badly formed or too long"),
    28: ("job", "The label application is missing"),
    29: ("job", "The label file does not exist"),
    30: ("job", "The installed ink does not suit the label"),
    31: ("disc", "No room at the target of a read job"),
    32: ("disc", "Read error"),
    33: ("job", "A volume descriptor value is invalid"),
    34: ("job", "Volume descriptor keys outside a Data job"),
    35: ("job", "The image could not be created"),
    36: ("job", "No status from the unit"),
    37: ("job", "The robot lacks the requested action"),
    38: ("job", "Wrong job id"),
    39: ("job", "A merge field is too long"),
    40: ("job", "Fatal problem while printing"),
}

# Seen in the server's log only. What a job shows of each is not printed in the manual: the second column is our
# reading of what fits (0: nothing, the burn goes on).
ENGINE_ERRORS = {
    0: ("OK", 0), 1: ("CMDSEQUENCE", 1), 2: ("NOASPI", 1), 3: ("INTERR", 1), 4: ("BADPARAM", 1),
    6: ("ALREADYEXIST", 4), 7: ("NOTREADABLE", 4), 8: ("NOSPACE", 1), 9: ("INVALIDMEDIUM", 12),
    10: ("RUNNING", 1), 11: ("BUR", 18), 12: ("SCSIERROR", 18), 13: ("UNITERROR", 18), 14: ("NOTREADY", 14),
    16: ("INVALIDSOURCE", 4), 17: ("INCOMPATIBLE", 1), 18: ("FILEERROR", 4), 23: ("ITSADEMO", 1),
    24: ("USERABORT", 16), 25: ("BADHANDLE", 1), 26: ("BADUNIT", 15), 27: ("ERRORLOADING", 21),
    29: ("NOAINCONTROL", 1), 30: ("READERROR", 32), 31: ("WRITEERROR", 18), 32: ("TMPOVERFLOW", 26),
    33: ("DVDSTRUCTERROR", 17), 34: ("FILETOOLARGE", 4), 35: ("CACHEFULL", 1), 36: ("FEATURE_NOT_SUPPORTED", 1),
    37: ("FEATURE_DISABLED", 1), 38: ("CALLBACK_ERROR", 1), 39: ("PROTECTEDWMA", 4),
}

# CurrentStatusState and the text beside it.
(RECORDING, READING, VERIFYING, PRINTING, LOADING, UNLOADING, WAIT_PRINTER, WAIT_RECORDER, FINISHING, REJECTING, COMPLETE,
 PAUSED, RESUMED, ABORTED, INITIALISING, FAILED, PREMASTERING, SYSTEM_OK, MOVED) = range(19)
JOB_TEXTS = ("Recording", "Reading", "Verifying", "Printing", "Loading", "Unloading", "Waiting for printer",
             "Waiting for recorder", "Finishing disc", "Rejecting", "Job complete", "Job paused", "Job resumed",
             "Job aborted", "Initialising", "Job failed", "Pre-mastering", "System OK", "Job moved")
NOT_STARTED, RUNNING, COMPLETED, JOB_FAILED, JOB_MOVED = range(5)  # JobState
(IDLE, DRIVE_RECORDING, DRIVE_READING, DRIVE_VERIFYING, DISC_LOADED, VERIFY_FAILED, VERIFY_COMPLETE, RECORD_FAILED,
 RECORD_COMPLETE) = range(9)  # DriveStateX
UNUSED, HOLD_LOADING, HOLD_LOADED, HOLD_PROCESSING, HOLD_PROCESSED, HOLD_UNLOADED = range(-1, 5)  # LoadDiscStateX

BLOCKS = {"cd": 359844, "dvd": 2295104, "dvd-dl": 4173824, "bd": 12219392}


class Refusal(Exception):
    """What a job or one of its discs ends with."""

    def __init__(self, number, sentence):
        super().__init__(sentence)
        self.number = number
        self.sentence = sentence
