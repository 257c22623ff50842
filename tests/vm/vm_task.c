/* vm_task TASK.json [CANCEL-AT-PERCENT]: one work task of discwright, its messages as lines, for a machine without
 * Python.
 * vm_task --open-tray DRIVE: what a person or a robot does then. vm_task --first-words DRIVE BLOCK...: of each block. vm_task --look DRIVE: as a robot sees it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "burn/drive/readback.h"
#include "burn/drive/sensor.h"
#include "burn/drive/tray.h"

struct listening {
    long cancel_percent; /* -1: never */
};

static dw_status on_message(void *ctx, const struct dw_message *msg, struct dw_error *err)
{
    struct listening *listening = ctx;
    json_int_t done = dw_json_int(msg->head, "done", 0), total = dw_json_int(msg->head, "total", 1);
    json_int_t percent = total > 0 ? done * 100 / total : 0;
    char *text = json_dumps(msg->head, JSON_COMPACT | JSON_SORT_KEYS);
    printf("%s\n", text ? text : "?");
    fflush(stdout);
    free(text);
    if (listening->cancel_percent >= 0 && percent >= listening->cancel_percent)
        return dw_error_set(err, DW_ERR_CANCELLED, "cancelled at %lld percent", (long long)percent);
    return DW_OK;
}

static int first_words(int argc, char **argv)
{
    uint8_t block[DW_BLOCK_SIZE];
    struct dw_blocks blocks = {0};
    struct dw_error err = {0};
    dw_status st = dw_readback_open(argv[2], &blocks, &err);
    for (int i = 3; st == DW_OK && i < argc; i++) {
        st = blocks.read(blocks.ctx, (uint32_t)strtoul(argv[i], NULL, 10), 1, block, &err);
        if (st == DW_OK)
            printf("word %u\n", (unsigned)block[0] << 24 | block[1] << 16 | block[2] << 8 | block[3]);
    }
    dw_readback_close(&blocks);
    printf("read: %s %s\n", dw_status_name(st), err.text);
    return st == DW_OK ? 0 : 1;
}

/* As a robot sees the disc before it takes the drive. */
static int look(const char *address)
{
    static const char *const states[] = {"unknown", "open", "empty", "busy", "blank", "written", "strange"};
    struct dw_error err = {0};
    struct dw_seen seen = {0};
    dw_status st = dw_sensor_look(address, &seen, &err);
    printf("seen: %s %s %s\n", dw_status_name(st), st == DW_OK ? states[seen.state] : err.text,
           seen.blank ? seen.blank->name : "");
    return 0;
}

int main(int argc, char **argv)
{
    struct listening listening = {.cancel_percent = argc > 2 ? strtol(argv[2], NULL, 10) : -1};
    struct dw_error err = {0};
    json_error_t why;
    json_t *result = NULL, *task = argc > 1 ? json_load_file(argv[1], 0, &why) : NULL;
    if (argc == 3 && strcmp(argv[1], "--open-tray") == 0) {
        dw_status moved = dw_tray_open(argv[2], &err);
        printf("tray: %s %s\n", dw_status_name(moved), err.text);
        return moved == DW_OK ? 0 : 1;
    }
    if (argc > 3 && strcmp(argv[1], "--first-words") == 0)
        return first_words(argc, argv);
    if (argc == 3 && strcmp(argv[1], "--look") == 0)
        return look(argv[2]);
    if (!task) {
        fputs("usage: vm_task TASK.json [CANCEL-AT-PERCENT]\n", stderr);
        return 2;
    }
    dw_status st = dw_task_run(NULL, task, on_message, &listening, &result, &err);
    json_t *end = json_pack("{s:s, s:s, s:o*}", "status", dw_status_name(st), "text", err.text,
                            "result", result);
    char *text = end ? json_dumps(end, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    printf("%s\n", text ? text : "?");
    free(text);
    json_decref(end);
    return st == DW_OK ? 0 : 1;
}
