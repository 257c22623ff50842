#include "daemon/intake/secure.h"

#include <string.h>

#include "base/text.h"
#include "dicom/tls/tls.h"

#define DAY_S (24 * 3600)

static dw_status read_files(const struct dw_listen_options *options, int64_t now_s, dw_tls **out,
                            struct dw_error *err)
{
    struct dw_tls_files files = {
        .certificate = options->certificate,
        .key = options->key,
        .authorities = options->authorities,
        .client = (enum dw_tls_client)dw_tls_client_from_name(options->client_certificate)};
    return dw_tls_new(&files, now_s, out, err);
}

dw_status dw_secure_check(const struct dw_config *config, int64_t now_s, struct dw_error *err)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        dw_tls *tls = NULL;
        if (!config->listens[i].options.tls)
            continue;
        dw_status st = read_files(&config->listens[i].options, now_s, &tls, err);
        dw_tls_free(tls);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "[listen %s]", config->listens[i].name);
    }
    return DW_OK;
}

bool dw_secure_is_at_fault(const struct dw_core *core, const struct dw_listen_options *options)
{
    dw_tls *tls = NULL;
    if (!options->tls)
        return false;
    dw_status st = read_files(options, dw_core_now_s(core), &tls, NULL);
    dw_tls_free(tls);
    return st != DW_OK;
}

json_t *dw_secure_to_json(const struct dw_listen_options *options)
{
    if (!options->tls)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "certificate", options->certificate, "key", options->key,
                     "authorities", options->authorities, "client_certificate",
                     options->client_certificate);
}

/* "" when all is well. */
static void judge(const struct dw_core *core, const struct dw_config_listen *listen, char *out, size_t size)
{
    struct dw_error err = {0};
    char date[DW_TLS_DATE_SIZE];
    dw_tls *tls = NULL;
    bool whole = true;
    int64_t now = dw_core_now_s(core);
    out[0] = '\0';
    if (read_files(&listen->options, now, &tls, &err) != DW_OK)
        whole = dw_text_format(out, size, "port %s: %s", listen->name, err.text);
    else if (dw_tls_expires_s(tls, date) < now + core->config->dicom.certificate_days * DAY_S)
        whole = dw_text_format(out, size, "port %s: its certificate expires on %s", listen->name, date);
    if (!whole)
        dw_text_cut(out, size, "a secure port has a certificate that is at fault");
    dw_tls_free(tls);
}

/* What is said already is not said again. */
static dw_status set_alarm(const struct dw_core *core, const char *key, const char *sentence, struct dw_error *err)
{
    int64_t is_said = 0;
    dw_status st = dw_sql_int(core->sql, 0, &is_said, err,
                              "SELECT 1 FROM fault WHERE robot = '' AND key = ? AND sentence = ? AND"
                              " cleared_at = 0",
                              "tt", key, sentence);
    if (st != DW_OK || is_said)
        return st;
    dw_log_write(&core->log, DW_LOG_WARNING, "%s", sentence);
    dw_core_changed(core);
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO fault(robot, key, sentence, who, action, raised_at)"
                       " VALUES('', ?, ?, 'it', 'warn', ?)"
                       " ON CONFLICT DO UPDATE SET sentence = excluded.sentence",
                       "tti", key, sentence, dw_core_now_s(core));
}

static dw_status look_at(const struct dw_core *core, const struct dw_config_listen *listen, json_t *names,
                         struct dw_error *err)
{
    char key[64], sentence[400];
    if (!listen->options.tls)
        return DW_OK;
    judge(core, listen, sentence, sizeof sentence);
    if (!dw_text_format(key, sizeof key, "certificate.%s", listen->name))
        return dw_error_set(err, DW_ERR_LIMIT, "the name of a port is too long");
    if (!sentence[0])
        return dw_sql_exec(core->sql, err,
                           "UPDATE fault SET cleared_at = ? WHERE robot = '' AND key = ? AND cleared_at = 0", "it",
                           dw_core_now_s(core), key);
    json_array_append_new(names, json_string(listen->name));
    return set_alarm(core, key, sentence, err);
}

static bool is_secure_port(const struct dw_config *config, const char *name)
{
    for (size_t i = 0; i < config->listen_count; i++)
        if (config->listens[i].options.tls && strcmp(config->listens[i].name, name) == 0)
            return true;
    return false;
}

/* Of a port that a site has no more. */
static dw_status end_strays(const struct dw_core *core, struct dw_error *err)
{
    struct dw_rows rows;
    int64_t ids[DW_PORTS_MAX];
    size_t count = 0;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, substr(key, 13) FROM fault WHERE robot = '' AND cleared_at = 0 AND"
                                " key GLOB 'certificate.*'",
                                "");
    if (st != DW_OK)
        return st;
    while (count < DW_ARRAY_LEN(ids) && dw_rows_next(&rows))
        if (!is_secure_port(core->config, dw_rows_text(&rows, 1)))
            ids[count++] = dw_rows_int(&rows, 0);
    st = dw_rows_done(&rows, err);
    for (size_t i = 0; i < count && st == DW_OK; i++)
        st = dw_sql_exec(core->sql, err, "UPDATE fault SET cleared_at = ? WHERE id = ?", "ii", dw_core_now_s(core),
                         ids[i]);
    return st;
}

json_t *dw_secure_look(const struct dw_core *core)
{
    struct dw_error err = {0};
    json_t *names = json_array();
    dw_status st = end_strays(core, &err);
    for (size_t i = 0; i < core->config->listen_count && st == DW_OK; i++)
        st = look_at(core, &core->config->listens[i], names, &err);
    if (st != DW_OK)
        dw_log_write(&core->log, DW_LOG_ERROR, "certificates: %s", err.text);
    return names;
}
