#!/usr/bin/python3
"""What bad discs tell, through the whole appliance: a drive and a robot that rest do so over a kill and a new start until
somebody has acknowledged it, and a label that is gone holds its own job only."""
import subprocess
import appliance
from appliance import Appliance, check, main, need, sample, wait_for


def faults(a):
    return {fault["key"]: fault for robot in a.get("/api/now")["robots"] for fault in robot.get("faults", [])}


def fault(a, key):
    return wait_for(f"fault {key}", lambda: faults(a).get(key), 60)


def acknowledge(a, key):
    reply = a.post("/api/robots/acknowledge", {"robot": "sim1", "key": key})
    check(reply["status"] == "OK", f"acknowledging was refused: {reply}")
    wait_for(f"the end of fault {key}", lambda: key not in faults(a), 30)


def drive(a, place):
    rows = [d for d in a.get("/api/drives")["drives"] if d["drive"] == place]
    check(len(rows) == 1, f"drive {place} has {len(rows)} rows")
    return rows[0]


def drives_of(a, number):
    return {disc["drive"] for disc in a.job(number)["disc_list"] if disc["state"] == "delivered"}


def started(a):
    a.start()
    a.send(sample(a.dir / "sample", count=4, bytes=4096))
    return a.study()


def a_drive_rests_over_a_new_start():
    with Appliance(name="health", robot="time_scale = 0\nrejects_max = 20\n"
                   "faults = write_error@1, close_failed@1, laser_power@1\n") as a:
        study = started(a)
        check(drives_of(a, a.burn(study, copies=6)) == {2}, "a bad drive made a disc")
        check("service" in fault(a, "drive_failing:1")["who"], "nobody is told who mends it")
        bad = drive(a, 1)
        check(bad["serial"] == "SIM-sim1-1" and (bad["good"], bad["bad"], bad["bad_in_a_row"]) == (0, 3, 3), f"{bad}")
        check(drive(a, 2)["good"] == 6, "the other drive's discs are not counted")
        lot = a.get("/api/drives")["lots"][0]
        check((lot["good"], lot["bad"]) == (6, 3), f"{lot}")
        a.kill()
        a.start()
        fault(a, "drive_failing:1")
        check(drives_of(a, a.burn(study, copies=3)) == {2}, "a new start forgave the drive")
        shown = subprocess.run([appliance.BIN / "discwright", "drives", "--config", a.config], capture_output=True, text=True)
        check("SIM-sim1-1" in shown.stdout and "3 bad in a row" in shown.stdout, f"{shown.stdout}{shown.stderr}")
        acknowledge(a, "drive_failing:1")
        check(1 in drives_of(a, a.burn(study, copies=4)), "an acknowledged drive gets no disc")
        check(drive(a, 1)["bad_in_a_row"] == 0 and drive(a, 1)["good"] > 0, f"{drive(a, 1)}")


def discs_rejected_in_a_row_stop_the_robot_over_a_new_start():
    with Appliance(name="health", robot="time_scale = 0\nrejects_max = 2\nfaults = write_error@1, write_error@2\n") as a:
        study = started(a)
        number = a.burn(study, copies=2)
        fault(a, "rejected_in_a_row")
        a.kill()
        a.start()
        fault(a, "rejected_in_a_row")
        job = a.get(f"/api/jobs/{number}")
        check(job["state"] == "active" and job["discs_delivered"] == 0, f"the robot went on: {job['state']}")
        acknowledge(a, "rejected_in_a_row")
        a.job(number)


def a_label_that_is_gone_holds_its_own_job_only():
    with Appliance(name="health", robot="time_scale = 0\ninitial_discs = 0\n") as a:
        study = started(a)
        numbers = [a.burn(study), a.burn(study)]
        fault(a, "bin_empty:cd")
        for number in numbers:
            a.job(number, states=("active",))
        [label] = a.state.glob(f"volumes/{numbers[0]}-*/label.png")
        label.unlink()
        a.post("/api/robots/refill", {"robot": "sim1", "bin": "bin 1", "discs": 5, "media": "cd"})
        a.job(numbers[1])
        held = a.job(numbers[0], states=("held",))
        check("label" in held["reason"], f"held without a reason: {held['reason']}")
        check(held["disc_list"][0]["state"] == "abandoned", "plastic was spent on it")


def blanks_that_are_too_small_hold_their_bin_before_a_byte_is_written():
    with Appliance(name="health", robot="time_scale = 0\nblank_capacity = 64KB\ndrives = 1\n") as a:
        study = started(a)
        number = a.burn(study)
        fault(a, "bin_wrong:bin 1")
        discs = a.get(f"/api/jobs/{number}")["disc_list"]
        check(all("smaller than its kind" in d["reason"] for d in discs if d["state"] == "rejected"), f"{discs}")
        check(not a.get("/api/drives")["drives"], "the drive is blamed for its blanks")
        lot = a.get("/api/drives")["lots"][0]
        check(lot["bad"] == 2 and lot["good"] == 0, f"{lot}")
        burned = list((a.state / "robot" / "sim1" / "reject").glob("*.iso"))
        check(len(burned) == 2 and all(disc.stat().st_size == 0 for disc in burned), "something was written")


def test():
    need("storescu")
    a_drive_rests_over_a_new_start()
    discs_rejected_in_a_row_stop_the_robot_over_a_new_start()
    a_label_that_is_gone_holds_its_own_job_only()
    blanks_that_are_too_small_hold_their_bin_before_a_byte_is_written()


if __name__ == "__main__":
    main(test)
