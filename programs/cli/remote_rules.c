/* discwright rules: what the daemon says of its rules as lines for people. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "programs/cli/remote_show.h"

static const char *text_of(const json_t *row, const char *key)
{
    return dw_json_text(row, key);
}

static void show_setting(const char *name, const json_t *row)
{
    const json_t *value = json_object_get(row, name);
    if (json_is_integer(value))
        printf(", %s %" PRId64, name, (int64_t)json_integer_value(value));
    else if (*text_of(row, name) && strcmp(text_of(row, name), "inherit") != 0)
        printf(", %s %s", name, text_of(row, name));
}

static void show_settings(const json_t *row)
{
    static const char *const names[] = {"copies", "media", "profile", "template",
                                        "viewer", "priority", "quiet_s", "supplement"};
    for (size_t i = 0; i < DW_ARRAY_LEN(names); i++)
        show_setting(names[i], row);
    putchar('\n');
}

static void show_list(const json_t *rules)
{
    const char *key;
    json_t *row, *patterns;
    size_t i;
    if (json_array_size(rules) == 0)
        printf("there are no rules: the AE title decides, else jobs.auto_publish\n");
    json_array_foreach (rules, i, row) {
        printf("%zu  %s\n", i + 1, text_of(row, "name"));
        json_object_foreach (json_object_get(row, "keys"), key, patterns)
            printf("     %s = %s\n", key, json_string_value(patterns));
        printf("     -> %s", text_of(row, "action"));
        show_settings(row);
    }
}

static void show_verdicts(const json_t *rules)
{
    json_t *row;
    size_t i;
    json_array_foreach (rules, i, row) {
        bool fits = json_is_true(json_object_get(row, "fits"));
        bool applied = json_is_true(json_object_get(row, "applied"));
        printf("%-3s %s: %s\n", applied ? "->" : "", text_of(row, "name"),
               applied ? "fits and is applied"
               : fits  ? "fits too, but an earlier rule is applied"
                       : text_of(row, "why"));
    }
}

static void show_wait(const json_t *wait)
{
    int64_t left = dw_json_int(wait, "left_s", 0), open = dw_json_int(wait, "associations", 0);
    if (!json_is_object(wait))
        return;
    if (left > 0)
        printf("when: in %" PRId64 " s, unless more arrives (quiet time %" PRId64 " s)", left,
               dw_json_int(wait, "quiet_s", 0));
    else
        printf("when: as soon as it is looked at");
    if (open > 0)
        printf(", and not before %" PRId64 " open connection%s that brought objects of it %s closed",
               open, open == 1 ? "" : "s", open == 1 ? "is" : "are");
    putchar('\n');
}

static void show_study(const json_t *reply)
{
    const json_t *decision = json_object_get(reply, "decision");
    const json_t *decided = json_object_get(reply, "decided");
    int64_t job = dw_json_int(reply, "job", 0);
    printf("study %" PRId64 " is %s\n", dw_json_int(reply, "study", 0), text_of(reply, "state"));
    show_verdicts(json_object_get(reply, "rules"));
    if (!*text_of(decision, "rule"))
        printf("no rule fits: %s%s\n",
               *text_of(decision, "ae") ? "the AE title decides, " : "jobs.auto_publish decides",
               text_of(decision, "ae"));
    printf("then: %s", text_of(decision, "action"));
    show_settings(decision);
    show_wait(json_object_get(reply, "wait"));
    if (*text_of(decided, "action"))
        printf("decided when it was complete: %s%s%s\n", text_of(decided, "action"),
               *text_of(decided, "rule") ? ", rule " : "", text_of(decided, "rule"));
    if (job)
        printf("newest job: %" PRId64 "\n", job);
}

void dw_show_rules(const json_t *reply)
{
    if (json_object_get(reply, "study"))
        show_study(reply);
    else
        show_list(json_object_get(reply, "rules"));
}
