#!/usr/bin/python3
"""One study the whole way, as a modality and the front desk see it; the disc is judged by tools that are not ours."""
import pathlib
import re
import subprocess
import appliance
from appliance import Appliance, check, main, need, sample, sha256


def extract(image, folder):
    done = subprocess.run(["7z", "x", "-y", f"-o{folder}", str(image)], capture_output=True, text=True)
    check(done.returncode == 0, f"7z: {done.stdout[-300:]}")


def dataset_of(path):
    """The bytes behind the meta header: what must have stayed as sent."""
    import pydicom
    with open(path, "rb") as f:
        pydicom.filereader.read_preamble(f, True)
        pydicom.filereader._read_file_meta_info(f)
        return f.read()


def compare_with_what_was_sent(folder, sent):
    import pydicom
    by_uid = {pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID: p for p in sent}
    found = 0
    for path in (folder / "DICOM").rglob("*"):
        if path.is_file():
            uid = pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID
            check(uid in by_uid, "an object on the disc was never sent")
            check(dataset_of(path) == dataset_of(by_uid.pop(uid)), "an object's bytes changed on the way")
            found += 1
    check(not by_uid, f"{len(by_uid)} objects are missing on the disc")
    return found


def read_with_others(image, folder):
    listing = subprocess.run(["isoinfo", "-l", "-i", str(image)], capture_output=True, text=True, check=True).stdout
    check("DICOMDIR.;1" in listing, "isoinfo does not list DICOMDIR.;1")
    dump = subprocess.run(["dcmdump", str(folder / "DICOMDIR")], capture_output=True, text=True, check=True).stdout
    check(dump.count("DirectoryRecordType") > 60, "dcmdump shows too few directory records")
    from pydicom.fileset import FileSet
    return FileSet(str(folder / "DICOMDIR"))


def manifest_is_right(folder):
    lines = (folder / "MANIFEST.TXT").read_text().splitlines()
    for line in lines:
        digest, name = line.split("  ", 1)
        check(sha256(folder / name) == digest, f"{name} differs from the manifest")
    on_disc = sum(1 for p in folder.rglob("*") if p.is_file())
    check(len(lines) == on_disc - 1, f"the manifest lists {len(lines)} of {on_disc - 1} files")


def log_holds_no_patient(a, study):
    text = (a.dir / "log").read_text(errors="replace")
    for word in (study["patient_id"], study["study_uid"], *re.split(r"[^\w]+", study["patient_name"])):
        check(len(word) < 3 or word not in text, "the log names the patient")


def test():
    need("storescu", "7z", "isoinfo", "dcmdump")
    with Appliance(name="publish") as a:
        sent = sample(a.dir / "sample")
        check(len(sent) >= 64, f"the sample has only {len(sent)} objects")
        a.start()
        a.send(sent)
        study = a.study()
        check(study["objects"] == len(sent), f"{study['objects']} objects arrived of {len(sent)}")
        a.send(sent[:3])  # a modality that sends again changes nothing
        number = a.burn(study, copies=2)
        job = a.job(number)
        check(job["discs_delivered"] == 2 and not job["incomplete"], f"delivered {job['discs_delivered']}")
        images = []
        for disc in job["disc_list"]:
            check(disc["state"] == "delivered", f"disc is {disc['state']}")
            images.append(disc["image"])
            label = pathlib.Path(disc["label"]).read_bytes()
            check(label[:8] == b"\x89PNG\r\n\x1a\n" and label[16:24] == b"\0\0\x05\x89" * 2, "no 1417 x 1417 PNG label")
        check(sha256(images[0]) == sha256(images[1]), "two copies of one volume differ")
        out = a.dir / "disc"
        extract(images[0], out)
        check(compare_with_what_was_sent(out, sent) == len(sent), "not every object is on the disc")
        fileset = read_with_others(images[0], out)
        check(len(fileset) == len(sent), f"pydicom finds {len(fileset)} instances")
        manifest_is_right(out)
        for name in ("INDEX.HTM", "README.TXT", "IHE_PDI/INDEX.HTM"):
            check((out / name).is_file(), f"{name} is missing")
        verdict = subprocess.run([appliance.BIN / "discwright", "check", images[0]], capture_output=True, text=True)
        check(verdict.returncode == 0, f"discwright check: {verdict.stdout[-500:]}{verdict.stderr}")
        log_holds_no_patient(a, a.get("/api/studies")["studies"][0])


if __name__ == "__main__":
    main(test)
