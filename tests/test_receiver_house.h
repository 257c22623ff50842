/** A house for the receiver under test: its listener in a process of its own, on a disk that fails when told
 *  to, and a daemon played by a thread. Included by the tests of the receiver. */
#ifndef DW_TESTS_TEST_RECEIVER_HOUSE_H
#define DW_TESTS_TEST_RECEIVER_HOUSE_H
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/hash.h"
#include "dicom/dcmtk/elements.h"
#include "dicom/dcmtk/receiver.h"
#include "test.h"
#include "test_receiver_peer.h"

#define INSTANCE "1.2.3.4.5.6"
#define ASSOCIATIONS_MAX 64

struct shared { /* between the test and the listener's processes */
    atomic_int full;       /* writes fail with ENOSPC */
    atomic_llong room;     /* bytes free_bytes() tells */
    atomic_int file_syncs, renames, folder_syncs; /* how far the last object came */
};
struct house {
    char folder[64];
    struct shared *shared;
    pid_t listener;
    dw_channel *channel;
    uint16_t port;
    pthread_t daemon;
    atomic_int stop;
    dw_channel *associations[ASSOCIATIONS_MAX];
    int count;
    /* what the daemon does and has seen */
    const char *admit, *commit;
    int put_aside;
    atomic_int admitted, commits, quarantines, byes, answers, answered;
    int in_order;           /* file, folder, row: seen at each commit */
    char calling[32], called[32], sha256[65], sop_instance[80], patient[80], reason[200];
    int64_t number;
    size_t record_size;
};

/* --- the disk --- */

static ssize_t disk_write(void *ctx, int fd, const void *data, size_t size)
{
    struct shared *shared = ctx;
    if (atomic_load(&shared->full)) {
        errno = ENOSPC;
        return -1;
    }
    atomic_store(&shared->file_syncs, 0);
    atomic_store(&shared->renames, 0);
    atomic_store(&shared->folder_syncs, 0);
    return write(fd, data, size);
}
static int disk_fsync(void *ctx, int fd)
{
    struct shared *shared = ctx;
    struct stat sb;
    if (fstat(fd, &sb) == 0 && S_ISDIR(sb.st_mode))
        atomic_store(&shared->folder_syncs, atomic_load(&shared->renames));
    else
        atomic_store(&shared->file_syncs, 1);
    return fsync(fd);
}
static int disk_rename(void *ctx, const char *from, const char *to)
{
    struct shared *shared = ctx;
    atomic_store(&shared->renames, atomic_load(&shared->file_syncs));
    return rename(from, to);
}
static int64_t disk_free(void *ctx, const char *path)
{
    (void)path;
    return atomic_load(&((struct shared *)ctx)->room);
}

/* --- the daemon --- */

static void say(dw_channel *channel, json_t *head)
{
    struct dw_error err = {0};
    CHECK_OK(dw_channel_send(channel, head, NULL, 0, NULL, 0, 5000, &err), err);
}

static void hear_commit(struct house *house, const struct dw_message *msg)
{
    const json_t *object = json_object_get(msg->head, "object");
    snprintf(house->sha256, sizeof house->sha256, "%s", dw_json_text(msg->head, "sha256"));
    snprintf(house->sop_instance, sizeof house->sop_instance, "%s",
             dw_json_text(object, "sop_instance"));
    snprintf(house->patient, sizeof house->patient, "%s", dw_json_text(object, "patient_name"));
    snprintf(house->reason, sizeof house->reason, "%s", dw_json_text(msg->head, "reason"));
    house->number = dw_json_int(msg->head, "number", -1);
    house->record_size = msg->blob_size;
    char path[128];
    snprintf(path, sizeof path, "%s/spool/0/%lld", house->folder, (long long)house->number);
    house->in_order = access(path, F_OK) == 0 && atomic_load(&house->shared->folder_syncs) == 1;
}

static void hear(struct house *house, dw_channel *channel, const struct dw_message *msg)
{
    if (strcmp(msg->type, "admit") == 0) {
        snprintf(house->calling, sizeof house->calling, "%s", dw_json_text(msg->head, "calling"));
        snprintf(house->called, sizeof house->called, "%s", dw_json_text(msg->head, "called"));
        atomic_fetch_add(&house->admitted, 1);
        say(channel, json_pack("{s:s,s:s,s:s,s:i,s:i}", "type", "admitted", "status", house->admit,
                               "text", "as the test wants it", "first", 41, "count", 2));
    } else if (strcmp(msg->type, "more") == 0) {
        say(channel, json_pack("{s:s,s:i,s:i}", "type", "numbers", "first", 100, "count", 5));
    } else if (strcmp(msg->type, "bye") == 0) {
        atomic_fetch_add(&house->byes, 1);
    } else if (strcmp(msg->type, "answered") == 0) {
        atomic_fetch_add(&house->answers, 1);
        atomic_store(&house->answered, (int)dw_json_int(msg->head, "status", 0));
    } else {
        int is_commit = strcmp(msg->type, "commit") == 0;
        hear_commit(house, msg);
        atomic_fetch_add(is_commit ? &house->commits : &house->quarantines, 1);
        say(channel, json_pack("{s:s,s:I,s:s,s:s,s:b,s:b}", "type", "committed", "number",
                               (json_int_t)house->number, "status", house->commit, "text",
                               "as the test wants it", "duplicate", 0, "quarantined",
                               house->put_aside));
    }
}

static void *play_daemon(void *ctx)
{
    struct house *house = ctx;
    while (!atomic_load(&house->stop)) {
        struct pollfd fds[ASSOCIATIONS_MAX + 1] = {
            {.fd = dw_channel_fd(house->channel), .events = POLLIN}};
        for (int i = 0; i < house->count; i++)
            fds[i + 1] = (struct pollfd){.fd = house->associations[i]
                                                   ? dw_channel_fd(house->associations[i])
                                                   : -1,
                                         .events = POLLIN};
        if (poll(fds, (nfds_t)house->count + 1, 20) <= 0)
            continue;
        struct dw_message msg;
        if (fds[0].revents && house->count < ASSOCIATIONS_MAX &&
            dw_channel_receive(house->channel, 0, &msg, NULL) == DW_OK) {
            if (strcmp(msg.type, "association") == 0 &&
                dw_channel_new(msg.fds[0], &house->associations[house->count], NULL) == DW_OK) {
                msg.fds[0] = -1;
                house->count++;
            }
            dw_message_done(&msg);
            continue;
        }
        for (int i = 0; i < house->count; i++) {
            if (!fds[i + 1].revents)
                continue;
            dw_status st = dw_channel_receive(house->associations[i], 0, &msg, NULL);
            if (st == DW_OK) {
                hear(house, house->associations[i], &msg);
                dw_message_done(&msg);
            } else if (st == DW_ERR_GONE) {
                dw_channel_free(house->associations[i]);
                house->associations[i] = NULL;
            }
        }
    }
    return NULL;
}

/* --- the house --- */

static void listen_in_child(struct house *house, const struct dw_receiver_opts *opts, int fds[2])
{
    struct dw_error err = {0};
    struct dw_disk disk = {disk_write, disk_fsync, disk_rename, disk_free, house->shared};
    dw_receiver *receiver = NULL;
    dw_channel *channel = NULL;
    close(fds[0]);
    int failed = dw_channel_new(fds[1], &channel, &err) != DW_OK ||
                 dw_receiver_open(opts, &receiver, &err) != DW_OK ||
                 dw_channel_send(channel, json_pack("{s:s,s:i}", "type", "listening", "port",
                                                    (int)dw_receiver_port(receiver, 0)),
                                 NULL, 0, NULL, 0, 5000, &err) != DW_OK ||
                 dw_receiver_run(receiver, channel, &disk, NULL, &err) != DW_OK;
    if (failed)
        fprintf(stderr, "listener: %s\n", err.text);
    dw_receiver_close(receiver);
    dw_channel_free(channel);
    free(house); /* the copy of this process */
    _exit(failed);
}

static struct house *house_open(const struct dw_receiver_opts *wanted)
{
    struct house *house = calloc(1, sizeof *house);
    struct dw_error err = {0};
    char spool[96];
    int fds[2];
    test_folder(house->folder);
    snprintf(spool, sizeof spool, "%s/spool", house->folder);
    mkdir(spool, 0700);
    house->shared = mmap(NULL, sizeof *house->shared, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    atomic_store(&house->shared->room, 1000000000);
    house->admit = house->commit = "OK";
    struct dw_receiver_opts opts = wanted ? *wanted : (struct dw_receiver_opts){0};
    if (opts.port_count == 0)
        opts.ports[opts.port_count++] = (struct dw_port_opts){.name = "dicom"};
    opts.aet = "DISCWRIGHT";
    opts.spool = spool;
    CHECK_OK(dw_channel_pair(fds, &err), err);
    fflush(stdout);
    house->listener = fork();
    if (house->listener == 0)
        listen_in_child(house, &opts, fds);
    close(fds[1]);
    CHECK_OK(dw_channel_new(fds[0], &house->channel, &err), err);
    struct dw_message msg;
    CHECK_OK(dw_channel_receive(house->channel, 20000, &msg, &err), err);
    house->port = (uint16_t)dw_json_int(msg.head, "port", 0);
    dw_message_done(&msg);
    pthread_create(&house->daemon, NULL, play_daemon, house);
    return house;
}

static void house_close(struct house *house)
{
    int how = 0;
    struct dw_error err = {0};
    atomic_store(&house->stop, 1);
    pthread_join(house->daemon, NULL);
    dw_channel_free(house->channel);
    waitpid(house->listener, &how, 0);
    CHECK_INT(how, 0);
    for (int i = 0; i < house->count; i++)
        dw_channel_free(house->associations[i]);
    CHECK_OK(dw_file_remove_tree(house->folder, &err), err);
    munmap(house->shared, sizeof *house->shared);
    free(house);
}

static int files_in_spool(const struct house *house)
{
    char command[96];
    int n = 0;
    snprintf(command, sizeof command, "%s/spool/0", house->folder);
    for (int i = 1; i < 200; i++)
        for (int part = 0; part < 2; part++) {
            char path[128];
            snprintf(path, sizeof path, "%s/%d%s", command, i, part ? ".part" : "");
            n += access(path, F_OK) == 0;
        }
    return n;
}

static const struct peer_context ct_context[] = {{CT_CLASS, {EXPLICIT_LE}},
                                                 {VERIFICATION_CLASS, {IMPLICIT_LE}}};

static int associate(const struct house *house)
{
    uint8_t pdu[4096];
    size_t size;
    int fd = peer_connect(AF_INET, house->port);
    peer_request(fd, "MODALITY", "DISCWRIGHT", ct_context, 2);
    CHECK_INT(peer_answer(fd, pdu, &size), 0x02);
    return fd;
}

static void release(int fd)
{
    uint8_t pdu[4096], zeros[4] = {0};
    size_t size;
    peer_pdu(fd, 0x05, zeros, 4);
    CHECK_INT(peer_answer(fd, pdu, &size), 0x06);
    close(fd);
}

/* A small CT; without_study leaves it unfileable. */
static void make_ct(struct dw_buf *out, const char *instance, int with_study)
{
    dw_elements *set = dw_elements_new();
    uint8_t pixels[2048];
    memset(pixels, 0x5A, sizeof pixels);
    dw_elements_text(set, 0x00080005, "CS", "ISO_IR 192");
    dw_elements_text(set, 0x00080016, "UI", CT_CLASS);
    dw_elements_text(set, 0x00080018, "UI", instance);
    dw_elements_text(set, 0x00080060, "CS", "CT");
    dw_elements_text(set, 0x00100010, "PN", "Prüfer^Paul");
    dw_elements_text(set, 0x00100020, "LO", "P-1");
    if (with_study)
        dw_elements_text(set, 0x0020000D, "UI", "1.2.3.4");
    dw_elements_text(set, 0x0020000E, "UI", "1.2.3.4.5");
    dw_elements_u16(set, 0x00280010, 32);
    dw_elements_u16(set, 0x00280011, 32);
    dw_elements_u16(set, 0x00280100, 16);
    dw_elements_bytes(set, 0x7FE00010, "OW", pixels, sizeof pixels);
    dw_buf_init(out, 1 << 20);
    struct dw_error err = {0};
    CHECK_OK(dw_elements_write(set, out, &err), err);
    dw_elements_free(set);
}

/* In three fragments, as an implementation with small buffers does. */
static inline int store(int fd, const struct dw_buf *data, const char *commanded)
{
    peer_command(fd, 1, 0x0001, CT_CLASS, commanded, 1);
    size_t third = (data->size / 3) & ~(size_t)1;
    peer_pdv(fd, 1, 0, 0, data->data, third);
    peer_pdv(fd, 1, 0, 0, data->data + third, third);
    peer_pdv(fd, 1, 0, 1, data->data + 2 * third, data->size - 2 * third);
    return peer_status(fd);
}

#endif
