"""Status\\SystemStatus.txt and Status\\<robot>.txt, as the manual prints them or as one of its contradictions would have it."""
import facts

COMPLETED_LIMIT = 4   # seen by a client in newer versions (quirk few-completed)


class Status:
    def __init__(self, service):
        self.service = service
        self.torn = {}      # path -> bytes: the second half follows with the next tick

    # --- text
    def times(self, at):
        """Job times; blank while there is none."""
        if at is None:
            return ""
        form = "%m/%d/%Y %I:%M:%S %p" if "ampm" in self.service.quirks else "%m/%d/%Y %H:%M:%S"
        return self.service.date(at).strftime(form)

    def error(self, number):
        key = "Error" if "old-error-key" in self.service.quirks else "SysErrorNumber"
        return [("SysErrorString", facts.SYSTEM_ERRORS.get(number, "Unknown")), (key, number)]

    def supplies(self, robot):
        machine, lines = robot.machine, []
        for key, name in (("DiscsInRightBin", "right"), ("DiscsInLeftBin", "left")):
            if machine.bins[name] is not None:
                unknown = 255 if "bins-255" in self.service.quirks else -1
                count = unknown if name in self.service.uncounted.get(robot.name, ()) else len(machine.bins[name])
                lines.append((key, count))
        tanks = machine.tanks()
        if "black-first" in self.service.quirks and len(tanks) == 2:
            tanks.reverse()
        for index, (kind, fill) in enumerate(tanks):
            lines += [(f"CartridgeType{index}", kind), (f"CartridgeFill{index}", int(fill))]
        return lines

    def robots(self):
        return [robot for robot in self.service.robots if robot.connected]

    def system(self):
        robots, sections = self.robots(), []
        sections.append(("RobotList", [(f"Robot{n}", robot.name) for n, robot in enumerate(robots)]))
        for robot in robots:
            lines = self.error(robot.error)
            lines += [("SystemDrives", len(robot.drives)), ("RobotType", robot.type),
                      ("NumJobs", sum(job.state == facts.RUNNING for job in robot.jobs())),
                      ("StatusFile", robot.name + ".txt"), ("KioskModeEnabled", int(robot.kiosk()))]
            if "robot-status" in self.service.quirks:
                lines.append(("Status", facts.SYSTEM_ERRORS.get(robot.error, "Unknown")))
            sections.append((robot.name, lines + self.supplies(robot)))
        first = robots[0].error if robots else 13
        now = self.service.date(self.service.now)
        sections.append(("System", self.error(first) + [
            ("PtburnSWVer", "3.0.9.0"), ("JobProcSWVer", "3.0.9.0"), ("PTRobotVer", "1.3.2.0"),
            ("ServerTime", now.strftime("%m/%d/%Y %H:%M:%S")), ("ServerTickCount", self.service.ticks()),
            ("DriveSpace", self.service.drive_space)]))
        return sections

    def drive_lines(self, robot):
        lines = []
        for n, drive in enumerate(robot.drives):
            lines += [(f"DriveDesc{n}", "ACME DVDRAM X1 2.00"), (f"DriveLetter{n}", drive.letter),
                      (f"DriveLocation{n}", drive.location), (f"DriveState{n}", drive.state),
                      (f"DrivePercent{n}", drive.percent()),
                      (f"DriveJob{n}", drive.job.name if drive.job else "None"),
                      (f"DriveDisc{n}", drive.number if drive.job else "None")]
        return lines

    def job_lines(self, job, robot):
        ahead = [j for j in robot.jobs() if j is not job and j.order(self.service) < job.order(self.service)] \
            if job.state == facts.NOT_STARTED else []
        lines = [("JobID", job.said("JobID")), ("ClientID", job.said("ClientID")),
                 ("JobsAhead", len(ahead)), ("DiscsAhead", sum(j.remaining() for j in ahead)),
                 ("CurrentStatus", facts.JOB_TEXTS[job.current] if job.current < 19 else ""),
                 ("CurrentStatusState", job.current), ("TimeCreated", self.times(job.created)),
                 ("TimeStarted", self.times(job.started)), ("TimeCompleted", self.times(job.completed)),
                 ("GoodDiscs", job.good), ("BadDiscs", job.bad), ("DiscsRemaining", job.remaining()),
                 ("JobState", job.state)]
        if not ("sparse" in self.service.quirks and not job.error):
            lines += [("JobErrorNumber", job.error),
                      ("JobErrorString", facts.ERRORS[job.error][1] if job.error else "No Errors")]
        if "sparse" in self.service.quirks:
            lines = [line for line in lines if line[0] not in ("JobID", "ClientID", "TimeCreated")]
        for n, (disc, number) in enumerate(job.disc_errors[:10]):
            lines += [(f"DiscErrorIndex{n}", disc), (f"DiscErrorNumber{n}", number),
                      (f"DiscErrorString{n}", facts.ERRORS[number][1])]
        if job.request and job.request.yes("LoadUnloadOverride"):
            for drive in robot.drives:
                lines += [(f"LoadDiscState{drive.index}", job.holds.get(drive.index, facts.UNUSED)),
                          (f"LoadDiscDrive{drive.index}", drive.letter)]
        return lines

    def robot(self, robot):
        said = facts.SYSTEM_ERRORS.get(robot.error, "Unknown") if robot.error else "System OK"
        system = [("SystemStatus", said), ("SystemDesc", robot.name), ("SystemDrives", len(robot.drives)),
                  ("RoboFWVer", "4.11 02/15/2010"), ("GoodDiscsLife", robot.machine.life["good"]),
                  ("BadDiscsLife", robot.machine.life["bad"]), ("GoodDiscsLaunch", robot.launch["good"]),
                  ("BadDiscsLaunch", robot.launch["bad"]), *self.error(robot.error)]
        if robot.type in facts.SERIAL_KNOWN:
            system += [("SerialNum", "0000000042"), ("DateManf", "02/15/2010")]
        if "robot-type" in self.service.quirks:
            system.append(("RobotType", robot.type))
        sections = [("System", system + self.drive_lines(robot) + self.supplies(robot))]
        for drive in robot.drives:
            told = robot.machine.drive_life.get(drive.location, {})
            sections.append((drive.location, [(key, told.get(key, 0)) for key in (
                "GoodDiscs", "BadDiscs", "ReadingErrors", "RecordingErrors", "VerifyingErrors", "ReadingErrorsMedia",
                "RecordingErrorsMedia", "VerifyingErrorsMedia", "DriveNotReady")]))
        return sections + self.lists(robot)

    def lists(self, robot):
        jobs = sorted(robot.jobs(), key=lambda j: (j.state != facts.RUNNING, j.started or 0, j.order(self.service)))
        ended = robot.ended[:COMPLETED_LIMIT] if "few-completed" in self.service.quirks else robot.ended
        named = [job.name for job in jobs]
        if "both-lists" in self.service.quirks:
            named += [job.name for job in robot.just_ended if job.name not in named]
        robot.just_ended = []
        change = str.upper if "upper-names" in self.service.quirks else str
        sections, done = [], []
        if "no-lists" not in self.service.quirks:
            sections += [("JobList", [(f"Job{n}", change(name)) for n, name in enumerate(named)])] if named else []
            done = [("CompletedJobs", [(f"Job{n}", change(job.name)) for n, job in enumerate(ended)])]
        sections += [(job.name, self.job_lines(job, robot)) for job in jobs]
        return sections + done + [(job.name, self.job_lines(job, robot)) for job in ended if job not in jobs]

    # --- files
    def bytes_of(self, sections):
        blank = " " if "blank-headings" in self.service.quirks else ""
        lines = []
        for name, pairs in sections:
            lines.append(f"{blank}[{name}]")
            lines += [f"{key}={value}" for key, value in pairs]
        text = "".join(line + "\r\n" for line in lines)
        if self.service.unicode and "ansi-status" not in self.service.quirks:
            return b"\xff\xfe" + text.encode("utf-16-le")
        return text.encode("cp1252", "replace")

    def write(self):
        """Rewritten in place, as the service does: a reader may see half a file."""
        folder = self.service.share.root() / "Status"
        files = {folder / "SystemStatus.txt": self.system()}
        for robot in self.robots():
            files[folder / f"{robot.name}.txt"] = self.robot(robot)
            if self.service.settings.true("SingleRobotOnly"):
                files[folder / "PTStatus.txt"] = self.robot(robot)
        self.torn = {}
        for path, sections in files.items():
            data = self.bytes_of(sections)
            if "torn" in self.service.quirks:
                self.torn[path] = data
                data = data[:len(data) // 2 + self.service.random.randrange(3)]
            path.write_bytes(data)

    def mend(self):
        """The rest of files that were left half written."""
        for path, data in self.torn.items():
            path.write_bytes(data)
        self.torn = {}
