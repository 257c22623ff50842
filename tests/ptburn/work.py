"""One drive at work: a disc is loaded, recorded, verified, printed, unloaded - or rejected. Each step is a generator that
yields how many seconds it takes or a condition it waits for; faults are raised into it."""
import content
import facts
import label
from facts import Refusal

STEPS = ("load", "premaster", "record", "finish", "verify", "read", "print", "unload", "done", "reject")
SECONDS = {"load": 8, "premaster": 10, "record": 60, "finish": 5, "verify": 30, "read": 30, "print": 20, "unload": 8,
           "reject": 8}
REASONS = {18: "RecordingErrors", 19: "VerifyingErrors", 32: "ReadingErrors", 14: "DriveNotReady",
           10: "ReadingErrorsMedia"}


class Drive:
    def __init__(self, robot, index, location):
        self.robot, self.index, self.location = robot, index, location
        self.service = robot.service
        self.letter = "EFGH"[index % 4]
        self.task = self.ask = self.job = self.disc = None
        self.begun = self.until = 0.0
        self.number = 0
        self.state = facts.IDLE
        self.last_chance = False   # a disc that is being rejected is not rejected twice

    # --- the machinery of steps
    def begin(self, job, number):
        self.job, self.number, self.disc, self.last_chance = job, number, None, False
        self.task = self.cycle()
        self.resume(None)

    def resume(self, fault):
        now = self.service.now
        try:
            wish = self.task.throw(fault) if fault else next(self.task)
        except StopIteration:
            job, self.task, self.ask, self.job, self.state = self.job, None, None, None, facts.IDLE
            self.robot.disc_over(job)
            return
        self.ask = wish if callable(wish) else None
        self.begun, self.until = now, now + (0 if callable(wish) else wish)

    def step(self):
        for _ in range(50):  # more steps without time than a disc has
            if not self.task or not (self.ask() if self.ask else self.service.now >= self.until):
                return
            self.resume(None)

    def stop(self, fault):
        if self.task and not self.last_chance:
            self.resume(fault)

    def percent(self):
        if not self.task or self.ask or self.until <= self.begun:
            return 0
        return max(0, min(100, int(100 * (self.service.now - self.begun) / (self.until - self.begun))))

    def found(self, kind, sentence):
        self.service.log("finding", kind=kind, job=self.job.name, sentence=sentence)

    # --- steps
    def enter(self, step, current, drive_state=None):
        self.job.current = current
        if drive_state is not None:
            self.state = drive_state
        self.service.log("step", job=self.job.name, disc=self.number, step=step, drive=self.index, robot=self.robot.name)
        yield from self.faults(step)

    def faults(self, step):
        if self.service.obey_orders(step, self.job, self.number):
            yield self.no_error
        yield lambda: not self.service.orders.holds(step, self.job)

    def no_error(self):
        return not self.robot.error

    def arm(self, step):
        yield lambda: self.robot.arm is None and not self.robot.error
        self.robot.arm = self
        try:
            yield self.service.seconds[step]
        finally:
            self.robot.arm = None

    def cycle(self):
        self.job.doing += 1
        self.job.started_discs += 1
        try:
            yield from self.whole_way()
        except Refusal as fault:
            yield from self.fail(fault)

    def whole_way(self):
        request, kind = self.job.request, self.job.request.kind()
        yield from self.load()
        override = request.yes("LoadUnloadOverride")
        if override:
            yield from self.hold(facts.HOLD_LOADED)
        if request.once["PrintLabel"] and self.service.settings.true("PrintFirst"):
            yield from self.print()
        if not (override and self.job.answer(self.index) == "unload"):
            if override:
                self.job.holds[self.index] = facts.HOLD_PROCESSING
            if kind == "read":
                yield from self.read()
            elif kind not in ("print", "nothing"):
                yield from self.burn()
            if override:
                yield from self.hold(facts.HOLD_PROCESSED)
        if request.once["PrintLabel"] and not self.disc.label:
            yield from self.print()
        yield from self.unload()

    def load(self):
        yield from self.enter("load", facts.LOADING, facts.IDLE)
        if self.job.request.yes("LoadUnloadOverride"):
            self.job.holds[self.index] = facts.HOLD_LOADING
        yield lambda: self.robot.arm is None and not self.robot.error
        forgotten = self.robot.machine.held.pop(str(self.index), None)
        if forgotten:
            forgotten.note = forgotten.note or "was in the drive when the service started"
            yield from self.arm("reject")
            self.robot.leave(forgotten, self.index, "reject")
        while not self.robot.source(self.job):
            self.robot.trouble(3)
            yield self.no_error
        self.disc = self.robot.pick(self.job, self.index, self.number)
        yield from self.arm("load")
        self.state = facts.DISC_LOADED
        if self.disc.bad:
            raise Refusal(10, "the medium is bad")
        if not self.disc.blank and self.job.request.yes("RejectIfNotBlank") and self.job.request.kind() in ("data", "image"):
            raise Refusal(12, "the medium is not blank")
        if any(v is not None for k, v in self.job.request.once.items() if k.startswith("Check")) and self.disc.blank:
            raise Refusal(10, "what was asked for is not on the disc")

    def hold(self, state):
        """Wait for PROCESS_DISC, REJECT_DISC or UNLOAD_DISC."""
        self.job.holds[self.index] = state
        self.job.answers.pop(self.index, None)
        yield lambda: self.job.answer(self.index) is not None
        if self.job.answer(self.index) == "reject":
            raise Refusal(0, "rejected by message")

    def burn(self):
        service, job, surface = self.service, self.job, self.service.floor.surface(self.disc)
        if job.request.yes("PreMasterData") and not job.premastered:
            yield from self.enter("premaster", facts.PREMASTERING)
            yield service.seconds["premaster"]
            job.premastered = True
        yield from self.enter("record", facts.RECORDING, facts.DRIVE_RECORDING)
        if content.bytes_of(service, job, self.found) > self.disc.blocks() * 2048:
            raise Refusal(11, "not enough room on the medium")
        self.disc.blank = job.request.yes("TestRecord")
        self.robot.machine_changed()
        yield service.seconds["record"]
        if job.request.yes("TestRecord"):
            return
        content.record(service, job, surface, self.found)
        self.state = facts.RECORD_COMPLETE
        yield from self.enter("finish", facts.FINISHING)
        yield service.seconds["finish"]
        self.disc.closed = job.request.yes("CloseDisc")
        if job.request.yes("VerifyDisc"):
            yield from self.enter("verify", facts.VERIFYING, facts.DRIVE_VERIFYING)
            yield service.seconds["verify"]
            content.verify(service, job, surface, self.found)
            self.disc.verified = True
            self.state = facts.VERIFY_COMPLETE
        self.robot.machine_changed()

    def read(self):
        yield from self.enter("read", facts.READING, facts.DRIVE_READING)
        yield self.service.seconds["read"]
        content.read_disc(self.service, self.job, self.disc, self.number, self.found)

    def print(self):
        yield from self.enter("print", facts.WAIT_PRINTER)
        path = content.open_path(self.service, self.job.request.once["PrintLabel"], 29, self.found)
        yield from self.robot.enough_ink(label.look(path, self.robot.type, self.service.surething, self.found))
        yield lambda: self.robot.printing is None and not self.robot.error
        self.robot.printing = self
        try:
            self.job.current = facts.PRINTING
            yield self.service.seconds["print"]
        finally:
            self.robot.printing = None
        self.disc.label = "label" + path.suffix.lower()
        content.copy(self.service, path, self.service.floor.surface(self.disc) / self.disc.label, self.job)
        self.robot.machine.use_ink(self.service.ink_per_print)
        self.robot.machine_changed()

    def unload(self):
        yield from self.enter("unload", facts.UNLOADING)
        yield from self.arm("unload")
        self.last_chance = True
        disc, self.disc = self.disc, None
        disc.good = True
        if self.job.request.yes("LoadUnloadOverride"):
            self.job.holds[self.index] = facts.HOLD_UNLOADED
        self.robot.leave(disc, self.index, self.robot.target(self.job, self.source))
        self.job.good_disc()
        self.robot.count(True, self, None)
        yield from self.faults("done")

    def fail(self, fault):
        """Account for the fault, then bring the disc out where a person finds it."""
        self.last_chance = True
        job = self.job
        job.fault(fault, self)
        self.service.log("fault", job=job.name, disc=self.number, number=fault.number, sentence=fault.sentence,
                         drive=self.index)
        self.state = {18: facts.RECORD_FAILED, 19: facts.VERIFY_FAILED}.get(fault.number, self.state)
        if self.disc is None:
            return
        try:
            yield from self.enter("reject", facts.REJECTING)
        except Refusal as second:  # a second fault on the way out changes nothing for the disc
            job.fault(second, self)
        if job.request.yes("PrintReject"):
            self.disc.label = "reject"
        yield from self.arm("reject")
        if job.request.yes("LoadUnloadOverride"):
            job.holds[self.index] = facts.HOLD_UNLOADED
        disc, self.disc = self.disc, None
        disc.good, disc.note = False, fault.sentence
        self.robot.leave(disc, self.index, "reject")
        job.bad += 1
        self.robot.count(False, self, REASONS.get(fault.number))
        job.rejected()
