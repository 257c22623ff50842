#!/usr/bin/python3
"""The order in which objects come means nothing: studies that take turns on one association, one study over many, the
same again, and again after an abort. Every object has one row and the bytes that were sent; what cannot be a good
object is answered with a warning, kept apart, and makes its study incomplete."""
import hashlib
import random
import sqlite3
import struct
import subprocess
import threading
from appliance import BIN, Appliance, check, main, wait_for
from dicompeer import CT, DEFLATED, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, Association, data_set

ROOT = "1.2.826.0.1.8"
MR = "1.2.840.10008.5.1.4.1.1.4"


def rows(a, text, *values):
    with sqlite3.connect(f"file:{a.state}/discwright.db?mode=ro", uri=True) as db:
        return db.execute(text, values).fetchall()


def make(study, number, **options):
    uid = f"{ROOT}.{study}"
    instance = f"{uid}.1.{number}"
    return instance, data_set(CT, instance, study=uid, patient=f"P-{study}", number=number,
                              data=hashlib.sha256(instance.encode()).digest() * 64, **options)


def send(a, objects, sent):
    peer = Association(a.dicom, [(CT, [EXPLICIT_LE])])
    for instance, data in objects:
        status = peer.store(1, instance, data, each=1777)
        check(status == 0, f"{instance} was answered {status:04x}")
        sent[instance] = data
    check(peer.release(), "the release was not answered")


def taking_turns(a, sent):
    send(a, [make(study, number) for number in range(1, 21) for study in (1, 2, 3)], sent)


def many_associations(a, sent):
    objects = [make(4, number) for number in range(1, 49)]
    random.Random(4).shuffle(objects)
    failures = []

    def one(part):
        try:
            send(a, part, sent)
        except Exception as error:  # a thread's failure must reach the test
            failures.append(str(error))
    threads = [threading.Thread(target=one, args=(objects[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(not failures, f"{failures}")


def the_same_again(a, sent):
    before = rows(a, "SELECT count(*) FROM object")
    send(a, [make(study, number) for study in (1, 4) for number in (7, 3, 3, 7)], sent)
    check(rows(a, "SELECT count(*) FROM object") == before, "what came twice has two rows")


def after_an_abort(a, sent):
    """Cut at every stage of an object; then all of it again."""
    instance, data = make(5, 1)
    peer = Association(a.dicom, [(CT, [EXPLICIT_LE])])
    peer.request(1, CT, instance)
    peer.abort()
    peer = Association(a.dicom, [(CT, [EXPLICIT_LE])])
    peer.request(1, CT, instance)
    peer.pdv(1, False, False, data[:700])
    peer.abort()
    peer = Association(a.dicom, [(CT, [EXPLICIT_LE])])
    peer.request(1, CT, instance)
    peer.pdv(1, False, True, data)
    peer.socket.close()  # whole, and nobody waits for the answer
    send(a, [make(5, number) for number in (2, 1, 3)], sent)


def check_all(a, sent):
    for instance, data in sent.items():
        found = rows(a, "SELECT number, sha256, state FROM object WHERE sop_instance = ?", instance)
        check(len(found) == 1 and found[0][2] == "received", f"{instance}: {len(found)} rows")
        number, digest, _ = found[0]
        stored = (a.state / "spool" / str(number // 1000) / str(number)).read_bytes()
        check(stored.endswith(data) and hashlib.sha256(stored).digest() == digest, f"{instance}: other bytes")
    check(rows(a, "SELECT count(*) FROM object")[0][0] == len(sent), "there are rows of something else")
    files = [p for p in (a.state / "spool").rglob("*") if p.is_file()]
    check(sum(p.name.isdigit() for p in files) == len(sent), "there are files of something else")
    for study, count in ((1, 20), (2, 20), (3, 20), (4, 48), (5, 3)):
        found = rows(a, "SELECT objects FROM study WHERE study_uid = ?", f"{ROOT}.{study}")
        check(found == [(count,)], f"study {study} has {found} objects")


def the_same_in_another_transfer_syntax(a):
    """As from the modality and again from the archive: the first is kept, and it is no contradiction."""
    study = f"{ROOT}.7"
    one = study + ".1.1"
    peer = Association(a.dicom, [(CT, [syntax]) for syntax in (EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED)])
    words = struct.pack("<256H", *range(256)), struct.pack(">256H", *range(256))

    def told(context, syntax, **options):
        pixels = words[syntax == EXPLICIT_BE]
        return peer.store(context, one, data_set(CT, one, syntax, study=study, **{"data": pixels, **options}))
    check([told(1, EXPLICIT_LE), told(3, IMPLICIT_LE), told(5, EXPLICIT_BE), told(3, IMPLICIT_LE)] == [0] * 4,
          "the same in another transfer syntax was not welcome")
    found = rows(a, "SELECT transfer_syntax, state FROM object WHERE sop_instance = ?", one)
    check(found == [(EXPLICIT_LE, "received")], f"rows: {found}")
    check(told(3, IMPLICIT_LE, number=2) == 0xB000, "another Instance Number is the same")
    check(told(5, EXPLICIT_BE, data=words[0]) == 0xB000, "other pixels are the same")
    check(told(7, DEFLATED) == 0, "the same deflated was not welcome")
    check(told(7, DEFLATED, number=3) == 0xB000, "another Instance Number is the same when deflated")
    peer.release()
    shown = a.study(study)
    check((shown["objects"], shown["quarantined"]) == (1, 3), f"{shown['objects']} good, {shown['quarantined']} apart")
    known = {str(n) for n, in rows(a, "SELECT number FROM object")}
    files = {p.name for p in (a.state / "spool").rglob("*") if p.is_file() and p.name.isdigit()}
    check(files == known, f"files without rows or rows without files: {files ^ known}")


def what_is_not_good(a):
    """Warnings are kept apart and shown; what has no identity is not kept at all."""
    study = f"{ROOT}.6"
    good, cut, other, twin = (f"{study}.1.{n}" for n in (1, 2, 3, 4))
    make_it = lambda instance, **options: data_set(CT, instance, study=study, patient="P-6", **options)
    peer = Association(a.dicom, [(CT, [EXPLICIT_LE]), (MR, [EXPLICIT_LE]), (CT, [IMPLICIT_LE])])
    told = {
        "good": peer.store(1, good, make_it(good)),
        "cut short": peer.store(1, cut, make_it(cut)[:-100]),
        "of another class": peer.store(3, other, make_it(other)),
        "first": peer.store(1, twin, make_it(twin)),
        "other pixels": peer.store(1, twin, make_it(twin, data=b"\xa5" * 512)),
        "of another instance": peer.store(1, study + ".1.9", make_it(study + ".1.8")),
        "no data set": peer.store(1, study + ".1.10", b"this is no data set, and it is long enough to look like"),
        "without a patient": peer.store(1, study + ".1.11", b""),
        "of two patients": peer.store(1, study + ".1.12", make_it(study + ".1.12", more=[(0x00100020, "LO", "P-7")])),
    }
    peer.release()
    expected = {"good": 0, "cut short": 0xB000, "of another class": 0xB007, "first": 0, "other pixels": 0xB000,
                "of another instance": 0xA900, "no data set": 0xC000, "without a patient": 0xC000,
                "of two patients": 0xB000}
    check(told == expected, "answered " + ", ".join(f"{k}: {v:04x}" for k, v in told.items() if v != expected[k]))
    shown = a.study(study)
    check((shown["objects"], shown["quarantined"]) == (2, 4), f"{shown['objects']} good, {shown['quarantined']} apart")
    listed = subprocess.run([BIN / "discwright", "studies", "--config", a.config], capture_output=True, text=True)
    lines = [line for line in listed.stdout.splitlines() if "INCOMPLETE" in line]
    check(len(lines) == 1 and "P-6" in lines[0], f"listed as incomplete: {lines}")

    def counted():
        return a.get("/api/status")["now"]["answers"]
    wait_for("a count of each answer", lambda: counted().get("C000") == 2 and counted().get("B007") == 1 and
             counted().get("B000") == 3 and counted().get("A900") == 1)
    log = (a.dir / "log").read_text(errors="replace")
    for instance in (good, cut, other, twin, "P-6", "Test^Peer"):
        check(instance not in log, "the log names a patient or an instance")
    for sentence in ("status=a900", "data set is of another SOP class", "with the same SOP Instance UID"):
        check(log.count(sentence) == 1, f"'{sentence}' is logged {log.count(sentence)} times")


def test():
    with Appliance(name="order") as a:
        a.start()
        sent = {}
        taking_turns(a, sent)
        many_associations(a, sent)
        the_same_again(a, sent)
        after_an_abort(a, sent)
        check_all(a, sent)
        what_is_not_good(a)
        the_same_in_another_transfer_syntax(a)
    print(f"{len(sent)} objects in any order, each once and as sent")


main(test)
