/** [rule NAME] sections of discwright.conf against what is known of a study: the first rule that fits, and of
 *  every other one which key did not. Pure: no tables, no clock. Texts are compared without regard to case
 *  and diacritics (base/fold.h). */
#ifndef DW_DAEMON_INTAKE_RULE_H
#define DW_DAEMON_INTAKE_RULE_H
#include "base/text.h"
#include "daemon/config.h"
#include "daemon/intake/ae.h"

enum dw_rule_key { /* in the order in which they are looked at */
    DW_RULE_CALLED,
    DW_RULE_CALLING,
    DW_RULE_MODALITY,
    DW_RULE_BODY_PART,
    DW_RULE_DESCRIPTION, /**< of the study and of its series */
    DW_RULE_REFERRING,   /**< a name's components are separated by spaces: "Krüger Jörg" */
    DW_RULE_STATION,
    DW_RULE_INSTITUTION,
    DW_RULE_TEXTS, /**< so many keys are lists of patterns; a study may have several values of each */
    DW_RULE_TIME = DW_RULE_TEXTS,
    DW_RULE_DAY,
    DW_RULE_KEY_COUNT
};
const char *dw_rule_key_name(enum dw_rule_key key); /**< as in discwright.conf */
const char *dw_rule_patterns(const struct dw_config_rule *rule, enum dw_rule_key key); /**< as typed; "" any */

struct dw_facts { /* {0}; free: dw_facts_done() */
    struct dw_buf values[DW_RULE_TEXTS]; /**< texts, each with its zero */
    int minute;  /**< local time of day of the newest object, 0 to 1439 */
    int weekday; /**< 0 Monday to 6 Sunday */
};
/** One more value; an empty one adds nothing. */
void dw_facts_add(struct dw_facts *facts, enum dw_rule_key key, const char *text);
/** Each value of a list with backslashes between them, such as "CT\SR". */
void dw_facts_add_list(struct dw_facts *facts, enum dw_rule_key key, const char *list);
/** DW_ERR_LIMIT: not every value could be kept, so that no rule may be applied. */
DW_MUST_CHECK dw_status dw_facts_check(const struct dw_facts *facts, struct dw_error *err);
void dw_facts_done(struct dw_facts *facts);

/** Does it fit? *failed (may be NULL): the first key that does not, DW_RULE_KEY_COUNT when all do. */
bool dw_rule_fits(const struct dw_config_rule *rule, const struct dw_facts *facts,
                  enum dw_rule_key *failed);
/** The first rule of the file that fits; NULL: none. */
const struct dw_config_rule *dw_rule_first(const struct dw_config *config,
                                           const struct dw_facts *facts);
/** Why this key does not fit, as half a sentence: "modality is CT, SR, not MR". It may name a patient's
 *  doctor: for the person who asked, never for a log. */
void dw_rule_why_not(const struct dw_config_rule *rule, const struct dw_facts *facts,
                     enum dw_rule_key failed, char *out, size_t size);
/** A value of discwright.conf before it is set: times, days, and the profiles and templates there are. */
DW_MUST_CHECK dw_status dw_rule_check(const char *key, const char *value, struct dw_error *err);

enum dw_rule_action { DW_ACTION_BURN, DW_ACTION_HOLD, DW_ACTION_IGNORE, DW_ACTION_NONE, DW_ACTION_COUNT };
const char *dw_rule_action_name(enum dw_rule_action action); /**< stored: never renamed */

enum dw_priority { DW_PRIORITY_LOW, DW_PRIORITY_NORMAL, DW_PRIORITY_HIGH, DW_PRIORITY_STAT, DW_PRIORITY_COUNT };
const char *dw_priority_name(enum dw_priority priority);
int dw_priority_from_name(const char *name); /**< -1: none of them */

struct dw_decision { /* texts borrowed from the configuration */
    const char *rule; /**< "" when none fits: then the AE title or the site decides */
    enum dw_rule_action action;
    struct dw_ae_settings ae; /**< how: of the rule, else of the AE title, else of [jobs] and [intake] */
    enum dw_priority priority;
    bool supplement_burn; /**< objects that come later get their supplement without being asked for */
};
/** rule NULL: none fits. called: AE titles the study was sent to; the first that has settings counts. */
void dw_rule_decide(const struct dw_config *config, const struct dw_config_rule *rule,
                    const struct dw_facts *facts, struct dw_decision *out);

#endif
