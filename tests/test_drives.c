/* The drives of a made-up machine: a tree as kernel and udev keep it. */
#include "burn/drive/drives.h"

#include "machine_fixture.h"

static struct dw_drives list(struct machine_house *m)
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

static const char *resolve(struct machine_house *m, const char *what, dw_status want)
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
    struct machine_house m;
    test_folder(m.root);
    machine_drive(&m, 1,
                  "S:disk/by-id/"
                  "x\nI:1234\nE:ID_SERIAL=ASUS_DRW_K1\nE:ID_PATH=pci-0000:00:14.0-usb-0:2:1.0-scsi-"
                  "0:0:0:0\nG:systemd\n");
    machine_drive(&m, 0,
                  "E:DISCWRIGHT_SERIAL=OURS_K0\nE:ID_SERIAL=UDEVS_K0\nE:ID_SERIAL_SHORT=K0\nE:ID_"
                  "PATH=pci-0000:00:17.0-ata-2\n");
    machine_file(&m, "/sys/class/block/sda/dev", "8:0\n");
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
    machine_done(&m);
}

static void drives_are_listed_by_number_and_a_machine_may_have_none(void)
{
    struct machine_house m;
    test_folder(m.root);
    struct dw_drives drives = list(&m);
    CHECK_INT(drives.count, 0);
    machine_drive(&m, 10, "E:ID_SERIAL=K10\n");
    machine_drive(&m, 9, "E:ID_SERIAL=K9\n");
    drives = list(&m);
    CHECK_INT(drives.count, 2);
    CHECK_STR(drives.drive[0].serial, "K9");
    CHECK_STR(drives.drive[1].serial, "K10");
    machine_done(&m);
}

static void equal_and_missing_serials_are_told_apart_by_where_the_drive_is_plugged_in(void)
{
    struct machine_house m;
    test_folder(m.root);
    machine_drive(&m, 0, "E:ID_SERIAL=SAME\nE:ID_PATH=usb-1\n");
    machine_drive(&m, 1, "E:ID_SERIAL=SAME\nE:ID_PATH=usb-2\n");
    machine_drive(&m, 2, "E:ID_PATH=usb-3\n");
    machine_drive(&m, 3, NULL);
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
    machine_done(&m);
}

static void a_name_finds_its_drive_whatever_number_it_has(void)
{
    struct machine_house m;
    test_folder(m.root);
    machine_drive(&m, 0, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    machine_drive(&m, 1, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n");
    CHECK_STR(resolve(&m, "serial:B", DW_OK), "/dev/sr1");
    machine_drive(&m, 0, "E:ID_SERIAL=B\nE:ID_PATH=usb-2\n"); /* plugged in anew */
    machine_drive(&m, 1, "E:ID_SERIAL=A\nE:ID_PATH=usb-1\n");
    CHECK_STR(resolve(&m, "serial:B", DW_OK), "/dev/sr0");
    CHECK_HAS(resolve(&m, "serial:C", DW_ERR_NOT_FOUND), "'serial:C' is not plugged in");
    CHECK_STR(resolve(&m, "serial:", DW_ERR_NOT_FOUND), "the drive 'serial:' is not plugged in");
    machine_done(&m);
}

static void what_is_no_name_is_opened_as_it_stands(void)
{
    struct machine_house m;
    test_folder(m.root);
    CHECK_STR(resolve(&m, "/dev/sr7", DW_OK), "/dev/sr7");
    CHECK_STR(resolve(&m, "stdio:/tmp/x", DW_OK), "stdio:/tmp/x");
    CHECK(dw_drives_is_name("serial:X") && dw_drives_is_name("path:X"));
    CHECK(!dw_drives_is_name("/dev/sr0") && !dw_drives_is_name("stdio:/serial:"));
    machine_done(&m);
}

static void what_would_break_a_list_of_addresses_is_not_taken_for_a_serial(void)
{
    struct machine_house m;
    test_folder(m.root);
    machine_drive(&m, 0, "E:ID_SERIAL=A,B\nE:ID_PATH=usb 1\n");
    machine_drive(&m, 1, "E:ID_SERIAL=\xff\xfe\nE:ID_PATH=usb-2");
    struct dw_drives drives = list(&m);
    CHECK_STR(drives.drive[0].serial, "");
    CHECK_STR(drives.drive[0].path, "");
    CHECK_STR(drives.drive[1].serial, "");
    CHECK_STR(drives.drive[1].path, "usb-2");
    machine_done(&m);
}

static void more_drives_than_fit_are_an_error(void)
{
    struct machine_house m;
    struct dw_error err = {0};
    struct dw_drives drives;
    test_folder(m.root);
    for (int n = 0; n <= DW_OPTICAL_MAX; n++)
        machine_drive(&m, n, NULL);
    CHECK_INT(dw_drives_list(m.root, &drives, &err), DW_ERR_LIMIT);
    machine_done(&m);
}

TESTS(TEST(a_drive_is_described_by_kernel_and_udev),
      TEST(drives_are_listed_by_number_and_a_machine_may_have_none),
      TEST(equal_and_missing_serials_are_told_apart_by_where_the_drive_is_plugged_in),
      TEST(a_name_finds_its_drive_whatever_number_it_has),
      TEST(what_is_no_name_is_opened_as_it_stands),
      TEST(what_would_break_a_list_of_addresses_is_not_taken_for_a_serial),
      TEST(more_drives_than_fit_are_an_error))
