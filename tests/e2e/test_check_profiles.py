#!/usr/bin/env python3
"""A disc of every profile, judged with and without its name: no error, and no other kind of disc is seen in it."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sampleset

BIN = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve() / "bin"
US, US_MF, XA = (f"1.2.840.10008.5.1.4.1.1.{suffix}" for suffix in ("6.1", "3.1", "12.1"))
VIDEOS = {"STD-DVD-MPEG2-MPML": 100, "STD-GEN-BD-MPEG2-MPML": 100, "STD-GEN-BD-MPEG2-MPHL": 101,
          "STD-GEN-BD-MPEG4-HPLV41": 102, "STD-GEN-BD-MPEG4-HPLV41BD": 103, "STD-GEN-BD-MPEG4-HPLV42-2D": 104,
          "STD-GEN-BD-MPEG4-HPLV42-3D": 105, "STD-GEN-BD-MPEG4-SHPLV42": 106}
GENERAL = ("STD-GEN-CD", "STD-GEN-DVD-JPEG", "STD-GEN-DVD-J2K", "STD-GEN-BD", "STD-GEN-BD-JPEG",
           "STD-GEN-BD-J2K", "STD-CTMR-CD", "STD-CTMR-DVD")
PRIVATE = "1.2.392.200036.9125.1.1.2"  # a computed radiography class of Fuji


def expect(condition, sentence):
    if not condition:
        raise SystemExit(f"FAIL: {sentence}")


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120)


def make_source(profile, folder):
    if profile in VIDEOS:
        folder.mkdir()
        sampleset.video(str(folder / "video.dcm"), syntax=f"1.2.840.10008.1.2.4.{VIDEOS[profile]}")
    elif profile in GENERAL:
        for i in (1, 2):
            sampleset.ct(str(folder / f"{i}.dcm"), instance=i)
    elif "XA" in profile:
        sampleset.picture(str(folder / "1.dcm"), XA, "XA", bits=8 if "XABC" in profile else 12, frames=3)
    elif "-MF-" in profile:
        sampleset.picture(str(folder / "1.dcm"), US_MF, "US", "RGB", frames=3, regions="-SC-" in profile)
    else:
        sampleset.picture(str(folder / "1.dcm"), US, "US", "RGB", regions="-SC-" in profile)


def findings(image, *words):
    done = run(BIN / "discwright", "check", "--json", *words, image)
    expect(done.returncode in (0, 1), f"check: {done.stderr}")
    result = json.loads(done.stdout)
    return result, {f["code"]: f["place"] + " " + f["text"] for f in result["findings"] if f["severity"] != "note"}


def every_profile_is_recognised_or_covered(work):
    clinical = ["STD-XABC-CD", "STD-XA1K-CD", "STD-XA1K-DVD"]
    clinical += [f"STD-US-{kind}-{frames}-{medium}" for kind in ("ID", "SC") for frames in ("SF", "MF")
                 for medium in ("CDR", "DVD")]
    for number, profile in enumerate((*GENERAL, *VIDEOS, *clinical)):
        source, out = work / f"source{number}", work / f"disc{number}"
        make_source(profile, source)
        made = run(BIN / "discwright", "disc", "--no-viewer", "--profile", profile, "--out", out, source)
        expect(made.returncode == 0, f"{profile}: {made.stderr}")
        image = f"{out}-1.iso"
        for words in (("--profile", profile), ("--profile", "AUG-" + profile[4:]), ()):
            result, found = findings(image, *words)
            if words and words[1].startswith("AUG-"):
                found.pop("DIR-PROFILE-KEY", None)  # further keys are asked for on purpose only
            expect(not found, f"{profile} judged {words or 'unnamed'} as {result['profile']}: {found}")
        print(f"  {profile} unnamed is judged as {result['profile']}")
        os.unlink(image)
    return number + 1


def private_objects_earn_a_warning_and_no_error(work):
    source = work / "private"
    sampleset.ct(str(source / "1.dcm"))
    sampleset.ct(str(source / "2.dcm"), instance=2, sop_class=PRIVATE)
    made = run(BIN / "discwright", "disc", "--no-viewer", "--private", "--media", "cd", "--out", work / "aug", source)
    expect(made.returncode == 0, f"--private: {made.stderr}")
    report = json.loads((work / "aug.json").read_text())
    expect(report["volumes"][0]["objects"] == 2, f"{report['left_off']}")
    for words in (("--profile", report["profile"]), ()):
        result, found = findings(work / "aug-1.iso", *words)
        expect(result["conforms"] and result["errors"] == 0, f"{words}: {found}")
        expect(set(found) == {"DIR-PRIVATE"}, f"{words}: {found}")
    result, found = findings(work / "aug-1.iso", "--profile", "AUG-GEN-CD")
    expect("DIR-PRIVATE" not in found, f"augmented: {found}")


with tempfile.TemporaryDirectory() as folder:
    made = every_profile_is_recognised_or_covered(pathlib.Path(folder))
    private_objects_earn_a_warning_and_no_error(pathlib.Path(folder))
print(f"ok: discs of {made} profiles")
