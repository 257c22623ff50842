#include "daemon/intake/facts.h"

#include <string.h>
#include <time.h>

#include "base/text.h"

/* "Krüger^Jörg=..." as "Krüger Jörg", and each other writing of the name as one more value. */
static void add_person(struct dw_facts *facts, const char *name)
{
    char group[DW_TEXT_MAX];
    while (*name && *name != '\\') {
        size_t n = strcspn(name, "=\\"), used = 0;
        for (size_t i = 0; i < n && used + 1 < sizeof group; i++)
            if (name[i] != '^')
                group[used++] = name[i];
            else if (used > 0 && group[used - 1] != ' ')
                group[used++] = ' ';
        while (used > 0 && group[used - 1] == ' ')
            used--;
        group[used] = '\0';
        dw_facts_add(facts, DW_RULE_REFERRING, group);
        name += n + (name[n] == '=');
    }
}

static dw_status load_study(const struct dw_core *core, int64_t study, struct dw_facts *out,
                            struct dw_error *err)
{
    struct dw_rows rows;
    struct tm local = {0};
    time_t at = 0;
    bool found = false;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT called, calling, modalities, institution, referring, last_at"
                                " FROM study WHERE id = ?",
                                "i", study);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        found = true;
        dw_facts_add_list(out, DW_RULE_CALLED, dw_rows_text(&rows, 0));
        dw_facts_add_list(out, DW_RULE_CALLING, dw_rows_text(&rows, 1));
        dw_facts_add_list(out, DW_RULE_MODALITY, dw_rows_text(&rows, 2));
        dw_facts_add(out, DW_RULE_INSTITUTION, dw_rows_text(&rows, 3));
        add_person(out, dw_rows_text(&rows, 4));
        at = (time_t)dw_rows_int(&rows, 5);
    }
    st = dw_rows_done(&rows, err);
    if (st == DW_OK && !found)
        st = dw_error_set(err, DW_ERR_NOT_FOUND, "there is no study %lld", (long long)study);
    if (st == DW_OK && localtime_r(&at, &local)) {
        out->minute = local.tm_hour * 60 + local.tm_min;
        out->weekday = (local.tm_wday + 6) % 7;
    }
    return st;
}

static dw_status load_values(const struct dw_core *core, int64_t study, enum dw_rule_key key,
                             const char *text, struct dw_facts *out, struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err, text, "i", study);
    if (st != DW_OK)
        return st;
    while (dw_rows_next(&rows))
        dw_facts_add(out, key, dw_rows_text(&rows, 0));
    return dw_rows_done(&rows, err);
}

dw_status dw_facts_load(const struct dw_core *core, int64_t study, struct dw_facts *out,
                        struct dw_error *err)
{
    dw_status st = load_study(core, study, out, err);
    if (st == DW_OK)
        st = load_values(core, study, DW_RULE_BODY_PART,
                         "SELECT DISTINCT body_part FROM series WHERE study = ?", out, err);
    if (st == DW_OK)
        st = load_values(core, study, DW_RULE_STATION,
                         "SELECT DISTINCT station FROM series WHERE study = ?", out, err);
    if (st == DW_OK)
        st = load_values(core, study, DW_RULE_DESCRIPTION,
                         "SELECT description FROM study WHERE id = ?1 UNION SELECT description FROM"
                         " series WHERE study = ?1",
                         out, err);
    return st == DW_OK ? dw_facts_check(out, err) : st;
}

dw_status dw_facts_decide(const struct dw_core *core, int64_t study, struct dw_decision *out,
                          struct dw_error *err)
{
    struct dw_facts facts = {0};
    dw_status st = dw_facts_load(core, study, &facts, err);
    if (st == DW_OK)
        dw_rule_decide(core->config, dw_rule_first(core->config, &facts), &facts, out);
    dw_facts_done(&facts);
    return st;
}
