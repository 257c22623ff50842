#!/usr/bin/python3
"""Which disc an order becomes: the smallest that is loaded, a Blu-ray the whole way to the output bin, and fewer
discs where a site lets images be compressed. The discs are opened by a reader that is not ours."""
import subprocess
from appliance import BIN, Appliance, check, main, need, sample, wait_for

SIZE = 24_000_000  # on one disc, below


def conforms(image):
    verdict = subprocess.run([BIN / "discwright", "check", image], capture_output=True, text=True)
    check(verdict.returncode == 0, f"discwright check: {verdict.stdout[-600:]}{verdict.stderr}")
    return verdict.stdout


def extract(image, folder):
    done = subprocess.run(["7z", "x", "-y", f"-o{folder}", str(image)], capture_output=True, text=True)
    check(done.returncode == 0, f"7z: {done.stdout[-300:]}")
    return [p for p in (folder / "DICOM").rglob("*") if p.is_file()]


def smallest_that_is_loaded(a, study):
    job = a.job(a.burn(study, media="auto"))
    check(job["media"] == "dvd" and job["asked_media"] == "auto", f"auto became {job['media']}")
    check(job["claim"] == "STD-GEN-DVD-JPEG", f"the disc claims {job['claim']}")
    conforms(job["disc_list"][0]["image"])


def blu_ray_the_whole_way(a, study, sent):
    job = a.job(a.burn(study, media="bd"))
    disc = job["disc_list"][0]
    check(disc["state"] == "delivered" and disc["verified_by"] == "us", f"the disc is {disc['state']}")
    check(job["claim"] == "STD-GEN-BD", f"the disc claims {job['claim']}")
    conforms(disc["image"])
    objects = extract(disc["image"], a.dir / "bd")
    check(len(objects) == len(sent), f"{len(objects)} of {len(sent)} objects are on the disc")


def bin_that_is_empty(a, study):
    """A kind of disc that no bin is for waits for a person who loads it."""
    number = a.burn(study, media="bd-100")
    a.job(number, states=("active",))
    def fault():
        return [f for r in a.get("/api/now")["robots"] for f in r["faults"] if "bd-100" in f["key"]]
    check(wait_for("a fault", fault)[0]["key"].startswith("bin_missing"), "another fault")
    robot = a.get("/api/now")["robots"][0]["name"]
    refill = lambda *words: subprocess.run([BIN / "discwright", "refill", robot, *words, "--config", a.config],
                                           capture_output=True, text=True, timeout=30)
    for words in (("9", "5"), ("shelf", "5"), ("2", "5", "floppy")):
        done = refill(*words)
        check(done.returncode != 0 and done.stderr.count("\n") == 1, f"refill {words}: {done.stdout}{done.stderr}")
    check(refill("2", "5", "bd-100").returncode == 0, "bin 2 cannot be refilled")
    job = a.job(number)
    check(job["disc_list"][0]["state"] == "delivered", f"the disc is {job['disc_list'][0]['state']}")


def plain_and_compressed(a, study, sent):
    job = a.job(a.burn(study, media="dvd", viewer=False))
    check(job["compress"] == "1.2.840.10008.1.2.4.70", f"compressed to '{job['compress']}'")
    whole = sum(p.stat().st_size for p in sent)
    on_discs = sum(v["size_bytes"] for v in job["volume_list"])
    check(job["volumes"] < -(-whole // SIZE), f"{job['volumes']} discs for {whole} bytes")
    check(on_discs < whole, f"{on_discs} bytes of {whole}")
    import pydicom
    before = {d.SOPInstanceUID: d for d in map(pydicom.dcmread, sent)}
    seen = 0
    for disc in job["disc_list"]:
        conforms(disc["image"])
        for path in extract(disc["image"], a.dir / f"dvd-{disc['id']}"):
            data = pydicom.dcmread(path, stop_before_pixels=True)
            check(data.SOPInstanceUID in before, "an object that was never sent")
            if data.file_meta.TransferSyntaxUID == job["compress"]:
                plain = a.dir / "plain.dcm"
                subprocess.run(["dcmdjpeg", str(path), str(plain)], check=True, capture_output=True)
                same = pydicom.dcmread(plain).PixelData == before[data.SOPInstanceUID].PixelData
                check(same, "a compressed image is not the one that was sent")
                seen += 1
    check(seen > 10, f"only {seen} images are compressed")


def augmented(a, study):
    """Icons are drawn before the plan, and the judge that knows no writer finds what such a disc owes."""
    job = a.job(a.burn(study))
    check(job["claim"] == "AUG-GEN-CD", f"the disc claims {job['claim']}")
    image = job["disc_list"][0]["image"]
    verdict = subprocess.run([BIN / "discwright", "check", "--profile", "AUG-GEN-CD", image], capture_output=True, text=True)
    check(verdict.returncode == 0, f"discwright check: {verdict.stdout[-600:]}")
    extract(image, a.dir / "aug")
    dump = subprocess.run(["dcmdump", a.dir / "aug" / "DICOMDIR"], capture_output=True, text=True, check=True).stdout
    check(dump.count("(0088,0200)") > 50, f"{dump.count('(0088,0200)')} icons in the directory")


def test():
    need("storescu", "7z", "dcmdjpeg", "dcmdump")
    with Appliance(robot="time_scale = 0\nbins = dvd,bd\n", name="media") as a:
        sent = sample(a.dir / "sample")
        a.start()
        a.send(sent)
        study = a.study()
        smallest_that_is_loaded(a, study)
        blu_ray_the_whole_way(a, study, sent)
        bin_that_is_empty(a, study)
    with Appliance({"jobs": f"compress = yes\nvolume_size = {SIZE}\n"}, name="compress") as a:
        sent = sample(a.dir / "sample")
        a.start()
        a.send(sent)
        plain_and_compressed(a, a.study(), sent)
    with Appliance({"directory": "keys = augmented\n"}, name="augmented") as a:
        a.start()
        a.send(sample(a.dir / "sample"))
        augmented(a, a.study())


main(test)
