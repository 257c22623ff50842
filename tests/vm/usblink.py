#!/usr/bin/python3
"""Our USB link, unchanged, against the kernel's own: a printer that the kernel plays, usblp bound to it first, Debian's udev
with our rules, unplugged and plugged in again. Then against the firmware of an emulated robot that refuses frames, does not
take them, answers late, and is unplugged in mid-move."""
import json
import pathlib
import shutil
import sys
from lab import WORDS
from machine import BUILD, SOURCE, initrd, start

MODULES = "usb-common usbcore udc-core configfs libcomposite usb_f_printer usb_f_fs dummy_hcd usblp".split()
DEBIAN = pathlib.Path("/usr/lib/udev")
GUEST = """
mkdir -p /run/udev
ln -s udevadm /bin/systemd-udevd
systemd-udevd --daemon --resolve-names=never 2>&1 | sed 's/^/UDEVD /'
mount -t configfs none /sys/kernel/config
g=/sys/kernel/config/usb_gadget/g
mkdir -p $g/strings/0x409 $g/configs/c.1/strings/0x409 $g/functions/printer.0
echo 0x0f25 >$g/idVendor
echo 0x0012 >$g/idProduct
echo Synthetic >$g/strings/0x409/manufacturer
echo Robot >$g/strings/0x409/product
echo 0001 >$g/strings/0x409/serialnumber
printf 'MFG:Synthetic;MDL:Robot;CLS:PRINTER;' >$g/functions/printer.0/pnp_string
ln -s $g/functions/printer.0 $g/configs/c.1
vm_link
udevadm settle --timeout=60
for node in /dev/bus/usb/*/*; do
    udevadm info --query=property --name=$node | grep -q DISCWRIGHT_ROBOT=primera && echo "@ node $(stat -c '%g %a' $node)"
done
echo > $g/UDC
. /lab.sh
robot two publisher ffs 0f25 0001
vm_link misfortunes
sed 's/^/| /' /tmp/world.log
"""
TESTS = BUILD / "tests"


def main():
    if not shutil.which("udevadm"):
        print("skipped: udev is not installed")
        sys.exit(77)
    rule = BUILD / "vm" / "60-discwright-robots.rules"
    rule.parent.mkdir(exist_ok=True)
    # Groups are names of a system that this machine has not.
    rule.write_text((SOURCE / "udev" / rule.name).read_text().replace('GROUP="discwright"', 'GROUP="6"'))
    words = BUILD / "vm" / "lab.sh"
    words.write_text(WORDS)
    dialect = SOURCE / "conf" / "dialects" / "discpublisher2-captured.conf"
    files = [(words, "/lab.sh"), (rule, f"/lib/udev/rules.d/{rule.name}"), (dialect, f"/dialect/{dialect.name}"),
             (DEBIAN / "rules.d" / "50-udev-default.rules", "/lib/udev/rules.d/50-udev-default.rules")]
    ramdisk = initrd("usblink", GUEST, MODULES, [shutil.which("udevadm"), TESTS / "vm_link", TESTS / "vm_robot"], files)
    machine = start(ramdisk)
    try:
        serial = machine.communicate(timeout=280)[0].decode(errors="replace")
    finally:
        machine.kill()
    judge(serial)


def judge(text):
    lines = [line.strip() for line in text.splitlines()]
    trouble = [line for line in lines if line.startswith("@ FAIL") or line.startswith("MODULE-FAILED")]
    if "@ end" not in lines or "@ end of misfortunes" not in lines:
        trouble.append("the machine did not finish\n" + text[-2500:])
    if "@ node 6 660" not in lines:
        trouble.append(f"the device is not the appliance's: {[line for line in lines if line.startswith('@ node')]}")
    report = next((json.loads(line[len("@ report "):]) for line in lines if line.startswith("@ report ")), {})
    robot = next((d for d in report.get("devices", []) if d["vendor"] == "0f25"), {})
    want = {"driver": "primera", "robot": "bravo", "name": "Robot", "serial": "0001",
            "dialect": "discpublisher2-captured"}
    trouble += [f"the report says {key} {robot.get(key)!r}" for key, value in want.items() if robot.get(key) != value]
    # The gadget's length does not count itself, and two characters are missing at the end.
    if not robot.get("id1284", "").startswith("MFG:Synthetic;MDL:Robot;"):
        trouble.append(f"the report says id1284 {robot.get('id1284')!r}")
    interface = robot.get("interfaces", [{}])[0]
    if interface.get("class") != 7 or interface.get("kernel_driver") != "usblp":
        trouble.append(f"the report says of the interface {interface}")
    if trouble:
        sys.exit("FAIL: " + "\n".join(trouble) + "\n" + "\n".join(line for line in lines if line.startswith("@ "))[:4000])
    print("ok")


main()
