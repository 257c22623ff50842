"""A robot of the service: which job and disc is next, what stops it, what it counts."""
import facts
from facts import Refusal
from work import Drive

LOW_INK = 10.0   # percent at which the warnings start; the real number is not public


class Robot:
    def __init__(self, service, machine):
        self.service, self.machine = service, machine
        self.name, self.type = machine.name, machine.type
        locations = ["Robotic Recorder"] if machine.drives == 1 else ["Top Recorder", "Bottom Recorder"]
        locations += [f"Recorder {n}" for n in range(3, machine.drives + 1)]
        if "bottom-first" in service.quirks:
            locations[:2] = reversed(locations[:2])
        self.drives = [Drive(self, n, where) for n, where in enumerate(locations[:machine.drives])]
        self.error, self.clear_at, self.opened_at = 0, None, None
        self.arm = self.printing = None
        self.ink_ignored = False
        self.connected = True
        self.launch = {"good": 0, "bad": 0}
        self.ended = []     # snapshots of ended or moved jobs, newest first
        self.just_ended = []  # still told as current for one status file

    # --- trouble
    def trouble(self, number, clear_after=None):
        if self.error != number:
            self.service.log("system.error", robot=self.name, number=number)
        self.error = number
        self.clear_at = None if clear_after is None else self.service.now + float(clear_after)

    def cover(self, is_open):
        """An open cover is an error once it has been open for too long."""
        self.opened_at = self.service.now if is_open else None
        if not is_open and self.error == 15:
            self.fixed("operator")

    def cover_is_late(self):
        return self.opened_at is not None and not self.error and \
            self.service.now - self.opened_at >= self.service.settings.number("CoverOpenWait")

    def fixed(self, by):
        """A person at the machine, or a message that answers this error."""
        if self.error:
            self.service.log("system.cleared", robot=self.name, number=self.error, by=by)
        if self.error in facts.INK_LOW or self.error in (35, 36, 37):
            self.ink_ignored = True
        self.error, self.clear_at = 0, None

    def enough_ink(self, colour_wanted):
        colour, black = self.machine.ink()
        if colour_wanted and colour is None and black is not None:
            raise Refusal(30, "a colour label and black ink only")
        if colour is None and black is None:
            self.trouble(26)
        lows = [fill is not None and fill < LOW_INK for fill in (colour, black)]
        empties = [fill is not None and fill <= 0 for fill in (colour, black)]
        if not self.ink_ignored and any(lows):
            single = self.type in facts.COMBINED
            low = 5 if lows == [True, False] or single else 6 if lows == [False, True] else 7
            self.trouble(low + 30 if any(empties) else low)
        yield lambda: not self.error

    # --- discs
    def source(self, job):
        """The bin the next disc comes from; None while it is empty."""
        bins, wish = self.machine.bins, job.request.number("BinID")
        order = ["right", "left"] if wish == 0 and self.kiosk() else ["left"] if wish == 1 else ["right"]
        if bins["right"] is None and wish == 0:
            order = ["left"]
        for name in order:
            if bins[name]:
                return name
        return None

    def kiosk(self):
        setting = self.service.settings.number("KioskMode")
        return self.machine.kiosk if setting == 0 else setting == 1

    def pick(self, job, drive, number):
        name = self.source(job)
        disc = self.machine.bins[name].pop()
        disc.job, disc.index = job.name, number
        self.machine.held[str(drive)] = disc
        self.drives[drive].source = name
        self.machine_changed()
        return disc

    def target(self, job, source):
        if self.kiosk() or job.request.number("BinID"):
            return "slide"
        other = "left" if source == "right" else "right"
        return other if self.machine.bins[other] is not None else "slide"

    def leave(self, disc, drive, place):
        """A disc goes out of the machine, or onto its output bin."""
        if self.machine.held.get(str(drive)) is disc:
            del self.machine.held[str(drive)]
        told = self.service.floor.deliver(disc, self.machine, drive, place)
        if place in ("left", "right"):
            self.machine.bins[place].append(disc)
        self.service.log("disc.out", **told)
        self.machine_changed()

    def count(self, good, drive, reason):
        key = "good" if good else "bad"
        self.machine.life[key] += 1
        self.launch[key] += 1
        told = self.machine.drive_life.setdefault(drive.location, {})
        name = "GoodDiscs" if good else "BadDiscs"
        told[name] = told.get(name, 0) + 1
        if reason:
            told[reason] = told.get(reason, 0) + 1
        self.machine_changed()

    def machine_changed(self):
        self.service.floor.save()

    # --- jobs
    def jobs(self):
        return [job for job in self.service.jobs if job.robot is self]

    def usable(self, drive, job):
        setting = self.service.settings.number("DrivesToUse")
        if setting and len(self.drives) > 1:
            return drive.location == ("Top Recorder" if setting == 1 else "Bottom Recorder")
        chosen = [int(text) for text in job.request.often["DriveID"]]
        return not chosen or drive.index in chosen

    def next_job(self, drive):
        running = [job for job in self.jobs() if job.state == facts.RUNNING]
        waiting = [job for job in self.jobs() if job.state == facts.NOT_STARTED]
        for job in running:
            if self.usable(drive, job) and job.wants_disc():
                return job
        if self.error or self.service.closing:
            return None
        for job in sorted(waiting, key=lambda j: j.order(self.service)):
            if self.usable(drive, job):
                return job
        return None

    def disc_over(self, job):
        job.doing -= 1
        self.service.end_if_over(job)

    def step(self):
        if self.cover_is_late():
            self.trouble(15)
        if self.clear_at is not None and self.service.now >= self.clear_at:
            self.fixed("operator")
        if self.error and self.service.settings.true("AutoSwitchRobot"):
            self.service.switch(self)
        if not self.connected:
            return
        for drive in self.drives:
            drive.step()
            if drive.task:
                continue
            job = self.next_job(drive)
            if job and job.state == facts.NOT_STARTED and not self.service.start(job):
                continue
            if job:
                drive.begin(job, job.next_number())
