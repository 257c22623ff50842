/* discwright fileset: the same discs as folders, without images. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "layout/offlineargs.h"
#include "layout/unpack.h"
#include "programs/command.h"
#include "programs/make/finish.h"
#include "programs/make/progress.h"

struct fileset_run {
    struct dw_offline_args args;
    struct dw_offline offline;
    struct progress progress;
    char out[DW_PATH_MAX];  /* without slashes at its end */
    char work[DW_PATH_MAX]; /* beside it */
    char made[DW_PATH_MAX]; /* in work: becomes out */
};

static int usage(FILE *to, int code)
{
    fprintf(to,
            "usage: discwright fileset [OPTION]... --out DIR PATH...\n"
            "Make the content of a disc as the folder DIR, or of several as DIR/1, DIR/2 ..., and a\n"
            "report, DIR.json. DIR must be empty or absent.\n"
            "  --link                  hard links to the files instead of copies, where that is possible\n%s",
            dw_offline_args_help);
    return code;
}

static dw_status on_progress(void *ctx, const char *stage, uint64_t done, uint64_t total,
                             struct dw_error *err)
{
    return progress_step(ctx, stage, done, total, err);
}

static dw_status on_copied(void *ctx, uint64_t done, uint64_t total, struct dw_error *err)
{
    return progress_step(ctx, "copy", done, total, err);
}

static dw_status check_target(const char *path, struct dw_error *err)
{
    DIR *dir = opendir(path);
    if (!dir && errno == ENOENT)
        return DW_OK;
    if (!dir)
        return dw_error_set(err, dw_status_from_errno(errno), "'%s': %s", path, strerror(errno));
    struct dirent *entry;
    bool empty = true;
    while (empty && (entry = readdir(dir)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty ? DW_OK : dw_error_set(err, DW_ERR_CONFLICT, "'%s' is not empty", path);
}

static dw_status open_work(struct fileset_run *run, struct dw_error *err)
{
    if (!dw_text_copy(run->out, sizeof run->out, run->args.out))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    for (size_t n = strlen(run->out); n > 1 && run->out[n - 1] == '/'; n--)
        run->out[n - 1] = '\0';
    dw_status st = check_target(run->out, err);
    if (st != DW_OK)
        return st;
    if (!dw_text_format(run->work, sizeof run->work, "%s.work-XXXXXX", run->out)) {
        run->work[0] = '\0';
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    }
    if (!mkdtemp(run->work)) {
        run->work[0] = '\0';
        return dw_error_set(err, dw_status_from_errno(errno), "write beside '%s': %s", run->out,
                            strerror(errno));
    }
    run->args.opts.work = run->work;
    run->args.opts.progress = on_progress;
    run->args.opts.ctx = &run->progress;
    if (!dw_text_format(run->made, sizeof run->made, "%s/made", run->work))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    return mkdir(run->made, 0755) == 0
               ? DW_OK
               : dw_error_set(err, dw_status_from_errno(errno), "make folder '%s': %s", run->made,
                              strerror(errno));
}

static dw_status copy_volume(struct fileset_run *run, size_t i, struct dw_error *err)
{
    char tree_path[DW_PATH_MAX], folder[DW_PATH_MAX];
    dw_tree *tree;
    bool single = run->offline.discs.count == 1;
    bool fits = single ? dw_text_copy(folder, sizeof folder, run->made)
                       : dw_text_format(folder, sizeof folder, "%s/%zu", run->made, i + 1);
    if (!fits ||
        !dw_text_format(tree_path, sizeof tree_path, "%s/tree", run->offline.discs.rows[i].dir))
        return dw_error_set(err, DW_ERR_LIMIT, "the path of the target is too long");
    dw_status st = dw_tree_load(tree_path, &tree, err);
    if (st != DW_OK)
        return st;
    st = dw_unpack_tree(tree, folder, run->args.link ? run->work : NULL, on_copied, &run->progress, err);
    dw_tree_free(tree);
    return st;
}

static dw_status save_report(struct fileset_run *run, struct dw_error *err)
{
    size_t count = run->offline.discs.count;
    char **names = calloc(count + 1, sizeof *names);
    bool ok = names != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        int n = count == 1 ? asprintf(&names[i], "%s", run->out)
                           : asprintf(&names[i], "%s/%zu", run->out, i + 1);
        if (n < 0) {
            names[i] = NULL;
            ok = false;
        }
    }
    dw_status st = ok ? dw_finish_report(&run->offline, (const char *const *)names, run->out, err)
                      : dw_error_set(err, DW_ERR_INTERNAL, "out of memory for names");
    for (size_t i = 0; names && i < count; i++)
        free(names[i]);
    free(names);
    return st;
}

/* The folder appears whole: rename takes the place of an empty one. */
static dw_status publish(struct fileset_run *run, struct dw_error *err)
{
    int fd = open(run->made, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) != 0 || rename(run->made, run->out) != 0) {
        dw_status st = dw_error_set(err, dw_status_from_errno(errno), "publish '%s': %s", run->out,
                                    strerror(errno));
        if (fd >= 0)
            close(fd);
        return st;
    }
    close(fd);
    return save_report(run, err);
}

static dw_status make(struct fileset_run *run, struct dw_error *err)
{
    dw_status st = open_work(run, err);
    if (st == DW_OK)
        st = dw_offline_run(&run->args.opts, &run->offline, err);
    for (size_t i = 0; st == DW_OK && i < run->offline.discs.count; i++)
        st = copy_volume(run, i, err);
    if (st == DW_OK && run->offline.held) {
        st = save_report(run, err);
        return st == DW_OK ? dw_offline_held(&run->offline, err) : st;
    }
    return st == DW_OK ? publish(run, err) : st;
}

int dw_command_fileset(int argc, char **argv)
{
    struct fileset_run run = {0};
    struct dw_error err = {0}, clean_err = {0};
    dw_status st = dw_offline_args_read(argc, argv, true, &run.args, &err);
    if (st == DW_OK && run.args.help)
        return usage(stdout, 0);
    if (st == DW_OK) {
        progress_begin(&run.progress);
        st = make(&run, &err);
        progress_end(&run.progress);
    }
    int code = dw_status_exit_code(st);
    if (st == DW_OK) {
        printf("%s  %zu disc%s\n", run.out, run.offline.discs.count,
               run.offline.discs.count == 1 ? "" : "s");
        code = dw_finish_tell(&run.offline, run.out);
    } else {
        fprintf(stderr, "discwright: %s\n", err.text);
        if (run.offline.held)
            fprintf(stderr, "discwright: '%s.json' names them\n", run.out);
    }
    if (run.work[0] && dw_file_remove_tree(run.work, &clean_err) != DW_OK)
        fprintf(stderr, "discwright: %s\n", clean_err.text);
    dw_offline_done(&run.offline);
    return code;
}
