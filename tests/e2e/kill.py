#!/usr/bin/python3
"""Promises 1 and 4 under kill -9: the daemon and each kind of child die at random moments while studies come in
and discs are made. No acknowledged object is lost, no disc is delivered twice, and every job ends."""
import collections
import json
import os
import pathlib
import random
import signal
import sqlite3
import time
import urllib.error
from appliance import Appliance, Failure, check, main, need, sample, wait_for

ROUNDS = int(os.environ.get("DW_KILL_ROUNDS", "36"))  # 300 and more by hand
OBJECTS = max(24, 8 * ROUNDS)  # more than a sender gets through while it is killed
# DW_KILL_VICTIMS=discwrightd,discwright-receive: receiving alone, which is quick enough for hundreds.
VICTIMS = os.environ.get("DW_KILL_VICTIMS", "discwrightd,discwright-receive,discwright-robot,discwright-work").split(",")
WITH_JOBS = "discwright-work" in VICTIMS


def bench_series(folder, seed, count):
    return sample(folder, seed=seed, count=count, series=2, bytes=40000)


class Sender:
    """storescu one object at a time: its exit code says which were acknowledged."""

    def __init__(self, a, files):
        self.a, self.waiting, self.acknowledged, self.process, self.current = a, list(files), [], None, None
        self.again = []

    def step(self):
        if self.process and self.process.poll() is None:
            return
        if self.process:
            (self.acknowledged if self.process.returncode == 0 else self.again).append(self.current)
            self.process = None
        if self.again or self.waiting:
            self.current = (self.again or self.waiting).pop(0)
            self.process = self.a.send([self.current], wait=False, extra=("-to", "5", "-td", "10", "-ta", "10"))

    def finish(self):
        """What was begun is sent again until it is acknowledged; nothing new."""
        self.waiting = []
        while self.again or self.process:
            self.step()
            time.sleep(0.01)


def places_in_simulator(a):
    """Where each disc physically is: the simulator's own state, as a person would look into the machine."""
    return json.loads((a.state / "robot" / "sim1" / "sim.json").read_text())


def answer_questions(a):
    """Play the person who looks into the robot, whether its program runs, starts or is down."""
    for disc in a.get("/api/discs?state=unknown")["discs"]:
        at = where_is(a, disc["id"])
        reply = a.post(f"/api/discs/{disc['id']}/answer", {"at": at})
        if reply["status"] == "CONFLICT":  # it lies in the output bin unfinished: a person throws it away
            a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})
    for robot in a.get("/api/now").get("robots", []):
        for fault in robot.get("faults", []):
            a.post("/api/robots/acknowledge", {"robot": robot["name"], "key": fault["key"]})


def lies_in(sim, place, disc):
    """Is it this disc, and not another one, that lies in the drive? Its label is not on it yet; a person knows."""
    found = sim["drives"][int(place[6:]) - 1]
    return bool(found["serial"]) and found["row"] in (0, disc)


def where_is(a, disc):
    """A person looks at both ends of the motion that was announced last: where is a disc now?"""
    sim, motion = places_in_simulator(a), None
    for line in (a.state / "robot" / "sim1" / "journal").read_text().splitlines():
        words = line.split("\t")
        if words[1] == "begin" and int(words[2]) == disc:
            motion = words[3], words[4]
    if not motion:
        return "gone"
    source, target = motion
    if source.startswith("drive ") and lies_in(sim, source, disc):
        return source
    if sim["in_printer"]["serial"] or sim["arm"]["serial"]:
        return "gone"  # a person takes it out
    if target.startswith("drive ") and not lies_in(sim, target, disc):
        return "gone"  # it never left its bin, or was taken out long ago
    if target == "output" and disc not in [found["row"] for found in sim["output"]]:
        return "gone"  # taken out when it was asked for the first time, and nobody noted it
    return target if target != "printer" else "gone"


def kill_one(a, name):
    if name == "discwrightd":
        a.kill()
        return True
    pids = a.children().get(name, [])
    for pid in pids[:1] if name != "discwright-receive" else random.sample(pids, min(1, len(pids))):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
    return bool(pids)


def rows(a, sql):
    with sqlite3.connect(f"file:{a.state}/discwright.db?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


def unfinished(a):
    """How many jobs; those that wait for a person are tried again."""
    states = rows(a, "SELECT id, state FROM job WHERE state <> 'done'")
    for job, state in states:
        if state in ("failed", "held"):
            a.post(f"/api/jobs/{job}/retry", {})
    return len(states)


def nothing_is_lost(a, acknowledged):
    """Each acknowledged object has a row, and each row its file with the hash of receipt."""
    import hashlib
    import pydicom
    stored = dict(rows(a, "SELECT sop_instance, number FROM object"))
    for path in acknowledged:
        uid = str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)
        check(uid in stored, "an acknowledged object is not in the database")
        file = a.state / "spool" / str(stored[uid] // 1000) / str(stored[uid])
        check(file.is_file(), "an acknowledged object has no file")
    for number, digest in rows(a, "SELECT number, sha256 FROM object"):
        file = a.state / "spool" / str(number // 1000) / str(number)
        digest = digest.hex() if isinstance(digest, bytes) else digest
        check(hashlib.sha256(file.read_bytes()).hexdigest() == digest, "a stored file differs from its hash")


def nothing_half_written(a):
    """After a start, which sweeps, the spool holds what has a row and not a file more."""
    a.stop()
    a.start()
    known = {str(number) for (number,) in rows(a, "SELECT number FROM object")}
    found = {p.name for p in (a.state / "spool").glob("*/*")}
    check(found == known, f"{len(found - known)} files in the spool have no row, {len(known - found)} rows no file")


def no_disc_twice(a):
    seen = collections.Counter(rows(a, "SELECT volume, copy FROM disc WHERE state = 'delivered'"))
    check(all(n == 1 for n in seen.values()), f"a disc was delivered twice: {seen}")
    delivered = rows(a, "SELECT count(*) FROM disc WHERE state = 'delivered'")[0][0]
    in_output = len(places_in_simulator(a)["output"])
    check(in_output >= delivered, f"{delivered} discs count as delivered, {in_output} lie in the output bin")


def settle(a):
    def ended():
        answer_questions(a)
        return unfinished(a) == 0
    try:
        wait_for("the end of all jobs", ended, 240)
    except Failure as failure:
        waiting = rows(a, "SELECT id, job, state, drive FROM disc WHERE state NOT IN"
                       " ('delivered', 'rejected', 'abandoned')")
        raise Failure(f"{failure}; discs (id, job, state, drive): {waiting}; the machine: {places_in_simulator(a)}")


def test():
    need("storescu")
    random.seed(int(os.environ.get("DW_SEED", "7")))
    with Appliance({"intake": "", "daemon": ""}, robot="time_scale = 1\nbins = cd,cd\nbin_capacity = 200\n"
                   "output_capacity = 200\nreject_capacity = 200\ninitial_discs = 200\n", name="kill") as a:
        first_files = bench_series(a.dir / "s0", "01" * 32, 12)
        more_files = bench_series(a.dir / "s1", "02" * 32, OBJECTS)
        a.start()
        a.send(first_files)
        first = a.study()
        sender = Sender(a, more_files)
        jobs, killed = [], collections.Counter()
        for turn in range(ROUNDS):
            victim = VICTIMS[turn % len(VICTIMS)]
            if WITH_JOBS and unfinished(a) < 12 and turn % 3 == 0:
                reply = a.post("/api/jobs", {"study": first["id"], "copies": 1})
                if reply.get("status") == "OK":
                    jobs.append(reply["job"])
            end = time.monotonic() + random.uniform(0.02, 0.6)
            while time.monotonic() < end:
                sender.step()
                time.sleep(0.01)
            if victim == "discwright-work":
                try:
                    wait_for("a work task", lambda: a.children().get(victim), 5)
                except Failure:
                    pass
            killed[victim] += kill_one(a, victim)
            if a.process is None:
                a.start(wait=False)
            wait_for("the appliance after a kill", lambda: ready(a), 30)
            answer_questions(a)
        check(sender.waiting, "the sender had nothing more to send before the last kill")
        sender.finish()
        nothing_is_lost(a, first_files + sender.acknowledged)
        settle(a)
        no_disc_twice(a)
        check(sum(killed.values()) >= ROUNDS * 5 // 6, f"only {sum(killed.values())} kills hit: {dict(killed)}")
        check(all(killed[v] for v in VICTIMS), f"a kind of process was never hit: {dict(killed)}")
        delivered = rows(a, "SELECT count(*) FROM disc WHERE state = 'delivered'")[0][0]
        check(delivered == len(jobs), f"{delivered} discs delivered for {len(jobs)} jobs")
        nothing_half_written(a)
        print(f"killed {dict(killed)}; {len(jobs)} jobs, {delivered} discs delivered, "
              f"{len(sender.acknowledged)} objects acknowledged meanwhile")


def ready(a):
    if a.process.poll() is not None:
        raise Failure(f"discwrightd ended with {a.process.returncode}")
    path = a.state / "run" / "ports.json"
    ports = json.loads(path.read_text())
    a.dicom, a.web = ports["dicom"], ports["web"]
    try:
        if not (a.dicom and a.web and a.get("/healthz")["status"] == "ok"):
            return False
    except urllib.error.HTTPError:
        return False
    a.login()
    return True


main(test)
