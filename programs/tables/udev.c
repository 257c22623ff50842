#include "programs/tables/udev.h"

#include "robot/mover.h"

static const char before[] =
    "# USB devices that are robots belong to the appliance: its account may open them, and nobody prints on one by mistake.\n"
    "# Written from the id tables of the drivers (discwright-tables udev); a test holds this file against them.\n"
    "#\n"
    "# A robot with another id, as `discwright robots --diagnose` shows it and [robot] usb names it, is made ours by a line\n"
    "# in /etc/udev/rules.d/59-discwright-local.rules:\n"
    "#\n"
    "#     SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"1234\", ATTR{idProduct}==\"5678\", "
    "ENV{DISCWRIGHT_ROBOT}=\"primera\"\n"
    "#\n"
    "# Behind Debian's 50-udev-default.rules, which finds out the interfaces and gives printers to the group lp.\n\n"
    "SUBSYSTEM!=\"usb\", GOTO=\"discwright_robots_end\"\n"
    "ENV{DEVTYPE}!=\"usb_device\", GOTO=\"discwright_robots_end\"\n"
    "ACTION==\"remove\", GOTO=\"discwright_robots_end\"\n\n";
static const char after[] = "\nENV{DISCWRIGHT_ROBOT}==\"?*\", GROUP=\"discwright\", MODE=\"0660\"\n\n"
                            "LABEL=\"discwright_robots_end\"\n";

void dw_udev_print(struct dw_buf *out)
{
    const struct dw_mover_driver *driver;
    dw_buf_add_text(out, before);
    for (size_t i = 0; (driver = dw_mover_driver_at(i)) != NULL; i++) {
        for (const struct dw_usb_id *id = driver->usb_ids; id && id->vendor; id++) {
            dw_buf_addf(out, "ATTR{idVendor}==\"%04x\", ", (unsigned)id->vendor);
            if (id->product)
                dw_buf_addf(out, "ATTR{idProduct}==\"%04x\", ", (unsigned)id->product);
            /* As udev's usb_id writes the interfaces: ":070102:ff0000:", class first. */
            if (id->interface_class)
                dw_buf_addf(out, "ENV{ID_USB_INTERFACES}==\"*:%02x????:*\", ", (unsigned)id->interface_class);
            dw_buf_addf(out, "ENV{DISCWRIGHT_ROBOT}=\"%s\"\n", driver->name);
        }
    }
    dw_buf_add_text(out, after);
}
