#!/usr/bin/python3
"""An unlabelled disc says whose it is: of the appliance that made it, of nobody's, offline, and when it is broken."""
import json
import pathlib
import shutil
import subprocess
from appliance import BIN, Appliance, check, main, need, sample, wait_for


def identify(*words):
    return subprocess.run([BIN / "discwright", "identify", *map(str, words)], capture_output=True, text=True, timeout=60)


def test():
    need("storescu", "xorriso")
    with Appliance(name="identify") as a:
        with open(a.config, "a") as config:  # two drives of a person, whose discs are files
            config.write(f"[robot desk]\ndriver = manual\ndevice = stdio:{a.dir}/drive1 stdio:{a.dir}/drive2\n")
        files = sample(a.dir / "sample")
        a.start()
        a.send(files)
        study = a.study()
        job = a.job(a.burn(study, copies=2))
        image = job["disc_list"][0]["image"]

        done = identify(image, "--config", a.config)
        check(done.returncode == 0, f"our own disc: {done.stdout}{done.stderr}")
        for part in (study["patient_name"], study["patient_id"], f"job        {job['id']}, disc 1 of 1", "delivered",
                     "cannot be told from it", "objects    68"):
            check(part in done.stdout, f"'{part}' is not said: {done.stdout}")
        said = json.loads(identify(f"stdio:{image}", "--json", "--config", a.config).stdout)
        check(said["appliance"]["job"] == job["id"] and len(said["appliance"]["discs"]) == 2, f"as JSON: {said}")
        check(said["disc"]["fileset_uid"] == job["volume_list"][0]["fileset_uid"], "another file-set")

        shutil.copy(image, a.dir / "drive2")
        wait_for("both robots", lambda: all(robot["drives"] for robot in a.get("/api/now")["robots"]))
        done = identify("--robot", "desk", "--drive", "2", "--config", a.config)
        check(done.returncode == 0 and f"job        {job['id']}, disc 1 of 1" in done.stdout,
              f"the disc in a drive of a robot: {done.stdout}{done.stderr}")
        for words, why in ((("--robot", "desk", "--drive", "3"), "robot desk has no drive 3 that can be looked into"),
                           (("--robot", "desk", "--drive", "1"), "drive1"),
                           (("--drive", "1"), "robot sim1 has no drive 1 that can be looked into"),
                           (("--robot", "nobody", "--drive", "1"), "there is no such robot"),
                           (("--drive", "0"), "a number from 1 to 8"), (("--robot", "desk"), "say with --drive"),
                           (("--drive", "1", "--offline"), "only the daemon knows"),
                           (("--drive", "1", image), "one disc at a time")):
            done = identify(*words, "--config", a.config)
            check(done.returncode == 2 and why in done.stderr and not done.stdout, f"{words}: {done.stdout}{done.stderr}")

        folder = a.dir / "folder"  # mounted, or copied to a stick
        subprocess.run(["xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", folder], capture_output=True, check=True)
        check(identify(folder, "--config", a.config).returncode == 0, "a folder is not known again")

        out = a.dir / "other"  # made by somebody else
        subprocess.run([BIN / "discwright", "disc", "--media", "cd", "--out", out, a.dir / "sample"], check=True,
                       capture_output=True, timeout=120)
        stranger = identify(f"{out}-1.iso", "--config", a.config)
        check(stranger.returncode == 1 and "no job of this appliance" in stranger.stderr, f"a stranger's: {stranger.stderr}")
        check(study["patient_id"] in stranger.stdout, "what a stranger's disc says is not told")
        check("ordered for" not in stranger.stdout, f"a stranger's disc has a job: {stranger.stdout}")
        done = identify(f"{out}-1.iso", "--config", a.dir / "no.conf")
        check(done.returncode == 2, f"nobody was asked, and it is called a stranger's: {done.returncode} {done.stderr}")

        broken = a.dir / "broken.iso"
        broken.write_bytes(pathlib.Path(image).read_bytes()[:60000])
        done = identify(broken, "--config", a.config)
        check(done.returncode == 2 and not done.stdout, f"a broken disc: {done.returncode} {done.stdout}")

        a.stop()
        done = identify(image, "--config", a.config)
        check(done.returncode == 2 and study["patient_name"] in done.stdout, f"without the daemon: {done.stderr}")
        done = identify("--offline", image)
        check(done.returncode == 0 and study["patient_id"] in done.stdout, f"offline: {done.stderr}")
        check(identify().returncode == 2 and identify("--nonsense").returncode == 2, "an order without a disc was taken")


main(test)
