#!/usr/bin/python3
"""Who may open an association and who is told what, over real ports: every rejection of docs/conformance.md,
several ports and titles, IPv6, the maximum PDU, the time-outs, and 200 callers at once."""
import itertools
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading

from appliance import BIN, Appliance, check, main, sample, wait_for
from peer import (ABORT, AC, CT, DATA, IMPLICIT_LE, PIECES, Peer, VERIFICATION, data_set, is_sanitized, pdu, pdv,
                  pss_kb, request, store_command, user_item)

HAS_IPV6 = True
try:
    probe = socket.create_server(("::1", 0), family=socket.AF_INET6)
    probe.close()
except OSError:
    HAS_IPV6 = False


def expect(what, got, wanted):
    check(got == wanted, f"{what}: {got} instead of {wanted}")


def rejection(port, host="127.0.0.1", **options):
    with Peer(port, host) as peer:
        return peer.rejection(**options)


def welcome(port, host="127.0.0.1", **options):
    with Peer(port, host) as peer:
        kind, body = peer.associate(**options)
        expect(f"association with {options}", kind, AC)
        expect("echo", peer.echo(), 0)
        check(peer.release(), "no answer to the release")
        return body


def parent_of(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def every_reason_is_given():
    options = {"dicom": "check_called_aet = yes\ncalling = MODALITY, CT 1\nmax_per_peer = 1\n",
               "listen open": "port = 0\nbind = 127.0.0.1\ncheck_called_aet = no\n",
               "ae BURN": "calling = MR1\nlisten = open\n", "ae ELSEWHERE": "hosts = 192.0.2.0/24\n"}
    with Appliance(options).start() as appliance:
        main_port, open_port = appliance.dicom, appliance.listen["open"]
        welcome(main_port)
        welcome(main_port, calling="CT 1")
        expect("application context", rejection(main_port, application="1.2.3"), (1, 1, 2))
        expect("calling title", rejection(main_port, calling="STRANGER"), (1, 1, 3))
        expect("called title", rejection(main_port, called="OTHER"), (1, 1, 7))
        expect("protocol version", rejection(main_port, protocol=2), (1, 2, 2))
        expect("address", rejection(main_port, called="ELSEWHERE"), (1, 1, 1))
        welcome(open_port, called="OTHER")
        welcome(open_port, called="BURN", calling="MR1")
        expect("title on another port", rejection(main_port, called="BURN", calling="MR1"), (1, 1, 7))
        expect("calling title of an AE", rejection(open_port, called="BURN"), (1, 1, 3))
        with Peer(main_port) as first:
            expect("first", first.associate()[0], AC)
            expect("second of the same peer", rejection(open_port, called="OTHER"), (2, 3, 2))
            expect("echo of the first", first.echo(), 0)
        log = (appliance.dir / "log").read_text()
        for sentence in ("its address is not on the allow-list", "calling AE 'STRANGER' is not on the allow-list",
                         "called AE 'OTHER' is not ours", "limit=max_per_peer"):
            check(sentence in log, f"the log does not say: {sentence}")


def both_families_on_one_port():
    if not HAS_IPV6:
        print("no IPv6 here: left out")
        return
    options = {"dicom": "hosts = 127.0.0.0/8\n",
               "listen both": "port = 0\nbind = *\n", "listen six": "port = 0\nbind = ::1\n",
               "ae SIX": "hosts = ::1\n"}
    with Appliance(options).start() as appliance:
        both, six = appliance.listen["both"], appliance.listen["six"]
        welcome(both)  # comes as ::ffff:127.0.0.1 and is on the IPv4 list
        expect("IPv6 that is not listed", rejection(both, "::1"), (1, 1, 1))
        welcome(both, "::1", called="SIX")
        welcome(six, "::1", called="SIX")
        expect("IPv4 at an IPv6 title", rejection(both, called="SIX"), (1, 1, 1))
        try:
            Peer(six).socket.close()
            check(False, "a port bound to ::1 answers IPv4")
        except ConnectionRefusedError:
            pass


def large_pdu_is_what_was_agreed(max_pdu):
    with Appliance({"dicom": f"max_pdu = {max_pdu}\n"}).start() as appliance:
        for theirs in (0, 4096, 16384, 131072):
            body = welcome(appliance.dicom, max_pdu=theirs)
            expect("our maximum", struct.unpack(">I", user_item(body, 0x51))[0], max_pdu)
        with Peer(appliance.dicom) as peer:  # a PDU of exactly that size: the command and padding in two PDVs
            peer.associate(contexts=((CT, IMPLICIT_LE),))
            store = store_command()
            filler = data_set(max_pdu)
            first = pdv(store)
            peer.send(pdu(DATA, first + pdv(filler[:max_pdu - len(first) - 6], command=False, last=False)))
            peer.send(pdu(DATA, pdv(filler[max_pdu - len(first) - 6:], command=False)))
            kind, _ = peer.answer()
            expect("answer to PDUs as large as agreed", kind, DATA)
        with Peer(appliance.dicom) as peer:  # larger than agreed
            peer.associate()
            peer.send(struct.pack(">BBI", DATA, 0, 0x7FFFFFFF) + bytes(1000))
            check(peer.answer()[0] in (ABORT, 0), "a PDU of 2 GB was taken")
        welcome(appliance.dicom)


def ended(peer):
    """Whether the appliance ends this connection by itself, within what the socket waits."""
    return peer.answer()[0] in (ABORT, 0)


def silence_has_an_end():
    """Short time-outs; what is measured is that each of them ends at all, and that others are served."""
    with Appliance({"dicom": "artim_s = 1\nidle_s = 1\ndimse_s = 1\n"}).start() as appliance:
        port = appliance.dicom
        silent, half, trickle, idle, within, slow, tiny = (Peer(port) for _ in range(7))
        half.send(request()[:60])
        stop = threading.Event()

        def drip(peer, pieces):  # never silent for long, and never done
            try:
                for piece in pieces:
                    peer.send(piece)
                    if stop.wait(0.1):
                        return
            except OSError:
                pass
        expect("association", slow.associate(contexts=((CT, IMPLICIT_LE),))[0], AC)
        slow.send(pdu(DATA, pdv(store_command())) + pdu(DATA, pdv(data_set(50000), command=False))[:1000])
        expect("association", tiny.associate(contexts=((CT, IMPLICIT_LE),))[0], AC)
        tiny.send(pdu(DATA, pdv(store_command())))
        dripping = [threading.Thread(target=drip, args=what) for what in (
            (trickle, [bytes([byte]) for byte in request()]), (slow, itertools.repeat(b"x")),
            (tiny, itertools.repeat(pdu(DATA, pdv(b"x", command=False, last=False)))))]
        for thread in dripping:
            thread.start()
        expect("association", idle.associate()[0], AC)
        expect("association", within.associate(contexts=((CT, IMPLICIT_LE),))[0], AC)
        within.send(pdu(DATA, pdv(store_command())) + pdu(DATA, pdv(data_set(50000), command=False))[:1000])
        for name, peer in (("silent", silent), ("half-open", half), ("byte by byte", trickle), ("idle", idle),
                           ("within a PDV", within), ("byte by byte within a PDV", slow),
                           ("in PDUs of one byte", tiny)):
            check(ended(peer), f"{name}: still served")
            peer.socket.close()
        stop.set()
        for thread in dripping:
            thread.join()
        welcome(port)
        check("peer sent less than 1024 bytes a second" in (appliance.dir / "log").read_text(), "nobody says why")
        wait_for("no half objects", lambda: not [p for p in (appliance.state / "spool").rglob("*.part")], 10)


def two_hundred_at_once(limit):
    """All of them ask before any is answered. Each is served or told to come later; none is left alone."""
    with Appliance({"dicom": f"max_associations = {limit}\n"}).start() as appliance:
        base = sum(pss_kb(p) for p in appliance.children()["discwright-receive"])
        peers = [Peer(appliance.dicom, seconds=60) for _ in range(200)]
        for peer in peers:
            peer.send(request(contexts=((VERIFICATION, IMPLICIT_LE), (CT, IMPLICIT_LE))))
        answers = [peer.answer() for peer in peers]
        served = [p for p, (kind, _) in zip(peers, answers) if kind == AC]
        refused = [tuple(body[1:4]) for kind, body in answers if kind == 3]
        expect("answers", len(served) + len(refused), 200)
        check(set(refused) <= {(2, 3, 2)}, f"refused with {set(refused)}")
        check(len(served) >= min(limit, 200), f"only {len(served)} served")
        half, rest = PIECES[:4], PIECES[4:]
        for peer in served:  # each in the middle of an object
            expect("echo", peer.echo(), 0)
            peer.send(pdu(DATA, pdv(store_command(), context=3)))
            for piece in half:
                peer.send(pdu(DATA, pdv(piece, context=3, command=False, last=False)))
        pids = appliance.children()["discwright-receive"]
        memory = sum(pss_kb(p) for p in pids)
        each = (memory - base) / len(served)
        print(f"{len(served)} associations, {len(refused)} refused: {memory} kB PSS, {each:.0f} kB each")
        check(each <= 2048 or is_sanitized(pids[0]), f"an association takes {each:.0f} kB")
        for peer in served:
            for piece in rest:
                peer.send(pdu(DATA, pdv(piece, context=3, command=False, last=piece is rest[-1])))
        for peer in served:
            expect("answer to the object", peer.status(), 0)
            check(peer.release(), "no answer to the release")
            peer.socket.close()
        wait_for("all ended", lambda: len(appliance.children()["discwright-receive"]) == 1, 30)
        welcome(appliance.dicom)


def a_process_that_dies_is_named():
    with Appliance().start() as appliance, Peer(appliance.dicom) as peer:
        expect("association", peer.associate()[0], AC)
        listener, = [p for p in appliance.children()["discwright-receive"] if parent_of(p) == appliance.process.pid]
        victim, = [p for p in appliance.children()["discwright-receive"] if p != listener]
        os.kill(victim, signal.SIGKILL)
        line = "association process died (signal 9) peer=127.0.0.1"
        wait_for("its line in the log", lambda: line in (appliance.dir / "log").read_text(), 20)
        welcome(appliance.dicom)


def the_row_keeps_both_titles():
    with Appliance({"listen second": "port = 0\nbind = 127.0.0.1\n"}).start() as appliance, \
            tempfile.TemporaryDirectory(prefix="dw-assoc-") as folder:
        status = subprocess.run([BIN / "discwright", "status", "--config", appliance.config], text=True,
                                capture_output=True).stdout
        check(f"on port {appliance.dicom}, {appliance.listen['second']}\n" in status, f"status: {status[:200]}")
        files = sample(pathlib.Path(folder) / "s", count=1, bytes=4000, series=1)
        subprocess.run(["storescu", "-R", "-aet", "CT7", "-aec", "BURN_CT_2", "127.0.0.1",
                        str(appliance.listen["second"]), *files], check=True)
        with sqlite3.connect(f"file:{appliance.state}/discwright.db?mode=ro", uri=True) as db:
            expect("titles", db.execute("SELECT calling, called FROM object").fetchall(), [("CT7", "BURN_CT_2")])


def test():
    every_reason_is_given()
    both_families_on_one_port()
    for size in (16384, 131072):
        large_pdu_is_what_was_agreed(size)
    silence_has_an_end()
    for limit in (64, 256):
        two_hundred_at_once(limit)
    a_process_that_dies_is_named()
    the_row_keeps_both_titles()


main(test)
