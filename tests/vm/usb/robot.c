/* vm_robot publisher|nimbie|nimbie-interrupt DEVICE GADGET CONTROLLER LOG: the firmware of an emulated robot behind the
 * kernel's USB gadget, unplugged at first.
 * vm_robot --tell LINE: talk to it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "world.h"

#define DOOR "/run/world.sock"

static int open_door(bool ours)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = DOOR};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (ours)
        unlink(DOOR);
    if (fd < 0 || (ours ? bind(fd, (void *)&address, sizeof address) != 0 || listen(fd, 8) != 0
                        : connect(fd, (void *)&address, sizeof address) != 0)) {
        perror("vm_robot: " DOOR);
        exit(1);
    }
    return fd;
}

static int tell(const char *line)
{
    char answer[1024] = "";
    int fd = open_door(false);
    if (write(fd, line, strlen(line)) < 0 || read(fd, answer, sizeof answer - 1) < 0)
        return 1;
    puts(answer);
    return strncmp(answer, "no such", 7) == 0;
}

static bool cable(struct world *world, struct wire *wire, const char *line)
{
    if (strcmp(line, "plug") == 0 || strcmp(line, "unplug") == 0) {
        wire_plug(wire, line[0] == 'p');
    } else if (strcmp(line, "power off") == 0) {
        wire_plug(wire, false);
        pthread_mutex_lock(&world->lock);
        world_advance(world);
        world_log(world, "the power goes");
        world->machine->power_lost(world);
        pthread_mutex_unlock(&world->lock);
    } else {
        return false;
    }
    return true;
}

static void listen_to(int door, struct world *world, struct wire *wire, bool *replugs)
{
    char line[256], answer[1024] = "ok";
    int fd = accept(door, NULL, NULL);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (n > 0) {
        line[n] = '\0';
        if (strncmp(line, "reset-replugs ", 14) == 0) {
            *replugs = line[14] == 'y';
        } else if (!cable(world, wire, line)) {
            pthread_mutex_lock(&world->lock);
            world_advance(world);
            world_control(world, line, answer, sizeof answer);
            pthread_mutex_unlock(&world->lock);
            wire_nudge(wire);
        }
        n = write(fd, answer, strlen(answer));
        (void)n; /* who asked may be gone */
    }
    if (fd >= 0)
        close(fd);
}

/* Things that come by time, and what a reset leads to. */
static void look_after(struct world *world, struct wire *wire, bool replugs)
{
    pthread_mutex_lock(&world->lock);
    world_advance(world);
    bool pulled = world->unplug_at_ms && world->at_ms >= world->unplug_at_ms;
    if (pulled) {
        world->unplug_at_ms = 0;
        world_log(world, "MISFORTUNE the plug is pulled");
    }
    bool waits = world->luck.hold_ms || world->luck.stall_out;
    pthread_mutex_unlock(&world->lock);
    if (waits)
        wire_nudge(wire); /* the nudge before may have come just ahead of a read */
    bool reset = wire_was_reset(wire) && replugs;
    if (pulled || reset)
        wire_plug(wire, false);
    if (reset) {
        poll(NULL, 0, 200);
        wire_plug(wire, true);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    bool replugs = false;
    if (argc == 3 && strcmp(argv[1], "--tell") == 0)
        return tell(argv[2]);
    if (argc != 6) {
        fputs("usage: vm_robot MACHINE DEVICE GADGET CONTROLLER LOG | vm_robot --tell LINE\n", stderr);
        return 2;
    }
    bool is_nimbie = strncmp(argv[1], "nimbie", 6) == 0;
    world_init(&world, is_nimbie ? &nimbie : &publisher, argv[5]);
    struct wire *wire = wire_new(&world, argv[2], argv[3], argv[4], strcmp(argv[1], "nimbie-interrupt") == 0);
    struct pollfd door = {.fd = open_door(true), .events = POLLIN};
    for (;;) {
        if (poll(&door, 1, 10) < 0 && errno != EINTR)
            return 1;
        if (door.revents & POLLIN)
            listen_to(door.fd, &world, wire, &replugs);
        door.revents = 0;
        look_after(&world, wire, replugs);
    }
}
