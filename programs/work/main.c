/* discwright-work TASK: one task, then the end. What crashes here costs one task. The same main() makes
 * discwright-work-check, which has one task and few libraries (dw_tasks). */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "dicom/classes.h"
#include "programs/work/sandbox.h"
#include "programs/work/task.h"

static int usage(FILE *to, int code)
{
    fputs("usage: discwright-work TASK\n"
          "One task for discwright, which starts this program itself and talks to it on\n"
          "descriptor 3 (docs/messages.md). Tasks:",
          to);
    for (size_t i = 0; dw_tasks[i].name; i++)
        fprintf(to, " %s", dw_tasks[i].name);
    fputs("\n", to);
    return code;
}

static dw_status run(size_t i, dw_channel *channel, const json_t *task, struct dw_error *err)
{
    json_t *result = json_object();
    dw_classes *classes = NULL;
    dw_status st = strcmp(dw_json_text(task, "task"), dw_tasks[i].name) == 0
                       ? dw_classes_use_environment(&classes, err)
                       : dw_error_set(err, DW_ERR_INVALID, "started for another task");
    if (st == DW_OK)
        st = dw_sandbox_enter(dw_tasks[i].needs_device, err);
    if (st == DW_OK)
        st = dw_tasks[i].run(channel, task, result, err);
    dw_classes_use(NULL);
    dw_classes_free(classes);
    json_t *end = dw_json_from_error("result", st, err);
    json_object_update_missing(end, result);
    json_decref(result);
    struct dw_error send_err = {0};
    if (dw_channel_send(channel, end, NULL, 0, NULL, 0, 10000, &send_err) != DW_OK) {
        /* A result too large to send must still end as a failure with a sentence. */
        end = dw_json_from_error("result", send_err.code, &send_err);
        if (dw_channel_send(channel, end, NULL, 0, NULL, 0, 10000, NULL) != DW_OK)
            return DW_ERR_GONE;
        return send_err.code;
    }
    return st;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    size_t i = 0;
    while (argc == 2 && dw_tasks[i].name && strcmp(dw_tasks[i].name, argv[1]) != 0)
        i++;
    if (argc != 2 || !dw_tasks[i].name)
        return usage(stderr, 2);

    struct dw_error err = {0};
    dw_channel *channel = NULL;
    json_t *task = NULL;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is a failed write with a sentence, not our end */
    dw_status st = dw_task_open(&channel, &task, &err);
    if (st != DW_OK) {
        fprintf(stderr, "discwright-work: %s\n", err.text);
        return dw_status_exit_code(st);
    }
    st = run(i, channel, task, &err);
    json_decref(task);
    dw_channel_free(channel);
    return dw_status_exit_code(st);
}
