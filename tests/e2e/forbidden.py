#!/usr/bin/python3
"""A video that no CD may hold: the job waits before any disc is touched, and each of the three answers makes the
disc it promises."""
import pathlib
import subprocess
from appliance import BIN, Appliance, check, main, need
from sampleset import ct, video

TAKER = "STD-GEN-BD-MPEG4-HPLV41"


def held(a, study, **options):
    number = a.burn(study, **options)
    job = a.job(number, states=("held",))
    check("1 object" in job["reason"] and "leave" in job["reason"], f"the reason is '{job['reason']}'")
    check(job["forbidden"] == 1 and not job["disc_list"] and not job["volume_list"], "something was made already")
    note = next(n for n in job["notes"] if n["kind"] == "forbidden")
    check("MPEG-4" in note["text"] and TAKER in note["text"], f"the note says '{note['text']}'")
    check(set(job["question"]["answers"]) == {"leave-off", "profile", "as-is"}, f"asked {job['question']}")
    check({"profile": TAKER, "media": "bd"} in job["question"]["takers"], f"takers {job['question']['takers']}")
    return number


def resolve(a, number, *words):
    done = subprocess.run([BIN / "discwright", "resolve", str(number), *words, "--config", a.config],
                          capture_output=True, text=True, timeout=30)
    check(done.returncode == 0, f"resolve {words}: {done.stderr}")


def disc_of(a, number):
    job = a.job(number)
    image = pathlib.Path(job["disc_list"][0]["image"])
    out = a.dir / f"disc-{number}"
    done = subprocess.run(["7z", "x", "-y", f"-o{out}", str(image)], capture_output=True, text=True)
    check(done.returncode == 0, f"7z: {done.stdout[-300:]}")
    objects = [p for p in (out / "DICOM").rglob("*") if p.is_file()]
    verdict = subprocess.run([BIN / "discwright", "check", image], capture_output=True, text=True)
    return job, out, objects, verdict


def left_off(a, study):
    number = held(a, study)
    shown = subprocess.run([BIN / "discwright", "job", str(number), "--config", a.config], capture_output=True,
                           text=True, timeout=30).stdout
    for word in (f"resolve {number} --leave-off", f"resolve {number} --as-is", TAKER, "MPEG-4"):
        check(word in shown, f"'{word}' is not shown: {shown}")
    resolve(a, number, "--leave-off")
    job, out, objects, verdict = disc_of(a, number)
    check(len(objects) == 3 and job["incomplete"] and job["left_off"] == 1, f"{len(objects)} objects, {job['notes']}")
    check(verdict.returncode == 0, f"check: {verdict.stdout}")
    check("MPEG-4" in (out / "REPORT.TXT").read_text(), "the disc does not say what it lacks")


def as_it_is(a, study):
    number = held(a, study)
    a.kill()  # the question is a row, not a memory
    a.start()
    check(a.get(f"/api/jobs/{number}")["state"] == "held", "the question is lost")
    check(a.post(f"/api/jobs/{number}/resolve", {"answer": "as-is"})["status"] == "OK", "as-is was refused")
    job, out, objects, verdict = disc_of(a, number)
    check(len(objects) == 4 and not job["incomplete"], f"{len(objects)} objects are on the disc")
    check(job["nonconformant"] and job["claim"] == "", f"it claims {job['claim']}")
    check(verdict.returncode == 1 and "error" in verdict.stdout, "the judge finds nothing odd about it")
    check("NOT" in (out / "REPORT.TXT").read_text().upper(), "the report does not say that it does not conform")


def another_medium(a, study):
    number = held(a, study)
    reply = a.post(f"/api/jobs/{number}/resolve", {"answer": "profile", "media": "dvd", "profile": TAKER})
    check(reply["status"] == "INVALID", f"a profile of another medium: {reply}")
    resolve(a, number, "--media", "bd", "--profile", TAKER)
    job, out, objects, verdict = disc_of(a, number)
    check(len(objects) == 4 and job["media"] == "bd" and job["claim"] == TAKER, f"{job['media']} {job['claim']}")
    check(verdict.returncode == 0, f"check: {verdict.stdout}")


def test():
    need("storescu", "7z")
    with Appliance(robot="time_scale = 0\nbins = cd,bd\n", name="forbidden") as a:
        images = [a.dir / "in" / f"{i}" for i in range(1, 4)]
        for i, path in enumerate(images, 1):
            ct(str(path), instance=i)
        video(a.dir / "in" / "video")
        a.start()
        a.send(images)
        a.send([a.dir / "in" / "video"], extra=["--required", "--propose-mpeg4"])
        study = a.study()
        check(study["objects"] == 4, f"{study['objects']} of 4 objects arrived")
        left_off(a, study)
        as_it_is(a, study)
        another_medium(a, study)
        check("Zwölf" not in (a.dir / "log").read_text(errors="replace"), "the log names the patient")


main(test)
