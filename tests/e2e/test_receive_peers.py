#!/usr/bin/python3
"""discwright-receive with real peers: DCMTK's echoscu, storescu and dcmsend send what they can encode, this
script plays the daemon, and dcmdump says what lies in the spool."""
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

BIN = pathlib.Path(sys.argv[1]) / "bin"
MAGIC = 0x32435744  # base/channel.c
EXPLICIT_LE, IMPLICIT_LE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"
# encoder, its options, storescu's option to propose that syntax, transfer syntax
ENCODINGS = [
    ("dcmcjpeg", ["+e1"], "-xs", "1.2.840.10008.1.2.4.70"),
    ("dcmcjpls", ["+el"], "-xt", "1.2.840.10008.1.2.4.80"),
    ("dcmcrle", [], "-xr", "1.2.840.10008.1.2.5"),
    ("dcmconv", ["+ti"], "-xi", IMPLICIT_LE),
    ("dcmconv", ["+tb"], "-xb", "1.2.840.10008.1.2.2"),
    ("dcmconv", ["+td"], "-xd", "1.2.840.10008.1.2.1.99"),
]


def pack(head):
    text = json.dumps(head).encode()
    return struct.pack("<IIII", MAGIC, len(text), 0, 0) + text


def receive(end):
    data, fds, _, _ = socket.recv_fds(end, 256 * 1024, 4)
    if not data:
        return None, []
    _, size, _, _ = struct.unpack("<IIII", data[:16])
    return json.loads(data[16:16 + size]), fds


def start(*command):
    """A child of ours with its channel as descriptor 3; our end."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours, theirs = (socket.socket(fileno=fcntl.fcntl(e.fileno(), fcntl.F_DUPFD_CLOEXEC, 32)) for e in ends)
    for end in ends:  # one of them may have been descriptor 3
        end.close()
    os.dup2(theirs.fileno(), 3)
    process = subprocess.Popen([str(c) for c in command], pass_fds=(3,))
    os.close(3)
    theirs.close()
    return process, ours


def config(spool, **more):
    return pack({"type": "config", "ports": [{"name": "dicom", "bind": "", "port": 0, **more}], "aet": "DISCWRIGHT",
                 "max_associations": 8, "max_pdu": 131072, "artim_s": 30, "idle_s": 60, "dimse_s": 60,
                 "spool": str(spool), "reserve_bytes": 1})


def refuses_a_port_of_unknown_kind(spool):
    process, end = start(BIN / "discwright-receive")
    end.send(config(spool))
    head, _ = receive(end)
    end.close()
    process.wait(timeout=20)
    assert head["type"] == "result" and head["status"] == "INVALID", f"a port is plain by an oversight: {head}"


class Daemon:
    def __init__(self, spool):
        self.lock, self.next, self.commits, self.others, self.problems = threading.Lock(), 1, [], [], []
        self.spool = spool
        self.process, self.end = start(BIN / "discwright-receive")
        self.end.send(config(spool, tls=None))
        head, _ = receive(self.end)
        assert head["type"] == "listening", head
        self.port = str(head["ports"][0]["port"])
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            head, fds = receive(self.end)
            if head is None:
                return
            threading.Thread(target=self.serve, args=(fds[0],), daemon=True).start()

    def numbers(self, kind):
        with self.lock:
            first, self.next = self.next, self.next + 10
        return pack({"type": kind, "status": "OK", "text": "", "first": first, "count": 10})

    def serve(self, fd):
        end = socket.socket(fileno=fd)
        while True:
            head, _ = receive(end)
            if head is None or head["type"] == "bye":
                return end.close()
            if head["type"] in ("admit", "more"):
                end.send(self.numbers("admitted" if head["type"] == "admit" else "numbers"))
                continue
            with self.lock:
                (self.commits if head["type"] == "commit" else self.others).append(head)
                self.look(head)
            end.send(pack({"type": "committed", "number": head["number"], "status": "OK", "text": "",
                           "duplicate": False}))

    def look(self, head):
        """What the daemon may rely on when it is asked: the file is there, whole, under its number."""
        path = self.file(head)
        if not path.exists():
            self.problems.append(f"object {head['number']} is not there at its commit")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != head["sha256"]:
            self.problems.append(f"object {head['number']} has another hash")

    def file(self, head):
        return self.spool / str(head["number"] // 1000) / str(head["number"])


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-400:]}{done.stderr[-400:]}"
    return done.stdout


def make_sample(folder):
    process, end = start(BIN / "discwright-work", "sample")
    end.send(pack({"type": "task", "task": "sample", "out": str(folder), "seed": "peers", "kind": "bench",
                   "count": 40, "series": 2, "bytes": 60000}))
    while True:
        head, _ = receive(end)
        assert head, "the sample task ended without a result"
        if head["type"] == "result":
            assert head["status"] == "OK", head
            break
    end.close()
    assert process.wait() == 0
    return sorted(folder.rglob("IM*"))


def syntax_of(path):
    line = run("dcmdump", "-Un", "+P", "0002,0010", path)
    return line[line.index("[") + 1:line.index("]")]


def data_set(path):
    """The bytes behind the meta header."""
    data = path.read_bytes()
    return data[144 + struct.unpack("<I", data[140:144])[0]:]


def pss_kb(pid):
    for line in open(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1])


def test(folder):
    spool = folder / "spool"
    spool.mkdir()
    files = make_sample(folder / "sample")
    refuses_a_port_of_unknown_kind(spool)
    daemon = Daemon(spool)
    port = daemon.port

    run("echoscu", "-aec", "DISCWRIGHT", "127.0.0.1", port)
    run("echoscu", "127.0.0.1", port)
    assert not daemon.commits

    run("storescu", "-R", "127.0.0.1", port, files[0])
    assert data_set(daemon.file(daemon.commits[-1])) == data_set(files[0]), "bytes of the data set changed"

    for encoder, options, propose, syntax in ENCODINGS:
        encoded = folder / "encoded.dcm"
        run(encoder, *options, files[1], encoded)
        before = len(daemon.commits)
        run("storescu", "-R", propose, "127.0.0.1", port, encoded)
        assert len(daemon.commits) == before + 1, f"{encoder} {options}: {daemon.others}"
        stored = daemon.file(daemon.commits[-1])
        want = syntax if encoder != "dcmconv" else {EXPLICIT_LE, syntax}  # we prefer Explicit VR Little Endian
        assert syntax_of(stored) in want, f"{encoder} {options}: stored as {syntax_of(stored)}"
        assert daemon.commits[-1]["object"]["transfer_syntax"] == syntax_of(stored)
        if encoder.startswith("dcmc") and encoder != "dcmconv":
            assert data_set(stored) == data_set(encoded), f"{encoder}: bytes of the data set changed"

    before = len(daemon.commits)
    run("dcmsend", "127.0.0.1", port, *files)
    assert len(daemon.commits) == before + len(files)

    peers = [subprocess.Popen(["storescu", "-R", "127.0.0.1", port, *map(str, files)]) for _ in range(4)]
    assert [p.wait() for p in peers] == [0] * 4, "a peer among four failed"
    assert len(daemon.commits) == before + 5 * len(files)
    assert len({c["number"] for c in daemon.commits}) == len(daemon.commits), "a number was given twice"

    assert not daemon.others and not daemon.problems, (daemon.others, daemon.problems)
    stored = [p for p in spool.rglob("*") if p.is_file()]
    assert len(stored) == len(daemon.commits) and not [p for p in stored if p.suffix], "leftovers in the spool"
    print(f"{len(stored)} objects, listener {pss_kb(daemon.process.pid)} kB PSS")
    daemon.end.shutdown(socket.SHUT_RDWR)
    assert daemon.process.wait(timeout=20) == 0, "the listener did not end with the daemon"


for tool in ["echoscu", "storescu", "dcmsend", "dcmdump"] + [e[0] for e in ENCODINGS]:
    if not shutil.which(tool):
        print(f"skipped: {tool} is not installed")
        sys.exit(77)
with tempfile.TemporaryDirectory(prefix="dw-test-", dir="/tmp") as name:
    test(pathlib.Path(name))
