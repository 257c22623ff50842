/** Every maximum of the house by name. Reaching one is an error with a sentence, never a cut. */
#ifndef DW_BASE_LIMITS_H
#define DW_BASE_LIMITS_H

/* Messages between our processes (base/channel.h). Unix SEQPACKET keeps one message in one packet. */
#define DW_CHANNEL_MESSAGE_MAX (160 * 1024) /* bytes of one packet: a larger blob travels in a memfd */
#define DW_CHANNEL_BLOB_MAX (8 * 1024 * 1024)
#define DW_CHANNEL_FDS_MAX 4
#define DW_CHANNEL_QUEUE_MAX 4096 /* messages waiting for a slow child */

/* Files and names */
#define DW_PATH_MAX 4096       /* bytes with the final zero */
#define DW_CONFIG_LINE_MAX 1024
#define DW_SMALL_FILE_MAX (16 * 1024 * 1024) /* what dw_file_read_all() takes into memory */

/* DICOM (dicom/scan.h) */
#define DW_SCAN_DEPTH_MAX 64               /* nested sequences */
#define DW_SCAN_ELEMENTS_MAX 4000000       /* elements of one data set, items included */
#define DW_SCAN_VALUE_MAX (64 * 1024)      /* bytes of one value that we keep in memory */
#define DW_SCAN_INFLATE_MAX (1ULL << 32)   /* bytes a deflated data set may grow to */
#define DW_COMMAND_SET_MAX (64 * 1024)     /* bytes of one DIMSE command */
#define DW_UID_MAX 65                      /* 64 characters and the final zero, PS3.5 9.1 */
#define DW_RECORD_MAX (4 * 1024 * 1024)    /* key bytes of one object's directory records: a presentation
                                              state may name tens of thousands of images */
#define DW_TEXT_MAX 512                    /* UTF-8 bytes of one name or description */

/* Images and discs */
#define DW_BLOCK_SIZE 2048
#define DW_TREE_ENTRIES_MAX 1000000
#define DW_TREE_DEEP_LEVELS_MAX 64         /* folders and file name, in an image that is no file-set */
#define DW_TREE_NAME_MAX 255               /* bytes of one name there */
#define DW_CHUNK_BLOCKS 64                 /* blocks under one checksum of a volume */
#define DW_VOLUMES_PER_JOB_MAX 99
#define DW_COPIES_MAX 50
#define DW_DISC_ATTEMPTS_MAX 3             /* rejected discs of one (volume, copy) before a person decides */

/* Robots */
#define DW_ROBOT_DRIVES_MAX 8
#define DW_ROBOT_BINS_MAX 8
#define DW_OPTICAL_MAX 32       /* drives of one machine */
#define DW_DRIVE_SERIAL_MAX 256 /* a drive tells 32 (MMC-6 5.3.26) at most; udev's name of it, and where it is plugged in */
#define DW_DISC_LOT_MAX 64 /* "CMCMAG/AE1/1", "97m17s06f/79m59s71f" */
#define DW_BIN_DISCS_MAX 200
#define DW_STOCK_NAME_MAX 32                /* bytes of the name of a pile of blanks */

/* Web and control */
#define DW_HTTP_BODY_MAX (64 * 1024)
#define DW_LIST_ROWS_MAX 100               /* rows of one page of studies, jobs, discs */
#define DW_SESSIONS_MAX 64

/* Processes */
#define DW_WORKERS_MAX 2                   /* work tasks of the daemon at the same time */
#define DW_ASSOCIATIONS_MAX 256
#define DW_PORTS_MAX 9                     /* that DICOM is received on */
#define DW_PORT_NAME_MAX 32                /* bytes with the final zero */
#define DW_WORK_TASK_SECONDS_MAX (6 * 3600)
#define DW_WORK_STACK_MAX (16ULL << 20)    /* RLIMIT_STACK of a work task, bytes */
#define DW_WORK_MEMORY_MAX (3ULL << 30)    /* RLIMIT_AS of a work task, bytes */

/* What the pages of a disc show, whoever draws it: of each series so many pictures at most, evenly spaced, so
 * many pixels along the longer side. */
#define DW_PREVIEWS_PER_SERIES 9
#define DW_PREVIEW_EDGE 768

#endif
