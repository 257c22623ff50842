#!/usr/bin/python3
"""A Disc Publisher behind the PTBurn service of its maker: a study becomes a disc that the robot verified, and whatever
happens to service, share, supplies or appliance on the way, no disc is made twice, none is lost, and nothing of the
patient stays in the shared folder."""
import sys
from appliance import Appliance, check, main, need, sample, wait_for
from ptburnserver import Server, disc_is_whole, fault, no_complaints, patient_words, robots, share_is_clean
from publish import compare_with_what_was_sent, extract, log_holds_no_patient


def one_good_disc(server, before, copies=1):
    made = server.discs(good=True)[len(before):]
    check(len(made) == copies, f"{len(made)} good discs were made, {copies} were ordered")
    return made


def the_whole_way(a, server, study, sent):
    notes = " ".join(robots(a)[0]["notes"])
    check("verified by the robot" in notes, f"who verifies is not said beforehand: {notes}")
    job = a.job(a.burn(study, copies=2))
    check(job["discs_delivered"] == 2, f"delivered {job['discs_delivered']}")
    for disc in job["disc_list"]:
        check(disc["verified_by"] == "robot", f"verified by '{disc['verified_by']}'")
    made = one_good_disc(server, [], 2)
    for disc in made:
        disc_is_whole(server, disc)
    out = a.dir / "disc"
    extract(server.folder(made[0]) / "disc.iso", out)
    check(compare_with_what_was_sent(out, sent) == len(sent), "not every object is on the disc")
    share_is_clean(server, study)
    for words in server.events("job.listed"):
        check("DeleteFiles" in words["keys"], "a job without the keys we ask for")


def a_cancelled_job_is_aborted(a, server, study):
    before = server.discs(good=True)
    server.ask("hold", step="record")
    number = a.burn(study)
    name = server.held_at("record")
    a.post(f"/api/jobs/{number}/cancel", {})
    wait_for("the abort", lambda: server.events("job.end", job=name))
    server.ask("release")
    check(server.events("job.end", job=name)[0]["error"] == 16, "the job ended otherwise")
    wait_for("the end", lambda: a.get(f"/api/jobs/{number}")["state"] == "cancelled", 60)
    one_good_disc(server, before, 0)
    share_is_clean(server, study)


def low_ink_is_ignored_when_a_person_says_so(a, server, study):
    before = server.discs(good=True)
    server.ask("ink", slot=1, fill=3)
    number = a.burn(study)
    said = fault(a, "ink_waits")
    a.post("/api/robots/acknowledge", {"robot": "pub", "key": said["key"]})
    a.job(number)
    one_good_disc(server, before)
    check(any(m["message"] == "IGNORE_INKLOW" for m in [{"message": e.get("Message")} for e in server.events("message")]),
          "no IGNORE_INKLOW was sent")
    server.ask("ink", slot=1, fill=90)
    wait_for("no fault", lambda: not robots(a)[0]["faults"], 60)


def an_empty_bin_waits_for_discs(a, server, study):
    before = server.discs(good=True)
    server.ask("empty", bin="right")
    number = a.burn(study)
    fault(a, "bin_empty")
    check(a.get(f"/api/jobs/{number}")["state"] == "active", "a job without discs did not wait")
    server.ask("refill", bin="right", count=100)
    a.job(number)
    one_good_disc(server, before)
    wait_for("no fault", lambda: not robots(a)[0]["faults"], 60)


def a_share_that_is_gone_comes_back(a, server, study):
    for how in ("missing", "empty"):
        before = server.discs(good=True)
        server.ask("hold", step="record")
        number = a.burn(study)
        server.held_at("record")
        server.ask("share", how=how)
        fault(a, "share_silent")
        server.ask("release")
        wait_for("the disc", lambda: len(server.discs(good=True)) > len(before), 90)
        check(server.ask("share", how="back")["lost"] == [], "something was written where the share was not")
        a.job(number)
        one_good_disc(server, before)
        share_is_clean(server, study)


def a_service_that_hangs_is_seen(a, server, study):
    before = server.discs(good=True)
    server.ask("hold", step="verify")
    number = a.burn(study)
    server.held_at("verify")
    server.ask("die")
    fault(a, "server_silent")
    server.ask("release")
    server.ask("revive")
    a.job(number)
    one_good_disc(server, before)


def a_service_that_is_killed_starts_its_job_again(a, server, study):
    for step in ("load", "record", "verify", "print"):
        before = server.discs(good=True)
        server.ask("hold", step=step)
        number = a.burn(study)
        server.held_at(step)
        server.kill()
        server.start()
        a.job(number)
        one_good_disc(server, before)
        share_is_clean(server, study)


def a_disc_that_the_service_makes_again_is_not_taken_for_the_only_one(a, server, study):
    """It was killed when the disc was out and its job not yet over: nothing can stop it from making another one, and a person
    must know that there are two."""
    before = server.discs(good=True)
    server.ask("hold", step="done")
    number = a.burn(study)
    server.held_at("done")
    disc = a.get(f"/api/jobs/{number}")["disc_list"][0]["id"]
    wait_for("the last step", lambda: a.get(f"/api/jobs/{number}")["disc_list"][0]["state"] == "delivering", 60)
    server.kill()
    server.start()
    said = fault(a, f"job_lost:{disc}")
    one_good_disc(server, before, 2)
    check("again" in said["sentence"], f"it is not said why: {said}")
    a.post(f"/api/discs/{disc}/answer", {"at": "output"})
    check(a.job(number)["discs_delivered"] == 1, "the disc is not counted")
    share_is_clean(server, study)


def an_appliance_that_is_killed_makes_no_disc_twice(a, server, study):
    for step in ("load", "record", "verify", "print", "unload", "done"):
        before = server.discs(good=True)
        server.ask("hold", step=step)
        number = a.burn(study)
        server.held_at(step)
        a.kill()
        if step in ("record", "print"):  # it comes back before, or after, the disc is ready
            server.ask("release")
            wait_for("the disc", lambda: len(server.discs(good=True)) > len(before), 90)
        a.start()
        server.ask("release")
        a.job(number)
        one_good_disc(server, before)
        share_is_clean(server, study)


QUIRKS = (("ampm", "bottom-first", "black-first", "no-lists", "robot-status", "torn"),
          ("upper-names", "few-completed", "both-lists", "bins-255", "abt", "late-done"),
          ("old-error-key", "blank-headings", "robot-type", "sparse", "lower-extensions"))


def a_service_that_contradicts_its_manual_makes_discs(a, server, study):
    plain = list(server.command)
    for quirks in QUIRKS:
        server.kill()
        server.command = plain + [word for quirk in quirks for word in ("--quirk", quirk)]
        server.start()
        before = server.discs(good=True)
        a.job(a.burn(study))
        one_good_disc(server, before)
        server.ask("inject", kind="job", number=16, step="record")  # aborted at the server
        number = a.burn(study)
        a.job(number, states=("held", "done"))
        if a.get(f"/api/jobs/{number}")["state"] == "held":
            a.post(f"/api/jobs/{number}/retry", {})
        a.job(number)
        one_good_disc(server, before, 2)
    server.kill()
    server.command = plain
    server.start()


SCENES = (a_cancelled_job_is_aborted, low_ink_is_ignored_when_a_person_says_so, an_empty_bin_waits_for_discs,
          a_share_that_is_gone_comes_back, a_service_that_hangs_is_seen, a_service_that_is_killed_starts_its_job_again,
          a_disc_that_the_service_makes_again_is_not_taken_for_the_only_one, an_appliance_that_is_killed_makes_no_disc_twice,
          a_service_that_contradicts_its_manual_makes_discs)


def two_robots_of_one_server(sent):
    names = ("Disc Publisher 4100", "Disc Publisher SE")
    with Appliance(name="ptburn2", robots={}) as a, \
            Server(a.dir / "server", [f"name={names[0]},type=8,medium=cd", f"name={names[1]},type=6,drives=1,medium=cd"]) as server:
        with open(a.config, "a") as config:
            for n, name in enumerate(names):
                config.write(f"[robot pub{n}]\n{server.section(name)}")
        a.start()
        a.send(sent)
        study = a.study()
        server.ask("trouble", number=8, robot=names[0])
        numbers = [a.burn(study, copies=2, robot=f"pub{n}") for n in range(2)]
        a.job(numbers[1])
        check({d["robot"] for d in one_good_disc(server, [], 2)} == {names[1]}, "a robot took its neighbour's work")
        faults = {r["name"]: [f["key"] for f in r["faults"]] for r in robots(a)}
        check(faults == {"pub0": ["robot_waits:e8"], "pub1": []}, f"the faults are {faults}")
        server.ask("fix", robot=names[0])
        a.job(numbers[0])
        check([d["robot"] for d in one_good_disc(server, [], 4)].count(names[0]) == 2, "not each robot made its own")
        no_complaints(server)
        share_is_clean(server, study)


def test():
    need("storescu", "7z")
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    with Appliance(name="ptburn", robots={}) as a, Server(a.dir / "server") as server:
        with open(a.config, "a") as config:
            config.write(f"[robot pub]\n{server.section()}")
        sent = sample(a.dir / "sample", count=6, bytes=60000, series=1)
        a.start()
        a.send(sent)
        study = a.study()
        check(patient_words(study), "a study without a patient proves nothing")
        if not wanted:
            the_whole_way(a, server, study, sent)
        for scene in SCENES:
            if wanted in scene.__name__:
                scene(a, server, study)
                print(f"ok: {scene.__name__}", flush=True)
        no_complaints(server)
        log_holds_no_patient(a, study)
        if not wanted:
            two_robots_of_one_server(sent)


if __name__ == "__main__":
    main(test)
