#include "daemon/jobs/robot_store.h"

#include "base/file.h"
#include "base/text.h"
#include "daemon/jobs/disc.h"
#include "daemon/jobs/health.h"
#include "daemon/jobs/job.h"
#include "daemon/jobs/robot_orders.h"
#include "daemon/jobs/volume.h"
#include "robot/faults.h"
#include "robot/publisher.h"

/* What its label's template names lies beside the label; discs of an older release have none. */
static void read_stock(const char *dir, char out[DW_STOCK_NAME_MAX])
{
    char path[DW_PATH_MAX];
    struct dw_buf text = {0};
    out[0] = 0;
    if (dw_text_format(path, sizeof path, "%s/stock", dir) &&
        dw_file_read_all(path, DW_STOCK_NAME_MAX - 1, &text, NULL) == DW_OK && text.size)
        dw_text_cut(out, DW_STOCK_NAME_MAX, text.data);
    dw_buf_done(&text);
}

dw_status dw_robot_order_new(const struct dw_core *core, int64_t id, json_t **out,
                             struct dw_error *err)
{
    struct dw_disc_row disc;
    struct dw_volume_row volume = {0};
    char dir[DW_PATH_MAX];
    char tree[DW_PATH_MAX + 16], chunks[DW_PATH_MAX + 32], label[DW_PATH_MAX + 16],
        expect[DW_PATH_MAX + 16];

    dw_status st = dw_disc_row_load(core, id, &disc, err);
    if (st == DW_OK)
        st = dw_volume_row_load(core, disc.volume, &volume, err);
    if (st == DW_OK)
        st = dw_core_path(core, dir, sizeof dir, err, "%s", volume.dir);
    if (st != DW_OK)
        return st;
    if (!dw_text_format(tree, sizeof tree, "%s/tree", dir) ||
        /* One for each disc: two drives may write the same volume at the same time. */
        !dw_text_format(chunks, sizeof chunks, "%s/chunks-%lld", dir, (long long)id) ||
        !dw_text_format(label, sizeof label, "%s/label.png", dir) ||
        !dw_text_format(expect, sizeof expect, "%s/expect.json", dir))
        return dw_error_set(err, DW_ERR_LIMIT, "a path below the state folder is too long");
    json_t *head = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:i}",
        "type", "disc", "disc", (json_int_t)id, "job", (json_int_t)disc.job, "volume_n",
        (json_int_t)volume.n, "volume_of", (json_int_t)volume.of, "copy", (json_int_t)disc.copy,
        "attempt", (json_int_t)disc.attempt, "state", dw_disc_state_name(disc.state), "before",
        disc.before < 0 ? "" : dw_disc_state_name((enum dw_disc_state)disc.before), "drive",
        (json_int_t)disc.drive, "media", volume.media, "blocks", (json_int_t)volume.blocks, "tree",
        tree, "chunks", chunks, "label", label, "expect", expect, "capacity_bytes", 0);
    if (!head)
        return dw_error_set(err, DW_ERR_INTERNAL, "the order of disc %lld is no JSON",
                            (long long)id);
    char stock[DW_STOCK_NAME_MAX];
    read_stock(dir, stock);
    json_object_set_new(head, "stock", json_string(stock));
    st = dw_robot_orders_rank(core, id, head, err);
    if (st == DW_OK)
        *out = head;
    else
        json_decref(head);
    return st;
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static dw_status store_event(const struct dw_core *core, const char *robot, const json_t *event,
                             const char *placed, dw_robots_disc_fn *on_disc, void *ctx,
                             enum dw_disc_state *out_state, struct dw_error *err)
{
    int64_t id = dw_json_int(event, "disc", 0);
    int on = dw_disc_event_from_name(dw_json_text(event, "event"));
    const struct dw_fault *row = dw_fault_find(dw_json_text(event, "fault"));
    const struct dw_config_robot *config = dw_config_robot_find(core->config, robot);
    struct dw_disc_detail detail = {
        .drive = dw_json_int(event, "drive", 0),
        .reason = or_null(dw_json_text(event, "text")),
        .image = or_null(dw_json_text(event, "image")),
        .label = or_null(dw_json_text(event, "label")),
        .verified_by = config && dw_publisher_delegates(&config->options) ? "robot" : "us",
        .fault = row ? row->id : NULL, /* a word that no table knows would make a row that nobody reads */
        .placed = placed,
    };
    if (on < 0)
        return dw_error_set(err, DW_ERR_INVALID, "the robot asks for an event that does not exist");
    dw_status st = dw_sql_begin(core->sql, err);
    if (st != DW_OK)
        return st;
    st = dw_disc_apply(core, id, (enum dw_disc_event)on, &detail, out_state, err);
    if (st == DW_OK)
        st = dw_health_count(core, robot, event, (enum dw_disc_event)on, err);
    if (st == DW_OK)
        st = on_disc(ctx, id, *out_state, err);
    return dw_sql_end(core->sql, st, err);
}

dw_status dw_robot_store_event(const struct dw_core *core, const char *robot, const json_t *event,
                               dw_robots_disc_fn *on_disc, void *ctx,
                               enum dw_disc_state *out_state, struct dw_error *err)
{
    return store_event(core, robot, event, NULL, on_disc, ctx, out_state, err);
}

dw_status dw_robot_store_answer(const struct dw_core *core, const char *robot, const json_t *event,
                                const char *at, dw_robots_disc_fn *on_disc, void *ctx,
                                struct dw_error *err)
{
    enum dw_disc_state state;
    return store_event(core, robot, event, at, on_disc, ctx, &state, err);
}

dw_status dw_robot_answers_load(const struct dw_core *core, const char *robot, json_t **out,
                                struct dw_error *err)
{
    struct dw_rows rows;
    json_t *list = json_array();
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT id, placed FROM disc WHERE robot = ? AND placed <> '' ORDER BY id",
                                "t", robot);
    if (st == DW_OK) {
        while (dw_rows_next(&rows))
            json_array_append_new(list, json_pack("{s:I, s:s}", "disc", (json_int_t)dw_rows_int(&rows, 0),
                                                  "at", dw_rows_text(&rows, 1)));
        st = dw_rows_done(&rows, err);
    }
    if (st == DW_OK)
        *out = list;
    else
        json_decref(list);
    return st;
}

dw_status dw_robot_answers_noted(const struct dw_core *core, const char *robot, const json_t *discs,
                                 struct dw_error *err)
{
    const json_t *disc;
    size_t i;
    dw_status st = dw_sql_exec(core->sql, err,
                               "UPDATE disc SET placed = '' WHERE robot = ? AND placed <> '' AND state NOT IN"
                               " ('delivered', 'rejected', 'abandoned')",
                               "t", robot);
    json_array_foreach (discs, i, disc) {
        if (st == DW_OK)
            st = dw_sql_exec(core->sql, err, "UPDATE disc SET placed = '' WHERE id = ? AND robot = ?", "it",
                             (int64_t)json_integer_value(disc), robot);
    }
    return st;
}

dw_status dw_robot_store_fault(const struct dw_core *core, const char *robot, const json_t *fault,
                               struct dw_error *err)
{
    const char *sentence = dw_json_text(fault, "sentence");
    dw_log_write(&core->log, DW_LOG_WARNING, "robot=%s fault=%s disc=%lld drive=%lld %s", robot,
                 dw_json_text(fault, "key"), (long long)dw_json_int(fault, "disc", 0),
                 (long long)dw_json_int(fault, "drive", 0), sentence);
    dw_store_event(core->sql, &core->clock, &core->log,
                   (struct dw_event){.level = DW_LOG_WARNING,
                                     .disc = dw_json_int(fault, "disc", 0),
                                     .robot = robot},
                   "%s", sentence);
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO fault(robot, key, sentence, who, action, disc, drive, raised_at)"
                       " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                       " sentence = excluded.sentence, who = excluded.who,"
                       " action = excluded.action, disc = excluded.disc, drive = excluded.drive",
                       "tttttiii", robot, dw_json_text(fault, "key"), sentence,
                       dw_json_text(fault, "who"), dw_json_text(fault, "action"),
                       dw_json_int(fault, "disc", 0), dw_json_int(fault, "drive", 0),
                       dw_core_now_s(core));
}

dw_status dw_robot_clear_fault(const struct dw_core *core, const char *robot, const char *key,
                               struct dw_error *err)
{
    dw_log_write(&core->log, DW_LOG_INFO, "robot=%s fault=%s cleared", robot, key);
    dw_status st = dw_health_cleared(core, robot, key, err);
    if (st != DW_OK)
        return st;
    return dw_sql_exec(
        core->sql, err,
        "UPDATE fault SET cleared_at = ? WHERE robot = ? AND key = ? AND cleared_at = 0", "itt",
        dw_core_now_s(core), robot, key);
}

dw_status dw_robot_clear_faults(const struct dw_core *core, const char *robot, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "UPDATE fault SET cleared_at = ? WHERE robot = ? AND cleared_at = 0", "it",
                       dw_core_now_s(core), robot);
}
