#!/usr/bin/python3
"""Drives are tied to places by a person: a machine whose kernel and udev tell of made-up drives (files in a mount namespace
of our own, so that the appliance reads what it reads everywhere), two robots, and the buttons of the console."""
import os
import pathlib
import subprocess
from appliance import BIN, SOURCE, Appliance, check, main, need, sample, wait_for

BROWSER = SOURCE / "tests" / "browser"
NODES = ("null", "zero", "full", "random", "urandom")
ENTER = """set -e
for n in {nodes}; do mount --bind /dev/$n {dir}/dev/$n; done
mount --bind {dir}/run /run
mount --bind {dir}/block /sys/class/block
mount --rbind {dir}/dev /dev
"""


class Machine(Appliance):
    """An appliance on a machine of its own: block devices, udev's database, and the nodes of its drives."""

    def prepare(self):
        self.fake = self.dir / "machine"
        for folder in ("block", "run/udev/data", "dev/shm"):
            (self.fake / folder).mkdir(parents=True)
        for name in NODES:
            (self.fake / "dev" / name).touch()
        self.enter = ENTER.format(nodes=" ".join(NODES), dir=self.fake)
        self.unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
        if subprocess.run([*self.unshare, "sh", "-c", self.enter], capture_output=True).returncode != 0:
            print("skipped: no mount namespace can be made here")
            raise SystemExit(77)

    def plug(self, number, serial, path):
        folder = self.fake / "block" / f"sr{number}"
        (self.fake / "run/udev/data" / f"b11:{number}").write_text(f"E:ID_SERIAL={serial}\nE:ID_PATH={path}\n")
        (self.fake / "dev" / f"sr{number}").touch()
        (folder / "device").mkdir(parents=True)
        (folder / "device/vendor").write_text("HL-DT-ST\n")
        (folder / "device/model").write_text("BD-RE BH16NS55  \n")
        (folder / "device/rev").write_text("1.02\n")
        (folder / "dev").write_text(f"11:{number}\n")

    def unplug(self, number):
        subprocess.run(["rm", "-r", self.fake / "block" / f"sr{number}", self.fake / "dev" / f"sr{number}"], check=True)

    def start(self, wait=True):
        (self.state / "run" / "ports.json").unlink(missing_ok=True)
        self.process = subprocess.Popen([*self.unshare, "sh", "-c", f'{self.enter} exec "$@"', "sh", BIN / "discwrightd", "--config", self.config],
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait_ready()
        return self

    def robot(self, name):
        return next(r for r in self.get("/api/now")["robots"] if r["name"] == name)

    def faults(self, name):
        return [f["sentence"] for f in self.robot(name)["faults"]]

    def cli(self, *words):
        return subprocess.run([BIN / "discwright", *words, "--config", self.config], capture_output=True, text=True, timeout=60)

    def tray(self, serial):
        return next(d["tray"] for d in self.get("/api/now")["machine"] if d["serial"] == serial)


def the_robot_waits_with_a_sentence(a):
    wait_for("the fault", lambda: "Drive 1 is not assigned: say in the console which one it is" in a.faults("desk"))
    desk = a.robot("desk")
    check(desk["connected"] and desk["drives"][0]["state"] == "missing", f"the robot is {desk}")
    check(a.get("/healthz")["status"] == "ok", "a robot that waits for a drive is not healthy")
    shown = a.cli("robot", "desk", "drives")
    for part in ("drive 1  Drive 1 is not assigned", "/dev/sr0  HL-DT-ST BD-RE BH16NS55 1.02  serial:K-DESK  at usb-1  of no robot",
                 "/dev/sr1", "drive 1 of robot shelf"):
        check(part in shown.stdout, f"'{part}' is not said: {shown.stdout}{shown.stderr}")
    check(a.robot("shelf")["bays"][0]["device"] == "/dev/sr1", "a drive is not found by its serial")
    check(not a.faults("shelf"), f"the other robot has {a.faults('shelf')}")


def a_drive_of_another_robot_is_refused(a):
    refused = a.cli("robot", "desk", "drive", "1", "K-SHELF")
    check(refused.returncode != 0 and "that is drive 1 of robot shelf" in refused.stderr, f"{refused.stdout}{refused.stderr}")


def press_the_buttons(a):
    if not (BROWSER / "node_modules").is_dir():
        print("skipped: tests/browser/node_modules is not installed")
        raise SystemExit(77)
    done = subprocess.run(["node", "assign.mjs", f"http://127.0.0.1:{a.web}/", os.environ.get("DW_PICTURE", "")], cwd=BROWSER,
                          capture_output=True, text=True, timeout=240)
    check(done.returncode == 0, f"{done.stdout}{done.stderr[-500:]}")


def what_the_buttons_said_is_kept(a):
    check(not a.faults("desk"), f"the fault stays: {a.faults('desk')}")
    check(a.robot("desk")["bays"][0]["address"] == "serial:K-DESK", a.robot("desk")["bays"])
    said = [entry for entry in a.get("/api/audit")["audit"] if entry["action"] == "assign" and entry["result"] == "OK"]
    check(any("drive=1 address=serial:K-DESK" in entry["detail"] and entry["door"] == "console" for entry in said), f"the audit has {said}")
    a.stop()
    a.start()
    wait_for("the assignment after a restart", lambda: a.robot("desk")["bays"][0]["device"] == "/dev/sr0")


def a_drive_that_comes_back_under_another_number_is_the_same(a, study):
    a.unplug(0)
    wait_for("the fault", lambda: any("(serial:K-DESK) is not plugged in" in s for s in a.faults("desk")))
    number = a.burn(study, robot="desk")
    wait_for("the disc", lambda: a.get(f"/api/jobs/{number}")["disc_list"])
    check(a.robot("desk").get("step") is None, "a blank is asked for although its drive is missing")
    a.plug(7, "K-DESK", "usb-1")
    wait_for("the drive", lambda: a.robot("desk")["bays"][0]["device"] == "/dev/sr7")
    asked = wait_for("the step", lambda: a.robot("desk").get("step"))
    check(asked["sentence"] == "Put a blank CD into drive 1", asked)
    check(not a.faults("desk"), f"the fault stays: {a.faults('desk')}")
    busy = a.cli("robot", "desk", "tray", "K-DESK")
    check(busy.returncode != 0 and "in hand: wait until it is out" in busy.stderr, f"a tray moved under a step: {busy.stderr}")
    check("lies in drive 1" in a.cli("robot", "desk", "drive", "1", "none").stderr, "a drive was taken from a disc in hand")
    a.post(f"/api/jobs/{number}/cancel", {})
    wait_for("the end", lambda: a.get(f"/api/jobs/{number}")["state"] == "cancelled")


def taken_back_it_is_asked_for_again(a):
    done = a.cli("robot", "desk", "drive", "1", "none", "--json")
    check(done.returncode == 0, f"{done.stdout}{done.stderr}")
    wait_for("the fault", lambda: any("Drive 1 is not assigned" in s for s in a.faults("desk")))


def test():
    need("storescu", "unshare", "node", "chromium")
    robots = {"robot desk": "driver = manual\ndevice = assign\ndrives = 1\n", "robot shelf": "driver = manual\ndevice = serial:K-SHELF\n"}
    with Machine(name="assign", robots=robots) as a:
        a.prepare()
        a.plug(0, "K-DESK", "usb-1")
        a.plug(1, "K-SHELF", "usb-2")
        a.start()
        the_robot_waits_with_a_sentence(a)
        a_drive_of_another_robot_is_refused(a)
        a.send(sample(a.dir / "sample"))
        study = a.study()
        press_the_buttons(a)
        what_the_buttons_said_is_kept(a)
        a_drive_that_comes_back_under_another_number_is_the_same(a, study)
        taken_back_it_is_asked_for_again(a)


if __name__ == "__main__":
    main(test)
