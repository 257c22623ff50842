/* vm_mmc STORE: the emulated drive on the kernel's own SCSI stack, through target_core_user and tcm_loop. A folder: its
 * discs are those of an emulated robot, which is there already.
 * vm_mmc --tell LINE: talk to it. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define __LINUX_UIO_H /* its struct iovec is the one that <fcntl.h> has brought */
#include <linux/target_core_user.h>

#include "mmc.h"

#define CORE "/sys/kernel/config/target/core/user_0/burner"
#define LOOP "/sys/kernel/config/target/loopback"
#define NAME "naa.6001405000000001"
#define TARGET LOOP "/" NAME "/tpgt_1"
#define DOOR "/run/mmc.sock"
#define DATA_MAX (4 * 1024 * 1024)
#define GOOD 0
#define CHECK_CONDITION 2

static void die(const char *what)
{
    fprintf(stderr, "vm_mmc: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        die(path);
    close(fd);
}

static void make(const char *path)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        die(path);
}

static void make_device(void)
{
    make("/sys/kernel/config/target");
    make("/sys/kernel/config/target/core/user_0");
    make(CORE);
    put(CORE "/control", "dev_config=mmc/burner,dev_size=1073741824,hw_block_size=2048,nl_reply_supported=-1");
    put(CORE "/enable", "1");
}

/* The kernel asks the drive who it is before this returns: in a process of its own. */
static void plug_in(void)
{
    make(LOOP);
    make(LOOP "/" NAME);
    make(TARGET);
    put(TARGET "/nexus", NAME);
    make(TARGET "/lun/lun_0");
    if (symlink(CORE, TARGET "/lun/lun_0/burner") != 0)
        die("plug the drive in");
}

struct ring {
    int fd;
    struct tcmu_mailbox *box;
    uint8_t *data; /* gathered */
};

static void open_ring(struct ring *ring)
{
    char text[32] = "";
    int fd = open("/sys/class/uio/uio0/maps/map0/size", O_RDONLY);
    if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
        die("size of the ring");
    close(fd);
    ring->fd = open("/dev/uio0", O_RDWR);
    ring->box = mmap(NULL, strtoul(text, NULL, 0), PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
    ring->data = malloc(DATA_MAX);
    if (ring->fd < 0 || ring->box == MAP_FAILED || !ring->data)
        die("open the ring");
}

static size_t copy(const struct ring *ring, const struct tcmu_cmd_entry *entry, size_t most, bool out)
{
    size_t done = 0;
    for (uint32_t i = 0; i < entry->req.iov_cnt && done < most; i++) {
        uint8_t *at = (uint8_t *)ring->box + (size_t)entry->req.iov[i].iov_base;
        size_t n = entry->req.iov[i].iov_len;
        if (n > most - done)
            n = most - done;
        memcpy(out ? at : ring->data + done, out ? ring->data + done : at, n);
        done += n;
    }
    return done;
}

static void serve_one(struct ring *ring, struct drive *drive, struct tcmu_cmd_entry *entry)
{
    struct request request = {.cdb = (uint8_t *)ring->box + entry->req.cdb_off, .data = ring->data};
    request.size = copy(ring, entry, DATA_MAX, false);
    drive_execute(drive, &request);
    if (request.used)
        copy(ring, entry, request.used, true);
    memset(&entry->rsp, 0, sizeof entry->rsp);
    entry->rsp.scsi_status = GOOD;
    if (request.key) {
        uint8_t *sense = (uint8_t *)entry->rsp.sense_buffer;
        entry->rsp.scsi_status = CHECK_CONDITION;
        sense[0] = request.has_at ? 0xF0 : 0x70;
        sense[2] = request.key;
        put32(sense + 3, request.at);
        sense[7] = 10;
        sense[12] = request.asc;
        sense[13] = request.ascq;
    } else if (request.used) {
        entry->rsp.read_len = (uint32_t)request.used;
        entry->hdr.uflags |= TCMU_UFLAG_READ_LEN;
    }
}

static void serve(struct ring *ring, struct drive *drive)
{
    uint32_t poke = 0;
    if (read(ring->fd, &poke, sizeof poke) != sizeof poke)
        die("wait for a command");
    struct tcmu_mailbox *box = ring->box;
    while (box->cmd_tail != __atomic_load_n(&box->cmd_head, __ATOMIC_ACQUIRE)) {
        struct tcmu_cmd_entry *entry = (void *)((uint8_t *)box + box->cmdr_off + box->cmd_tail);
        uint32_t size = tcmu_hdr_get_len(entry->hdr.len_op);
        if (tcmu_hdr_get_op(entry->hdr.len_op) == TCMU_OP_CMD)
            serve_one(ring, drive, entry);
        else if (tcmu_hdr_get_op(entry->hdr.len_op) != TCMU_OP_PAD)
            entry->hdr.uflags |= TCMU_UFLAG_UNKNOWN_OP;
        __atomic_store_n(&box->cmd_tail, (box->cmd_tail + size) % box->cmdr_size, __ATOMIC_RELEASE);
    }
    poke = 1;
    if (write(ring->fd, &poke, sizeof poke) != sizeof poke)
        die("answer a command");
}

static int open_door(bool ours)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = DOOR};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (fd < 0 || (ours ? bind(fd, (void *)&address, sizeof address) != 0 || listen(fd, 8) != 0
                        : connect(fd, (void *)&address, sizeof address) != 0))
        die(DOOR);
    return fd;
}

static void listen_to(int door, struct drive *drive)
{
    char line[256], answer[1024];
    int fd = accept(door, NULL, NULL);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (n > 0) {
        line[n] = '\0';
        drive_control(drive, line, answer, sizeof answer);
        n = write(fd, answer, strlen(answer));
        (void)n; /* who asked may be gone */
    }
    if (fd >= 0)
        close(fd);
}

static int tell(const char *line)
{
    char answer[1024] = "";
    int fd = open_door(false);
    if (write(fd, line, strlen(line)) < 0 || read(fd, answer, sizeof answer - 1) < 0)
        die("talk to the drive");
    puts(answer);
    return strncmp(answer, "no such", 7) == 0;
}

int main(int argc, char **argv)
{
    static struct drive drive;
    struct ring ring;
    if (argc == 3 && strcmp(argv[1], "--tell") == 0)
        return tell(argv[2]);
    if (argc != 2) {
        fputs("usage: vm_mmc STORE | vm_mmc --tell LINE\n", stderr);
        return 2;
    }
    drive.store = open(argv[1], O_RDWR);
    if (drive.store < 0 && errno == EISDIR)
        drive.discs = argv[1];
    else if (drive.store < 0)
        die(argv[1]);
    else
        disc_load(&drive);
    int door = open_door(true);
    make_device();
    open_ring(&ring);
    pid_t plugging = fork();
    if (plugging == 0) {
        plug_in();
        _exit(0);
    }
    for (;;) {
        struct pollfd fds[] = {{.fd = ring.fd, .events = POLLIN}, {.fd = door, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0)
            die("poll");
        if (fds[0].revents)
            serve(&ring, &drive);
        if (fds[1].revents)
            listen_to(door, &drive);
    }
}
