#!/usr/bin/python3
"""What rules did, as front-desk staff see it in a real browser: late objects and their disc, a job that waits."""
import os
import subprocess
from appliance import SOURCE, Appliance, check, main, need, wait_for
from sampleset import ct

BROWSER = SOURCE / "tests" / "browser"
RULES = {'rule "burn at once"': "calling = CT8\n", 'rule "a person looks"': "calling = CT9\naction = hold\n",
         'rule "not for discs"': "calling = QA\naction = ignore\n"}


def send(a, calling, study, instances):
    files = [a.dir / "in" / f"{study}-{i}" for i in instances]
    for i, path in zip(instances, files):
        ct(str(path), study=study, instance=i)
    done = subprocess.run(["storescu", "-aet", calling, "-aec", "DISCWRIGHT", "127.0.0.1", str(a.dicom),
                           *map(str, files)], capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"storescu: {done.stderr[-300:]}")


def study(a, number, state):
    return next((s for s in a.get("/api/studies")["studies"]
                 if s["description"] == f"Study {number}" and s["state"] == state), None)


def test():
    need("storescu", "node", "chromium")
    if not (BROWSER / "node_modules").is_dir():
        print("skipped: tests/browser/node_modules is not installed")
        raise SystemExit(77)
    with Appliance(RULES, name="console-rules") as a:
        a.start()
        send(a, "CT8", 8, [1, 2, 3])
        wait_for("the disc of study 8", lambda: study(a, 8, "published"), 120)
        send(a, "CT8", 8, [4, 5])
        wait_for("the late objects", lambda: (study(a, 8, "complete") or {}).get("late") == 2, 60)
        send(a, "CT9", 9, [1])
        wait_for("the held job", lambda: any(j["waits"] for j in a.get("/api/jobs")["jobs"]), 60)
        send(a, "QA", 7, [1])
        wait_for("the ignored study", lambda: study(a, 7, "complete"), 60)
        picture = os.environ.get("DW_PICTURE", "")
        done = subprocess.run(["node", "rules.mjs", f"http://127.0.0.1:{a.web}/", picture], cwd=BROWSER,
                              capture_output=True, text=True, timeout=240)
        check(done.returncode == 0, f"{done.stdout}{done.stderr[-500:]}")


main(test)
