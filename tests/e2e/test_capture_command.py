#!/usr/bin/python3
"""discwright robot capture, given recordings that this test writes itself."""
import configparser
import json
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest

import recording
import terminal
from recording import INTERRUPT, LEFT, PRINTER, RECORDER, RIGHT, TOGGLE, Transfer, a_disc_is_copied, a_disc_is_loaded

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.abspath(os.path.join(BUILD, "bin", "discwright"))
PICTURE = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "capture.svg")


def spaced(data):
    return data.hex(" ").upper()


class Capture(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="dw-capture-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.out = os.path.join(self.dir, "my-robot.conf")

    def text(self):
        with open(self.out, encoding="utf-8") as f:
            return f.read()

    def written(self):
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=None)
        parser.read(self.out)
        return {s: dict(parser[s]) for s in parser.sections()}

    def run_on(self, data, *args, name="recording.pcap"):
        path = os.path.join(os.fsencode(self.dir), os.fsencode(name))
        with open(path, "wb") as f:
            f.write(data)
        return subprocess.run([DISCWRIGHT, "robot", "capture", *args, path], capture_output=True, text=True, check=False)

    def read(self, data, *args, **named):
        done = self.run_on(data, "--json", *args, **named)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def frames(self, data, *args):
        return {f["hex"]: f for f in self.read(data, *args)["frames"]}

    def refused(self, data, *args):
        done = self.run_on(data, *args)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        return done.stderr


class Formats(Capture):
    def test_a_file_may_have_any_name(self):
        got = self.read(recording.pcap(a_disc_is_loaded(), recording.USBMON), name=b"bad\xffname.pcap")
        self.assertEqual(got["file"], "a file whose name is no UTF-8")

    def test_every_format_of_every_recorder_says_the_same(self):
        said = a_disc_is_loaded()
        wanted = None
        for link in (recording.USBPCAP, recording.USBMON, recording.USBMON_LONG):
            for write in (recording.pcap, recording.pcapng):
                for order in "<>":
                    for nano in (False, True):
                        with self.subTest(link=link, write=write.__name__, order=order, nano=nano):
                            got = self.read(write(said, link, order, nano))
                            self.assertEqual(got.pop("recorder"), "USBPcap" if link == recording.USBPCAP else "usbmon")
                            wanted = wanted or got
                            self.assertEqual(got, wanted)

    def test_a_file_that_ends_early_is_read_up_to_there(self):
        for write in (recording.pcap, recording.pcapng):
            whole = write(a_disc_is_loaded())
            got = self.read(whole[:-100])
            self.assertIn("not a whole capture file", got["incomplete"])
            self.assertIn(spaced(RIGHT), [f["hex"] for f in got["frames"]])

    def test_what_is_no_recording_is_refused(self):
        self.assertIn("not a whole capture file", self.refused(b"Left,1B 04 8D\n" * 20))
        self.assertIn("not a whole capture file", self.refused(b""))
        self.assertIn("link type 1,", self.refused(recording.pcap([], link=1)))
        self.assertIn("no device was sent", self.refused(recording.pcap([])))

    def test_a_record_that_is_none_is_counted_and_passed_over(self):
        good = recording.pcap([Transfer(0, LEFT)])
        short = recording.struct.pack("<IIII", 1, 0, 5, 5) + b"\0" * 5
        endless = recording.struct.pack("<IIII", 1, 0, 27, 27) + b"\xff\xff" + b"\0" * 25
        got = self.read(good + short + endless)
        self.assertEqual(got["strange"], 2)
        self.assertEqual([f["hex"] for f in got["frames"]], [spaced(LEFT)])


class Frames(Capture):
    def test_a_transfer_counts_once_though_it_stands_there_twice(self):
        frames = self.frames(recording.pcap(a_disc_is_loaded()))
        self.assertEqual({h: f["count"] for h, f in frames.items()},
                         {spaced(RIGHT): 2, spaced(TOGGLE): 3, spaced(RECORDER): 1})

    def test_gaps_last_until_the_next_frame(self):
        toggle = self.frames(recording.pcap(a_disc_is_loaded()))[spaced(TOGGLE)]
        self.assertEqual((toggle["gaps"], toggle["gap_min_ms"], toggle["gap_median_ms"]), (2, 20_000, 20_000))
        self.assertEqual(toggle["first_ms"], 11_000)

    def test_of_an_odd_number_of_gaps_the_middle_one_is_told(self):
        at = (0, 500, 2000, 9000)
        frame = self.frames(recording.pcap([Transfer(ms, LEFT) for ms in at]))[spaced(LEFT)]
        self.assertEqual((frame["gaps"], frame["gap_min_ms"], frame["gap_median_ms"]), (3, 500, 1500))

    def test_what_came_back_stands_with_the_frame_before_it(self):
        got = self.frames(recording.pcap(a_disc_is_loaded()))
        self.assertEqual(got[spaced(TOGGLE)]["replies"], [{"hex": "06 00", "count": 3}])

    def test_a_frame_that_the_device_did_not_take_is_counted_as_such(self):
        for link in (recording.USBPCAP, recording.USBMON):
            frame = self.frames(recording.pcap([Transfer(0, LEFT), Transfer(900, LEFT, failed=True)], link))[spaced(LEFT)]
            self.assertEqual((frame["count"], frame["failed"]), (2, 1))

    def test_frames_of_interrupt_endpoints_are_frames_too(self):
        self.assertIn(spaced(LEFT), self.frames(recording.pcap([Transfer(0, LEFT, kind=INTERRUPT)])))

    def test_transfers_cut_by_the_snap_length_are_named_and_are_no_frames(self):
        got = self.read(recording.pcap([Transfer(0, b"ab"), Transfer(500, LEFT)], snap=31))
        self.assertEqual(got["device"]["cut"], 1)
        self.assertEqual([f["hex"] for f in got["frames"]], ["61 62"])


class Prints(Capture):
    SECRET = b"INVENTED^PATIENT"

    def job(self, at_ms):
        big = self.SECRET * 300
        return [Transfer(at_ms, b"job " + self.SECRET), Transfer(at_ms + 10, big), Transfer(at_ms + 300, big),
                Transfer(at_ms + 400, b"end " + self.SECRET)]

    def test_print_data_is_counted_and_nothing_of_it_is_shown(self):
        said = [Transfer(0, LEFT)] + self.job(5000) + [Transfer(12_000, TOGGLE)]
        done = self.run_on(recording.pcapng(said))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 transfers, 9600 bytes: counted, not kept; 2 short transfers beside it", done.stdout)
        for form in (self.SECRET.decode(), spaced(self.SECRET)[:20]):
            self.assertNotIn(form, done.stdout)
        got = self.read(recording.pcapng(said))
        self.assertEqual([f["hex"] for f in got["frames"]], [spaced(LEFT), spaced(TOGGLE)])
        self.assertEqual((got["device"]["long"], got["near_print"]), (2, 2))

    def test_a_wait_that_ends_in_printing_is_a_wait(self):
        frame = self.frames(recording.pcap([Transfer(0, LEFT)] + self.job(5000)))[spaced(LEFT)]
        self.assertEqual(frame["gap_min_ms"], 5000)


class Devices(Capture):
    def test_the_only_device_with_frames_is_taken(self):
        got = self.read(recording.pcap(a_disc_is_loaded()))
        self.assertEqual((got["device"]["device"], got["device"]["ids"], got["device"]["class"]), ("1.30", "0f25:0012", 7))
        self.assertEqual(got["device"]["ieee1284"], "MFG:Invented;MDL:Robot One;CMD:ROBOT;")
        self.assertEqual([d["device"] for d in got["devices"] if d["plausible"]], ["1.30"])
        self.assertEqual([d["device"] for d in got["devices"] if d["storage"]], ["1.7"])

    def test_of_several_devices_a_person_chooses(self):
        data = recording.pcap([Transfer(0, LEFT), Transfer(10, TOGGLE, device=31), Transfer(20, RIGHT, device=31)])
        said = self.refused(data)
        self.assertIn("1.30  ids not recorded, class not known, 1 short transfers", said)
        self.assertIn("say which is the robot with --device", said)
        self.assertEqual(list(self.frames(data, "--device", "1.31")), [spaced(TOGGLE), spaced(RIGHT)])
        self.assertIn("device 2.1 is not in the recording", self.refused(data, "--device", "2.1"))


class Rules(Capture):
    def test_each_rule_is_tried_on_every_frame(self):
        others = [Transfer(n * 100, bytes([0x1B, 0x33, n, 0, 0x33 + n])) for n in range(3)]
        got = self.read(recording.pcap([Transfer(0, LEFT), Transfer(50, TOGGLE)] + others))
        self.assertEqual(got["checksums"], {"sum-all": 2, "sum-without-first": 3})
        done = self.run_on(recording.pcap([Transfer(0, LEFT)] + others))
        self.assertIn("sum-all holds for 1 of 4 frames, sum-without-first for 3", done.stdout)

    def test_a_sum_of_zeros_proves_no_rule(self):
        got = self.read(recording.pcap([Transfer(0, bytes([0x51]) + bytes(63)), Transfer(9, bytes(8)), Transfer(20, b"a")]))
        self.assertEqual(got["checksums"], {"sum-all": 0, "sum-without-first": 0})

    def test_frames_of_the_public_dialect_are_marked(self):
        frames = self.frames(recording.pcap([Transfer(0, PRINTER), Transfer(100, b"unknown")]))
        self.assertEqual(frames[spaced(PRINTER)]["known"], "discpublisher2-captured: arm-printer")
        self.assertEqual(frames[spaced(b"unknown")]["known"], "")


class Dialects(Capture):
    def make(self, data, *args):
        done = self.run_on(data, "--out", self.out, *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.written()

    def test_named_frames_become_a_dialect_of_level_captured(self):
        got = self.make(recording.pcapng(a_disc_is_loaded()), "--name", spaced(RIGHT) + "=arm-right",
                        "--name", TOGGLE.hex() + "=toggle", "--note", "Ann's robot,\nsecond try")
        self.assertEqual(got["dialect"], {"title": "Robot One, as captured", "level": "CAPTURED", "origin":
                                          "recording.pcap, recorded 2023-11-14, Ann's robot, second try"})
        self.assertEqual(got["match"], {"vendor": "0f25", "product": "0012", "class": "7"})
        self.assertEqual((got["frame"]["template"], got["frame"]["checksum"], got["frame"]["level"]),
                         ("1b 04 code 00 00 00 00 checksum", "sum-all", "INFERRED"))
        self.assertEqual({s: (c["frame"], c["settle_ms"], c["level"]) for s, c in got.items() if s.startswith("command")},
                         {"command arm-right": ("1b 04 90 00 00 00 00 af", "10000", "CAPTURED"),
                          "command toggle": ("1b 04 92 00 00 00 00 b1", "20000", "CAPTURED")})
        text = self.text()
        self.assertNotIn(RECORDER.hex(" "), text)
        self.assertIn("# came back 3x: 06 00", text)
        self.assertIn("# There is no [waits] here", text)

    def test_names_may_stand_in_a_file(self):
        names = os.path.join(self.dir, "names")
        with open(names, "w", encoding="utf-8") as f:
            f.write(f"# what I pressed\n\n  {spaced(RIGHT)}=arm-right \n{RECORDER.hex()}=arm-recorder\r\n")
        got = self.make(recording.pcap(a_disc_is_loaded()), "--names", names)
        self.assertEqual([s for s in got if s.startswith("command")], ["command arm-right", "command arm-recorder"])
        with open(names, "a", encoding="utf-8") as f:
            f.write("1b04 arm-left\n")
        self.assertIn(":5: '1b04 arm-left' is not BYTES=NAME",
                      self.refused(recording.pcap(a_disc_is_loaded()), "--names", names))

    def test_waits_of_people_are_not_the_robots(self):
        said = [Transfer(0, LEFT), Transfer(20, RIGHT), Transfer(600_000, TOGGLE)]
        names = [w for f, n in ((LEFT, "a"), (RIGHT, "b"), (TOGGLE, "c")) for w in ("--name", f"{f.hex()}={n}")]
        got = self.make(recording.pcap(said), *names)
        self.assertEqual([got[f"command {n}"]["settle_ms"] for n in "abc"], ["1000", "30000", "20000"])
        self.assertIn("settle_ms is a guess", self.text())

    def test_a_robot_that_told_nothing_of_itself_has_to_be_named(self):
        got = self.make(recording.pcap([Transfer(0, LEFT)]), "--name", LEFT.hex() + "=arm-left")
        self.assertEqual(got["match"], {"only_by_name": "yes"})
        self.assertNotIn("frame", got)  # of one frame a template is a guess
        os.unlink(self.out)
        got = self.make(recording.pcap([recording.ieee1284(b"MFG:X;MDL:Robot [1];SN:secret;"), Transfer(9, LEFT)]),
                        "--name", LEFT.hex() + "=arm-left", "--title", "Mine")
        self.assertEqual(got["match"], {"id1284": "*Robot ?1?*"})
        self.assertEqual(got["dialect"]["title"], "Mine")
        self.assertNotIn("secret", self.text())

    def test_names_that_cannot_be_are_refused_and_nothing_is_written(self):
        data = recording.pcap([Transfer(0, LEFT), Transfer(50, RIGHT), Transfer(99, TOGGLE, failed=True)])
        wrong = [(["--name", "ff=arm-left"], "is not in the recording"), (["--name", LEFT.hex() + "=Arm Left"], "a name is"),
                 (["--name", LEFT.hex() + "="], "a name is"), (["--name", "arm-left"], "is not BYTES=NAME"),
                 (["--name", LEFT.hex() + "=a", "--name", LEFT.hex() + "=b"], "frame 1 is called a already"),
                 (["--name", LEFT.hex() + "=a", "--name", RIGHT.hex() + "=a"], "frame 1 is called a already"),
                 (["--name", TOGGLE.hex() + "=a"], "never taken")]
        for args, said in wrong:
            self.assertIn(said, self.refused(data, "--out", self.out, *args))
        done = self.run_on(data, "--out", self.out)
        self.assertIn("no frame has a name", done.stderr)
        self.assertEqual([n for n in os.listdir(self.dir) if n.endswith(".conf")], [])

    def test_no_dialect_is_written_over(self):
        with open(self.out, "w", encoding="utf-8") as f:
            f.write("mine")
        done = self.run_on(recording.pcap([Transfer(0, LEFT)]), "--out", self.out, "--name", LEFT.hex() + "=a")
        self.assertIn("is there already", done.stderr)
        self.assertEqual(self.text(), "mine")

    def test_nothing_of_print_data_comes_into_a_dialect(self):
        secret = b"INVENTED^PATIENT"
        said = [Transfer(0, LEFT), Transfer(5000, secret), Transfer(5100, secret * 100), Transfer(9000, TOGGLE)]
        self.assertIn("is not in the recording",
                      self.refused(recording.pcap(said), "--out", self.out, "--name", secret.hex() + "=print"))
        self.make(recording.pcap(said), "--name", LEFT.hex() + "=arm-left", "--name", TOGGLE.hex() + "=toggle")
        text = self.text()
        self.assertNotIn(secret.decode(), text)
        self.assertNotIn(secret.hex(" "), text)


class Waits(Capture):
    NAMES = [w for f, n in ((LEFT, "arm-left"), (RIGHT, "arm-right"), (RECORDER, "arm-recorder"), (TOGGLE, "toggle"))
             for w in ("--name", f"{f.hex()}={n}")]
    KEYS = ("tray_in_ms", "tray_out_ms", "disc_in_ms", "over_disc_ms", "lifted_ms")

    def waits(self, transfers, *args, **named):
        done = self.run_on(recording.pcap(transfers, **named), "--out", self.out, *(args or self.NAMES))
        self.assertEqual(done.returncode, 0, done.stderr)
        got = self.written()
        os.unlink(self.out)
        return got

    def test_what_the_drive_was_told_beside_the_robot_is_measured(self):
        for link in (recording.USBPCAP, recording.USBMON, recording.USBMON_LONG):
            waits = self.waits(a_disc_is_copied(), link=link)["waits"]
            self.assertEqual([waits[key] for key in self.KEYS], ["5000", "10000", "5000", "30000", "10000"])
            self.assertEqual(waits["level"], "CAPTURED")

    def test_without_the_drive_the_whole_pause_counts_in_which_its_tray_moved(self):
        waits = self.waits(a_disc_is_copied(with_drive=False))["waits"]
        self.assertEqual([waits[key] for key in self.KEYS], ["15000", "20000", "20000", "30000", "15000"])
        self.assertEqual(waits["level"], "INFERRED")

    def test_trays_of_two_drives_are_nobodys(self):
        said = a_disc_is_copied() + [recording.tray(1000, True, device=8)]
        self.assertEqual(self.waits(said)["waits"]["level"], "INFERRED")

    def test_an_order_that_the_drive_did_not_take_moved_no_tray(self):
        said = a_disc_is_copied() + [recording.tray(349_000, False, failed=True)]
        self.assertEqual(self.waits(said)["waits"]["tray_in_ms"], "5000")

    def test_questions_between_two_motions_shorten_no_pause(self):
        quiet, asked = self.waits(a_disc_is_copied()), self.waits(a_disc_is_copied(polls=True))
        self.assertEqual(asked["waits"], quiet["waits"])
        for command in ("arm-left", "arm-right", "arm-recorder", "toggle"):
            self.assertEqual(asked[f"command {command}"], quiet[f"command {command}"])
        self.assertEqual(asked["command toggle"]["settle_ms"], "20000")

    def test_two_commands_for_the_gripper_are_followed_like_one(self):
        moves = [(0, RIGHT), (10_000, b"grip"), (30_000, RECORDER), (50_000, b"let go"), (305_000, RECORDER),
                 (335_000, b"grip"), (350_000, LEFT), (360_000, b"let go")]
        names = self.NAMES[:6] + ["--name", b"grip".hex() + "=grip", "--name", b"let go".hex() + "=release"]
        waits = self.waits([Transfer(ms, frame) for ms, frame in moves], *names)["waits"]
        self.assertEqual([waits[key] for key in self.KEYS], ["15000", "20000", "20000", "30000", "15000"])

    def test_a_disc_let_go_over_the_closed_tray_is_no_loaded_one(self):
        slide = [Transfer(400_000, RECORDER), Transfer(430_000, TOGGLE), recording.tray(431_000, False),
                 Transfer(435_000, TOGGLE)]
        self.assertEqual(self.waits(a_disc_is_copied() + slide)["waits"]["tray_out_ms"], "10000")

    def test_of_a_day_with_one_long_pause_a_minute_is_taken(self):
        late = [Transfer(t.begin_ns // 1_000_000 - recording.BEGIN_NS // 1_000_000 + (600_000 if i > 6 else 0), t.data,
                         t.endpoint, kind=t.kind) for i, t in enumerate(a_disc_is_copied(with_drive=False))]
        self.assertEqual(self.waits(late)["waits"]["over_disc_ms"], "60000")

    def test_half_of_the_waits_are_none(self):
        got = self.waits(a_disc_is_loaded(), "--name", RECORDER.hex() + "=arm-recorder", "--name", TOGGLE.hex() + "=toggle")
        self.assertNotIn("waits", got)


class Terminal(Capture):
    """On a terminal a person is asked."""
    WORDS = "robot", "capture", "--out", "my-robot.conf", "pick-and-drop.pcapng"

    def talk(self, data, *answers):
        with open(os.path.join(self.dir, "pick-and-drop.pcapng"), "wb") as f:
            f.write(data)
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execv(DISCWRIGHT, [DISCWRIGHT, *self.WORDS])
        seen = ""
        answers = list(answers)
        while True:
            try:
                piece = os.read(fd, 4096).decode("utf-8", "replace")
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            before = seen.count("leaves it out) ")
            seen += piece
            for _ in range(seen.count("leaves it out) ") - before):
                os.write(fd, answers.pop(0).encode() if answers else b"\4")
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen

    def test_a_person_is_asked_what_they_pressed(self):
        data = recording.pcap([Transfer(0, LEFT), Transfer(9000, b"??"), Transfer(20_000, TOGGLE)])
        code, seen = self.talk(data, "?\n", "Arm Left\n", "arm-left\n", "\n", "arm-left\n", "toggle\n")
        self.assertEqual(code, 0, seen)
        for part in ("Frame 1 of 3: " + spaced(LEFT), "Known from discpublisher2-captured: arm-left", "grip, release",
                     "'Arm Left': a name is", "frame 1 is called arm-left already"):
            self.assertIn(part, seen)
        self.assertEqual([s for s in self.written() if s.startswith("command")], ["command arm-left", "command toggle"])

    def test_a_person_who_goes_away_keeps_what_was_named(self):
        code, seen = self.talk(recording.pcap([Transfer(0, LEFT), Transfer(9000, TOGGLE)]), "arm-left\n")
        self.assertEqual(code, 0, seen)
        self.assertEqual([s for s in self.written() if s.startswith("command")], ["command arm-left"])

    def test_the_picture_in_the_documents_shows_this_terminal(self):
        _, seen = self.talk(recording.pcapng(a_disc_is_loaded()), "arm-right\n", "toggle\n", "arm-recorder\n")
        lines = ["$ discwright " + " ".join(self.WORDS)] + [line.rstrip() for line in seen.splitlines()]
        if os.environ.get("DW_WRITE_PICTURES"):
            with open(PICTURE, "w", encoding="utf-8") as f:
                f.write(terminal.svg(lines))
        with open(PICTURE, encoding="utf-8") as f:
            self.assertEqual(f.read(), terminal.svg(lines), "docs/capture.svg is old: DW_WRITE_PICTURES=1 draws it anew")


if __name__ == "__main__":
    unittest.main()
