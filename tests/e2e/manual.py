#!/usr/bin/python3
"""An ordinary drive and a person: one disc the whole way, asked for in plain words over the console's API, then by
the buttons of the console in a real browser. The drive is a file; what comes out of it is judged by tools that are
not ours."""
import os
import pathlib
import subprocess
from appliance import BIN, SOURCE, Appliance, check, main, need, sample, wait_for
from publish import compare_with_what_was_sent, extract, log_holds_no_patient

BROWSER = SOURCE / "tests" / "browser"


def step(a, task, wrong=""):
    def ask():
        now = a.get("/api/now")["robots"][0].get("step")
        return now if now and now["task"] == task and (wrong in now["wrong"] if wrong else not now["wrong"]) else None
    return wait_for(f"step {task} {wrong}", ask, 120)


def say(a, asked, answer="done"):
    return a.post("/api/robots/step", {"robot": "desk", "n": asked["n"], "disc": asked["disc"], "answer": answer})


def capabilities_are_said_beforehand(a):
    robot = a.get("/api/now")["robots"][0]
    notes = " ".join(robot["notes"])
    for part in ("simulated", "label by hand", "A person puts the discs in"):
        check(part in notes, f"'{part}' is not said of the robot: {notes}")
    check("person" in robot["caps"], f"the capabilities are {robot['caps']}")


def wrong_disc_then_a_good_one(a, drive, study, sent):
    """A written disc is refused at once; a blank that the drive sees goes on without a word."""
    number = a.burn(study)
    asked = step(a, "insert")
    check(asked["sentence"] == "Put a blank CD into drive 1", asked["sentence"])
    check(asked["job"] == number and asked["disc"], f"the step is about {asked}")
    drive.write_bytes(b"somebody's holiday pictures")
    step(a, "insert", "written already")
    drive.unlink()
    drive.touch()
    asked = step(a, "hand_over")
    check("write on it" in asked["sentence"], asked["sentence"])
    shown = subprocess.run([BIN / "discwright", "robot", "desk", "--config", a.config], capture_output=True, text=True)
    check(f"STEP {asked['n']}" in shown.stdout, f"the command line shows no step: {shown.stdout}{shown.stderr}")
    busy = subprocess.run([BIN / "discwright", "identify", "--drive", "1", "--config", a.config], capture_output=True, text=True)
    check(busy.returncode == 2 and f"has disc {asked['disc']} in work" in busy.stderr and not busy.stdout,
          f"a drive was looked into that has a disc in work: {busy.stdout}{busy.stderr}")
    late = say(a, {**asked, "n": asked["n"] - 1})
    check(late["status"] == "CONFLICT", f"a late answer was taken: {late}")
    check(a.get(f"/api/jobs/{number}")["state"] == "active", "delivered before a person had it")
    done = subprocess.run([BIN / "discwright", "step", "desk", str(asked["n"]), "done", "--config", a.config],
                          capture_output=True, text=True)
    check(done.returncode == 0, f"discwright step: {done.stderr}")
    job = a.job(number)
    image = job["disc_list"][0]["image"]
    check(not drive.exists() and pathlib.Path(image).is_file(), f"the disc is still in the drive, not at {image}")
    check(job["disc_list"][0]["verified_by"] == "us", "nobody read the disc back")
    out = a.dir / "disc"
    extract(image, out)
    check(compare_with_what_was_sent(out, sent) == len(sent), "not every object is on the disc")


def what_went_wrong_is_asked_about(a, study):
    number = a.burn(study)
    say(a, step(a, "insert"))
    say(a, step(a, "hand_over"), "failed")
    disc = wait_for("a disc in doubt", lambda: a.get("/api/discs?state=unknown")["discs"])[0]
    a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})
    a.job(number, states=("held",))
    a.post(f"/api/jobs/{number}/retry", {})
    say(a, step(a, "insert"))
    say(a, step(a, "hand_over"))
    check(a.job(number)["discs_delivered"] == 1, "the second attempt was not delivered")


def a_blank_is_asked_for_again_after_a_restart(a, study):
    number = a.burn(study)
    say(a, step(a, "insert"), "failed")
    step(a, "insert", "another blank CD, or cancel the job")
    a.kill()
    a.start()
    say(a, step(a, "insert"))
    say(a, step(a, "hand_over"))
    job = a.job(number)
    check(len(job["disc_list"]) == 1, f"more than one disc was made: {job['disc_list']}")
    disc = job["disc_list"][0]["id"]
    faults = [e["text"] for e in a.get("/api/events?limit=50")["events"] if e["disc"] == disc and "where" in e["text"].lower()]
    check(not faults, f"somebody was asked where a disc is that nobody had laid in: {faults}")


def a_cancelled_job_asks_for_no_blank(a, study):
    number = a.burn(study)
    step(a, "insert")
    a.post(f"/api/jobs/{number}/cancel", {})
    wait_for("no step", lambda: a.get("/api/now")["robots"][0].get("step") is None)
    wait_for("the end", lambda: a.get(f"/api/jobs/{number}")["state"] == "cancelled")
    faults = a.get("/api/now")["robots"][0]["faults"]
    check(not faults, f"a cancelled job left {faults}")


def press_the_buttons(a):
    if not (BROWSER / "node_modules").is_dir():
        print("skipped: tests/browser/node_modules is not installed")
        raise SystemExit(77)
    done = subprocess.run(["node", "manual.mjs", f"http://127.0.0.1:{a.web}/", os.environ.get("DW_PICTURE", "")],
                          cwd=BROWSER, capture_output=True, text=True, timeout=240)
    check(done.returncode == 0, f"{done.stdout}{done.stderr[-500:]}")


def test():
    need("storescu", "7z", "node", "chromium")
    with Appliance(name="manual", robots={}) as a:
        drive = a.dir / "drive"
        with open(a.config, "a") as config:
            config.write(f"[robot desk]\ndriver = manual\ndevice = stdio:{drive}\n")
        sent = sample(a.dir / "sample")
        a.start()
        a.send(sent)
        study = a.study()
        capabilities_are_said_beforehand(a)
        wrong_disc_then_a_good_one(a, drive, study, sent)
        what_went_wrong_is_asked_about(a, study)
        a_blank_is_asked_for_again_after_a_restart(a, study)
        a_cancelled_job_asks_for_no_blank(a, study)
        log_holds_no_patient(a, a.get("/api/studies")["studies"][0])  # before a browser may be missing
        press_the_buttons(a)


if __name__ == "__main__":
    main(test)
