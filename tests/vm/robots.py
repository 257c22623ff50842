#!/usr/bin/python3
"""The whole appliance beside an emulated robot on the kernel's USB (tests/vm/usb) whose discs go through the emulated
burner (tests/vm/mmc): a study becomes a disc of its patient at the right exit, and whatever happens to cable, plug and
gripper on the way, nothing is broken: what is in doubt is asked, and goes on when it is answered. The modality and the
console's client are on the host."""
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
from appliance import Appliance, Failure, check, need, sample, wait_for
from publish import compare_with_what_was_sent, extract

WANTED = [word for word in sys.argv[2:] if not word.startswith("-")]  # robots: all, if none is named
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

    def raw(self, script, seconds=60):
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

    def begin(self, robot):
        """The daemon, with this section of its robot."""
        self.sh(f"cat > /tmp/conf <<'END'\n{COMMON}{robot}END\nrm -rf /tmp/state")
        self.run()

    def run(self):
        self.sh("discwrightd --config /tmp/conf > /tmp/daemon.log 2>&1 &\necho $! > /tmp/daemon")
        wait_for("the appliance's start", lambda: self.get("/healthz")["status"], 60)
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
                                                 if s["id"] not in before and s["state"] == "complete"], 90)[0]
    return study, files


def disc_is_of(a, number, files, folder):
    """What lies on disc number of the world are these objects, every byte of them."""
    written = int(a.sh(f"hexdump -s 16 -n 4 -e '1/4 \"%u\"' /tmp/discs/{number}"))
    image = folder / f"disc{number}.iso"
    image.write_bytes(a.raw(f"dd if=/tmp/discs/{number} bs=2048 skip={DISC_AT} count={written} 2> /dev/null\n"))
    extract(image, folder / f"disc{number}")
    check(compare_with_what_was_sent(folder / f"disc{number}", files) == len(files), "other objects lie on the disc")


def no_crash(a):
    broken = [line for line in a.log() if "CRASH" in line]
    check(not broken, f"the robot was broken: {broken}")


QUICK = {"tray_in_ms": 800, "tray_out_ms": 800, "disc_in_ms": 800, "over_disc_ms": 1500, "lifted_ms": 1200, "settle_ms": 1500}
PRIMERA = "driver = primera\ndialect = quick\n"
NIMBIE = "driver = nimbie\n"


def quick_dialect(folder):
    """The captured one, in the time of a machine whose arm takes half a second."""
    text = (SOURCE / "conf" / "dialects" / "discpublisher2-captured.conf").read_text()
    for key, ms in QUICK.items():
        text = re.sub(rf"^{key} = \d+", f"{key} = {ms}", text, flags=re.M)
    (folder / "quick.conf").write_text(text)
    return folder / "quick.conf"


def told(a):
    """What the robot was told so far, frames or commands."""
    return re.findall(r"(?:frame \d+:|command) ([0-9A-F]{2})", "\n".join(a.log()))


def person(a, *tasks):
    """Answers what is asked, in this order."""
    for task in tasks:
        def asked():
            step = a.get("/api/now")["robots"][0].get("step")
            return step if step and step["task"] == task else None
        step = wait_for(f"the question {task}", asked, 240)
        a.post("/api/robots/step", {"robot": "arm", "n": step["n"], "disc": step["disc"], "answer": "done"})


THREE = ("check_gripper", "check_drive", "check_printer")


def primera_asks_before_it_moves_for_the_first_time(a, folder):
    a.sh("robot one publisher printer 0f25 0001; burner; world plug; world 'put right 12 CD-R'; until_it '[ -e /dev/discwright/drive-1 ]'")
    a.begin(PRIMERA)
    a.study_one, a.files_one = patient(a, 1, folder)
    a.job_one = a.burn(a.study_one)
    person(a, *THREE[:2])
    check(not told(a), "it moved before everything was answered")
    person(a, THREE[2])


def primera_publishes(a, folder):
    a.study_two, a.files_two = patient(a, 2, folder)
    a.job(a.job_one, seconds=240)
    check(told(a) == "90 92 8F 92 8F 92 8D 92".split(), f"it was told {told(a)}")
    check(not any("noise" in line for line in a.log()), "it was told more than frames")
    (number,) = [n for n, place in a.discs().items() if place == "left"]
    disc_is_of(a, number, a.files_one, folder)


def still(a, before):
    """While it is asked where a disc is, nothing is sent: longer than the next frame would have waited."""
    time.sleep(2)
    check(told(a) == before, f"it moved while nobody had looked: {told(a)} after {before}")


def looked_at(a, job, *tasks, discs="gripper recorder", acknowledge=""):
    """A person empties the robot, says so, and lets the job have another disc, which is the patient's."""
    disc = a.asked()
    still(a, told(a))
    a.sh(f"until_it 'world state | grep -q moves=0'; for p in {discs}; do world \"take $p\"; done; vm_mmc --tell push-tray; world plug")

    def answered():
        """A robot that is not back yet cannot hear it: then it is asked again."""
        a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})
        time.sleep(1)
        return a.get(f"/api/jobs/{job}")["state"] == "held"
    wait_for("an answer that is taken", answered, 60)
    if acknowledge:
        a.post("/api/robots/acknowledge", {"robot": "arm", "key": acknowledge})
    a.post(f"/api/jobs/{job}/retry", {})
    person(a, *tasks)
    a.job(job, seconds=240)


def primera_asks_after_a_missed_pick(a, folder):
    a.world("take left", "miss")
    job = a.burn(a.study_two)
    looked_at(a, job, *THREE)
    (number,) = [n for n, place in a.discs().items() if place == "left"]
    disc_is_of(a, number, a.files_two, folder)


def primera_asks_when_its_plug_was_pulled_in_mid_move(a, folder):
    a.world("take left", "unplug-at 3 100")
    looked_at(a, a.burn(a.study_two), *THREE)
    check(list(a.discs().values()).count("left") == 1, f"the discs are {a.discs()}")


def primera_asks_when_its_program_was_killed_in_mid_move(a, folder):
    a.world("take left")
    sent = len(told(a))
    job = a.burn(a.study_two)
    a.sh(f"until_it 'grep -q \"frame {sent + 3}:\" /tmp/world.log' 300; kill -9 $(pidof discwright-robot)")
    looked_at(a, job, *THREE)
    check(list(a.discs().values()).count("left") == 1, f"the discs are {a.discs()}")


def primera_asks_after_a_lost_frame(a, folder):
    a.world("take left", "lose 2")
    looked_at(a, a.burn(a.study_two), *THREE)
    check(list(a.discs().values()).count("left") == 1, f"the discs are {a.discs()}")


def nimbie_publishes(a, folder):
    a.sh("robot nimbie nimbie ffs 1723 0945; [ -b /dev/sr0 ] || burner; world plug; world 'put queue 9 CD-R'; world 'style 1'")
    a.begin(NIMBIE)
    a.study_one, files = patient(a, 3, folder)
    a.job(a.burn(a.study_one), seconds=240)
    check(a.discs()["1"] == "accept", f"the disc is at {a.discs()}")
    disc_is_of(a, 1, files, folder)


def nimbie_asks_when_its_program_was_killed_in_mid_move(a, folder):
    a.world("style 2", "step 1000")
    job = a.burn(a.study_one)
    a.sh("until_it 'world state | grep -q \"moves=1\"' 300; kill -9 $(pidof discwright-robot)")
    looked_at(a, job, discs="recorder lift")
    check(list(a.discs().values()).count("accept") == 2, f"the discs are {a.discs()}")


def nimbie_asks_when_its_plug_was_pulled_in_mid_move(a, folder):
    a.world("style 0", "step 300", "unplug-at 2 100")
    looked_at(a, a.burn(a.study_one), discs="recorder lift")
    check(list(a.discs().values()).count("accept") == 3, f"the discs are {a.discs()}")


def nimbie_goes_on_after_a_fault_that_a_reset_ends(a, folder):
    a.world("e09 1", "reset-replugs yes")
    looked_at(a, a.burn(a.study_one), discs="recorder lift", acknowledge="robot_failure")
    check(any("resets the bus" in line for line in a.log()), "nobody reset it")


# In this order: each leaves the robot to the next.
USUAL = [primera_asks_before_it_moves_for_the_first_time, primera_publishes, primera_asks_when_its_program_was_killed_in_mid_move,
         nimbie_publishes]
RARE = [primera_asks_after_a_missed_pick, primera_asks_when_its_plug_was_pulled_in_mid_move, primera_asks_after_a_lost_frame,
        nimbie_asks_when_its_program_was_killed_in_mid_move,
        nimbie_asks_when_its_plug_was_pulled_in_mid_move, nimbie_goes_on_after_a_fault_that_a_reset_ends]
STORIES = sorted(USUAL + (RARE if "--long" in sys.argv else []), key=lambda story: story.__name__.startswith("nimbie"))


def main():
    need("storescu", "7z", "udevadm")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder, Guest(pathlib.Path(folder)) as a:
        family = ""
        for story in [s for s in STORIES if not WANTED or s.__name__.split("_")[0] in WANTED]:
            if family not in ("", story.__name__.split("_")[0]):
                a.end()
                a.sh("dismiss")
            family = story.__name__.split("_")[0]
            story(a, pathlib.Path(folder))
            no_crash(a)
            print(f"ok   {story.__name__.replace('_', ' ')} ({time.monotonic() - began:.0f} s)", flush=True)
        a.end()
    print(f"ok: {time.monotonic() - began:.0f} s")


try:
    main()
except Failure as failure:
    sys.exit(f"FAIL: {failure}")
