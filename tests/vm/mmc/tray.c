/* The tray: alone, or with whatever lies on it in the world of an emulated robot (tests/vm/usb). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mmc.h"

#define WORLD "/run/world.sock"
#define TRAY_US 200000 /* as long as the world takes it to be */

static void ask_world(const char *line, char *answer, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = WORLD};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ssize_t n = -1;
    if (fd >= 0 && connect(fd, (void *)&address, sizeof address) == 0 && write(fd, line, strlen(line)) > 0)
        n = read(fd, answer, size - 1);
    if (n < 0)
        perror("vm_mmc: the world does not answer");
    answer[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
    usleep(TRAY_US);
}

/* "NUMBER KIND": every disc of the world has a file of its own. */
static void take(struct drive *drive, char *words)
{
    char path[64], *kind = strchr(words, ' ');
    const struct kind *found = kind ? kind_find(kind + 1) : NULL;
    if (!found)
        return;
    *kind = '\0';
    snprintf(path, sizeof path, "%s/%s", drive->discs, words);
    drive->store = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (drive->store >= 0 && !disc_load(drive))
        disc_new(drive, found);
}

void tray_out(struct drive *drive)
{
    char answer[64];
    drive->tray_open = true;
    if (!drive->discs)
        return;
    ask_world("tray out", answer, sizeof answer);
    if (drive->store >= 0)
        close(drive->store);
    drive->store = -1;
    drive->has_disc = false;
}

bool tray_in(struct drive *drive)
{
    char answer[64];
    if (drive->discs) {
        ask_world("tray in", answer, sizeof answer);
        if (strcmp(answer, "stuck") == 0)
            return false;
        if (strncmp(answer, "disc ", 5) == 0)
            take(drive, answer + 5);
    }
    drive->tray_open = false;
    medium_changed(drive);
    return true;
}
