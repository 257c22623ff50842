#!/usr/bin/python3
"""The kernel's own isofs mounts a disc of ours and finds every file with the content the manifest names."""
import pathlib
import subprocess
import sys
import tempfile
from machine import BUILD, DISK, ISO, initrd, start


def main():
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder:
        folder = pathlib.Path(folder)
        cli = BUILD / "bin" / "discwright"
        subprocess.run([cli, "sample", "--out", folder / "sample"], check=True)
        subprocess.run([cli, "disc", "--media", "cd", "--out", folder / "disc", folder / "sample"], check=True)
        image = folder / "disc-1.iso"
        wanted = {}
        listing = subprocess.run(["isoinfo", "-i", image, "-x", "/MANIFEST.TXT;1"], capture_output=True, text=True, check=True)
        for line in listing.stdout.splitlines():
            digest, name = line.rstrip("\r").split("  ", 1)
            wanted[name.lower()] = digest  # without Rock Ridge the kernel shows lower case
        ramdisk = initrd("mount", "mount -t iso9660 -o ro /dev/vda /mnt && cd /mnt && find . -type f -exec sha256sum {} ';' | sed 's/^/SUM /'",
                         DISK + ISO)
        out = start(ramdisk, [(image, True)]).communicate(timeout=240)[0].decode(errors="replace")
        found = {}
        for line in out.replace("\r", "").splitlines():
            if line.startswith("SUM "):
                _, digest, name = line.split(None, 2)
                found[name.removeprefix("./")] = digest
        found.pop("manifest.txt", None)
        if found != wanted:
            print(f"FAIL: {len(found)} files mounted, {len(wanted)} in the manifest, "
                  f"{sum(found.get(n) == d for n, d in wanted.items())} equal\n{out[-1500:]}")
            sys.exit(1)
        print(f"ok: {len(found)} files, read through the kernel's isofs")


main()
