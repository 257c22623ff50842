#!/usr/bin/python3
"""Whose images they are: an object that names another patient holds its study, both values are shown side by side,
and only a person with a name and a reason lets it go. What was decided is kept."""
import json
import shutil
import subprocess
from appliance import BIN, Appliance, check, main, need, sample, wait_for


def changed(a, source, name, *tags):
    path = a.dir / name
    shutil.copy(source, path)
    subprocess.run(["dcmodify", "-nb", *[word for tag in tags for word in ("-i", tag)], str(path)], check=True)
    return path


def cli(a, *words, code=0):
    done = subprocess.run([BIN / "discwright", *words, "--state-folder", a.state], capture_output=True, text=True,
                          timeout=60)
    check(done.returncode == code, f"discwright {words[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout + done.stderr


def refused_without(a, study):
    path = f"/api/studies/{study['id']}/release"
    for body in ({}, {"user": "Ada"}, {"reason": "asked the ward"}, {"user": "Ada", "reason": " "},
                 {"login": "root", "door": "cli", "reason": "not at this door"}):
        check(a.post(path, body)["status"] == "INVALID", f"a release with only {sorted(body)} was not refused")
    check("--reason" in cli(a, "release", str(study["id"]), code=2), "the command line asks for no reason")
    reply = a.post("/api/jobs", {"study": study["id"]})
    check(reply["status"] == "CONFLICT", "a held study was burned")
    check(a.get(f"/api/studies/{study['id']}")["state"] == "held", "a refused release let the study go")


def side_by_side(a, study):
    conflicts = a.get(f"/api/studies/{study['id']}")["conflicts"]
    seen = {c["field"]: (c["locked"], c["other"], c["calling"]) for c in conflicts}
    check(seen.get("patient_id", ("",) * 3)[1:] == ("OTHER-1", "MODALITY"), f"the other ID is not shown: {seen}")
    check(seen["patient_name"][0] == study["patient_name_dicom"], f"the name of the study is not shown: {seen}")
    check(seen["sex"][1] in ("M", "F", "O") and seen["sex"][0] != seen["sex"][1], f"the sexes are not shown: {seen}")
    shown = cli(a, "study", str(study["id"]))
    check("OTHER-1" in shown and "Other^Person" in shown, f"the command line does not show both values: {shown}")
    check("OTHER-1" not in (a.dir / "log").read_text(), "a patient's ID is in the log")
    check("OTHER-1" not in json.dumps(a.get("/api/events")), "a patient's ID is in the history")


def decided(a, study):
    reply = a.post(f"/api/studies/{study['id']}/release",
                   {"user": "Ada", "reason": "card mix-up at the desk", "answer": "accept"})
    check(reply["status"] == "OK", f"the release was refused: {reply}")
    study = a.study(study["study_uid"])
    check((study["objects"], study["quarantined"]) == (5, 1), f"accepted were {study['objects']} objects, left out "
          f"{study['quarantined']}")
    job = a.job(a.burn(study))
    check(job["objects"] == 5 and job["quarantined"] == 1, f"on the disc are {job['objects']} objects")
    check(job["discs_delivered"] == 1, "the disc with an accepted object was not delivered")
    rows = a.get(f"/api/audit?study={study['id']}")["audit"]
    done = [r for r in rows if r["result"] == "OK"]
    check({r["door"] for r in rows} == {"console"}, "a door was taken from the request")
    check([r["action"] for r in done] == ["burn", "release"], f"kept are {[r['action'] for r in done]}")
    check((done[1]["user"], done[1]["door"], done[1]["reason"]) == ("Ada", "console", "card mix-up at the desk"),
          f"the release is kept as {done[1]}")
    check(len([r for r in rows if r["action"] == "release" and r["result"] == "INVALID"]) == 5,
          "refused releases are not kept")
    shown = cli(a, "audit", "--study", str(study["id"]))
    check("card mix-up at the desk" in shown and "Ada" in shown, f"the command line does not say who: {shown}")
    check("mix-up" not in (a.dir / "log").read_text(), "a reason is in the log")


def test():
    need("storescu", "dcmodify")
    with Appliance(name="identity") as a:
        files = sample(a.dir / "sample", count=6, series=1, bytes=20000)
        subprocess.run(["dcmodify", "-nb", "-i", "0010,0040=F", *map(str, files)], check=True)
        name = subprocess.run(["dcmdump", "+P", "0010,0010", "-s", str(files[0])], capture_output=True, text=True)
        check("[" in name.stdout, "the sample has no name")
        spelled = name.stdout.split("[")[1].split("]")[0].upper()
        a.start()
        a.send(files[:3])
        a.send([changed(a, files[3], "spelled", f"0010,0010={spelled}")])
        check(a.study()["objects"] == 4, "another spelling of the name made a conflict")
        a.send([changed(a, files[4], "sex", "0010,0040=M")])
        study = a.study(state="held")
        a.send([changed(a, files[5], "other", "0010,0020=OTHER-1", "0010,0010=Other^Person", "0010,0040=O")])
        wait_for("both objects", lambda: a.study(state="held")["quarantined"] == 2)
        refused_without(a, study)
        side_by_side(a, study)
        decided(a, study)
    print("held, shown side by side, released with a reason, and kept")


main(test)
