#include "daemon/intake/secure.h"

#include "dicom/tls/tls.h"

dw_status dw_secure_check(const struct dw_config *config, int64_t now_s, struct dw_error *err)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct dw_listen_options *options = &config->listens[i].options;
        struct dw_tls_files files = {
            .certificate = options->certificate,
            .key = options->key,
            .authorities = options->authorities,
            .client = (enum dw_tls_client)dw_tls_client_from_name(options->client_certificate)};
        dw_tls *tls = NULL;
        if (!options->tls)
            continue;
        dw_status st = dw_tls_new(&files, now_s, &tls, err);
        dw_tls_free(tls);
        if (st != DW_OK)
            return dw_error_prefix(err, st, "[listen %s]", config->listens[i].name);
    }
    return DW_OK;
}

json_t *dw_secure_to_json(const struct dw_listen_options *options)
{
    if (!options->tls)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:s}", "certificate", options->certificate, "key", options->key,
                     "authorities", options->authorities, "client_certificate",
                     options->client_certificate);
}
