#!/usr/bin/python3
"""Discs burned by our own programs in a drive that the kernel takes for a real one (tests/vm/mmc): every kind of medium
becomes the image bit for bit, is closed, read back after its tray was out, judged and mounted; whatever goes wrong has a
sentence, and the tray still opens. Normally CD-R, DVD+R and BD-R; --long: all media, and what takes a while."""
import json
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from burner import CLI, Content, boot

LONG = "--long" in sys.argv
FAR = [0, 439999, 440001, 1500000, 4173823]  # libcdio's calls by LSN fail above about 440,000
GUEST = """
whole() { # kind of disc, medium, file system, blocks
    task burn-$2
    tell state
    echo "bytes $(dd if=/tmp/store bs=2048 skip=512 count=$4 2> /dev/null | sha256sum)"
    task verify
    tell state
    echo "judged $(discwright check --json /dev/sr0 2> /dev/null | tr -d '\\n')"
    mount -t $3 -o ro /dev/sr0 /mnt || echo NOT-MOUNTED
    find /mnt -type f -print0 | xargs -0 -r sha256sum
    umount /mnt
    tell state
}
tray() { vm_task --open-tray /dev/sr0; }
ready() { n=0; while vm_task --look /dev/sr0 | grep -q busy && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done; vm_task --look /dev/sr0; }
wait_for() { # a word of the drive's state
    n=0; while ! tell state | grep -q "$1" && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done
}
"""


class Section:
    """What the guest said under one title."""

    def __init__(self, lines):
        self.lines = lines
        said = [json.loads(line) for line in lines if line.startswith('{"')]
        self.results = [s for s in said if "status" in s]
        self.progress = [s for s in said if s.get("type") == "progress"]
        self.states = [dict(re.findall(r"(\w+)='?([^'\s]*(?: DL)?)'?", line)) for line in lines if line.startswith("disc=")]

    def after(self, word):
        return next((line[len(word) + 1:] for line in self.lines if line.startswith(word + " ")), "")


class Case:
    def __init__(self, title, script, *checks):
        self.title, self.script, self.checks = title, script, checks

    def trouble(self, found):
        if self.title not in found:
            return "it did not come to this"
        try:
            section = Section(found[self.title])
            return next((t for t in (check(section) for check in self.checks) if t), None)
        except (ValueError, KeyError, IndexError) as e:
            return f"{e!r}: {found[self.title][-6:]}"


def ends(status, text="", which=0):
    """The task ends so; text is a pattern of its sentence."""
    def check(section):
        got = section.results[which]
        if got["status"] == status and re.search(text, got["text"]) and not got["text"].endswith("."):
            return None
        return f"{got['status']} '{got['text']}', not {status} '{text}'"
    return check


def fault(name, which=0):
    """The row of the fault table that decides what becomes of disc and drive."""
    return lambda s: None if s.results[which]["result"]["fault"] == name else f"fault '{s.results[which]['result']['fault']}', not '{name}'"


def drive(which=-1, **wanted):
    """State of the drive afterwards."""
    def check(section):
        got = {name: section.states[which][name] for name in wanted}
        return None if got == {n: str(v) for n, v in wanted.items()} else f"the drive is {got}"
    return check


def lot(name):
    """The make of the disc, as it is counted and shown."""
    return lambda s: None if s.results[0]["result"]["lot"] == name else f"lot '{s.results[0]['result']['lot']}', not '{name}'"


def bytes_are(content):
    return lambda section: None if content.sha256 in section.after("bytes") else "other bytes lie on the disc"


def conforms(section):
    judged = json.loads(section.after("judged") or "{}")
    found = {f["code"] for f in judged.get("findings", [])} - {"PROFILE-INFERRED"}  # nobody named one
    return None if judged.get("conforms") and not found else f"the judge finds {found}"


def mounts(content):
    wanted = sorted(hashlib.sha256(p.read_bytes()).hexdigest() for p in content.files)

    def check(section):
        got = sorted(line.split()[0] for line in section.lines if re.match(r"[0-9a-f]{64}  /mnt/", line))
        return None if got == wanted else f"{len(got)} files are mounted, {len(wanted)} were burned"
    return check


def progress_is_sensible(section):
    burning = [p["done"] for p in section.progress if p["stage"] in ("burning", "closing")]
    total = {p["total"] for p in section.progress if p["stage"] == "burning"}
    if burning != sorted(burning) or len(total) > 1 or not any(p["stage"] == "closing" for p in section.progress):
        return f"progress goes {burning}"
    return None


LOTS = {"DVD+R": "MILLENIA/001", "BD-R": "MILLEN/MR1"}  # M-DISC: written and judged as any other of their kind


def whole(title, kind, content, before="", blocks=0, **state):
    """One disc from blank to mounted. The tray goes once, for reading back. blocks: of one that is written over in place."""
    fs = "udf" if content.media == "bd" else "iso9660"
    script = f"tell 'insert {kind}'\n{before}\nwhole '{kind}' {content.media} {fs} {content.blocks}"
    closed = {"state": "final", "at_once": 1, "multi": 0, "written": content.blocks, **state}
    if kind.startswith(("CD-", "DVD-")):
        closed["bufe"] = 1  # the others have no write parameters: their drives always go on where they stopped
    if kind.startswith(("DVD+RW", "BD-RE")):
        closed = {"state": "blank", "formatted": 1, "written": blocks}

    def one_cycle(section):
        loads = [int(s["loads"]) for s in section.states]
        return None if loads[1] - loads[0] == 1 and loads[2] == loads[1] else f"the tray went {loads}"
    return Case(title, script, ends("OK"), drive(0, **closed), bytes_are(content), ends("OK", which=1),
                conforms, mounts(content), progress_is_sensible, one_cycle, drive(locked=0, tray="closed"), *([lot(LOTS[kind])] if kind in LOTS else []))


def refused(title, status, row, text, prepare):
    """Nothing is written, and the tray opens."""
    return Case(title, f"{prepare}\ntell state\ntask burn-cd\ntray\ntell state", ends(status, text), fault(row),
                lambda s: None if s.states[0]["writes"] == s.states[1]["writes"] else "something was written", drive(tray="open", locked=0))


def fails(title, row, misfortune, text):
    """The burn ends with libburn's own words, and the tray opens."""
    return Case(title, f"tell 'insert CD-R'\ntell '{misfortune}'\ntask burn-cd\ntray\ntell state", ends("IO", text), fault(row),
                drive(tray="open", locked=0, state="open"))


def injections(cd):
    yield refused("no disc", "NOT_FOUND", "no_disc", "no disc in the drive", "tell 'insert nothing'")
    yield refused("a disc that is not blank", "CONFLICT", "not_blank", "not blank", "tell 'insert CD-R'; tell spoil")
    yield refused("a disc that is too small", "LIMIT", "too_small", rf"holds 2048000 bytes, {cd.blocks * 2048} are needed", "tell 'insert CD-R'; tell 'capacity 1000'")
    yield refused("a DVD where a CD was expected", "UNSUPPORTED", "wrong_disc", "'DVD-R sequential recording', not a cd", "tell 'insert DVD-R'")
    yield fails("a write error", "write_error", "fault write 500 3 c 0 1", r"^the disc was not written well: SCSI error on write\(496,16\): \[3 0C 00\] Medium error\. Write error$")
    yield fails("no power calibration", "laser_power", "fault write 0 3 73 3 1", r"\[3 73 03\] Medium error\. Power calibration area error$")
    yield fails("the servo loses its track", "drive_hardware", "fault write 1000 4 9 0 1", r"\[4 09 00\] Drive error\. Track following error$")
    yield fails("the drive loses its power", "drive_reset", "fault write 1000 f 0 0 1", r"\[\w \w\w \w\w\]")
    yield Case("a drive that is busy for a while", "tell 'insert CD-R'\ntell 'fault write 1000 2 4 8 3'\ntask burn-cd\ntell state", ends("OK"), drive(state="final"))
    yield Case("cancelled in the middle", "tell 'insert CD-R'\ntell 'slow 500'\ntask burn-cd 20\ntell state\ntray\ntell state",
               ends("CANCELLED"), drive(0, state="open"), drive(tray="open", locked=0),
               lambda s: None if 200 < int(s.states[0]["written"]) < cd.blocks / 2 else f"it stopped at {s.states[0]['written']}",
               lambda s: None if any(p["speed_kbps"] > 0 and p["left_s"] >= 0 and p["buffer_percent"] == 50 for p in s.progress) else "no speed, buffer or rest")
    yield Case("the program is killed in the middle",
               "tell 'insert CD-R'\ntell 'slow 500'\n(wait_for written=[1-9]; kill -9 $(pidof discwright-work)) &\ntask burn-cd\nwait $!\ntray\ntell state",
               ends("GONE", "signal 9"), drive(state="open", tray="open", locked=0))
    yield Case("a block that is read at the second try", "tell 'insert CD-R'\ntask burn-cd\ntell 'fault read 700 3 11 0 1'\ntask verify\ntell state",
               ends("OK"), ends("OK", which=1),
               lambda s: None if s.results[1]["result"]["read_ms"] > 0 else "no time of reading")
    yield Case("a block that cannot be read", "tell 'fault read 700 3 11 0 1000'\ntask verify\ntray\ntell state",
               ends("IO", "^block 700 cannot be read$"), fault("read_error"), drive(tray="open"))
    yield Case("a tray that a person has to push in",
               "tell 'insert CD-R'\ntell 'hand-loaded yes'\ntask burn-cd\n(wait_for tray=open; sleep 1; tell push-tray) &\ntask verify\nwait $!\ntell 'hand-loaded no'\ntell state",
               ends("OK"), ends("OK", which=1), drive(tray="closed"),
               lambda s: None if any(p["stage"] == "close-tray" for p in s.progress) else "nobody was asked")
    yield Case("a tray that is stuck", "tell 'insert CD-R'\ntask burn-cd\ntell 'jammed yes'\ntask verify\ntell 'jammed no'\ntask verify",
               ends("OK"), ends("IO", "^the drive does not open its tray$", 1), fault("drive_hardware", 1), ends("OK", which=2))


def rewritables(cd, dvd, bd):
    yield whole("CD-RW", "CD-RW", cd)
    yield whole("DVD-RW", "DVD-RW", dvd)
    # Formatted they are read to their end, which is the end of the disc: a smaller one tells the same.
    for kind, content in (("DVD+RW", dvd), ("BD-RE", bd)):
        for title, blocks in (kind, 20000), (f"{kind} that is full", content.blocks), (f"{kind} that is nearly full", content.blocks + 32):
            yield whole(title, kind, content, f"tell 'capacity {blocks}'", blocks)
        yield Case(f"{kind}: its end cannot be written", f"tell 'insert {kind}'\ntell 'capacity 20000'\ntell 'fault write 19999 3 c 0 1'\ntask burn-{content.media}\ntray\ntell state",
                   ends("IO", r"^the end of the disc was not written well: SCSI error on write\(\d+,16\): \[3 0C 00\]"), fault("write_error"), drive(tray="open", locked=0))
        for place in (19999, 19743):
            yield Case(f"{kind}: its anchor at {place} is lost", f"tell 'insert {kind}'\ntell 'capacity 20000'\ntask burn-{content.media}\ntell 'erase {place}'\ntask verify",
                       ends("OK"), ends("CORRUPT", f"^block {place} is no anchor of this volume$", 1), fault("read_differs", 1))
    yield Case("a BD-RE that holds a volume", "task burn-bd\ntell state", ends("CONFLICT", "not blank"))


def far_blocks(section):
    got = [int(line.split()[1]) for line in section.lines if line.startswith("word ")]
    return None if got == FAR else f"{got} were read"


def seen(*wanted):
    """What a robot is told by the sensors, one after the other."""
    def check(section):
        got = [line[6:].strip() for line in section.lines if line.startswith("seen: ")]
        return None if got == [f"OK {w}" for w in wanted] else f"the sensors say {got}"
    return check


def looks():
    yield Case("blocks far behind the end of a CD", f"tell 'insert DVD+R DL'\ntell numbered\ntray; task verify\nvm_task --first-words /dev/sr0 {' '.join(map(str, FAR))}", far_blocks)
    kinds = (("CD-R", "cd"), ("DVD-R", "dvd"), ("DVD+R", "dvd"), ("DVD+R DL", "dvd-dl"), ("BD-R", "bd"))
    yield Case("blanks are told apart", "\n".join(f"tell 'insert {kind}'\nready" for kind, _ in kinds), seen(*(f"blank {name}" for _, name in kinds)))
    yield Case("a BD-R that was formatted with a spare area is blank", "tell 'insert BD-R'\ntell formatted\nready", seen("blank bd"))
    yield Case("no disc and an open tray", "tell 'insert nothing'\nready\ntell 'insert CD-R'\ntray\nready", seen("empty", "open"))


def media(cd, dvd, bd):
    yield whole("CD-R", "CD-R", cd, speed=8 * 176)
    yield whole("DVD+R", "DVD+R", dvd, reserved=dvd.blocks)
    yield whole("BD-R", "BD-R", bd, formatted=0)
    if LONG:
        yield whole("BD-R with a spare area", "BD-R", bd, "tell formatted", formatted=1)
        yield whole("DVD-R", "DVD-R", dvd, reserved=dvd.blocks)
        yield whole("DVD-R, two layers", "DVD-R DL", dvd, reserved=dvd.blocks)
        yield whole("DVD+R, two layers", "DVD+R DL", dvd)
        yield from rewritables(cd, dvd, bd)


def run(folder):
    objects = folder / "objects"
    subprocess.run([CLI, "sample", "--out", objects, "--count", "60", "--bytes", "60000", "--series", "2"], check=True)
    cd, dvd, bd = contents = [Content(folder, m, objects) for m in ("cd", "dvd", "bd")]
    cases = [*media(cd, dvd, bd), *injections(cd), *looks()]
    script = GUEST + "\n".join(f'say "{c.title}"\n{c.script}' for c in cases)
    tasks = {f"burn-{c.media}": c.burn(speed_kbps=8 * 176 if c.media == "cd" else 0) for c in contents}
    began = time.monotonic()
    found = boot("burn", folder, script, contents, tasks, seconds=840 if LONG else 560)
    failed = 0
    for case in cases:
        trouble = case.trouble(found)
        failed += trouble is not None
        print(f"{'FAIL' if trouble else 'ok  '} {case.title}{': ' + trouble if trouble else ''}")
        if trouble:
            print("\n".join(f"     {line[:300]}" for line in found.get(case.title, [])[-25:]))
    if failed:
        sys.exit(1)
    print(f"ok: {len(cases)} discs in a drive of the kernel's own in {time.monotonic() - began:.0f} s")


def main():
    with tempfile.TemporaryDirectory(prefix="dw-vm-") as folder:
        run(pathlib.Path(folder))


main()
