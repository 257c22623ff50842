#!/usr/bin/python3
"""The emulated service as a program: it is told over its socket what shall go wrong, and outlives being killed."""
import pathlib
import subprocess
import sys
import time
import house
from control import ask
from house import House, equal

HERE = pathlib.Path(__file__).resolve().parent


class Program:
    """The service's process over the folders of a House."""

    def __init__(self, h, *options):
        self.socket = h.dir / "control"
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen([sys.executable, HERE / "service.py", h.share, h.out, "--control", self.socket,
                                         "--speed", "300", "--log", h.dir / "log", *options])
        self.until(self.socket.exists)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    @staticmethod
    def until(asked, seconds=60):
        end = time.monotonic() + seconds
        while not asked():
            assert time.monotonic() < end, "did not happen"
            time.sleep(0.02)

    def ask(self, do, **words):
        return ask(self.socket, do, **words)


def test_a_held_step_goes_on_when_it_is_released():
    with House() as h:
        with Program(h) as program:
            program.ask("hold", step="verify")
            h.image_job()
            program.until(lambda: program.ask("state")["waiting"] == [["verify", "D0001"]])
            assert (h.share / "D0001.INP").exists(), "the job is not in process"
            program.ask("release")
            program.until(lambda: (h.share / "D0001.DON").exists())
            ends = [e for e in program.ask("events")["events"] if e["event"] == "job.end"]
            equal([(e["job"], e["good"]) for e in ends], [("D0001", 1)])


def test_a_killed_service_finds_its_machines_as_they_were():
    with House() as h:
        with Program(h) as program:
            program.ask("hold", step="finish")
            h.image_job()
            program.until(lambda: program.ask("state")["waiting"])
            program.process.kill()
            program.process.wait()
        orders = h.dir / "orders"
        orders.write_text('{"do": "hold", "step": "load"}\n')
        with Program(h, "--orders", str(orders)) as program:
            equal(program.ask("state")["robots"][0]["held"], ["0"])
            program.ask("release")
            program.until(lambda: (h.share / "D0001.DON").exists())
            places = [e["place"] for e in program.ask("events")["events"] if e["event"] == "disc.out"]
            equal(places, ["reject", "left"])


def test_a_dead_service_stands_still_until_it_lives_again():
    with House() as h:
        with Program(h) as program:
            program.ask("die")
            ticks = program.ask("state")["ticks"]
            h.image_job()
            equal(program.ask("state")["ticks"], ticks)
            program.ask("revive")
            program.until(lambda: (h.share / "D0001.DON").exists())


def test_orders_of_a_file_are_obeyed_and_wrong_ones_refused():
    with House() as h:
        orders = h.dir / "orders"
        orders.write_text('{"do": "inject", "kind": "job", "number": 3, "step": "load"}\n')
        with Program(h, "--orders", str(orders)) as program:
            h.image_job()
            program.until(lambda: (h.share / "D0001.ERR").exists())
            for wrong in ({"do": "inject", "kind": "job", "number": 18, "step": "load"}, {"do": "hold", "step": "x"},
                          {"do": "nothing"}):
                try:
                    program.ask(**wrong)
                    raise AssertionError(f"{wrong} was taken")
                except ValueError:
                    pass


if __name__ == "__main__":
    house.run_tests(globals())
