#!/usr/bin/env python3
"""discwright check as people and scripts use it: our own discs, discs of others, damaged ones, a job's."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

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
    for media in ("cd", "dvd", "cd"):  # a drive reads at one place at a time, and files are read ahead
        expect(not codes(judge(f"stdio:{work / media}-1.iso")), "a stdio: drive is judged like its image")


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
                  ("--expect", work / "nowhere.json", work / "set"), ("/dev/null",), ("--junit",),
                  ("--junit", work / "nowhere" / "x.xml", work / "set"), ("--explain", "all", work / "set"),
                  ("--json", "--junit", "-", work / "set"), ("", )):
        done = run(BIN / "discwright", "check", *words)
        lines = done.stderr.strip().splitlines()
        expect(done.returncode == COULD_NOT and len(lines) == 1 and not done.stdout,
               f"{words}: exit {done.returncode}: {done.stdout}{done.stderr}")
    nothing = work / "nothing.iso"
    nothing.write_bytes(b"\0" * 40960)
    expect("ISO-NONE" in codes(judge(nothing, code=DOES_NOT)), "an empty image")


def junit(source, code, *words):
    done = run(BIN / "discwright", "check", "--junit", "-", *words, source)
    expect(done.returncode == code, f"{source}: exit {done.returncode}: {done.stderr}")
    root = xml.etree.ElementTree.fromstring(done.stdout)
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    expect(int(root.get("tests")) == len(cases) and int(root.get("failures")) == len(failed), f"totals: {root.attrib}")
    for suite in root.findall("testsuite"):
        inside = suite.findall("testcase")
        expect(int(suite.get("tests")) == len(inside) > 0 and
               int(suite.get("failures")) == sum(case.find("failure") is not None for case in inside),
               f"a suite's totals: {suite.attrib}")
    return cases, failed


def a_build_server_reads_the_judgement_as_junit(work):
    cases, failed = junit(work / "cd-1.iso", CONFORMS)
    expect(not failed and {"ISO-PVD", "DIR-ORPHAN", "MAN-HASH"} <= set(cases), f"good: {failed}")
    expect(not {"UDF-ANCHOR", "ID-NAME"} & set(cases), "what was not judged has no case")
    expect({"ISO-PVD", "UDF-ANCHOR", "BRIDGE-EXTENT"} <= set(junit(work / "dvd-1.iso", CONFORMS)[0]), "both views of a DVD")
    damaged = work / "damaged.iso"
    expect(junit(damaged, DOES_NOT)[1] == {f["code"] for f in judge(damaged, code=DOES_NOT)["findings"]
                                           if f["severity"] == "error"}, "failures are the errors")
    folder = work / "names"
    shutil.copytree(work / "set", folder)
    name = "a&b<c>\"d'\x01.x"
    (folder / name).write_bytes(b"no image")
    cases, failed = junit(folder, DOES_NOT)
    expect("NAME-LEVEL1" in failed and "ISO-PVD" not in cases, f"a folder: {failed}")
    expect("/a&b<c>\"d'?.x" in cases["NAME-LEVEL1"].find("failure").text, "the name of a file survives the XML")
    path = work / "report.xml"
    done = run(BIN / "discwright", "check", "--json", "--junit", path, folder)
    expect(json.loads(done.stdout)["conforms"] is False, done.stderr)
    expect(xml.etree.ElementTree.parse(path).getroot().tag == "testsuites", "--junit FILE beside --json")


def every_finding_of_json_is_whole_and_its_code_explains_itself(work):
    result = judge(work / "damaged.iso", code=DOES_NOT)
    expect(result["findings"], "there are findings")
    for finding in result["findings"]:
        expect(set(finding) == {"code", "severity", "place", "clause", "text"} and
               finding["severity"] in ("error", "warning", "note") and finding["text"], f"{finding}")
        done = run(BIN / "discwright", "check", "--explain", finding["code"].lower())
        expect(done.returncode == 0 and finding["code"] in done.stdout and "to do:" in done.stdout, done.stderr)
    done = run(BIN / "discwright", "check", "--explain", "all")
    expect(done.returncode == 0 and done.stdout.count("\n") > 130, "every code is listed")
    done = run(BIN / "discwright", "check", "--explain", "MANHASH")
    expect(done.returncode == COULD_NOT and "MAN-HASH" in done.stderr and done.stderr.count("\n") == 1, done.stderr)


def certificate(work, source, code):
    path = work / "certificate.pdf"
    path.unlink(missing_ok=True)
    done = run(BIN / "discwright", "check", "--certificate", path, source)
    expect(done.returncode == code, f"{source}: exit {done.returncode}: {done.stderr}")
    info = run("pdfinfo", path).stdout.split()
    expect(info[info.index("Pages:") + 1] == "1" and "(A4)" in info, f"one page A4: {info}")
    return " ".join(run("pdftotext", "-layout", path, "-").stdout.split())


def a_certificate_names_the_disc_and_no_patient(work, sample):
    image = work / "cd-1.iso"
    file = sorted(sample.iterdir())[0]
    patient = [element(file, "0010,0020").strip()] + element(file, "0010,0010").strip().split("^")
    text = certificate(work, image, CONFORMS)
    uid = element(work / "set" / "DICOMDIR", "0004,1130")
    result = judge(image)
    expect(uid and "Conforms to STD-GEN-CD" in text and "Does not" not in text, text)
    for told in (hashlib.sha256(image.read_bytes()).hexdigest(), str(image.stat().st_size), result["label"],
                 result["fileset_uid"]):
        expect(told and told in text, f"the certificate does not say {told}: {text}")
    text = certificate(work, work / "damaged.iso", DOES_NOT)
    expect("Does not conform" in text and "ISO-SIZE" in text, text)
    family = next(word for word in patient[1:] if len(word) > 2)
    named = work / "named.iso"
    run("genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V", f"CD_{family.upper()}"[:16], "-o", named,
        work / "set")
    text = certificate(work, named, CONFORMS)
    expect("not shown" in text, f"a label that names the patient: {text}")
    for word in patient:
        expect(len(word) < 3 or word.lower() not in text.lower(), f"the certificate holds '{word}'")
    folder = work / "nobody"
    folder.mkdir()
    (folder / "README.TXT").write_text("nothing\r\n")
    run("genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V", "SMITH", "-o", work / "nobody.iso", folder)
    text = certificate(work, work / "nobody.iso", DOES_NOT)
    expect("SMITH" not in text and "not shown" in text, f"a label of nobody knows whom: {text}")
    text = certificate(work, work / "names", DOES_NOT)
    expect("a&b" not in text and "NAME-LEVEL1" in text, "names of files stay out of a certificate")
    done = run(BIN / "discwright", "check", "--certificate", work / "nowhere" / "c.pdf", image)
    expect(done.returncode == COULD_NOT and done.stderr.count("\n") == 1, f"no certificate, no verdict: {done.stderr}")


def without_its_second_reader_nothing_is_checked(work):
    alone = work / "alone"
    alone.mkdir()
    for name in ("discwright", "discwright-work", "discwright-work-check"):
        shutil.copy(BIN / name, alone)
    module = alone / "discwright-dirreader.so"
    whole = (BIN / module.name).read_bytes()
    for content, sentence in ((None, "module discwright-dirreader is not installed"),
                              (whole[:16384], "ended by"),  # the loader itself crashes
                              (b"", "module cannot be loaded")):
        if content is not None:
            module.write_bytes(content)
        for source in ("cd-1.iso", "damaged.iso", "set"):
            done = run(alone / "discwright", "check", "--json", work / source)
            last = done.stderr.splitlines()[-1:]  # a sanitizer says more before it
            expect(done.returncode == COULD_NOT and not done.stdout and last and sentence in last[0],
                   f"{source}, {sentence}: exit {done.returncode}, {done.stdout}{done.stderr}")
    module.write_bytes(whole)
    expect(run(alone / "discwright", "check", work / "cd-1.iso").returncode == CONFORMS, "with it a disc is judged")


def main():
    for tool in ("dcmdump", "genisoimage", "pdftotext", "pdfinfo"):
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
        a_build_server_reads_the_judgement_as_junit(work)
        every_finding_of_json_is_whole_and_its_code_explains_itself(work)
        a_certificate_names_the_disc_and_no_patient(work, sample)
        without_its_second_reader_nothing_is_checked(work)
        what_cannot_be_checked_is_said_in_one_sentence(work)
    print("ok")


main()
