#include "dicom/dcmtk/desk.h"

#include <string.h>


#define ANSWER_TIMEOUT_MS 30000 /* the daemon groups commits; half a minute means it is stuck */

void dw_desk_init(struct dw_desk *desk, dw_channel *channel, const char *calling, const char *called,
                  const char *port)
{
    *desk = (struct dw_desk){.channel = channel};
    dw_text_cut(desk->calling, sizeof desk->calling, calling);
    dw_text_cut(desk->called, sizeof desk->called, called);
    dw_text_cut(desk->port, sizeof desk->port, port);
}

static dw_status ask(struct dw_desk *desk, json_t *question, const struct dw_buf *blob,
                     const char *answer, struct dw_message *out, struct dw_error *err)
{
    dw_status st = dw_channel_send(desk->channel, question, blob ? blob->data : NULL,
                                   blob ? blob->size : 0, NULL, 0, ANSWER_TIMEOUT_MS, err);
    if (st == DW_OK)
        st = dw_channel_receive(desk->channel, ANSWER_TIMEOUT_MS, out, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "the appliance");
    if (strcmp(out->type, answer) == 0)
        return DW_OK;
    dw_message_done(out);
    return dw_error_set(err, DW_ERR_INTERNAL, "the appliance answered something else than '%s'",
                        answer);
}

static dw_status take_numbers(struct dw_desk *desk, const json_t *head, struct dw_error *err)
{
    int64_t first = dw_json_int(head, "first", 0), count = dw_json_int(head, "count", 0);
    if (first <= 0 || count <= 0)
        return dw_error_set(err, DW_ERR_INTERNAL, "the appliance gave no object numbers");
    desk->next = first;
    desk->left = count;
    return DW_OK;
}

dw_status dw_desk_admit(struct dw_desk *desk, const char *peer, const char *subject, struct dw_error *err)
{
    struct dw_message msg;
    json_t *question = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "type", "admit", "calling",
                                 desk->calling, "called", desk->called, "peer", peer, "port",
                                 desk->port, "subject", subject);
    if (!question)
        return dw_error_set(err, DW_ERR_DENIED, "an AE title is not text");
    dw_status st = ask(desk, question, NULL, "admitted", &msg, err);
    if (st != DW_OK)
        return st;
    st = dw_json_to_error(msg.head, err);
    if (st == DW_OK)
        st = take_numbers(desk, msg.head, err);
    dw_message_done(&msg);
    return st;
}

dw_status dw_desk_number(struct dw_desk *desk, int64_t *out, struct dw_error *err)
{
    if (desk->left == 0) {
        struct dw_message msg;
        dw_status st = ask(desk, json_pack("{s:s}", "type", "more"), NULL, "numbers", &msg, err);
        if (st != DW_OK)
            return st;
        st = take_numbers(desk, msg.head, err);
        dw_message_done(&msg);
        if (st != DW_OK)
            return st;
    }
    desk->left--;
    *out = desk->next++;
    return DW_OK;
}

void dw_desk_give_back(struct dw_desk *desk, int64_t number)
{
    if (number != desk->next - 1)
        return;
    desk->next--;
    desk->left++;
}

/* Ask about one object; *out (may be NULL) is filled from an answer that says yes. */
static dw_status ask_about(struct dw_desk *desk, int64_t number, json_t *question,
                           const struct dw_buf *blob, const char *answer,
                           struct dw_desk_verdict *out, struct dw_error *err)
{
    struct dw_message msg;
    dw_status st = ask(desk, question, blob, answer, &msg, err);
    if (st == DW_ERR_INTERNAL)
        return dw_error_set(err, DW_ERR_GONE, "the appliance's answer made no sense");
    if (st != DW_OK)
        return st;
    if (dw_json_int(msg.head, "number", -1) != number)
        st = dw_error_set(err, DW_ERR_GONE, "the appliance answered for another object");
    else
        st = dw_json_to_error(msg.head, err);
    if (st == DW_OK && out) {
        out->put_aside = json_is_true(json_object_get(msg.head, "quarantined"));
        out->twin = dw_json_int(msg.head, "twin", 0);
    }
    dw_message_done(&msg);
    return st;
}

dw_status dw_desk_commit(struct dw_desk *desk, const struct dw_desk_object *what,
                         struct dw_desk_verdict *out, struct dw_error *err)
{
    char hex[2 * DW_SHA256_SIZE + 1];
    dw_text_hex(what->sha256, DW_SHA256_SIZE, hex);
    json_t *question = json_pack("{s:s, s:I, s:s, s:o, s:s, s:s, s:s}", "type",
                                 what->reason ? "quarantine" : "commit", "number",
                                 (json_int_t)what->number, "sha256", hex, "object",
                                 dw_object_to_json(what->object), "calling", desk->calling,
                                 "called", desk->called, "port", desk->port);
    if (!question)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    if (what->reason)
        json_object_set_new(question, "reason", json_string(what->reason));
    return ask_about(desk, what->number, question, what->record, "committed", out, err);
}

dw_status dw_desk_same(struct dw_desk *desk, int64_t number, int64_t twin, struct dw_error *err)
{
    json_t *question = json_pack("{s:s, s:I, s:I}", "type", "same", "number", (json_int_t)number,
                                 "as", (json_int_t)twin);
    if (!question)
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    return ask_about(desk, number, question, NULL, "dropped", NULL, err);
}

void dw_desk_answered(struct dw_desk *desk, unsigned status)
{
    /* a daemon that is gone is noticed at the next question */
    (void)!dw_channel_send(desk->channel,
                           json_pack("{s:s, s:i}", "type", "answered", "status", (int)status), NULL,
                           0, NULL, 0, ANSWER_TIMEOUT_MS, NULL);
}

void dw_desk_bye(struct dw_desk *desk)
{
    /* EOF says the same; a daemon that is gone needs no good-bye. */
    (void)!dw_channel_send(desk->channel, json_pack("{s:s}", "type", "bye"), NULL, 0, NULL, 0, 1000,
                           NULL);
}
