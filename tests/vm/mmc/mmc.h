/** An optical drive with a disc in it, as MMC-6 describes one, that lives in a file: what the kernel, libburn and
 *  libcdio meet as /dev/sr0 in the guest of tests/vm/burn.py. One thread; asserts and ends on a mistake of its own. */
#ifndef DW_TESTS_VM_MMC_H
#define DW_TESTS_VM_MMC_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK 2048
#define PREGAP 150               /* of a CD, written before block 0 */
#define STORE_AT (1024 * 1024)   /* where block 0 of the disc lies in its file; the state lies before it */
#define STORE_MAGIC 0x646d6d63u
#define FAULTS_MAX 8

enum family { CD_R, CD_RW, DVD_MINUS_R, DVD_MINUS_RW, DVD_PLUS_R, DVD_PLUS_RW, BD_R, BD_RE };
struct kind {
    const char *name; /* as burn/drive/media.h names it */
    enum family family;
    uint16_t profile;
    uint32_t blocks, speed_kbps; /* speed: 1x */
};
const struct kind *kind_find(const char *name);
const struct kind *kind_at(uint32_t i); /* NULL behind the last */

enum state { BLANK, OPEN, APPENDABLE, FINAL };
/** The first bytes of the store, which the host reads: little endian, 32 bits each. */
struct disc {
    uint32_t magic, kind, state;
    uint32_t capacity;    /* blocks */
    uint32_t written;     /* blocks of the one track: the next address to write */
    uint32_t reserved;    /* blocks of a track whose size was told; 0: none */
    uint32_t session_at_once; /* written with a cue sheet or a reserved track */
    uint32_t formatted;   /* rewritable: can be written; BD-R: has a spare area */
    uint32_t bufe, speed_kbps, multi; /* as the host asked for while it was written */
    uint32_t cue_blocks;  /* lead-out of the cue sheet */
};

struct fault {
    bool is_write;
    uint32_t lba, times;
    uint8_t key, asc, ascq; /* key 0xF: the power goes */
};
struct drive {
    int store;
    const char *discs;  /* a folder with a store for each; NULL: there is one disc */
    bool has_disc, tray_open, locked;
    bool hand_loaded;   /* the tray comes out by itself and does not go in */
    bool jammed;        /* and does not come out either */
    struct disc disc;
    const struct kind *kind;
    uint8_t page5[52];  /* write parameters as they were selected, from the page code on */
    struct fault fault[FAULTS_MAX];
    bool numbered;      /* blocks that nobody wrote hold their own address */
    uint32_t slow_us;   /* for each block that is written */
    uint32_t busy;      /* so many commands find it still at work */
    uint8_t busy_ascq;
    uint8_t attention_asc, attention_ascq; /* 0: none */
    uint8_t event;      /* of the medium, not yet told: 1 eject wanted, 2 new, 3 removed */
    uint32_t speed_kbps;
    uint64_t loads, commands, reads, writes;
};
struct request {
    const uint8_t *cdb;
    uint8_t *data;      /* what the host sends or wants */
    size_t size, used;  /* used: bytes of an answer */
    uint8_t key, asc, ascq;
    uint32_t at;        /* block of an error */
    bool has_at;
};

void drive_execute(struct drive *drive, struct request *request);
void drive_control(struct drive *drive, char *line, char *answer, size_t size);

/* shared by the files of the drive */
void fail(struct request *request, uint8_t key, uint8_t asc, uint8_t ascq);
void answer(struct request *request, const uint8_t *data, size_t size, size_t wanted); /* cut to both */
uint16_t get16(const uint8_t *at);
uint32_t get32(const uint8_t *at);
void put16(uint8_t *at, uint32_t value);
void put24(uint8_t *at, uint32_t value);
void put32(uint8_t *at, uint32_t value);
void disc_save(const struct drive *drive);
bool disc_load(struct drive *drive);
void disc_new(struct drive *drive, const struct kind *kind);
bool kind_is_cd(const struct kind *kind);
bool kind_is_overwritable(const struct kind *kind);
uint32_t disc_readable(const struct drive *drive); /* blocks */
void medium_changed(struct drive *drive);
void tray_out(struct drive *drive);
bool tray_in(struct drive *drive); /* false: something is in its way */
void inquiry(struct drive *drive, struct request *request);
void get_configuration(struct drive *drive, struct request *request);
void mode_sense(struct drive *drive, struct request *request);
void mode_select(struct drive *drive, struct request *request);
void get_performance(struct drive *drive, struct request *request);
void set_streaming(struct drive *drive, struct request *request);
void set_cd_speed(struct drive *drive, struct request *request);
void read_disc_information(struct drive *drive, struct request *request);
void read_track_information(struct drive *drive, struct request *request);
void read_toc(struct drive *drive, struct request *request);
void read_capacity(struct drive *drive, struct request *request);
void read_format_capacities(struct drive *drive, struct request *request);
void read_structure(struct drive *drive, struct request *request);
void read_buffer_capacity(struct drive *drive, struct request *request);
void write_blocks(struct drive *drive, struct request *request);
void read_blocks(struct drive *drive, struct request *request);
void send_cue_sheet(struct drive *drive, struct request *request);
void reserve_track(struct drive *drive, struct request *request);
void synchronize(struct drive *drive, struct request *request);
void close_track(struct drive *drive, struct request *request);
void blank(struct drive *drive, struct request *request);
void format_unit(struct drive *drive, struct request *request);

#endif
