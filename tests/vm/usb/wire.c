/* The robot's end of the cable: its plug, and what comes and goes. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/usb/functionfs.h>

#include "world.h"

#define BUFFER 4096

struct wire {
    struct world *world;
    const char *device, *controller;
    char plug[128]; /* the file of the gadget that names its controller */
    bool functionfs;
    volatile bool plugged, was_reset, ours; /* ours: the host is not the one who ended it */
    volatile unsigned generation;
    int ep0, in, out, replies[2];
    pthread_t reader, sender, events;
};

static void pause_ms(unsigned ms)
{
    poll(NULL, 0, (int)ms);
}

static void nothing(int signal)
{
    (void)signal; /* it ends a blocking read */
}

/* The kernel takes the name off again by itself. */
static void name_controller(const struct wire *wire, const char *name)
{
    int fd = open(wire->plug, O_WRONLY);
    ssize_t n = fd < 0 ? -1 : write(fd, name, strlen(name));
    if (n < 0 && name[0] != '\n')
        fprintf(stderr, "vm_robot: %s: %s\n", wire->plug, strerror(errno));
    close(fd);
}

void wire_plug(struct wire *wire, bool in)
{
    if (in == wire->plugged)
        return;
    pthread_mutex_lock(&wire->world->lock);
    world_advance(wire->world);
    world_log(wire->world, in ? "plugged in" : "unplugged");
    pthread_mutex_unlock(&wire->world->lock);
    wire->ours = true;
    wire->plugged = in;
    wire->generation++;
    name_controller(wire, in ? wire->controller : "\n");
    wire_nudge(wire);
}

void wire_nudge(struct wire *wire)
{
    pthread_kill(wire->reader, SIGUSR1);
}

bool wire_was_reset(struct wire *wire)
{
    bool was = wire->was_reset;
    wire->was_reset = false;
    return was;
}

/* Nothing is taken until the time is over, or the test says "hold 0". */
static void hold(struct wire *wire)
{
    struct world *world = wire->world;
    uint64_t began_ms = 0;
    for (bool held = false, over = false; !over; held = true) {
        pthread_mutex_lock(&world->lock);
        world_advance(world);
        began_ms = held ? began_ms : world->at_ms;
        over = world->at_ms - began_ms >= world->luck.hold_ms;
        if (over)
            world->luck.hold_ms = 0;
        if (over ? held : !held)
            world_log(world, over ? "what comes is taken again" : "MISFORTUNE nothing is taken from here on");
        pthread_mutex_unlock(&world->lock);
        if (!over)
            pause_ms(10);
    }
}

/* Input or output in the wrong direction. A pipe can be halted when the host has configured it, and is tried until then. */
static void stall(struct wire *wire)
{
    struct luck *luck = &wire->world->luck;
    pthread_mutex_lock(&wire->world->lock);
    bool stalls = luck->stall_out && wire->functionfs;
    pthread_mutex_unlock(&wire->world->lock);
    if (!stalls || write(wire->out, "", 1) >= 0 || errno != EBADMSG)
        return;
    pthread_mutex_lock(&wire->world->lock);
    world_advance(wire->world);
    luck->stall_out = false;
    world_log(wire->world, "MISFORTUNE the next frame is refused");
    pthread_mutex_unlock(&wire->world->lock);
}

static ssize_t receive(struct wire *wire, uint8_t *data, size_t size)
{
    struct pollfd fd = {.fd = wire->out, .events = POLLIN};
    if (!wire->plugged) {
        if (!wire->functionfs && wire->out >= 0)
            close(wire->out), wire->out = -1;
        pause_ms(10);
        return -1;
    }
    if (wire->functionfs)
        return read(wire->out, data, size);
    if (wire->out < 0) {
        wire->out = open(wire->device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        pause_ms(wire->out < 0 ? 10 : 0);
        return -1;
    }
    if (poll(&fd, 1, -1) < 0)
        return -1;
    ssize_t n = read(wire->out, data, size);
    if (n <= 0)
        pause_ms(10);
    return n;
}

static void *read_all(void *arg)
{
    struct wire *wire = arg;
    uint8_t data[BUFFER];
    for (;;) {
        hold(wire);
        stall(wire);
        ssize_t n = receive(wire, data, sizeof data);
        if (n < 0 && errno != EINTR && wire->functionfs)
            pause_ms(10);
        if (n <= 0)
            continue;
        struct answer answer = {.generation = wire->generation};
        pthread_mutex_lock(&wire->world->lock);
        world_advance(wire->world);
        wire->world->machine->received(wire->world, data, (size_t)n, &answer);
        pthread_mutex_unlock(&wire->world->lock);
        if ((answer.count || answer.finishes) && write(wire->replies[1], &answer, sizeof answer) < 0)
            perror("vm_robot: reply");
    }
    return NULL;
}

static void send_one(struct wire *wire, struct answer *answer)
{
    pause_ms(answer->after_ms);
    pthread_mutex_lock(&wire->world->lock);
    world_advance(wire->world);
    if (answer->finishes && answer->generation == wire->generation)
        wire->world->machine->finished(wire->world, answer);
    bool stall = wire->world->luck.stall_in;
    wire->world->luck.stall_in = false;
    pthread_mutex_unlock(&wire->world->lock);
    uint8_t byte;
    if (stall && read(wire->in, &byte, 1) < 0 && errno != EBADMSG)
        perror("vm_robot: stall");
    for (size_t i = 0; i < answer->count && answer->generation == wire->generation; i++)
        if (write(wire->in, answer->message[i], answer->size[i]) < 0)
            return; /* unplugged */
}

static void *send_all(void *arg)
{
    struct wire *wire = arg;
    struct answer answer;
    while (read(wire->replies[0], &answer, sizeof answer) == (ssize_t)sizeof answer)
        send_one(wire, &answer);
    return NULL;
}

static void *follow_events(void *arg)
{
    struct wire *wire = arg;
    struct usb_functionfs_event event;
    while (read(wire->ep0, &event, sizeof event) == (ssize_t)sizeof event) {
        if (event.type == FUNCTIONFS_SETUP)
            functionfs_setup(wire->ep0, event.u.setup.bRequest, event.u.setup.bRequestType & USB_DIR_IN);
        if (event.type == FUNCTIONFS_ENABLE)
            wire->ours = false;
        if (event.type != FUNCTIONFS_DISABLE)
            continue;
        wire->generation++;
        pthread_mutex_lock(&wire->world->lock);
        world_advance(wire->world);
        wire->world->machine->reset(wire->world);
        if (!wire->ours) {
            world_log(wire->world, "the host resets the bus");
            wire->was_reset = true;
        }
        pthread_mutex_unlock(&wire->world->lock);
    }
    return NULL;
}

static int open_in(const char *folder, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        perror(path);
    assert(fd >= 0);
    return fd;
}

struct wire *wire_new(struct world *world, const char *device, const char *gadget, const char *controller, bool interrupts)
{
    struct wire *wire = calloc(1, sizeof *wire);
    struct sigaction action = {.sa_handler = nothing}; /* and no SA_RESTART */
    struct stat status;
    assert(wire && pipe2(wire->replies, O_CLOEXEC) == 0);
    sigaction(SIGUSR1, &action, NULL);
    wire->world = world;
    wire->device = device;
    wire->controller = controller;
    wire->out = -1;
    snprintf(wire->plug, sizeof wire->plug, "%s/UDC", gadget);
    wire->functionfs = stat(device, &status) == 0 && S_ISDIR(status.st_mode);
    if (wire->functionfs) {
        wire->ep0 = open_in(device, "ep0");
        bool described = functionfs_describe(wire->ep0, world->machine == &publisher, interrupts);
        assert(described);
        wire->out = open_in(device, "ep1");
        wire->in = open_in(device, "ep2");
        pthread_create(&wire->events, NULL, follow_events, wire);
        pthread_create(&wire->sender, NULL, send_all, wire);
    }
    pthread_create(&wire->reader, NULL, read_all, wire);
    return wire;
}
