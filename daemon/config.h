/** discwright.conf as one struct. Every option is a row of dw_config_table or, of the sections that repeat, of
 *  a table of dw_section_kinds. */
#ifndef DW_DAEMON_CONFIG_H
#define DW_DAEMON_CONFIG_H
#include "base/limits.h"
#include "base/options.h"
#include "daemon/sections.h"
#include "dicom/accept.h"
#include "dicom/classes.h"
#include "robot/options.h"

#define DW_CONFIG_ROBOTS_MAX 8
#define DW_ROBOT_NAME_MAX 32
#define DW_CONFIG_AES_MAX 64
#define DW_CONFIG_LISTENS_MAX (DW_PORTS_MAX - 1)
#define DW_MAIN_PORT "dicom" /**< the port of section [dicom], where ports are named */
#define DW_CONFIG_RULES_MAX 64
#define DW_RULE_NAME_MAX 40
#define DW_AET_MAX 16 /* characters of an AE title, PS3.5 6.2 */

struct dw_config_robot {
    char name[DW_ROBOT_NAME_MAX]; /**< letters, digits, '-' and '_': it names a folder */
    struct dw_robot_options options;
};

struct dw_config_listen {
    char name[DW_PORT_NAME_MAX];
    struct dw_listen_options {
        int64_t port;
        char bind[DW_OPTION_TEXT_MAX];
        char check_called_aet[DW_OPTION_TEXT_MAX]; /**< "yes", "no", "inherit" */
        bool tls;
        char certificate[DW_OPTION_TEXT_MAX], key[DW_OPTION_TEXT_MAX];
        char authorities[DW_OPTION_TEXT_MAX];
        char client_certificate[DW_OPTION_TEXT_MAX]; /**< as dw_tls_client_from_name() has them */
    } options;
};

struct dw_config_ae {
    char name[DW_AET_MAX + 1]; /**< its title */
    struct dw_ae_options {     /**< job settings: read them through daemon/intake/ae.h */
        char calling[DW_OPTION_LIST_MAX], hosts[DW_OPTION_LIST_MAX], listen[DW_OPTION_LIST_MAX];
        int64_t copies, quiet_s; /**< DW_OPTION_UNSET: as in [jobs] and [intake] */
        char media[DW_OPTION_TEXT_MAX]; /**< "": as in [jobs] */
        char profile[DW_OPTION_TEXT_MAX];
        char template[DW_OPTION_TEXT_MAX];
        char viewer[DW_OPTION_TEXT_MAX], publish[DW_OPTION_TEXT_MAX]; /**< "yes", "no", "inherit" */
    } options;
};

struct dw_config_rule {
    char name[DW_RULE_NAME_MAX];
    struct dw_rule_options { /**< read them through daemon/intake/rule.h */
        char called[DW_OPTION_TEXT_MAX], calling[DW_OPTION_TEXT_MAX]; /**< "" anything, here and below */
        char modality[DW_OPTION_TEXT_MAX], body_part[DW_OPTION_TEXT_MAX];
        char description[DW_OPTION_TEXT_MAX], referring[DW_OPTION_TEXT_MAX];
        char station[DW_OPTION_TEXT_MAX], institution[DW_OPTION_TEXT_MAX];
        char time[DW_OPTION_TEXT_MAX], day[DW_OPTION_TEXT_MAX];
        char action[DW_OPTION_TEXT_MAX];
        int64_t copies, quiet_s; /**< DW_OPTION_UNSET: as for the AE title */
        char media[DW_OPTION_TEXT_MAX]; /**< "": as for the AE title */
        char profile[DW_OPTION_TEXT_MAX];
        char template[DW_OPTION_TEXT_MAX];
        char viewer[DW_OPTION_TEXT_MAX]; /**< "yes", "no", "inherit" */
        char priority[DW_OPTION_TEXT_MAX];
        char supplement[DW_OPTION_TEXT_MAX]; /**< "ask", "burn" */
    } options;
};

struct dw_config { /* texts as typed; free: dw_config_done() */
    struct {
        char state[DW_OPTION_TEXT_MAX];
        char log_level[DW_OPTION_TEXT_MAX];
    } daemon;
    struct {
        bool enabled;
        int64_t port;
        char bind[DW_OPTION_TEXT_MAX];
        char aet[DW_OPTION_TEXT_MAX];
        bool check_called_aet;
        char calling[DW_OPTION_LIST_MAX], hosts[DW_OPTION_LIST_MAX]; /**< daemon/intake/admission.h */
        int64_t max_associations, max_per_peer, max_pdu, artim_s, idle_s, dimse_s;
        int64_t certificate_days;
    } dicom;
    struct {
        bool sr, private, any;
        char classes[DW_OPTION_TEXT_MAX];
        char prefer[DW_OPTION_TEXT_MAX];
    } accept;
    struct {
        int64_t quiet_s, open_max_s;
        uint64_t reserve;
    } intake;
    struct {
        int64_t keep_days, grace_hours, history_days;
        uint64_t keep_min_free;
    } retention;
    struct {
        bool auto_publish, viewer;
        char media[DW_OPTION_TEXT_MAX];
        char profile[DW_OPTION_TEXT_MAX];
        char template[DW_OPTION_TEXT_MAX];
        char institution[DW_OPTION_TEXT_MAX];
        char contact[DW_OPTION_TEXT_MAX];
        int64_t copies, previews_per_series;
        uint64_t volume_size;
        char forbidden[DW_OPTION_TEXT_MAX]; /**< as dw_forbidden_name() has them */
        bool nonconformant, compress;
    } jobs;
    struct {
        char keys[DW_OPTION_TEXT_MAX]; /**< "standard", "augmented" */
        bool private, multivolume;
    } directory;
    struct {
        char udf_bd[DW_OPTION_TEXT_MAX]; /**< "2.60", "2.50" */
        bool joliet;
    } disc;
    struct {
        bool enabled;
        char bind[DW_OPTION_TEXT_MAX];
        int64_t port;
        char password_file[DW_OPTION_TEXT_MAX];
    } web;
    struct dw_accept policy;    /**< what [accept] says */
    struct dw_classes *classes; /**< what accept.classes names; NULL: nothing */
    size_t robot_count, listen_count, ae_count, rule_count;
    struct dw_config_robot *robots;
    struct dw_config_listen *listens;
    struct dw_config_ae *aes;
    struct dw_config_rule *rules; /**< in the order in which they are tried */
};

extern const struct dw_option dw_config_table[];
extern const size_t dw_config_count;
#define DW_CONFIG_MEDIA "cd|dvd|dvd-dl|bd|bd-50|bd-100|auto" /**< what jobs.media may be */

void dw_config_defaults(struct dw_config *out); /**< no repeated section at all */
void dw_config_done(struct dw_config *config);  /**< twice is allowed */
/** Defaults, then the file, then what only the whole can tell (an empty state folder, no robot at all: one
 *  simulator named "robot1" is then assumed). A failure names file, line and key, and leaves nothing to free. */
DW_MUST_CHECK dw_status dw_config_load(const char *path, struct dw_config *out,
                                       struct dw_error *err);
/** Take over what a running daemon can change without a restart: allow-lists, [ae] sections, which change hands,
 *  and the files of secure ports. DW_ERR_CONFLICT: the [listen] sections are others now; nothing is taken. */
DW_MUST_CHECK dw_status dw_config_renew(struct dw_config *config, struct dw_config *fresh,
                                        struct dw_error *err);
/** Every value as a commented file that dw_config_load() reads back. */
void dw_config_print(const struct dw_config *config, struct dw_buf *out);
/** NULL: not configured. "" is the first. */
const struct dw_config_robot *dw_config_robot_find(const struct dw_config *config, const char *name);

#endif
