#!/usr/bin/env python3
"""discwright check as people and scripts use it: our own discs, discs of others, damaged ones, a job's."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

BIN = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve() / "bin"
CONFORMS, DOES_NOT, COULD_NOT = 0, 1, 2


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120)


def expect(condition, sentence):
    if not condition:
        raise SystemExit(f"FAIL: {sentence}")


def judge(source, *words, code=CONFORMS):
    done = run(BIN / "discwright", "check", "--json", *words, source)
    expect(done.returncode == code, f"{source}: exit {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return json.loads(done.stdout) if code != COULD_NOT else done.stderr


def codes(result):
    return {finding["code"] for finding in result["findings"] if finding["severity"] != "note"}


def element(path, tag):
    text = run("dcmdump", "-q", "+L", "+P", tag, path).stdout
    return text[text.index("[") + 1:text.index("]")] if "[" in text else ""


def our_discs_raise_nothing(work, sample):
    for media, profile in (("cd", "STD-GEN-CD"), ("dvd", "STD-GEN-DVD-JPEG")):
        made = run(BIN / "discwright", "disc", "--media", media, "--out", work / media, sample)
        expect(made.returncode == 0, f"disc --media {media}: {made.stderr}")
        result = judge(work / f"{media}-1.iso", "--profile", profile)
        expect(not codes(result), f"{media}: {codes(result)}")
        expect(result["profile"] == profile and result["conforms"], f"{media}: {result['profile']}")
        expect(result["dicom_files"] == len(list(sample.iterdir())), f"{media}: {result['dicom_files']} files")
    folder = work / "set"
    made = run(BIN / "discwright", "fileset", "--media", "cd", "--out", folder, sample)
    expect(made.returncode == 0, f"fileset: {made.stderr}")
    expect(not codes(judge(folder)), "fileset")
    expect(not codes(judge(f"stdio:{work / 'cd-1.iso'}")), "a stdio: drive is judged like its image")


def a_damaged_disc_does_not_conform_and_people_are_told_what_to_do(work):
    image = work / "damaged.iso"
    shutil.copy(work / "cd-1.iso", image)
    data = bytearray(image.read_bytes())
    data[len(data) // 2] ^= 1
    image.write_bytes(data)
    result = judge(image, code=DOES_NOT)
    expect(codes(result) == {"MAN-HASH"}, f"one bit: {codes(result)}")
    done = run(BIN / "discwright", "check", image)
    expect(done.returncode == DOES_NOT and "-> do not hand out this disc" in done.stdout, done.stdout)
    image.write_bytes(data[:len(data) // 2])
    expect({"ISO-SIZE", "FILE-IO"} <= codes(judge(image, code=DOES_NOT)), "an image cut short")


def the_disc_of_another_job_is_refused(work, sample):
    files = sorted(sample.iterdir())
    uids = sorted(element(f, "0008,0018") for f in files)
    digest = hashlib.sha256("".join(uid + "\n" for uid in uids).encode()).hexdigest()
    right = {"patient_id": element(files[0], "0010,0020"), "patient_name": element(files[0], "0010,0010"),
             "birth_date": element(files[0], "0010,0030"), "issuer": "", "fileset_uid": "",
             "objects": len(files), "instances_sha256": digest}
    path = work / "expect.json"
    path.write_text(json.dumps(right))
    result = judge(work / "cd-1.iso", "--expect", path)
    expect(not codes(result), f"the job's own disc: {codes(result)}")
    for key, value, code in (("patient_id", "OTHER", "ID-PATIENT-ID"), ("patient_name", "Other^Name", "ID-NAME"),
                             ("birth_date", "18000101", "ID-BIRTH-DATE"), ("objects", 1, "ID-COUNT"),
                             ("fileset_uid", "2.25.1", "ID-FILESET-UID"),
                             ("instances_sha256", "0" * 64, "ID-INSTANCES")):
        path.write_text(json.dumps({**right, key: value}))
        result = judge(work / "cd-1.iso", "--expect", path, code=DOES_NOT)
        expect(codes(result) == {code}, f"another {key}: {codes(result)}")
        told = json.dumps(result)
        expect(right["patient_id"] not in told and right["patient_name"].split("^")[0] not in told,
               "a report holds patient data")


def discs_of_other_programs_are_judged_by_their_true_faults(work):
    folder = work / "set"
    plain, rich = work / "plain.iso", work / "rich.iso"
    label = element(folder / "DICOMDIR", "0004,1130").strip()
    run("genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V", label, "-o", plain, folder)
    run("genisoimage", "-quiet", "-J", "-R", "-V", label, "-o", rich, folder)
    expect(not codes(judge(plain)), f"genisoimage, level 1: {codes(judge(plain))}")
    expect(codes(judge(rich)) == {"ISO-SVD", "ISO-SUSP", "ISO-SYSTEM-ID"}, f"genisoimage -J -R: {codes(judge(rich))}")
    if shutil.which("xorriso"):
        other = work / "xorriso.iso"
        run("xorriso", "-as", "mkisofs", "-quiet", "-iso-level", "1", "-sysid", "", "-V", label, "-o", other, folder)
        expect(codes(judge(other)) <= {"ISO-SUSP"}, f"xorriso: {codes(judge(other))}")


def what_cannot_be_checked_is_said_in_one_sentence(work):
    for words in ((work / "nowhere.iso",), ("--profile", "STD-GEN-LP", work / "set"), (), ("--what", work / "set"),
                  ("--expect", work / "nowhere.json", work / "set"), ("/dev/null",)):
        done = run(BIN / "discwright", "check", *words)
        lines = done.stderr.strip().splitlines()
        expect(done.returncode == COULD_NOT and len(lines) == 1 and not done.stdout,
               f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    nothing = work / "nothing.iso"
    nothing.write_bytes(b"\0" * 40960)
    expect("ISO-NONE" in codes(judge(nothing, code=DOES_NOT)), "an empty image")


def main():
    for tool in ("dcmdump", "genisoimage"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="dw-check-") as name:
        work = pathlib.Path(name)
        sample = work / "sample"
        made = run(BIN / "discwright", "sample", "--out", sample)
        expect(made.returncode == 0, f"sample: {made.stderr}")
        our_discs_raise_nothing(work, sample)
        a_damaged_disc_does_not_conform_and_people_are_told_what_to_do(work)
        the_disc_of_another_job_is_refused(work, sample)
        discs_of_other_programs_are_judged_by_their_true_faults(work)
        what_cannot_be_checked_is_said_in_one_sentence(work)
    print("ok")


main()
