#!/usr/bin/python3
"""One object is received again and again, and each time another allocation or file call fails, in the process of the
association and in the daemon; the disk fills up, turns read-only, handles run out, the clock jumps. Never is there a
Success without the object; nobody but the association that was hit dies; and each trouble is told in one line."""
import collections
import errno
import hashlib
import mmap
import os
import resource
import sqlite3
import struct
from appliance import BUILD, Appliance, check, main, wait_for
from dicompeer import CT, EXPLICIT_LE, Association, data_set
from peer import Peer, request

DAEMON, ASSOCIATION = 1, 3
ALLOCATION, FILE_CALL = 1, 2
KEPT = (0x0000, 0xB000, 0xB007)
STEP = int(os.environ.get("DW_TORTURE_STEP", "13"))  # of allocations; 1 by hand
FIRST_HANDLES = 4  # taken by everyone from the start
ENOUGH = 20000  # no receiving of one object takes so many calls


class Torture:
    """The page that torture_shim.c reads."""

    def __init__(self, folder):
        self.path = folder / "torture"
        self.path.write_bytes(bytes(4096))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)

    def set(self, role=0, kind=0, nth=0, onwards=0, error=0, clock_s=0):
        self.page[:56] = struct.pack("=7q", role, kind, nth, onwards, error, 0, clock_s)

    def calls(self):
        return struct.unpack("=7q", self.page[:56])[5]


class Ward:
    """The appliance with a peer who sends one new object at a time."""

    def __init__(self, appliance, torture):
        self.appliance, self.torture, self.sent, self.stored = appliance, torture, 0, {}
        self.pids = self.living()

    def living(self):
        return self.appliance.process.pid, self.appliance.children()["discwright-receive"][0]

    def send(self):
        """The status; None: no association, or it ended without an answer."""
        self.sent += 1
        study = self.study = f"1.2.826.0.1.10.{self.sent // 100}"
        self.uid = f"{study}.{self.sent}"
        self.data = data_set(CT, self.uid, study=study, patient=f"T-{self.sent // 100}", number=self.sent)
        status = None
        try:
            peer = Association(self.appliance.dicom, [(CT, [EXPLICIT_LE])], calling="TORTURE")
            status = peer.store(1, self.uid, self.data) if peer.accepted else None
            peer.release()
        except (ConnectionError, struct.error):
            pass  # before the answer or behind it
        if status in KEPT:
            self.stored[self.uid] = self.data
            self.is_there(self.uid, self.data)
        return status

    def is_there(self, uid, data):
        with sqlite3.connect(f"file:{self.appliance.state}/discwright.db?mode=ro", uri=True) as db:
            row = db.execute("SELECT number, sha256 FROM object WHERE sop_instance = ?", (uid,)).fetchone()
        check(row, "an object was answered with Success and has no row")
        file = (self.appliance.state / "spool" / str(row[0] // 1000) / str(row[0])).read_bytes()
        check(file.endswith(data), "an object was answered with Success and is another one")
        digest = row[1].hex() if isinstance(row[1], bytes) else row[1]
        check(hashlib.sha256(file).hexdigest() == digest, "a file differs from its hash")

    def everyone_lives(self, with_listener=True):
        check(self.appliance.process.poll() is None, f"the daemon ended with {self.appliance.process.returncode}")
        if not with_listener:
            wait_for("a listener", lambda: self.send() == 0, 20)
            self.pids = self.living()
        check(self.living() == self.pids, "the listener is another process than before")

    def log_lines(self):
        return (self.appliance.dir / "log").read_text(errors="replace").splitlines()


def each_call_fails_once(ward, role, kind, error, step=1):
    """Until a whole reception takes fewer calls than the number of the one that is to fail. A daemon without memory
    for a message of the listener starts another one."""
    answers, nth = collections.Counter(), 1
    while True:
        check(nth < ENOUGH, f"{ENOUGH} calls for one object")
        ward.torture.set(role, kind, nth, error=error)
        answer = ward.send()
        answers[answer] += 1
        reached = answer != 0 or ward.torture.calls() >= nth
        ward.torture.set()
        ward.everyone_lives(with_listener=(role, kind) != (DAEMON, ALLOCATION))
        if not reached:
            break
        nth += step
    wait_for("the next object", lambda: ward.send() == 0, 20)
    named = {f"{k:04x}" if k is not None else "none": n for k, n in answers.items()}
    print(f"role {role}, kind {kind}, {errno.errorcode[error]}: {nth - 1} calls, answers {named}", flush=True)
    check(set(answers) - {0}, "nothing failed")


def disk_in_trouble(ward, error, words):
    """All calls that change the disk fail, in the association and then in the daemon, which then admits nobody."""
    for role, answer, words in ((ASSOCIATION, 0xA700, words), (DAEMON, None, "commit of 1 requests failed: database: ")):
        before = len(ward.log_lines())
        ward.torture.set(role, FILE_CALL, 1, onwards=1, error=error)
        status = ward.send()
        check(status == answer, f"{errno.errorcode[error]} in role {role} was answered with {status}")
        said = [line for line in ward.log_lines()[before:] if words in line]
        check(len(said) == 1, f"{len(said)} lines say '{words}': {ward.log_lines()[before:]}")
        ward.torture.set()
        ward.everyone_lives()
        check(ward.send() == 0, "the disk is well again, and the next object is refused")


def handles_run_out(ward):
    """In the listener and in the daemon: who comes meanwhile is refused or waits; afterwards all is as before."""
    for pid in reversed(ward.living()):
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        wait_for("the end of the last association", lambda: len(ward.appliance.children()["discwright-receive"]) == 1, 20)
        before = len(ward.log_lines())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (FIRST_HANDLES, limits[1]))
        try:
            with Peer(ward.appliance.dicom) as peer:
                peer.send(request())
                wait_for("a line about open files", lambda: [line for line in ward.log_lines()[before:]
                                                             if "Too many open files" in line], 20)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        said = [line for line in ward.log_lines()[before:] if "Too many open files" in line]
        check(len(said) < 5, f"{len(said)} lines about open files")
        wait_for("a free place", lambda: ward.send() == 0, 20)
        ward.everyone_lives()


def the_clock_jumps(ward):
    for years in (10, -10, 0):
        ward.torture.set(clock_s=years * 31557600)
        check(ward.send() == 0, f"an object is refused with the clock {years} years off")
        ward.appliance.study(ward.study, seconds=20)
        ward.everyone_lives()


def test():
    with Appliance({"dicom": "artim_s = 5\nidle_s = 5\ndimse_s = 5\n"}, name="torture") as appliance:
        torture = Torture(appliance.dir)
        os.environ.update(LD_PRELOAD=str(BUILD / "tests" / "libtorture_shim.so"), DW_TORTURE=str(torture.path))
        appliance.start()
        del os.environ["LD_PRELOAD"]
        ward = Ward(appliance, torture)
        the_clock_jumps(ward)
        handles_run_out(ward)
        disk_in_trouble(ward, errno.ENOSPC, "No space left on device")
        disk_in_trouble(ward, errno.EROFS, "Read-only file system")
        each_call_fails_once(ward, ASSOCIATION, FILE_CALL, errno.ENOSPC)
        each_call_fails_once(ward, ASSOCIATION, FILE_CALL, errno.EIO)
        each_call_fails_once(ward, DAEMON, FILE_CALL, errno.EIO)
        each_call_fails_once(ward, ASSOCIATION, ALLOCATION, errno.ENOMEM, STEP)
        each_call_fails_once(ward, DAEMON, ALLOCATION, errno.ENOMEM, STEP)
        stored = dict(ward.stored)
        appliance.stop()
        appliance.start()
        for uid, data in stored.items():
            ward.is_there(uid, data)
        check(not list((appliance.state / "spool").rglob("*.part")), "half an object outlived a start")
        print(f"{ward.sent} objects sent, {len(stored)} stored")


main(test)
