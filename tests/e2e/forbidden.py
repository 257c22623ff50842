#!/usr/bin/python3
"""A video that no CD may hold: the job waits before any disc is touched, and each of the three answers makes the
disc it promises."""
import pathlib
import struct
import subprocess
from appliance import BIN, Appliance, check, main, need
from sampleset import ct, element

VIDEO = "1.2.840.10008.5.1.4.1.1.77.1.1.1"
MPEG4 = "1.2.840.10008.1.2.4.102"
TAKER = "STD-GEN-BD-MPEG4-HPLV41"


def video(path, patient="P1", name="Zwölf^Anna"):
    """An endoscopic video of the same study, its stream a few bytes that nobody decodes."""
    sop = "2.25.9777"
    us = lambda v: struct.pack("<H", v)
    data = [
        (0x0008, 0x0005, b"CS", "ISO_IR 192"), (0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY"),
        (0x0008, 0x0016, b"UI", VIDEO), (0x0008, 0x0018, b"UI", sop), (0x0008, 0x0020, b"DA", "20260301"),
        (0x0008, 0x0030, b"TM", "101500"), (0x0008, 0x0050, b"SH", "ACC1"), (0x0008, 0x0060, b"CS", "ES"),
        (0x0010, 0x0010, b"PN", name), (0x0010, 0x0020, b"LO", patient), (0x0010, 0x0030, b"DA", "19660317"),
        (0x0010, 0x0040, b"CS", "F"), (0x0018, 0x0040, b"IS", "25"), (0x0018, 0x1063, b"DS", "40"),
        (0x0020, 0x000D, b"UI", f"2.25.71{sum(patient.encode()):04d}"), (0x0020, 0x000E, b"UI", "2.25.8777"),
        (0x0020, 0x0010, b"SH", "S1"), (0x0020, 0x0011, b"IS", "7"), (0x0020, 0x0013, b"IS", "1"),
        (0x0028, 0x0002, b"US", us(3)), (0x0028, 0x0004, b"CS", "YBR_PARTIAL_420"), (0x0028, 0x0006, b"US", us(0)),
        (0x0028, 0x0008, b"IS", "50"), (0x0028, 0x0009, b"AT", struct.pack("<HH", 0x0018, 0x1063)),
        (0x0028, 0x0010, b"US", us(1080)), (0x0028, 0x0011, b"US", us(1920)), (0x0028, 0x0100, b"US", us(8)),
        (0x0028, 0x0101, b"US", us(8)), (0x0028, 0x0102, b"US", us(7)), (0x0028, 0x0103, b"US", us(0)),
        (0x0028, 0x2110, b"CS", "01"),
    ]
    item = lambda value: struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value
    pixels = (struct.pack("<HH", 0x7FE0, 0x0010) + b"OB\0\0\xff\xff\xff\xff" + item(b"") +
              item(b"\0\0\0\x18ftypmp42" * 40) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", VIDEO) + element(2, 3, b"UI", sop) +
            element(2, 0x10, b"UI", MPEG4) + element(2, 0x12, b"UI", "2.25.5"))
    with open(path, "wb") as f:
        f.write(b"\0" * 128 + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta +
                b"".join(element(*e) for e in data) + pixels)


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
