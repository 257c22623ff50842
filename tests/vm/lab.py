"""Emulated robots (tests/vm/usb) on the kernel's USB, and the emulated burner (tests/vm/mmc) whose tray they load, in one
machine with Debian's udev."""
import pathlib
import re
import shutil
import subprocess
import sys
import time
from burner import MODULES as BURNER_MODULES, TESTS, sections
from machine import SOURCE, WORK, initrd, start

# Full speed: messages of 64 bytes, as the sheet of the Nimbie has them.
USB = ["usb-common", "usbcore", "udc-core", "libcomposite", "usb_f_printer", "usb_f_fs", "dummy_hcd is_high_speed=0", "usblp"]
MODULES = BURNER_MODULES + USB
UDEV = pathlib.Path("/usr/lib/udev")
RULES = ("50-udev-default.rules", "60-block.rules", "60-cdrom_id.rules")
PUBLISHER, NIMBIE = "0f25:0001", "1723:0945"
# What a script in the guest can say, at its start or when the host asks for it.
WORDS = """say() { echo "@ $1"; }
world() { vm_robot --tell "$1"; }
until_it() { n=0; until eval "$1"; do n=$((n+1)); [ $n -gt ${2:-100} ] && { echo "NOT-IN-TIME $1"; return 1; }; sleep 0.1; done; }
robot() { # name, machine, printer or ffs, vendor, product: its firmware runs, unplugged
    g=/sys/kernel/config/usb_gadget/$1
    mkdir $g $g/strings/0x409 $g/configs/c.1 $g/configs/c.1/strings/0x409
    echo 0x$4 > $g/idVendor; echo 0x$5 > $g/idProduct
    echo Emulated > $g/strings/0x409/manufacturer; echo $1 > $g/strings/0x409/product; echo DW-$1 > $g/strings/0x409/serialnumber
    if [ $3 = printer ]; then
        mkdir $g/functions/printer.$1
        echo "MFG:Emulated;MDL:Disc robot of a test;CLS:PRINTER;" > $g/functions/printer.$1/pnp_string
        ln -s $g/functions/printer.$1 $g/configs/c.1/; device=/dev/g_printer0
    else
        mkdir $g/functions/ffs.$1 /dev/ffs-$1
        ln -s $g/functions/ffs.$1 $g/configs/c.1/
        mount -t functionfs $1 /dev/ffs-$1; device=/dev/ffs-$1
    fi
    rm -f /run/world.sock /tmp/world.log
    vm_robot $2 $device $g dummy_udc.0 /tmp/world.log > /dev/console 2>&1 &
    echo $! > /tmp/firmware
    until_it '[ -S /run/world.sock ]'
}
dismiss() { # the robot that is there
    world unplug; kill $(cat /tmp/firmware); until_it '! kill -0 $(cat /tmp/firmware) 2> /dev/null'
    cat /tmp/world.log | sed 's/^/| /'
    rm -rf /tmp/discs/*
}
burner() {
    mkdir -p /tmp/discs
    vm_mmc /tmp/discs > /dev/console 2>&1 &
    until_it '[ -b /dev/sr0 ]'
}
"""
START = """echo 1 > /proc/sys/kernel/printk
mount -t configfs none /sys/kernel/config
mkdir -p /run/udev /etc/udev/rules.d
ln -s udevadm /bin/systemd-udevd
systemd-udevd --daemon --resolve-names=never 2>&1 | sed 's/^/UDEVD /'
udevadm trigger --type=devices --action=add
. /lab.sh
"""


def files(work):
    """udev with our rules; groups are names of a system that this machine has not."""
    if not (UDEV / "cdrom_id").exists() or not shutil.which("udevadm"):
        print("skipped: udev is not installed")
        sys.exit(77)
    for rule in sorted((SOURCE / "udev").glob("*.rules")):
        copy = work / rule.name
        copy.write_text(rule.read_text().replace('GROUP="discwright"', 'GROUP="6"'))
        yield copy, f"/lib/udev/rules.d/{rule.name}"
    for rule in RULES:
        yield UDEV / "rules.d" / rule, f"/lib/udev/rules.d/{rule}"
    yield UDEV / "cdrom_id", "/lib/udev/cdrom_id"
    words = work / "lab.sh"
    words.write_text(WORDS)
    yield words, "/lab.sh"


PROGRAMS = [TESTS / name for name in ("vm_mmc", "vm_robot", "vm_usb", "vm_task")] + [shutil.which("udevadm") or "udevadm", UDEV / "cdrom_id"]


def disk_of(name, script, modules=MODULES, programs=(), more=()):
    WORK.mkdir(exist_ok=True)
    return initrd(name, START + script, modules, [*PROGRAMS, *programs], [*files(WORK), *more])


def boot(name, script, seconds):
    """The lines of the guest's serial line under each `say`, as {title: [line]}."""
    machine = start(disk_of(name, script + "\nsay end"))
    try:
        serial = machine.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        machine.kill()
        serial = machine.communicate()[0]
    return sections(serial.decode(errors="replace"))


def judge(cases, found, began):
    """cases: (title, script, checks); a check tells what is wrong with the lines, or nothing."""
    failed = 0
    for title, _, *checks in cases:
        lines = found.get(title)
        trouble = "it did not come to this" if lines is None else "; ".join(filter(None, (check(lines) for check in checks)))
        failed += bool(trouble)
        print(f"{'FAIL' if trouble else 'ok  '} {title}{': ' + trouble if trouble else ''}")
        if trouble:
            print("\n".join(f"     {line[:300]}" for line in (lines or [])[-60:]))
    if failed or "end" not in found:
        sys.exit(f"FAIL: {failed} of {len(cases)}" + ("" if "end" in found else ", and the machine did not finish: " + "\n".join(found.get("", [])[-40:])))
    print(f"ok: {len(cases)} in {time.monotonic() - began:.0f} s")


def has(*patterns):
    """Lines in this order."""
    def check(lines):
        rest = iter(lines)
        missing = next((p for p in patterns if not any(re.search(p, line) for line in rest)), None)
        return missing and f"no '{missing}' where it should be"
    return check


def has_not(pattern):
    def check(lines):
        found = next((line for line in lines if re.search(pattern, line)), None)
        return found and f"'{found}'"
    return check


no_crash = has_not("CRASH")
