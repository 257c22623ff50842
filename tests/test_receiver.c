/* The receiver as a modality and as the daemon see it: a listener process of ours, a peer made of bytes,
 * a daemon played by a thread. */
#include "dicom/dcmtk/receiver.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/hash.h"
#include "dicom/dcmtk/elements.h"
#include "test.h"
#include "test_receiver_peer.h"

#define INSTANCE "1.2.3.4.5.6"
#define ASSOCIATIONS_MAX 8

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
    atomic_int admitted, commits, quarantines, byes;
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
    } else {
        int is_commit = strcmp(msg->type, "commit") == 0;
        hear_commit(house, msg);
        atomic_fetch_add(is_commit ? &house->commits : &house->quarantines, 1);
        say(channel, json_pack("{s:s,s:I,s:s,s:s,s:b}", "type", "committed", "number",
                               (json_int_t)house->number, "status", house->commit, "text",
                               "as the test wants it", "duplicate", 0));
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
                                                    (int)dw_receiver_port(receiver)),
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
static int store(int fd, const struct dw_buf *data, const char *commanded)
{
    peer_command(fd, 1, 0x0001, CT_CLASS, commanded, 1);
    size_t third = (data->size / 3) & ~(size_t)1;
    peer_pdv(fd, 1, 0, 0, data->data, third);
    peer_pdv(fd, 1, 0, 0, data->data + third, third);
    peer_pdv(fd, 1, 0, 1, data->data + 2 * third, data->size - 2 * third);
    return peer_status(fd);
}

/* --- the tests --- */

static void an_echo_is_answered(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    peer_command(fd, 3, 0x0030, VERIFICATION_CLASS, NULL, 0);
    CHECK_INT(peer_status(fd), 0);
    release(fd);
    CHECK_STR(house->calling, "MODALITY");
    CHECK_STR(house->called, "DISCWRIGHT");
    house_close(house);
}

static void success_comes_after_file_folder_and_row(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0);
    CHECK_INT(atomic_load(&house->commits), 1);
    CHECK_INT(house->number, 41);
    CHECK(house->in_order);
    CHECK_STR(house->sop_instance, INSTANCE);
    CHECK_STR(house->patient, "Prüfer^Paul");
    CHECK(house->record_size > 16);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void the_bytes_of_the_data_set_are_kept_and_the_hash_is_of_the_file(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data, file = {0};
    struct dw_error err = {0};
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0);
    char path[128], hex[65];
    uint8_t sha[DW_SHA256_SIZE];
    snprintf(path, sizeof path, "%s/spool/0/41", house->folder);
    CHECK_OK(dw_file_read_all(path, 1 << 20, &file, &err), err);
    CHECK(file.size > data.size + 132 && memcmp(file.data + 128, "DICM", 4) == 0);
    CHECK(file.size > data.size &&
          memcmp(file.data + file.size - data.size, data.data, data.size) == 0);
    dw_sha256_of(file.data, file.size, sha);
    dw_text_hex(sha, sizeof sha, hex);
    CHECK_STR(house->sha256, hex);
    release(fd);
    dw_buf_done(&data);
    dw_buf_done(&file);
    house_close(house);
}

static void numbers_are_asked_for_when_they_are_used_up(void)
{
    struct house *house = house_open(NULL);
    int fd = associate(house);
    for (int i = 0; i < 4; i++) {
        char uid[32];
        struct dw_buf data;
        snprintf(uid, sizeof uid, "1.2.3.4.5.%d", i + 10);
        make_ct(&data, uid, 1);
        CHECK_INT(store(fd, &data, uid), 0);
        dw_buf_done(&data);
    }
    CHECK_INT(house->number, 101); /* 41, 42, 100, 101 */
    CHECK_INT(files_in_spool(house), 4);
    release(fd);
    house_close(house);
}

static void a_full_disk_answers_a700_and_leaves_nothing_behind(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    atomic_store(&house->shared->full, 1);
    CHECK_INT(store(fd, &data, INSTANCE), 0xA700);
    CHECK_INT(files_in_spool(house), 0);
    atomic_store(&house->shared->full, 0);
    CHECK_INT(store(fd, &data, INSTANCE), 0); /* the association lives on */
    CHECK_INT(house->number, 41);             /* and no number was lost */
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void below_the_reserve_nothing_is_begun(void)
{
    struct dw_receiver_opts opts = {.reserve_bytes = 500000000};
    struct house *house = house_open(&opts);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    atomic_store(&house->shared->room, 499000000);
    CHECK_INT(store(fd, &data, INSTANCE), 0xA700);
    CHECK_INT(files_in_spool(house), 0);
    CHECK_INT(atomic_load(&house->commits), 0);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void a_connection_that_breaks_within_an_object_leaves_no_file(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    peer_command(fd, 1, 0x0001, CT_CLASS, INSTANCE, 1);
    peer_pdv(fd, 1, 0, 0, data.data, 512);
    close(fd);
    for (int i = 0; i < 1000 && !atomic_load(&house->byes); i++)
        poll(NULL, 0, 10);
    CHECK_INT(atomic_load(&house->byes), 1);
    CHECK_INT(files_in_spool(house), 0);
    CHECK_INT(atomic_load(&house->commits), 0);
    dw_buf_done(&data);
    house_close(house);
}

static void a_data_set_of_another_instance_is_refused(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    int fd = associate(house);
    CHECK_INT(store(fd, &data, "1.2.3.4.5.7"), 0xA900);
    CHECK_INT(files_in_spool(house), 0);
    CHECK_INT(atomic_load(&house->commits) + atomic_load(&house->quarantines), 0);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void an_object_without_a_study_is_not_kept(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 0);
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0xC000);
    CHECK_INT(files_in_spool(house), 0);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void an_object_broken_behind_its_identity_waits_for_a_person(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    data.size -= 100; /* pixel data is cut short */
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0xB000);
    CHECK_INT(atomic_load(&house->quarantines), 1);
    CHECK_INT(atomic_load(&house->commits), 0);
    CHECK_STR(house->patient, "Prüfer^Paul");
    CHECK(house->reason[0] != '\0');
    CHECK(house->in_order);
    CHECK_INT(files_in_spool(house), 1);
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void what_the_daemon_refuses_is_refused_and_its_file_and_number_left_to_the_daemon(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    house->commit = "NO_SPACE";
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0xA700);
    CHECK_INT(files_in_spool(house), 1); /* the daemon removes it, at a time of its own */
    house->commit = "OK";
    CHECK_INT(store(fd, &data, INSTANCE), 0);
    CHECK_INT(house->number, 42); /* so 41 must not be written again */
    release(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void a_lost_answer_keeps_the_file_and_ends_the_association(void)
{
    struct house *house = house_open(NULL);
    struct dw_buf data;
    make_ct(&data, INSTANCE, 1);
    house->commit = "TIMEOUT";
    int fd = associate(house);
    CHECK_INT(store(fd, &data, INSTANCE), 0xA700); /* sent again, it will be a duplicate at worst */
    CHECK_INT(files_in_spool(house), 1);
    uint8_t pdu[4096];
    size_t size;
    CHECK_INT(peer_answer(fd, pdu, &size), 0x07);
    close(fd);
    dw_buf_done(&data);
    house_close(house);
}

static void check_rejection(const char *admit, int result, int source, int reason)
{
    struct house *house = house_open(NULL);
    uint8_t pdu[4096];
    size_t size = 0;
    house->admit = admit;
    int fd = peer_connect(AF_INET, house->port);
    peer_request(fd, "MODALITY", "SOMEBODY", ct_context, 2);
    CHECK_INT(peer_answer(fd, pdu, &size), 0x03);
    CHECK_INT(size, 4);
    CHECK_INT(pdu[1], result);
    CHECK_INT(pdu[2], source);
    CHECK_INT(pdu[3], reason);
    close(fd);
    house_close(house);
}

static void who_may_not_come_in_is_told_why(void)
{
    check_rejection("DENIED", 1, 1, 3);    /* calling AE title not recognised */
    check_rejection("NOT_FOUND", 1, 1, 7); /* called AE title not recognised */
    check_rejection("BUSY", 2, 3, 1);      /* temporary congestion */
}

static void too_many_associations_are_asked_to_come_later(void)
{
    struct dw_receiver_opts opts = {.max_associations = 1};
    struct house *house = house_open(&opts);
    uint8_t pdu[4096];
    size_t size;
    int first = associate(house);
    int second = peer_connect(AF_INET, house->port);
    peer_request(second, "MODALITY", "DISCWRIGHT", ct_context, 2);
    CHECK_INT(peer_answer(second, pdu, &size), 0x03);
    CHECK_INT(pdu[1], 2);
    close(second);
    peer_command(first, 3, 0x0030, VERIFICATION_CLASS, NULL, 0);
    CHECK_INT(peer_status(first), 0); /* the one that is in does not suffer */
    release(first);
    int admitted = 0;
    for (int i = 0; i < 500 && !admitted; i++) { /* its process has to end first */
        int fd = peer_connect(AF_INET, house->port);
        peer_request(fd, "MODALITY", "DISCWRIGHT", ct_context, 2);
        admitted = peer_answer(fd, pdu, &size) == 0x02;
        if (admitted)
            release(fd);
        else
            close(fd);
    }
    CHECK(admitted);
    house_close(house);
}

/* Result byte of presentation context `id` in an A-ASSOCIATE-AC (PS3.8 9.3.3.2), its syntax in out. */
static int context_result(const uint8_t *pdu, size_t size, uint8_t id, char out[65])
{
    out[0] = '\0';
    for (size_t at = 68; at + 8 <= size;) {
        size_t length = (size_t)pdu[at + 2] << 8 | pdu[at + 3];
        if (pdu[at] == 0x21 && pdu[at + 4] == id) {
            size_t name = (size_t)pdu[at + 10] << 8 | pdu[at + 11];
            if (length >= 8 && name < 65) {
                memcpy(out, pdu + at + 12, name);
                out[name] = '\0';
            }
            return pdu[at + 6];
        }
        at += 4 + length;
    }
    return -1;
}

static void contexts_are_answered_one_by_one(void)
{
    static const struct peer_context contexts[] = {
        {CT_CLASS, {IMPLICIT_LE, EXPLICIT_LE}},
        {"1.2.840.10008.5.1.4.1.2.2.1", {IMPLICIT_LE}},       /* a query class: not ours */
        {CT_CLASS, {"1.2.840.10008.1.2.4.70"}},               /* JPEG lossless */
        {CT_CLASS, {"1.2.3.4.5"}},                            /* nobody's syntax */
        {"1.2.840.10008.5.1.4.1.1.88.11", {"1.2.840.10008.1.2.2", IMPLICIT_LE}},
    };
    struct house *house = house_open(NULL);
    uint8_t pdu[4096];
    size_t size = 0;
    char syntax[65];
    int fd = peer_connect(AF_INET, house->port);
    peer_request(fd, "MODALITY", "DISCWRIGHT", contexts, 5);
    CHECK_INT(peer_answer(fd, pdu, &size), 0x02);
    CHECK_INT(context_result(pdu, size, 1, syntax), 0);
    CHECK_STR(syntax, EXPLICIT_LE);
    CHECK_INT(context_result(pdu, size, 3, syntax), 3);
    CHECK_INT(context_result(pdu, size, 5, syntax), 0);
    CHECK_STR(syntax, "1.2.840.10008.1.2.4.70");
    CHECK_INT(context_result(pdu, size, 7, syntax), 4);
    CHECK_INT(context_result(pdu, size, 9, syntax), 0);
    CHECK_STR(syntax, IMPLICIT_LE);
    release(fd);
    house_close(house);
}

static void a_peer_that_never_speaks_is_shown_out(void)
{
    struct dw_receiver_opts opts = {.artim_s = 1};
    struct house *house = house_open(&opts);
    uint8_t byte;
    int silent = peer_connect(AF_INET, house->port);
    int slow = peer_connect(AF_INET, house->port);
    CHECK_INT(send(slow, "\1\0\0\0\377\377half a request", 20, MSG_NOSIGNAL), 20);
    CHECK_INT(peer_read(silent, &byte, 1), 0); /* closed, within PEER_WAIT_MS */
    uint8_t abort_pdu[10]; /* or told so first */
    (void)peer_read(slow, abort_pdu, 10);
    CHECK_INT(atomic_load(&house->admitted), 0);
    close(silent);
    close(slow);
    house_close(house);
}

static void an_oversized_request_is_not_taken_into_memory(void)
{
    struct house *house = house_open(NULL);
    uint8_t bytes[6] = {1, 0, 0x7F, 0xFF, 0xFF, 0xFF}, rest[10];
    int fd = peer_connect(AF_INET, house->port);
    CHECK_INT(send(fd, bytes, 6, MSG_NOSIGNAL), 6);
    (void)peer_read(fd, rest, 10); /* A-ABORT or the end, at once and not after artim */
    CHECK_INT(atomic_load(&house->admitted), 0);
    close(fd);
    fd = associate(house); /* and the service is there for the next one */
    release(fd);
    house_close(house);
}

static void a_daemon_that_goes_away_ends_associations(void)
{
    struct house *house = house_open(NULL);
    uint8_t pdu[4096];
    size_t size;
    int fd = associate(house);
    atomic_store(&house->stop, 1);
    pthread_join(house->daemon, NULL);
    for (int i = 0; i < house->count; i++)
        dw_channel_free(house->associations[i]);
    house->count = 0;
    CHECK_INT(peer_answer(fd, pdu, &size), 0x07);
    close(fd);
    atomic_store(&house->stop, 0);
    pthread_create(&house->daemon, NULL, play_daemon, house);
    house_close(house);
}

static void a_taken_port_is_one_sentence(void)
{
    struct dw_receiver_opts opts = {.bind = "127.0.0.1", .spool = "/tmp"};
    struct dw_error err = {0};
    dw_receiver *first = NULL, *second = NULL;
    char sentence[64];
    CHECK_OK(dw_receiver_open(&opts, &first, &err), err);
    opts.port = dw_receiver_port(first);
    CHECK_INT(dw_receiver_open(&opts, &second, &err), DW_ERR_BUSY);
    snprintf(sentence, sizeof sentence, "DICOM port %u is already in use", opts.port);
    CHECK_STR(err.text, sentence);
    opts.bind = "no such host.invalid";
    CHECK_INT(dw_receiver_open(&opts, &second, &err), DW_ERR_INVALID);
    dw_receiver_close(first);
}

static void both_address_families_reach_us(void)
{
    struct house *house = house_open(NULL);
    uint8_t pdu[4096];
    size_t size;
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    int fd = probe >= 0 ? peer_connect(AF_INET6, house->port) : -1;
    if (probe >= 0)
        close(probe);
    if (fd >= 0) { /* a machine without ::1 has only the other one */
        peer_request(fd, "MODALITY", "DISCWRIGHT", ct_context, 2);
        CHECK_INT(peer_answer(fd, pdu, &size), 0x02);
        release(fd);
    }
    release(associate(house));
    house_close(house);
}

TESTS(TEST(an_echo_is_answered), TEST(success_comes_after_file_folder_and_row),
      TEST(the_bytes_of_the_data_set_are_kept_and_the_hash_is_of_the_file),
      TEST(numbers_are_asked_for_when_they_are_used_up),
      TEST(a_full_disk_answers_a700_and_leaves_nothing_behind),
      TEST(below_the_reserve_nothing_is_begun),
      TEST(a_connection_that_breaks_within_an_object_leaves_no_file),
      TEST(a_data_set_of_another_instance_is_refused), TEST(an_object_without_a_study_is_not_kept),
      TEST(an_object_broken_behind_its_identity_waits_for_a_person),
      TEST(what_the_daemon_refuses_is_refused_and_its_file_and_number_left_to_the_daemon),
      TEST(a_lost_answer_keeps_the_file_and_ends_the_association),
      TEST(who_may_not_come_in_is_told_why), TEST(too_many_associations_are_asked_to_come_later),
      TEST(contexts_are_answered_one_by_one), TEST(a_peer_that_never_speaks_is_shown_out),
      TEST(an_oversized_request_is_not_taken_into_memory),
      TEST(a_daemon_that_goes_away_ends_associations), TEST(a_taken_port_is_one_sentence),
      TEST(both_address_families_reach_us))
