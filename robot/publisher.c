#include "robot/publisher.h"

#include <assert.h>
#include <string.h>

#include "base/channel.h"
#include "base/text.h"

static dw_status read_texts(const json_t *head, struct dw_disc_order *order, struct dw_error *err)
{
    const struct text {
        const char *key;
        const char **out;
        bool needed;
    } texts[] = {{"media", &order->media, true},
                 {"tree", &order->tree, true},
                 {"chunks", &order->chunks, true},
                 {"label", &order->label, false},
                 {"expect", &order->expect, false},
                 {"stock", &order->stock, false}};
    for (size_t i = 0; i < DW_ARRAY_LEN(texts); i++) {
        *texts[i].out = dw_json_text(head, texts[i].key);
        if (strlen(*texts[i].out) >= DW_PATH_MAX)
            return dw_error_set(err, DW_ERR_LIMIT, "'%s' is longer than %d bytes", texts[i].key,
                                DW_PATH_MAX);
        if (texts[i].needed && !*texts[i].out[0] && order->state != DW_DISC_UNKNOWN)
            return dw_error_set(err, DW_ERR_INVALID, "an order without '%s'", texts[i].key);
    }
    return DW_OK;
}

dw_status dw_disc_order_read(json_t *head, struct dw_disc_order *out, struct dw_error *err)
{
    struct dw_disc_order order = {.head = head};
    int state = dw_disc_state_from_name(dw_json_text(head, "state"));
    int before = dw_disc_state_from_name(dw_json_text(head, "before"));
    int64_t drive = dw_json_int(head, "drive", 0), blocks = dw_json_int(head, "blocks", 0),
            capacity = dw_json_int(head, "capacity_bytes", 0);
    order.disc = dw_json_int(head, "disc", 0);
    order.job = dw_json_int(head, "job", 0);
    order.priority = dw_json_int(head, "priority", 0);
    order.band = dw_json_int(head, "band", order.priority);
    order.copy = dw_json_int(head, "copy", 0);
    int64_t n = dw_json_int(head, "volume_n", 1), of = dw_json_int(head, "volume_of", 1),
            set_out = dw_json_int(head, "set_out", 0);
    if (order.disc < 1 || state < 0)
        return dw_error_set(err, DW_ERR_INVALID, "an order without a disc or a state");
    if (drive < 0 || drive > DW_ROBOT_DRIVES_MAX || blocks < 0 || blocks > UINT32_MAX ||
        capacity < 0)
        return dw_error_set(err, DW_ERR_INVALID,
                            "disc %lld: drive, blocks or capacity make no sense",
                            (long long)order.disc);
    if (n < 1 || of < n || set_out < 0 || set_out > of || of > DW_VOLUMES_PER_JOB_MAX)
        return dw_error_set(err, DW_ERR_INVALID, "disc %lld: %lld of %lld makes no sense",
                            (long long)order.disc, (long long)n, (long long)of);
    order.n = (int)n;
    order.of = (int)of;
    order.set_out = (int)set_out;
    order.state = (enum dw_disc_state)state;
    order.before = before < 0 ? DW_DISC_UNKNOWN : (enum dw_disc_state)before;
    order.drive = (int)drive;
    order.blocks = (uint32_t)blocks;
    order.capacity_bytes = (uint64_t)capacity;
    dw_status st = read_texts(head, &order, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "disc %lld", (long long)order.disc);
    json_incref(head);
    *out = order;
    return DW_OK;
}

void dw_disc_order_done(struct dw_disc_order *order)
{
    json_decref(order->head);
    *order = (struct dw_disc_order){0};
}

static json_t *bin_json(const char *name, const char *role, const struct dw_bin_sensed *bin)
{
    bool is_input = strcmp(role, "input") == 0;
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:s*, s:s*}", "name", name, "role", role, "discs", bin->discs, "capacity",
                     bin->capacity, "media", is_input ? bin->media : "", "stock", is_input ? bin->stock : NULL, "where",
                     bin->where);
}

json_t *dw_publisher_bins(const struct dw_sensors *sensors)
{
    json_t *bins = json_array();
    for (int i = 0; i < sensors->bins; i++) {
        char name[DW_PLACE_NAME_MAX];
        dw_place_name((struct dw_place){DW_PLACE_BIN, i + 1}, name);
        json_array_append_new(bins, bin_json(name, "input", &sensors->bin[i]));
    }
    json_array_append_new(bins, bin_json("output", "output", &sensors->output));
    json_array_append_new(bins, bin_json("reject", "reject", &sensors->reject));
    return bins;
}

/* One row for each capability: its name in messages, and what people should know if it is there or not. */
static const struct cap_info {
    unsigned cap;
    const char *name, *if_there, *if_not;
} caps_table[] = {
    {DW_IS_SIMULATED, NULL, "This robot is simulated: no real disc is made", NULL},
    {DW_IS_PERSON, "person", "A person puts the discs in and takes them out: the console says when, and which disc is bad", NULL},
    {DW_CAN_PRINT, "print", NULL, "No label printer: label by hand"},
    {DW_DELEGATES_VERIFY, "delegated_verify", "Its discs are verified by the robot, not by this appliance", NULL},
    {DW_BD_UNPROVEN, "bd_unproven", "Blu-ray discs are unproven here: its maker's papers do not mention them", NULL},
    {DW_HAS_FIXED_BINS, "fixed_bins", NULL, NULL},
    {DW_CAN_SENSE_POSITION, "sense_position", NULL,
     "Cannot tell where a disc lies: after a failure a person is asked"},
    {DW_CAN_SENSE_PICK, "sense_pick", NULL, "Cannot report a missed pick"},
    {DW_CAN_COUNT_BINS, "count_bins", NULL, "Does not count its blanks"},
    {DW_CAN_SENSE_INK, "sense_ink", NULL, "Does not tell how much ink is left"},
    {DW_HAS_TWO_EXITS, "two_exits", NULL,
     "Good and rejected discs come out at the same place: identify a disc before it is handed over"},
};

/* What a machine lacks and a person has, or what is only a question where the other one is there. */
static bool is_beside_the_point(const struct cap_info *info, unsigned caps)
{
    unsigned senses = DW_CAN_SENSE_POSITION | DW_CAN_SENSE_PICK | DW_CAN_COUNT_BINS;
    if ((caps & DW_IS_PERSON) && (info->cap & senses))
        return true;
    return info->cap == DW_CAN_SENSE_INK && !(caps & DW_CAN_PRINT);
}

size_t dw_publisher_notes(unsigned caps, const char *out[DW_PUBLISHER_NOTES_MAX])
{
    size_t count = 0;
    static_assert(DW_ARRAY_LEN(caps_table) <= DW_PUBLISHER_NOTES_MAX, "a sentence has no room");
    for (size_t i = 0; i < DW_ARRAY_LEN(caps_table); i++) {
        const struct cap_info *info = &caps_table[i];
        const char *sentence = caps & info->cap ? info->if_there : info->if_not;
        if (sentence && !is_beside_the_point(info, caps))
            out[count++] = sentence;
    }
    return count;
}

dw_status dw_publisher_accept(unsigned caps, const struct dw_robot_options *options, struct dw_error *err)
{
    if (!(caps & DW_DELEGATES_VERIFY) || options->delegated_verify)
        return DW_OK;
    return dw_error_set(err, DW_ERR_DENIED,
                        "this robot verifies its discs out of our sight, and the site does not accept that: "
                        "see delegated_verify");
}

bool dw_publisher_delegates(const struct dw_robot_options *options)
{
    return strcmp(options->driver, "ptburn") == 0;
}

const char *dw_publisher_label_kind(const struct dw_robot_options *options)
{
    if (dw_publisher_delegates(options))
        return "jpg";
    return strcmp(options->printer, "cups") == 0 ? "pdf" : "";
}

json_t *dw_publisher_hello(const char *driver, unsigned caps, const struct dw_sensors *sensors)
{
    const char *sentences[DW_PUBLISHER_NOTES_MAX];
    size_t count = dw_publisher_notes(caps, sentences);
    json_t *list = json_array(), *notes = json_array(), *serials = json_array();
    for (int i = 0; i < sensors->drives; i++)
        json_array_append_new(serials, json_string(sensors->serial[i]));
    for (size_t i = 0; i < DW_ARRAY_LEN(caps_table); i++) {
        if (caps_table[i].name && (caps & caps_table[i].cap))
            json_array_append_new(list, json_string(caps_table[i].name));
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(notes, json_string(sentences[i]));
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:i, s:o, s:o}", "type", "hello", "driver", driver,
                     "simulated", (caps & DW_IS_SIMULATED) != 0, "caps", list, "notes", notes,
                     "drives", sensors->drives, "serials", serials, "bins", dw_publisher_bins(sensors));
}

json_t *dw_publisher_step(const struct dw_person_step *step, int64_t job)
{
    char sentence[200];
    dw_person_sentence(step, sentence, sizeof sentence);
    return json_pack("{s:I, s:s, s:s, s:I, s:I, s:i, s:s, s:s, s:s}", "n", (json_int_t)step->n, "task",
                     dw_person_task_name(step->task), "sentence", sentence, "disc",
                     (json_int_t)step->disc, "job", (json_int_t)job, "drive", step->drive, "media",
                     step->media, "stock", step->stock, "wrong", step->wrong);
}

json_t *dw_publisher_request(const struct dw_disc_request *request)
{
    return json_pack("{s:s, s:I, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "type", "event", "disc",
                     (json_int_t)request->disc, "event", dw_disc_event_name(request->event),
                     "drive", request->drive, "text", request->text, "image", request->image,
                     "label", request->label, "fault", request->fault, "serial", request->serial,
                     "lot", request->lot, "reading", dw_reading_to_json(&request->reading));
}

json_t *dw_publisher_progress(int64_t disc, const struct dw_progress *progress)
{
    json_t *head = json_pack("{s:s, s:I}", "type", "progress", "disc", (json_int_t)disc);
    json_t *members = dw_progress_to_json(progress);
    json_object_update(head, members);
    json_decref(members);
    return head;
}

json_t *dw_publisher_fault(const struct dw_fault_report *report)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:i}", "type", "fault", "key", report->key,
                     "sentence", report->sentence, "who", dw_fault_who_name(report->row->who),
                     "action", dw_fault_action_name(report->row->action), "doing",
                     dw_fault_action_text(report->row), "disc",
                     (json_int_t)report->disc, "drive", report->drive);
}

json_t *dw_publisher_cleared(const char *key)
{
    return json_pack("{s:s, s:s}", "type", "cleared", "key", key);
}
