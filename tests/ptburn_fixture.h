/** A ptburn publisher with its share as a folder, its work tasks and its daemon played here, all in virtual time. The
 * server is the test: it renames job files and writes status by hand. */
#ifndef DW_TESTS_PTBURN_FIXTURE_H
#define DW_TESTS_PTBURN_FIXTURE_H
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/file.h"
#include "robot/ptburn/ptburn.h"
#include "robot/ptburn/record.h"
#include "test.h"

#define PT_ROWS 32
#define PT_FAULTS 32

struct pt_row {
    enum dw_disc_state state, before;
    int drive;
    char fault[24], why[200];
};
struct pt_event {
    int64_t disc;
    enum dw_disc_event event;
};
struct pt_house {
    char folder[64], share[96];
    struct dw_clock_manual hands;
    struct dw_robot_options options;
    dw_ptburn *ptburn;
    struct dw_spawner spawner;
    dw_channel *worker;
    struct pt_row row[PT_ROWS]; /**< [0] is disc 1 */
    struct pt_event asked[PT_ROWS], log[20 * PT_ROWS];
    int asked_count, log_count;
    char key[PT_FAULTS][DW_FAULT_KEY_MAX], sentence[PT_FAULTS][200];
    int faults, progresses;
    const char *image_fault; /**< row that the next image fails with; "io": of the share */
    const char *check_fault; /* the judge could not work */
    bool not_conforming;
    bool deaf;               /**< the daemon answers nothing */
    char tasks[400];         /**< names of the tasks that ran */
    /* the server's own words */
    int tick, error, kiosk, jobs;
    bool dead;
    const char *robots; /**< [RobotList] and sections; NULL: one robot "R" */
    const char *system; /**< more lines of [System]; NULL: none */
    json_t *status;     /**< as told last */
};

/* The server's own files need not outlive a power failure of this machine. */
static inline int pt_no_fsync(void *ctx, int fd)
{
    return 0;
}

static inline ssize_t pt_write(void *ctx, int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static inline int pt_rename(void *ctx, const char *from, const char *to)
{
    return rename(from, to);
}

static const struct dw_disk pt_disk = {.write = pt_write, .fsync = pt_no_fsync, .rename = pt_rename};

/* --- what the publisher says --- */

static inline void pt_request(void *ctx, const struct dw_disc_request *request)
{
    struct pt_house *h = ctx;
    struct pt_row *row = &h->row[request->disc - 1];
    CHECK(h->asked_count < PT_ROWS);
    h->asked[h->asked_count++] = (struct pt_event){request->disc, request->event};
    row->drive = request->drive;
    dw_text_cut(row->fault, sizeof row->fault, request->fault);
    dw_text_cut(row->why, sizeof row->why, request->text);
}

static inline void pt_progress(void *ctx, int64_t disc, const struct dw_progress *progress)
{
    ((struct pt_house *)ctx)->progresses++;
}

static inline int pt_fault(const struct pt_house *h, const char *key)
{
    for (int i = 0; i < h->faults; i++) {
        if (strcmp(h->key[i], key) == 0)
            return i;
    }
    return -1;
}

static inline void pt_raised(void *ctx, const struct dw_fault_report *report)
{
    struct pt_house *h = ctx;
    int i = pt_fault(h, report->key);
    if (i < 0 && h->faults < PT_FAULTS)
        i = h->faults++;
    CHECK(i >= 0);
    dw_text_cut(h->key[i], sizeof h->key[i], report->key);
    dw_text_cut(h->sentence[i], sizeof h->sentence[i], report->sentence);
}

static inline void pt_cleared(void *ctx, const char *key)
{
    struct pt_house *h = ctx;
    int i = pt_fault(h, key);
    CHECK(i >= 0);
    if (i < 0)
        return;
    h->faults--;
    memmove(h->key[i], h->key[h->faults], sizeof h->key[i]);
    memmove(h->sentence[i], h->sentence[h->faults], sizeof h->sentence[i]);
}

static inline void pt_status(void *ctx, json_t *status)
{
    struct pt_house *h = ctx;
    json_decref(h->status);
    h->status = status;
}

/* --- work tasks --- */

static inline dw_status pt_spawn(void *ctx, const char *const argv[], int child_fd, pid_t *out_pid, struct dw_error *err)
{
    struct pt_house *h = ctx;
    *out_pid = 0;
    CHECK(!h->worker); /* one at a time */
    return dw_channel_new(fcntl(child_fd, F_DUPFD_CLOEXEC, 3), &h->worker, err);
}

static inline json_t *pt_play(struct pt_house *h, const json_t *task)
{
    const char *name = dw_json_text(task, "task");
    bool image = strcmp(name, "image") == 0;
    const char *planned = image ? h->image_fault : h->check_fault, *fault = planned ? planned : "";
    struct dw_error err = {0};
    size_t n = strlen(h->tasks);
    snprintf(h->tasks + n, sizeof h->tasks - n, "%s ", name);
    dw_status st = *fault ? dw_error_set(&err, DW_ERR_IO, "as planned") : DW_OK;
    if (image && !*fault)
        st = dw_file_save(&pt_disk, dw_json_text(task, "out"), "image", 5, &err);
    if (image && !*fault && *dw_json_text(task, "label"))
        st = dw_file_save(&pt_disk, dw_json_text(task, "label_out"), "label", 5, &err);
    json_t *result = dw_json_from_error("result", st, &err);
    json_object_set_new(result, "fault", json_string(strcmp(fault, "io") == 0 ? "" : fault));
    json_object_set_new(result, "conforms", json_boolean(!h->not_conforming));
    json_object_set_new(result, "findings", json_pack("[{s:s}]", "code", "IDENTITY"));
    return result;
}

static inline bool pt_work(struct pt_house *h)
{
    struct dw_message msg;
    struct dw_error err = {0};
    if (!h->worker)
        return false;
    if (dw_channel_receive(h->worker, 0, &msg, &err) == DW_OK) {
        json_t *result = pt_play(h, msg.head);
        dw_message_done(&msg);
        CHECK_OK(dw_channel_send(h->worker, result, NULL, 0, NULL, 0, 1000, &err), err);
    }
    dw_channel_free(h->worker);
    h->worker = NULL;
    return true;
}

/* --- the server --- */

static inline void pt_put(const struct pt_house *h, const char *name, const char *text)
{
    char path[256];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/%s", h->share, name);
    CHECK_OK(dw_file_save(&pt_disk, path, text, strlen(text), &err), err);
}

/* SystemStatus.txt, a tick later unless it is dead. */
static inline void pt_tick(struct pt_house *h)
{
    char text[2000], one[400];
    h->tick += !h->dead;
    snprintf(one, sizeof one,
             "[RobotList]\r\nRobot0=R\r\n[R]\r\nSysErrorNumber=%d\r\nRobotType=6\r\nSystemDrives=1\r\nNumJobs=%d\r\n"
             "DiscsInRightBin=20\r\nDiscsInLeftBin=3\r\nStatusFile=R.txt\r\nKioskModeEnabled=%d\r\n",
             h->error, h->jobs, h->kiosk);
    snprintf(text, sizeof text, "%s[System]\r\n%sServerTickCount=%d\r\n", h->robots ? h->robots : one,
             h->system ? h->system : "", h->tick);
    pt_put(h, "Status/SystemStatus.txt", text);
}

/** The file of a job, or NULL: "JRQ", "QRJ". */
static inline const char *pt_file(const struct pt_house *h, int64_t disc, char stem[DW_PTBURN_STEM_MAX])
{
    static char ending[8];
    const struct dirent *entry;
    char end[24];
    DIR *dir = opendir(h->share);
    bool found = false;
    CHECK(dir != NULL);
    snprintf(end, sizeof end, "-%lld.", (long long)disc);
    while (dir && (entry = readdir(dir)) != NULL) {
        const char *at = strstr(entry->d_name, end);
        if (!at || strcmp(at + strlen(end), "PTM") == 0)
            continue;
        snprintf(ending, sizeof ending, "%.7s", at + strlen(end));
        snprintf(stem, DW_PTBURN_STEM_MAX, "%.*s", (int)(at - entry->d_name + (int)strlen(end) - 1), entry->d_name);
        found = true;
    }
    closedir(dir);
    return found ? ending : NULL;
}

static inline bool pt_is(const struct pt_house *h, int64_t disc, const char *ending)
{
    char stem[DW_PTBURN_STEM_MAX];
    const char *is = pt_file(h, disc, stem);
    return ending && is ? strcmp(is, ending) == 0 : ending == NULL && is == NULL;
}

/** Rename the job's file and say so in the robot's own file. */
static inline void pt_serve(struct pt_house *h, int64_t disc, const char *ending, int doing, int state, int good,
                            const char *more)
{
    char stem[DW_PTBURN_STEM_MAX], from[256], to[256], text[1000];
    const char *was = pt_file(h, disc, stem);
    CHECK(was != NULL);
    snprintf(from, sizeof from, "%s/%s.%s", h->share, stem, was ? was : "");
    snprintf(to, sizeof to, "%s/%s.%s", h->share, stem, ending);
    CHECK_INT(rename(from, to), 0);
    snprintf(text, sizeof text,
             "[System]\r\nSysErrorNumber=0\r\nDriveLocation0=Robotic Recorder\r\nDriveJob0=%s\r\nDriveState0=1\r\n"
             "DrivePercent0=40\r\n[%s]\r\nCurrentStatusState=%d\r\nJobState=%d\r\nGoodDiscs=%d\r\n%s",
             stem, stem, doing, state, good, more);
    pt_put(h, "Status/R.txt", text);
}

/** How many names in the share have this in them. */
static inline int pt_count(const struct pt_house *h, const char *part)
{
    const struct dirent *entry;
    DIR *dir = opendir(h->share);
    int count = 0;
    while (dir && (entry = readdir(dir)) != NULL)
        count += strstr(entry->d_name, part) != NULL;
    closedir(dir);
    return count;
}

/** The text of the only message there; "" none. It is taken away, as the service does. */
static inline const char *pt_heard(const struct pt_house *h)
{
    static char text[300];
    const struct dirent *entry;
    DIR *dir = opendir(h->share);
    text[0] = 0;
    while (dir && (entry = readdir(dir)) != NULL) {
        char path[400];
        struct dw_buf buf = {0};
        if (!dw_text_ends_with(entry->d_name, ".PTM"))
            continue;
        CHECK(!text[0]);
        snprintf(path, sizeof path, "%s/%s", h->share, entry->d_name);
        if (dw_file_read_all(path, sizeof text - 1, &buf, NULL) == DW_OK)
            dw_text_cut(text, sizeof text, buf.data);
        dw_buf_done(&buf);
        CHECK_INT(unlink(path), 0);
    }
    closedir(dir);
    return text;
}

/* --- the daemon --- */

static inline void pt_daemon(struct pt_house *h)
{
    struct pt_event asked[PT_ROWS];
    int count = h->deaf ? 0 : h->asked_count;
    memcpy(asked, h->asked, sizeof asked);
    for (int i = 0; i < count; i++) {
        struct pt_row *row = &h->row[asked[i].disc - 1];
        enum dw_disc_state from = row->state;
        struct dw_error err = {0};
        CHECK_OK(dw_disc_next(from, asked[i].event, &row->state, &err), err);
        if (row->state == DW_DISC_UNKNOWN)
            row->before = from;
        h->log[h->log_count++] = asked[i];
        if (i == 0)
            h->asked_count = 0;
        dw_ptburn_stored(h->ptburn, asked[i].disc, asked[i].event, DW_OK, dw_disc_state_name(row->state));
    }
}

/** more: members that are different, or NULL; stolen. */
static inline void pt_order(struct pt_house *h, int64_t disc, json_t *more)
{
    struct dw_error err = {0};
    const struct pt_row *row = &h->row[disc - 1];
    json_t *head = json_pack("{s:I, s:I, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "disc", (json_int_t)disc, "job",
                             (json_int_t)disc, "state", dw_disc_state_name(row->state), "before",
                             dw_disc_state_name(row->before), "media", "cd", "blocks", 400, "tree", "/v/tree", "chunks",
                             "/v/chunks", "label", "/v/label.png", "expect", "/v/expect.json");
    if (more)
        json_object_update(head, more);
    json_decref(more);
    CHECK_OK(dw_ptburn_order(h->ptburn, head, &err), err);
    json_decref(head);
}

/* --- the whole --- */

static inline void pt_on(struct pt_house *h)
{
    struct dw_error err = {0};
    h->spawner = (struct dw_spawner){pt_spawn, h};
    const struct dw_ptburn_opts opts = {
        .options = &h->options,
        .state_dir = h->folder,
        .spawner = &h->spawner,
        .clock = dw_clock_from_manual(&h->hands),
        .at_once = true,
        .listener = {pt_request, pt_progress, pt_raised, pt_cleared, pt_status, h}};
    CHECK_OK(dw_ptburn_new(&opts, &h->ptburn, &err), err);
}

/** The program ends in the middle of whatever it does. */
static inline void pt_off(struct pt_house *h)
{
    dw_ptburn_free(h->ptburn);
    dw_channel_free(h->worker);
    h->ptburn = NULL;
    h->worker = NULL;
    h->faults = h->asked_count = 0;
}

static inline void pt_init(struct pt_house *h)
{
    struct dw_error err = {0};
    char status[128];
    memset(h, 0, sizeof *h);
    /* In memory where there is such a folder: hundreds of records are flushed here. */
    dw_text_cut(h->folder, sizeof h->folder, "/dev/shm/dw-test-XXXXXX");
    if (!mkdtemp(h->folder))
        test_folder(h->folder);
    snprintf(h->share, sizeof h->share, "%s/share", h->folder);
    snprintf(status, sizeof status, "%s/Status", h->share);
    CHECK_OK(dw_file_make_dirs(status, &err), err);
    dw_options_defaults(dw_robot_options_table, dw_robot_options_count, &h->options);
    dw_text_cut(h->options.share, sizeof h->options.share, h->share);
    dw_text_cut(h->options.share_unc, sizeof h->options.share_unc, "\\\\SRV\\PTBurnJobs");
    dw_text_cut(h->options.bins, sizeof h->options.bins, "cd");
    h->hands.mono_us = 1000000000;
    for (int i = 0; i < PT_ROWS; i++)
        h->row[i].before = DW_DISC_UNKNOWN;
    pt_tick(h);
    pt_put(h, "Status/R.txt", "[System]\r\n"); /* one that is missing is waited for */
    pt_put(h, "Status/S.txt", "[System]\r\n");
    pt_on(h);
}

static inline void pt_done(struct pt_house *h)
{
    struct dw_error err = {0};
    pt_off(h);
    json_decref(h->status);
    CHECK_OK(dw_file_remove_tree(h->folder, &err), err);
}

/** Let so many seconds pass. */
static inline void pt_run(struct pt_house *h, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        for (int round = 0; round < 8; round++) {
            bool worked = pt_work(h);
            dw_ptburn_step(h->ptburn);
            pt_daemon(h);
            if (!worked && !h->worker && round > 3)
                break;
        }
        dw_clock_advance(&h->hands, 1000000);
        if (i % 2 == 0)
            pt_tick(h);
    }
}

/** A disc whose request lies in the folder. */
static inline void pt_submitted(struct pt_house *h, int64_t disc)
{
    pt_order(h, disc, NULL);
    pt_run(h, 20);
    CHECK(pt_is(h, disc, "JRQ"));
    CHECK_INT(h->row[disc - 1].state, DW_DISC_LOADING);
}

static inline bool pt_has(const struct pt_house *h, int64_t disc, enum dw_disc_event event)
{
    for (int i = 0; i < h->log_count; i++) {
        if (h->log[i].disc == disc && h->log[i].event == event)
            return true;
    }
    return false;
}

#endif
