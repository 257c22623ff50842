#!/usr/bin/python3
"""discwright robot capture, given recordings that this test writes itself."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import recording
from recording import INTERRUPT, LEFT, RECORDER, RIGHT, TOGGLE, Transfer, a_disc_is_loaded

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")


def spaced(data):
    return data.hex(" ").upper()


class Capture(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="dw-capture-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def run_on(self, data, *args):
        path = os.path.join(self.dir, "recording.pcap")
        with open(path, "wb") as f:
            f.write(data)
        return subprocess.run([DISCWRIGHT, "robot", "capture", *args, path], capture_output=True, text=True, check=False)

    def read(self, data, *args):
        done = self.run_on(data, "--json", *args)
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
        self.assertIn("1.30  ids not recorded, class not recorded, 1 short transfers", said)
        self.assertIn("say which is the robot with --device", said)
        self.assertEqual(list(self.frames(data, "--device", "1.31")), [spaced(TOGGLE), spaced(RIGHT)])
        self.assertIn("device 2.1 is not in the recording", self.refused(data, "--device", "2.1"))


if __name__ == "__main__":
    unittest.main()
