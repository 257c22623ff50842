#include "daemon/intake/admission.h"

#include <string.h>

#include "daemon/intake/ae.h"
#include "daemon/intake/hosts.h"

#define WORD_MAX 64

/* Next of a list with commas, without the spaces around it: an AE title may have some within. */
static bool next_word(const char **at, char word[WORD_MAX])
{
    while (**at) {
        *at += strspn(*at, " ,");
        size_t n = strcspn(*at, ","), kept = n;
        while (kept > 0 && (*at)[kept - 1] == ' ')
            kept--;
        bool fits = kept > 0 && kept < WORD_MAX; /* nothing of ours has so long a name */
        if (fits) {
            memcpy(word, *at, kept);
            word[kept] = '\0';
        }
        *at += n;
        if (fits)
            return true;
    }
    return false;
}

static bool has_word(const char *list, const char *wanted)
{
    char word[WORD_MAX];
    while (next_word(&list, word))
        if (strcmp(word, "*") == 0 || dw_ae_same(word, wanted))
            return true;
    return false;
}

static const struct dw_config_listen *find_port(const struct dw_config *config, const char *name)
{
    for (size_t i = 0; i < config->listen_count; i++)
        if (strcmp(config->listens[i].name, name) == 0)
            return &config->listens[i];
    return NULL;
}

static bool checks_called(const struct dw_config *config, const char *port)
{
    const struct dw_config_listen *listen = find_port(config, port);
    if (listen && strcmp(listen->options.check_called_aet, "inherit") != 0)
        return strcmp(listen->options.check_called_aet, "yes") == 0;
    return config->dicom.check_called_aet;
}

/* What [ae] leaves empty is as in [dicom]; empty there is everybody. */
static const char *list_of(const char *own, const char *general)
{
    return *own ? own : general;
}

dw_status dw_admission_decide(const struct dw_config *config, const struct dw_visitor *visitor,
                              struct dw_error *err)
{
    const struct dw_config_ae *ae = dw_ae_find(config, visitor->called);
    const char *hosts = list_of(ae ? ae->options.hosts : "", config->dicom.hosts);
    const char *calling = list_of(ae ? ae->options.calling : "", config->dicom.calling);

    if (*hosts && !dw_hosts_has(hosts, visitor->host))
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "its address is not on the allow-list");
    if (ae && *ae->options.listen && !has_word(ae->options.listen, visitor->port))
        return dw_error_set(err, DW_ERR_NOT_FOUND, "called AE '%s' is not served on this port",
                            ae->name);
    if (!ae && checks_called(config, visitor->port) &&
        !dw_ae_same(visitor->called, config->dicom.aet))
        return dw_error_set(err, DW_ERR_NOT_FOUND, "called AE '%.16s' is not ours", visitor->called);
    if (*calling && !has_word(calling, visitor->calling))
        return dw_error_set(err, DW_ERR_DENIED, "calling AE '%.16s' is not on the allow-list",
                            visitor->calling);
    return DW_OK;
}

static dw_status check_listen(const struct dw_config *config, const char *list, struct dw_error *err)
{
    char word[WORD_MAX];
    while (next_word(&list, word))
        if (strcmp(word, DW_MAIN_PORT) != 0 && !find_port(config, word))
            return dw_error_set(err, DW_ERR_INVALID, "there is no section [listen %s]", word);
    return DW_OK;
}

dw_status dw_admission_check(const struct dw_config *config, struct dw_error *err)
{
    dw_status st = dw_hosts_check(config->dicom.hosts, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "dicom.hosts");
    if (find_port(config, DW_MAIN_PORT))
        return dw_error_set(err, DW_ERR_INVALID, "[listen %s] is the port of section [dicom]",
                            DW_MAIN_PORT);
    for (size_t i = 0; i < config->ae_count && st == DW_OK; i++) {
        const struct dw_config_ae *ae = &config->aes[i];
        st = dw_hosts_check(ae->options.hosts, err);
        if (st == DW_OK)
            st = check_listen(config, ae->options.listen, err);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "[ae %s]", ae->name);
    }
    if (!config->dicom.enabled && config->listen_count == 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "dicom.enabled = no leaves no port to listen on: write a [listen NAME]");
    return DW_OK;
}
