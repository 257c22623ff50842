/* The drives of a made-up machine: a tree as kernel and udev keep it. */
#include "burn/drive/drives.h"

#include "base/file.h"
#include "base/text.h"
#include "test.h"

struct machine {
    char root[64];
};

static void file(const char *root, const char *path, const char *text)
{
    char name[512];
    struct dw_error err = {0};
    snprintf(name, sizeof name, "%s%s", root, path);
    *strrchr(name, '/') = '\0';
    CHECK_OK(dw_file_make_dirs(name, &err), err);
    snprintf(name, sizeof name, "%s%s", root, path);
    FILE *out = fopen(name, "w");
    CHECK(out != NULL);
    fputs(text, out);
    fclose(out);
}

static void drive(struct machine *m, int n, const char *udev)
{
    char path[128], text[32];
    snprintf(path, sizeof path, "/sys/class/block/sr%d/dev", n);
    snprintf(text, sizeof text, "11:%d\n", n);
    file(m->root, path, text);
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/vendor", n);
    file(m->root, path, "HL-DT-ST\n");
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/model", n);
    file(m->root, path, "BD-RE BH16NS55  \n");
    snprintf(path, sizeof path, "/sys/class/block/sr%d/device/rev", n);
    file(m->root, path, "1.02\n");
    if (!udev)
        return;
    snprintf(path, sizeof path, "/run/udev/data/b11:%d", n);
    file(m->root, path, udev);
}

static void done(struct machine *m)
{
    struct dw_error err = {0};
    CHECK_OK(dw_file_remove_tree(m->root, &err), err);
}

static struct dw_drives list(struct machine *m)
{
    struct dw_error err = {0};
    struct dw_drives drives = {.count = 99};
    CHECK_OK(dw_drives_list(m->root, &drives, &err), err);
    return drives;
}

static const char *address(const struct dw_drives *drives, size_t i)
{
    static char out[256];
    dw_drives_address(drives, i, out, sizeof out);
    return out;
}

static const char *identity(const struct dw_drives *drives, size_t i)
{
    static char out[DW_DRIVE_SERIAL_MAX];
    dw_drives_identity(drives, i, out);
    return out;
}

static const char *resolve(struct machine *m, const char *what, dw_status want)
{
    static char out[256];
    struct dw_error err = {0};
    out[0] = '\0';
    CHECK_INT(dw_drives_resolve(m->root, what, out, sizeof out, &err), want);
    if (want != DW_OK)
        dw_text_cut(out, sizeof out, err.text);
    return out;
}

static void a_drive_is_described_by_kernel_and_udev(void)
{
    struct machine m;
    test_folder(m.root);
    drive(&m, 1, "S:disk/by-id/x\nI:1234\nE:ID_SERIAL=ASUS_DRW_K1\nE:ID_PATH=pci-0000:00:14.0-usb-0:2:1.0-scsi-0:0:0:0\nG:systemd\n");
    drive(&m, 0, "E:DISCWRIGHT_SERIAL=OURS_K0\nE:ID_SERIAL=UDEVS_K0\nE:ID_SERIAL_SHORT=K0\nE:ID_PATH=pci-0000:00:17.0-ata-2\n");
    file(m.root, "/sys/class/block/sda/dev", "8:0\n");
    struct dw_drives drives = list(&m);
    CHECK_INT(drives.count, 2);
    CHECK_STR(drives.drive[0].device, "/dev/sr0");
    CHECK_STR(drives.drive[0].serial, "OURS_K0");
    CHECK_STR(drives.drive[0].path, "pci-0000:00:17.0-ata-2");
    CHECK_STR(drives.drive[0].vendor, "HL-DT-ST");
    CHECK_STR(drives.drive[0].model, "BD-RE BH16NS55");
    CHECK_STR(drives.drive[0].revision, "1.02");
    CHECK_STR(drives.drive[1].device, "/dev/sr1");
    CHECK_STR(drives.drive[1].serial, "ASUS_DRW_K1");
    CHECK_STR(address(&drives, 1), "serial:ASUS_DRW_K1");
    CHECK_STR(identity(&drives, 1), "ASUS_DRW_K1");
    done(&m);
}

static void drives_are_listed_by_number_and_a_machine_may_have_none(void)
{
    struct machine m;
    test_folder(m.root);
    struct dw_drives drives = list(&m);
    CHECK_INT(drives.count, 0);
    drive(&m, 10, "E:ID_SERIAL=K10\n");
    drive(&m, 9, "E:ID_SERIAL=K9\n");
    drives = list(&m);
    CHECK_INT(drives.count, 2);
    CHECK_STR(drives.drive[0].serial, "K9");
    CHECK_STR(drives.drive[1].serial, "K10");
    done(&m);
}

static void equal_and_missing_serials_are_told_apart_by_where_the_drive_is_plugged_in(void)
{
    struct machine m;
    test_folder(m.root);
    drive(&m, 0, "E:ID_SERIAL=SAME\nE:ID_PATH=usb-1\n");
    drive(&m, 1, "E:ID_SERIAL=SAME\nE:ID_PATH=usb-2\n");
    drive(&m, 2, "E:ID_PATH=usb-3\n");
    drive(&m, 3, NULL);
    struct dw_drives drives = list(&m);
    CHECK_STR(address(&drives, 0), "path:usb-1");
    CHECK_STR(address(&drives, 1), "path:usb-2");
    CHECK_STR(address(&drives, 2), "path:usb-3");
    CHECK_STR(address(&drives, 3), "/dev/sr3");
    CHECK_STR(identity(&drives, 0), "SAME at usb-1");
    CHECK_STR(identity(&drives, 1), "SAME at usb-2");
    CHECK_STR(identity(&drives, 2), "at usb-3");
    CHECK_STR(identity(&drives, 3), "");
    CHECK_STR(resolve(&m, "path:usb-2", DW_OK), "/dev/sr1");
    CHECK_HAS(resolve(&m, "serial:SAME", DW_ERR_CONFLICT), "2 drives say the serial 'SAME'");
    done(&m);
}

static void a_name_finds_its_drive_whatever_number_it_has(void)
{
    struct machine m;
    test_folder(m.root);
    drive(&m, 0, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    drive(&m, 1, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n");
    CHECK_STR(resolve(&m, "serial:B", DW_OK), "/dev/sr1");
    drive(&m, 0, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n"); /* plugged in anew */
    drive(&m, 1, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    CHECK_STR(resolve(&m, "serial:B", DW_OK), "/dev/sr0");
    CHECK_HAS(resolve(&m, "serial:C", DW_ERR_NOT_FOUND), "'serial:C' is not plugged in");
    CHECK_STR(resolve(&m, "serial:", DW_ERR_NOT_FOUND), "the drive 'serial:' is not plugged in");
    done(&m);
}

static void what_is_no_name_is_opened_as_it_stands(void)
{
    struct machine m;
    test_folder(m.root);
    CHECK_STR(resolve(&m, "/dev/sr7", DW_OK), "/dev/sr7");
    CHECK_STR(resolve(&m, "stdio:/tmp/x", DW_OK), "stdio:/tmp/x");
    CHECK(dw_drives_is_name("serial:X") && dw_drives_is_name("path:X"));
    CHECK(!dw_drives_is_name("/dev/sr0") && !dw_drives_is_name("stdio:/serial:"));
    done(&m);
}

static void what_would_break_a_list_of_addresses_is_not_taken_for_a_serial(void)
{
    struct machine m;
    test_folder(m.root);
    drive(&m, 0, "E:ID_SERIAL=A,B\nE:ID_PATH=usb 1\n");
    drive(&m, 1, "E:ID_SERIAL=\xff\xfe\nE:ID_PATH=usb-2");
    struct dw_drives drives = list(&m);
    CHECK_STR(drives.drive[0].serial, "");
    CHECK_STR(drives.drive[0].path, "");
    CHECK_STR(drives.drive[1].serial, "");
    CHECK_STR(drives.drive[1].path, "usb-2");
    done(&m);
}

static void more_drives_than_fit_are_an_error(void)
{
    struct machine m;
    struct dw_error err = {0};
    struct dw_drives drives;
    test_folder(m.root);
    for (int n = 0; n <= DW_OPTICAL_MAX; n++)
        drive(&m, n, NULL);
    CHECK_INT(dw_drives_list(m.root, &drives, &err), DW_ERR_LIMIT);
    done(&m);
}

TESTS(TEST(a_drive_is_described_by_kernel_and_udev),
      TEST(drives_are_listed_by_number_and_a_machine_may_have_none),
      TEST(equal_and_missing_serials_are_told_apart_by_where_the_drive_is_plugged_in),
      TEST(a_name_finds_its_drive_whatever_number_it_has), TEST(what_is_no_name_is_opened_as_it_stands),
      TEST(what_would_break_a_list_of_addresses_is_not_taken_for_a_serial),
      TEST(more_drives_than_fit_are_an_error))
