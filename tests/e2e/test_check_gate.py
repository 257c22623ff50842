#!/usr/bin/env python3
"""The judge as the last gate of a job: discs of objects that came with faults of their own pass, discs of
somebody else do not."""
import json
import pathlib
import subprocess
import sys
import tempfile

import sampleset

BIN = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve() / "bin"
JOB = {"patient_id": "P1", "patient_name": "Zwölf^Anna", "birth_date": "19660317", "objects": 2}
SERIES, BIRTH_DATE = (0x0020, 0x000E, b"UI", "2.25.8"), (0x0010, 0x0030, b"DA", "1966.03.17")


def expect(condition, sentence):
    if not condition:
        raise SystemExit(f"FAIL: {sentence}")


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120)


def judge(image, *words):
    done = run(BIN / "discwright", "check", "--json", *words, image)
    expect(done.returncode in (0, 1), f"check: {done.stderr}")
    result = json.loads(done.stdout)
    return result["conforms"], {f["code"]: f["severity"] for f in result["findings"] if f["severity"] != "note"}


def disc_of(work, name, *, first=(), second=(), study=1):
    sampleset.ct(str(work / name / "1.dcm"), more=first)
    sampleset.ct(str(work / name / "2.dcm"), instance=2, study=study, more=second)
    made = run(BIN / "discwright", "disc", "--media", "cd", "--no-viewer", "--out", work / f"{name}-out", work / name)
    expect(made.returncode == 0, f"{name}: {made.stderr}")
    return work / f"{name}-out-1.iso"


def one_series_in_two_studies_is_a_fault_that_no_job_fails_for(work, job):
    image = disc_of(work, "series", first=(SERIES,), second=(SERIES,), study=2)
    expect(judge(image, "--expect", job) == (True, {"DIR-SERIES-TWICE": "warning"}), f"job: {judge(image, '--expect', job)}")
    expect(judge(image) == (False, {"DIR-SERIES-TWICE": "error"}), f"no job: {judge(image)}")


def a_birth_date_that_is_none_is_compared_as_the_job_knows_it(work):
    for name, said, known in (("word", b"unbekannt\xe4", "unbekannt?"), ("long", b"19660317" * 5, ("19660317" * 5)[:31])):
        said = (*BIRTH_DATE[:3], said)
        path = work / f"{name}.json"
        path.write_text(json.dumps({**JOB, "birth_date": known}))
        image = disc_of(work, name, first=(said,), second=(said,))
        expect(judge(image, "--expect", path) == (True, {"DIR-VALUE": "warning"}), f"{name}: {judge(image, '--expect', path)}")


def a_birth_date_in_the_form_of_acr_nema_is_the_same_date(work, job):
    image = disc_of(work, "date", second=(BIRTH_DATE,))
    expect(judge(image, "--expect", job) == (True, {}), f"{judge(image, '--expect', job)}")
    later = (*BIRTH_DATE[:3], "1966.03.18")
    other = disc_of(work, "other", first=(later,), second=(later,))
    conforms, found = judge(other, "--expect", job)
    expect(not conforms and found["ID-BIRTH-DATE"] == "error", f"another date: {found}")


with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder)
    path = place / "expect.json"
    path.write_text(json.dumps(JOB))
    one_series_in_two_studies_is_a_fault_that_no_job_fails_for(place, path)
    a_birth_date_in_the_form_of_acr_nema_is_the_same_date(place, path)
    a_birth_date_that_is_none_is_compared_as_the_job_knows_it(place)
print("ok: the last gate")
