"""A whole appliance on free ports in a private folder, for the end-to-end tests.

The tests speak to it as its users do: DCMTK's storescu for the modality, the console's API for staff.
Everything it starts is ended by pid when the `with` block is left."""
import hashlib
import http.cookiejar
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build").resolve()
BIN = BUILD / "bin"
SOURCE = pathlib.Path(__file__).resolve().parents[2]


class Failure(Exception):
    pass


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


def need(*programs):
    """Skip the test (exit 77) where an independent tool is not installed."""
    for program in programs:
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")
            sys.exit(77)


def wait_for(what, ask, seconds=60.0):
    """Poll until ask() is true; the last exception or value is in the sentence when it never is."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        try:
            last = ask()
            if last:
                return last
        except (urllib.error.URLError, ConnectionError, TimeoutError, FileNotFoundError, KeyError) as error:
            last = error
        time.sleep(0.05)
    raise Failure(f"{what} did not happen within {seconds} s (last: {str(last)[:300]})")


class Appliance:
    def __init__(self, options="", robot="time_scale = 0\n", name="e2e", robots=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"dw-{name}-"))
        self.state = self.dir / "state"
        self.config = self.dir / "discwright.conf"
        self.log = open(self.dir / "log", "ab")
        self.process = None
        sections = {"daemon": f"state = {self.state}\n", "dicom": "port = 0\nbind = 127.0.0.1\n",
                    "intake": "quiet_s = 1\nreserve = 1MB\n",
                    "jobs": "institution = Test Hospital\n",
                    "web": "port = 0\n"}
        sections.update({"robot sim1": f"driver = sim\n{robot}"} if robots is None else robots)
        for section, text in (options or {}).items():
            sections[section] = sections.get(section, "") + text
        self.config.write_text("".join(f"[{k}]\n{v}\n" for k, v in sections.items()))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        self.stop()
        self.log.close()
        if kind is not None and kind is not SystemExit:
            print("--- log of the appliance (last lines)")
            print("\n".join((self.dir / "log").read_text(errors="replace").splitlines()[-40:]))
        if not os.environ.get("DW_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, wait=True):
        (self.state / "run" / "ports.json").unlink(missing_ok=True)
        self.process = subprocess.Popen([BIN / "discwrightd", "--config", self.config],
                                        stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise Failure(f"discwrightd ended with {self.process.returncode}")
            ports = json.loads((self.state / "run" / "ports.json").read_text())
            self.dicom, self.web, self.listen = ports["dicom"], ports["web"], ports["listen"]
            return self.dicom and self.web and self.get("/healthz")["status"] == "ok"
        wait_for("the appliance's start", ready, 30)
        self.login()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise Failure("discwrightd did not stop within 15 s of SIGTERM")
        self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def children(self):
        """{program name: [pid]} of the whole tree below the daemon."""
        found, queue = {}, [self.process.pid]
        while queue:
            pid = queue.pop()
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    kids = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
                    for kid in map(int, kids):
                        name = os.path.basename(os.readlink(f"/proc/{kid}/exe"))
                        found.setdefault(name, []).append(kid)
                        queue.append(kid)
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    # --- the console's API
    def login(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.csrf = self.get("/api/session")["csrf"]

    def get(self, path):
        opener = getattr(self, "opener", None) or urllib.request.build_opener()
        with opener.open(f"http://127.0.0.1:{self.web}{path}", timeout=15) as reply:
            return json.load(reply)

    def post(self, path, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", json.dumps(body).encode(),
                                         {"X-CSRF-Token": self.csrf, "Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=15) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            return json.load(error)

    # --- the modality
    def send(self, files, wait=True, extra=()):
        """storescu over the network; its process when wait is false. TCP_NODELAY: Nagle's algorithm on
        loopback would measure the sender, not us."""
        command = ["storescu", "-aet", "MODALITY", "-aec", "DISCWRIGHT", *extra, "127.0.0.1",
                   str(self.dicom), *map(str, files)]
        env = dict(os.environ, TCP_NODELAY="1")
        if not wait:
            return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
        check(done.returncode == 0, f"storescu ended with {done.returncode}: {done.stderr[-500:]}")

    def study(self, uid=None, state="complete", seconds=30):
        def ask():
            for study in self.get("/api/studies")["studies"]:
                if (uid is None or study["study_uid"] == uid) and study["state"] == state:
                    return study
        return wait_for(f"a study in state {state}", ask, seconds)

    def burn(self, study, **options):
        reply = self.post("/api/jobs", {"study": study["id"], **options})
        check(reply["status"] == "OK", f"burn was refused: {reply}")
        return reply["job"]

    def job(self, number, states=("done",), seconds=120):
        def ask():
            job = self.get(f"/api/jobs/{number}")
            if job["state"] in states:
                return job
            check(job["state"] not in ("failed", "cancelled"), f"job {number} is {job['state']}: {job['reason']}")
        return wait_for(f"job {number} in state {states}", ask, seconds)


def sample(folder, seed="11" * 32, **options):
    """The synthetic patient of the demo; with count, bytes and series a plain CT study instead."""
    words = [BIN / "discwright", "sample", "--out", folder, "--seed", seed]
    for key, value in options.items():
        words += [f"--{key}", str(value)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"sample: {done.stderr}")
    return sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file())


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def main(test):
    try:
        test()
    except Failure as failure:
        print(f"FAIL: {failure}")
        sys.exit(1)
    print("ok")
