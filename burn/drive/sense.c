#include "burn/drive/sense.h"

#include <assert.h>
#include <string.h>

#define ANY -1

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool byte_at(const char *text, uint8_t *out)
{
    int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
    *out = (uint8_t)(high * 16 + low);
    return low >= 0;
}

/* "[K AA QQ]"; when libburn could not decode it, its three numbers have eight digits each. */
static bool triple_at(const char *text, struct dw_sense *out)
{
    int key = text[0] == '[' ? digit(text[1]) : -1;
    if (key < 0 || text[2] != ' ' || !byte_at(text + 3, &out->asc) || text[5] != ' ' ||
        !byte_at(text + 6, &out->ascq) || text[8] != ']')
        return false;
    out->key = (uint8_t)key;
    return true;
}

bool dw_sense_parse(const char *text, struct dw_sense *out)
{
    struct dw_sense sense;
    for (const char *at = strchr(text, '['); at; at = strchr(at + 1, '[')) {
        if ((at == text || at[-1] != ',') && triple_at(at, &sense)) {
            *out = sense;
            return true;
        }
    }
    return false;
}

/* The first row that fits decides: what is special stands before what is general. MMC-6 annex F and
 * SPC-4 annex D name the codes; which of them point to the disc and which to the drive is our
 * reading. */
static const struct row {
    int key, asc, ascq; /* ANY */
    enum dw_burn_fault fault;
} rows[] = {
    {ANY, 0x3A, 0x02, DW_BURN_FAULT_TRAY_OPEN}, /* medium not present, tray open */
    {ANY, 0x3A, ANY, DW_BURN_FAULT_NO_DISC},
    {ANY, 0x0B, 0x01, DW_BURN_FAULT_HOT},    /* warning, specified temperature exceeded */
    {ANY, 0x08, ANY, DW_BURN_FAULT_LINK},    /* logical unit communication */
    {ANY, 0x47, ANY, DW_BURN_FAULT_LINK},    /* parity, CRC */
    {ANY, 0x4B, ANY, DW_BURN_FAULT_LINK},    /* data phase */
    {ANY, 0x73, ANY, DW_BURN_FAULT_LASER},   /* power calibration area, program memory area */
    {ANY, 0x72, ANY, DW_BURN_FAULT_CLOSE},   /* session fixation */
    {ANY, 0x0C, 0x09, DW_BURN_FAULT_STREAM}, /* write error, loss of streaming */
    {ANY, 0x63, ANY,
     DW_BURN_FAULT_TOO_SMALL}, /* end of user area on this track; packet does not fit */
    {0x5, 0x21, ANY, DW_BURN_FAULT_TOO_SMALL}, /* block address out of range */
    {0xD, ANY, ANY, DW_BURN_FAULT_TOO_SMALL},  /* volume overflow */
    {0x2, 0x30, ANY,
     DW_BURN_FAULT_UNFIT}, /* cannot read or write medium: unknown or incompatible format */
    {0x3, 0x30, ANY, DW_BURN_FAULT_UNFIT},
    {0x5, 0x30, ANY, DW_BURN_FAULT_UNFIT},
    {0x3, 0x31, ANY, DW_BURN_FAULT_UNFIT}, /* medium format corrupted */
    {0x7, ANY, ANY, DW_BURN_FAULT_UNFIT},  /* write protected */
    {0x8, ANY, ANY, DW_BURN_FAULT_NOT_BLANK},
    {0x5, 0x64, ANY,
     DW_BURN_FAULT_NOT_BLANK}, /* illegal mode for this track: there is one already */
    {0x2, ANY, ANY, DW_BURN_FAULT_NOT_READY},
    {0x4, 0x0C, ANY, DW_BURN_FAULT_WRITE}, /* some drives call a bad spot their own failure */
    {0x4, ANY, ANY, DW_BURN_FAULT_HARDWARE},
    {0x3, 0x11, ANY, DW_BURN_FAULT_READ}, /* unrecovered read error */
    {0x3, 0x02, ANY, DW_BURN_FAULT_READ}, /* no seek complete */
    {0x3, 0x06, ANY, DW_BURN_FAULT_READ}, /* no reference position */
    {0x3, ANY, ANY, DW_BURN_FAULT_WRITE},
    {0xE, ANY, ANY, DW_BURN_FAULT_DIFFERS}, /* miscompare */
    {0x6, ANY, ANY, DW_BURN_FAULT_RESET},   /* unit attention */
    {0xB, ANY, ANY, DW_BURN_FAULT_LINK},    /* aborted command */
    {0x5, ANY, ANY, DW_BURN_FAULT_REFUSED},
};

static bool fits(int want, uint8_t got)
{
    return want == ANY || want == got;
}

enum dw_burn_fault dw_sense_fault(const struct dw_sense *sense)
{
    for (size_t i = 0; i < DW_ARRAY_LEN(rows); i++) {
        if (fits(rows[i].key, sense->key) && fits(rows[i].asc, sense->asc) &&
            fits(rows[i].ascq, sense->ascq))
            return rows[i].fault;
    }
    return DW_BURN_FAULT_OTHER;
}

enum dw_burn_fault dw_sense_fault_of(const char *text, enum dw_burn_fault otherwise)
{
    struct dw_sense sense;
    return dw_sense_parse(text, &sense) ? dw_sense_fault(&sense) : otherwise;
}

const char *dw_burn_fault_name(enum dw_burn_fault fault)
{
    static const char *const names[] = {
        [DW_BURN_FAULT_NONE] = "",
        [DW_BURN_FAULT_OTHER] = "burn_failed",
        [DW_BURN_FAULT_WRITE] = "write_error",
        [DW_BURN_FAULT_LASER] = "laser_power",
        [DW_BURN_FAULT_STREAM] = "stream_lost",
        [DW_BURN_FAULT_CLOSE] = "close_failed",
        [DW_BURN_FAULT_READ] = "read_error",
        [DW_BURN_FAULT_DIFFERS] = "read_differs",
        [DW_BURN_FAULT_NOT_BLANK] = "not_blank",
        [DW_BURN_FAULT_TOO_SMALL] = "too_small",
        [DW_BURN_FAULT_WRONG_DISC] = "wrong_disc",
        [DW_BURN_FAULT_UNFIT] = "disc_unfit",
        [DW_BURN_FAULT_NO_DISC] = "no_disc",
        [DW_BURN_FAULT_TRAY_OPEN] = "tray_open",
        [DW_BURN_FAULT_NOT_READY] = "drive_not_ready",
        [DW_BURN_FAULT_HARDWARE] = "drive_hardware",
        [DW_BURN_FAULT_LINK] = "drive_link",
        [DW_BURN_FAULT_RESET] = "drive_reset",
        [DW_BURN_FAULT_HOT] = "drive_hot",
        [DW_BURN_FAULT_REFUSED] = "drive_refuses",
        [DW_BURN_FAULT_SOURCE] = "source_failed",
    };
    static_assert(DW_ARRAY_LEN(names) == DW_BURN_FAULT_COUNT, "name every failure");
    assert((unsigned)fault < DW_ARRAY_LEN(names));
    return names[fault];
}
