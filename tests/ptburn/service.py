#!/usr/bin/python3
"""A PTBurn service over a hot folder: reads requests, "burns" by copying, tells of it in status files - as the manual of the
real one says and with everything that can go wrong on order. See --help."""
import argparse
import datetime
import json
import pathlib
import random
import sys
import time
import content
import control
import facts
import jobfile
import label
import settings
from facts import ERRORS, Refusal
from job import Job
from machine import Floor
from messages import Messages
from orders import Orders
from paths import PathError, Server
from robot import Robot
from share import Share
from status import Status
from work import SECONDS

EXTENSIONS = {"new": ".JRQ", "listed": ".QRJ", "running": ".INP", "done": ".DON", "failed": ".ERR", "aborted": ".ABT"}
QUIRKS = {"gi-from-1", "chapter4-words", "ampm", "bottom-first", "black-first", "no-lists", "sparse", "blank-headings",
          "old-error-key", "lower-extensions", "abt", "both-lists", "upper-names", "few-completed", "bins-255", "torn",
          "robot-status", "robot-type", "ansi-status", "late-done"}
DISCOVERY, MESSAGES = 2.0, 10.0   # seconds between looks into the folder


class Service:
    """Everything but the clock: advance() lets seconds pass."""

    def __init__(self, share, out, robots=({},), unicode=False, quirks=(), maps=None, server_name="SRV", surething=False,
                 seconds=None, log=None):
        unknown = set(quirks) - QUIRKS
        if unknown:
            raise ValueError(f"no quirk {sorted(unknown)[0]}")
        self.now, self.epoch = 0.0, datetime.datetime.now().replace(microsecond=0)
        self.events, self.log_file = [], log
        self.quirks, self.unicode, self.surething = set(quirks), unicode, surething
        self.share = Share(share, self.log)
        self.settings = settings.read(self.share.root() / "Settings" / "PTSETUP.INI", unicode)
        if self.settings.number("BinConfiguration"):
            raise ValueError("BinConfiguration is not emulated")
        self.floor = Floor(out, robots)
        self.tick_base = self.floor.ticks
        self.seconds = {**SECONDS, **(seconds or {})}
        roots = {f"\\\\{server_name}\\{self.settings.text('SharedFolderName')}": self.share.root,
                 self.settings.text("LocalPath"): self.share.root, **(maps or {})}
        self.server = Server(roots)
        self.random = random.Random(1)
        self.orders, self.messages, self.status = Orders(), Messages(self), Status(self)
        self.robots = [Robot(self, machine) for machine in self.floor.machines]
        self.jobs, self.dead_messages, self.uncounted = [], set(), {}
        self.drive_space, self.ink_per_print, self.align_fails, self.slow = 51200, 0.5, 0, 0.0
        self.closing = self.stopped = self.dead = False
        self.late = []     # (when, job, how it ended)
        self.next = {"look": 0.0, "messages": 0.0, "status": 0.0}
        self.begin()

    # --- telling
    def log(self, event, **what):
        line = {"t": round(self.now, 1), "event": event, **what}
        self.events.append(line)
        if self.log_file:
            self.log_file.write(json.dumps(line) + "\n")
            self.log_file.flush()

    def date(self, at):
        return self.epoch + datetime.timedelta(seconds=at)

    def ticks(self):
        return self.tick_base + int(self.now)

    def obey_orders(self, step, job, disc=None):
        """A fault that was ordered for a step: a system error stops the robot (True), any other is raised."""
        order = self.orders.due(step, job.robot, job, disc)
        if order is None:
            return False
        number = order["number"]
        self.log("injected", job=job.name, disc=disc, step=step, kind=order["kind"], number=number)
        if order["kind"] == "system":
            job.robot.trouble(number, order["clear_after"])
            return True
        if order["kind"] == "engine":
            name, number = facts.ENGINE_ERRORS[number]
            self.log("engine", job=job.name, number=order["number"], name="PRIMOSDK_" + name)
        if number:
            raise Refusal(number, ERRORS[number][1])
        return False

    def job(self, name):
        return next((job for job in self.jobs if job.name.lower() == name.lower()), None)

    # --- job files
    def extension(self, state):
        if state == "aborted" and "abt" not in self.quirks:
            state = "failed"
        text = EXTENSIONS[state]
        return text.lower() if "lower-extensions" in self.quirks else text

    def file_of(self, name):
        states = [EXTENSIONS[s] for s in ("new", "listed", "running")]
        return next((p for p in self.share.with_extension(*states) if p.stem == name), None)

    def rename(self, name, state):
        path = self.file_of(name)
        if path is None:
            self.log("finding", kind="job-file", job=name, sentence="the job file is gone")
            return
        path.rename(path.with_name(name + self.extension(state)))
        self.log("job.file", job=name, extension=self.extension(state))
        self.share.look()

    def begin(self):
        """What the service does with jobs of its last run."""
        self.log("service.start", ticks=self.ticks(), build="unicode" if self.unicode else "ansi")
        action = self.settings.text("JobActionOnStartup")
        for path in self.share.with_extension(EXTENSIONS["running"], EXTENSIONS["listed"]):
            running = path.suffix.lower() == EXTENSIONS["running"].lower()
            if action == "KillAllIncludingJRQ" or action == "Kill" and running:
                self.kill(path)
            else:
                self.log("job.again", job=path.stem, was=path.suffix)
                self.admit(path)
        if action == "KillAllIncludingJRQ":
            for path in self.share.with_extension(EXTENSIONS["new"]):
                self.kill(path)
        self.status.write()

    def kill(self, path):
        job = Job(self, path.stem, None, self.now)
        job.failing = Refusal(16, ERRORS[16][1])
        self.choose_robot(job)
        self.end(job)

    def look(self):
        self.share.look()
        for path in self.share.with_extension(EXTENSIONS["new"]):
            if self.job(path.stem):
                self.log("finding", kind="same-name", file=path.name, sentence="a job of that name is being done")
                continue
            self.share.judge_name(path)
            self.admit(path)

    def admit(self, path):
        """Read a request into the list, or end it with its error."""
        def found(kind, sentence):
            self.log("finding", kind=kind, job=path.stem, sentence=sentence)
        job, refusal = Job(self, path.stem, None, self.now), None
        if path.suffix.lower() == EXTENSIONS["new"].lower():
            self.rename(path.stem, "listed")
        try:
            file = self.file_of(path.stem)
            job.request = jobfile.parse(self.share.read(file), self.unicode, found)
            self.choose_robot(job)
            self.obey_orders("queue", job)
        except Refusal as caught:
            refusal = caught
        self.log("job.listed", job=job.name, keys=sorted(k for k, v in job.request.once.items() if v is not None)
                 if job.request else [])
        if refusal:
            job.robot = job.robot or self.robots[0]
            job.failing = refusal
            self.end(job)
        else:
            self.jobs.append(job)

    def choose_robot(self, job):
        wish = job.said("RobotName")
        if wish:
            job.robot = next((r for r in self.robots if r.name == wish), None)
            if job.robot is None:
                raise Refusal(25, "no robot of that name")
        else:
            order = [r for r in self.robots if r.connected] or self.robots
            job.robot = min(order, key=lambda r: (bool(r.error), len(r.jobs())))
        if any(int(x) >= len(job.robot.drives) for x in (job.request.often["DriveID"] if job.request else [])):
            raise Refusal(25, "no drive of that number")

    def start(self, job):
        """The first disc of a job is about to be taken; False when it ends before that."""
        def found(kind, sentence):
            self.log("finding", kind=kind, job=job.name, sentence=sentence)
        job.state, job.current, job.started = facts.RUNNING, facts.INITIALISING, self.now
        self.rename(job.name, "running")
        try:
            if self.settings.text("TempPath"):
                content.open_path(self, self.settings.text("TempPath"), 1, found)
            content.check(self, job, found)
            if job.request.once["PrintLabel"]:
                path = content.open_path(self, job.request.once["PrintLabel"], 29, found)
                label.look(path, job.robot.type, self.surething, found)
            self.obey_orders("start", job)
        except Refusal as refusal:
            job.failing = refusal
            self.end(job)
            return False
        return True

    def stop_discs(self, job, fault):
        for robot in self.robots:
            for drive in robot.drives:
                if drive.job is job:
                    drive.stop(fault)

    def end_if_over(self, job):
        used_up = not self.settings.true("CompleteAllCopies") and job.remaining() == 0
        if job in self.jobs and job.doing == 0 and (job.failing or job.good >= job.copies() or used_up):
            self.end(job)

    def end(self, job):
        job.completed = self.now
        job.error = job.failing.number if job.failing else 0
        job.state = facts.JOB_FAILED if job.failing else facts.COMPLETED
        job.current = facts.COMPLETE if not job.failing else facts.ABORTED if job.error == 16 else facts.FAILED
        if job in self.jobs:
            self.jobs.remove(job)
        self.share.judge_end(self.file_of(job.name))
        ended = "done" if not job.failing else "aborted" if job.error == 16 else "failed"
        if "late-done" in self.quirks:  # the status tells of the end before the file does
            self.late.append((self.now + 6, job.name, ended))
        else:
            self.rename(job.name, ended)
        if job.request and job.request.yes("DeleteFiles"):
            self.delete_files(job)
        job.robot.ended.insert(0, job)
        job.robot.just_ended.append(job)
        self.log("job.end", job=job.name, error=job.error, sentence=job.failing.sentence if job.failing else "",
                 good=job.good, bad=job.bad, left=self.share.files())

    def delete_files(self, job):
        for text in [e.source for e in job.request.entries] + [job.request.once["PrintLabel"]]:
            try:
                name = self.share.remove_first_level(self.server.local(text)) if text else None
            except PathError:
                continue
            if name:
                self.log("deleted", job=job.name, folder=name)

    def switch(self, robot):
        """AutoSwitchRobot: the jobs of a robot in trouble go to one that works."""
        others = [r for r in self.robots if r is not robot and r.connected and not r.error]
        for job in robot.jobs() if others else []:
            left = job.snapshot()
            left.state, left.current, left.completed = facts.JOB_MOVED, facts.MOVED, self.now
            robot.ended.insert(0, left)
            job.robot, job.doing = others[0], 0
            self.log("job.moved", job=job.name, to=others[0].name)
            for drive in robot.drives:
                if drive.job is job:  # its disc comes out when the robot is fixed
                    drive.job = left
                    drive.stop(Refusal(0, "the job went to another robot"))

    def rotate(self):
        """Results disappear Status_Time minutes after the end."""
        limit = 60 * self.settings.number("Status_Time")
        for robot in self.robots:
            for job in [j for j in robot.ended if self.now - j.completed >= limit]:
                robot.ended.remove(job)
                ends = [EXTENSIONS[s] for s in ("done", "failed", "aborted")]
                for path in self.share.with_extension(*ends) if job.state != facts.JOB_MOVED else []:
                    if path.stem == job.name:
                        path.unlink()
                        self.log("job.rotated", job=job.name)

    def rename_late(self):
        for entry in [e for e in self.late if self.now >= e[0]]:
            self.late.remove(entry)
            self.rename(*entry[1:])

    # --- time
    def due(self, what, every):
        if self.now < self.next[what]:
            return False
        self.next[what] = self.now + every
        return True

    def tick(self):
        """A second passes."""
        self.now += 1
        if self.due("look", DISCOVERY + self.slow):
            self.look()
        if self.due("messages", MESSAGES):
            self.messages.poll()
        if self.stopped:
            return
        for robot in self.robots:
            robot.step()
        self.rotate()
        self.rename_late()
        self.status.mend()
        if self.due("status", self.settings.status_seconds()):
            self.status.write()
            self.floor.ticks = self.ticks()
        if self.closing and not any(job.state == facts.RUNNING for job in self.jobs):
            self.stop("SHUTDOWN_AFTERJOB")

    def advance(self, seconds=1):
        for _ in range(int(seconds)):
            if self.stopped or self.dead:
                return
            self.tick()

    def stop(self, why):
        self.log("service.stop", why=why)
        self.stopped = True
        self.floor.ticks = self.ticks()
        self.floor.save()


def robot_spec(text):
    spec = {}
    for word in text.split(",") if text else []:
        key, _, value = word.partition("=")
        if key not in ("name", "type", "left", "right", "drives", "medium"):
            raise argparse.ArgumentTypeError(f"no {key} in a robot")
        spec[key] = value
    return spec


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("share", help="the job folder, as clients mount it")
    parser.add_argument("out", help="where discs go that leave a machine, and what a machine holds between two starts")
    parser.add_argument("--robot", action="append", type=robot_spec, default=[],
                        help="name=...,type=8,left=0,right=25,drives=2,medium=cd|dvd|dvd-dl|bd; left=none: one bin")
    parser.add_argument("--build", choices=("ansi", "unicode"), default="ansi")
    parser.add_argument("--quirk", action="append", default=[], choices=sorted(QUIRKS))
    parser.add_argument("--map", action="append", default=[], metavar="WINDOWS=LOCAL", help="another path the server sees")
    parser.add_argument("--server-name", default="SRV")
    parser.add_argument("--surething", action="store_true")
    parser.add_argument("--seconds", action="append", default=[], metavar="STEP=N")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the service in one second")
    parser.add_argument("--control", help="socket for control.py")
    parser.add_argument("--orders", help="a file of commands for control.py, obeyed before the first tick")
    parser.add_argument("--log", help="event log, JSON lines (appended)")
    return parser.parse_args()


def main():
    o = options()
    log = open(o.log, "a", encoding="utf-8") if o.log else None
    service = Service(o.share, o.out, o.robot or [{}], o.build == "unicode", o.quirk,
                      dict(text.split("=", 1) for text in o.map), o.server_name, o.surething,
                      {k: float(v) for k, v in (text.split("=", 1) for text in o.seconds)}, log)
    desk = control.Desk(service, o.control)
    for line in pathlib.Path(o.orders).read_text().splitlines() if o.orders else []:
        desk.obey(json.loads(line))
    start, passed = time.monotonic(), 0
    while not service.stopped:
        desk.wait(min(0.1, max(0.002, 1 / o.speed)))
        ahead = int((time.monotonic() - start) * o.speed) - passed
        if ahead > 0:  # a machine that is busy elsewhere makes the service late, it does not make it jump
            service.advance(min(ahead, max(1, int(o.speed / 5))))
            passed += ahead
    return 0


if __name__ == "__main__":
    sys.exit(main())
