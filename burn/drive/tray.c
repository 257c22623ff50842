/* The tray, moved through the kernel: no need to take the drive for it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "burn/drive/drive.h"

static dw_status move_tray(const char *address, unsigned long request, const char *what,
                           struct dw_error *err)
{
    if (dw_drive_is_file(address))
        return DW_OK;
    int fd = open(address, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return dw_error_set(err, dw_status_from_errno(errno), "drive '%s': %s", address,
                            strerror(errno));
    dw_status st = DW_OK;
    if (request == CDROMEJECT)
        ioctl(fd, CDROM_LOCKDOOR, 0); /* where it fails, the eject says why */
    if (ioctl(fd, request, 0) != 0)
        st = dw_error_set(err, errno == ENOSYS || errno == ENOTTY ? DW_ERR_UNSUPPORTED : DW_ERR_IO,
                          "%s tray of '%s': %s", what, address, strerror(errno));
    close(fd);
    return st;
}

dw_status dw_drive_tray_open(const char *address, struct dw_error *err)
{
    return move_tray(address, CDROMEJECT, "open", err);
}

dw_status dw_drive_tray_close(const char *address, struct dw_error *err)
{
    return move_tray(address, CDROMCLOSETRAY, "close", err);
}
