"""A Windows server with the PTBurn service and its robots, as an appliance meets it: a mounted folder. The service is the
emulated one of tests/ptburn, which knows nothing of the appliance."""
import json
import os
import pathlib
import subprocess
import sys
from appliance import BIN, SOURCE, check, wait_for

sys.path.insert(0, str(SOURCE / "tests" / "ptburn"))
from control import ask  # noqa: E402

UNC = "\\\\SRV\\PTBurnJobs"
SPEED = os.environ.get("DW_PTBURN_SPEED", "20")   # its seconds in one of ours: a disc takes seven of ours


class Server:
    def __init__(self, folder, robots=("name=Disc Publisher 4100,type=8,medium=cd",), ini="", options=(), speed=SPEED):
        self.dir = pathlib.Path(folder)
        self.share, self.out, self.socket = self.dir / "share", self.dir / "out", self.dir / "control"
        self.command = [sys.executable, SOURCE / "tests" / "ptburn" / "service.py", self.share, self.out, "--control",
                        self.socket, "--speed", speed, "--log", self.dir / "events", *options]
        for robot in robots:
            self.command += ["--robot", robot]
        (self.share / "Settings").mkdir(parents=True)
        (self.share / "Settings" / "PTSETUP.INI").write_text("[PTBurn_Settings]\r\n" + ini.replace("\n", "\r\n"), newline="")
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.kill()
        if kind is not None and kind is not SystemExit and (self.dir / "events").exists():
            print("--- events of the PTBurn service (last)")
            print("\n".join((self.dir / "events").read_text().splitlines()[-25:]))

    def start(self):
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command)
        wait_for("the PTBurn service's start", lambda: self.socket.exists() and self.ask("state"), 30)
        return self

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, do, **words):
        return ask(self.socket, do, **words)

    def section(self, robot=None):
        """[robot] options of an appliance that has this folder mounted."""
        return (f"driver = ptburn\nbins = cd\nshare = {self.share}\nshare_unc = {UNC}\ndelegated_verify = yes\n"
                + (f"ptburn_robot = {robot}\n" if robot else ""))

    def events(self, event, **what):
        """Over all starts of the service."""
        lines = (self.dir / "events").read_text().splitlines() if (self.dir / "events").exists() else []
        told = [json.loads(line) for line in lines if line.endswith("}")]
        return [e for e in told if e["event"] == event and all(e.get(k) == v for k, v in what.items())]

    def discs(self, **what):
        return self.events("disc.out", **what)

    def held_at(self, step):
        """Wait until a job stands at a step that was told to wait; its name."""
        def waiting():
            return [job for s, job in self.ask("state")["waiting"] if s == step]
        return wait_for(f"a job at {step}", waiting, 90)[0]

    def folder(self, disc):
        return self.out / f"{disc['disc']:04d}"

    def complaints(self):
        return [(e["kind"], e["sentence"]) for e in self.events("finding")]


def patient_words(study):
    words = [study["patient_id"], study["study_uid"], *study["patient_name"].replace("=", "^").split("^")]
    return [w.encode() for w in words if len(w) > 2]


def share_is_clean(server, study):
    """Nothing is left but ended job files, and those name no patient."""
    def left():
        files = [p for p in server.share.rglob("*") if p.is_file() or p.is_dir()]
        own = {"Status", "Settings", "Reports"}
        return [p for p in files if p.relative_to(server.share).parts[0] not in own
                and p.suffix.upper() not in (".DON", ".ERR")]
    wait_for("a clean share", lambda: not left() or None, 60)
    for path in server.share.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        check(not any(word in data for word in patient_words(study)), f"{path.name} names the patient")


def disc_is_whole(server, disc):
    """What came out reads back, by our own judge, and carries a label that is a picture of its own."""
    folder = server.folder(disc)
    done = subprocess.run([BIN / "discwright", "check", folder / "disc.iso"], capture_output=True, text=True)
    check(done.returncode == 0, f"discwright check: {done.stdout[-500:]}{done.stderr}")
    check(disc["verified"] and disc["closed"], f"not verified or left open: {disc}")
    check((folder / "label.jpg").read_bytes()[:2] == b"\xff\xd8", "the label is no JPEG")


def no_complaints(server):
    check(not server.complaints(), f"the service complains of what we write: {server.complaints()}")


def robots(a):
    return a.get("/api/now")["robots"]


def fault(a, part, seconds=90):
    """A fault whose sentence or row says so."""
    def asked():
        return [f for r in robots(a) for f in r["faults"] if part in f["sentence"] + f["key"]]
    return wait_for(f"a fault that says '{part}'", asked, seconds)[0]


