#!/usr/bin/python3
"""Drives are tied to places by a person, on a real kernel with Debian's udev: five SCSI drives in a machine, two of one
serial, the whole appliance, and its command line. That a tray opened says the machine, not the appliance."""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading
from machine import BUILD, SOURCE, initrd, start

MODULES = ("virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci scsi_common scsi_mod cdrom sr_mod "
           "virtio_scsi").split()
DEBIAN = pathlib.Path("/usr/lib/udev")
RULES = ("50-udev-default.rules", "60-block.rules", "60-cdrom_id.rules", "60-persistent-storage.rules")
SERIALS = ("DW-ONE", "DW-TWO", "DW-SAME", "DW-SAME", "DW-LATE")
CONF = """[daemon]
state = /var/lib/discwright
[dicom]
port = 11112
bind = 127.0.0.1
[intake]
reserve = 1MB
[web]
enabled = no
[robot desk]
driver = manual
device = assign
drives = 2
[robot shelf]
driver = manual
device = serial:SHELF
"""
GUEST = r"""
mkdir -p /run/udev /etc/udev/rules.d
ln -s udevadm /bin/systemd-udevd
mkdir -p /var/lib; mount -t tmpfs state /var/lib
systemd-udevd --daemon --resolve-names=never 2>&1 | sed 's/^/UDEVD /'
udevadm trigger --type=devices --action=add --subsystem-match=block
udevadm settle --timeout=60
serial() { for d in /sys/class/block/sr*; do udevadm info --query=property --path=$d | sed -n "s/^DISCWRIGHT_SERIAL=\(.*$1\)$/\1/p"; done | head -1; }
node() { for d in /sys/class/block/sr*; do udevadm info --query=property --path=$d | grep -q "^DISCWRIGHT_SERIAL=.*$1$" && echo ${d##*/} && return; done; }
ask() { discwright "$@" --config /discwright.conf 2>&1; }
until_said() { n=0; while ! ask robot desk drives | grep -q "$1" && [ $n -lt 200 ]; do sleep 0.2; n=$((n+1)); done; }
daemon() { discwrightd --config /discwright.conf >>/var/lib/log 2>&1 & pid=$!; until_said "drives of this machine"; }
show() { echo "@ $1"; ask robot desk drives; echo "@@"; }
ONE=$(serial DW-ONE); TWO=$(serial DW-TWO); LATE=$(serial DW-LATE)
LATE_AT=$(basename $(readlink /sys/class/block/$(node DW-LATE)/device))
echo 1 > /sys/class/block/$(node DW-LATE)/device/delete
sed -i "s/SHELF/$LATE/" /discwright.conf
daemon
show first
echo "@ shelf"; ask robot shelf; echo "@@"
echo "@ tray"; ask robot desk tray "$ONE"; echo "@@"
until_said "Its tray was opened"
show opened
echo "@ said"; ask robot desk drive 1 "$ONE"; ask robot desk drive 2 "$ONE"; ask robot desk drive 2 DW-NONE; echo "@@"
until_said "assigned by a person"
SAME=$(ask robot desk drives | sed -n 's/.*  \(path:[^ ]*\)  at.*/\1/p' | head -1)
echo "@ same"; ask robot desk drive 2 "$SAME"; echo "@@"
until_said "drive 2  /dev/sr"
show assigned
A=$(basename $(readlink /sys/class/block/$(node DW-ONE)/device)); B=$(basename $(readlink /sys/class/block/$(node DW-TWO)/device))
WAS=$(node DW-ONE)
echo 1 > /sys/class/block/$(node DW-ONE)/device/delete
echo 1 > /sys/class/block/$(node DW-TWO)/device/delete
until_said "is not plugged in"
echo "@ missing"; ask robot desk; echo "@@"
scan() { host=${1%%:*}; rest=${1#*:}; echo $(echo $rest | tr : ' ') > /sys/class/scsi_host/host$host/scan; udevadm settle --timeout=30; }
scan $B; scan $A
until_said "drive 1  /dev/sr"
show back
echo "@ numbers"; echo "$WAS $(node DW-ONE)"; echo "@@"
for d in $(node DW-ONE) $(node DW-TWO); do
    echo "@ udev$d"; udevadm info --query=property --path=/sys/class/block/$d | cat; echo "POLL=$(cat /sys/class/block/$d/events_poll_msecs)"; echo "@@"
done
scan $LATE_AT
n=0; while ask robot shelf | grep -q FAULT && [ $n -lt 200 ]; do sleep 0.2; n=$((n+1)); done
echo "@ late"; ask robot shelf; echo "@@"
kill -9 $pid; sleep 1
daemon
until_said "drive 1  /dev/sr"
show restarted
echo "@ audit"; ask audit; echo "@@"
echo "@ none"; ask robot desk drive 1 none; echo "@@"
until_said "Drive 1 is not assigned"
show taken
kill $pid; wait $pid
echo "@ log"; grep -i error /var/lib/log; echo "@@"
echo "@ end"
"""


def trays(path, seen):
    """What the machine says of its trays, {drive: [open?]}, over qemu's own protocol."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(300)
        for _ in range(200):
            try:
                s.connect(str(path))
                break
            except OSError:
                threading.Event().wait(0.05)
        stream = s.makefile("rw")
        stream.readline()
        stream.write('{"execute": "qmp_capabilities"}\n')
        stream.flush()
        try:
            for line in stream:
                event = json.loads(line)
                if event.get("event") == "DEVICE_TRAY_MOVED":
                    seen.setdefault(event["data"]["id"], []).append(event["data"]["tray-open"])
        except OSError:
            pass


def machine_with_drives(work):
    image = work / "assign-disc"
    image.write_bytes(b"\0" * 2048 * 400)
    ours = []
    for rule in sorted((SOURCE / "udev").glob("*.rules")):
        copy = work / f"assign-{rule.name}"
        copy.write_text(rule.read_text().replace('GROUP="discwright"', 'GROUP="6"'))
        ours.append((copy, f"/lib/udev/rules.d/{rule.name}"))
    files = ours + [(DEBIAN / "rules.d" / r, f"/lib/udev/rules.d/{r}") for r in RULES]
    files += [(DEBIAN / p, f"/lib/udev/{p}") for p in ("cdrom_id", "ata_id", "scsi_id")]
    (work / "assign.conf").write_text(CONF)
    files += [(work / "assign.conf", "/discwright.conf")]
    programs = [BUILD / "bin" / p for p in ("discwrightd", "discwright-receive", "discwright-robot", "discwright-work", "discwright")]
    programs += [shutil.which("udevadm"), DEBIAN / "cdrom_id", DEBIAN / "ata_id", DEBIAN / "scsi_id"]
    ramdisk = initrd("assign", GUEST, MODULES, programs, files)
    more = ["-device", "virtio-scsi-pci,id=scsi0", "-qmp", f"unix:{work / 'assign.qmp'},server=on,wait=off"]
    for number, serial in enumerate(SERIALS):
        more += ["-drive", f"file={image},if=none,id=d{number},format=raw,readonly=on", "-device",
                 f"scsi-cd,drive=d{number},id={serial.lower()}-{number},serial={serial},channel=0,scsi-id={number},lun=0"]
    return ramdisk, more


def main():
    if not (DEBIAN / "cdrom_id").exists() or not shutil.which("udevadm"):
        print("skipped: udev is not installed")
        sys.exit(77)
    work = pathlib.Path(sys.argv[1]).resolve() / "vm"
    work.mkdir(exist_ok=True)
    (work / "assign.qmp").unlink(missing_ok=True)
    ramdisk, more = machine_with_drives(work)
    machine, moved = start(ramdisk, memory=768, more=more), {}
    watch = threading.Thread(target=trays, args=(work / "assign.qmp", moved), daemon=True)
    watch.start()
    try:
        text = machine.communicate(timeout=280)[0].decode(errors="replace").replace("\r", "")
    except subprocess.TimeoutExpired:
        machine.kill()
        text = machine.communicate()[0].decode(errors="replace")
    watch.join(10)
    judge(text, moved)


def judge(text, moved):
    said = dict(re.findall(r"^@ (\w+)\n(.*?)^@@$", text, re.M | re.S))
    want = {
        "first": ["drive 1  Drive 1 is not assigned: say in the console which one it is", "DW-ONE", "of no robot", "  path:pci-"],
        "shelf": ["drive 1  missing", "FAULT drive_missing:1: Drive 1 (serial:", "DW-LATE) is not plugged in"],
        "opened": ["Its tray was opened"],
        "said": ["that is drive 1 of robot desk", "no drive of this machine, or more than one, is called 'DW-NONE'"],
        "assigned": ["DW-ONE  assigned by a person", "drive 1 of robot desk", "drive 2  /dev/sr", "path:pci-"],
        "missing": ["drive 1  missing", "FAULT drive_missing:1: Drive 1 (serial:", "DW-ONE) is not plugged in"],
        "back": ["DW-ONE  assigned by a person"],
        "restarted": ["DW-ONE  assigned by a person", "drive 2  /dev/sr"],
        "audit": ["assign", "drive=1", "tray"],
        "taken": ["drive 1  Drive 1 is not assigned", "drive 2  /dev/sr"],
    }
    trouble = [f"{title}: '{part}' is not said" for title, parts in want.items() for part in parts if part not in said.get(title, "")]
    for title in ("tray", "same", "none", "log"):
        if said.get(title, "nothing").strip():
            trouble.append(f"{title}: {said.get(title, 'nothing')}")
    was, now = (said.get("numbers", "").split() + ["", ""])[:2]
    if not was or not now or was == now:
        trouble.append(f"the drive has the number it had: {was} {now}")
    ours, others = said.get(f"udev{now}", ""), said.get(f"udev{was}", "")
    for line in ("UDISKS_IGNORE=1", "POLL=0", f"DISCWRIGHT_DRIVE={now}"):
        if line not in ours or line in others:
            trouble.append(f"{line}: of the assigned drive udev says\n{ours}\nof another one\n{others}")
    if "FAULT" in said.get("late", "FAULT"):
        trouble.append(f"a drive that came later is not used: {said.get('late')}")
    if not any(name.startswith("dw-one") and True in states for name, states in moved.items()):
        trouble.append(f"the machine saw no tray of the first drive open: {moved}")
    if any(not name.startswith("dw-one") for name in moved):
        trouble.append(f"other trays moved: {moved}")
    if "@ end" not in text:
        trouble.append("the machine did not finish")
    if trouble:
        sys.exit("FAIL: " + "\n".join(trouble) + "\n" + text[-6000:])
    print("ok")


main()
