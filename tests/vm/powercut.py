#!/usr/bin/python3
"""Promise 1 with the power really gone: the machine is killed while a modality sends. After the next boot each
object that was acknowledged is there, row and file, with the hash of receipt."""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
from machine import BUILD, DISK, EXT4, NET, free_port, initrd, start

ROUNDS = int(os.environ.get("DW_VM_ROUNDS", "20" if "--long" in sys.argv else "3"))
CONF = """[daemon]
state = /state/s
[dicom]
port = 11112
[intake]
reserve = 1MB
[web]
enabled = no
[robot r]
driver = sim
"""
RECEIVE = """ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
mount -t ext4 /dev/vda /state || echo MOUNT-FAILED
echo ROUND-READY
discwrightd --config /discwright.conf"""
LOOK = """mount -t ext4 /dev/vda /state || echo MOUNT-FAILED
sqlite3 /state/s/discwright.db "SELECT 'ROW', sop_instance, number, lower(hex(sha256)), sha256 FROM object;"
cd /state/s/spool && find . -type f -exec sha256sum {} ';' | sed 's/^/FILE /'
"""


def dictionary():
    """DCMTK reads command sets with it."""
    (found,) = pathlib.Path("/usr/share").glob("libdcmtk*/dicom.dic")
    return str(found)


def answers(port):
    return subprocess.run(["echoscu", "-to", "2", "-ta", "2", "127.0.0.1", str(port)], capture_output=True).returncode == 0


def one_round(ramdisk, disk, port, files, acknowledged):
    machine = start(ramdisk, [(disk, False)], (port, 11112), log=open(disk.parent / "serial", "ab"))
    try:
        end = time.monotonic() + 120
        while not answers(port):
            if time.monotonic() > end or machine.poll() is not None:
                sys.exit(f"FAIL: the machine did not answer\n{(disk.parent / 'serial').read_text(errors='replace')[-1500:]}")
        cut_at = time.monotonic() + random.uniform(1.0, 4.0)
        while time.monotonic() < cut_at and files:
            # One object each, so that the exit code is about one object; the cut comes in the middle of one.
            sender = subprocess.Popen(["storescu", "-to", "3", "-ta", "3", "-td", "3", "127.0.0.1", str(port), files[0]],
                                      env=dict(os.environ, TCP_NODELAY="1"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while sender.poll() is None and time.monotonic() < cut_at:
                time.sleep(0.005)
            if sender.poll() == 0:
                acknowledged.append(files.pop(0))
            else:
                machine.kill()
                sender.wait()
    finally:
        machine.kill()
        machine.wait()


def main():
    import pydicom
    random.seed(11)
    bin = BUILD / "bin"
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder:
        folder = pathlib.Path(folder)
        subprocess.run([bin / "discwright", "sample", "--out", folder / "sample", "--count", str(150 * ROUNDS), "--bytes", "60000", "--series", "2"], check=True)
        files = sorted(p for p in (folder / "sample").rglob("*") if p.is_file())
        uid_of = {p: str(pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID) for p in files}
        disk = folder / "disk"
        with open(disk, "wb") as f:
            f.truncate((256 + 12 * ROUNDS) << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", disk], check=True)
        (folder / "conf").write_text(CONF)
        programs = [bin / p for p in ("discwrightd", "discwright-receive", "discwright-robot", "discwright-work",
                                        "discwright-work-check", "discwright-dirreader.so")]
        receive = initrd("receive", RECEIVE, DISK + EXT4 + NET, programs, [(folder / "conf", "/discwright.conf"), (dictionary(), dictionary())])
        look = initrd("look", LOOK, DISK + EXT4, ["/usr/bin/sqlite3"])
        acknowledged, cuts, port = [], [], free_port()
        for _ in range(ROUNDS):
            one_round(receive, disk, port, files, acknowledged)
            cuts.append(len(acknowledged))
        if not files:
            sys.exit("FAIL: nothing more was to be sent when the power was cut")
        out = start(look, [(disk, False)]).communicate(timeout=240)[0].decode(errors="replace").replace("\r", "")
        rows = {m[0]: (int(m[1]), m[2] if len(m[2]) == 64 else m[3]) for m in re.findall(r"^ROW\|([\d.]+)\|(\d+)\|([0-9a-f]*)\|(.*)$", out, re.M)}
        stored = {name.rsplit("/", 1)[1]: digest for digest, name in re.findall(r"^FILE ([0-9a-f]{64})\s+(\S+)$", out, re.M)}
        lost = [p for p in acknowledged if uid_of[p] not in rows]
        wrong = [n for n, digest in rows.values() if stored.get(str(n)) != digest]
        if lost or wrong or not acknowledged or "FAILED" in out:
            places = [acknowledged.index(p) for p in lost]
            sys.exit(f"FAIL: lost are acknowledgements {places}, cuts came after {cuts}: {len(acknowledged)} acknowledged, {len(rows)} rows, {len(lost)} lost, {len(wrong)} files missing or different")
        print(f"ok: {len(acknowledged)} objects acknowledged over {len(cuts)} power cuts, {len(rows)} rows, none lost")


main()
