#include "daemon/intake/rule.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/fold.h"
#include "base/share.h"
#include "layout/fileset/profile.h"

#define DAY_MINUTES (24 * 60)

static const struct {
    const char *name;
    size_t offset;
} keys[] = {
#define KEY(member) #member, offsetof(struct dw_rule_options, member)
    [DW_RULE_CALLED] = {KEY(called)},
    [DW_RULE_CALLING] = {KEY(calling)},
    [DW_RULE_MODALITY] = {KEY(modality)},
    [DW_RULE_BODY_PART] = {KEY(body_part)},
    [DW_RULE_DESCRIPTION] = {KEY(description)},
    [DW_RULE_REFERRING] = {KEY(referring)},
    [DW_RULE_STATION] = {KEY(station)},
    [DW_RULE_INSTITUTION] = {KEY(institution)},
    [DW_RULE_TIME] = {KEY(time)},
    [DW_RULE_DAY] = {KEY(day)},
#undef KEY
};
static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

const char *dw_rule_key_name(enum dw_rule_key key)
{
    return keys[key].name;
}

const char *dw_rule_patterns(const struct dw_config_rule *rule, enum dw_rule_key key)
{
    return (const char *)&rule->options + keys[key].offset;
}

/* --- facts --- */

static const char *next_value(const struct dw_buf *values, const char *at)
{
    if (!values->data)
        return NULL;
    at = at ? at + strlen(at) + 1 : values->data;
    return at < values->data + values->size ? at : NULL;
}

void dw_facts_add(struct dw_facts *facts, enum dw_rule_key key, const char *text)
{
    if (*text)
        dw_buf_add(&facts->values[key], text, strlen(text) + 1);
}

void dw_facts_add_list(struct dw_facts *facts, enum dw_rule_key key, const char *list)
{
    char word[DW_TEXT_MAX];
    while (*list) {
        size_t n = strcspn(list, "\\");
        if (n < sizeof word) {
            memcpy(word, list, n);
            word[n] = '\0';
            dw_facts_add(facts, key, word);
        }
        list += n + (list[n] == '\\');
    }
}

dw_status dw_facts_check(const struct dw_facts *facts, struct dw_error *err)
{
    for (size_t i = 0; i < DW_RULE_TEXTS; i++) {
        dw_status st = dw_buf_check(&facts->values[i], "what is known of the study", err);
        if (st != DW_OK)
            return st;
    }
    return DW_OK;
}

void dw_facts_done(struct dw_facts *facts)
{
    for (size_t i = 0; i < DW_RULE_TEXTS; i++)
        dw_buf_done(&facts->values[i]);
}

/* --- lists of words --- */

/* The next word of a list with commas, without the spaces around it; false at its end. */
static bool next_word(const char **list, char *out, size_t size)
{
    while (**list == ',' || **list == ' ' || **list == '\t')
        ++*list;
    size_t n = strcspn(*list, ",");
    const char *word = *list;
    *list += n;
    while (n > 0 && (word[n - 1] == ' ' || word[n - 1] == '\t'))
        n--;
    if (n == 0 || n >= size)
        return false;
    memcpy(out, word, n);
    out[n] = '\0';
    return true;
}

static bool fits_one(const char *patterns, const char *value)
{
    char text[DW_TEXT_MAX], word[DW_OPTION_TEXT_MAX], pattern[DW_OPTION_TEXT_MAX];
    /* A value cut to what a name may have is compared as far as it goes. */
    (void)dw_fold(value, text, sizeof text);
    while (next_word(&patterns, word, sizeof word))
        if (dw_fold(word, pattern, sizeof pattern) && dw_fold_fits(pattern, text))
            return true;
    return false;
}

static bool fits_texts(const char *patterns, const struct dw_buf *values)
{
    const char *value = next_value(values, NULL);
    if (!value)
        return fits_one(patterns, "");
    for (; value; value = next_value(values, value))
        if (fits_one(patterns, value))
            return true;
    return false;
}

/* --- time and day --- */

/* "07:30"; "24:00" is the end of the day. -1: no time. */
static int read_minute(const char *text)
{
    int64_t hour, minute;
    const char h[] = {text[0], text[1], '\0'}, m[] = {text[3], text[4], '\0'};
    if (!isdigit((unsigned char)h[0]) || !isdigit((unsigned char)m[0]) || text[2] != ':' ||
        !dw_text_int(h, 0, 24, &hour) || !dw_text_int(m, 0, 59, &minute) ||
        hour * 60 + minute > DAY_MINUTES)
        return -1;
    return (int)(hour * 60 + minute);
}

struct window {
    int from, to;
};

static bool read_window(const char *text, struct window *out)
{
    if (strlen(text) != 11 || text[5] != '-')
        return false;
    *out = (struct window){read_minute(text), read_minute(text + 6)};
    return out->from >= 0 && out->to >= 0 && out->from < DAY_MINUTES && out->from != out->to;
}

static int read_day(const char *name, size_t n)
{
    for (size_t i = 0; n == 3 && i < DW_ARRAY_LEN(days); i++)
        if (strncasecmp(days[i], name, n) == 0)
            return (int)i;
    return -1;
}

/* "mon-fri,sun" as one bit for each day; 0: no such list. Ranges may pass the weekend. */
static unsigned read_days(const char *list)
{
    char word[DW_OPTION_TEXT_MAX];
    unsigned set = 0;
    while (next_word(&list, word, sizeof word)) {
        size_t n = strcspn(word, "-");
        int first = read_day(word, n);
        int last = word[n] ? read_day(word + n + 1, strlen(word + n + 1)) : first;
        if (first < 0 || last < 0)
            return 0;
        for (int day = first;; day = (day + 1) % 7) {
            set |= 1U << day;
            if (day == last)
                break;
        }
    }
    return set;
}

static bool fits_time(const struct dw_config_rule *rule, const struct dw_facts *facts)
{
    struct window w;
    if (!read_window(rule->options.time, &w))
        return false;
    if (w.from < w.to)
        return facts->minute >= w.from && facts->minute < w.to;
    return facts->minute >= w.from || facts->minute < w.to;
}

/* The hours after midnight of a window that began in the evening belong to that evening's day. */
static int day_of(const struct dw_config_rule *rule, const struct dw_facts *facts)
{
    struct window w;
    bool after_midnight = *rule->options.time && read_window(rule->options.time, &w) &&
                          w.from > w.to && facts->minute < w.to;
    return after_midnight ? (facts->weekday + 6) % 7 : facts->weekday;
}

/* --- rules --- */

static bool key_fits(const struct dw_config_rule *rule, const struct dw_facts *facts,
                     enum dw_rule_key key)
{
    const char *want = dw_rule_patterns(rule, key);
    if (!*want)
        return true;
    if (key == DW_RULE_TIME)
        return fits_time(rule, facts);
    if (key == DW_RULE_DAY)
        return read_days(want) >> day_of(rule, facts) & 1;
    return fits_texts(want, &facts->values[key]);
}

bool dw_rule_fits(const struct dw_config_rule *rule, const struct dw_facts *facts,
                  enum dw_rule_key *failed)
{
    int key = 0;
    while (key < DW_RULE_KEY_COUNT && key_fits(rule, facts, (enum dw_rule_key)key))
        key++;
    if (failed)
        *failed = (enum dw_rule_key)key;
    return key == DW_RULE_KEY_COUNT;
}

const struct dw_config_rule *dw_rule_first(const struct dw_config *config,
                                           const struct dw_facts *facts)
{
    for (size_t i = 0; i < config->rule_count; i++)
        if (dw_rule_fits(&config->rules[i], facts, NULL))
            return &config->rules[i];
    return NULL;
}

void dw_rule_why_not(const struct dw_config_rule *rule, const struct dw_facts *facts,
                     enum dw_rule_key failed, char *out, size_t size)
{
    struct dw_buf is = {0};
    if (failed == DW_RULE_TIME)
        dw_buf_addf(&is, "%02d:%02d", facts->minute / 60, facts->minute % 60);
    else if (failed == DW_RULE_DAY)
        dw_buf_add_text(&is, days[day_of(rule, facts)]);
    else
        for (const char *v = NULL; (v = next_value(&facts->values[failed], v)) != NULL;)
            dw_buf_addf(&is, "%s%s", is.size ? ", " : "", v);
    struct dw_buf text = {0};
    dw_buf_addf(&text, "%s is %s, not %s", keys[failed].name, is.size ? is.data : "not known",
                dw_rule_patterns(rule, failed));
    dw_text_cut(out, size, text.data ? text.data : "");
    dw_buf_done(&is);
    dw_buf_done(&text);
}

static dw_status check_template(const char *name, struct dw_error *err)
{
    char path[DW_PATH_MAX];
    if (strpbrk(name, "/.") ? access(name, R_OK) == 0
                            : dw_share_find("templates", name, ".svg", path, sizeof path))
        return DW_OK;
    return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no label template '%.100s'", name);
}

dw_status dw_rule_check(const char *key, const char *value, struct dw_error *err)
{
    struct window window;
    if (!*value)
        return DW_OK;
    if (strcmp(key, "time") == 0 && !read_window(value, &window))
        return dw_error_set(err, DW_ERR_INVALID,
                            "time: '%.40s' is not HH:MM-HH:MM, such as 22:00-06:00", value);
    if (strcmp(key, "day") == 0 && read_days(value) == 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "day: '%.40s' is not a list of days, such as mon-fri,sun", value);
    if (strcmp(key, "profile") == 0 && !dw_profile_find(value))
        return dw_error_set(err, DW_ERR_NOT_FOUND, "there is no application profile '%.60s'", value);
    return strcmp(key, "template") == 0 ? check_template(value, err) : DW_OK;
}

/* --- what a rule wants --- */

static const char *const actions[] = {[DW_ACTION_BURN] = "burn",
                                      [DW_ACTION_HOLD] = "hold",
                                      [DW_ACTION_IGNORE] = "ignore",
                                      [DW_ACTION_NONE] = "none"};
static const char *const priorities[] = {[DW_PRIORITY_LOW] = "low",
                                         [DW_PRIORITY_NORMAL] = "normal",
                                         [DW_PRIORITY_HIGH] = "high",
                                         [DW_PRIORITY_STAT] = "stat"};

static int place_of(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *dw_rule_action_name(enum dw_rule_action action)
{
    return actions[action];
}

const char *dw_priority_name(enum dw_priority priority)
{
    return priorities[priority];
}

int dw_priority_from_name(const char *name)
{
    return place_of(priorities, DW_PRIORITY_COUNT, name);
}

static const char *called_with_settings(const struct dw_config *config, const struct dw_facts *facts)
{
    for (const char *v = NULL; (v = next_value(&facts->values[DW_RULE_CALLED], v)) != NULL;)
        if (dw_ae_find(config, v))
            return v;
    return "";
}

static void override(const struct dw_rule_options *rule, struct dw_ae_settings *ae)
{
    /* As in daemon/intake/ae.c: another medium has a profile of its own. */
    if (*rule->media) {
        ae->media = rule->media;
        ae->profile = "";
    }
    if (*rule->profile)
        ae->profile = rule->profile;
    if (*rule->template)
        ae->template = rule->template;
    if (rule->copies != DW_OPTION_UNSET)
        ae->copies = rule->copies;
    if (rule->quiet_s != DW_OPTION_UNSET)
        ae->quiet_s = rule->quiet_s;
    if (strcmp(rule->viewer, "inherit") != 0)
        ae->viewer = strcmp(rule->viewer, "yes") == 0;
}

void dw_rule_decide(const struct dw_config *config, const struct dw_config_rule *rule,
                    const struct dw_facts *facts, struct dw_decision *out)
{
    *out = (struct dw_decision){.rule = "", .priority = DW_PRIORITY_NORMAL};
    dw_ae_settings(config, called_with_settings(config, facts), &out->ae);
    out->action = out->ae.publish ? DW_ACTION_BURN : DW_ACTION_NONE;
    if (!rule)
        return;
    const struct dw_rule_options *options = &rule->options;
    override(options, &out->ae);
    /* Choices of the option table: there are no others. */
    out->rule = rule->name;
    out->action = (enum dw_rule_action)place_of(actions, DW_ACTION_COUNT, options->action);
    out->priority = (enum dw_priority)place_of(priorities, DW_PRIORITY_COUNT, options->priority);
    out->supplement_burn = strcmp(options->supplement, "burn") == 0;
}
