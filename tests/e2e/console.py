#!/usr/bin/python3
"""The console in a real browser, against a whole appliance; then the same behind a password."""
import http.cookiejar
import json
import os
import subprocess
import urllib.error
import urllib.request
from appliance import BIN, SOURCE, Appliance, check, main, need, sample, wait_for
from sampleset import ct, video

BROWSER = SOURCE / "tests" / "browser"


def press_the_buttons(a):
    picture = os.environ.get("DW_PICTURE", "")
    done = subprocess.run(["node", "console.mjs", f"http://127.0.0.1:{a.web}/", picture], cwd=BROWSER,
                          capture_output=True, text=True, timeout=240)
    check(done.returncode == 0, f"{done.stdout}{done.stderr[-500:]}")


def foreign_host_is_refused(a):
    request = urllib.request.Request(f"http://127.0.0.1:{a.web}/api/studies", headers={"Host": "evil.example"})
    try:
        urllib.request.urlopen(request, timeout=10)
        check(False, "a request under another site's name was answered")
    except urllib.error.HTTPError as error:
        check(error.code == 403, f"another site's name: {error.code}")


def password_is_asked(a):
    a.stop()
    secret = a.dir / "password"
    done = subprocess.run([BIN / "discwrightd", "--set-password", secret], input="a long enough password\n",
                          capture_output=True, text=True, timeout=30)
    check(done.returncode == 0, f"--set-password: {done.stderr}")
    a.config.write_text(a.config.read_text().replace("[web]", f"[web]\npassword_file = {secret}"))
    a.start()
    try:
        a.get("/api/studies")
        check(False, "studies were shown without a password")
    except urllib.error.HTTPError as error:
        check(error.code == 401, f"without a password: {error.code}")
    check(a.post("/api/login", {"password": "a wrong password"})["status"] == "DENIED", "a wrong password opened")
    reply = a.post("/api/login", {"password": "a long enough password"})
    check(reply["status"] == "OK", f"the right password did not open: {reply}")
    a.csrf = reply["csrf"]
    check(a.get("/api/studies")["total"] == 3, "no studies after the login")


def test():
    need("storescu", "dcmodify", "node", "chromium")
    if not (BROWSER / "node_modules").is_dir():
        print("skipped: tests/browser/node_modules is not installed")
        raise SystemExit(77)
    with Appliance(robot="time_scale = 2\n", name="console") as a:
        files = sample(a.dir / "sample")
        a.start()
        a.send(files)
        a.study()
        images = [a.dir / "in" / str(i) for i in (1, 2)]
        for i, path in enumerate(images, 1):
            ct(str(path), instance=i)
        video(a.dir / "in" / "video")
        a.send(images)
        a.send([a.dir / "in" / "video"], extra=["--required", "--propose-mpeg4"])
        wait_for("two studies", lambda: len([s for s in a.get("/api/studies")["studies"] if s["state"] == "complete"]) == 2)
        mixed = [a.dir / "in" / f"mixed{i}" for i in (1, 2)]
        for i, path in enumerate(mixed, 1):
            ct(str(path), study=3, instance=i)
        subprocess.run(["dcmodify", "-nb", "-i", "0010,0020=ANOTHER-ID", str(mixed[1])], check=True)
        a.send(mixed)
        a.study(state="held")
        press_the_buttons(a)
        foreign_host_is_refused(a)
        password_is_asked(a)


main(test)
