#include "daemon/jobs/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/intake/object.h"
#include "daemon/jobs/judge.h"
#include "dicom/uid.h"

dw_status dw_select_freeze(const struct dw_core *core, int64_t job, bool *out_any,
                           struct dw_error *err)
{
    int64_t any = 0;
    dw_status st = dw_sql_exec(core->sql, err,
                               "UPDATE job_study SET to_arrival = (SELECT arrivals FROM study WHERE"
                               " id = job_study.study) WHERE job = ?",
                               "i", job);
    if (st == DW_OK)
        st = dw_sql_int(core->sql, 0, &any, err, "SELECT 1" DW_OBJECTS_OF_JOB " LIMIT 1", "i", job);
    *out_any = any != 0;
    return st;
}

struct items {
    struct dw_batch_item *data;
    size_t count, cap;
};

static dw_status add(struct items *items, int64_t number, int64_t frame, struct dw_error *err)
{
    if (items->count == items->cap) {
        size_t cap = items->cap ? items->cap * 2 : 256;
        struct dw_batch_item *grown = NULL;
        if (cap <= 2 * (size_t)DW_TREE_ENTRIES_MAX)
            grown = realloc(items->data, cap * sizeof *grown);
        if (!grown)
            return dw_error_set(err, DW_ERR_LIMIT, "the job has more than %d objects to prepare",
                                DW_TREE_ENTRIES_MAX);
        items->data = grown;
        items->cap = cap;
    }
    items->data[items->count++] = (struct dw_batch_item){.number = number, .frame = frame};
    return DW_OK;
}

static dw_status finish(dw_status st, struct items *items, struct dw_batch_item **out_items,
                        size_t *out_count)
{
    if (st != DW_OK) {
        free(items->data);
        return st;
    }
    *out_items = items->data;
    *out_count = items->count;
    return DW_OK;
}

/* What is judged of a row: two columns where they decide, else all that is known of the object. */
static dw_status read_object(const struct dw_job_judge *judge, const struct dw_rows *rows,
                             struct dw_object *out, struct dw_error *err)
{
    if (judge->needs_detail)
        return dw_object_detail_read(dw_rows_text(rows, 3), out, err);
    dw_object_init(out);
    dw_text_cut(out->sop_class, sizeof out->sop_class, dw_rows_text(rows, 1));
    dw_text_cut(out->transfer_syntax, sizeof out->transfer_syntax, dw_rows_text(rows, 2));
    return DW_OK;
}

static dw_status add_conversion(const struct dw_job_judge *judge, const struct dw_rows *rows,
                                struct items *items, const char **target, struct dw_error *err)
{
    struct dw_object object;
    struct dw_conversion conversion;
    int64_t number = dw_rows_int(rows, 0);
    dw_status st = read_object(judge, rows, &object, err);
    if (st == DW_OK)
        st = dw_job_judge_object(judge, number, &object, &conversion, err);
    if (st != DW_OK)
        return dw_error_prefix(err, st, "object %lld", (long long)number);
    if (!conversion.target || conversion.state != DW_DERIVED_NONE)
        return DW_OK;
    if (!*target)
        *target = conversion.target;
    return strcmp(*target, conversion.target) == 0 ? add(items, number, 0, err) : DW_OK;
}

dw_status dw_select_conversions(const struct dw_job_judge *judge, const struct dw_job *job,
                                const char **out_target,
                                struct dw_batch_item **out_items, size_t *out_count,
                                struct dw_error *err)
{
    struct items items = {0};
    struct dw_rows rows;

    *out_target = NULL;
    dw_status st = dw_sql_query(judge->core->sql, &rows, err,
                                "SELECT number, sop_class, transfer_syntax, detail" DW_OBJECTS_OF_JOB
                                " ORDER BY number",
                                "i", job->id);
    if (st != DW_OK)
        return st;
    dw_status added = DW_OK;
    while (added == DW_OK && dw_rows_next(&rows))
        added = add_conversion(judge, &rows, &items, out_target, err);
    st = dw_rows_done(&rows, added == DW_OK ? err : NULL);
    return finish(added != DW_OK ? added : st, &items, out_items, out_count);
}

/* Of `count` things, are these `want` evenly spread ones with number i (from 0) among them? The first of
 * each of `want` equal parts, moved to its middle. */
static bool is_chosen(int64_t i, int64_t count, int64_t want)
{
    if (want >= count)
        return true;
    /* i is chosen when some k in [0, want) has floor((2k + 1) * count / (2 * want)) == i. */
    int64_t k = (2 * want * i + want) / (2 * count);
    for (int64_t c = k > 0 ? k - 1 : 0; c <= k + 1 && c < want; c++)
        if ((2 * c + 1) * count / (2 * want) == i)
            return true;
    return false;
}

static bool can_be_seen(const char *sop_class, const char *transfer_syntax)
{
    const struct dw_sop_class *known = dw_sop_class_find(sop_class);
    const struct dw_transfer_syntax *syntax = dw_transfer_syntax_find(transfer_syntax);
    return known && known->is_image && syntax && (syntax->decodable || !syntax->encapsulated);
}

/* Frames count from 1, as on the pages. Their number is what the object claims: it costs no time. */
static dw_status add_frames(struct items *items, int64_t number, int64_t frames, int64_t room,
                            struct dw_error *err)
{
    int64_t want = frames < room ? frames : room;
    dw_status st = DW_OK;
    for (int64_t k = 0; k < want && st == DW_OK; k++)
        st = add(items, number, (2 * k + 1) * frames / (2 * want) + 1, err);
    return st;
}

static dw_status drop_known(const struct dw_core *core, struct items *items, struct dw_error *err)
{
    size_t kept = 0;
    char kind[40];
    for (size_t i = 0; i < items->count; i++) {
        int64_t known = 0;
        if (!dw_text_format(kind, sizeof kind, "preview-%lld.jpg",
                            (long long)items->data[i].frame))
            return dw_error_set(err, DW_ERR_INTERNAL, "a name does not fit");
        dw_status st = dw_sql_int(core->sql, 0, &known, err,
                                  "SELECT 1 FROM derived WHERE number = ? AND kind = ?", "it",
                                  items->data[i].number, kind);
        if (st != DW_OK)
            return st;
        if (!known)
            items->data[kept++] = items->data[i];
    }
    items->count = kept;
    return DW_OK;
}

dw_status dw_select_previews(const struct dw_core *core, const struct dw_job *job,
                             struct dw_batch_item **out_items, size_t *out_count,
                             struct dw_error *err)
{
    struct items items = {0};
    struct dw_rows rows;
    int64_t want = core->config->jobs.previews_per_series;

    dw_status st = dw_sql_query(
        core->sql, &rows, err,
        "SELECT number, sop_class, transfer_syntax, frames,"
        " row_number() OVER (PARTITION BY o.study, series_uid ORDER BY instance_number, number) - 1,"
        " count(*) OVER (PARTITION BY o.study, series_uid)" DW_OBJECTS_OF_JOB,
        "i", job->id);
    if (st != DW_OK)
        return st;
    dw_status added = DW_OK;
    while (want > 0 && added == DW_OK && dw_rows_next(&rows)) {
        int64_t count = dw_rows_int(&rows, 5);
        /* The frames of multi-frame objects share what room the series has, as in `discwright disc`. */
        if (is_chosen(dw_rows_int(&rows, 4), count, want) &&
            can_be_seen(dw_rows_text(&rows, 1), dw_rows_text(&rows, 2)))
            added = add_frames(&items, dw_rows_int(&rows, 0), dw_rows_int(&rows, 3),
                               count < want ? want / count : 1, err);
    }
    st = dw_rows_done(&rows, added == DW_OK ? err : NULL);
    if (added != DW_OK)
        st = added;
    if (st == DW_OK)
        st = drop_known(core, &items, err);
    return finish(st, &items, out_items, out_count);
}

dw_status dw_select_icons(const struct dw_core *core, const struct dw_job *job,
                          const char *kind, struct dw_batch_item **out_items, size_t *out_count,
                          struct dw_error *err)
{
    struct items items = {0};
    struct dw_rows rows;
    dw_status st = dw_sql_query(core->sql, &rows, err,
                                "SELECT number, sop_class, transfer_syntax" DW_OBJECTS_OF_JOB
                                " AND NOT EXISTS (SELECT 1 FROM derived d WHERE"
                                " d.number = o.number AND d.kind = ?2) ORDER BY number",
                                "it", job->id, kind);
    if (st != DW_OK)
        return st;
    dw_status added = DW_OK;
    while (added == DW_OK && dw_rows_next(&rows))
        if (can_be_seen(dw_rows_text(&rows, 1), dw_rows_text(&rows, 2)))
            added = add(&items, dw_rows_int(&rows, 0), 0, err);
    st = dw_rows_done(&rows, added == DW_OK ? err : NULL);
    return finish(added != DW_OK ? added : st, &items, out_items, out_count);
}

dw_status dw_select_note_quarantined(const struct dw_core *core, int64_t job, struct dw_error *err)
{
    return dw_sql_exec(core->sql, err,
                       "INSERT INTO job_note(job, kind, number, text)"
                       " SELECT ?1, 'quarantined', number, reason FROM object WHERE"
                       " state = 'quarantined' AND study_uid IN (SELECT study_uid FROM study WHERE"
                       " id IN (SELECT study FROM job_study WHERE job = ?1))"
                       " ON CONFLICT DO NOTHING",
                       "i", job);
}
