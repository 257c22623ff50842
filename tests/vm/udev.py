#!/usr/bin/python3
"""Debian's udev with our rules and three real SCSI drives in a machine: the two that a site has tied to their places by
serial are left alone by udisks, mounts and the kernel's polling; the third is served as ever."""
import pathlib
import shutil
import subprocess
import sys
from machine import SOURCE, initrd, start

MODULES = ("virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci scsi_common scsi_mod cdrom sr_mod "
           "virtio_scsi").split()
DEBIAN = pathlib.Path("/usr/lib/udev")
RULES = ("50-udev-default.rules", "60-block.rules", "60-cdrom_id.rules", "60-persistent-storage.rules")
LOCAL = """ENV{DISCWRIGHT_SERIAL}=="*DW-TWO", ENV{DISCWRIGHT_DRIVE}="1"
ENV{DISCWRIGHT_SERIAL}=="*DW-ONE", ENV{DISCWRIGHT_DRIVE}="2"
"""
GUEST = """
mkdir -p /run/udev /etc/udev/rules.d
ln -s udevadm /bin/systemd-udevd
systemd-udevd --daemon --resolve-names=never 2>&1 | sed 's/^/UDEVD /'
udevadm trigger --type=devices --action=add --subsystem-match=block
udevadm settle --timeout=60
for d in sr0 sr1 sr2; do
    echo "@ $d"
    udevadm info --query=property --name=/dev/$d | sed "s/^/@ $d /"
    echo "@ $d POLL=$(cat /sys/class/block/$d/events_poll_msecs)"
done
for link in /dev/discwright/*; do echo "@ link $link $(readlink -f $link)"; done
udevadm test --action=change /sys/class/block/sr0 2>&1 | grep discwright | grep -i -E "invalid|unknown|error|ignoring" | sed 's/^/@ COMPLAINT /'
echo "@ end"
"""


def drive(number, serial, image):
    return ["-drive", f"file={image},if=none,id=d{number},format=raw,readonly=on", "-device",
            f"scsi-cd,drive=d{number},serial={serial},device_id={serial},channel=0,scsi-id={number},lun=0"]


def main():
    if not (DEBIAN / "cdrom_id").exists() or not shutil.which("udevadm"):
        print("skipped: udev is not installed")
        sys.exit(77)
    work = pathlib.Path(sys.argv[1]).resolve() / "vm"
    work.mkdir(exist_ok=True)
    local, image = work / "59-discwright-local.rules", work / "udev-disc"
    local.write_text(LOCAL)
    image.write_bytes(b"\0" * 2048 * 400)
    # Groups are names of a system that this machine has not.
    ours = []
    for rule in sorted((SOURCE / "udev").glob("*.rules")):
        copy = work / rule.name
        copy.write_text(rule.read_text().replace('GROUP="discwright"', 'GROUP="6"'))
        ours.append((copy, f"/lib/udev/rules.d/{rule.name}"))
    files = ours + [(DEBIAN / "rules.d" / r, f"/lib/udev/rules.d/{r}") for r in RULES]
    files += [(DEBIAN / p, f"/lib/udev/{p}") for p in ("cdrom_id", "ata_id", "scsi_id")]
    files += [(local, "/etc/udev/rules.d/59-discwright-local.rules")]
    ramdisk = initrd("udev", GUEST, MODULES, [shutil.which("udevadm"), DEBIAN / "cdrom_id", DEBIAN / "ata_id", DEBIAN / "scsi_id"], files)
    more = ["-device", "virtio-scsi-pci,id=scsi0"]
    for number, serial in enumerate(("DW-ONE", "DW-TWO", "DW-DESK")):
        more += drive(number, serial, image)
    machine = start(ramdisk, more=more)
    try:
        serial = machine.communicate(timeout=280)[0].decode(errors="replace")
    finally:
        machine.kill()
    judge(serial)


def judge(text):
    said = {"sr0": {}, "sr1": {}, "sr2": {}}
    for line in text.splitlines():
        words = line.split(" ", 2)
        if len(words) == 3 and words[0] == "@" and words[1] in said and "=" in words[2]:
            key, value = words[2].strip().split("=", 1)
            said[words[1]][key] = value
    trouble = [line for line in text.splitlines() if "@ COMPLAINT" in line or line.startswith("UDEVD Failed")]
    if "@ end" not in text:
        trouble.append("the machine did not finish\n" + text[-2500:])

    def with_serial(serial):
        return next(((n, p) for n, p in said.items() if p.get("DISCWRIGHT_SERIAL", "").endswith(serial)), ("none", {}))

    for serial, place in (("DW-TWO", "1"), ("DW-ONE", "2")):
        name, p = with_serial(serial)
        want = {"DISCWRIGHT_DRIVE": place, "UDISKS_IGNORE": "1", "POLL": "0"}
        trouble += [f"drive {serial}: {k} is {p.get(k)}, not {v}" for k, v in want.items() if p.get(k) != v]
        if p.get("ID_CDROM_MEDIA") or p.get("ID_FS_TYPE") or p.get("SYSTEMD_MOUNT_DEVICE_BOUND"):
            trouble.append(f"what lies in drive {serial} is shown to the world")
        if f"@ link /dev/discwright/drive-{place} /dev/{name}" not in text:
            trouble.append(f"/dev/discwright/drive-{place} is not {name}")
    desk = with_serial("DW-DESK")[1]
    if not any(key.startswith("ID_CDROM_") for key in desk) or "UDISKS_IGNORE" in desk or "DISCWRIGHT_DRIVE" in desk:
        trouble.append(f"a drive of nobody is not left as it was: {desk}")
    if trouble:
        sys.exit("FAIL: " + "\n".join(trouble) + "\n" + "\n".join(l for l in text.splitlines() if l.startswith("@"))[:4000])
    print("ok")


main()
