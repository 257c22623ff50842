/** A made-up machine: the files in which kernel and udev tell of its drives, below a folder of its
 * own. */
#ifndef DW_TESTS_MACHINE_FIXTURE_H
#define DW_TESTS_MACHINE_FIXTURE_H
#include "base/file.h"
#include "base/text.h"
#include "test.h"

struct machine_house {
    char root[64];
};

static inline void machine_file(const struct machine_house *m, const char *path, const char *text)
{
    char name[512];
    struct dw_error err = {0};
    snprintf(name, sizeof name, "%s%s", m->root, path);
    *strrchr(name, '/') = '\0';
    CHECK_OK(dw_file_make_dirs(name, &err), err);
    snprintf(name, sizeof name, "%s%s", m->root, path);
    FILE *out = fopen(name, "w");
    CHECK(out != NULL);
    if (!out)
        return;
    fputs(text, out);
    fclose(out);
}

/** udev: lines of its database; NULL: it has not looked at the drive. */
static inline void machine_drive(const struct machine_house *m, int n, const char *udev)
{
    char path[128], text[32];
    snprintf(path, sizeof path, "/dev/sr%d", n);
    machine_file(m, path, "");
    snprintf(path, sizeof path, "/sys/class/block/sr%d/dev", n);
    snprintf(text, sizeof text, "11:%d\n", n);
    machine_file(m, path, text);
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/vendor", n);
    machine_file(m, path, "HL-DT-ST\n");
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/model", n);
    machine_file(m, path, "BD-RE BH16NS55  \n");
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/rev", n);
    machine_file(m, path, "1.02\n");
    snprintf(path, sizeof path, "/run/udev/data/b11:%d", n);
    if (udev)
        machine_file(m, path, udev);
}

static inline void machine_unplug(const struct machine_house *m, int n)
{
    char path[160];
    struct dw_error err = {0};
    snprintf(path, sizeof path, "%s/sys/class/block/sr%d", m->root, n);
    CHECK_OK(dw_file_remove_tree(path, &err), err);
    snprintf(path, sizeof path, "%s/run/udev/data/b11:%d", m->root, n);
    unlink(path);
    snprintf(path, sizeof path, "%s/dev/sr%d", m->root, n);
    unlink(path);
}

static inline void machine_done(const struct machine_house *m)
{
    struct dw_error err = {0};
    CHECK_OK(dw_file_remove_tree(m->root, &err), err);
}

#endif
