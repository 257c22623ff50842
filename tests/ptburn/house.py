"""A service in a private folder for the tests of the emulator: requests are written as a client would, seconds pass when the
test says so."""
import pathlib
import shutil
import struct
import sys
import tempfile
import traceback
from service import Service
from work import SECONDS

SHARE = "\\\\SRV\\PTBurnJobs"
BRISK = {step: 2 for step in SECONDS}   # for sweeps


def equal(found, wanted):
    assert found == wanted, f"{found!r} is not {wanted!r}"


def run_tests(names):
    """Every test of a file, or those whose name holds the second word of the command line."""
    failed = 0
    for name, test in list(names.items()):
        if name.startswith("test_") and (len(sys.argv) < 3 or sys.argv[2] in name):
            try:
                test()
            except Exception:  # each test is told of, whatever it ended with
                failed += 1
                print(f"FAIL: {name}")
                traceback.print_exc()
    sys.exit(1 if failed else 0)


def iso(size=64 * 2048, byte=b"x"):
    """Enough of an image for a service that looks at block 16 only."""
    data = bytearray(byte * size)
    data[16 * 2048:16 * 2048 + 6] = b"\x01CD001"
    return bytes(data)


def jpeg(side=1417, components=3):
    frame = struct.pack(">BHHB", 8, side, side, components) + b"\x01\x11\0" * components
    scan = bytes([components]) + b"\x01\0" * components + b"\0\x3f\0"
    return (b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xda"
            + struct.pack(">H", len(scan) + 2) + scan + b"\x12\x34" + b"\xff\xd9")


def bmp(side=1417, bits=24):
    row = (side * bits + 31) // 32 * 4
    return (b"BM" + struct.pack("<IIIIiiHHIIIIII", 54 + row * side, 0, 54, 40, side, side, 1, bits, 0, 0, 0, 0, 0, 0)
            + b"\xff" * row * side)


class House:
    """with House(...) as h: h.put() files, h.job() requests, h.run() until a job ends."""

    def __init__(self, ini="", **options):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dw-ptburn-"))
        self.share, self.out = self.dir / "share", self.dir / "out"
        self.options = {"robots": [{"name": "Disc Publisher 4100", "type": 8}], **options}
        if ini:
            (self.share / "Settings").mkdir(parents=True)
            (self.share / "Settings" / "PTSETUP.INI").write_bytes(
                ("[PTBurn_Settings]\r\n" + ini.replace("\n", "\r\n")).encode())
        self.start()

    def start(self):
        self.service = Service(self.share, self.out, **self.options)

    def restart(self, **options):
        """The service ends in the midst of things, and another one starts."""
        self.service.share.watch.close()
        self.options.update(options)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.share.watch.close()
        shutil.rmtree(self.dir)

    def put(self, name, data):
        path = self.service.share.root() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return SHARE + "\\" + name.replace("/", "\\")

    def write(self, name, data):
        """Complete under another name, then renamed."""
        part = self.service.share.root() / (name + ".part")
        part.write_bytes(data)
        part.rename(self.service.share.root() / name)

    def job(self, name, *lines):
        self.write(name + ".JRQ", "".join(line + "\r\n" for line in lines).encode("cp1252"))

    def image_job(self, name="D0001", *more, **values):
        """The sheet's ready image, verified and labelled."""
        image, label = self.put(f"{name}/disc.iso", iso()), self.put(f"{name}/label.jpg", jpeg())
        keys = {"JobID": name, "ClientID": "viewer-3", "ImageFile": image, "ImageType": "MODE_1_2048", "CloseDisc": "YES",
                "VerifyDisc": "YES", "RejectIfNotBlank": "YES", "PrintLabel": label, **values}
        self.job(name, *[f"{k} = {v}" for k, v in keys.items() if v is not None], *more)

    def message(self, name, **values):
        self.write(name + ".PTM", "".join(f"{k} = {v}\r\n" for k, v in values.items()).encode())

    def run(self, name="D0001", seconds=3000):
        """The end of a job as the log tells it."""
        for _ in range(seconds):
            for event in self.service.events:
                if event["event"] == "job.end" and event["job"] == name:
                    self.service.advance(3)
                    return event
            self.service.advance()
        raise AssertionError(f"job {name} did not end: {self.service.events[-5:]}")

    def until(self, ask, seconds=3000):
        for _ in range(seconds):
            if ask():
                return
            self.service.advance()
        raise AssertionError(f"did not happen: {self.service.events[-5:]}")

    def events(self, event, **what):
        return [e for e in self.service.events if e["event"] == event and all(e.get(k) == v for k, v in what.items())]

    def findings(self):
        return {e["kind"] for e in self.events("finding")}

    def discs(self, **what):
        return self.events("disc.out", **what)

    def extension(self, name="D0001"):
        return next(p.suffix for p in sorted(self.service.share.root().iterdir()) if p.stem == name and p.is_file())

    def status(self, file="Disc Publisher 4100.txt"):
        """{section: {key: value}} of a status file."""
        data = (self.service.share.root() / "Status" / file).read_bytes()
        text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "cp1252")
        sections, name = {}, None
        for line in text.split("\r\n"):
            line = line.strip()
            if line.startswith("["):
                name = line[1:-1]
                sections[name] = {}
            elif line:
                key, _, value = line.partition("=")
                sections[name][key] = value
        return sections
