#!/usr/bin/python3
"""Every error of the PTBurn service happens to discs on their way, and a person does what the console asks for: at the end
every ordered disc came out exactly once, nothing waits without a reason, and the shared folder is clean. Each number
happens once and each kind of error at each step; with DW_PTBURN_LONG=1 each number happens at each step."""
import os
import sys
import time
from appliance import Appliance, check, main, need, sample
from ptburnserver import Server, no_complaints, robots, share_is_clean
from publish import log_holds_no_patient
from facts import ENGINE_ERRORS, ERRORS, SYSTEM_ERRORS

JOB_STEPS = ("queue", "start", "load", "record", "finish", "verify", "print", "unload", "done")
DISC_STEPS = ("load", "record", "finish", "verify", "print", "unload")
BATCH = 12   # discs of one order


def cases():
    """(kind, number, step)"""
    scopes = {scope: [n for n, (s, _) in ERRORS.items() if s == scope] for scope in ("job", "disc")}
    numbers = {"job": scopes["job"], "disc": scopes["disc"], "system": [n for n in SYSTEM_ERRORS if n],
               "engine": [n for n in ENGINE_ERRORS if n]}
    for kind, all_numbers in numbers.items():
        steps = DISC_STEPS if kind in ("disc", "engine") else JOB_STEPS
        if os.environ.get("DW_PTBURN_LONG"):
            yield from ((kind, number, step) for number in all_numbers for step in steps)
        else:  # each number once; where there are fewer numbers than steps, some twice
            for i in range(max(len(all_numbers), len(steps))):
                yield kind, all_numbers[i % len(all_numbers)], steps[i % len(steps)]


def came_out_good(server, disc):
    """A person looks for a disc: the service's job is named after its row."""
    return bool([d for d in server.discs(good=True) if d["job"].endswith(f"-{disc['id']}")])


def answer(a, server, disc, thrown):
    """A good disc is handed out, unless the appliance does not know it as verified: then it is thrown away."""
    at = "output" if came_out_good(server, disc) and disc["id"] not in thrown else "gone"
    reply = a.post(f"/api/discs/{disc['id']}/answer", {"at": at})
    if reply["status"] == "CONFLICT" and at == "output":
        thrown.add(disc["id"])
        a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})


def person(a, server, number, thrown):
    """Whoever stands before the machine says where doubtful discs are, acknowledges what was mended, tries again."""
    for disc in a.get("/api/discs?state=unknown")["discs"]:
        answer(a, server, disc, thrown)
    for fault in robots(a)[0]["faults"]:
        if not fault["key"].startswith("job_lost"):
            a.post("/api/robots/acknowledge", {"robot": "pub", "key": fault["key"]})
    job = a.get(f"/api/jobs/{number}")
    if job["state"] in ("held", "failed"):
        check(job["reason"], f"job {number} is {job['state']} without a reason")
        a.post(f"/api/jobs/{number}/retry", {})
    return job


def one_batch(a, server, study, batch):
    before = len(server.discs(good=True))
    injected, thrown = len(server.events("injected")), set()
    for kind, number, step in batch:
        words = {"clear_after": 60} if kind == "system" else {}
        server.ask("inject", kind=kind, number=number, step=step, **words)
    number = a.burn(study, copies=len(batch))
    end = time.monotonic() + 60 + 20 * len(batch)
    while True:
        check(server.process.poll() is None, "the emulated service ended")
        job = person(a, server, number, thrown)
        if job["state"] == "done":
            break
        check(time.monotonic() < end, f"job {number} is {job['state']} ({job['reason']}) after {batch}: "
              f"{[(d['id'], d['state'], d['reason']) for d in job['disc_list'] if d['state'] != 'delivered']}")
        time.sleep(0.2)
    good = len(server.discs(good=True)) - before
    check(good - len(thrown) == job["discs_delivered"] == len(batch), f"{len(batch)} ordered, {good} came out good, "
          f"{len(thrown)} were thrown away, {job['discs_delivered']} are counted after {batch}")
    happened = len(server.events("injected")) - injected
    check(happened == len(batch), f"{happened} of {len(batch)} faults happened: {batch}")
    share_is_clean(server, study)


def test():
    need("storescu")
    part, parts = (int(n) for n in (sys.argv[2] if len(sys.argv) > 2 else "0/1").split("/"))
    chosen = list(cases())[part::parts]
    with Appliance(name="ptburn-faults", robots={}) as a, \
            Server(a.dir / "server", ["name=Disc Publisher 4100,type=8,right=5000,medium=cd"], speed="60") as server:
        with open(a.config, "a") as config:
            config.write(f"[robot pub]\n{server.section()}rejects_max = 100\n")
        a.start()
        a.send(sample(a.dir / "sample", count=2, bytes=20000, series=1))
        study = a.study()
        for at in range(0, len(chosen), BATCH):
            one_batch(a, server, study, chosen[at:at + BATCH])
            print(f"{min(at + BATCH, len(chosen))} of {len(chosen)}", flush=True)
        no_complaints(server)
        log_holds_no_patient(a, study)


if __name__ == "__main__":
    main(test)
