/* Inside of driver "nimbie". */
#ifndef DW_ROBOT_USB_NIMBIE_MACHINE_H
#define DW_ROBOT_USB_NIMBIE_MACHINE_H
#include <stdatomic.h>
#include "robot/judged.h"
#include "robot/usb/nimbie.h"

extern const struct dw_usb_id nimbie_ids[];

struct dw_nimbie {
    dw_link link;
    dw_usb *usb; /* NULL: a test's device */
    struct dw_nimbie_wire wire;
    struct dw_nimbie_drive drive;
    struct dw_robot_bins bins;
    int bin_capacity;
    int discs; /* in the queue, counted down from what a person said; -1: nobody has, or it cannot be */
    char count_path[DW_PATH_MAX]; /* "": it is not kept */
    char address[256]; /* of its drive */
    dw_bays *bays;     /* NULL: address says it all */
    atomic_bool in_use; /* a disc of ours lies in the drive: it is left alone, and known */
    struct dw_judged judged; /* of that disc */
};

/* What to open for its drive now. */
dw_status dw_nimbie_device(dw_nimbie *nimbie, char *out, size_t size, struct dw_error *err);

/* So many are in the queue; kept for after a restart. */
dw_status dw_nimbie_count(dw_nimbie *nimbie, int discs, struct dw_error *err);

#endif
