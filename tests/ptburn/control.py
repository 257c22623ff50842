#!/usr/bin/python3
"""Commands to a running service over its socket: control.py SOCKET COMMAND [KEY=VALUE]...

  inject kind=job|disc|system|engine number=N step=STEP [job=GLOB] [robot=GLOB] [disc=N] [times=N] [clear_after=S]
  hold step=STEP [job=GLOB]    that step waits; release lets all go on
  fix [robot=NAME]             a person fixed what the robot complains of
  trouble number=N [robot=NAME]
  cover open=1|0 [robot=NAME]
  refill [bin=right] [count=25] [medium=dvd] [blank=0|1] [bad=0|1] [content=FOLDER] [robot=NAME]
  empty [bin=right]            take the discs out
  ink slot=N fill=PERCENT      a new or used cartridge
  uncount [bin=right]          the count of a bin is not known
  share how=missing|empty|back
  slow seconds=N               looks into the folder come later
  die | revive                 the service stands still, as a hung one
  exit                         ends at once, without a word
  aligns fail=N                the next N alignments fail
  advance seconds=N
  state | events [after=N]"""
import json
import os
import select
import socket
import sys


class Desk:
    """The service's side: one command and one answer a connection."""

    def __init__(self, service, path):
        self.service, self.socket = service, None
        if path:
            if os.path.exists(path):
                os.unlink(path)
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.bind(path)
            self.socket.listen(8)

    def wait(self, seconds):
        if not self.socket:
            select.select([], [], [], seconds)
            return
        if not select.select([self.socket], [], [], seconds)[0]:
            return
        connection, _ = self.socket.accept()
        with connection, connection.makefile("rw") as stream:
            try:
                answer = self.obey(json.loads(stream.readline()))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                answer = {"refused": f"{type(error).__name__}: {error}"}
            stream.write(json.dumps(answer) + "\n")

    def obey(self, command):
        words = dict(command)
        verb = words.pop("do")
        self.service.log("control", do=verb, **{f"with_{k}": v for k, v in words.items()})
        answer = getattr(self, "do_" + verb)(**words)
        return {"ok": True} if answer is None else answer

    def robot(self, name):
        return next(r for r in self.service.robots if name in (None, r.name))

    def do_inject(self, **words):
        self.service.orders.inject(**words)

    def do_hold(self, step, job="*"):
        self.service.orders.hold(step, job)

    def do_release(self):
        self.service.orders.release()

    def do_fix(self, robot=None):
        for each in [self.robot(robot)] if robot else self.service.robots:
            each.fixed("operator")

    def do_trouble(self, number, robot=None):
        self.robot(robot).trouble(int(number))

    def do_cover(self, open, robot=None):
        self.robot(robot).cover(bool(int(open)))

    def do_refill(self, bin="right", count=25, medium=None, blank=1, bad=0, content="", robot=None):
        target = self.robot(robot)
        target.machine.fill(bin, int(count), medium=medium or target.machine.medium, blank=bool(int(blank)),
                            bad=bool(int(bad)), content=content)
        if target.error == 3:
            target.fixed("operator")
        target.machine_changed()

    def do_empty(self, bin="right", robot=None):
        self.robot(robot).machine.bins[bin] = []
        self.robot(robot).machine_changed()

    def do_ink(self, slot, fill, kind=None, robot=None):
        target = self.robot(robot)
        old = target.machine.cartridges[int(slot)]
        target.machine.cartridges[int(slot)] = [int(kind) if kind is not None else old[0], float(fill)]
        target.ink_ignored = False
        target.machine_changed()

    def do_uncount(self, bin="right", robot=None):
        self.service.uncounted.setdefault(self.robot(robot).name, []).append(bin)

    def do_share(self, how):
        if how == "back":
            return {"ok": True, "lost": self.service.share.back()}
        self.service.share.gone(how)
        return None

    def do_slow(self, seconds):
        self.service.slow = float(seconds)

    def do_die(self):
        self.service.dead = True

    def do_revive(self):
        self.service.dead = False

    def do_exit(self):
        os._exit(9)

    def do_aligns(self, fail):
        self.service.align_fails = int(fail)

    def do_advance(self, seconds):
        self.service.advance(int(seconds))

    def do_events(self, after=0):
        return {"events": self.service.events[int(after):]}

    def do_state(self):
        service = self.service
        return {"now": service.now, "ticks": service.ticks(), "delivered": service.floor.delivered,
                "waiting": service.orders.waiting, "files": service.share.files(), "dead": service.dead,
                "jobs": [{"name": j.name, "state": j.state, "current": j.current, "good": j.good, "bad": j.bad,
                          "robot": j.robot.name} for j in service.jobs],
                "robots": [{"name": r.name, "error": r.error, "kiosk": r.kiosk(),
                            "bins": {n: None if p is None else len(p) for n, p in r.machine.bins.items()},
                            "cartridges": r.machine.cartridges, "held": sorted(r.machine.held)} for r in service.robots]}


def ask(path, do, **words):
    """A test's side. ValueError when the service refuses."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        with connection.makefile("rw") as stream:
            stream.write(json.dumps({"do": do, **words}) + "\n")
            stream.flush()
            answer = json.loads(stream.readline())
    if "refused" in answer:
        raise ValueError(answer["refused"])
    return answer


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    words = dict(word.split("=", 1) for word in sys.argv[3:])
    try:
        print(json.dumps(ask(sys.argv[1], sys.argv[2], **words), indent=1))
    except (OSError, ValueError) as error:
        print(f"control: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
