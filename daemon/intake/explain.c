#include "daemon/intake/explain.h"

#include <string.h>

#include "base/text.h"
#include "daemon/intake/facts.h"

#define WHY_MAX 400

static void set_text(json_t *object, const char *key, const char *text)
{
    json_t *value = json_string(text);
    json_object_set_new(object, key, value ? value : json_string(""));
}

static void set_number(json_t *object, const char *key, int64_t value)
{
    json_object_set_new(object, key,
                        value == DW_OPTION_UNSET ? json_null() : json_integer((json_int_t)value));
}

static json_t *rule_row(const struct dw_config_rule *rule)
{
    const struct dw_rule_options *options = &rule->options;
    json_t *row = json_object(), *keys = json_object();
    set_text(row, "name", rule->name);
    for (int key = 0; key < DW_RULE_KEY_COUNT; key++) {
        const char *patterns = dw_rule_patterns(rule, (enum dw_rule_key)key);
        if (*patterns)
            set_text(keys, dw_rule_key_name((enum dw_rule_key)key), patterns);
    }
    json_object_set_new(row, "keys", keys);
    set_text(row, "action", options->action);
    set_number(row, "copies", options->copies);
    set_text(row, "media", options->media);
    set_text(row, "profile", options->profile);
    set_text(row, "template", options->template);
    set_text(row, "viewer", options->viewer);
    set_text(row, "priority", options->priority);
    set_number(row, "quiet_s", options->quiet_s);
    set_text(row, "supplement", options->supplement);
    return row;
}

json_t *dw_explain_rules(const struct dw_config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < config->rule_count; i++)
        json_array_append_new(list, rule_row(&config->rules[i]));
    return list;
}

static json_t *verdicts(const struct dw_config *config, const struct dw_facts *facts)
{
    json_t *list = json_array();
    const struct dw_config_rule *applied = dw_rule_first(config, facts);
    for (size_t i = 0; i < config->rule_count; i++) {
        const struct dw_config_rule *rule = &config->rules[i];
        char why[WHY_MAX] = "";
        enum dw_rule_key failed;
        bool fits = dw_rule_fits(rule, facts, &failed);
        if (!fits)
            dw_rule_why_not(rule, facts, failed, why, sizeof why);
        json_t *row = json_object();
        set_text(row, "name", rule->name);
        json_object_set_new(row, "fits", json_boolean(fits));
        json_object_set_new(row, "applied", json_boolean(rule == applied));
        set_text(row, "key", fits ? "" : dw_rule_key_name(failed));
        set_text(row, "why", why);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *decision_row(const struct dw_decision *decision)
{
    json_t *row = json_object();
    set_text(row, "rule", decision->rule);
    set_text(row, "ae", decision->ae.title);
    set_text(row, "action", dw_rule_action_name(decision->action));
    set_number(row, "copies", decision->ae.copies);
    set_text(row, "media", decision->ae.media);
    set_text(row, "profile", decision->ae.profile);
    set_text(row, "template", decision->ae.template);
    json_object_set_new(row, "viewer", json_boolean(decision->ae.viewer));
    set_text(row, "priority", dw_priority_name(decision->priority));
    set_text(row, "supplement", decision->supplement_burn ? "burn" : "ask");
    return row;
}

static dw_status add_stored(const struct dw_core *core, int64_t study, json_t *out,
                            struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT state, rule, action, (SELECT max(job) FROM job_study WHERE"
                                " study = s.id) FROM study s WHERE s.id = ?",
                                "i", study);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        json_t *decided = json_object();
        set_text(out, "state", dw_rows_text(&rows, 0));
        set_text(decided, "rule", dw_rows_text(&rows, 1));
        set_text(decided, "action", dw_rows_text(&rows, 2));
        json_object_set_new(out, "decided", decided);
        set_number(out, "job", dw_rows_int(&rows, 3));
    }
    return dw_rows_done(&rows, err);
}

dw_status dw_explain_study(const struct dw_core *core, dw_completion *completion, int64_t study,
                           json_t **out, struct dw_error *err)
{
    struct dw_facts facts = {0};
    struct dw_decision decision;
    struct dw_completion_wait wait = {0};
    json_t *all = json_object();

    dw_status st = dw_facts_load(core, study, &facts, err);
    if (st == DW_OK) {
        dw_rule_decide(core->config, dw_rule_first(core->config, &facts), &facts, &decision);
        set_number(all, "study", study);
        json_object_set_new(all, "rules", verdicts(core->config, &facts));
        json_object_set_new(all, "decision", decision_row(&decision));
        st = add_stored(core, study, all, err);
    }
    if (st == DW_OK)
        st = dw_completion_wait(completion, study, &decision, &wait, err);
    dw_facts_done(&facts);
    if (st != DW_OK) {
        json_decref(all);
        return st;
    }
    bool receives = strcmp(dw_json_text(all, "state"), "receiving") == 0;
    json_object_set_new(all, "wait",
                        receives ? json_pack("{s:I, s:I, s:I}", "quiet_s", (json_int_t)wait.quiet_s,
                                             "left_s", (json_int_t)wait.left_s, "associations",
                                             (json_int_t)wait.associations)
                                 : json_null());
    *out = all;
    return DW_OK;
}

dw_status dw_explain_find(const struct dw_core *core, const char *word, int64_t *out,
                          struct dw_error *err)
{
    int64_t number = 0, count = 0, found = 0;
    dw_status st = DW_OK;
    if (dw_text_int(word, 1, INT64_MAX, &number))
        st = dw_sql_int(core->sql, 0, &found, err, "SELECT id FROM study WHERE id = ?", "i", number);
    if (st == DW_OK && !found && *word)
        st = dw_sql_int(core->sql, 0, &count, err, "SELECT count(*) FROM study WHERE accession = ?",
                        "t", word);
    if (st == DW_OK && count == 1)
        st = dw_sql_int(core->sql, 0, &found, err, "SELECT id FROM study WHERE accession = ?", "t",
                        word);
    if (st == DW_OK && count > 1)
        return dw_error_set(err, DW_ERR_CONFLICT,
                            "%lld studies have this accession number: say the number of the study",
                            (long long)count);
    if (st == DW_OK && !found)
        return dw_error_set(err, DW_ERR_NOT_FOUND,
                            "no study has this number or accession number");
    *out = found;
    return st;
}
