/* discwright identify: the work task reads the directory of the disc, the daemon says which job made it. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/child.h"
#include "base/channel.h"
#include "base/text.h"
#include "programs/command.h"
#include "programs/cli/remote_ask.h"

enum { EXIT_OURS = 0, EXIT_NOT_OURS = 1, EXIT_COULD_NOT = 2 };

struct asking {
    bool json, offline;
    const char *source, *config, *state_folder;
    const char *robot; /* NULL: the first */
    int64_t drive;     /* of it; 0: source is said */
    char device[256];  /* of the drive: then the source */
};

static int usage(FILE *to, int code)
{
    fputs("usage: discwright identify [OPTION]... IMAGE|FOLDER|DEVICE\n"
          "       discwright identify [OPTION]... --drive N [--robot NAME]\n"
          "Say whose disc this is, before one without a label is handed over.\n"
          "  --drive N       what lies in drive N of a robot that does nothing with it\n"
          "  --robot NAME    of this robot; without it of the first\n"
          "  --offline       only what the disc says of itself; the daemon is not asked\n"
          "  --json          one object {disc: what it says, appliance: what is known of it}\n"
          "  --config FILE   where to find the daemon's state folder (default " DW_REMOTE_CONFIG ")\n"
          "  --state-folder FOLDER  the same, said directly\n"
          "Exit code: 0 it is a disc of this appliance (--offline: it could be read), 1 it is not, 2 it could not\n"
          "be read, or nobody was there to ask.\n",
          to);
    return code;
}

static dw_status check_options(const struct asking *asking, struct dw_error *err)
{
    if (asking->robot && !asking->drive)
        return dw_error_set(err, DW_ERR_INVALID, "say with --drive which drive of the robot to look into");
    if (asking->drive && asking->source)
        return dw_error_set(err, DW_ERR_INVALID, "identify looks at one disc at a time");
    if (asking->drive && asking->offline)
        return dw_error_set(err, DW_ERR_INVALID,
                            "only the daemon knows the drives of a robot: --offline wants a device");
    if (asking->drive)
        return DW_OK;
    if (!asking->source || !dw_text_is_utf8(asking->source, strlen(asking->source)))
        return dw_error_set(err, DW_ERR_INVALID, "say which image, folder or drive to look at");
    return DW_OK;
}

static dw_status read_options(int argc, char **argv, struct asking *asking, struct dw_error *err)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            asking->json = true;
        else if (strcmp(argv[i], "--offline") == 0)
            asking->offline = true;
        else if (strcmp(argv[i], "--config") == 0 && has_value)
            asking->config = argv[++i];
        else if (strcmp(argv[i], "--state-folder") == 0 && has_value)
            asking->state_folder = argv[++i];
        else if (strcmp(argv[i], "--robot") == 0 && has_value)
            asking->robot = argv[++i];
        else if (strcmp(argv[i], "--drive") == 0 && has_value) {
            if (!dw_text_int(argv[++i], 1, DW_ROBOT_DRIVES_MAX, &asking->drive))
                return dw_error_set(err, DW_ERR_INVALID, "--drive is a number from 1 to %d",
                                    DW_ROBOT_DRIVES_MAX);
        } else if (argv[i][0] == '-')
            return dw_error_set(err, DW_ERR_INVALID, "'%s' is not an option of identify, or its value is missing",
                                argv[i]);
        else if (asking->source)
            return dw_error_set(err, DW_ERR_INVALID, "identify looks at one disc at a time");
        else
            asking->source = argv[i];
    }
    return check_options(asking, err);
}

/* A drive that is worked with is left alone: to read it would spoil the disc, and whose that is the robot knows. */
static dw_status take_device(struct asking *asking, const json_t *robot, struct dw_error *err)
{
    const json_t *drive, *row = NULL;
    size_t i;
    const char *name = dw_json_text(robot, "name"),
               *device = json_string_value(json_array_get(json_object_get(robot, "devices"),
                                                          (size_t)asking->drive - 1));
    if (!json_is_true(json_object_get(robot, "connected")))
        return dw_error_set(err, DW_ERR_GONE, "robot %s: its program is not running, and cannot say what it does",
                            name);
    json_array_foreach(json_object_get(robot, "drives"), i, drive)
        if (dw_json_int(drive, "n", 0) == asking->drive)
            row = drive;
    int64_t disc = dw_json_int(row, "disc", 0);
    if (disc != 0)
        return dw_error_set(err, DW_ERR_BUSY, "drive %" PRId64 " of robot %s has disc %" PRId64 " in work (%s)",
                            asking->drive, name, disc, dw_json_text(row, "state"));
    if (!row || !device || !dw_text_copy(asking->device, sizeof asking->device, device))
        return dw_error_set(err, DW_ERR_NOT_FOUND,
                            "robot %s has no drive %" PRId64 " that can be looked into from here", name,
                            asking->drive);
    asking->source = asking->device;
    return DW_OK;
}

static dw_status find_drive(struct asking *asking, struct dw_error *err)
{
    json_t *reply = NULL;
    json_t *request = json_pack("{s:s, s:s}", "type", "robot", "name", asking->robot ? asking->robot : "");
    if (!request)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_remote_ask(asking->config, asking->state_folder, request, &reply, err);
    json_decref(request);
    if (st == DW_OK)
        st = take_device(asking, json_object_get(reply, "robot"), err);
    json_decref(reply);
    return st;
}

static void forget_message(json_t *object)
{
    static const char *const members[] = {"type", "status", "text"};
    for (size_t i = 0; i < DW_ARRAY_LEN(members); i++)
        json_object_del(object, members[i]);
}

static dw_status read_disc(const struct asking *asking, json_t **out, struct dw_error *err)
{
    json_t *task = json_pack("{s:s, s:s, s:b}", "task", "check", "source", asking->source, "identify", 1);
    if (!task)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_task_run(NULL, task, NULL, NULL, out, err);
    if (st == DW_OK)
        forget_message(*out);
    return st;
}

/* *strange: the appliance has answered that it made no such disc. What could not be read or asked is not strange. */
static dw_status ask_appliance(const struct asking *asking, const json_t *disc, json_t **out,
                               bool *strange, struct dw_error *err)
{
    json_t *reply = NULL;
    json_t *request = json_pack("{s:s, s:s}", "type", "identify", "fileset_uid",
                                dw_json_text(disc, "fileset_uid"));
    if (!request)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    dw_status st = dw_remote_ask(asking->config, asking->state_folder, request, &reply, err);
    json_decref(request);
    *strange = reply && st == DW_ERR_NOT_FOUND;
    if (st != DW_OK) {
        json_decref(reply);
        return st;
    }
    forget_message(reply);
    *out = reply;
    return DW_OK;
}

static void show_disc(const json_t *disc)
{
    const json_t *patient;
    size_t i;
    json_array_foreach(json_object_get(disc, "patients"), i, patient)
        printf("patient    %s (%s)\n", dw_json_text(patient, "name"), dw_json_text(patient, "id"));
    printf("objects    %" PRId64 "\n", dw_json_int(disc, "objects", 0));
    printf("volume     %s\n", dw_json_text(disc, "label"));
    printf("file-set   %s\n", dw_json_text(disc, "fileset_uid"));
}

static void show_appliance(const json_t *known)
{
    const json_t *disc;
    size_t i;
    printf("job        %" PRId64 ", disc %" PRId64 " of %" PRId64 ", ordered for %s (%s)\n",
           dw_json_int(known, "job", 0), dw_json_int(known, "n", 0), dw_json_int(known, "of", 0),
           dw_json_text(known, "patient_name"), dw_json_text(known, "patient_id"));
    json_array_foreach(json_object_get(known, "discs"), i, disc)
        printf("disc %-5" PRId64 " copy %" PRId64 ", attempt %" PRId64 ": %s%s%s\n",
               dw_json_int(disc, "id", 0), dw_json_int(disc, "copy", 0), dw_json_int(disc, "attempt", 0),
               dw_json_text(disc, "state"), *dw_json_text(disc, "reason") ? ", " : "",
               dw_json_text(disc, "reason"));
    if (json_array_size(json_object_get(known, "discs")) > 1)
        puts("These discs are alike, byte for byte: which of them this is cannot be told from it.");
}

static void show(const struct asking *asking, const json_t *disc, const json_t *known)
{
    if (!asking->json) {
        show_disc(disc);
        if (known)
            show_appliance(known);
        return;
    }
    json_t *all = json_pack("{s:O, s:O?}", "disc", disc, "appliance", known);
    if (all)
        json_dumpf(all, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(all);
}

int dw_command_identify(int argc, char **argv)
{
    struct dw_error err = {0};
    struct asking asking = {.source = NULL};
    json_t *disc = NULL, *known = NULL;
    bool strange = false;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    dw_status st = read_options(argc, argv, &asking, &err);
    if (st == DW_OK && asking.drive)
        st = find_drive(&asking, &err);
    if (st == DW_OK)
        st = read_disc(&asking, &disc, &err);
    if (st == DW_OK) {
        if (!asking.offline)
            st = ask_appliance(&asking, disc, &known, &strange, &err);
        show(&asking, disc, known);
    }
    json_decref(disc);
    json_decref(known);
    if (st == DW_OK)
        return EXIT_OURS;
    fprintf(stderr, "discwright: identify: %s\n", err.text);
    return strange ? EXIT_NOT_OURS : EXIT_COULD_NOT;
}
