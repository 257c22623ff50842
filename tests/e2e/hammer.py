#!/usr/bin/python3
"""Changed PDUs at the real port, from many peers at once: whatever they send, the daemon and the listener live on with
the memory and the files they had, and a good peer beside them stores all the time. By hand: hammer.py BUILD COUNT SEED"""
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
from appliance import BUILD, Appliance, check, main, wait_for
from dicompeer import CT, EXPLICIT_LE, Association, data_set
from peer import is_sanitized

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else None
QUICK, QUICK_SANITIZED = 20000, 6000  # a fork costs a sanitized process more
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
PEERS = 12
# More than this is no noise of an allocator or of the database's cache, however long the run was.
GROWTH_KB = {"discwright-receive": 1024, "discwrightd": 16384}


class GoodPeer(threading.Thread):
    """Small objects, twenty on each association; stored = {SOP Instance UID: data set}."""

    def __init__(self, port, root):
        super().__init__()
        self.port, self.root, self.stored, self.stop, self.error = port, root, {}, threading.Event(), None

    def one_association(self, number):
        peer = Association(self.port, [(CT, [EXPLICIT_LE])], calling="GOOD")
        check(peer.accepted == {1: EXPLICIT_LE}, f"the good peer was refused: {peer.rejected}")
        for i in range(20):
            study = f"{self.root}.{number}"
            data = data_set(CT, f"{study}.{i}", study=study, patient=f"G-{study}", number=i)
            status = peer.store(1, f"{study}.{i}", data)
            check(status == 0, f"the good peer's object was answered with {status:04x}")
            self.stored[f"{study}.{i}"] = data
        check(peer.release(), "the good peer's release was not answered")

    def run(self):
        number = 0
        try:
            while not self.stop.is_set():
                number += 1
                self.one_association(number)
                self.stop.wait(0.2)  # the machine is for the hammer
        except Exception as error:
            self.error = error

    def end(self):
        self.stop.set()
        self.join()
        check(self.error is None, f"the good peer after {len(self.stored)} objects: {self.error}")
        check(self.stored, "the good peer stored nothing")


def hammer(appliance, count, seed):
    """(what the hammer counted, what a good peer stored meanwhile)."""
    good = GoodPeer(appliance.dicom, f"1.2.826.0.1.9.{seed}")
    good.start()
    done = subprocess.run([BUILD / "tests" / "pdu_hammer", str(appliance.dicom), str(count), str(seed), str(PEERS)],
                          capture_output=True, text=True)
    good.end()
    check(done.returncode == 0, f"seed {seed}: {done.stderr[-500:]}")
    return json.loads(done.stdout), good.stored


def own_kb(pid):
    """Memory that is of no file and shared with nobody but forgotten forks."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def settled(appliance):
    """Once all associations have ended: {program: (pid, open files, kB)}."""
    wait_for("the end of all associations", lambda: len(appliance.children()["discwright-receive"]) == 1, 60)
    appliance.get("/healthz")  # the daemon has come round to what ended before
    pids = {"discwright-receive": appliance.children()["discwright-receive"][0], "discwrightd": appliance.process.pid}
    return {name: (pid, len(os.listdir(f"/proc/{pid}/fd")), own_kb(pid)) for name, pid in pids.items()}


def nothing_grew(appliance, before):
    """The daemon may hear of the end of an association after the listener."""
    for name, (pid, files, memory) in before.items():
        after = settled(appliance)
        check(after[name][0] == pid, f"{name} is another process than before")
        wait_for(f"{name} with no more than {files} open files", lambda: settled(appliance)[name][1] <= files, 20)
        grown = after[name][2] - memory
        check(grown <= GROWTH_KB[name] or is_sanitized(pid), f"{name} grew by {grown} kB")


def everything_is_there(appliance, stored):
    with sqlite3.connect(f"file:{appliance.state}/discwright.db?mode=ro", uri=True) as db:
        rows = {uid: (number, digest) for uid, number, digest in
                db.execute("SELECT sop_instance, number, sha256 FROM object WHERE state = 'received'")}
    for uid, data in stored.items():
        check(uid in rows, "an object of the good peer has no row")
        number, digest = rows[uid]
        file = (appliance.state / "spool" / str(number // 1000) / str(number)).read_bytes()
        check(file.endswith(data), "an object of the good peer is not what it sent")
        digest = digest.hex() if isinstance(digest, bytes) else digest
        check(hashlib.sha256(file).hexdigest() == digest, "a file differs from its hash")


def nothing_was_said(appliance):
    log = (appliance.dir / "log").read_text(errors="replace")
    found = re.search(r".*(Sanitizer|runtime error:|association process died).*", log)
    check(not found, f"the log says: {found and found.group(0)}")


def test():
    with Appliance({"dicom": "artim_s = 5\nidle_s = 5\ndimse_s = 5\n"}, name="hammer").start() as appliance:
        sanitized = is_sanitized(appliance.process.pid)
        count = COUNT or (QUICK_SANITIZED if sanitized else QUICK)
        _, stored = hammer(appliance, max(count // 10, 2000), SEED + 1)
        before = settled(appliance)
        counted, more = hammer(appliance, count, SEED)
        nothing_grew(appliance, before)
        check(all(counted[kind] for kind in ("accepted", "rejected", "data", "released", "aborted")),
              f"an answer never came: {counted}")
        check(not list((appliance.state / "spool").rglob("*.part")), "half an object is left in the spool")
        everything_is_there(appliance, stored | more)
        nothing_was_said(appliance)
        print(f"{counted}; beside them {len(more)} good objects; (pid, open files, kB) {before} -> {settled(appliance)}")


main(test)
