#!/usr/bin/python3
"""Piles of blanks: a label that is made for one pile waits for its discs and takes no others; what is said in the console
when a bin is filled counts from then on, and after a restart."""
import os
import subprocess
from appliance import BIN, SOURCE, Appliance, check, main, need, sample, wait_for

BROWSER = SOURCE / "tests" / "browser"


def bins(a):
    return {b["name"]: b for b in a.get("/api/now")["robots"][0]["bins"]}


def fault(a, key):
    return wait_for(f"fault {key}", lambda: [f for f in a.get("/api/now")["robots"][0]["faults"] if f["key"] == key])[0]


def press_refilled(a):
    if not (BROWSER / "node_modules").is_dir():
        print("skipped: tests/browser/node_modules is not installed")
        raise SystemExit(77)
    done = subprocess.run(["node", "stock.mjs", f"http://127.0.0.1:{a.web}/", os.environ.get("DW_PICTURE", "")],
                          cwd=BROWSER, capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"{done.stdout}{done.stderr[-500:]}")


def test():
    need("storescu", "node", "chromium")
    with Appliance(name="stock", robot="time_scale = 0\nbins = cd,cd:blue\n") as a:
        template = a.dir / "letterhead.svg"
        standard = (SOURCE / "conf/templates/standard.svg").read_text()
        template.write_text(standard.replace("<svg ", '<svg data-stock="white" ', 1))
        a.config.write_text(a.config.read_text().replace("[jobs]", f"[jobs]\ntemplate = {template}"))
        files = sample(a.dir / "sample", count=3, bytes=60000, series=1)
        a.start()
        a.send(files)
        study = a.study()
        check(wait_for("bins", lambda: bins(a))["bin 2"]["stock"] == "blue", f"the bins are {bins(a)}")
        number = a.burn(study)
        said = fault(a, "bin_missing:cd")
        check('"white"' in said["sentence"], f"which pile is missing is not said: {said}")
        job = a.job(number, states=("active",))
        check(job["disc_list"][0]["state"] == "reserved", "a disc of another pile was taken")
        for words in (("1", "5", "cd:no name"), ("1", "5", "floppy:white")):
            done = subprocess.run([BIN / "discwright", "refill", "sim1", *words, "--config", a.config], capture_output=True)
            check(done.returncode != 0, f"refill {words} was taken")
        press_refilled(a)
        a.job(number)
        check(bins(a)["bin 1"]["stock"] == "white" and bins(a)["bin 1"]["discs"] == 8, f"the bins are {bins(a)}")
        a.stop()
        a.start()
        check(wait_for("bins", lambda: bins(a))["bin 1"]["stock"] == "white", "the pile was forgotten")
        a.job(a.burn(study))


main(test)
