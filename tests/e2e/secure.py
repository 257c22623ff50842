#!/usr/bin/python3
"""The secure ports: every fault of a certificate is one sentence before anything starts; DCMTK's own clients and
openssl's come in or are refused as BCP 195 asks; plain and secure speakers who mistake the port end at once; SIGHUP
reads certificates and allow-lists again."""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error

from appliance import BIN, Appliance, check, main, sample, sha256, wait_for
from certificates import Authority, openssl
from peer import ABORT, AC, CT, DATA, IMPLICIT_LE, PIECES, Peer, is_sanitized, pdu, pdv, pss_kb, request, store_command

LISTEN = "port = 0\nbind = 127.0.0.1\ntls = yes\n"


def secure_port(certificate, key, authorities="", client="none"):
    return LISTEN + (f"certificate = {certificate}\nkey = {key}\nauthorities = {authorities}\n"
                     f"client_certificate = {client}\n")


def log_of(appliance):
    return (appliance.dir / "log").read_text(errors="replace")


def says(appliance, sentence, times=1):
    """Each visit ends with one line, which may come a moment after the peer saw the end."""
    wait_for(f"'{sentence}' in the log {times} times", lambda: log_of(appliance).count(sentence) >= times, 20)
    check(log_of(appliance).count(sentence) == times, f"'{sentence}' is in the log more than {times} times")


def each_fault_is_one_sentence(folder, authority):
    good, key = authority.sign("good")
    other = authority.sign("other")[1]
    weak = authority.selfsigned("weak", "/CN=weak", ("rsa:1024",))
    expired = authority.sign("expired", start="20200101000000Z", end="20200201000000Z")
    early = authority.sign("early", start="20400101000000Z", end="20410101000000Z")
    encrypted = folder / "encrypted.key"
    openssl("rsa", "-aes256", "-passout", "pass:x", "-in", key, "-out", encrypted)
    text = folder / "text"
    text.write_text("no certificate\n")
    missing = folder / "missing.pem"
    unreadable = folder / "folder"  # what root may read, too, is no test of a mode
    unreadable.mkdir()
    for settings, *sentences in [
            ((missing, key), f"certificate '{missing}'", "No such file"),
            ((good, missing), f"key '{missing}'", "No such file"),
            ((unreadable, key), f"certificate '{unreadable}'"),
            (("", key), "no certificate is named"),
            ((good, ""), "no key is named"),
            ((text, key), f"certificate '{text}' holds no PEM certificate"),
            ((good, text), f"key '{text}' holds no PEM private key"),
            ((good, good), f"key '{good}' holds no PEM private key"),
            ((good, other), f"key '{other}' does not belong to certificate '{good}'"),
            ((good, encrypted), f"key '{encrypted}' is encrypted"),
            (expired, "has expired on 2020-02-01"),
            (early, "is not valid before 2040-01-01"),
            (weak, "has 1024 bits, RSA needs 2048"),
            ((good, key, "", "require"), "client_certificate = require needs authorities"),
            ((good, key, "", "request"), "client_certificate = request needs authorities"),
            ((good, key, missing, "require"), f"authorities '{missing}'", "No such file"),
            ((good, key, text, "require"), f"authorities '{text}' hold no PEM certificate")]:
        with Appliance({"listen secure": secure_port(*settings)}) as appliance:
            for words in (["--check-config"], []):
                done = subprocess.run([BIN / "discwrightd", "--config", appliance.config, *words], text=True,
                                      capture_output=True, timeout=60)
                check(done.returncode != 0, f"{settings} is taken")
                lines = done.stderr.strip().splitlines()
                check(len(lines) == 1 and lines[0].startswith("discwrightd: ") and "[listen secure]: " in lines[0]
                      and all(s in lines[0] for s in sentences), f"{words} {sentences}: {lines}")
                check("BEGIN" not in done.stderr, "a key is in the message")
    for settings in [authority.selfsigned("self", "/CN=self"), (good, key, authority.certificate, "require"),
                     authority.selfsigned("ec", "/CN=ec", ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))]:
        with Appliance({"listen secure": secure_port(*settings)}) as appliance:
            done = subprocess.run([BIN / "discwrightd", "--config", appliance.config, "--check-config"], text=True,
                                  capture_output=True)
            check(done.returncode == 0, f"{settings}: {done.stderr}")


def client(authority, pair=None, hostname=None):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.check_hostname = False
    if pair:
        context.load_cert_chain(*map(str, pair))
    return lambda raw: context.wrap_socket(raw)


def storescu(port, *words, files):
    return subprocess.run(["storescu", "-R", *map(str, words), "127.0.0.1", str(port), *map(str, files)],
                          capture_output=True, text=True, timeout=120)


def dcmtk_clients_come_in(appliance, authority, pair, files):
    """DCMTK refuses a certificate that is not what it trusts, so both sides are authenticated."""
    trust = ["+cf", authority.certificate]
    open_port, mutual = appliance.listen["open"], appliance.listen["mutual"]
    for port, words in [(open_port, ["+tla", *trust]), (mutual, ["+tls", pair[1], pair[0], *trust])]:
        done = subprocess.run(["echoscu", *map(str, words), "127.0.0.1", str(port)], capture_output=True, text=True,
                              timeout=60)
        check(done.returncode == 0, f"echoscu {words}: {done.stderr}")
    done = storescu(mutual, "+tls", pair[1], pair[0], *trust, files=files)
    check(done.returncode == 0, f"storescu: {done.stderr}")
    stored = {sha256(p) for p in (appliance.state / "spool").rglob("*") if p.is_file()}
    check(len(stored) == len(files), f"{len(stored)} objects stored")
    visits = [r for r in appliance.get("/api/audit")["audit"] if r["action"] == "association"]
    check({(r["user"], r["door"], r["result"]) for r in visits} == {("CN=CT1,O=Test Hospital", "association", "OK")} and
          len(visits) == 2 and "port=mutual" in visits[0]["detail"], f"kept of those with a certificate: {visits}")
    done = storescu(appliance.dicom, files=files)  # the same over the plain port: every one is a duplicate
    check(done.returncode == 0, f"plain storescu: {done.stderr}")
    check({sha256(p) for p in (appliance.state / "spool").rglob("*") if p.is_file()} == stored,
          "the same object over TLS and without are different bytes")


def strangers_are_refused(appliance, authority, stranger, folder):
    mutual = appliance.listen["mutual"]
    done = subprocess.run(["echoscu", "+tla", "+cf", str(authority.certificate), "127.0.0.1", str(mutual)],
                          capture_output=True, timeout=60)
    check(done.returncode != 0, "a peer without a certificate came in")
    says(appliance, "peer showed no certificate")
    done = subprocess.run(["echoscu", "+tls", str(stranger[1]), str(stranger[0]), "+cf", str(authority.certificate),
                           "127.0.0.1", str(mutual)], capture_output=True, timeout=60)
    check(done.returncode != 0, "a peer with a certificate of somebody else's came in")
    says(appliance, "peer's certificate is not accepted: ")
    wanted = appliance.listen["wanted"]  # asked for, not required: but what is shown must be good
    with Peer(wanted, wrap=client(authority)) as peer:
        check(peer.associate()[0] == AC, "a peer that shows none is refused where none is required")
    done = subprocess.run(["echoscu", "+tls", str(stranger[1]), str(stranger[0]), "+cf", str(authority.certificate),
                           "127.0.0.1", str(wanted)], capture_output=True, timeout=60)
    check(done.returncode != 0, "a bad certificate came in where none is required")
    says(appliance, "peer's certificate is not accepted: ", times=2)


def s_client(port, *words, say=""):
    """openssl's client, which may speak what our own refuses to: security level 0."""
    return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *words], input=say, text=True,
                          capture_output=True, timeout=60)


def old_protocols_are_refused(port):
    for words in (["-tls1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                  ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],  # no forward secrecy
                  ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"],  # CBC
                  ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"]):
        done = s_client(port, *words)
        check("Cipher is (NONE)" in done.stdout or "Cipher    : 0000" in done.stdout,
              f"{words} is spoken: {done.stdout[-600:]}")
    for words in (["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"], ["-tls1_3"]):
        done = s_client(port, *words, "-no_ign_eof")
        check("Cipher is (NONE)" not in done.stdout and done.stdout.count("Cipher is "), f"{words} is not spoken")
        check("Compression: NONE" in done.stdout, "compressed")
    done = s_client(port, "-tls1_2", say="R\n")
    check("no renegotiation" in done.stderr, f"renegotiated: {done.stderr[-300:]}")
    print("refused: TLS 1.0, TLS 1.1, suites without ECDHE or AEAD, renegotiation")


def the_wrong_port_ends_at_once(appliance, authority):
    with Peer(appliance.listen["open"]) as peer:
        peer.send(request())
        while peer.answer()[0] not in (0, ABORT):  # an alert of TLS reads as nonsense first
            pass
    says(appliance, "port=open reason=\"peer spoke no TLS on a port with TLS\"")
    try:
        Peer(appliance.dicom, wrap=client(authority))
        check(False, "TLS on the plain port")
    except (ssl.SSLError, OSError):
        pass
    says(appliance, "port=dicom reason=\"peer spoke TLS on a port without TLS\"")


def silence_has_an_end(authority, certificate, key):
    with Appliance({"dicom": "artim_s = 1\ndimse_s = 1\nidle_s = 1\n",
                    "listen open": secure_port(certificate, key)}).start() as appliance:
        port = appliance.listen["open"]
        with socket.create_connection(("127.0.0.1", port), 30) as silent, \
                socket.create_connection(("127.0.0.1", port), 30) as half, \
                Peer(port, wrap=client(authority)) as shaken, Peer(port, wrap=client(authority)) as within:
            half.send(b"\x16\x03\x01\x02\x00\x01")
            check(within.associate(contexts=((CT, IMPLICIT_LE),))[0] == AC, "no association")
            within.send(pdu(DATA, pdv(bytes(5000)))[:100])
            check(silent.recv(100) == b"", "a silent peer is kept")
            check(len(half.recv(100)) < 100, "half a handshake is kept")
            for name, peer in (("shaken", shaken), ("within a PDU", within)):
                try:
                    check(peer.answer()[0] in (0, ABORT), f"{name}: still served")
                except OSError:
                    pass
        says(appliance, "peer did not finish the TLS handshake in time", times=2)


def serial(port, authority):
    with socket.create_connection(("127.0.0.1", port), 30) as raw:
        return client(authority)(raw).getpeercert()["serialNumber"]


def alone(appliance):
    pids = appliance.children().get("discwright-receive", [])
    return pids if len(pids) == 1 else None


def a_hangup_reads_again(folder, authority):
    pair = [folder / "served.pem", folder / "served.key"]

    def serve(name):
        for new, path in zip(authority.sign(name), pair):
            shutil.copy(new, path)
    serve("first")
    with Appliance({"dicom": "calling = MODALITY\n", "listen open": secure_port(*pair)}).start() as appliance:
        port, first = appliance.listen["open"], None
        first = serial(port, authority)
        with Peer(port, wrap=client(authority)) as peer:
            check(peer.associate()[0] == AC, "no association")
            serve("second")
            text = appliance.config.read_text()
            appliance.config.write_text(text.replace("calling = MODALITY", "calling = CT9"))
            appliance.process.send_signal(signal.SIGHUP)
            wait_for("the new certificate", lambda: serial(port, authority) != first, 20)
            check(peer.echo() == 0, "an association broke when certificates were read again")
        second = serial(port, authority)
        with Peer(appliance.dicom) as peer:
            check(peer.rejection() == (1, 1, 3), "the old allow-list is in force")
        with Peer(appliance.dicom) as peer:
            check(peer.associate(calling="CT9")[0] == AC, "the new allow-list is not in force")
        listener, = wait_for("an idle listener", lambda: alone(appliance), 20)
        os.kill(listener, signal.SIGKILL)  # the next one has the same ports, and the new certificate
        wait_for("another listener", lambda: alone(appliance) not in (None, [listener]), 20)
        wait_for("the secure port", lambda: serial(port, authority) == second, 20)
        pair[0].write_text("broken\n")
        appliance.config.write_text(text)
        appliance.process.send_signal(signal.SIGHUP)
        says(appliance, "SIGHUP: everything stays as it was")
        check("holds no PEM certificate" in log_of(appliance), "the log does not say why")
        check(serial(port, authority) == second, "a broken certificate took the place of the old one")
        with Peer(appliance.dicom) as peer:
            check(peer.rejection() == (1, 1, 3), "half of a broken change is in force")


def put(pair, paths):
    for new, path in zip(pair, paths):
        shutil.copy(new, path)


def alarms(appliance):
    return appliance.get("/api/status")["alarms"]


def health(appliance):
    try:
        return appliance.get("/healthz")
    except urllib.error.HTTPError as error:
        return json.load(error)


def a_broken_certificate_closes_its_port_alone(folder, authority):
    served = [folder / "one.pem", folder / "one.key"]
    good = authority.sign("healthy")
    put(good, served)
    with Appliance({"listen secure": secure_port(*served)}).start() as appliance:
        port = appliance.listen["secure"]
        served[0].write_text("broken\n")
        listener, = wait_for("an idle listener", lambda: alone(appliance), 20)
        os.kill(listener, signal.SIGKILL)
        says(appliance, "closed until its certificate is good port=secure")
        with Peer(appliance.dicom) as peer:
            check(peer.associate()[0] == AC, "the plain port waits for the secure one")
        check(socket.socket().connect_ex(("127.0.0.1", port)) != 0, "the secure port is open without a certificate")
        wait_for("the health", lambda: health(appliance)["status"] == "degraded" and
                 health(appliance)["closed_ports"] == 1, 20)
        put(good, served)
        appliance.process.send_signal(signal.SIGHUP)
        wait_for("the secure port", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, 20)
        with Peer(port, wrap=client(authority)) as peer:
            check(peer.associate()[0] == AC, "no association over the port that was opened again")
        wait_for("the health", lambda: health(appliance)["status"] == "ok", 20)


def a_certificate_that_expires_soon_is_told_in_time(folder, authority):
    served = [folder / "old.pem", folder / "old.key"]
    soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 5 * 86400))
    put(authority.sign("ageing", start="20200101000000Z", end=soon), served)
    with Appliance({"listen secure": secure_port(*served)}).start() as appliance:
        says(appliance, "port secure: its certificate expires on ")
        check(alarms(appliance)[0].startswith("port secure: its certificate expires on 20"), f"{alarms(appliance)}")
        check(health(appliance)["certificates_to_renew"] == 1 and health(appliance)["status"] == "ok", "health")
        put(authority.sign("young"), served)
        appliance.process.send_signal(signal.SIGHUP)
        wait_for("the end of the alarm", lambda: not alarms(appliance), 20)
        wait_for("the health", lambda: health(appliance)["certificates_to_renew"] == 0, 20)


def memory(authority, certificate, key):
    with Appliance({"listen open": secure_port(certificate, key)}).start() as appliance:
        base = sum(pss_kb(p) for p in appliance.children()["discwright-receive"])
        peers = [Peer(appliance.listen["open"], wrap=client(authority)) for _ in range(32)]
        for peer in peers:
            check(peer.associate(contexts=((CT, IMPLICIT_LE),))[0] == AC, "no association")
            peer.send(pdu(DATA, pdv(store_command())))
            for piece in PIECES[:4]:
                peer.send(pdu(DATA, pdv(piece, command=False, last=False)))
        pids = appliance.children()["discwright-receive"]
        each = (sum(pss_kb(p) for p in pids) - base) / len(peers)
        print(f"{len(peers)} secure associations: {each:.0f} kB PSS each")
        check(each <= 2048 or is_sanitized(pids[0]), f"a secure association takes {each:.0f} kB")
        for peer in peers:
            peer.socket.close()


def test():
    for tool in ("openssl", "storescu", "echoscu"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="dw-secure-") as name:
        folder = pathlib.Path(name)
        authority = Authority(folder)
        each_fault_is_one_sentence(folder, authority)
        certificate, key = authority.sign("server")
        pair = authority.sign("modality", "/O=Test Hospital/CN=CT1")
        stranger = Authority(folder, "elsewhere").sign("stranger")
        options = {"listen open": secure_port(certificate, key),
                   "listen mutual": secure_port(certificate, key, authority.certificate, "require"),
                   "listen wanted": secure_port(certificate, key, authority.certificate, "request")}
        with Appliance(options).start() as appliance:
            files = sample(folder / "sample", count=3, bytes=300000, series=1)
            dcmtk_clients_come_in(appliance, authority, pair, files)
            strangers_are_refused(appliance, authority, stranger, folder)
            old_protocols_are_refused(appliance.listen["open"])
            the_wrong_port_ends_at_once(appliance, authority)
        silence_has_an_end(authority, certificate, key)
        a_hangup_reads_again(folder, authority)
        a_broken_certificate_closes_its_port_alone(folder, authority)
        a_certificate_that_expires_soon_is_told_in_time(folder, authority)
        memory(authority, certificate, key)


main(test)
