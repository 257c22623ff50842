#!/usr/bin/python3
"""Rules of a site, from two modalities to their discs: which one applies, what waits, what is ignored, what keeps a
study open, and the disc of what came late."""
import datetime
import json
import os
import signal
import subprocess
from appliance import BIN, Appliance, check, main, need, wait_for
from sampleset import ct

STATION = (0x0008, 0x1010, b"SH")


def window(from_h, to_h):
    """Hours around now, in local time; it may pass midnight."""
    now = datetime.datetime.now()
    at = lambda h: (now + datetime.timedelta(hours=h)).strftime("%H:%M")
    return f"{at(from_h)}-{at(to_h)}"


def rules():
    return {"jobs": "auto_publish = no\n",
            "ae BURN_CT_2": "publish = yes\ncopies = 2\n",
            'rule "not meant for discs"': "calling = test*\naction = ignore\n",
            'rule "MR waits"': "modality = MR\naction = hold\n",
            'rule "another time"': f"station = CTAWP?\ntime = {window(2, 4)}\ncopies = 4\n",
            'rule "at this time"': f"station = CTAWP?\ntime = {window(-2, 2)}\ncopies = 1\npriority = stat\n",
            'rule "slow"': "called = SLOW\naction = none\nquiet_s = 3600\n",
            'rule "burn"': "called = BURN\ndescription = *UDY 5\n"}


def send(a, files, called, calling="MODALITY"):
    """The options of send() come before its own titles, of which the last counts."""
    done = subprocess.run(["storescu", "-aet", calling, "-aec", called, "127.0.0.1", str(a.dicom), *map(str, files)],
                          capture_output=True, text=True, timeout=120, env=dict(os.environ, TCP_NODELAY="1"))
    check(done.returncode == 0, f"storescu ended with {done.returncode}: {done.stderr[-300:]}")


def make(a, study, count=2, first=1, **options):
    files = []
    for i in range(first, first + count):
        files.append(a.dir / "in" / f"{study}-{i}")
        ct(str(files[-1]), study=study, instance=i, **options)
    return files


def cli(a, *words):
    done = subprocess.run([BIN / "discwright", *words, "--config", a.config], capture_output=True, text=True, timeout=30)
    check(done.returncode == 0, f"discwright {words}: {done.stderr}")
    return done.stdout


def study_of(a, number, state="complete", **want):
    """The study that was sent as that number."""
    def ask():
        for study in a.get("/api/studies")["studies"]:
            if study["description"] == f"Study {number}" and study["state"] == state:
                return all(study[k] == v for k, v in want.items()) and study
    return wait_for(f"study {number} in state {state} with {want}", ask, 60)


def job_of(a, study):
    job = a.get(f"/api/studies/{study['id']}")["jobs"]
    return job[-1] if job else None


def modalities_have_rules_of_their_own(a):
    send(a, make(a, 1), "BURN_CT_2")
    one = study_of(a, 1, "published", rule="", action="burn")
    check(job_of(a, one)["copies"] == 2, "the AE title's two copies were not ordered")

    send(a, make(a, 2, modality="MR"), "BURN_CT_2")
    two = study_of(a, 2, rule="MR waits", action="hold")
    job = job_of(a, two)
    check(job["state"] == "held" and job["waits"] and job["rule"] == "MR waits", f"the job does not wait: {job}")
    check(job["copies"] == 2, "what the rule leaves open is not as for the AE title")
    cli(a, "release-job", str(job["id"]))
    a.job(job["id"])

    send(a, make(a, 3), "BURN_CT_2", calling="TESTSET")
    three = study_of(a, 3, rule="not meant for discs", action="ignore")
    check(job_of(a, three) is None, "an ignored study was ordered")

    send(a, make(a, 4, more=[(*STATION, "CTAWP7")]), "DISCWRIGHT")
    four = study_of(a, 4, "published", rule="at this time", action="burn")
    check(job_of(a, four)["priority"] == "stat" and job_of(a, four)["copies"] == 1, f"wrong job: {job_of(a, four)}")
    why = cli(a, "rules", "--explain", str(four["id"]))
    check("another time: time is " in why and "->  at this time: fits and is applied" in why, f"it is explained so:\n{why}")
    check("MR waits: modality is CT, not MR" in why, f"it is explained so:\n{why}")
    check("at this time" in cli(a, "rules"), "the rules are not listed")


def slow_studies_wait_for_their_own_time(a):
    send(a, make(a, 6), "SLOW")
    six = study_of(a, 6, "receiving")
    reply = json.loads(cli(a, "rules", "--explain", str(six["id"]), "--json"))
    check(reply["wait"]["quiet_s"] == 3600 and 3500 < reply["wait"]["left_s"] <= 3601, f"it waits so: {reply['wait']}")
    check(a.post(f"/api/studies/{six['id']}/complete", {})["status"] == "OK", "a person had to wait")
    study_of(a, 6, rule="slow", action="none")


def an_open_association_keeps_its_study_open(a):
    files = make(a, 7, count=60)
    # Without TCP_NODELAY each object takes 40 ms and more: time enough to stop the sender in the middle.
    sender = subprocess.Popen(["storescu", "-aec", "ELSE", "127.0.0.1", str(a.dicom), *map(str, files)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        seven = study_of(a, 7, "receiving")
        sender.send_signal(signal.SIGSTOP)
        reply = wait_for("the end of the quiet time", lambda: (
            lambda r: r["wait"] and r["wait"]["left_s"] == 0 and r)(
                json.loads(cli(a, "rules", "--explain", str(seven["id"]), "--json"))), 30)
        check(reply["wait"]["associations"] == 1, f"open associations: {reply['wait']}")
        check(study_of(a, 7, "receiving")["objects"] < 60, "the sender was not stopped in time")
        sender.send_signal(signal.SIGCONT)
        check(sender.wait(60) == 0, "the sender failed")
    finally:
        sender.kill()
        sender.wait()
    study_of(a, 7, "complete", objects=60)


def what_comes_late_gets_a_disc_of_its_own(a):
    send(a, make(a, 5, count=3), "BURN")
    five = study_of(a, 5, "published", rule="burn")
    first = job_of(a, five)["id"]
    late = make(a, 5, count=2, first=4)
    send(a, late, "BURN")
    five = study_of(a, 5, "complete", late=2, late_job=first)
    check(len(a.get(f"/api/studies/{five['id']}")["jobs"]) == 1, "the rule burned a second disc")
    check("LATE: 2 objects" in cli(a, "job", str(first)), "the job does not say what came late")
    check("LATE" in cli(a, "jobs"), "the list of jobs does not say what came late")
    number = int(cli(a, "supplement", str(first)).split()[1])
    job = a.job(number)
    check(job["supplement_of"] == first and job["objects"] == 2, f"no supplement: {job}")
    out = a.dir / "supplement"
    done = subprocess.run(["7z", "x", "-y", f"-o{out}", job["disc_list"][0]["image"]], capture_output=True, text=True)
    check(done.returncode == 0, f"7z: {done.stdout[-300:]}")
    import pydicom
    from pydicom.fileset import FileSet
    sent = {pydicom.dcmread(p).SOPInstanceUID for p in late}
    check({i.SOPInstanceUID for i in FileSet(str(out / "DICOMDIR"))} == sent, "the DICOMDIR holds something else")
    for page in ("INDEX.HTM", "README.TXT"):
        check(f"supplement to the disc of job {first}" in (out / page).read_text(), f"{page} does not say what the disc is")
    verdict = subprocess.run([BIN / "discwright", "check", job["disc_list"][0]["image"]], capture_output=True, text=True)
    check(verdict.returncode == 0, f"discwright check: {verdict.stdout[-500:]}{verdict.stderr}")
    five = study_of(a, 5, "published", late=0)


def mistakes_are_found_before_the_start(a):
    broken = a.dir / "broken.conf"
    for line, says in (("media = floppy", "media"), ("profile = STD-GEN-MO", "STD-GEN-MO"),
                       ("template = no_such", "no_such"), ("time = 8-17", "HH:MM-HH:MM")):
        broken.write_text(f"[rule x]\nmodality = CT\n{line}\n")
        done = subprocess.run([BIN / "discwrightd", "--config", broken, "--check-config"], capture_output=True, text=True)
        check(done.returncode != 0 and "broken.conf:3: " in done.stderr and says in done.stderr, f"{line}: {done.stderr}")


def test():
    need("storescu", "7z")
    with Appliance(rules(), name="rules") as a:
        a.start()
        modalities_have_rules_of_their_own(a)
        slow_studies_wait_for_their_own_time(a)
        an_open_association_keeps_its_study_open(a)
        what_comes_late_gets_a_disc_of_its_own(a)
        mistakes_are_found_before_the_start(a)
        log = (a.dir / "log").read_text(errors="replace")
        check("Zw" not in log and "modality is" not in log, "the log names the patient or says why rules do not fit")


main(test)
