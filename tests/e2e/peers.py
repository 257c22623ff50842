#!/usr/bin/python3
"""Senders that hospitals have: an archive that pushes (Orthanc), one that is asked to send here (dcmqrscp as source of
a C-MOVE), GDCM's and DCMTK's tools. The same study from each of them is one study, object for object."""
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from appliance import Appliance, check, main, need, sample, wait_for

FILES = 12
TOOLS = ["storescu", "dcmsend", "dcmqrscp", "movescu", "dcmqridx", "gdcmscu", "dcmdump"]


def orthanc():
    for place in (shutil.which("Orthanc"), "/usr/sbin/Orthanc"):
        if place and pathlib.Path(place).exists():
            return place
    print("skipped: Orthanc is not installed")
    sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Program:
    """A peer of its own, ended by its id."""

    def __init__(self, a, name, command, port):
        self.log = open(a.dir / f"{name}.log", "ab")
        self.process = subprocess.Popen([str(c) for c in command], stdout=self.log, stderr=self.log, cwd=a.dir)
        self.port = port

    def __enter__(self):
        wait_for("a peer's start", lambda: listens(self.port) or self.process.poll() is not None, 60)
        check(self.process.poll() is None, f"a peer ended with {self.process.poll()}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, errors="replace")
    check(done.returncode == 0, f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-400:]}")
    return done.stdout


def gdcm(*words):
    """gdcmscu 3.0.21 aborts in its own clean-up after the association was released, whoever the peer is."""
    command = ["gdcmscu", "--aetitle", "GDCM", "--call", "DISCWRIGHT", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, errors="replace")
    its_own = done.returncode == -6 and "ProtocolStream as nullptr" in done.stderr
    check(done.returncode == 0 or its_own, f"gdcmscu ended with {done.returncode}: {done.stderr[-300:]}")


def rows(a, text, *values):
    with sqlite3.connect(f"file:{a.state}/discwright.db?mode=ro", uri=True) as db:
        return db.execute(text, values).fetchall()


def check_one_study(a, files, calling):
    """Every file has one row that came from this peer, and no other has."""
    found = rows(a, "SELECT sop_instance, state FROM object WHERE calling = ?", calling)
    check(len(found) == len(files) == len({uid for uid, _ in found}), f"{calling}: {len(found)} rows")
    check({state for _, state in found} == {"received"}, f"{calling}: {found[:3]}")
    check(not rows(a, "SELECT 1 FROM object WHERE state = 'quarantined'"), f"{calling}: something was put aside")


def push(a, files):
    """Orthanc takes the files by REST and is told to send them to a modality: us."""
    rest, dicom = free_port(), free_port()
    config = a.dir / "orthanc.json"
    config.write_text(json.dumps({
        "StorageDirectory": str(a.dir / "orthanc"), "IndexDirectory": str(a.dir / "orthanc"), "HttpPort": rest,
        "DicomPort": dicom, "DicomAet": "ORTHANC", "RemoteAccessAllowed": False, "AuthenticationEnabled": False,
        "Plugins": [], "DicomModalities": {"us": ["DISCWRIGHT", "127.0.0.1", a.dicom]}}))

    def ask(path, body):
        request = urllib.request.Request(f"http://127.0.0.1:{rest}{path}", body, {"Expect": ""})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)
    with Program(a, "orthanc", [orthanc(), config], rest):
        numbers = [ask("/instances", path.read_bytes())["ID"] for path in files]
        reply = ask("/modalities/us/store", json.dumps({"Resources": numbers, "Synchronous": True}).encode())
        check(reply["FailedInstancesCount"] == 0 and reply["InstancesCount"] == len(files), f"Orthanc says {reply}")
    check_one_study(a, files, "ORTHANC")


def move(a, files):
    """movescu asks an archive to send a study to us: the archive is the peer that stores."""
    port, folder = free_port(), a.dir / "archive"
    folder.mkdir()
    config = a.dir / "qrscp.cfg"
    config.write_text(f"""NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 4
HostTable BEGIN
us = (DISCWRIGHT, 127.0.0.1, {a.dicom})
asker = (ASKER, 127.0.0.1, {free_port()})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
ARCHIVE {folder} RW (100, 1024mb) ANY
AETable END
""")
    copies = [shutil.copy(path, folder / path.name) for path in files]
    run("dcmqridx", folder, *copies)
    study = run("dcmdump", "+P", "0020,000d", files[0]).split("[")[1].split("]")[0]
    with Program(a, "dcmqrscp", ["dcmqrscp", "-c", config], port):
        run("movescu", "-S", "-aet", "ASKER", "-aec", "ARCHIVE", "-aem", "DISCWRIGHT", "-k", "0008,0052=STUDY", "-k",
            f"0020,000d={study}", "127.0.0.1", port)
    check_one_study(a, files, "ARCHIVE")


def test():
    need(*TOOLS)
    with Appliance(name="peers") as a:
        a.start()

        def one(seed):  # a patient for each peer, so that what comes is not taken for the same again
            return sample(a.dir / f"sample-{seed}", seed=f"{seed:02x}" * 32, count=FILES, series=2, bytes=40000)
        here = ("127.0.0.1", a.dicom)
        first, second, third = one(1), one(2), one(3)
        run("storescu", "-aet", "STORE", "-aec", "DISCWRIGHT", *here, *first)
        check_one_study(a, first, "STORE")
        run("dcmsend", "-aet", "SEND", "-aec", "DISCWRIGHT", *here, *second)
        check_one_study(a, second, "SEND")
        gdcm("--echo", *here)
        gdcm("--store", *here, *third)
        check_one_study(a, third, "GDCM")
        push(a, one(4))
        move(a, one(5))
        check(a.get("/api/status")["objects"] == 5 * FILES, "an object is missing or twice")
        run("dcmsend", "-aet", "SEND", "-aec", "DISCWRIGHT", *here, *first)
        check(a.get("/api/status")["objects"] == 5 * FILES, "the same from another peer is stored twice")
    print(f"{5 * FILES} objects of five peers")


main(test)
