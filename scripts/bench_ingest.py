"""Receiving beside other receivers: the same stock client (DCMTK's storescu) sends the same objects to each, in the same
minute. Every Success of ours is durable (file, folder and row on disk); the others' are not. Ratios above 1 mean that we
are faster."""
import json
import os
import shutil
import socket
import statistics
import subprocess
import time

from appliance import Appliance, wait_for

STOCK = {}
SENT = 4800  # by 4 and by 32 senders: enough that the start of 32 programs does not count
TUNED = {"TCP_NODELAY": "1", "TCP_BUFFER_LENGTH": str(2 << 20)}  # of the sender; "even": of the receivers too


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Ours:
    def __init__(self, _work, _environment):
        self.appliance = Appliance({"dicom": "max_associations = 64\n"}, name="ingest")

    def __enter__(self):
        self.appliance.start()
        self.port, self.pid = self.appliance.dicom, self.appliance.process.pid
        return self

    def __exit__(self, *what):
        self.appliance.__exit__(*what)


class Program:
    """Another receiver, ended by pid."""

    def __init__(self, work, environment):
        self.folder = work / "peer"
        self.folder.mkdir()
        self.environment = {**os.environ, **environment}
        self.port = free_port()

    def __enter__(self):
        self.process = subprocess.Popen([str(w) for w in self.words()], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=self.environment)
        wait_for(f"the start of {self.words()[0]}", lambda: listens(self.port), 60)
        return self

    def __exit__(self, *_what):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.folder)


class Storescp(Program):
    def words(self):
        return ["storescp", "--fork", "--bit-preserving", "--accept-all", "-od", self.folder, self.port]


class Orthanc(Program):
    def words(self):
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps({
            "Name": "bench", "StorageDirectory": str(self.folder / "store"), "IndexDirectory": str(self.folder / "store"),
            "HttpPort": free_port(), "DicomPort": self.port, "DicomCheckCalledAet": False, "Plugins": [],
            "DicomAlwaysAllowStore": True, "UnknownSopClassAccepted": True}))
        return ["Orthanc", path]


def send(port, folders, environment, seconds=1800):
    """Seconds until the last of the senders, one for each folder, was told Success for everything."""
    environment = {**os.environ, **environment}
    begin = time.monotonic()
    senders = [subprocess.Popen(["storescu", "-aec", "DISCWRIGHT", "+sd", "+r", "127.0.0.1", str(port), str(folder)],
                                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
               for folder in folders]
    for sender in senders:
        _, said = sender.communicate(timeout=seconds)
        if sender.returncode != 0:
            raise SystemExit(f"bench: storescu ended with {sender.returncode}: {said[-300:]}")
    return time.monotonic() - begin


def per_object(maker, work, folders, environment, even=False):
    """Milliseconds for each object."""
    count = sum(1 for folder in folders for path in folder.rglob("*") if path.is_file())
    with maker(work, environment if even else {}) as receiver:
        return 1000 * send(receiver.port, folders, environment) / count


def fsync_ms(work, size=512 * 1024, count=100):
    """What durability costs here: write, fsync, rename, fsync of the folder."""
    data, folder, times = os.urandom(size), os.open(work, os.O_RDONLY), []
    for i in range(count):
        begin = time.monotonic()
        fd = os.open(work / "sync.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, data)
        os.fsync(fd)
        os.close(fd)
        os.rename(work / "sync.part", work / "sync")
        os.fsync(folder)
        times.append(1000 * (time.monotonic() - begin))
        os.unlink(work / "sync")
    os.close(folder)
    return statistics.median(times)


class Sets:
    """The objects to send: folders of one series each, made once."""

    def __init__(self, work, series):
        self.work, self.series = work, series

    def folders(self, number, count, size):
        made = []
        for i in range(number):
            folder = self.work / f"send-{size}-{count}-{i}"
            if not folder.exists():
                self.series(folder, count, size, 1)
            made.append(folder)
        return made


def compare(figures, name, runs, work, environment, ours, theirs, even=False):
    """theirs: {peer: (maker, folders)}; the slow ones are sent fewer objects of the same kind."""
    ms = {"ours": []}
    ratios = {peer: [] for peer in theirs}
    for _ in range(runs):
        ms["ours"].append(per_object(Ours, work, ours, environment))
        for peer, (maker, folders) in theirs.items():
            took = per_object(maker, work, folders, environment, even)
            ms.setdefault(peer, []).append(took)
            ratios[peer].append(took / ms["ours"][-1])
    for peer, took in ms.items():
        figures[f"ingest.{name}.{peer}_ms"] = round(statistics.median(took), 2)
    for peer, ratio in ratios.items():
        figures[f"ingest.{name}.ratio_{peer}"] = round(statistics.median(ratio), 2)


def many_senders(figures, sets, work, memory):
    """Throughput of 32 senders over that of four, and the memory of the tree while they send."""
    rates = {}
    for number in (4, 32):
        folders = sets.folders(number, SENT // number, 64 * 1024)
        with Ours(work, TUNED) as receiver:
            watch = memory(receiver.appliance)
            watch.start()
            rates[number] = SENT / send(receiver.port, folders, TUNED)
            watch.over.set()
            watch.join()
            figures["ingest.pss_mb"] = round(watch.most, 1)
    figures["ingest.32.over_4"] = round(rates[32] / rates[4], 2)
    figures["ingest.32.objects_per_s"] = round(rates[32])


def idle_pss(memory, appliance):
    # Of each association a process is there for another moment.
    wait_for("the end of all associations", lambda: len(appliance.children()["discwright-receive"]) == 1, 60)
    pids = [appliance.process.pid, *(p for name, more in appliance.children().items() if name != "discwright-work"
                                     for p in more)]
    return sum(map(memory.pss, pids))


def growth(figures, work, series, memory, objects=200000, each=5000):
    """Memory of the idle tree after so many objects, less that after the first tenth: four associations at a time,
    studies of `each` objects."""
    with Ours(work, TUNED) as receiver:
        sent, first = 0, None
        while sent < objects:
            folders = [work / f"grow-{sent + i}" for i in range(4)]
            for i, folder in enumerate(folders):
                series(folder, each, (2048, 4096, 6144, 8192)[i], 5)
            send(receiver.port, folders, TUNED)
            sent += 4 * each
            for folder in folders:
                shutil.rmtree(folder)
            pss = idle_pss(memory, receiver.appliance)
            first = pss if first is None else first
            figures[f"ingest.pss_mb_{sent // 1000}k"] = round(pss, 1)
    figures[f"ingest.growth_mb_{objects // 1000}k"] = round(pss - first, 1)


def bench(figures, work, runs, series, memory):
    """The slow peers are sent fewer objects of the same size; ours gets what a modality would send."""
    sets = Sets(work, series)
    large, small = sets.folders(4, 250, 512 * 1024), sets.folders(1, 10000, 8192)
    few, four_few, small_few = sets.folders(1, 60, 512 * 1024), sets.folders(4, 60, 512 * 1024), sets.folders(1, 300, 8192)
    both = {"storescp": (Storescp, few), "orthanc": (Orthanc, few)}
    figures["ingest.fsync_ms"] = round(fsync_ms(work), 2)
    compare(figures, "stock", runs, work, STOCK, large[:1], both)
    compare(figures, "tuned", runs, work, TUNED, large[:1], both)
    compare(figures, "four", runs, work, TUNED, large, {"storescp": (Storescp, four_few), "orthanc": (Orthanc, four_few)})
    compare(figures, "small", runs, work, TUNED, small, {"storescp": (Storescp, small_few), "orthanc": (Orthanc, small_few)})
    # The peers with Nagle's algorithm off as well, and as many objects as ours: what durability costs.
    compare(figures, "even", runs, work, TUNED, large[:1], {"storescp": (Storescp, large[:1]), "orthanc": (Orthanc, few)}, True)
    compare(figures, "even_small", runs, work, TUNED, small, {"storescp": (Storescp, small)}, True)
    many_senders(figures, sets, work, memory)
