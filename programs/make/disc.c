/* discwright disc: folders of DICOM files become disc images, and a report beside them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "burn/image/stream.h"
#include "layout/offlineargs.h"
#include "programs/command.h"
#include "programs/make/finish.h"
#include "programs/make/progress.h"

struct disc_run {
    struct dw_offline_args args;
    struct dw_offline offline;
    struct progress progress;
    char work[DW_PATH_MAX]; /* beside the target, so that finished images only need a new name */
    char **names;           /* BASE-1.iso ...; NULL where not published yet */
    size_t published;
};

static int usage(FILE *to, int code)
{
    fprintf(to,
            "usage: discwright disc [OPTION]... --out BASE PATH...\n"
            "Make disc images BASE-1.iso, BASE-2.iso ... and a report, BASE.json, of the DICOM files in\n"
            "files and folders.\n%s",
            dw_offline_args_help);
    return code;
}

static dw_status on_progress(void *ctx, const char *stage, uint64_t done, uint64_t total,
                             struct dw_error *err)
{
    return progress_step(ctx, stage, done, total, err);
}

static dw_status on_written(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return progress_step(ctx, "write", done, total, err);
}

static dw_status write_image(struct disc_run *run, size_t i, struct dw_error *err)
{
    char tree_path[DW_PATH_MAX], image[DW_PATH_MAX];
    dw_tree *tree = NULL;
    dw_plan *plan = NULL;
    dw_status st;
    if (!dw_text_format(tree_path, sizeof tree_path, "%s/tree", run->offline.discs.rows[i].dir) ||
        !dw_text_format(image, sizeof image, "%s/%zu.iso", run->work, i + 1))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    st = dw_tree_load(tree_path, &tree, err);
    if (st == DW_OK)
        st = dw_plan_new(tree, run->offline.media, 0, &plan, err);
    if (st == DW_OK)
        st = dw_stream_to_file(plan, image, NULL, on_written, &run->progress, NULL, err);
    dw_plan_free(plan);
    dw_tree_free(tree);
    return st;
}

static dw_status name_images(struct disc_run *run, struct dw_error *err)
{
    size_t count = run->offline.discs.count;
    run->names = calloc(count + 1, sizeof *run->names);
    for (size_t i = 0; run->names && i < count; i++)
        if (asprintf(&run->names[i], "%s-%zu.iso", run->args.out, i + 1) < 0) {
            run->names[i] = NULL;
            break;
        }
    if (!run->names || (count > 0 && !run->names[count - 1]))
        return dw_error_set(err, DW_ERR_INTERNAL, "out of memory for names");
    return DW_OK;
}

/* All images appear together, and only when every one of them is whole. */
static dw_status publish(struct disc_run *run, struct dw_error *err)
{
    char image[DW_PATH_MAX];
    for (size_t i = 0; i < run->offline.discs.count; i++) {
        if (!dw_text_format(image, sizeof image, "%s/%zu.iso", run->work, i + 1))
            return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
        if (rename(image, run->names[i]) != 0)
            return dw_error_set(err, dw_status_from_errno(errno), "publish '%s': %s", run->names[i],
                                strerror(errno));
        run->published++;
    }
    return DW_OK;
}

static dw_status open_work(struct disc_run *run, struct dw_error *err)
{
    if (!dw_text_format(run->work, sizeof run->work, "%s.work-XXXXXX", run->args.out)) {
        run->work[0] = '\0';
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    }
    if (!mkdtemp(run->work)) {
        run->work[0] = '\0';
        return dw_error_set(err, dw_status_from_errno(errno), "write beside '%s': %s", run->args.out,
                            strerror(errno));
    }
    run->args.opts.work = run->work;
    run->args.opts.progress = on_progress;
    run->args.opts.ctx = &run->progress;
    return DW_OK;
}

static dw_status make(struct disc_run *run, struct dw_error *err)
{
    dw_status st = open_work(run, err);
    if (st == DW_OK)
        st = dw_offline_run(&run->args.opts, &run->offline, err);
    for (size_t i = 0; st == DW_OK && i < run->offline.discs.count; i++)
        st = write_image(run, i, err);
    if (st == DW_OK)
        st = name_images(run, err);
    if (st == DW_OK)
        st = publish(run, err);
    if (st == DW_OK)
        st = dw_finish_report(&run->offline, (const char *const *)run->names, run->args.out, err);
    return st == DW_OK && run->offline.held ? dw_offline_held(&run->offline, err) : st;
}

static void print_discs(const struct disc_run *run)
{
    for (size_t i = 0; i < run->offline.discs.count; i++) {
        const struct dw_disc_row *row = &run->offline.discs.rows[i];
        printf("%s  %s  disc %u of %u  %u objects  %.1f MB\n", run->names[i], row->fileset_id, row->n,
               row->of, row->objects, (double)row->size_bytes / 1e6);
    }
}

static void clean_up(struct disc_run *run, bool failed)
{
    struct dw_error err = {0};
    for (size_t i = 0; failed && i < run->published; i++)
        unlink(run->names[i]);
    if (run->work[0] && dw_file_remove_tree(run->work, &err) != DW_OK)
        fprintf(stderr, "discwright: %s\n", err.text);
    for (size_t i = 0; run->names && i < run->offline.discs.count; i++)
        free(run->names[i]);
    free(run->names);
    dw_offline_done(&run->offline);
}

int dw_command_disc(int argc, char **argv)
{
    struct disc_run run = {0};
    struct dw_error err = {0};
    dw_status st = dw_offline_args_read(argc, argv, false, &run.args, &err);
    if (st == DW_OK && run.args.help)
        return usage(stdout, 0);
    int code = dw_status_exit_code(st);
    if (st == DW_OK) {
        progress_begin(&run.progress);
        st = make(&run, &err);
        progress_end(&run.progress);
        code = dw_status_exit_code(st);
    }
    if (st == DW_OK) {
        print_discs(&run);
        code = dw_finish_tell(&run.offline, run.args.out);
    } else {
        fprintf(stderr, "discwright: %s\n", err.text);
        if (run.offline.held)
            fprintf(stderr, "discwright: '%s.json' names them\n", run.args.out);
    }
    clean_up(&run, st != DW_OK);
    return code;
}
