"""A Debian kernel with busybox and our own programs in qemu (no KVM), for what only a real kernel can show."""
import glob
import gzip
import os
import pathlib
import shutil
import socket
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
WORK = BUILD / "vm"
# In the order of their needs.
DISK = "virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk".split()
ISO = "crc-itu-t cdrom isofs udf".split()
EXT4 = "crc16 crc32c_generic libcrc32c mbcache jbd2 ext4".split()
NET = "failover net_failover virtio_net".split()


def kernel():
    """Unpacked from the package, nothing installed: (vmlinuz, folder of modules)."""
    folder = WORK / "kernel"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True)
        name = next(line.split()[1] for line in depends.stdout.splitlines() if "Depends:" in line)
        if subprocess.run(["apt-get", "download", "-qq", name], cwd=folder, stderr=subprocess.DEVNULL).returncode != 0:
            print(f"skipped: the kernel {name} cannot be had from Debian's archive")
            sys.exit(77)
        (package,) = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
        package.unlink()
        (folder / "done").touch()
    (vmlinuz,) = (folder / "boot").glob("vmlinuz-*")
    (modules,) = (folder / "lib" / "modules").iterdir()
    return vmlinuz, modules


def libraries(program):
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        words = line.split()
        path = words[2] if "=>" in words else words[0]
        if path.startswith("/"):
            yield path


def initrd(name, script, modules, programs=(), files=()):
    """script is what /init does after the modules are in; a module may have its parameters behind its name; files are
    (path on the host, path in the guest)."""
    root = WORK / f"root-{name}"
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "dev", "proc", "sys", "mnt", "state", "lib/modules", "tmp", "run"):
        (root / folder).mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for tool in subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True).stdout.split():
        if tool != "busybox":
            (root / "bin" / tool).symlink_to("busybox")
    _, folder = kernel()
    for module in modules:
        (found,) = glob.glob(f"{folder}/kernel/**/{module.split()[0]}.ko", recursive=True)
        shutil.copy(found, root / "lib/modules")
    for program in programs:
        shutil.copy(program, root / "bin")
        for library in libraries(program):
            target = root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy(library, target)
    for source, target in files:
        (root / target.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / target.lstrip("/"))
    load = "\n".join(f"insmod /lib/modules/{m.split()[0]}.ko {' '.join(m.split()[1:])} || echo MODULE-FAILED {m}" for m in modules)
    (root / "init").write_text(f"""#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{load}
ip link set lo up
# The firmware's escape sequences end here; what is read by machine begins on a line of its own.
echo
{script}
sync
poweroff -f
""")
    (root / "init").chmod(0o755)
    out = WORK / f"{name}.cpio.gz"
    listing = subprocess.run(["find", ".", "-print0"], cwd=root, capture_output=True, check=True).stdout
    archive = subprocess.run(["cpio", "--null", "-o", "--quiet", "-H", "newc"], cwd=root, input=listing, capture_output=True, check=True).stdout
    out.write_bytes(gzip.compress(archive, 1))
    shutil.rmtree(root)
    return out


def start(ramdisk, drives=(), forward=None, memory=512, log=subprocess.PIPE, more=()):
    """drives are (file, read only); forward is (host port, guest port) on loopback, or several; more are words for qemu. The serial
    line is stdout."""
    vmlinuz, _ = kernel()
    words = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(memory),
             "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio", "-kernel", vmlinuz, "-initrd", ramdisk,
             "-append", "console=ttyS0 quiet panic=-1 nokaslr"]
    for file, readonly in drives:
        words += ["-drive", f"file={file},if=virtio,format=raw,readonly={'on' if readonly else 'off'}"]
    if forward:
        pairs = [forward] if isinstance(forward, tuple) else forward
        words += ["-netdev", "user,id=n0,restrict=on" + "".join(f",hostfwd=tcp:127.0.0.1:{host}-:{guest}" for host, guest in pairs),
                  "-device", "virtio-net-pci,netdev=n0,romfile="]
    return subprocess.Popen([str(w) for w in (*words, *more)], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]
