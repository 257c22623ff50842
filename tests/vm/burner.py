"""A PC with a burner in qemu: the emulated drive of tests/vm/mmc, our own work programs, and a folder to burn."""
import hashlib
import json
import os
import pathlib
import subprocess
import time
import zlib
from machine import BUILD, DISK, initrd, start

CLI = BUILD / "bin" / "discwright"
TESTS = BUILD / "tests"
BLOCK = 2048
MODULES = DISK + """crc-itu-t scsi_common scsi_mod cdrom isofs udf sr_mod sg configfs crct10dif_common crct10dif_generic
    crc-t10dif uio target_core_mod target_core_user tcm_loop""".split()
PROGRAMS = [BUILD / "bin" / name for name in ("discwright", "discwright-work", "discwright-work-check", "discwright-dirreader.so")]
FILESET_ID = b"\x04\x00\x30\x11CS"  # (0004,1130), explicit little endian
START = """echo 1 > /proc/sys/kernel/printk
mount -t configfs none /sys/kernel/config
tell() { vm_mmc --tell "$1"; }
say() { echo "@ $1"; }
task() { vm_task "/tasks/$1.json" $2; }
touch /tmp/store
vm_mmc ${STORE:-/tmp/store} &
n=0; while [ ! -b /dev/sr0 ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done
"""


class Content:
    """A file-set for one kind of medium, its tree, and the image that a disc of it must be, bit for bit."""

    def __init__(self, folder, media, objects, extra=()):
        self.media, self.root = media, folder / f"{media}-files"
        if not self.root.exists():
            subprocess.run([CLI, "fileset", "--media", media, "--out", self.root, objects], check=True, stdout=subprocess.DEVNULL)
        self.files = sorted(p for p in self.root.rglob("*") if p.is_file()) + list(extra)
        self.tree = folder / f"{media}.tree"
        self.tree.write_bytes(self._tree())
        self.image, self.chunks = folder / f"{media}.iso", folder / f"{media}.chunks"
        (folder / "task.json").write_text(json.dumps(self.burn(f"stdio:{self.image}", self.chunks)))
        subprocess.run([TESTS / "vm_task", folder / "task.json"], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, PATH=f"{BUILD / 'bin'}:{os.environ['PATH']}"))
        self.blocks = self.image.stat().st_size // BLOCK
        self.sha256 = hashlib.sha256(self.image.read_bytes()).hexdigest()

    def _fileset_id(self):
        data = (self.root / "DICOMDIR").read_bytes()
        at = data.index(FILESET_ID) + len(FILESET_ID)
        return data[at + 2:at + 2 + int.from_bytes(data[at:at + 2], "little")].decode().strip()

    def _tree(self):
        folders = sorted({p.relative_to(self.root).parent.as_posix() for p in self.files if p.parent != self.root})
        records = [f"discwright-tree 2 {int(time.time())} {self._fileset_id()}", "P ", "R "]
        records += [f"D /{name}" for name in folders]
        for path in self.files:
            name = "/" + path.relative_to(self.root).as_posix()
            records.append(f"F {path.stat().st_size} - - {len(name)} {name} {path}")
        data = b"".join(r.encode() + b"\0" for r in records)
        return data + f"E {len(self.files)} {zlib.crc32(data):08x}".encode() + b"\0"

    def burn(self, drive="/dev/sr0", chunks="/tmp/chunks", **more):
        return {"task": "burn", "tree": str(self.tree), "media": self.media, "drive": drive, "chunks": str(chunks), **more}

    def guest_files(self):
        return [(p, str(p)) for p in self.files] + [(self.tree, str(self.tree))]


VERIFY = {"task": "verify", "drive": "/dev/sr0", "chunks": "/tmp/chunks"}


def boot(name, folder, script, contents, tasks, drives=(), seconds=280, start_with=START):
    """Run script in the guest; the lines of its serial line under each `say`, as {title: [line]}."""
    files = [pair for content in contents for pair in content.guest_files()]
    for title, task in {"verify": VERIFY, **tasks}.items():
        path = folder / f"{title}.json"
        path.write_text(json.dumps(task))
        files.append((path, f"/tasks/{title}.json"))
    ramdisk = initrd(name, start_with + script + "\nsay end", MODULES, PROGRAMS + [TESTS / "vm_mmc", TESTS / "vm_task"], files)
    machine = start(ramdisk, drives, memory=768)
    try:
        serial = machine.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        machine.kill()
        serial = machine.communicate()[0]
    return sections(serial.decode(errors="replace"))


def sections(serial):
    found, title = {"": []}, ""
    for line in serial.replace("\r", "").splitlines():
        if line.startswith("@ "):
            title = line[2:]
        found.setdefault(title, []).append(line)
    return found
