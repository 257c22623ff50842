#include "daemon/jobs/robot_orders.h"

#include <inttypes.h>
#include <stdio.h>

#define DISC_DUE "(" DW_JOB_DUE " + (d.copy - 1) * ?)"

static bool is_told(const json_t *told, int64_t disc)
{
    char key[24];
    snprintf(key, sizeof key, "%" PRId64, disc);
    return json_object_get(told, key) != NULL;
}

dw_status dw_robot_orders_next(const struct dw_core *core, const char *robot, const json_t *told,
                               int64_t *out, size_t max, size_t *out_count, struct dw_error *err)
{
    struct dw_rows rows;
    size_t room = json_object_size(told) < DW_ORDERS_TOLD_MAX
                      ? DW_ORDERS_TOLD_MAX - json_object_size(told)
                      : 0;
    *out_count = 0;
    /* What is in the machine comes first; what was never loaded waits while its job is held. */
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT d.id FROM disc d JOIN job j ON j.id = d.job WHERE d.robot = ?"
                                " AND d.state NOT IN ('delivered', 'rejected', 'abandoned')"
                                " AND (d.state <> 'reserved' OR j.state = 'active')"
                                " ORDER BY d.state = 'reserved', " DISC_DUE ", d.id LIMIT ?",
                                "tii", robot, (int64_t)DW_COPY_S, (int64_t)DW_ORDERS_TOLD_USUALLY);
    if (st != DW_OK)
        return st;
    while (*out_count < max && *out_count < room && dw_rows_next(&rows)) {
        int64_t disc = dw_rows_int(&rows, 0);
        if (!is_told(told, disc))
            out[(*out_count)++] = disc;
    }
    return dw_rows_done(&rows, err);
}

dw_status dw_robot_orders_rank(const struct dw_core *core, int64_t disc, json_t *order,
                               struct dw_error *err)
{
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT -" DISC_DUE ", " DW_JOB_RANK ", (SELECT count(*) FROM disc o"
                                " WHERE o.job = d.job AND o.copy = d.copy AND o.state = 'delivered')"
                                " FROM disc d JOIN job j ON j.id = d.job WHERE d.id = ?",
                                "ii", (int64_t)DW_COPY_S, disc);
    if (st != DW_OK)
        return st;
    if (dw_rows_next(&rows)) {
        json_object_set_new(order, "priority", json_integer(dw_rows_int(&rows, 0)));
        json_object_set_new(order, "band", json_integer(dw_rows_int(&rows, 1)));
        json_object_set_new(order, "set_out", json_integer(dw_rows_int(&rows, 2)));
    }
    return dw_rows_done(&rows, err);
}
