"""The appliance in a machine with an emulated robot (tests/vm/usb) whose discs go through the emulated burner (tests/vm/mmc),
and what stories of it are told with. The modality and the console's client are on the host."""
import pathlib
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request
from lab import MODULES, WORK, disk_of
from machine import BUILD, NET, SOURCE, free_port, start
sys.path.append(str(SOURCE / "tests" / "e2e"))
from appliance import Appliance, check, sample, wait_for
from publish import compare_with_what_was_sent, extract

PROGRAMS = [BUILD / "bin" / name for name in ("discwrightd", "discwright-receive", "discwright-robot", "discwright-work",
                                              "discwright-work-check", "discwright", "discwright-dirreader.so")]
DISC_AT = 512  # of a store of the emulated drive, in blocks
DRIVE = 'KERNEL=="sr0", ENV{DISCWRIGHT_DRIVE}="1"\n'
COMMON = """[daemon]
state = /tmp/state
[dicom]
port = 11112
[intake]
quiet_s = 1
reserve = 1MB
[jobs]
institution = Test Hospital
[web]
port = 8080
[robot arm]
device = /dev/discwright/drive-1
bins = cd
printer = own
"""
GUEST = f"""
echo '{DRIVE.strip()}' > /etc/udev/rules.d/59-discwright-local.rules
udevadm control --reload
ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2
mkdir -p /www/cgi-bin
printf '#!/bin/sh\\nexport PATH=/bin\\necho "Content-Type: text/plain"\\necho\\ncat > /tmp/said.$$\\n. /lab.sh\\n. /tmp/said.$$ 2>&1\\n' > /www/cgi-bin/sh
printf '#!/bin/sh\\nexec nc 127.0.0.1 8080\\n' > /bin/relay
chmod +x /www/cgi-bin/sh /bin/relay
httpd -p 9000 -h /www
nc -ll -p 8081 -e /bin/relay &
mkdir -p /tmp/discs
until [ -f /tmp/over ]; do sleep 0.5; done
"""


class Guest(Appliance):
    """The appliance of the e2e tests, with its daemon, its robot and a shell in the machine."""

    def __init__(self, folder):
        self.dir = folder
        self.shell_port, self.dicom, self.web = free_port(), free_port(), free_port()
        ramdisk = disk_of("robots", GUEST, MODULES + NET, PROGRAMS, list(share(folder)))
        self.before, self.lines, self.placed = 0, 0, {}
        self.serial = open(WORK / "robots.serial", "wb")
        self.machine = start(ramdisk, forward=[(self.shell_port, 9000), (self.dicom, 11112), (self.web, 8081)], memory=1024, log=self.serial)

    def __enter__(self):
        try:
            wait_for("the machine's shell", self.answers, 240)
        except BaseException as error:  # nobody leaves what was never entered
            self.__exit__(None, error, None)
            raise
        return self

    def answers(self):
        """A machine that boots takes what is said to it before it can hear."""
        try:
            return self.raw("echo here\n", 10) == b"here\n"
        except TimeoutError:
            return False

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            print("--- the guest: its appliance's log, and its robot's\n" + self.sh("tail -n 40 /tmp/daemon.log; echo; cat /tmp/world.log"))
        self.machine.kill()
        self.machine.wait()
        self.serial.close()

    def raw(self, script, seconds=240):
        request = urllib.request.Request(f"http://127.0.0.1:{self.shell_port}/cgi-bin/sh", script.encode())
        try:
            with urllib.request.urlopen(request, timeout=seconds) as reply:
                return reply.read()
        except urllib.error.HTTPError as error:
            return error.read()

    def sh(self, script):
        return self.raw(script + "\n").decode(errors="replace").strip()

    def world(self, *lines):
        return self.sh("\n".join(f"world '{line}'" for line in lines))

    def log(self):
        return self.sh("cat /tmp/world.log").splitlines()

    def told(self):
        """Every frame or command that the robot took."""
        return re.findall(r"^\d+ (?:frame \d+:|command) ([0-9A-F]{2}(?: [0-9A-F]{2})?)$", "\n".join(self.log()), re.M)

    def since(self):
        """Those of the job that was ordered last."""
        return self.told()[self.before:]

    def order(self, study, luck=""):
        """A job; luck is what befalls its robot."""
        if luck:
            self.world(luck)
        self.before, self.lines, self.placed = len(self.told()), len(self.log()), self.discs()
        return self.burn(study)

    def inflict(self, luck, sign):
        """Now, and not with the next job; the robot's log has the sign when it is so."""
        self.lines = len(self.log())
        self.world(luck)
        wait_for(sign, lambda: any(sign in line for line in self.log()[self.lines:]), 120)

    def came_to(self, sign):
        check(any(sign in line for line in self.log()[self.lines:]), f"it did not come to this: {sign}")

    def claimed(self):
        """Its driver has it, and nobody else."""
        wait_for("a robot that its driver has taken", lambda: self.sh("readlink /sys/bus/usb/devices/*:1.0/driver | grep usbfs"), 240)

    def begin(self, robot):
        """The daemon, with this section of its robot."""
        self.sh(f"cat > /tmp/conf <<'END'\n{COMMON}{robot}END\nrm -rf /tmp/state")
        self.run()

    def run(self):
        self.sh("discwrightd --config /tmp/conf > /tmp/daemon.log 2>&1 &\necho $! > /tmp/daemon")
        wait_for("the appliance's start", lambda: self.get("/healthz")["status"], 120)
        self.login()

    def end(self):
        self.sh("kill $(cat /tmp/daemon); until_it '! kill -0 $(cat /tmp/daemon) 2> /dev/null' 300")

    def discs(self):
        return dict(pair.split(":") for pair in self.world("where").split())

    def asked(self, seconds=240):
        """The disc whose place nobody knows."""
        return wait_for("a disc in doubt", lambda: self.get("/api/discs?state=unknown")["discs"], seconds)[0]


def share(folder):
    """What is read beside programs in /bin, and what labels are written with."""
    conf = SOURCE / "conf"
    for path in [conf / "sop-classes.conf", *(conf / "templates").iterdir(), *(conf / "dialects").iterdir()]:
        yield path, f"/share/discwright/{path.relative_to(conf)}"
    for font in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        yield f"/usr/share/fonts/truetype/dejavu/{font}", f"/usr/share/fonts/{font}"
    yield quick_dialect(folder), "/etc/discwright/dialects/quick.conf"
    fonts = folder / "fonts.conf"
    fonts.write_text("<fontconfig><dir>/usr/share/fonts</dir><cachedir>/tmp/fonts</cachedir></fontconfig>")
    yield fonts, "/etc/fonts/fonts.conf"
    (dictionary,) = pathlib.Path("/usr/share").glob("libdcmtk*/dicom.dic")
    yield dictionary, str(dictionary)


def patient(a, number, folder):
    """A study of one patient in the appliance, and its files."""
    files = sample(folder / f"patient{number}", seed=f"{number:02d}" * 32, count=6, bytes=20000, series=2)
    before = {s["id"] for s in a.get("/api/studies")["studies"]}
    a.send(files)
    study = wait_for("a complete study", lambda: [s for s in a.get("/api/studies")["studies"]
                                                 if s["id"] not in before and s["state"] == "complete"], 240)[0]
    return study, files


def disc_is_of(a, number, files, folder):
    """What lies on disc number of the world are these objects, every byte of them."""
    written = int(a.sh(f"hexdump -s 16 -n 4 -e '1/4 \"%u\"' /tmp/discs/{number}"))
    folder = pathlib.Path(tempfile.mkdtemp(dir=folder))
    image = folder / "image.iso"
    image.write_bytes(a.raw(f"dd if=/tmp/discs/{number} bs=2048 skip={DISC_AT} count={written} 2> /dev/null\n"))
    extract(image, folder / "disc")
    check(compare_with_what_was_sent(folder / "disc", files) == len(files), "other objects lie on the disc")


def published(a, told, files, exit, folder):
    """The robot was told that and no more, nothing was broken, and the one disc that came out is its patient's."""
    check(a.since() == told, f"it was told {a.since()}, not {told}")
    no_crash(a)
    out = [n for n, place in a.discs().items() if place == exit and a.placed.get(n) != exit]
    check(len(out) == 1, f"the discs are {a.discs()}")
    disc_is_of(a, out[0], files, folder)


def no_crash(a):
    broken = [line for line in a.log() if "CRASH" in line]
    check(not broken, f"the robot was broken: {broken}")


QUICK = {"tray_in_ms": 800, "tray_out_ms": 800, "disc_in_ms": 800, "over_disc_ms": 1500, "lifted_ms": 1200, "settle_ms": 1500}


def quick_dialect(folder):
    """The captured one, in the time of a machine whose arm takes half a second."""
    text = (SOURCE / "conf" / "dialects" / "discpublisher2-captured.conf").read_text()
    for key, ms in QUICK.items():
        text = re.sub(rf"^{key} = \d+", f"{key} = {ms}", text, flags=re.M)
    (folder / "quick.conf").write_text(text)
    return folder / "quick.conf"


def person(a, *tasks):
    """Answers what is asked, in this order."""
    for task in tasks:
        def asked():
            step = a.get("/api/now")["robots"][0].get("step")
            return step if step and step["task"] == task else None
        step = wait_for(f"the question {task}", asked, 240)
        a.post("/api/robots/step", {"robot": "arm", "n": step["n"], "disc": step["disc"], "answer": "done"})


def still(a, job):
    """While a person is waited for, nothing is sent and nothing delivered: longer than the next frame would have waited."""
    before = a.since()
    time.sleep(2)
    check(a.since() == before, f"it moved while nobody had looked: {a.since()} after {before}")
    check(a.get(f"/api/jobs/{job}")["state"] == "active", f"the job is {a.get(f'/api/jobs/{job}')['state']}")
    return before


def looked_at(a, job, *tasks, discs="gripper recorder", acknowledge=""):
    """A person empties the robot, says so, and lets the job have another disc. What the robot was told until then."""
    disc = a.asked()
    told = still(a, job)
    a.world("hold 0")
    a.sh(f"until_it 'world state | grep -q moves=0' 300; for p in {discs}; do world \"take $p\"; done; vm_mmc --tell push-tray; world plug")

    def answered():
        """A robot that is not back yet cannot hear it: then it is asked again."""
        a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})
        time.sleep(1)
        return a.get(f"/api/jobs/{job}")["state"] == "held"
    wait_for("an answer that is taken", answered, 120)
    if acknowledge:
        a.post("/api/robots/acknowledge", {"robot": "arm", "key": acknowledge})
    a.post(f"/api/jobs/{job}/retry", {})
    person(a, *tasks)
    a.job(job, seconds=480)
    return told


def acknowledged(a, job, key):
    """What fails before anything is gripped: nothing is sent until somebody has looked, then the job goes on by itself."""
    wait_for(f"the fault {key}", lambda: [f for f in a.get("/api/now")["robots"][0]["faults"] if f["key"] == key], 240)
    check(still(a, job) == [], f"it took {a.since()}")
    a.world("hold 0")
    a.post("/api/robots/acknowledge", {"robot": "arm", "key": key})
    a.job(job, seconds=480)
