#!/usr/bin/python3
"""Faults of the emulated service: every job, disc, system and engine error, at the steps it can be ordered for."""
import facts
import house
from house import BRISK, House, equal


def test_every_job_error_at_every_step_ends_the_job_and_brings_the_disc_out():
    steps = ("queue", "start", "load", "record", "finish", "verify", "print", "unload", "done")
    for number in [n for n, (scope, _) in facts.ERRORS.items() if scope == "job"]:
        for step in steps:
            with House(seconds=BRISK) as h:
                h.service.orders.inject("job", number, step)
                h.image_job()
                equal(h.run()["error"], number)
                equal(len(h.discs(good=True)), step == "done")
                equal(len(h.discs(good=False)), step in ("record", "finish", "verify", "print", "unload"))
                equal(h.service.robots[0].machine.held, {})


def test_every_disc_error_rejects_one_disc_and_takes_another():
    for number in [n for n, (scope, _) in facts.ERRORS.items() if scope == "disc"]:
        with House(seconds=BRISK) as h:
            h.service.orders.inject("disc", number, "record")
            h.image_job()
            end = h.run()
            equal((end["error"], end["good"], end["bad"]), (0, 1, 1))
            equal(h.discs(good=False)[0]["place"], "reject")
            job = h.status()["D0001"]
            equal((job["DiscErrorIndex0"], job["DiscErrorNumber0"]), ("1", str(number)))


def test_three_rejects_in_a_row_are_error_20():
    with House() as h:
        h.service.orders.inject("disc", 19, "verify", times=0)
        h.image_job()
        end = h.run()
        equal((end["error"], end["bad"], h.extension()), (20, 3, ".ERR"))
    with House(ini="Rejects_InARow = 5\n") as h:
        h.service.orders.inject("disc", 19, "verify", times=0)
        h.image_job()
        equal(h.run()["bad"], 5)


def test_without_completing_all_copies_rejects_cost_discs():
    with House(ini="CompleteAllCopies = FALSE\n") as h:
        h.service.orders.inject("disc", 18, "record")
        h.image_job(Copies="3")
        end = h.run()
        equal((end["error"], end["good"], end["bad"]), (0, 2, 1))


def test_every_system_error_stops_the_robot_until_it_is_fixed():
    for number in [n for n in facts.SYSTEM_ERRORS if n]:
        for step in ("load", "print"):
            with House(seconds=BRISK) as h:
                h.service.orders.inject("system", number, step)
                h.image_job()
                h.service.advance(20)
                equal((h.status()["System"]["SysErrorNumber"], h.extension()), (str(number), ".INP"))
                equal(h.status("SystemStatus.txt")["Disc Publisher 4100"]["SysErrorNumber"], str(number))
                h.service.robots[0].fixed("operator")
                equal((h.run()["error"], len(h.discs())), (0, 1))


def test_engine_errors_are_named_in_the_log_only():
    for number, (name, shown) in facts.ENGINE_ERRORS.items():
        with House(seconds=BRISK) as h:
            h.service.orders.inject("engine", number, "record")
            h.image_job()
            end = h.run()
            equal(h.events("engine")[0]["name"], "PRIMOSDK_" + name)
            job_error = shown and facts.ERRORS[shown][0] == "job"
            equal((number, end["error"]), (number, shown if job_error else 0))


def test_low_ink_is_ignored_on_request():
    for cartridges, number in (([[1, 5.0], [2, 90.0]], 5), ([[1, 90.0], [2, 5.0]], 6), ([[1, 5.0], [2, 5.0]], 7)):
        with House(robots=[{"name": "Disc Publisher XRP", "type": 5}]) as h:
            h.service.robots[0].machine.cartridges = cartridges
            h.image_job()
            h.until(lambda: h.service.robots[0].error)
            equal(h.service.robots[0].error, number)
            h.message("any", Message="IGNORE_INKLOW", ClientID="viewer-3")
            h.service.advance(12)
            equal(h.service.robots[0].error, number)
            h.message("any", Message="IGNORE_INKLOW", ClientID="Administrator")
            equal(h.run()["error"], 0)


def test_empty_ink_is_not_answered_by_a_message():
    with House(robots=[{"name": "Disc Publisher XRP", "type": 5}]) as h:
        h.service.robots[0].machine.cartridges = [[1, 0.0], [2, 90.0]]
        h.image_job()
        h.until(lambda: h.service.robots[0].error == 35)
        h.message("any", Message="IGNORE_INKLOW", ClientID="Administrator")
        h.service.advance(12)
        equal((h.service.robots[0].error, h.events("message.refused")[0]["message"]), (35, None))


def test_colour_on_black_ink_only_is_error_30():
    with House(robots=[{"name": "Disc Publisher XRP", "type": 5}]) as h:
        h.service.robots[0].machine.cartridges = [[2, 90.0]]
        h.image_job()
        equal(h.run()["error"], 30)


if __name__ == "__main__":
    house.run_tests(globals())
