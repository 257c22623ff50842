#!/usr/bin/python3
"""What is accepted: every class of the table and those a site adds, every transfer syntax that can be stored - also
those that no DICOM library here knows - each object bit by bit as it was sent and in a row of its own."""
import hashlib
import sqlite3
import subprocess
from appliance import BIN, SOURCE, Appliance, check, main, need, wait_for
from dicompeer import CT, DEFLATED, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE, VERIFICATION, Association, data_set

CONTEXTS_MAX = 128
OWN_CLASS, OWN_PRIVATE = "1.2.840.10008.5.1.4.1.1.999", "1.2.826.0.1.3680043.2.1"
REPORT, QUERY, CSA = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.2.2.1", "1.3.12.2.1107.5.9.1"
T = "1.2.840.10008.1.2."
COMPRESSED = [T + s for s in (
    "4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "4.92", "4.93", "5", "4.100", "4.101", "4.102",
    "4.103", "4.104", "4.105", "4.106", "4.107", "4.108", "4.100.1", "4.201", "4.202", "4.203", "4.110", "4.111",
    "4.112", "8.1", "1.98")]
REFUSED = [T + s for s in ("4.94", "4.95", "4.204", "4.205", "6.1", "6.2", "7.1", "7.2", "7.3")] + ["1.2.3.4.5"]


def rows(a, text, *values):
    with sqlite3.connect(f"file:{a.state}/discwright.db?mode=ro", uri=True) as db:
        return db.execute(text, values).fetchall()


def data_set_of(path):
    data = path.read_bytes()
    return data[144 + int.from_bytes(data[140:144], "little"):]


def check_stored(a, instance, sent, syntax):
    found = rows(a, "SELECT number, sha256, transfer_syntax, state FROM object WHERE sop_instance = ?", instance)
    check(len(found) == 1, f"{instance} has {len(found)} rows")
    number, digest, stored_syntax, state = found[0]
    path = a.state / "spool" / str(number // 1000) / str(number)
    check(state == "received", f"{instance} is {state}")
    check(stored_syntax == syntax, f"{instance} is stored as {stored_syntax}, sent as {syntax}")
    check(data_set_of(path) == sent, f"{instance}: the bytes of the data set changed")
    check(hashlib.sha256(path.read_bytes()).digest() == digest, f"{instance}: the row has another hash")


def table():
    lines = (SOURCE / "conf" / "sop-classes.conf").read_text().splitlines()
    return [line.split("|") for line in lines if line and line[0] != "#"]


def every_class(a):
    classes = [row[0] for row in table()] + [OWN_CLASS, OWN_PRIVATE]
    sent = {}
    for first in range(0, len(classes), CONTEXTS_MAX):
        part = classes[first:first + CONTEXTS_MAX]
        peer = Association(a.dicom, [(sop_class, [EXPLICIT_LE]) for sop_class in part])
        check(not peer.refused, f"refused: {[peer.contexts[n] for n in peer.refused]}")
        for context, sop_class in peer.contexts.items():
            instance = f"1.2.826.0.1.7.1.{2 * first + context}"
            data = data_set(sop_class, instance, number=2 * first + context)
            status = peer.store(context, instance, data)
            check(status == 0, f"{sop_class} was answered {status:04x}")
            sent[instance] = data
        check(peer.release(), "the release was not answered")
    for instance, data in sent.items():
        check_stored(a, instance, data, EXPLICIT_LE)
    check(rows(a, "SELECT count(*) FROM object")[0][0] == len(classes), "a class has no row or two")
    return len(classes)


def every_syntax(a):
    plain = [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE, DEFLATED]
    offered = plain + COMPRESSED + REFUSED
    peer = Association(a.dicom, [(CT, [syntax]) for syntax in offered])
    refused = {offered[(context - 1) // 2] for context in peer.refused}
    check(refused == set(REFUSED), f"refused: {sorted(refused ^ set(REFUSED))} are not as expected")
    check(set(peer.refused.values()) == {4}, f"the reasons are {peer.refused}")
    for context, syntax in peer.accepted.items():
        instance = f"1.2.826.0.1.7.2.{context}"
        data = data_set(CT, instance, syntax, encapsulated=syntax in COMPRESSED, number=1000 + context)
        status = peer.store(context, instance, data, each=1000)
        check(status == 0, f"{syntax} was answered {status:04x}")
        check_stored(a, instance, data, syntax)
    check(peer.release(), "the release was not answered")
    return len(peer.accepted)


def one_of_several(a):
    jpeg, htj2k = T + "4.70", T + "4.201"
    video = "1.2.840.10008.5.1.4.1.1.77.1.1.1"
    peer = Association(a.dicom, [(CT, [jpeg, IMPLICIT_LE, EXPLICIT_LE]), (CT, ["1.2.3", htj2k, jpeg]),
                                 (video, [EXPLICIT_LE, T + "4.102"]), (CT, ["1.2.3"]), (QUERY, [IMPLICIT_LE]),
                                 (VERIFICATION, [IMPLICIT_LE])])
    check(peer.accepted == {1: EXPLICIT_LE, 3: htj2k, 5: T + "4.102", 11: IMPLICIT_LE}, f"accepted {peer.accepted}")
    check(peer.refused == {7: 4, 9: 3}, f"refused {peer.refused}")
    check(peer.echo(11) == 0, "no echo")
    peer.release()


def added_class_gets_its_record(a):
    """Also where the disc is made and judged: the class that the site added is filed like any other."""
    study = "1.2.826.0.1.9"
    peer = Association(a.dicom, [(OWN_CLASS, [EXPLICIT_LE])])
    check(peer.store(1, study + ".1.1", data_set(OWN_CLASS, study + ".1.1", study=study)) == 0, "not stored")
    peer.release()
    job = a.job(a.burn(a.study(study)))
    out = a.dir / "disc"
    subprocess.run(["7z", "x", "-y", f"-o{out}", job["disc_list"][0]["image"]], capture_output=True, check=True)
    check(OWN_CLASS.encode() in (out / "DICOMDIR").read_bytes(), "the added class is not in the directory")


def switched_off():
    with Appliance({"accept": f"sr = no\nprivate = no\nany = yes\nprefer = {T}4.70,{IMPLICIT_LE}\n"}, name="off") as a:
        a.start()
        unknown = "1.2.840.10008.5.1.4.1.1.999"
        peer = Association(a.dicom, [(REPORT, [EXPLICIT_LE]), (CSA, [EXPLICIT_LE]), (unknown, [EXPLICIT_LE]),
                                     (CT, [EXPLICIT_LE, IMPLICIT_LE]), (QUERY, [EXPLICIT_LE]),
                                     (CT, [EXPLICIT_LE, T + "4.70"])])
        check(peer.accepted == {5: EXPLICIT_LE, 7: IMPLICIT_LE, 11: T + "4.70"}, f"accepted {peer.accepted}")
        check(peer.refused == {1: 1, 3: 1, 9: 3}, f"refused {peer.refused}")
        data = data_set(REPORT, "1.2.3.1", IMPLICIT_LE)
        check(peer.store(7, "1.2.3.1", data, sop_class=REPORT) == 0x0124, "a report came in by another class's context")
        data = data_set(unknown, "1.2.3.2")
        check(peer.store(5, "1.2.3.2", data) == 0, "any class was not stored")
        peer.release()
        check_stored(a, "1.2.3.2", data, EXPLICIT_LE)
        def counted():
            shown = subprocess.run([BIN / "discwright", "status", "--config", a.config], capture_output=True, text=True)
            return "1 x 0000" in shown.stdout and "1 x 0124" in shown.stdout
        wait_for("a count of each status", counted)


def test():
    need("7z")
    with Appliance(name="accept") as a:
        site = a.dir / "site-classes.conf"
        site.write_text(f"# two more\n{OWN_CLASS}|A class of a later year|IMAGE|image\n"
                        f"{OWN_PRIVATE}|Maker's volume|PRIVATE|data\n")
        a.config.write_text(a.config.read_text() + f"[accept]\nclasses = {site}\n")
        a.start()
        classes = every_class(a)
        syntaxes = every_syntax(a)
        one_of_several(a)
        added_class_gets_its_record(a)
    switched_off()
    print(f"{classes} classes and {syntaxes} transfer syntaxes stored as sent")


main(test)
