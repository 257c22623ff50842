#!/usr/bin/python3
"""The kernel's own isofs and udf mount every kind of image of ours, and find every file with the name, size and content
that was put in: folders of any names (master) and file-sets (disc), a file of more than 4 GiB."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from machine import BUILD, DISK, ISO, initrd, start

CLI = BUILD / "bin" / "discwright"
RESULT_BYTES = 32 << 20
BIG_BYTES = (4 << 30) + 4097
TAIL_BLOCKS = 40  # of 2048 bytes: what is hashed of the big file
UTF8 = "iocharset=utf8"
# Each mount in the guest: marks begin with '@'. A file's line is "<sha256>  ./path".
GUEST = """
look() {{ # number, device, type, options
    echo "@ $1 mount" >> /tmp/out
    if mount -t $3 -o ro,$4 /dev/$2 /mnt 2>> /tmp/out; then
        cd /mnt; find . -type f ! -name '*BIG*' ! -name '*big*' -print0 | xargs -0 -r sha256sum >> /tmp/out
        for big in $(find . -type f -iname '*big*'); do
            echo "@ $1 big $(stat -c %s $big) $(dd if=$big bs=2048 skip={skip} 2> /dev/null | sha256sum | cut -d ' ' -f 1)" >> /tmp/out
        done
        echo "@ $1 folders $(find . -mindepth 1 -type d | wc -l)" >> /tmp/out
        cd /; umount /mnt
    else
        echo "@ $1 FAILED" >> /tmp/out
    fi
}}
{looks}
echo "@ end" >> /tmp/out
cat /tmp/out > /dev/vda
echo BYTES $(stat -c %s /tmp/out)
"""


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def any_names(folder, levels, many):
    """Names beyond 8.3 and beyond ASCII, many files in one folder, an empty file, as many levels as the medium has."""
    for name in ("short", "a name with blanks.and.dots", "Müller.txt", "患者の画像.dcm", "Пациент"):
        put(folder / "names" / name, name.encode() * 50)
    if levels > 8:  # Joliet has no characters beyond U+FFFF
        put(folder / "names" / "émigré 😀.bin", b"astral")
    put(folder / "empty", b"")
    put(folder / "one block", b"x" * 2048)
    put(folder / "one byte more", b"y" * 2049)
    for i in range(many):
        put(folder / "many" / f"slice number {i:05d}", b"%d" % i * (i % 7 + 1))
    put(folder.joinpath(*[f"level{n}" for n in range(1, levels + 1)]) / "bottom", b"deep")
    return folder


def contents(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def big_file(folder):
    folder.mkdir()
    with open(folder / "BIG", "wb") as f:
        f.seek(BIG_BYTES - 70000)
        f.write(os.urandom(70000))
    with open(folder / "BIG", "rb") as f:
        f.seek(skip_blocks() * 2048)
        return hashlib.sha256(f.read()).hexdigest()


def skip_blocks():
    return BIG_BYTES // 2048 - TAIL_BLOCKS


def master(out, media, folder, *more):
    subprocess.run([CLI, "master", "--media", media, *more, "--out", out, folder], check=True, stdout=subprocess.DEVNULL)
    return out


class Bench:
    def __init__(self):
        self.images, self.looks = [], []

    def look(self, what, image, fs, check, options="nodev"):
        """check(found, folders, big) returns a sentence, or None when all is well."""
        if image not in self.images:
            self.images.append(image)
        device = f"vd{chr(ord('b') + self.images.index(image))}"
        self.looks.append((what, device, fs, options, check))

    def run(self, folder):
        result = folder / "result"
        with open(result, "wb") as f:
            f.truncate(RESULT_BYTES)
        lines = [f"look {i} {device} {fs} {options}" for i, (_, device, fs, options, _) in enumerate(self.looks)]
        ramdisk = initrd("mount", GUEST.format(looks="\n".join(lines), skip=skip_blocks()), DISK + ISO)
        machine = start(ramdisk, [(result, False)] + [(i, True) for i in self.images])
        try:
            serial = machine.communicate(timeout=280)[0].decode(errors="replace")
        finally:
            machine.kill()
        text = result.read_bytes().split(b"\0", 1)[0].decode(errors="replace")
        if "@ end" not in text:
            sys.exit(f"FAIL: the machine did not finish\n{serial[-1500:]}\n{text[-500:]}")
        return [self.judge(i, text) for i in range(len(self.looks))]

    def judge(self, number, text):
        what, _, fs, _, check = self.looks[number]
        found, folders, big, mine, failed = {}, 0, None, False, None
        for line in text.splitlines():
            if line.startswith("@ "):
                words = line.split()
                mine = words[1] == str(number)
                if mine and words[2] == "folders":
                    folders = int(words[3])
                if mine and words[2] == "big":
                    big = (int(words[3]), words[4])
                if mine and words[2] == "FAILED":
                    failed = "it cannot be mounted"
            elif mine and len(line) > 66:
                found[line[66:].removeprefix("./")] = line[:64]
        trouble = failed or check(found, folders, big)
        print(f"{'FAIL' if trouble else 'ok  '} {what} as {fs}: {len(found)} files{': ' + trouble if trouble else ''}")
        return not trouble


def same_names(wanted):
    def check(found, folders, big):
        if found == wanted:
            return None
        missing = [n for n in wanted if n not in found]
        wrong = [n for n in wanted if n in found and found[n] != wanted[n]]
        return f"{len(missing)} missing {missing[:2]}, {len(wrong)} different {wrong[:2]}, {len(set(found) - set(wanted))} too many"
    return check


def same_contents(wanted):
    """ISO 9660 without extensions shows its own names."""
    def check(found, folders, big):
        return None if sorted(found.values()) == sorted(wanted.values()) else "other contents"
    return check


def file_set(sources):
    """The disc's own manifest names every file; every object that was given is there."""
    def check(found, folders, big):
        named = {n.upper(): d for n, d in found.items()}
        objects = {d for n, d in named.items() if n.startswith("DICOM/")}
        if "MANIFEST.TXT" not in named or "DICOMDIR" not in named:
            return "no MANIFEST.TXT or no DICOMDIR"
        return None if set(sources.values()) <= objects else f"{len(set(sources.values()) - objects)} objects are not there"
    return check


def big_check(digest):
    def check(found, folders, big):
        return None if not found and big == (BIG_BYTES, digest) else f"size and hash of its end are {big}"
    return check


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder:
        folder = pathlib.Path(folder)
        bench = Bench()
        flat, deep, long = (any_names(folder / name, levels, many)
                            for name, levels, many in (("flat", 6, 400), ("deep", 20, 400), ("long", 20, 5000)))
        wanted_flat, wanted_deep, wanted_long = contents(flat), contents(deep), contents(long)
        cd = master(folder / "cd.iso", "cd", flat, "--joliet")
        bench.look("CD with Joliet", cd, "iso9660", same_names(wanted_flat), UTF8)
        bench.look("CD without Joliet's names", cd, "iso9660", same_contents(wanted_flat), "nojoliet")
        dvd = master(folder / "dvd.iso", "dvd", flat)
        bench.look("DVD", dvd, "iso9660", same_contents(wanted_flat))
        bench.look("DVD, UDF 1.02", dvd, "udf", same_names(wanted_flat), UTF8)
        for media, revision, source, wanted in (("dvd", "1.50", deep, wanted_deep), ("dvd", "2.01", long, wanted_long),
                                                ("bd", "2.50", deep, wanted_deep), ("bd", "2.60", long, wanted_long)):
            image = master(folder / f"{media}-{revision}.iso", media, source, "--udf", revision, *(["--no-iso"] if media == "dvd" else []))
            bench.look(f"{media}, UDF {revision}", image, "udf", same_names(wanted), UTF8)
        subprocess.run([CLI, "sample", "--out", folder / "sample"], check=True)
        sources = contents(folder / "sample")
        for media, systems in (("cd", ["iso9660"]), ("dvd", ["iso9660", "udf"]), ("bd", ["udf"])):
            subprocess.run([CLI, "disc", "--media", media, "--out", folder / media, folder / "sample"], check=True, stdout=subprocess.DEVNULL)
            for fs in systems:
                bench.look(f"file-set for {media}", folder / f"{media}-1.iso", fs, file_set(sources))
        if shutil.disk_usage(folder).free > 3 * BIG_BYTES:
            digest = big_file(folder / "big")
            dvd = master(folder / "big-dvd.iso", "dvd", folder / "big")
            bench.look("more than 4 GiB on a DVD", dvd, "iso9660", big_check(digest))
            bench.look("more than 4 GiB on a DVD", dvd, "udf", big_check(digest))
            bench.look("more than 4 GiB on a Blu-ray", master(folder / "big-bd.iso", "bd", folder / "big"), "udf", big_check(digest))
        made = time.monotonic()
        print(f"{len(bench.images)} images made in {made - began:.0f} s", flush=True)
        if not all(bench.run(folder)):
            sys.exit(1)
        print(f"ok: {len(bench.looks)} mounts of {len(bench.images)} images through the kernel's isofs and udf in {time.monotonic() - made:.0f} s")


main()
