/* discwright-receive: the DICOM door. The daemon starts it and talks to it on descriptor 3. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/child.h"
#include "base/limits.h"
#include "base/text.h"
#include "dicom/classes.h"
#include "dicom/dcmtk/receiver.h"

#define CONFIG_TIMEOUT_MS 10000

struct config { /* strings borrowed from head */
    json_t *head;
    struct dw_accept accept;
    struct dw_receiver_opts opts;
};

static unsigned positive(const json_t *head, const char *key, unsigned max)
{
    int64_t value = dw_json_int(head, key, 0);
    return value < 0 ? 0 : value > max ? max : (unsigned)value;
}

static dw_status read_ports(const json_t *head, struct dw_receiver_opts *opts, struct dw_error *err)
{
    const json_t *list = json_object_get(head, "ports"), *port;
    size_t i;
    if (json_array_size(list) < 1 || json_array_size(list) > DW_PORTS_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "%zu ports to listen on instead of 1 to %d",
                            json_array_size(list), DW_PORTS_MAX);
    json_array_foreach(list, i, port) {
        int64_t number = dw_json_int(port, "port", -1);
        if (number < 0 || number > 65535)
            return dw_error_set(err, DW_ERR_INVALID, "DICOM port is not between 0 and 65535");
        opts->ports[i] = (struct dw_port_opts){.name = dw_json_text(port, "name"),
                                               .bind = dw_json_text(port, "bind"),
                                               .port = (uint16_t)number};
        const json_t *tls = json_object_get(port, "tls");
        if (!tls) /* never plain by an oversight */
            return dw_error_set(err, DW_ERR_INVALID, "port %s: whether it is a secure one is not said",
                                opts->ports[i].name);
        opts->ports[i].secure = !json_is_null(tls);
        opts->ports[i].closed = json_is_true(json_object_get(port, "closed"));
        dw_status st = opts->ports[i].secure ? dw_tls_files_from_json(tls, &opts->ports[i].tls, err) : DW_OK;
        if (st != DW_OK)
            return st;
    }
    opts->port_count = json_array_size(list);
    return DW_OK;
}

static dw_status read_config(dw_channel *daemon, struct config *out, struct dw_error *err)
{
    struct dw_message msg;
    dw_status st = dw_channel_receive(daemon, CONFIG_TIMEOUT_MS, &msg, err);
    if (st != DW_OK)
        return st;
    const json_t *head = msg.head;
    int64_t reserve = dw_json_int(head, "reserve_bytes", 0);
    struct dw_receiver_opts opts = {
        .aet = dw_json_text(head, "aet"),
        .max_associations = positive(head, "max_associations", DW_ASSOCIATIONS_MAX),
        .max_per_peer = positive(head, "max_per_peer", DW_ASSOCIATIONS_MAX),
        .max_pdu = positive(head, "max_pdu", 131072),
        .artim_s = positive(head, "artim_s", 3600),
        .idle_s = positive(head, "idle_s", 86400),
        .dimse_s = positive(head, "dimse_s", 86400),
        .spool = dw_json_text(head, "spool"),
        .reserve_bytes = reserve > 0 ? (uint64_t)reserve : 0,
    };
    if (strcmp(msg.type, "config") != 0)
        st = dw_error_set(err, DW_ERR_INVALID, "the first message is not the configuration");
    else
        st = read_ports(head, &opts, err);
    if (st == DW_OK && !opts.spool[0])
        st = dw_error_set(err, DW_ERR_INVALID, "no spool folder");
    if (st == DW_OK)
        st = dw_accept_from_json(json_object_get(head, "accept"), &out->accept, err);
    if (st == DW_OK) {
        out->head = json_incref(msg.head);
        out->opts = opts;
        out->opts.accept = &out->accept;
    }
    dw_message_done(&msg);
    return st;
}

static dw_status serve(dw_channel *daemon, const struct config *config, struct dw_error *err)
{
    struct dw_log log = dw_log_stderr("discwright-receive", DW_LOG_INFO);
    dw_receiver *receiver = NULL;
    dw_status st = dw_receiver_open(&config->opts, &receiver, err);
    if (st != DW_OK)
        return st;
    st = dw_receiver_report(receiver, daemon, err);
    if (st == DW_OK)
        st = dw_receiver_run(receiver, daemon, NULL, &log, err);
    dw_receiver_close(receiver);
    return st;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fputs("usage: discwright-receive\n"
              "The DICOM storage service of discwright, which starts this program itself and talks\n"
              "to it on descriptor 3 (docs/messages.md).\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    struct dw_error err = {0};
    struct config config = {0};
    dw_channel *daemon = NULL;
    dw_classes *classes = NULL;
    signal(SIGPIPE, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    dw_status st = dw_channel_new(DW_CHILD_FD, &daemon, &err);
    if (st != DW_OK) {
        fputs("discwright-receive: not started by discwright\n", stderr);
        return dw_status_exit_code(DW_ERR_INVALID);
    }
    st = dw_classes_use_environment(&classes, &err);
    if (st == DW_OK)
        st = read_config(daemon, &config, &err);
    if (st == DW_OK)
        st = serve(daemon, &config, &err);
    if (st != DW_OK && dw_channel_send(daemon, dw_json_from_error("result", st, &err), NULL, 0, NULL,
                                       0, 1000, NULL) != DW_OK)
        fprintf(stderr, "discwright-receive: %s\n", err.text);
    json_decref(config.head);
    dw_channel_free(daemon);
    dw_classes_use(NULL);
    dw_classes_free(classes);
    return dw_status_exit_code(st);
}
