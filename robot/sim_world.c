#include "robot/sim_world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"

/* A stdio: drive would take any amount, so the table of blanks says it. */
uint64_t dw_sim_media_bytes(const char *media)
{
    const struct dw_blank *blank = dw_blank_find(media);
    return blank ? dw_blank_capacity_bytes(blank) : 0;
}

dw_status dw_sim_world_new(struct dw_sim_world *world, const struct dw_robot_options *options,
                           struct dw_error *err)
{
    *world = (struct dw_sim_world){.next_serial = 1, .drives = (int)options->drives};
    world->output.capacity = (int)options->output_capacity;
    world->reject.capacity = (int)options->reject_capacity;
    world->ink_left = options->ink_prints;
    struct dw_robot_bins bins;
    dw_status st = dw_robot_bins_read(options->bins, &bins, err);
    if (st != DW_OK)
        return st;
    for (int i = 0; i < bins.count; i++) {
        struct dw_bin_sensed *bin = &world->bin[world->bins++];
        dw_text_cut(bin->media, sizeof bin->media, bins.blank[i]->name);
        bin->capacity = (int)options->bin_capacity;
        bin->discs =
            options->initial_discs < bin->capacity ? (int)options->initial_discs : bin->capacity;
    }
    return dw_sim_plan_add(&world->plan, options->faults, err);
}

static json_t *disc_to_json(const struct dw_sim_disc *disc)
{
    return json_pack("{s:I, s:I, s:s, s:b}", "serial", (json_int_t)disc->serial, "row",
                     (json_int_t)disc->row, "media", disc->media, "printed", (int)disc->printed);
}

static json_t *discs_to_json(const struct dw_sim_disc *discs, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(list, disc_to_json(&discs[i]));
    return list;
}

dw_status dw_sim_world_save(const struct dw_sim_world *world, const char *path,
                            const struct dw_disk *disk, struct dw_error *err)
{
    struct dw_buf plan = {0};
    json_t *bins = json_array();
    for (int i = 0; i < world->bins; i++)
        json_array_append_new(bins, json_pack("{s:s, s:i}", "media", world->bin[i].media, "discs",
                                              world->bin[i].discs));
    dw_sim_plan_text(&world->plan, &plan);
    json_t *json =
        json_pack("{s:i, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:I, s:s}", "version", 1,
                  "next_serial", (json_int_t)world->next_serial, "bins", bins, "arm",
                  disc_to_json(&world->arm), "second", disc_to_json(&world->second), "floor",
                  disc_to_json(&world->floor), "drives", discs_to_json(world->drive, world->drives),
                  "in_printer", disc_to_json(&world->in_printer), "printer", (int)world->printer,
                  "output", discs_to_json(world->output.disc, world->output.count), "reject",
                  discs_to_json(world->reject.disc, world->reject.count), "ink_left",
                  (json_int_t)world->ink_left, "plan", plan.data ? plan.data : "");
    char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    dw_status st = text ? dw_file_save(disk, path, text, strlen(text), err)
                        : dw_error_set(err, DW_ERR_INTERNAL, "out of memory");
    free(text);
    json_decref(json);
    dw_buf_done(&plan);
    return st;
}

static void disc_from_json(const json_t *json, struct dw_sim_disc *out)
{
    out->serial = dw_json_int(json, "serial", 0);
    out->row = dw_json_int(json, "row", 0);
    if (!dw_text_copy(out->media, sizeof out->media, dw_json_text(json, "media")))
        out->media[0] = 0;
    out->printed = json_is_true(json_object_get(json, "printed"));
}

static dw_status pile_from_json(const json_t *list, struct dw_sim_pile *out, struct dw_error *err)
{
    if (json_array_size(list) > DW_BIN_DISCS_MAX)
        return dw_error_set(err, DW_ERR_LIMIT, "a bin holds at most %d discs", DW_BIN_DISCS_MAX);
    out->count = (int)json_array_size(list);
    for (int i = 0; i < out->count; i++)
        disc_from_json(json_array_get(list, (size_t)i), &out->disc[i]);
    return DW_OK;
}

static dw_status world_from_json(struct dw_sim_world *world, const json_t *json,
                                 struct dw_error *err)
{
    const json_t *bins = json_object_get(json, "bins"), *drives = json_object_get(json, "drives");
    if (dw_json_int(json, "version", 0) != 1)
        return dw_error_set(err, DW_ERR_UNSUPPORTED, "written by another version");
    world->next_serial = dw_json_int(json, "next_serial", 1);
    for (int i = 0; i < world->bins && i < (int)json_array_size(bins); i++) {
        const json_t *bin = json_array_get(bins, (size_t)i);
        int64_t discs = dw_json_int(bin, "discs", 0);
        world->bin[i].discs = discs < 0                        ? 0
                              : discs > world->bin[i].capacity ? world->bin[i].capacity
                                                               : (int)discs;
        if (dw_sim_media_bytes(dw_json_text(bin, "media")) == 0 ||
            !dw_text_copy(world->bin[i].media, sizeof world->bin[i].media,
                          dw_json_text(bin, "media")))
            return dw_error_set(err, DW_ERR_CORRUPT, "bin %d has no medium", i + 1);
    }
    for (size_t i = 0; i < json_array_size(drives); i++) {
        struct dw_sim_disc disc = {0};
        disc_from_json(json_array_get(drives, i), &disc);
        if (i < (size_t)world->drives)
            world->drive[i] = disc;
        else if (disc.serial)
            return dw_error_set(err, DW_ERR_CONFLICT, "drive %zu was removed but holds a disc",
                                i + 1);
    }
    disc_from_json(json_object_get(json, "arm"), &world->arm);
    disc_from_json(json_object_get(json, "second"), &world->second);
    disc_from_json(json_object_get(json, "floor"), &world->floor);
    disc_from_json(json_object_get(json, "in_printer"), &world->in_printer);
    int64_t printer = dw_json_int(json, "printer", DW_PRINTER_IDLE);
    world->printer = printer < DW_PRINTER_IDLE || printer > DW_PRINTER_FAILED
                         ? DW_PRINTER_IDLE
                         : (enum dw_printer_state)printer;
    world->ink_left = dw_json_int(json, "ink_left", 0);
    world->plan.count = 0;
    dw_status st = dw_sim_plan_add(&world->plan, dw_json_text(json, "plan"), err);
    if (st == DW_OK)
        st = pile_from_json(json_object_get(json, "output"), &world->output, err);
    if (st == DW_OK)
        st = pile_from_json(json_object_get(json, "reject"), &world->reject, err);
    return st;
}

dw_status dw_sim_world_load(struct dw_sim_world *world, const char *path, struct dw_error *err)
{
    struct dw_buf text = {0};
    json_error_t where;
    json_t *json = NULL;
    if (access(path, F_OK) != 0)
        return dw_error_set(err, DW_ERR_NOT_FOUND, "no '%s' yet", path);
    dw_status st = dw_file_read_all(path, DW_SMALL_FILE_MAX, &text, err);
    if (st != DW_OK)
        goto out;
    json = json_loadb(text.data ? text.data : "", text.size, 0, &where);
    if (!json_is_object(json)) {
        st = dw_error_set(err, DW_ERR_CORRUPT, "not JSON");
        goto out;
    }
    st = world_from_json(world, json, err);
out:
    if (st != DW_OK)
        dw_error_prefix(err, st, "%s", path);
    json_decref(json);
    dw_buf_done(&text);
    return st;
}
