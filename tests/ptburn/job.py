"""A job in the service's list."""
import copy
import facts
from facts import ERRORS, Refusal


class Job:
    def __init__(self, service, name, request, created):
        self.service, self.name, self.request = service, name, request
        self.robot = None
        self.created, self.started, self.completed = created, None, None
        self.seen_at = service.now
        self.state, self.current = facts.NOT_STARTED, facts.INITIALISING
        self.error = 0
        self.good = self.bad = self.doing = self.started_discs = self.in_row = 0
        self.disc_errors = []      # (disc, number)
        self.holds, self.answers = {}, {}
        self.premastered = False
        self.failing = None        # Refusal that ends the job once its discs are out

    def copies(self):
        return self.request.number("Copies") if self.request else 0

    def said(self, key):
        """A value for display; a job that could not be read has none."""
        value = self.request.once[key] if self.request else None
        return value if value is not None else self.name if key == "JobID" else ""

    def order(self, service):
        waited = service.now - self.seen_at > 60 * service.settings.number("LowPriority_Time")
        return (-1 if waited else self.request.number("Importance"), self.seen_at, self.name)

    def remaining(self):
        done = self.good if self.service.settings.true("CompleteAllCopies") else self.good + self.bad
        return max(0, self.copies() - done)

    def wants_disc(self):
        return self.failing is None and self.state == facts.RUNNING and self.doing < self.remaining()

    def next_number(self):
        """Discs are counted from 1 inside a job; a failed try is the same disc again."""
        busy = {d.number for d in self.robot.drives if d.job is self}
        number = self.good + 1 if self.service.settings.true("CompleteAllCopies") else self.started_discs + 1
        while number in busy:
            number += 1
        return number

    def good_disc(self):
        self.good += 1
        self.in_row = 0

    def fault(self, fault, drive):
        """One disc's fault, or the end of the whole job."""
        if fault.number == 0 or ERRORS[fault.number][0] == "disc":
            if fault.number:
                self.disc_errors.append((drive.number, fault.number))
            return
        self.fail(fault)

    def rejected(self):
        self.in_row += 1
        if self.in_row >= self.service.settings.number("Rejects_InARow"):
            self.fail(Refusal(20, ERRORS[20][1]))

    def fail(self, fault):
        if self.failing is None:
            self.failing = fault
            self.service.stop_discs(self, fault)

    def answer(self, drive):
        return self.answers.get(drive)

    def snapshot(self):
        """What a robot tells of a job that is over, or that went elsewhere."""
        return copy.copy(self)
