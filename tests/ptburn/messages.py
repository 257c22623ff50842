"""Messages (.PTM): picked up about every ten seconds, deleted once processed."""
import content
import facts
from facts import Refusal
from jobfile import parse_message
from paths import PathError

ADMIN = "Administrator"
OLD_MODELS = {0, 1, 4}   # Disc Publisher, II and its rack model


class Messages:
    def __init__(self, service):
        self.service = service

    def refuse(self, path, why, values=None):
        self.service.log("message.refused", file=path.name, message=(values or {}).get("Message"), sentence=why)

    def poll(self):
        for path in self.service.share.with_extension(".PTM"):
            if path.name in self.service.dead_messages:
                continue
            if self.one(path):
                path.unlink(missing_ok=True)
            if self.service.stopped:
                return

    def one(self, path):
        """True when the file is done with."""
        def found(kind, sentence):
            self.service.log("finding", kind=kind, file=path.name, sentence=sentence)
        try:
            values = parse_message(self.service.share.read(path), self.service.unicode, found)
            verb = getattr(self, "do_" + values["Message"].lower(), None)
            if verb is None or not values["Message"].isupper():
                raise Refusal(23, "an unknown message")
            self.service.log("message", file=path.name, **values)
            return verb(path, values) is not False
        except Refusal as refusal:
            self.refuse(path, refusal.sentence)
            job = self.service.job(path.stem)
            if job and refusal.number:
                job.fail(Refusal(23, facts.ERRORS[23][1]))
                self.service.end_if_over(job)
            return True

    # --- who is meant, who may
    def admin(self, values):
        if values.get("ClientID") != ADMIN:
            raise Refusal(0, "only Administrator may ask for that")

    def robot(self, values):
        if "RobotName" not in values:
            return self.service.robots[0]
        for robot in self.service.robots:
            if robot.name == values["RobotName"]:
                return robot
        raise Refusal(0, "no robot of that name")

    def held(self, path, values, states):
        """(job, drive index) of a disc that waits for word."""
        job = self.service.job(path.stem)
        if job is None:
            raise Refusal(0, "no job of that name")
        index = values.get("DiscID", "")
        if not index.isdigit() or job.holds.get(int(index)) not in states:
            raise Refusal(0, "no disc is held there")
        return job, int(index)

    # --- the messages
    def do_abort(self, path, values):
        job = self.service.job(path.stem)
        if job is None:
            self.service.log("finding", kind="late-abort", file=path.name, sentence="ABORT for no running job stays forever")
            self.service.dead_messages.add(path.name)
            return False
        if values.get("ClientID") not in (job.said("ClientID"), ADMIN):
            raise Refusal(0, "another client's job")
        job.fail(Refusal(16, facts.ERRORS[16][1]))
        self.service.end_if_over(job)
        return True

    def do_shutdown_afterjob(self, _, values):
        self.admin(values)
        self.service.closing = True

    def do_shutdown_immediate(self, path, values):
        self.admin(values)
        path.unlink()
        self.service.stop("SHUTDOWN_IMMEDIATE")

    def do_align_printer(self, _, values):
        self.admin(values)
        robot = self.robot(values)
        if robot.type in OLD_MODELS:
            raise Refusal(0, "this model does not align")
        if robot.error not in facts.ALIGN_ANSWERS and (robot.error or robot.jobs()):
            raise Refusal(0, "only at error 22 or 31, or without jobs")
        robot.fixed("ALIGN_PRINTER")
        if self.service.align_fails > 0:
            self.service.align_fails -= 1
            robot.trouble(31)

    def do_ignore_inklow(self, _, values):
        self.admin(values)
        robot = self.robot(values)
        if robot.error not in facts.INK_LOW:
            raise Refusal(0, "only at error 5, 6 or 7")
        robot.fixed("IGNORE_INKLOW")

    def do_process_disc(self, path, values):
        states = [facts.HOLD_LOADED]
        if "chapter4-words" in self.service.quirks:
            states.append(facts.HOLD_PROCESSED)
        job, index = self.held(path, values, states)
        job.answers[index] = "process"

    def do_reject_disc(self, path, values):
        job, index = self.held(path, values, [facts.HOLD_LOADED, facts.HOLD_PROCESSED])
        job.answers[index] = "reject"

    def do_unload_disc(self, path, values):
        job, index = self.held(path, values, [facts.HOLD_LOADED, facts.HOLD_PROCESSED])
        job.answers[index] = "unload"

    def do_check_discsinbin(self, _, values):
        self.admin(values)
        if self.service.jobs:
            raise Refusal(0, "only without jobs in the system")
        self.service.uncounted.pop(self.robot(values).name, None)

    def do_create_report(self, _, values):
        report = self.service.share.root() / "Reports" / "PTBurnReport.txt"
        report.write_text("report of the emulated service\r\n")

    def do_generate_preview(self, path, values):
        def found(kind, sentence):
            self.service.log("finding", kind=kind, file=path.name, sentence=sentence)
        if not values.get("PathFrom", "").lower().endswith(".std") or \
                not values.get("PathTo", "").lower().endswith((".jpg", ".bmp", ".png")):
            raise Refusal(0, "PathFrom .std and PathTo .jpg, .bmp or .png are needed")
        if not values.get("DPI", "72").isdigit() or not 50 <= int(values.get("DPI", "72")) <= 600:
            raise Refusal(0, "DPI is 50 to 600")
        source = content.open_path(self.service, values["PathFrom"], 0, found)
        try:
            self.service.server.local(values["PathTo"]).write_bytes(b"preview of " + source.name.encode())
        except (PathError, OSError) as error:
            raise Refusal(0, "the server cannot write there") from error

    def do_run_utility(self, path, values):
        self.service.log("finding", kind="run-utility", file=path.name, sentence="a program was to run on the server")

    def do_usb_connect(self, _, values):
        for robot in self.service.robots:
            if values.get("RobotName", robot.name) == robot.name:
                robot.connected = True

    def do_usb_disconnect(self, _, values):
        if "RobotName" not in values:
            raise Refusal(0, "RobotName is needed")
        self.robot(values).connected = False

    def do_change_kiosk_mode(self, _, values):
        self.admin(values)
        robot = self.robot(values)
        if values.get("Value") not in ("0", "1") or robot.type not in facts.KIOSK:
            raise Refusal(0, "not possible on this robot")
        if None in robot.machine.bins.values() or self.service.settings.number("KioskMode"):
            raise Refusal(0, "not a robot with two bins, or set in PTSETUP.INI")
        robot.machine.kiosk = values["Value"] == "1"
        robot.machine_changed()

    def do_clean_cartridges(self, _, values):
        self.robot(values).machine.use_ink(1.0)
