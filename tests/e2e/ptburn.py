#!/usr/bin/python3
"""Discs through a PTBurn service, which the tests play from its papers: one the whole way, judged by tools that are not
ours; then what goes wrong there, and either side started again in the middle."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
from appliance import SOURCE, Appliance, check, main, need, sample, wait_for
from publish import compare_with_what_was_sent, extract, log_holds_no_patient

PTBURN = SOURCE / "tests" / "ptburn"
sys.path.insert(0, str(PTBURN))
import control  # noqa: E402  (the service is not on the path before)

MACHINE = "name=Disc Publisher SE,type=6,left=0,right=25,drives=1,medium=cd"


class Server:
    """The service in a process of its own, so that it can die."""

    def __init__(self, folder, *words):
        self.share, self.out, self.socket = folder / "share", folder / "out", folder / "service.sock"
        self.words, self.folder, self.process = words or ("--robot", MACHINE), folder, None
        self.share.mkdir()

    def __enter__(self):
        with open(self.folder / "service.stderr", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, PTBURN / "service.py", self.share, self.out, "--control", self.socket, "--speed", "20",
                 "--log", self.folder / "service.log", *self.words], stdout=log, stderr=log)
        wait_for("the service's first status", (self.share / "Status" / "SystemStatus.txt").exists, 30)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def say(self, do, **words):
        return control.ask(str(self.socket), do, **words)

    def good_discs(self):
        found = [json.loads(path.read_text()) for path in self.out.glob("[0-9]*/disc.json")]
        return [disc for disc in found if disc["good"]]

    def ours(self):
        """What lies on the share of jobs of ours, but what the service keeps of them."""
        return sorted(p.name for p in self.share.iterdir() if p.name.startswith("DW") and p.suffix.upper() not in (".DON", ".ERR"))


class Tower(Appliance):
    def __init__(self, server, more="", verify="yes"):
        self.server = server
        super().__init__(name="ptburn", robots={"robot tower": (
            f"driver = ptburn\nshare = {server.share}\nshare_unc = \\\\SRV\\PTBurnJobs\ndrives = 1\nbins = cd\n"
            f"delegated_verify = {verify}\n{more}")})

    def robot(self):
        return self.get("/api/now")["robots"][0]

    def fault(self, key):
        return wait_for(f"fault {key}", lambda: [f for f in self.robot()["faults"] if f["key"] == key], 90)[0]

    def no_fault(self):
        wait_for("no fault", lambda: not self.robot()["faults"], 90)

    def disc(self, number, state):
        def ask():
            discs = [d for d in self.get(f"/api/jobs/{number}")["disc_list"] if d["state"] == state]
            return discs[-1] if discs else None
        return wait_for(f"a disc of job {number} that is {state}", ask, 90)

    def nothing_is_left(self):
        wait_for("an empty share", lambda: not self.server.ours(), 90)


def whole_way(a, server, study, sent):
    robot = a.robot()
    for part in ("verified by the robot", "Blu-ray discs are unproven"):
        check(part in " ".join(robot["notes"]), f"'{part}' is not said of the robot: {robot['notes']}")
    number = a.burn(study)
    job = a.job(number)
    disc = job["disc_list"][0]
    check(disc["verified_by"] == "robot", f"the disc was verified by {disc['verified_by']}")
    made = server.good_discs()
    check(len(made) == 1 and made[0]["closed"] and made[0]["verified"] and made[0]["place"] == "left", f"made: {made}")
    folder = next(p.parent for p in server.out.glob("[0-9]*/disc.json"))
    extract(folder / "disc.iso", a.dir / "disc")
    check(compare_with_what_was_sent(a.dir / "disc", sent) == len(sent), "not every object is on the disc")
    info = subprocess.run(["file", folder / "label.jpg"], capture_output=True, text=True, check=True).stdout
    check("JPEG" in info and "1417x1417" in info, f"the label is {info}")
    a.nothing_is_left()
    check(a.robot()["bins"][0]["discs"] == 24, "the robot's count of blanks is not shown")


def a_bad_blank_is_counted_and_said(a, server, study):
    server.say("inject", kind="disc", number=19, step="verify")
    disc = a.job(a.burn(study))["disc_list"][-1]
    check("rejected 1 blank" in disc["reason"], disc["reason"])
    server.say("inject", kind="job", number=4, step="start")
    number = a.burn(study)
    held = a.job(number, states=("held",))
    check("refuses the order" in held["reason"], held["reason"])
    check("share_unc" in held["disc_list"][-1]["reason"], held["disc_list"][-1]["reason"])
    a.nothing_is_left()
    a.post(f"/api/jobs/{number}/retry", {})
    a.job(number)


def what_the_machine_wants_is_said_and_over_when_it_is_done(a, server, study):
    server.say("inject", kind="system", number=15, step="load")
    number = a.burn(study)
    fault = a.fault("cover_open:e15")
    check("close it" in fault["sentence"] and fault["who"] == "staff", f"{fault}")
    server.say("fix")
    a.job(number)
    a.no_fault()
    server.say("inject", kind="system", number=5, step="print")
    number = a.burn(study)
    key = a.fault("ink_waits:e5")["key"]
    check(a.get(f"/api/jobs/{number}")["state"] == "active", "nobody has answered yet")
    a.post("/api/robots/acknowledge", {"robot": "tower", "key": key})
    a.job(number)
    a.no_fault()


def a_cancelled_disc_is_aborted_there(a, server, study):
    server.say("hold", step="record")
    number = a.burn(study)
    a.disc(number, "burning")
    a.post(f"/api/jobs/{number}/cancel", {})
    wait_for("the message", lambda: any(e["event"] == "message" and e["Message"] == "ABORT"
                                        for e in server.say("events")["events"]), 60)
    server.say("release")
    wait_for("the end of the job", lambda: a.get(f"/api/jobs/{number}")["state"] == "cancelled", 90)
    check(a.get(f"/api/jobs/{number}")["disc_list"][0]["state"] == "rejected", "a half-burned disc is not rejected")
    a.nothing_is_left()


def a_dead_service_is_noticed_and_its_job_goes_on(a, server, study):
    server.say("hold", step="verify")
    number = a.burn(study)
    a.disc(number, "verifying")
    server.say("die")
    a.fault("server_silent")
    server.say("revive")
    a.no_fault()
    server.say("release")
    a.job(number)


def whoever_starts_again_follows_the_disc_and_makes_no_second_one(a, server, study):
    before = len(server.good_discs())
    server.say("hold", step="record")
    number = a.burn(study)
    a.disc(number, "burning")
    os.kill(a.children()["discwright-robot"][0], signal.SIGKILL)
    wait_for("another program", lambda: a.children().get("discwright-robot"))
    wait_for("its word", lambda: a.robot()["connected"])
    a.kill()
    a.start()
    a.disc(number, "burning")  # followed from where it was
    server.say("release")
    job = a.job(number)
    check(len(job["disc_list"]) == 1 and job["disc_list"][0]["verified_by"] == "robot", f"{job['disc_list']}")
    check(len(server.good_discs()) == before + 1, "a disc was made twice")
    server.say("hold", step="record")  # and what ended while nobody looked
    number = a.burn(study)
    a.disc(number, "burning")
    a.stop()
    server.say("release")
    wait_for("the disc", lambda: len(server.good_discs()) == before + 2, 60)
    a.start()
    check(len(a.job(number)["disc_list"]) == 1, "a disc that was finished was made again")
    check(len(server.good_discs()) == before + 2, "a disc was made twice")
    a.nothing_is_left()


def what_nobody_knows_is_asked(a, server, study):
    server.say("hold", step="record")
    number = a.burn(study)
    disc = a.disc(number, "burning")
    a.stop()
    server.say("release")
    wait_for("the end", lambda: not server.say("state")["jobs"] or
             all(j["state"] in (2, 3) for j in server.say("state")["jobs"]), 60)
    for path in server.share.glob(f"DW*-{disc['id']}.DON"):
        path.unlink()  # somebody tidied up
    a.start()
    a.fault(f"job_lost:{disc['id']}")
    a.post(f"/api/discs/{disc['id']}/answer", {"at": "drive 1"})
    wait_for("why not", lambda: "Only the server" in a.fault(f"job_lost:{disc['id']}")["sentence"])
    a.post(f"/api/discs/{disc['id']}/answer", {"at": "reject"})
    a.disc(number, "delivered")
    a.no_fault()
    a.job(number)


def a_share_that_is_gone_is_said_and_tidied_up_when_it_is_back(a, server, study):
    server.say("hold", step="record")
    number = a.burn(study)
    a.disc(number, "burning")
    hidden = server.share.with_name("elsewhere")
    server.say("die")
    server.share.rename(hidden)
    server.share.mkdir()  # the mount point of a mount that is not there
    a.fault("share_silent")
    check(not list(server.share.iterdir()), "something was written where no server is")
    server.share.rmdir()
    hidden.rename(server.share)
    server.say("revive")
    server.say("release")
    a.job(number)
    a.no_fault()
    a.nothing_is_left()


def a_site_may_refuse_what_it_does_not_verify(server):
    with Tower(server, verify="no") as a:
        a.start(wait=False)
        wait_for("the reason", lambda: "delegated_verify" in (a.dir / "log").read_text(), 30)


def test():
    need("storescu", "7z", "file")
    for attempt in ("plain", "unicode"):
        folder = pathlib.Path(f"/tmp/dw-ptburn-server-{os.getpid()}-{attempt}")
        folder.mkdir()
        words = () if attempt == "plain" else ("--robot", MACHINE, "--build", "unicode", "--quirk", "torn", "--quirk", "sparse",
                                               "--quirk", "lower-extensions")
        try:
            with Server(folder, *words) as server, Tower(server) as a:
                sent = sample(a.dir / "sample", count=3, bytes=60000, series=1)
                a.start()
                a.send(sent)
                study = a.study()
                whole_way(a, server, study, sent)
                if attempt == "plain":
                    a_bad_blank_is_counted_and_said(a, server, study)
                    what_the_machine_wants_is_said_and_over_when_it_is_done(a, server, study)
                    a_cancelled_disc_is_aborted_there(a, server, study)
                    a_dead_service_is_noticed_and_its_job_goes_on(a, server, study)
                    whoever_starts_again_follows_the_disc_and_makes_no_second_one(a, server, study)
                    a_share_that_is_gone_is_said_and_tidied_up_when_it_is_back(a, server, study)
                    what_nobody_knows_is_asked(a, server, study)
                    a_site_may_refuse_what_it_does_not_verify(server)
                log_holds_no_patient(a, study)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(test)
