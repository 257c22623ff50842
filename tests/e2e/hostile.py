#!/usr/bin/python3
"""Broken files of the corpus and sequences nested beyond measure, sent as they are in a real C-STORE: each is answered,
stored or put aside or refused, and the appliance goes on. Without a corpus only what is made here is sent."""
import collections
import os
import pathlib
import struct
from appliance import Appliance, check, main
from dicompeer import CT, EXPLICIT_LE, IMPLICIT_LE, Association, data_set

LEVELS = 100000
UNDEFINED = 0xFFFFFFFF
ANSWERS = {0x0000, 0x0110, 0x0117, 0x0122, 0x0124, 0xA700, 0xA900, 0xB000, 0xB007, 0xC000}


def nested(levels, closed):
    head = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, UNDEFINED) + struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)
    end = struct.pack("<HHI", 0xFFFE, 0xE00D, 0) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return head * levels + (end * levels if closed else b"")


def hostile_sets(uid):
    """(transfer syntax, SOP Class, data set)."""
    plain = data_set(CT, uid)
    at = plain.index(struct.pack("<HH2s", 0x0008, 0x0020, b"DA"))
    pixels = plain.index(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"))
    for place in (at, pixels, 0):
        for closed in (True, False):
            yield EXPLICIT_LE, CT, plain[:place] + nested(LEVELS, closed) + plain[place:]


def of_file(path):
    """(transfer syntax, SOP Class, SOP Instance, data set) as a careless sender reads them; None: it cannot be sent."""
    data = path.read_bytes()
    if data[128:132] != b"DICM":
        return IMPLICIT_LE, CT, "1.2.826.0.1.11.1", data
    at, meta = 132, {}
    while at + 8 <= len(data) and data[at:at + 2] == b"\2\0":
        number, vr = struct.unpack("<H2s", data[at + 2:at + 6])
        long = vr in (b"OB", b"UN")
        size, = struct.unpack("<I", data[at + 8:at + 12]) if long else struct.unpack("<H", data[at + 6:at + 8])
        start = at + (12 if long else 8)
        meta[number] = data[start:start + size]
        at = start + size
    text = lambda number, otherwise: meta.get(number, b"").decode("latin-1").strip("\0 ") or otherwise
    return text(0x10, IMPLICIT_LE), text(2, CT), text(3, "1.2.826.0.1.11.1"), data[at:]


def send(appliance, syntax, sop_class, instance, data):
    """The status; None: its context was refused."""
    peer = Association(appliance.dicom, [(sop_class, [syntax])], calling="HOSTILE")
    status = None
    if peer.accepted:
        status = peer.store(1, instance, data)
        check(status in ANSWERS, f"a broken object was answered with {status:04x}")
    check(peer.release(), "the association did not outlive a broken object")
    return status


def corpus():
    folder = pathlib.Path(os.environ.get("DW_CORPUS", "")) / "broken"
    return sorted(p for p in folder.glob("*") if p.is_file()) if folder.is_dir() else []


def test():
    answers = collections.Counter()
    with Appliance({"accept": "any = yes\n"}, name="hostile").start() as appliance:
        receivers, daemon = appliance.children()["discwright-receive"], appliance.process.pid
        for syntax, sop_class, data in hostile_sets("1.2.826.0.1.11.2"):
            answers[send(appliance, syntax, sop_class, "1.2.826.0.1.11.2", data)] += 1
        files = corpus()
        for path in files:
            answers[send(appliance, *of_file(path))] += 1
        good = data_set(CT, "1.2.826.0.1.12.1", study="1.2.826.0.1.12", patient="GOOD")
        check(send(appliance, EXPLICIT_LE, CT, "1.2.826.0.1.12.1", good) == 0, "a good object is refused afterwards")
        appliance.study("1.2.826.0.1.12")
        check(appliance.process.pid == daemon and receivers[0] in appliance.children()["discwright-receive"],
              "the daemon or the listener is another process than before")
        log = (appliance.dir / "log").read_text(errors="replace")
        check("association process died" not in log and "Sanitizer" not in log, "a process died of it")
    named = {f"{k:04x}" if k is not None else "refused": n for k, n in answers.items()}
    print(f"{len(files)} broken files, nested sequences of {LEVELS} levels: {named}")


main(test)
