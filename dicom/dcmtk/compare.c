#include "dicom/dcmtk/compare.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/limits.h"
#include "base/text.h"

#define TURN_TRIES 100 /* with TURN_MS between them: the peer waits meanwhile */
#define TURN_MS 100
#define ANSWER_MS 20000
#define LARGEST_BYTES (256 * 1024 * 1024) /* decoding writes both out beside the spool */

int dw_compare_gate(void)
{
    return memfd_create("compare", MFD_CLOEXEC);
}

/* Record locks belong to processes: one that dies gives its turn back. */
static bool take_turn(int gate)
{
    for (int i = 0; i < TURN_TRIES; i++) {
        for (int slot = 0; slot < DW_COMPARES_MAX; slot++) {
            struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = slot, .l_len = 1};
            if (fcntl(gate, F_SETLK, &lock) == 0)
                return true;
        }
        (void)poll(NULL, 0, TURN_MS);
    }
    return false;
}

static void give_turn_back(int gate)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(gate, F_SETLK, &lock);
}

static bool is_small(const char *path)
{
    struct stat sb;
    return stat(path, &sb) == 0 && sb.st_size <= LARGEST_BYTES;
}

static bool ask(const char *here, const char *fresh, const char *const plain[2])
{
    static const char *const argv[] = {"discwright-work", "compare", NULL};
    struct dw_child child;
    struct dw_message answer;
    bool same = false;
    if (dw_child_start(NULL, argv, &child, NULL) != DW_OK)
        return false;
    json_t *task = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "task", "task", "compare", "one", here,
                             "other", fresh, "plain_one", plain[0], "plain_other", plain[1]);
    dw_status st = dw_channel_send(child.channel, task, NULL, 0, NULL, 0, ANSWER_MS, NULL);
    if (st == DW_OK && dw_channel_receive(child.channel, ANSWER_MS, &answer, NULL) == DW_OK) {
        same = strcmp(answer.type, "result") == 0 && dw_json_to_error(answer.head, NULL) == DW_OK &&
               json_is_true(json_object_get(answer.head, "same"));
        dw_message_done(&answer);
    }
    dw_child_done(&child);
    return same;
}

/* The task removes what it made, unless it died. */
static void sweep(const char *plain)
{
    char part[DW_PATH_MAX];
    (void)unlink(plain);
    if (dw_text_format(part, sizeof part, "%s.part", plain))
        (void)unlink(part);
}

bool dw_compare_decoded(int gate, const char *here, const char *fresh)
{
    char one[DW_PATH_MAX], other[DW_PATH_MAX];
    if (gate < 0 || !is_small(here) || !is_small(fresh) ||
        !dw_text_format(one, sizeof one, "%s.plain-1", fresh) ||
        !dw_text_format(other, sizeof other, "%s.plain-2", fresh) || !take_turn(gate))
        return false;
    bool same = ask(here, fresh, (const char *const[]){one, other});
    sweep(one);
    sweep(other);
    give_turn_back(gate);
    return same;
}
