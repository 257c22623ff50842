#!/usr/bin/python3
"""Damaged images before a real kernel: what it refuses or cannot read, the judge calls an error; what the judge calls an
error and the kernel reads without a word has its reason in the table. `discwright check` says the same of a block device
as of the image, and of a disc that is mounted as of the files in it."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from machine import BUILD, DISK, ISO, SOURCE, initrd, start

sys.path.insert(0, str(SOURCE / "tests" / "e2e"))
import defects as seeds  # noqa: E402
import judging  # noqa: E402

RESULT_BYTES = 8 << 20
READS, REFUSES = "reads", "refuses"
VOLUME_CODES = ("ISO-", "UDF-", "BRIDGE-")
GUEST = """
look() {{ # number, device, type, whole or damaged
    echo "@ $1 device" >> /tmp/out
    discwright check --json /dev/$2 | tr -d '\\n' >> /tmp/out
    echo >> /tmp/out
    if mount -t $3 -o ro,nodev /dev/$2 /mnt 2> /dev/null; then
        cd /mnt
        # a disc without a file is not one that can be read
        if timeout 60 find . -type f > /tmp/files 2> /tmp/trouble && [ -s /tmp/files ] && [ ! -s /tmp/trouble ] &&
            xargs cat < /tmp/files > /dev/null 2>> /tmp/trouble; then echo "@ $1 kernel reads"; else echo "@ $1 kernel refuses"; fi >> /tmp/out
        cd /
        if [ $4 = whole ]; then
            echo "@ $1 folder" >> /tmp/out
            discwright check --json /mnt | tr -d '\\n' >> /tmp/out
            echo >> /tmp/out
        fi
        umount /mnt
    else
        echo "@ $1 kernel refuses" >> /tmp/out
    fi
}}
{looks}
echo "@ end" >> /tmp/out
cat /tmp/out > /dev/vda
"""


def nothing(data):
    pass


def padded(data):
    """A device larger than its volume, as a memory stick is."""
    data += bytes(1 << 20)


# medium, file system, defect, seed, what the kernel does, why it reads what the judge calls an error ("": it does not)
CASES = [
    ("cd", "iso9660", "no defect", nothing, READS, ""),
    ("dvd", "iso9660", "no defect", nothing, READS, ""),
    ("dvd", "udf", "no defect", nothing, READS, ""),
    ("bd", "udf", "no defect", nothing, READS, ""),
    ("cd", "iso9660", "a device larger than its volume", padded, READS, ""),
    ("dvd", "udf", "a device larger than its volume", padded, READS,
     "it begins at block 256; on this device no anchor lies at the end, where it would be the second (UDF 2.2.3)"),
    ("cd", "iso9660", "no volume descriptor", seeds.byte(seeds.PVD + 1, 0), REFUSES, ""),
    ("cd", "iso9660", "half an image", seeds.half, REFUSES, ""),
    ("cd", "iso9660", "volume larger than the image", seeds.size_too_large, READS,
     "it does not compare them before a file is read; the disc was not written to its end (ECMA-119 8.4.8)"),
    ("cd", "iso9660", "a file outside of the volume", seeds.iso_number("README.TXT;1", 2, 70000), REFUSES, ""),
    ("cd", "iso9660", "a folder that is the root", seeds.iso_loop, REFUSES, ""),
    ("dvd", "udf", "CRC of the file set descriptor", seeds.broken(256), REFUSES, ""),
    ("dvd", "udf", "CRC of a file entry", seeds.entry_bit, REFUSES, ""),
    ("dvd", "udf", "main descriptor sequence gone", seeds.main_sequence_gone, READS,
     "the reserve sequence saves it; the next scratch does not (ECMA-167 3/8.4.2)"),
    ("dvd", "udf", "no anchor at 256", seeds.no_anchor, READS, "it goes on to the anchor at the end (UDF 2.2.3)"),
    ("dvd", "udf", "no anchors", seeds.no_anchors, REFUSES, ""),
    ("dvd", "udf", "no NSR descriptor", seeds.no_nsr, REFUSES, ""),
    ("dvd", "udf", "integrity descriptor is open", seeds.sealed(9, 28, bytes(4)), READS,
     "it reads and would not write; others offer to repair what they cannot (ECMA-167 3/10.10.3)"),
    ("dvd", "udf", "a folder that is the root", seeds.udf_loop, REFUSES, ""),
    ("bd", "udf", "metadata gone, mirror there", seeds.mirror_only, REFUSES, ""),
    ("bd", "udf", "no anchors", seeds.no_anchors, REFUSES, ""),
]


def parts(text, number):
    """(what the kernel did, judgement of the device, judgement of what was mounted or None) of one case."""
    found, key = {}, None
    for line in text.splitlines():
        words = line.split()
        if line.startswith("@ "):
            key = words[2] if words[1] == str(number) else None
            if key == "kernel":
                found[key] = words[3]
        elif key and line:
            found[key] = json.loads(line)
    return found.get("kernel"), found.get("device"), found.get("folder")


def trouble_with(case, image, text, number):
    _, _, _, _, wanted, why = case
    kernel, device, folder = parts(text, number)
    result = judging.judge(image)
    if kernel != wanted:
        return f"the kernel {kernel} it"
    if not device or (judging.codes(device), device["conforms"]) != (judging.codes(result), result["conforms"]):
        return f"the device is judged {device and sorted(judging.codes(device))}, the image {sorted(judging.codes(result))}"
    if kernel == REFUSES and result["conforms"]:
        return "the judge finds nothing in what the kernel refuses"
    if (kernel == READS and not result["conforms"]) != bool(why):
        return f"the judge: {sorted(judging.codes(result))}, the reason: '{why}'"
    if case[3] is nothing:
        left = {code for code in judging.codes(result) if not code.startswith(VOLUME_CODES)}
        if not folder or judging.codes(folder) != left:
            return f"mounted it is judged {folder and sorted(judging.codes(folder))}, the files in the image {sorted(left)}"
    return None


def images(folder):
    objects = folder / "objects"
    judging.make(judging.DISCWRIGHT, "sample", "--out", objects, "--count", "6", "--bytes", "20000", "--series", "2")
    for media in ("cd", "dvd", "bd"):
        judging.make(judging.DISCWRIGHT, "disc", "--media", media, "--out", folder / media, objects)
    paths = []
    for number, (media, _, _, seed, _, _) in enumerate(CASES):
        data = bytearray((folder / f"{media}-1.iso").read_bytes())
        seed(data)
        paths.append(folder / f"case{number}.iso")
        paths[-1].write_bytes(data)
    return paths


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder:
        folder = pathlib.Path(folder)
        paths = images(folder)
        result = folder / "result"
        with open(result, "wb") as f:
            f.truncate(RESULT_BYTES)
        looks = "\n".join(f"look {i} vd{chr(ord('b') + i)} {case[1]} {'whole' if case[3] is nothing else 'damaged'}" for i, case in enumerate(CASES))
        programs = sorted(p for p in (BUILD / "bin").glob("discwright*") if p.name not in ("discwrightd",))
        ramdisk = initrd("judge", GUEST.format(looks=looks), DISK + ISO, programs)
        machine = start(ramdisk, [(result, False)] + [(p, True) for p in paths])
        try:
            serial = machine.communicate(timeout=280)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            serial = ""
        finally:
            machine.kill()
        text = result.read_bytes().split(b"\0", 1)[0].decode(errors="replace")
        if "@ end" not in text:
            sys.exit(f"FAIL: the machine did not finish\n{serial[-1500:]}\n{text[-500:]}")
        failed = 0
        for number, case in enumerate(CASES):
            trouble = trouble_with(case, paths[number], text, number)
            failed += trouble is not None
            print(f"{'FAIL' if trouble else 'ok  '} {case[0]} as {case[1]}, {case[2]}: {trouble or case[4]}")
        if failed:
            sys.exit(1)
        print(f"ok: {len(CASES)} images before the kernel and the judge in {time.monotonic() - began:.0f} s")


main()
