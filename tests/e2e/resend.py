#!/usr/bin/python3
"""What comes twice, changed or late: the same images from modality and PACS are one study; other bytes under a
known UID replace nothing and are named on the job; what arrives after the disc reopens the study."""
import shutil
import subprocess
from appliance import Appliance, check, main, need, sample


def test():
    need("storescu", "dcmodify")
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
    print("twice is once, changed is named, late reopens")


main(test)
