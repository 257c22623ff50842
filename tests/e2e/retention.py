#!/usr/bin/python3
"""What nobody needs any more: an old study is hidden, can be taken back, and goes with everything that was made of
it; pinned and held ones stay; a disk that fills takes the oldest; killed in the middle of a purge, the appliance
finishes it after the next start."""
import sqlite3
import subprocess
from appliance import BIN, Appliance, check, main, need, sample, wait_for
from sampleset import ct

DAY = 86400


def grow_old(a, days):
    """As if so much time had passed: the clock of the machine is not the test's to set."""
    a.stop()
    with sqlite3.connect(a.state / "discwright.db") as db:
        for table, column in (("study", "last_at"), ("study", "deleted_at"), ("study", "kept_from"), ("job", "done_at")):
            db.execute(f"UPDATE {table} SET {column} = {column} - ? WHERE {column} > 0", (days * DAY,))
    a.start()


def cli(a, *words):
    done = subprocess.run([BIN / "discwright", *words, "--state-folder", a.state], capture_output=True, text=True,
                          timeout=60)
    check(done.returncode == 0, f"discwright {words[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def files(a, *folders):
    return sum(1 for f in folders for p in (a.state / f).rglob("*") if p.is_file())


def state_of(a, number):
    return a.get(f"/api/studies/{number}")["state"]


def wait_state(a, number, state):
    wait_for(f"study {number} in state {state}", lambda: state_of(a, number) == state, 40)


def by_age(a):
    first = a.study()["id"]
    a.job(a.burn(a.study()))
    wait_state(a, first, "published")
    a.send([a.dir / "in" / "pinned"])
    wait_for("the second study", lambda: a.get("/api/studies?state=complete")["total"] == 1)
    pinned = a.study()["id"]
    cli(a, "pin", str(pinned), "--user", "Ada", "--reason", "teaching case")
    grow_old(a, 8)
    wait_state(a, first, "deleted")
    check(a.get("/api/studies")["total"] == 1, "a deleted study is still in the list")
    check(a.get("/api/studies?state=deleted")["total"] == 1, "a deleted study cannot be found")
    cli(a, "undelete", str(first), "--reason", "patient asks again")
    wait_state(a, first, "published")
    grow_old(a, 8)
    wait_state(a, first, "deleted")
    check(files(a, "spool") > 1, "files went before the time of grace was over")
    grow_old(a, 2)
    wait_state(a, first, "purged")
    check(files(a, "spool") == 1 and files(a, "derived", "volumes", "jobs") == 0,
          f"left are {files(a, 'spool')} objects and {files(a, 'derived', 'volumes', 'jobs')} other files")
    check(state_of(a, pinned) == "complete", "a pinned study was deleted")
    rows = a.get(f"/api/audit?study={first}")["audit"]
    check([(r["action"], r["door"]) for r in rows[::-1]][1:] ==
          [("delete", "retention"), ("undelete", "cli"), ("delete", "retention"), ("purge", "retention")],
          f"kept is {rows}")
    check("teaching case" in cli(a, "audit", "--study", str(pinned)), "it is not kept who pinned the study")


def killed_in_the_middle(a, many):
    a.send(many)
    study = wait_for("the large study", lambda: [s for s in a.get("/api/studies?state=complete")["studies"]
                                                if s["objects"] == len(many)], 60)[0]["id"]
    a.stop()
    a.config.write_text(a.config.read_text().replace("grace_hours = 24", "grace_hours = 0"))
    a.start()
    reply = a.post(f"/api/studies/{study}/delete", {"user": "Ada"})
    check(reply["status"] == "OK", f"the study was not deleted: {reply}")
    wait_for("the purge", lambda: files(a, "spool") < len(many), 30)
    a.kill()
    left = files(a, "spool")
    a.start()
    wait_state(a, study, "purged")
    check(files(a, "spool") == 1, f"{files(a, 'spool')} files are left")
    check(not a.get("/api/status")["alarms"], "an interrupted purge is an alarm")
    print(f"killed with {left} files left")


def full_disk(a):
    number = a.get("/api/studies?state=complete")["studies"][0]["id"]
    cli(a, "unpin", str(number))
    a.stop()
    a.config.write_text(a.config.read_text().replace("keep_days = 7", "keep_days = 7\nkeep_min_free = 4000000GB"))
    a.start()
    wait_state(a, number, "purged")
    check(files(a, "spool") == 0, "objects are left")


def test():
    need("storescu")
    options = {"retention": "keep_days = 7\ngrace_hours = 24\n"}
    with Appliance(options, name="retention") as a:
        ct(str(a.dir / "in" / "pinned"))
        many = sample(a.dir / "many", seed="22" * 32, count=900, series=1, bytes=2048)
        a.start()
        a.send(sample(a.dir / "sample"))
        by_age(a)
        killed_in_the_middle(a, many)
        full_disk(a)
    print("hidden, taken back, purged; pinned ones stay; nothing half")


main(test)
