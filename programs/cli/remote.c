/* The commands that ask the running daemon: words become one request over its control socket, the reply
 * lines for people (remote_show.c), or JSON. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/options.h"
#include "base/text.h"
#include "programs/command.h"
#include "programs/cli/remote_ask.h"
#include "programs/cli/remote_show.h"

#define WORDS_MAX 40

struct words {
    const char *plain[WORDS_MAX];
    size_t count;
    const char *config, *state_folder;
    bool json;
    json_t *request;
};
typedef dw_status fill_fn(const struct words *words, json_t *request, struct dw_error *err);
struct remote {
    const char *name, *usage;
    size_t min, max;
    fill_fn *fill;
    dw_show_fn *show;
};

/* --- words to a request --- */

static dw_status number_word(const char *word, const char *what, int64_t *out, struct dw_error *err)
{
    if (!dw_text_int(word, 1, INT64_MAX, out))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is not the number of a %s", word, what);
    return DW_OK;
}

static dw_status fill_filter(const struct words *words, json_t *request, struct dw_error *err)
{
    struct dw_buf text = {0};
    for (size_t i = 0; i < words->count; i++)
        dw_buf_addf(&text, "%s%s", i ? " " : "", words->plain[i]);
    if (text.size)
        json_object_set_new(request, "filter", json_string(text.data));
    dw_status st = dw_buf_check(&text, "the search words", err);
    dw_buf_done(&text);
    return st;
}

static dw_status fill_number(const struct words *words, json_t *request, const char *key,
                             const char *what, struct dw_error *err)
{
    int64_t number = 0;
    dw_status st = number_word(words->plain[0], what, &number, err);
    json_object_set_new(request, key, json_integer((json_int_t)number));
    return st;
}

static dw_status fill_id(const struct words *words, json_t *request, struct dw_error *err)
{
    return fill_number(words, request, "id", "job", err);
}

static dw_status fill_job(const struct words *words, json_t *request, struct dw_error *err)
{
    return fill_number(words, request, "job", "job", err);
}

static dw_status fill_job_by(const struct words *words, json_t *request, struct dw_error *err)
{
    json_object_set_new(request, "by", json_string("cli"));
    return fill_job(words, request, err);
}

static dw_status fill_study_id(const struct words *words, json_t *request, struct dw_error *err)
{
    return fill_number(words, request, "id", "study", err);
}

static dw_status fill_study(const struct words *words, json_t *request, struct dw_error *err)
{
    return fill_number(words, request, "study", "study", err);
}

/* --accept all, or numbers with commas between them; without it nothing of another patient is accepted. */
static dw_status read_accepted(const char *list, json_t *request, struct dw_error *err)
{
    json_t *numbers = json_array();
    dw_status st = DW_OK;
    json_object_set_new(request, "answer", json_string("accept"));
    if (strcmp(list, "all") == 0) {
        json_decref(numbers);
        return DW_OK;
    }
    json_object_set_new(request, "objects", numbers);
    while (*list && st == DW_OK) {
        char word[24];
        int64_t number = 0;
        size_t n = strcspn(list, ",");
        if (!dw_text_format(word, sizeof word, "%.*s", (int)n, list))
            return dw_error_set(err, DW_ERR_INVALID, "--accept: numbers of objects, or all");
        st = number_word(word, "object", &number, err);
        json_array_append_new(numbers, json_integer((json_int_t)number));
        list += n + (list[n] == ',');
    }
    return st;
}

static dw_status fill_release(const struct words *words, json_t *request, struct dw_error *err)
{
    const char *list = dw_json_text(request, "accept");
    if (!json_object_get(request, "reason"))
        return dw_error_set(err, DW_ERR_INVALID, "a release needs a reason: --reason TEXT");
    dw_status st = json_object_get(request, "accept") ? read_accepted(list, request, err) : DW_OK;
    return st == DW_OK ? fill_number(words, request, "study", "study", err) : st;
}

static dw_status fill_audit(const struct words *words, json_t *request, struct dw_error *err)
{
    const char *word = dw_json_text(request, "study");
    int64_t study = 0;
    if (!json_object_get(request, "study"))
        return DW_OK;
    dw_status st = number_word(word, "study", &study, err);
    json_object_set_new(request, "study", json_integer((json_int_t)study));
    return st;
}

static dw_status fill_burn(const struct words *words, json_t *request, struct dw_error *err)
{
    json_t *studies = json_array();
    json_object_set_new(request, "studies", studies);
    json_object_set_new(request, "by", json_string("cli"));
    for (size_t i = 0; i < words->count; i++) {
        int64_t study = 0;
        dw_status st = number_word(words->plain[i], "study", &study, err);
        if (st != DW_OK)
            return st;
        json_array_append_new(studies, json_integer((json_int_t)study));
    }
    return DW_OK;
}

static dw_status fill_name(const struct words *words, json_t *request, struct dw_error *err)
{
    if (words->count)
        json_object_set_new(request, "name", json_string(words->plain[0]));
    return DW_OK;
}

/* NAME drives | NAME drive N ADDRESS | NAME tray ADDRESS: what is asked of the drives of a robot. */
static dw_status fill_robot(const struct words *words, json_t *request, struct dw_error *err)
{
    const char *const *word = words->plain, *what = words->count > 1 ? word[1] : "";
    int64_t n = 0;
    if (words->count <= 1)
        return fill_name(words, request, err);
    if (words->count == 2 && strcmp(what, "drives") == 0) {
        json_object_set_new(request, "type", json_string("robot_drives"));
        return fill_name(words, request, err);
    }
    json_object_set_new(request, "robot", json_string(word[0]));
    json_object_set_new(request, "address", json_string(words->plain[words->count - 1]));
    if (words->count == 3 && strcmp(what, "tray") == 0) {
        json_object_set_new(request, "type", json_string("tray"));
        return DW_OK;
    }
    if (words->count != 4 || strcmp(what, "drive") != 0)
        return dw_error_set(err, DW_ERR_INVALID, "of a robot: drives, drive N ADDRESS or tray ADDRESS");
    json_object_set_new(request, "type", json_string("assign"));
    dw_status st = number_word(word[2], "drive", &n, err);
    json_object_set_new(request, "drive", json_integer((json_int_t)n));
    if (strcmp(word[3], "none") == 0)
        json_object_set_new(request, "address", json_string(""));
    return st;
}

static dw_status fill_answer(const struct words *words, json_t *request, struct dw_error *err)
{
    char at[32];
    dw_status st = fill_number(words, request, "disc", "disc", err);
    if (!dw_text_format(at, sizeof at, "%s%s%s", words->plain[1], words->count > 2 ? " " : "",
                        words->count > 2 ? words->plain[2] : ""))
        return dw_error_set(err, DW_ERR_INVALID, "a place: output, reject, drive N or gone");
    json_object_set_new(request, "at", json_string(at));
    return st;
}

static dw_status fill_refill(const struct words *words, json_t *request, struct dw_error *err)
{
    int64_t discs = 0, number = 0;
    char bin[32];
    if (!dw_text_int(words->plain[2], 0, DW_BIN_DISCS_MAX, &discs))
        return dw_error_set(err, DW_ERR_INVALID, "'%s' is not a number of discs from 0 to %d",
                            words->plain[2], DW_BIN_DISCS_MAX);
    json_object_set_new(request, "robot", json_string(words->plain[0]));
    bool is_number = dw_text_int(words->plain[1], 1, DW_BIN_DISCS_MAX, &number);
    if (!dw_text_format(bin, sizeof bin, is_number ? "bin %s" : "%s", words->plain[1]))
        return dw_error_set(err, DW_ERR_INVALID, "a bin: a number, output, reject or printer");
    json_object_set_new(request, "bin", json_string(bin));
    json_object_set_new(request, "discs", json_integer((json_int_t)discs));
    json_object_set_new(request, "media", json_string(words->count > 3 ? words->plain[3] : ""));
    return DW_OK;
}

static dw_status fill_step(const struct words *words, json_t *request, struct dw_error *err)
{
    json_object_set_new(request, "robot", json_string(words->plain[0]));
    json_object_set_new(request, "answer", json_string(words->plain[2]));
    int64_t n = 0;
    dw_status st = number_word(words->plain[1], "step", &n, err);
    json_object_set_new(request, "n", json_integer((json_int_t)n));
    return st;
}

static dw_status fill_acknowledge(const struct words *words, json_t *request, struct dw_error *err)
{
    json_object_set_new(request, "robot", json_string(words->plain[0]));
    json_object_set_new(request, "key", json_string(words->plain[1]));
    return DW_OK;
}

/* Exactly one answer: --leave-off, --as-is, or what to use instead. */
static dw_status fill_resolve(const struct words *words, json_t *request, struct dw_error *err)
{
    bool instead = json_object_get(request, "media") || json_object_get(request, "profile");
    if (json_object_get(request, "answer") ? instead : !instead)
        return dw_error_set(err, DW_ERR_INVALID,
                            "one answer: --leave-off, --as-is, or --media and --profile");
    if (instead)
        json_object_set_new(request, "answer", json_string("profile"));
    json_object_set_new(request, "by", json_string("cli"));
    return fill_job(words, request, err);
}

/* discwright release-job is release_job there. */
static dw_status fill_release_job(const struct words *words, json_t *request, struct dw_error *err)
{
    json_object_set_new(request, "type", json_string("release_job"));
    return fill_job_by(words, request, err);
}

static dw_status fill_nothing(const struct words *words, json_t *request, struct dw_error *err)
{
    return DW_OK;
}

static const struct remote remotes[] = {
    {"studies", "studies [--state STATE] [WORD]...", 0, WORDS_MAX, fill_filter, dw_show_studies},
    {"study", "study STUDY", 1, 1, fill_study_id, dw_show_study},
    {"release", "release STUDY [--user NAME] --reason TEXT [--accept all|OBJECT,...]", 1, 1, fill_release,
     dw_show_nothing},
    {"pin", "pin STUDY [--user NAME] [--reason TEXT]", 1, 1, fill_study, dw_show_nothing},
    {"unpin", "unpin STUDY [--user NAME] [--reason TEXT]", 1, 1, fill_study, dw_show_nothing},
    {"delete", "delete STUDY [--user NAME] [--reason TEXT]", 1, 1, fill_study, dw_show_nothing},
    {"undelete", "undelete STUDY [--user NAME] [--reason TEXT]", 1, 1, fill_study, dw_show_nothing},
    {"audit", "audit [--study STUDY]", 0, 0, fill_audit, dw_show_audit},
    {"jobs", "jobs [--state STATE] [WORD]...", 0, WORDS_MAX, fill_filter, dw_show_jobs},
    {"job", "job JOB", 1, 1, fill_id, dw_show_job},
    {"burn",
     "burn [--copies N] [--media cd|dvd|dvd-dl|bd|bd-50|bd-100|auto] [--profile NAME]\n"
     "           [--template NAME] [--robot NAME] [--recipient TEXT] [--no-viewer]\n"
     "           [--priority low|normal|high|stat] STUDY...",
     1, 32, fill_burn, dw_show_order},
    {"cancel", "cancel JOB", 1, 1, fill_job, dw_show_nothing},
    {"retry", "retry JOB", 1, 1, fill_job, dw_show_nothing},
    {"resolve",
     "resolve JOB --leave-off | --as-is | --media cd|dvd|dvd-dl|bd|bd-50|bd-100|auto [--profile NAME]", 1, 1,
     fill_resolve, dw_show_nothing},
    {"supplement", "supplement JOB", 1, 1, fill_job_by, dw_show_order},
    {"release-job", "release-job JOB", 1, 1, fill_release_job, dw_show_nothing},
    {"rules", "rules [--explain STUDY]", 0, 0, fill_nothing, dw_show_rules},
    {"robots", "robots", 0, 0, fill_nothing, dw_show_robots},
    {"drives", "drives", 0, 0, fill_nothing, dw_show_drives},
    {"robot",
     "robot [NAME]\n"
     "       discwright robot NAME drives\n"
     "       discwright robot NAME drive N ADDRESS|SERIAL|none [--user NAME]\n"
     "       discwright robot NAME tray ADDRESS|SERIAL [--free] [--user NAME]",
     0, 4, fill_robot, dw_show_robot},
    {"answer", "answer DISC output|reject|gone|drive N", 2, 3, fill_answer, dw_show_nothing},
    {"step", "step ROBOT STEP done|failed", 3, 3, fill_step, dw_show_nothing},
    {"refill", "refill ROBOT BIN DISCS [MEDIA[:PILE]]", 3, 4, fill_refill, dw_show_nothing},
    {"acknowledge", "acknowledge ROBOT FAULT", 2, 2, fill_acknowledge, dw_show_nothing},
    {"status", "status", 0, 0, fill_nothing, dw_show_status},
};

/* --- the way there and back --- */

static void usage(const struct remote *remote, FILE *to)
{
    fprintf(to,
            "usage: discwright %s\n"
            "  --json          print what the daemon answered\n"
            "  --config FILE   where to find its state folder (default " DW_REMOTE_CONFIG ")\n"
            "  --state-folder FOLDER  the same, said directly\n",
            remote->usage);
}

static dw_status read_option(int argc, char **argv, int *at, struct words *words,
                             struct dw_error *err)
{
    static const char *const texts[] = {"media", "profile", "template", "robot", "recipient",
                                        "state", "user",    "reason",   "accept", "study",
                                        "priority"};
    const char *name = argv[*at] + 2;
    int64_t copies;

    if (strcmp(name, "json") == 0) {
        words->json = true;
        return DW_OK;
    }
    if (strcmp(name, "no-viewer") == 0) {
        json_object_set_new(words->request, "viewer", json_false());
        return DW_OK;
    }
    if (strcmp(name, "free") == 0) {
        json_object_set_new(words->request, "free", json_true());
        return DW_OK;
    }
    if (strcmp(name, "leave-off") == 0 || strcmp(name, "as-is") == 0) {
        if (json_object_get(words->request, "answer"))
            return dw_error_set(err, DW_ERR_INVALID, "one answer: --leave-off or --as-is");
        json_object_set_new(words->request, "answer", json_string(name));
        return DW_OK;
    }
    if (*at + 1 >= argc)
        return dw_error_set(err, DW_ERR_INVALID, "unknown option '--%s', or its value is missing",
                            name);
    const char *value = argv[++*at];
    if (strcmp(name, "config") == 0)
        words->config = value;
    else if (strcmp(name, "state-folder") == 0)
        words->state_folder = value;
    else if (strcmp(name, "copies") == 0 && dw_text_int(value, 1, DW_COPIES_MAX, &copies))
        json_object_set_new(words->request, "copies", json_integer((json_int_t)copies));
    else if (strcmp(name, "copies") == 0)
        return dw_error_set(err, DW_ERR_INVALID, "--copies: a number from 1 to %d", DW_COPIES_MAX);
    else if (strcmp(name, "explain") == 0)
        return json_object_set_new(words->request, "study", json_string(value)) == 0
                   ? DW_OK
                   : dw_error_set(err, DW_ERR_INVALID, "--explain: not UTF-8 text");
    else {
        for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++)
            if (strcmp(texts[i], name) == 0)
                return json_object_set_new(words->request, name, json_string(value)) == 0
                           ? DW_OK
                           : dw_error_set(err, DW_ERR_INVALID, "--%s: not UTF-8 text", name);
        return dw_error_set(err, DW_ERR_INVALID, "unknown option '--%s'", name);
    }
    return DW_OK;
}

static dw_status read_words(const struct remote *remote, int argc, char **argv, struct words *words,
                            struct dw_error *err)
{
    for (int i = 1; i < argc; i++) {
        dw_status st = DW_OK;
        if (strncmp(argv[i], "--", 2) == 0)
            st = read_option(argc, argv, &i, words, err);
        else if (words->count == WORDS_MAX || words->count == remote->max)
            st = dw_error_set(err, DW_ERR_INVALID, "too many words (discwright %s --help)",
                              remote->name);
        else
            words->plain[words->count++] = argv[i];
        if (st != DW_OK)
            return st;
    }
    if (words->count < remote->min)
        return dw_error_set(err, DW_ERR_INVALID, "words are missing (discwright %s --help)",
                            remote->name);
    json_object_set_new(words->request, "type", json_string(remote->name));
    return remote->fill(words, words->request, err);
}

int dw_command_remote(int argc, char **argv)
{
    const struct remote *remote = NULL;
    struct words words = {.request = json_object()};
    struct dw_error err = {0};
    json_t *reply = NULL;

    for (size_t i = 0; i < DW_ARRAY_LEN(remotes); i++)
        if (strcmp(remotes[i].name, argv[0]) == 0)
            remote = &remotes[i];
    if (!remote) {
        fprintf(stderr, "discwright: there is no command '%s'\n", argv[0]);
        json_decref(words.request);
        return dw_status_exit_code(DW_ERR_INVALID);
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(remote, stdout);
        json_decref(words.request);
        return 0;
    }
    dw_status st = read_words(remote, argc, argv, &words, &err);
    if (st == DW_OK)
        st = dw_remote_ask(words.config, words.state_folder, words.request, &reply, &err);
    if (reply && words.json) {
        json_dumpf(reply, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        putchar('\n');
    } else if (st == DW_OK) {
        remote->show(reply);
    }
    if (st != DW_OK)
        fprintf(stderr, "discwright: %s\n", err.text);
    json_decref(reply);
    json_decref(words.request);
    return dw_status_exit_code(st);
}
