#include "daemon/intake/receive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/intake/group.h"
#include "daemon/intake/secure.h"
#include "daemon/intake/told.h"
#include "daemon/intake/touched.h"
#include "daemon/peer.h"
#include "dicom/command.h"

struct association {
    dw_receive *receive;
    struct association *next;
    dw_peer *peer;
    struct dw_touched touched;
};
struct port {
    const char *name, *bind; /* borrowed from the configuration */
    const struct dw_listen_options *options; /* borrowed; NULL: the main port */
    int number;              /* listened on; 0: not now */
    int fixed;               /* as configured, or what a listener that is started again must take */
};
struct dw_receive {
    const struct dw_core *core;
    const struct dw_receive_events *events;
    void *ctx;
    dw_kid *listener;
    struct association *first;
    dw_group *group;
    struct dw_told told;
    unsigned failures;
    bool was_listening;
    dw_status start_status; /* what the listener said when it could not begin */
    struct dw_error start_error;
    struct port ports[DW_PORTS_MAX];
    size_t port_count;
    uint64_t restart_timer, look_timer;
    json_t *certificates; /* names of secure ports with an alarm */
};

/* What comes of every other object its association tells. */
static bool is_success(const json_t *reply)
{
    const char *type = dw_json_text(reply, "type");
    return (strcmp(type, "committed") == 0 || strcmp(type, "dropped") == 0) &&
           strcmp(dw_json_text(reply, "status"), dw_status_name(DW_OK)) == 0 &&
           !json_is_true(json_object_get(reply, "quarantined"));
}

static void answer(void *ctx, void *asker, json_t *reply, int64_t study)
{
    dw_receive *receive = ctx;
    struct association *association = asker;
    struct dw_error err = {0};

    if (is_success(reply))
        dw_told_add(&receive->told, DW_DIMSE_SUCCESS);
    if (!association)
        json_decref(reply);
    else if (dw_peer_post(association->peer, reply, &err) != DW_OK)
        dw_log_write(&receive->core->log, DW_LOG_WARNING, "association not answered: %s", err.text);
    if (study && association)
        dw_touched_add(&association->touched, study);
    if (study)
        receive->events->on_stored(receive->ctx, study);
}


static void plan_ports(dw_receive *receive)
{
    const struct dw_config *config = receive->core->config;
    if (config->dicom.enabled)
        receive->ports[receive->port_count++] = (struct port){
            .name = DW_MAIN_PORT, .bind = config->dicom.bind, .fixed = (int)config->dicom.port};
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct dw_config_listen *listen = &config->listens[i];
        receive->ports[receive->port_count++] = (struct port){.name = listen->name,
                                                              .bind = listen->options.bind,
                                                              .options = &listen->options,
                                                              .fixed = (int)listen->options.port};
    }
}

dw_status dw_receive_new(const struct dw_core *core, const struct dw_receive_events *events,
                         void *ctx, dw_receive **out, struct dw_error *err)
{
    dw_receive *receive = calloc(1, sizeof *receive);
    if (!receive)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    *receive = (dw_receive){.core = core, .events = events, .ctx = ctx};
    plan_ports(receive);
    dw_status st = dw_group_new(core, answer, receive, &receive->group, err);
    if (st != DW_OK) {
        free(receive);
        return st;
    }
    *out = receive;
    return DW_OK;
}

static void association_free(void *ctx)
{
    free(ctx);
}

static void leave(struct association *association)
{
    dw_receive *receive = association->receive;
    for (struct association **at = &receive->first; *at; at = &(*at)->next) {
        if (*at == association) {
            *at = association->next;
            break;
        }
    }
    dw_group_forget(receive->group, association);
    dw_peer_close(association->peer);
    dw_loop_defer(receive->core->loop, association_free, association);
    if (association->touched.count > 0)
        receive->events->on_left(receive->ctx);
    dw_core_changed(receive->core);
}

static void on_association_message(void *ctx, dw_peer *peer, struct dw_message *msg)
{
    struct association *association = ctx;
    dw_receive *receive = association->receive;
    static const char *const known[] = {"admit", "more", "commit", "quarantine", "same"};

    if (strcmp(msg->type, "answered") == 0) {
        dw_told_add(&receive->told, (unsigned)dw_json_int(msg->head, "status", 0));
        dw_core_changed(receive->core);
        return;
    }
    for (size_t i = 0; i < DW_ARRAY_LEN(known); i++) {
        struct dw_error err = {0};
        if (strcmp(msg->type, known[i]) != 0)
            continue;
        if (dw_group_add(receive->group, association, msg, &err) == DW_OK)
            return;
        dw_log_write(&receive->core->log, DW_LOG_ERROR, "association cut: %s", err.text);
        break;
    }
    leave(association); /* "bye", or nothing we know */
}

static void on_association_gone(void *ctx, dw_peer *peer)
{
    leave(ctx);
}

static bool may_read(void *ctx)
{
    const struct association *association = ctx;
    return !dw_group_is_full(association->receive->group);
}

static const struct dw_peer_events association_events = {
    .on_message = on_association_message,
    .on_gone = on_association_gone,
    .may_read = may_read,
};

size_t dw_receive_associations(const dw_receive *receive)
{
    size_t count = 0;
    for (const struct association *a = receive->first; a; a = a->next)
        count++;
    return count;
}

size_t dw_receive_open_for(const dw_receive *receive, int64_t study)
{
    size_t count = 0;
    for (const struct association *a = receive->first; a; a = a->next)
        count += dw_touched_has(&a->touched, study);
    return count;
}

dw_status dw_receive_join(dw_receive *receive, int fd, struct dw_error *err)
{
    /* The listener counts too; this is the wall behind it. */
    if (dw_receive_associations(receive) >= DW_ASSOCIATIONS_MAX) {
        close(fd);
        return dw_error_set(err, DW_ERR_LIMIT, "%d associations are open", DW_ASSOCIATIONS_MAX);
    }
    struct association *association = calloc(1, sizeof *association);
    if (!association) {
        close(fd);
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    }
    association->receive = receive;
    dw_status st = dw_peer_new(receive->core->loop, fd, &association_events, association,
                               &association->peer, err);
    if (st != DW_OK) {
        free(association);
        return st;
    }
    association->next = receive->first;
    receive->first = association;
    dw_core_changed(receive->core);
    return DW_OK;
}

static void on_listening(dw_receive *receive, const json_t *list)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        for (size_t p = 0; p < receive->port_count; p++) {
            struct port *port = &receive->ports[p];
            if (strcmp(port->name, dw_json_text(entry, "name")) != 0)
                continue;
            int number = (int)dw_json_int(entry, "port", 0);
            if (number && number == port->number)
                continue;
            port->number = number;
            if (number) /* a closed one keeps the number it had */
                port->fixed = number;
            dw_log_write(&receive->core->log, number ? DW_LOG_INFO : DW_LOG_ERROR,
                         "%s port=%s dicom_port=%d", number ? "listening" : "closed until its certificate is good",
                         port->name, number);
        }
    }
    receive->was_listening = true;
    receive->failures = 0;
    receive->events->on_listening(receive->ctx);
    dw_core_changed(receive->core);
}

static void on_listener_message(void *ctx, dw_kid *kid, struct dw_message *msg)
{
    dw_receive *receive = ctx;
    struct dw_error err = {0};

    if (strcmp(msg->type, "listening") == 0) {
        on_listening(receive, json_object_get(msg->head, "ports"));
    } else if (strcmp(msg->type, "association") == 0) {
        int fd = msg->fds[0];
        msg->fds[0] = -1;
        if (fd < 0) /* recvmsg() leaves away what finds no place, without an error */
            dw_error_set(&err, DW_ERR_IO, "its channel did not arrive: Too many open files");
        if (fd < 0 || dw_receive_join(receive, fd, &err) != DW_OK)
            dw_log_write(&receive->core->log, DW_LOG_WARNING, "association refused: %s", err.text);
    } else if (strcmp(msg->type, "result") == 0) {
        if (dw_json_to_error(msg->head, &err) == DW_OK)
            return;
        if (!receive->was_listening) {
            receive->start_status = err.code;
            receive->start_error = err;
        } else
            dw_log_write(&receive->core->log, DW_LOG_ERROR, "receiving: %s", err.text);
    }
}

static void restart(void *ctx)
{
    dw_receive *receive = ctx;
    struct dw_error err = {0};
    receive->restart_timer = 0;
    if (dw_receive_start(receive, &err) != DW_OK) {
        dw_log_write(&receive->core->log, DW_LOG_ERROR, "receiving: %s", err.text);
        receive->restart_timer = dw_loop_after(
            receive->core->loop, dw_core_backoff_ms(++receive->failures), restart, receive);
    }
}

/* The listener of a daemon that was killed may hold the port for another moment. */
#define BEGIN_TRIES 5
#define BEGIN_WAIT_MS 300

static void could_not_begin(dw_receive *receive)
{
    receive->start_status = DW_OK;
    if (++receive->failures >= BEGIN_TRIES)
        receive->events->on_failed(receive->ctx, &receive->start_error);
    else
        receive->restart_timer =
            dw_loop_after(receive->core->loop, BEGIN_WAIT_MS, restart, receive);
}

static void on_listener_end(void *ctx, dw_kid *kid, const char *how)
{
    dw_receive *receive = ctx;
    receive->listener = NULL;
    for (size_t i = 0; i < receive->port_count; i++)
        receive->ports[i].number = 0;
    if (receive->start_status != DW_OK) {
        could_not_begin(receive);
        return;
    }
    int64_t wait_ms = dw_core_backoff_ms(++receive->failures);
    dw_log_write(&receive->core->log, DW_LOG_ERROR,
                 "discwright-receive ended (%s), started again in %lld ms", how, (long long)wait_ms);
    receive->restart_timer = dw_loop_after(receive->core->loop, wait_ms, restart, receive);
    dw_core_changed(receive->core);
}

static const struct dw_kid_events listener_events = {
    .on_message = on_listener_message,
    .on_end = on_listener_end,
};

/* At the first start a fault was told before anything began. Later nobody is there to read it: the other ports go
 * on, and this one is closed until its files are good. */
static bool is_closed(const dw_receive *receive, const struct port *port)
{
    return receive->was_listening && port->options && dw_secure_is_at_fault(receive->core, port->options);
}

static json_t *describe_ports(const dw_receive *receive)
{
    json_t *ports = json_array();
    for (size_t i = 0; i < receive->port_count; i++) {
        const struct port *port = &receive->ports[i];
        json_t *tls = port->options ? dw_secure_to_json(port->options) : json_null();
        json_array_append_new(ports, json_pack("{s:s, s:s, s:i, s:b, s:o*}", "name", port->name, "bind",
                                               port->bind, "port", port->fixed, "closed",
                                               is_closed(receive, port), "tls", tls));
    }
    return ports;
}

static json_t *listener_config(const dw_receive *receive, const char *spool)
{
    const struct dw_config *config = receive->core->config;
    return json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:o}", "type", "config",
                     "ports", describe_ports(receive), "aet", config->dicom.aet, "max_associations",
                     (json_int_t)config->dicom.max_associations, "max_per_peer",
                     (json_int_t)config->dicom.max_per_peer, "max_pdu",
                     (json_int_t)config->dicom.max_pdu, "artim_s",
                     (json_int_t)config->dicom.artim_s, "idle_s", (json_int_t)config->dicom.idle_s,
                     "dimse_s", (json_int_t)config->dicom.dimse_s, "spool", spool, "reserve_bytes",
                     (json_int_t)config->intake.reserve, "accept",
                     dw_accept_to_json(&config->policy));
}

static size_t closed_ports(const dw_receive *receive)
{
    size_t count = 0;
    for (size_t i = 0; receive->listener && i < receive->port_count; i++)
        count += receive->ports[i].number == 0;
    return count;
}

static void look(dw_receive *receive)
{
    json_decref(receive->certificates);
    receive->certificates = dw_secure_look(receive->core);
}

/* An administrator may only have put a new file in place, and a certificate grows old by itself. */
static void look_again(void *ctx)
{
    dw_receive *receive = ctx;
    look(receive);
    if (receive->was_listening && closed_ports(receive) > 0)
        dw_receive_reload(receive);
    receive->look_timer = dw_loop_after(receive->core->loop, DW_SECURE_LOOK_MS, look_again, receive);
}

dw_status dw_receive_start(dw_receive *receive, struct dw_error *err)
{
    static const char *const argv[] = {"discwright-receive", NULL};
    char spool[DW_PATH_MAX];

    if (receive->look_timer == 0)
        look_again(receive);
    dw_status st = dw_core_path(receive->core, spool, sizeof spool, err, "spool");
    if (st == DW_OK)
        st = dw_children_start(receive->core->children, argv, 0, &listener_events, receive,
                               &receive->listener, err);
    if (st != DW_OK)
        return st;
    st = dw_kid_post(receive->listener, listener_config(receive, spool), err);
    return st == DW_ERR_GONE ? DW_OK : st; /* its end is told by on_end */
}

void dw_receive_reload(dw_receive *receive)
{
    struct dw_error err = {0};
    look(receive);
    if (!receive->listener)
        return; /* the next one is given what is new */
    json_t *head = json_pack("{s:s, s:o}", "type", "reload", "ports", describe_ports(receive));
    if (dw_kid_post(receive->listener, head, &err) != DW_OK)
        dw_log_write(&receive->core->log, DW_LOG_WARNING, "receiving: %s", err.text);
}

void dw_receive_flush(dw_receive *receive)
{
    dw_group_commit(receive->group);
}

void dw_receive_free(dw_receive *receive)
{
    if (!receive)
        return;
    while (receive->first)
        leave(receive->first);
    dw_loop_cancel(receive->core->loop, receive->restart_timer);
    dw_loop_cancel(receive->core->loop, receive->look_timer);
    json_decref(receive->certificates);
    dw_group_free(receive->group);
    free(receive);
}

int dw_receive_port(const dw_receive *receive)
{
    for (size_t i = 0; i < receive->port_count; i++)
        if (receive->ports[i].number)
            return receive->ports[i].number;
    return 0;
}

json_t *dw_receive_secure(const dw_receive *receive)
{
    return json_pack("{s:O, s:I}", "certificates", receive->certificates ? receive->certificates : json_null(),
                     "closed_ports", (json_int_t)closed_ports(receive));
}

json_t *dw_receive_ports(const dw_receive *receive)
{
    json_t *list = json_array();
    for (size_t i = 0; i < receive->port_count; i++)
        if (receive->ports[i].number)
            json_array_append_new(list, json_pack("{s:s, s:i}", "name", receive->ports[i].name,
                                                  "port", receive->ports[i].number));
    return list;
}

json_t *dw_receive_told(const dw_receive *receive)
{
    return dw_told_to_json(&receive->told);
}
