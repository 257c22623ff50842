"""What a test orders: faults at chosen steps, steps that wait for the test."""
import fnmatch
from facts import ENGINE_ERRORS, ERRORS, SYSTEM_ERRORS
from work import STEPS

KINDS = {"job": ERRORS, "disc": ERRORS, "system": SYSTEM_ERRORS, "engine": ENGINE_ERRORS}
ALL_STEPS = ("queue", "start") + STEPS


class Orders:
    def __init__(self):
        self.faults, self.breaks, self.waiting = [], [], []

    def inject(self, kind, number, step, job="*", robot="*", disc=None, times=1, clear_after=None):
        """Let a fault happen as the step begins; times=0: always. clear_after: seconds until a person has fixed it."""
        if kind not in KINDS or int(number) not in KINDS[kind] or step not in ALL_STEPS:
            raise ValueError(f"no {kind} error {number} at {step}")
        if kind in ("job", "disc") and ERRORS[int(number)][0] != kind:
            raise ValueError(f"{number} is no {kind} error")
        self.faults.append({"kind": kind, "number": int(number), "step": step, "job": job, "robot": robot,
                            "disc": None if disc is None else int(disc), "times": int(times), "left": int(times),
                            "clear_after": None if clear_after is None else float(clear_after)})

    def due(self, step, robot, job, number=None):
        """The first order that is meant, or None; others wait for the next disc."""
        for order in self.faults:
            if order["step"] == step and fnmatch.fnmatch(job.name, order["job"]) \
                    and fnmatch.fnmatch(robot.name if robot else "", order["robot"]) \
                    and order["disc"] in (None, number) and (order["times"] == 0 or order["left"] > 0):
                order["left"] -= 1
                return order
        return None

    def hold(self, step, job="*"):
        if step not in ALL_STEPS:
            raise ValueError(f"no step {step}")
        self.breaks.append((step, job))

    def release(self):
        self.breaks, self.waiting = [], []

    def holds(self, step, job):
        """True while a step is to wait; who waits is told by the state command."""
        if not any(step == s and fnmatch.fnmatch(job.name, j) for s, j in self.breaks):
            return False
        if (step, job.name) not in self.waiting:
            self.waiting.append((step, job.name))
        return True
