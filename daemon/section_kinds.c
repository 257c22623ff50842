#include <stddef.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/intake/rule.h"

static bool is_plain_name(const char *name)
{
    return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_")] == '\0';
}

/* PS3.5 6.2: no backslash, no control character; spaces around it are gone already. */
static bool is_title(const char *name)
{
    for (const char *at = name; *at; at++)
        if (*at < ' ' || *at > '~' || *at == '\\')
            return false;
    return *name != '\0';
}

#define LISTEN(member)                                                                             \
    .section = "listen", .key = #member, .offset = offsetof(struct dw_listen_options, member)

static const struct dw_option listen_options[] = {
    {LISTEN(port), .type = DW_OPT_INT, .fallback = "2762", .min = 0, .max = 65535,
     .help = "TCP port; 0 takes a free one, named in run/ports.json."},
    {LISTEN(bind), .type = DW_OPT_TEXT, .fallback = "0.0.0.0",
     .help = "Address to listen on; * takes all of IPv4 and IPv6."},
    {LISTEN(check_called_aet), .type = DW_OPT_CHOICE, .fallback = "inherit", .choices = "yes|no|inherit",
     .help = "As dicom.check_called_aet, for this port; inherit takes that."},
    {LISTEN(tls), .type = DW_OPT_BOOL, .fallback = "no",
     .help = "Secure this port: TLS 1.2 or 1.3 as BCP 195 asks, without downgrading."},
    {LISTEN(certificate), .type = DW_OPT_PATH, .fallback = "",
     .help = "PEM file with the certificate of this appliance, and behind it those that lead to its root."},
    {LISTEN(key), .type = DW_OPT_PATH, .fallback = "",
     .help = "PEM file with its private key, not encrypted, readable by the appliance alone."},
    {LISTEN(authorities), .type = DW_OPT_PATH, .fallback = "",
     .help = "PEM file with those who may sign the certificates of callers, or with such certificates themselves."},
    {LISTEN(client_certificate), .type = DW_OPT_CHOICE, .fallback = "require",
     .choices = "require|request|none",
     .help = "Whether a caller must show a certificate, may show one, or is not asked."},
};
static const size_t listen_option_count = DW_ARRAY_LEN(listen_options);

#define AE(member) .section = "ae", .key = #member, .offset = offsetof(struct dw_ae_options, member)

static const struct dw_option ae_options[] = {
    {AE(calling), .type = DW_OPT_LIST, .fallback = "",
     .help = "AE titles that may call this one, with commas between them; empty takes dicom.calling, * is every title."},
    {AE(hosts), .type = DW_OPT_LIST, .fallback = "",
     .help = "Addresses and networks that may call this title; empty takes dicom.hosts, * is every address."},
    {AE(listen), .type = DW_OPT_LIST, .fallback = "",
     .help = "Ports that this title is served on, by the names of their [listen NAME] sections; dicom is the port "
             "of [dicom]. Empty is all of them."},
    {AE(copies), .type = DW_OPT_INT, .fallback = "", .min = 1, .max = DW_COPIES_MAX, .optional = true,
     .help = "Copies of the disc of a study sent to this title; empty takes jobs.copies."},
    {AE(media), .type = DW_OPT_CHOICE, .fallback = "", .choices = DW_CONFIG_MEDIA, .optional = true,
     .help = "Blank disc; empty takes jobs.media, and jobs.profile with it."},
    {AE(profile), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Application profile; empty takes jobs.profile or, where media is set, that of the medium."},
    {AE(template), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Label template; empty takes jobs.template."},
    {AE(viewer), .type = DW_OPT_CHOICE, .fallback = "inherit", .choices = "yes|no|inherit",
     .help = "Pages and viewer on the disc; inherit takes jobs.viewer."},
    {AE(publish), .type = DW_OPT_CHOICE, .fallback = "inherit", .choices = "yes|no|inherit",
     .help = "Order a disc as soon as the study is complete; inherit takes jobs.auto_publish."},
    {AE(quiet_s), .type = DW_OPT_INT, .fallback = "", .min = 1, .max = 86400, .unit = "s",
     .optional = true,
     .help = "A study is complete when nothing has arrived for it for so long; empty takes intake.quiet_s."},
};
#define RULE(member) .section = "rule", .key = #member, .offset = offsetof(struct dw_rule_options, member)
#define PATTERNS(member, text) {RULE(member), .type = DW_OPT_TEXT, .fallback = "", .help = text}

static const struct dw_option rule_options[] = {
    PATTERNS(called, "Called AE titles: patterns separated by commas, in which * stands for any text and ? for "
                     "one character; neither case nor accents make a difference. Empty, here and below: any."),
    PATTERNS(calling, "Calling AE titles."),
    PATTERNS(modality, "Modalities, such as CT,MR; it is enough that one series of the study fits, here and below."),
    PATTERNS(body_part, "Body parts examined, as the modality codes them, such as CHEST."),
    PATTERNS(description, "Descriptions of the study or of a series, such as *thorax*."),
    PATTERNS(referring, "Referring physicians, family name first and spaces between the parts of a name, such as "
                        "Müller*."),
    PATTERNS(station, "Station names of the devices."),
    PATTERNS(institution, "Institution names."),
    PATTERNS(time, "Local time of day at which the newest object arrived, from and to, such as 22:00-06:00; it may "
                   "pass midnight."),
    PATTERNS(day, "Days of the week, such as mon-fri,sun. The hours after midnight of a time that passes it belong "
                  "to the day before."),
    {RULE(action), .type = DW_OPT_CHOICE, .fallback = "burn", .choices = "burn|hold|ignore|none",
     .help = "What happens when the study is complete: a disc is ordered; it is ordered and waits until a person "
             "releases it; nothing, and the console shows the study as ignored; nothing until somebody orders."},
    {RULE(copies), .type = DW_OPT_INT, .fallback = "", .min = 1, .max = DW_COPIES_MAX, .optional = true,
     .help = "Copies; empty, here and below, takes what holds for the AE title, else what [jobs] says."},
    {RULE(media), .type = DW_OPT_CHOICE, .fallback = "", .choices = DW_CONFIG_MEDIA, .optional = true,
     .help = "Blank disc."},
    {RULE(profile), .type = DW_OPT_TEXT, .fallback = "",
     .help = "Application profile; empty takes, where media is set, that of the medium."},
    {RULE(template), .type = DW_OPT_TEXT, .fallback = "", .help = "Label template."},
    {RULE(viewer), .type = DW_OPT_CHOICE, .fallback = "inherit", .choices = "yes|no|inherit",
     .help = "Pages and viewer on the disc."},
    {RULE(priority), .type = DW_OPT_CHOICE, .fallback = "normal", .choices = "low|normal|high|stat",
     .help = "Which jobs are made first: stat before high before normal before low, at the same priority "
             "those of a person before those of rules, then the oldest. Two hours of waiting weigh as much as one "
             "priority, so none waits for ever."},
    {RULE(quiet_s), .type = DW_OPT_INT, .fallback = "", .min = 1, .max = 86400, .unit = "s",
     .optional = true,
     .help = "A study is complete when nothing has arrived for it for so long and no association that brought "
             "objects of it is open."},
    {RULE(supplement), .type = DW_OPT_CHOICE, .fallback = "ask", .choices = "ask|burn",
     .help = "Objects that arrive after the disc was begun: a person is asked, or a supplement disc with them "
             "is ordered."},
};
static const size_t rule_option_count = DW_ARRAY_LEN(rule_options);

static bool is_rule_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            return false;
    return *name != '\0';
}

static const size_t ae_option_count = DW_ARRAY_LEN(ae_options);

#define LIST(type, member)                                                                         \
    .items = offsetof(struct dw_config, member##s), .count = offsetof(struct dw_config, member##_count),  \
    .item_size = sizeof(struct type), .name_size = sizeof((struct type *)0)->name,                 \
    .options = offsetof(struct type, options)

const struct dw_section_kind dw_section_kinds[] = {
    {.kind = "listen", .table = listen_options, .option_count = &listen_option_count,
     LIST(dw_config_listen, listen), .max = DW_CONFIG_LISTENS_MAX, .is_name = is_plain_name,
     .names = "letters, digits, '-' and '_'", .example = "second",
     .help = "A further port that studies may be sent to, beside that of [dicom]. Limits and allow-lists are "
             "those of [dicom]."},
    {.kind = "ae", .table = ae_options, .option_count = &ae_option_count, LIST(dw_config_ae, ae),
     .max = DW_CONFIG_AES_MAX, .is_name = is_title, .check = dw_rule_check,
     .names = "printable ASCII characters without a backslash", .example = "BURN_CT_2",
     .help = "A further AE title that studies may be sent to, with job settings of its own: a modality pointed "
             "at it needs no rule."},
    {.kind = "rule", .table = rule_options, .option_count = &rule_option_count,
     LIST(dw_config_rule, rule), .max = DW_CONFIG_RULES_MAX, .is_name = is_rule_name,
     .check = dw_rule_check, .names = "any characters", .example = "CT at night",
     .help = "What happens to studies of one kind. Rules are tried in the order of the file and the first whose "
             "keys all fit is applied; where none fits, the AE title decides, else jobs.auto_publish. "
             "\"discwright rules --explain STUDY\" says which one it is and why."},
    {.kind = "robot", .table = dw_robot_options_table, .option_count = &dw_robot_options_count,
     LIST(dw_config_robot, robot), .max = DW_CONFIG_ROBOTS_MAX, .is_name = is_plain_name,
     .names = "letters, digits, '-' and '_'", .example = "robot1", .shown = true,
     .help = "One section for each robot; its name is shown in the console and names a folder. Without any, "
             "one simulated robot named robot1 is assumed."},
};
const size_t dw_section_kind_count = DW_ARRAY_LEN(dw_section_kinds);
