#!/usr/bin/python3
"""What comes twice, changed or late: the same images from modality and PACS are one study; other bytes under a
known UID replace nothing and are named on the job; what arrives after the disc reopens the study."""
import shutil
import subprocess
from appliance import Appliance, check, main, need, sample

CODERS = {"+e1": ["dcmcjpeg", "+e1"], "jls": ["dcmcjpls"], "rle": ["dcmcrle"], "deflated": ["dcmconv", "+td"],
          "j2k": ["gdcmconv", "--j2k"]}
PROPOSE = {"+e1": "-xs", "jls": "-xt", "rle": "-xr", "deflated": "-xd", "j2k": "-xv"}  # of storescu


def coded(a, name, source):
    target = a.dir / f"{source.name}.{name}"
    subprocess.run([*CODERS[name], str(source), str(target)], check=True, capture_output=True)
    return target


def compressed_on_the_way(a):
    """An archive compresses what the modality sent plain, or the other way round; a copy with other pixels is told."""
    pictures = sample(a.dir / "pictures", seed="77" * 32)
    ct = next(p for p in pictures if p.stat().st_size > 100000)
    a.send([ct], extra=["-xi"])
    uid = subprocess.run(["dcmdump", "+P", "0020,000d", "-s", str(ct)], capture_output=True, text=True).stdout.split("[")[1].split("]")[0]
    for name in CODERS:
        a.send([coded(a, name, ct)], extra=[PROPOSE[name]])
        study = a.study(uid)
        check((study["objects"], study["quarantined"]) == (1, 0), f"{name}: the same pixels made the study "
              f"{study['objects']} objects, {study['quarantined']} put aside")
    other = a.dir / "other.dcm"
    data = bytearray(ct.read_bytes())
    data[-3000] ^= 1
    other.write_bytes(data)
    a.send([coded(a, "jls", other)], extra=[PROPOSE["jls"]])
    study = a.study(uid)
    check((study["objects"], study["quarantined"]) == (1, 1), "other pixels were taken for the same")
    left = [p.name for p in (a.state / "spool").rglob("*") if p.is_file() and not p.name.isdigit()]
    check(not left, f"left behind: {left}")


def test():
    need("storescu", "dcmodify", "gdcmconv", *(words[0] for words in CODERS.values()))
    with Appliance(name="resend") as a:
        files = sample(a.dir / "sample", count=6, series=1, bytes=20000)
        late, files = files[-1], files[:-1]
        a.start()
        a.send(files)
        again = ["-aet", "PACS", "-aec", "SOMEBODY"]
        a.send(files, extra=again)
        study = a.study()
        check((study["objects"], study["quarantined"]) == (5, 0), f"sent twice, it became {study['objects']} objects, "
              f"{study['quarantined']} of them put aside")

        changed = a.dir / "changed.dcm"
        shutil.copy(files[0], changed)
        subprocess.run(["dcmodify", "-nb", "-i", "0008,103e=Changed", str(changed)], check=True)
        a.send([changed])
        study = a.study()
        check((study["objects"], study["quarantined"]) == (5, 1), "other bytes under a known UID were not put aside")

        number = a.burn(study)
        job = a.job(number)
        check(job["incomplete"] and job["quarantined"] == 1, "the job does not say that an object was put aside")
        check(job["objects"] == 5 and job["discs_delivered"] == 1, "the disc does not hold the five good objects")
        a.study(state="published")

        a.send([late])
        study = a.study(state="complete")
        check(study["objects"] == 6, "the late object is not in the study")
        job = a.job(a.burn(study))
        check(job["objects"] == 6, "the second disc lacks the late object")
        a.study(state="published")
        compressed_on_the_way(a)
    print("twice is once, changed is named, late reopens")


main(test)
