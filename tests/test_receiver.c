/* The receiver as a modality and as the daemon see it: a listener process of ours, a peer made of bytes,
 * a daemon played by a thread. */
#include "dicom/dcmtk/incoming.h"
#include "test_receiver_house.h"

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
    check_rejection("UNSUPPORTED", 1, 1, 1); /* no reason given */
    check_rejection("BUSY", 2, 3, 1);        /* temporary congestion */
    check_rejection("LIMIT", 2, 3, 2);       /* local limit exceeded */
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
    struct dw_receiver_opts opts = {.ports = {{.name = "dicom", .bind = "127.0.0.1"}}, .port_count = 1, .spool = "/tmp"};
    struct dw_error err = {0};
    dw_receiver *first = NULL, *second = NULL;
    char sentence[64];
    CHECK_OK(dw_receiver_open(&opts, &first, &err), err);
    opts.ports[0].port = dw_receiver_port(first, 0);
    CHECK_INT(dw_receiver_open(&opts, &second, &err), DW_ERR_BUSY);
    snprintf(sentence, sizeof sentence, "DICOM port %u is already in use", opts.ports[0].port);
    CHECK_STR(err.text, sentence);
    opts.ports[0].bind = "no such host.invalid";
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

struct counting_disk {
    ino_t spool;
    int spool_syncs;
};

static int counting_fsync(void *ctx, int fd)
{
    struct counting_disk *counting = ctx;
    struct stat sb;
    if (fstat(fd, &sb) == 0 && sb.st_ino == counting->spool)
        counting->spool_syncs++;
    return 0;
}

/* Whoever made the folder may have died before its fsync. */
static void a_folder_that_is_there_is_synced_once_all_the_same(void)
{
    struct counting_disk counting = {0};
    struct dw_disk disk = dw_disk_real;
    struct dw_error err = {0};
    struct stat sb;
    struct dw_meta meta = {.sop_class = "1.2", .sop_instance = "1.3", .transfer_syntax = "1.4"};
    uint8_t sha256[DW_SHA256_SIZE];
    char folder[64], path[80];
    dw_incoming *in = NULL;
    test_folder(folder);
    snprintf(path, sizeof path, "%s/0", folder);
    CHECK(mkdir(path, 0700) == 0 && stat(folder, &sb) == 0);
    counting.spool = sb.st_ino;
    disk.fsync = counting_fsync;
    disk.ctx = &counting;
    CHECK_OK(dw_incoming_new(&disk, folder, 0, &in, &err), err);
    for (int64_t number = 5; number < 7; number++) {
        CHECK_OK(dw_incoming_begin(in, number, &meta, &err), err);
        CHECK_OK(dw_incoming_publish(in, sha256, &err), err);
        CHECK_INT(counting.spool_syncs, 1);
    }
    dw_incoming_free(in);
    CHECK_OK(dw_file_remove_tree(folder, &err), err);
}

TESTS(TEST(an_echo_is_answered), TEST(a_folder_that_is_there_is_synced_once_all_the_same),
      TEST(success_comes_after_file_folder_and_row),
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
