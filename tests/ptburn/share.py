"""The job folder as the service uses it: what is found there, what was put there and how, what is left."""
import ctypes
import errno
import fcntl
import os
import pathlib
import re
import shutil
import struct
from facts import Refusal

OWN = {"status", "settings", "reports"}
IN_CREATE, IN_MOVED_TO = 0x100, 0x80
GOOD_NAME = re.compile(r"[A-Za-z0-9_-]{1,30}")
FIXED_SECTIONS = {"system", "joblist", "completedjobs", "top recorder", "bottom recorder", "robotic recorder"}


class Watch:
    """Names that were created or renamed in a folder, told by the kernel."""

    def __init__(self, folder):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0 or self.libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_CREATE | IN_MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def events(self):
        """[(name, created in place)]"""
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return []
        found, at = [], 0
        while at < len(data):
            _, mask, _, length = struct.unpack_from("iIII", data, at)
            name = data[at + 16:at + 16 + length].rstrip(b"\0").decode(errors="replace")
            found.append((name, bool(mask & IN_CREATE)))
            at += 16 + length
        return found

    def close(self):
        os.close(self.fd)


def writer_has_it(path):
    """True while another process holds the file open for writing: a lease to read is refused then."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(fd)


class Share:
    """folder: what clients have mounted. It can be taken away from them while the service goes on."""

    def __init__(self, folder, log):
        self.public = pathlib.Path(folder)
        self.away = self.public.with_name(self.public.name + ".away")
        if self.away.exists():  # the service ended while the share was gone
            self.back()
        self.public.mkdir(parents=True, exist_ok=True)
        for name in ("Status", "Settings", "Reports"):
            (self.public / name).mkdir(exist_ok=True)
        self.log = log
        self.watch = Watch(self.public)
        self.seen = set(self.files())
        self.marks = {}

    def root(self):
        return self.away if self.away.exists() else self.public

    def gone(self, how):
        """Clients see no folder ("missing") or an empty one, as under a mount point ("empty")."""
        if not self.away.exists():
            self.public.rename(self.away)
        if how == "empty":
            self.public.mkdir(exist_ok=True)

    def back(self):
        """What clients wrote meanwhile into the empty folder was never on the server; it is returned."""
        if not self.away.exists():
            return []
        lost = sorted(str(p.relative_to(self.public)) for p in self.public.rglob("*")) if self.public.exists() else []
        if self.public.exists():
            shutil.rmtree(self.public)
        self.away.rename(self.public)
        return lost

    def files(self):
        """Every file clients can see, except those of the service's own folders."""
        root, found = self.root(), []
        for folder, folders, names in os.walk(root):
            if pathlib.Path(folder) == root:
                folders[:] = [name for name in folders if name.lower() not in OWN]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
        return sorted(found)

    def look(self):
        """Log what changed since the last look and how requests came into being."""
        for name, created in self.watch.events():
            if created and name.lower().endswith((".jrq", ".ptm")):
                self.log("finding", kind="not-atomic", file=name,
                         sentence="created under its final name instead of renamed to it")
        now = set(self.files())
        if now != self.seen:
            self.log("share.changed", added=sorted(now - self.seen), removed=sorted(self.seen - now))
        self.seen = now

    def with_extension(self, *extensions):
        """Files directly in the job folder, oldest name first; extensions in any case."""
        try:
            entries = sorted(self.root().iterdir())
        except OSError:
            return []
        return [e for e in entries if e.suffix.lower() in {x.lower() for x in extensions} and e.is_file()]

    def judge_end(self, path):
        """A request is not written to after it was read."""
        if path is None or path.stem not in self.marks:
            return
        if self.mark(path) != self.marks.pop(path.stem):
            self.log("finding", kind="half-written", file=path.name, sentence="it was written to after it had its final name")

    @staticmethod
    def mark(path):
        status = path.stat()
        return status.st_ino, status.st_size, status.st_mtime_ns

    def judge_name(self, path):
        if not GOOD_NAME.fullmatch(path.stem):
            self.log("finding", kind="job-name", file=path.name, sentence="the name is not 1 to 30 of A-Z a-z 0-9 _ -")
        if path.stem.lower() in FIXED_SECTIONS:
            self.log("finding", kind="job-name", file=path.name, sentence="the name is one of a fixed status section")

    def read(self, path):
        """The bytes of a request that nobody is writing any more."""
        if path is None:
            raise Refusal(8, "the request file is missing")
        try:
            if writer_has_it(path):
                self.log("finding", kind="half-written", file=path.name, sentence="its writer still has it open")
                raise Refusal(8, "the request file is locked")
            data = path.read_bytes()
            if path.suffix.lower() != ".ptm":
                self.marks[path.stem] = self.mark(path)
        except OSError as error:
            raise Refusal(8, "the request file cannot be read") from error
        self.log("file.read", file=path.name, bytes=len(data))
        return data

    def remove_first_level(self, path):
        """DeleteFiles: the whole first-level subfolder of a file below the job folder. Its name, or None."""
        root = self.root()
        try:
            names = path.relative_to(root).parts
        except ValueError:
            return None
        if len(names) < 2 or names[0].lower() in OWN or not (root / names[0]).is_dir():
            return None
        shutil.rmtree(root / names[0], ignore_errors=True)
        return names[0]
