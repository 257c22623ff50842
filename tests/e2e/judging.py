"""For the tests of `discwright check` on discs that we did not make: the judge, file-sets by other programs."""
import json
import pathlib
import re
import shutil
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
DISCWRIGHT = BUILD / "bin" / "discwright"
LABEL = "OTHERS_01"
# Notes that every disc here gets: nobody names a profile, and only our own discs have a manifest and pages.
NOTES = {"PROFILE-INFERRED", "MAN-NONE", "PDI-NONE"}


class Trouble(Exception):
    pass


def need(*programs):
    """Skip the test (exit 77) where a program that is not ours is not installed."""
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")
            sys.exit(77)


def run(*words, cwd=None, timeout=240):
    """The tools of this trade end with anything, so the exit code is the caller's to judge."""
    done = subprocess.run([str(w) for w in words], capture_output=True, cwd=cwd, timeout=timeout)
    done.stdout, done.stderr = done.stdout.decode("latin-1"), done.stderr.decode("latin-1")
    return done


def make(*words, cwd=None):
    done = run(*words, cwd=cwd)
    if done.returncode != 0:
        raise Trouble(f"{words[0]}: {(done.stderr or done.stdout)[-400:]}")
    return done


def judge(source, *words):
    """The judgement; its exit code agrees with it."""
    done = subprocess.run([str(DISCWRIGHT), "check", "--json", *map(str, words), str(source)], capture_output=True,
                          text=True, timeout=240)
    if done.returncode not in (0, 1):
        raise Trouble(f"check {source}: exit {done.returncode}: {done.stderr}")
    result = json.loads(done.stdout)
    errors = any(f["severity"] == "error" for f in result["findings"])
    if result["conforms"] != (done.returncode == 0) or errors != (done.returncode == 1):
        raise Trouble(f"check {source}: exit {done.returncode}, conforms: {result['conforms']}, errors: {errors}")
    return result


def codes(result):
    """Everything but the notes."""
    return {f["code"] for f in result["findings"] if f["severity"] != "note"}


def notes(result):
    return {f["code"] for f in result["findings"] if f["severity"] == "note"}


def places(result, code):
    return [f["place"] for f in result["findings"] if f["code"] == code]


def modality(path):
    found = re.search(r"\[(\w+) *\]", run("dcmdump", "-q", "+P", "0008,0060", path).stdout)
    return found.group(1) if found else ""


def objects(folder, slices):
    """DICOM objects of an invented patient with File IDs as names: a few CT slices, and one of each other kind."""
    make(DISCWRIGHT, "sample", "--out", folder / "sample")
    kept, series = 0, {}
    for path in sorted((folder / "sample").iterdir()):
        kind = modality(path)
        kept += kind == "CT"
        if kind == "CT" and kept > slices:
            continue
        number = series.setdefault(kind, len(series) + 1)
        target = folder / "objects" / "DICOM" / f"SE{number}"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target / f"IM{len(list(target.iterdir())) + 1}")
    shutil.rmtree(folder / "sample")
    return folder / "objects"


def dcmmkdir(folder, *words):
    return run("dcmmkdir", "+r", *words, "DICOM", cwd=folder)
