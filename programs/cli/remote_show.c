/* Replies of the daemon as lines for people. */
#include "programs/cli/remote_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/channel.h"
#include "base/text.h"

static const char *text_of(const json_t *row, const char *key)
{
    return dw_json_text(row, key);
}

static int64_t number_of(const json_t *row, const char *key)
{
    return dw_json_int(row, key, 0);
}

static void show_study_head(void)
{
    printf("%-6s %-10s %-11s %-9s %7s  %s\n", "STUDY", "STATE", "DATE", "MODALITY", "OBJECTS",
           "PATIENT");
}

static void show_study_line(const json_t *row)
{
    printf("%-6" PRId64 " %-10s %-11s %-9s %7" PRId64 "  %s (%s)  %s%s\n", number_of(row, "id"),
           text_of(row, "state"), text_of(row, "study_date"), text_of(row, "modalities"),
           number_of(row, "objects"), text_of(row, "patient_name"), text_of(row, "patient_id"),
           text_of(row, "description"), number_of(row, "quarantined") > 0 ? "  INCOMPLETE" : "");
    if (strcmp(text_of(row, "state"), "held") == 0)
        printf("       held: %s (discwright study %" PRId64 ")\n", text_of(row, "reason"),
               number_of(row, "id"));
}

void dw_show_studies(const json_t *reply)
{
    json_t *row;
    size_t i;
    show_study_head();
    json_array_foreach (json_object_get(reply, "studies"), i, row)
        show_study_line(row);
}

static void show_time(int64_t seconds)
{
    char text[32];
    time_t at = (time_t)seconds;
    struct tm parts;
    if (!localtime_r(&at, &parts) || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) == 0)
        text[0] = '\0';
    printf("%-19s", text);
}

/* Value beside value: what the study has, what came, from whom. */
static void show_conflicts(const json_t *study)
{
    const json_t *list = json_object_get(study, "conflicts");
    json_t *row;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    printf("\n%-20s | %-28s | %-28s | %-16s | %s\n", "", "THE STUDY HAS", "WHAT CAME", "FROM", "OBJECTS");
    json_array_foreach (list, i, row)
        printf("%-20s | %-28s | %-28s | %-16s | %" PRId64 " from number %" PRId64 "%s%s\n",
               text_of(row, "title"), text_of(row, "locked"), text_of(row, "other"),
               text_of(row, "calling"), number_of(row, "objects"), number_of(row, "first_object"),
               *text_of(row, "answer") ? ", " : "", text_of(row, "answer"));
}

void dw_show_study(const json_t *reply)
{
    const json_t *study = json_object_get(reply, "study");
    int64_t id = number_of(study, "id"), acceptable = number_of(study, "acceptable_total");
    json_t *row;
    size_t i;
    show_study_head();
    show_study_line(study);
    json_array_foreach (json_object_get(study, "series_list"), i, row)
        printf("series  %s  %" PRId64 " objects  %s\n", text_of(row, "modality"),
               number_of(row, "objects"), text_of(row, "description"));
    json_array_foreach (json_object_get(study, "quarantine"), i, row)
        printf("quarantined  object %" PRId64 "  %s\n", number_of(row, "number"),
               text_of(row, "reason"));
    show_conflicts(study);
    if (strcmp(text_of(study, "state"), "held") != 0)
        return;
    printf("answer  discwright release %" PRId64 " --reason TEXT\n", id);
    if (acceptable)
        printf("answer  discwright release %" PRId64 " --reason TEXT --accept all   (%" PRId64
               " objects)\n",
               id, acceptable);
}

void dw_show_audit(const json_t *reply)
{
    json_t *row;
    size_t i;
    printf("%-19s %-12s %-9s %-10s %-6s %-6s %-9s %s\n", "TIME", "USER", "BY", "ACTION", "STUDY",
           "JOB", "RESULT", "REASON");
    json_array_foreach (json_object_get(reply, "audit"), i, row) {
        show_time(number_of(row, "at"));
        printf(" %-12s %-9s %-10s %-6" PRId64 " %-6" PRId64 " %-9s %s%s%s%s\n", text_of(row, "user"),
               text_of(row, "door"), text_of(row, "action"), number_of(row, "study"),
               number_of(row, "job"), *text_of(row, "result") ? text_of(row, "result") : "unknown",
               text_of(row, "reason"), *text_of(row, "detail") ? "  (" : "", text_of(row, "detail"),
               *text_of(row, "detail") ? ")" : "");
    }
}

static void show_job_line(const json_t *row)
{
    printf("%-6" PRId64 " %-10s %-6s %3" PRId64 "/%-3" PRId64 " %7" PRId64 "  %s (%s)%s%s%s%s%s\n",
           number_of(row, "id"), text_of(row, "state"), text_of(row, "media"),
           number_of(row, "discs_delivered"), number_of(row, "discs_wanted"),
           number_of(row, "objects"), text_of(row, "patient_name"), text_of(row, "patient_id"),
           json_is_true(json_object_get(row, "incomplete")) ? "  INCOMPLETE" : "",
           number_of(row, "supplement_of") ? "  SUPPLEMENT" : "", number_of(row, "late") ? "  LATE" : "",
           *text_of(row, "reason") ? "  " : "", text_of(row, "reason"));
}

/* What a held job asks, and with which words it is answered. */
static void show_question(const json_t *job)
{
    const json_t *question = json_object_get(job, "question"), *row;
    int64_t id = number_of(job, "id");
    size_t i;
    if (!json_is_object(question))
        return;
    json_array_foreach (json_object_get(question, "answers"), i, row) {
        const char *answer = json_string_value(row);
        if (answer && strcmp(answer, "profile") == 0)
            printf("answer  discwright resolve %" PRId64 " --media MEDIUM [--profile NAME]\n", id);
        else if (answer)
            printf("answer  discwright resolve %" PRId64 " --%s\n", id, answer);
    }
    json_array_foreach (json_object_get(question, "takers"), i, row)
        printf("takes all  %s  %s\n", text_of(row, "media"), text_of(row, "profile"));
}

static void show_job_head(void)
{
    printf("%-6s %-10s %-6s %7s %7s  %s\n", "JOB", "STATE", "MEDIA", "DISCS", "OBJECTS", "PATIENT");
}

void dw_show_jobs(const json_t *reply)
{
    json_t *row;
    size_t i;
    show_job_head();
    json_array_foreach (json_object_get(reply, "jobs"), i, row)
        show_job_line(row);
}

/* What is known only while a disc is burned, in the words of whoever stands beside the drive. */
static void show_speed(const json_t *progress)
{
    int64_t kbps = number_of(progress, "speed_kbps"), times = number_of(progress, "speed_1x_kbps"),
            buffer = dw_json_int(progress, "buffer_percent", -1),
            left_s = dw_json_int(progress, "left_s", -1);
    if (kbps <= 0)
        return;
    printf("  %" PRId64 " of %" PRId64 " MB", number_of(progress, "done") / 1000000,
           number_of(progress, "total") / 1000000);
    if (times > 0)
        printf("  %.1fx", (double)kbps / (double)times);
    else
        printf("  %" PRId64 " kB/s", kbps);
    if (buffer >= 0)
        printf("  buffer %" PRId64 "%%", buffer);
    if (left_s >= 0)
        printf("  %" PRId64 ":%02" PRId64 " left", left_s / 60, left_s % 60);
}

static void show_progress(const json_t *now, const char *kind, int64_t id)
{
    char key[24];
    if (!dw_text_format(key, sizeof key, "%" PRId64, id))
        return;
    const json_t *progress = json_object_get(json_object_get(now, kind), key);
    int64_t total = number_of(progress, "total");
    if (progress && *text_of(progress, "stage"))
        printf("  %s %" PRId64 "%%", text_of(progress, "stage"),
               total > 0 ? number_of(progress, "done") * 100 / total : 0);
    show_speed(progress);
}

/* Whose wish the job is, and what it lacks. */
static void show_origin(const json_t *job)
{
    int64_t first = number_of(job, "supplement_of"), late = number_of(job, "late");
    if (*text_of(job, "rule"))
        printf("rule %s\n", text_of(job, "rule"));
    if (strcmp(text_of(job, "priority"), "normal") != 0)
        printf("priority %s\n", text_of(job, "priority"));
    if (first)
        printf("SUPPLEMENT to job %" PRId64 "\n", first);
    if (json_is_true(json_object_get(job, "waits")))
        printf("answer  discwright release-job %" PRId64 "\n", number_of(job, "id"));
    if (late)
        printf("LATE: %" PRId64 " objects came after its discs were begun; discwright supplement %"
               PRId64 "\n",
               late, number_of(job, "id"));
}

static void show_disc(const json_t *now, const json_t *disc)
{
    const char *reason = text_of(disc, "reason");
    printf("disc %" PRId64 "  volume %" PRId64 " copy %" PRId64 " attempt %" PRId64 "  %s", number_of(disc, "id"),
           number_of(disc, "n"), number_of(disc, "copy"), number_of(disc, "attempt"), text_of(disc, "state"));
    if (number_of(disc, "delivered_at") == 0)
        show_progress(now, "discs", number_of(disc, "id"));
    else if (strcmp(text_of(disc, "verified_by"), "robot") == 0 && !strstr(reason, "verified by the robot"))
        printf("  verified by the robot");
    printf("%s%s\n", *reason ? "  " : "", reason);
}

void dw_show_job(const json_t *reply)
{
    const json_t *job = json_object_get(reply, "job"), *now = json_object_get(reply, "now");
    json_t *row;
    size_t i;
    show_job_head();
    show_job_line(job);
    show_origin(job);
    if (*text_of(job, "step")) {
        printf("preparing: %s", text_of(job, "step"));
        show_progress(now, "jobs", number_of(job, "id"));
        putchar('\n');
    }
    if (json_is_true(json_object_get(job, "nonconformant")))
        printf("NOT DICOM CONFORMANT: objects are on the discs as they are\n");
    else if (*text_of(job, "claim"))
        printf("profile %s\n", text_of(job, "claim"));
    json_array_foreach (json_object_get(job, "volume_list"), i, row)
        printf("volume %" PRId64 " of %" PRId64 "  %s  %" PRId64 " objects  %" PRId64 " bytes\n",
               number_of(row, "n"), number_of(row, "of"), text_of(row, "state"),
               number_of(row, "objects"), number_of(row, "size_bytes"));
    json_array_foreach (json_object_get(job, "disc_list"), i, row)
        show_disc(now, row);
    json_array_foreach (json_object_get(job, "notes"), i, row)
        printf("%s  object %" PRId64 "  %s\n", text_of(row, "kind"), number_of(row, "number"),
               text_of(row, "text"));
    show_question(job);
}

void dw_show_order(const json_t *reply)
{
    printf("job %" PRId64 "\n", number_of(reply, "job"));
}

void dw_show_nothing(const json_t *reply)
{
    (void)reply;
}

/* Of what nobody counts only the kind is of interest. */
static void show_bin(const json_t *bin)
{
    const char *where = text_of(bin, "where");
    if (number_of(bin, "discs") >= 0)
        printf("  %s%s%s  %s  %" PRId64 " of %" PRId64 "  %s\n", text_of(bin, "name"), *where ? " " : "", where,
               text_of(bin, "role"), number_of(bin, "discs"), number_of(bin, "capacity"), text_of(bin, "media"));
    else if (*text_of(bin, "media"))
        printf("  %s  %s  %s\n", text_of(bin, "name"), text_of(bin, "role"), text_of(bin, "media"));
}

static void show_step(const json_t *step)
{
    if (!json_is_object(step))
        return;
    printf("  STEP %" PRId64 " (job %" PRId64 "): %s\n", number_of(step, "n"), number_of(step, "job"),
           text_of(step, "sentence"));
    if (*text_of(step, "wrong"))
        printf("    %s\n", text_of(step, "wrong"));
}

static void show_forecast(const json_t *row)
{
    int64_t minutes = number_of(row, "minutes");
    printf("  %s  %" PRId64 " left, %" PRId64 " wanted", text_of(row, "supply"), number_of(row, "left"),
           number_of(row, "wanted"));
    if (minutes >= 0)
        printf(": used up in about %" PRId64 " minutes", minutes);
    putchar('\n');
}

/* reply: {discs: how far they are} */
static void show_robot_row(const json_t *reply, const json_t *robot)
{
    json_t *row;
    size_t i;
    printf("%s  %s%s  %s\n", text_of(robot, "name"), text_of(robot, "driver"),
           json_is_true(json_object_get(robot, "simulated")) ? " (simulated)" : "",
           text_of(robot, "activity"));
    json_array_foreach (json_object_get(robot, "notes"), i, row)
        printf("  note: %s\n", json_string_value(row));
    show_step(json_object_get(robot, "step"));
    json_array_foreach (json_object_get(robot, "drives"), i, row) {
        printf("  drive %" PRId64 "  %s", number_of(row, "n"), text_of(row, "state"));
        if (number_of(row, "disc")) {
            printf("  disc %" PRId64, number_of(row, "disc"));
            show_progress(reply, "discs", number_of(row, "disc"));
        }
        putchar('\n');
    }
    json_array_foreach (json_object_get(robot, "bins"), i, row)
        show_bin(row);
    json_array_foreach (json_object_get(robot, "supplies"), i, row)
        printf("  %s  %" PRId64 "%%\n", text_of(row, "name"), number_of(row, "percent"));
    json_array_foreach (json_object_get(robot, "forecast"), i, row)
        show_forecast(row);
    json_array_foreach (json_object_get(robot, "faults"), i, row)
        printf("  FAULT %s: %s. %s (%s)\n", text_of(row, "key"), text_of(row, "sentence"),
               text_of(row, "doing"), text_of(row, "who"));
}

void dw_show_robots(const json_t *reply)
{
    json_t *row;
    size_t i;
    json_array_foreach (json_object_get(reply, "robots"), i, row)
        show_robot_row(reply, row);
}

static void show_rate(const json_t *row)
{
    int64_t good = number_of(row, "good"), all = good + number_of(row, "bad");
    printf("%" PRId64 " good  %" PRId64 " bad", good, all - good);
    if (all > 0)
        printf("  %" PRId64 "%%", good * 100 / all);
}

/* What its discs cost to be read back: a drive or its media grow old before discs go bad. */
static void show_reading(const json_t *row)
{
    int64_t ms = number_of(row, "read_ms");
    if (ms <= 0)
        return;
    printf("  read at %.1f MB/s, %" PRId64 " retries, %" PRId64 " slow",
           (double)number_of(row, "read_bytes") / 1000.0 / (double)ms, number_of(row, "read_retries"),
           number_of(row, "read_slow"));
}

void dw_show_drives(const json_t *reply)
{
    json_t *row;
    size_t i;
    json_array_foreach (json_object_get(reply, "drives"), i, row) {
        printf("%s drive %" PRId64 "  %s  %" PRId64 " discs  ", text_of(row, "robot"),
               number_of(row, "drive"), text_of(row, "serial"), number_of(row, "discs"));
        show_rate(row);
        if (number_of(row, "bad_in_a_row"))
            printf("  %" PRId64 " bad in a row", number_of(row, "bad_in_a_row"));
        if (*text_of(row, "out"))
            printf("  out of service: %s", text_of(row, "out"));
        show_reading(row);
        putchar('\n');
    }
    json_array_foreach (json_object_get(reply, "lots"), i, row) {
        printf("lot %s  %s  ", text_of(row, "code"), text_of(row, "media"));
        show_rate(row);
        putchar('\n');
    }
}

void dw_show_robot(const json_t *reply)
{
    const json_t *robot = json_object_get(reply, "robot");
    if (json_object_get(reply, "bays"))
        dw_show_bays(reply);
    else if (robot)
        show_robot_row(reply, robot);
}

static void show_counts(const json_t *appliance, const char *what)
{
    const char *state;
    json_t *count;
    printf("%s:", what);
    json_object_foreach (json_object_get(appliance, what), state, count)
        printf(" %" PRId64 " %s", (int64_t)json_integer_value(count), state);
    putchar('\n');
}

void dw_show_status(const json_t *reply)
{
    const json_t *appliance = json_object_get(reply, "appliance");
    const json_t *listening = json_object_get(json_object_get(reply, "now"), "listening");
    const char *status;
    json_t *row;
    size_t i;
    printf("listening: %s on port", text_of(listening, "aet"));
    json_array_foreach (json_object_get(listening, "ports"), i, row)
        printf("%s %" PRId64, i ? "," : "", number_of(row, "port"));
    puts(number_of(listening, "dicom") ? "" : " none");
    printf("answered since the start:");
    json_object_foreach (json_object_get(json_object_get(reply, "now"), "answers"), status, row)
        printf(" %" PRId64 " x %s", (int64_t)json_integer_value(row), status);
    putchar('\n');
    show_counts(appliance, "studies");
    show_counts(appliance, "jobs");
    show_counts(appliance, "discs");
    printf("objects: %" PRId64 " received, %" PRId64 " quarantined, %" PRId64 " bytes\n",
           number_of(appliance, "objects"), number_of(appliance, "quarantined"),
           number_of(appliance, "spool_bytes"));
    printf("faults: %" PRId64 "\n", number_of(appliance, "faults"));
    json_array_foreach (json_object_get(appliance, "alarms"), i, row)
        printf("ALARM %s\n", json_string_value(row));
}
