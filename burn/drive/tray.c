#include "burn/drive/tray.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "burn/drive/drives.h"

#define LOOK_MS 100
#define MOVE_MS 15000         /* a tray that has not moved by then is stuck */
#define SPIN_UP_MS 90000      /* a two-layer disc of a poor lot takes a minute */
#define PERSON_MS (30 * 60000) /* then the disc is given up, so that its job says so */

static bool is_file(const char *address)
{
    return strncmp(address, "stdio:", 6) == 0;
}

/* O_NONBLOCK: without it the kernel closes an open tray, and refuses a drive without a disc. */
static dw_status open_device(const char *address, int *out_fd, struct dw_error *err)
{
    char device[DW_PATH_MAX];
    dw_status st = dw_drives_resolve("", address, device, sizeof device, err);
    if (st != DW_OK)
        return st;
    int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "drive '%.150s': %s", address,
                            strerror(errno));
    *out_fd = fd;
    return DW_OK;
}

static dw_status look(int fd, enum dw_tray *out, struct dw_error *err)
{
    switch (ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT)) {
    case CDS_TRAY_OPEN:
        *out = DW_TRAY_OPEN;
        return DW_OK;
    case CDS_NO_DISC:
        *out = DW_TRAY_EMPTY;
        return DW_OK;
    case CDS_DISC_OK:
        *out = DW_TRAY_LOADED;
        return DW_OK;
    case CDS_DRIVE_NOT_READY:
        *out = DW_TRAY_BUSY;
        return DW_OK;
    default:
        return dw_error_set(err, errno == ENOTTY || errno == ENOSYS ? DW_ERR_UNSUPPORTED : DW_ERR_IO,
                            "the drive does not tell where its tray is: %s", strerror(errno));
    }
}

static void wait_a_little(void)
{
    struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&pause, NULL);
}

/* Until the tray is open (or not: wanted) or most_ms are over. *out is where it is then. */
static dw_status wait_until(int fd, bool open, int most_ms, enum dw_tray *out, struct dw_error *err)
{
    dw_status st = look(fd, out, err);
    for (int ms = 0; st == DW_OK && ms < most_ms && (*out == DW_TRAY_OPEN) != open; ms += LOOK_MS) {
        wait_a_little();
        st = look(fd, out, err);
    }
    return st;
}

/* A disc that was just taken in spins up. */
static dw_status wait_ready(int fd, struct dw_error *err)
{
    enum dw_tray tray = DW_TRAY_BUSY;
    dw_status st = look(fd, &tray, err);
    for (int ms = 0; st == DW_OK && tray == DW_TRAY_BUSY; ms += LOOK_MS) {
        if (ms >= SPIN_UP_MS)
            return dw_error_set(err, DW_ERR_TIMEOUT, "the drive is not ready after %d s",
                                SPIN_UP_MS / 1000);
        wait_a_little();
        st = look(fd, &tray, err);
    }
    return st;
}

dw_status dw_tray_look(const char *address, enum dw_tray *out, struct dw_error *err)
{
    int fd = -1;
    if (is_file(address)) {
        *out = DW_TRAY_LOADED;
        return DW_OK;
    }
    dw_status st = open_device(address, &fd, err);
    if (st != DW_OK)
        return st;
    st = look(fd, out, err);
    close(fd);
    return st;
}

static dw_status move_out(int fd, struct dw_error *err)
{
    enum dw_tray tray;
    dw_status st = look(fd, &tray, err);
    if (st != DW_OK || tray == DW_TRAY_OPEN)
        return st;
    ioctl(fd, CDROM_LOCKDOOR, 0); /* where it fails, the eject says why */
    if (ioctl(fd, CDROMEJECT, 0) != 0)
        return errno == EBUSY /* other errors of this call say nothing: the kernel reports its own buffers */
                   ? dw_error_set(err, DW_ERR_BUSY, "another program holds the drive")
                   : dw_error_set(err, DW_ERR_IO, "the drive does not open its tray");
    st = wait_until(fd, true, MOVE_MS, &tray, err);
    /* A drive with a slot, or a caddy, has no tray that could be seen open. */
    if (st == DW_OK && tray == DW_TRAY_LOADED)
        st = dw_error_set(err, DW_ERR_IO, "the tray did not open within %d s", MOVE_MS / 1000);
    return st;
}

/* Whether a drive loads its own tray is seen by trying: old ones do not say it, some say it and do not. */
static dw_status move_in(int fd, struct dw_error *err)
{
    enum dw_tray tray;
    bool told = ioctl(fd, CDROMCLOSETRAY, 0) == 0;
    dw_status st = wait_until(fd, false, told ? MOVE_MS : 0, &tray, err);
    if (st == DW_OK && tray == DW_TRAY_OPEN)
        return dw_error_set(err, DW_ERR_UNSUPPORTED,
                            "this drive does not close its own tray: push it in by hand");
    return st == DW_OK ? wait_ready(fd, err) : st;
}

static dw_status move(const char *address, dw_status (*how)(int fd, struct dw_error *err),
                      struct dw_error *err)
{
    int fd = -1;
    if (is_file(address))
        return DW_OK;
    dw_status st = open_device(address, &fd, err);
    if (st != DW_OK)
        return st;
    st = how(fd, err);
    close(fd);
    return st;
}

dw_status dw_tray_open(const char *address, struct dw_error *err)
{
    return move(address, move_out, err);
}

dw_status dw_tray_close(const char *address, struct dw_error *err)
{
    return move(address, move_in, err);
}

static dw_status wait_for_person(int fd, dw_tray_person_fn *person, void *ctx, struct dw_error *err)
{
    enum dw_tray tray = DW_TRAY_OPEN;
    dw_status st = DW_OK;
    for (int ms = 0; st == DW_OK && tray == DW_TRAY_OPEN; ms += LOOK_MS) {
        if (ms >= PERSON_MS)
            return dw_error_set(err, DW_ERR_TIMEOUT, "nobody has pushed the tray in for %d minutes",
                                PERSON_MS / 60000);
        st = person(ctx, err);
        wait_a_little();
        if (st == DW_OK)
            st = look(fd, &tray, err);
    }
    return st == DW_OK ? wait_ready(fd, err) : st;
}

dw_status dw_tray_cycle(const char *address, dw_tray_person_fn *person, void *ctx,
                        struct dw_error *err)
{
    int fd = -1;
    enum dw_tray tray = DW_TRAY_OPEN;
    struct dw_error why;
    if (is_file(address))
        return DW_OK;
    dw_status st = open_device(address, &fd, err);
    if (st != DW_OK)
        return st;
    st = wait_ready(fd, err);
    if (st == DW_OK)
        st = move_out(fd, err);
    if (st == DW_OK) {
        st = move_in(fd, &why);
        if (st == DW_ERR_UNSUPPORTED && person)
            st = wait_for_person(fd, person, ctx, err);
        else if (st != DW_OK && err)
            *err = why;
    }
    if (st == DW_OK)
        st = look(fd, &tray, err);
    if (st == DW_OK && tray != DW_TRAY_LOADED)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "no disc in the drive when its tray was in again");
    close(fd);
    return st;
}
