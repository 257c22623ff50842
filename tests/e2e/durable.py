#!/usr/bin/python3
"""The order of durability, seen from outside with strace: object file fsynced, renamed, folder fsynced, row
committed (the database's log fsynced), and only then the C-STORE response leaves."""
import re
import subprocess
import time
from appliance import Appliance, check, main, need, sample, wait_for


def events(trace):
    """(time, pid, kind, detail) in order of completion."""
    names = {}  # (pid, fd) -> path
    found = []
    for line in trace:
        m = re.match(r"(\d+)\s+(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)", line)
        if not m:
            continue
        pid, when, call, args, result = m.groups()
        if call == "fsync" or call == "fdatasync":
            path = re.search(r"<([^>]*)>", args)
            found.append((float(when), pid, "sync", path.group(1) if path else ""))
        elif call.startswith("rename"):
            paths = re.findall(r'"([^"]*)"', args)
            found.append((float(when), pid, "rename", paths[-1]))
        elif call in ("sendto", "write", "sendmsg", "writev") and "TCP:" in args:
            found.append((float(when), pid, "network", args[:200]))
    return found


def test():
    need("strace", "storescu")
    with Appliance(name="durable") as a:
        files = sample(a.dir / "sample", count=5, series=1, bytes=20000)
        a.start()
        trace = a.dir / "trace"
        strace = subprocess.Popen(["strace", "-f", "-yy", "-ttt", "-qq", "-s", "64", "-o", str(trace), "-p", str(a.process.pid)]
                                  + sum((["-p", str(p)] for pids in a.children().values() for p in pids), [])
                                  + ["-e", "trace=fsync,fdatasync,rename,renameat,renameat2,sendto,write,sendmsg,writev"],
                                  stderr=subprocess.DEVNULL)
        wait_for("strace to attach", lambda: "TracerPid:\t0" not in open(f"/proc/{a.process.pid}/status").read(), 10)
        a.send(files)
        time.sleep(0.3)
        strace.terminate()
        strace.wait()
        found = sorted(events(trace.read_text(errors="replace").splitlines()))
        renames = [(t, p, path) for t, p, kind, path in found if kind == "rename" and "/spool/" in path]
        check(len(renames) == len(files), f"{len(renames)} objects were renamed, not {len(files)}")
        for at, pid, path in renames:
            folder, number = path.rsplit("/", 1)
            before = [e for e in found if e[0] <= at and e[2] == "sync" and f"/{number}.part" in e[3]]
            check(before, f"object {number} was renamed before its file was synced")
            later = [e for e in found if e[0] >= at]
            folder_sync = next((e for e in later if e[2] == "sync" and e[3].rstrip("/") == folder), None)
            check(folder_sync, f"object {number}: its folder was never synced")
            commit = next((e for e in later if e[2] == "sync" and "discwright.db-wal" in e[3] and e[0] > folder_sync[0]), None)
            check(commit, f"object {number}: no commit after its folder was synced")
            answer = next((e for e in later if e[2] == "network" and e[1] == pid), None)
            check(answer, f"object {number}: no response was seen")
            check(answer[0] > commit[0], f"object {number} was acknowledged before its row was committed")
        print(f"{len(renames)} objects: file, folder, commit, response, in this order")


main(test)
