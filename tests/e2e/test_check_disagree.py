#!/usr/bin/python3
"""What other checkers say of the same discs. Of a good disc they have nothing to say that is not explained here. Of seeded
defects each table row says who sees it too: the judge sees them all, and nobody sees a fault that it does not."""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import checkers
import defects as seeds
import judging
from judging import DISCWRIGHT, codes, judge, make

# checker, its sentence, why we do not agree, where that is written
EXPLAINED = [
    ("dciodvfy", r"Attribute is not present in standard DICOM IOD - \(#,#\) (CS|DS|UI|LO|ST|US|IS|DA) ",
     "it knows the keys of the Basic Directory alone; a profile adds its own", "PS3.3 F.3.2.2, PS3.11 Table D.3-2, H.3-2"),
    ("dciodvfy", "this is a Standard Extended SOP Class",
     "the same keys once more: a directory record may hold any attribute of what it stands for", "PS3.3 F.3.2.2"),
    ("dcentvfy", "Different information entities for attribute - Element=# IE # versus #",
     "Accession Number is of the study in every object; its tables have that of a report in the series", "PS3.3 C.7.2.1"),
]

TREE = {"7z", "isoinfo"}
# medium, defect, seed, codes that must be among the judge's, checkers that see it too
DEFECTS = [
    ("cd", "no volume descriptor", seeds.byte(seeds.PVD + 1, 0), {"ISO-NONE"}, TREE),
    ("cd", "two sizes of the volume", seeds.byte(seeds.PVD + 87, 9), {"ISO-ENDIAN"}, {"7z"}),
    ("cd", "no terminator", seeds.byte(17 * 2048, 3), {"ISO-TERMINATOR"}, {"7z"}),
    ("cd", "volume larger than the image", seeds.size_too_large, {"ISO-SIZE"}, {"7z"}),
    ("cd", "half an image", seeds.half, {"ISO-SIZE", "FILE-IO"},
     {"7z", "dcmdump", "dcmftest", "dciodvfy", "dcentvfy", "pydicom"}),
    ("cd", "a folder that is the root", seeds.iso_loop, {"ISO-TREE"}, TREE | {"pydicom"}),
    ("cd", "a file outside of the volume", seeds.iso_number("README.TXT;1", 2, 70000), {"ISO-EXTENT"}, {"7z"}),
    ("cd", "a file longer than the volume", seeds.iso_number("README.TXT;1", 10, 99 << 20), {"ISO-EXTENT"}, {"7z"}),
    ("cd", "path table", seeds.path_table, {"ISO-PATH-TABLE", "ISO-PATH-DIRS"}, set()),
    ("cd", "hidden file", seeds.hidden, {"ISO-HIDDEN"}, set()),
    # The readers of UDF do not look at CRCs, or go on to the reserve without a word.
    ("dvd", "CRC of the file set descriptor", seeds.broken(256), {"UDF-TAG"}, set()),
    ("dvd", "CRC of the primary volume descriptor", seeds.broken(1), {"UDF-TAG"}, set()),
    ("dvd", "CRC of the partition descriptor", seeds.broken(5), {"UDF-TAG"}, set()),
    ("dvd", "CRC of a file entry", seeds.entry_bit, {"UDF-TAG"}, set()),
    ("dvd", "main descriptor sequence gone", seeds.main_sequence_gone, {"UDF-SEQUENCE"}, set()),
    ("dvd", "integrity descriptor is open", seeds.sealed(9, 28, bytes(4)), {"UDF-INTEGRITY"}, {"udfinfo"}),
    ("dvd", "number of files", seeds.sealed(9, 120, b"\x07"), {"UDF-COUNT"}, set()),
    ("dvd", "no anchor at 256", seeds.no_anchor, {"UDF-ANCHOR"}, {"udfinfo"}),
    ("dvd", "no anchors", seeds.no_anchors, {"UDF-ANCHOR", "UDF-UNREADABLE"}, {"udfinfo", "libudfread"}),
    ("dvd", "no NSR descriptor", seeds.no_nsr, {"UDF-RECOGNITION"}, {"udfinfo", "libudfread"}),
    ("dvd", "a file longer than its extents", seeds.file_longer, {"UDF-EXTENT", "BRIDGE-EXTENT"}, {"7z"}),
    ("dvd", "a folder that is the root", seeds.udf_loop, {"UDF-TREE"}, {"libudfread"}),
    ("bd", "CRC of the file set descriptor", seeds.broken(256), {"UDF-TAG", "UDF-MIRROR"}, {"7z"}),
    ("bd", "metadata gone, mirror there", seeds.mirror_only, {"UDF-MIRROR", "UDF-TREE"}, {"7z", "udfinfo", "libudfread"}),
    ("bd", "no anchors", seeds.no_anchors, {"UDF-ANCHOR", "UDF-UNREADABLE"}, {"7z", "udfinfo", "libudfread"}),
    ("cd", "a record's next one is nowhere", seeds.number(0x00041400, 3, 17), {"DIR-OFFSET"}, {"dcdirdmp", "pydicom"}),
    ("cd", "records in a loop", seeds.sibling_loop, {"DIR-CYCLE"}, {"dcdirdmp", "pydicom"}),
    ("cd", "in-use flag", seeds.number(0x00041410, 3, 0), {"DIR-IN-USE"}, set()),
    ("cd", "consistency flag", seeds.number(0x00041212, 0, 0xFFFF), {"DIR-CONSISTENCY"}, set()),
    ("cd", "a file that is not there", seeds.text(0x00041500, "DICOM\\NOWHERE"), {"FILE-MISSING"}, {"pydicom"}),
    ("cd", "File ID in lower case", seeds.lower_file_id, {"DIR-FILE-ID", "FILE-CASE"}, {"dciodvfy", "pydicom"}),
    ("cd", "unknown type of record", seeds.text(0x00041430, "PICTUR", 3), {"DIR-TYPE"}, {"dciodvfy", "pydicom"}),
    ("cd", "Modality is empty", seeds.text(0x00080060, "  "), {"DIR-KEY1"}, {"dciodvfy"}),
    ("cd", "elements out of order", seeds.swapped(0x00100010), {"DIR-ENCODING"}, {"dcmdump", "dcdirdmp", "dciodvfy"}),
    ("cd", "an element of odd length", seeds.odd(0x00100010), {"DIR-ENCODING"}, {"dcmdump", "dcdirdmp"}),
    ("cd", "a date that is none", seeds.text(0x00080020, "2026.13x"), {"DIR-VALUE"}, {"dciodvfy"}),
    ("cd", "UID of an instance in its record", seeds.text(0x00041511, "1.2.x"), {"DIR-UID"},
     {"dcmdump", "dciodvfy", "pydicom"}),
    ("cd", "length of the meta header", seeds.number(0x00020000, 0, 100), {"DIR-META"}, {"dcmdump", "dcdirdmp", "dciodvfy"}),
    ("cd", "UID of an instance in its file", seeds.in_file(0x00080018, seeds.digit), {"FILE-META-INSTANCE"}, {"dciodvfy"}),
    ("cd", "Patient ID in a file", seeds.in_file(0x00100020, seeds.digit), {"FILE-PATIENT", "SET-PATIENTS"}, {"dcentvfy"}),
    ("cd", "length of the pixels", seeds.in_file(0x7FE00010, seeds.too_long), {"FILE-UNREADABLE"},
     {"dcmdump", "dciodvfy", "dcentvfy"}),
    ("cd", "no DICM", seeds.no_preamble, {"FILE-NOT-PART10"}, {"dcmdump", "dcmftest", "dciodvfy", "dcentvfy", "pydicom"}),
]


class Disagreements(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="dw-disagree-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, True)
        objects, cls.good = judging.objects(cls.work, 3), {}
        for media in checkers.SEES:
            make(DISCWRIGHT, "disc", "--media", media, "--out", cls.work / media, objects)
            image = cls.work / f"{media}-1.iso"
            checkers.extract(image, cls.work / media)
            cls.good[media] = checkers.complaints(image, cls.work / media, media)

    def test_what_others_say_of_a_good_disc_is_explained(self):
        for media, told in self.good.items():
            self.assertEqual(codes(judge(self.work / f"{media}-1.iso")), set())
            for checker, sentences in told.items():
                for sentence in sentences:
                    with self.subTest(media=media, checker=checker):
                        self.assertTrue([1 for name, pattern, _, _ in EXPLAINED
                                         if name == checker and re.search(pattern, sentence)], sentence)

    def test_every_explanation_is_needed(self):
        for name, pattern, why, clause in EXPLAINED:
            with self.subTest(checker=name, why=why, clause=clause):
                self.assertTrue([s for told in self.good.values() for s in told.get(name, ()) if re.search(pattern, s)])

    def test_the_judge_sees_every_defect_and_the_others_see_what_the_table_says(self):
        for media, what, seed, expected, others in DEFECTS:
            data = bytearray((self.work / f"{media}-1.iso").read_bytes())
            seed(data)
            image = self.work / "damaged.iso"
            image.write_bytes(data)
            checkers.extract(image, self.work / "damaged")
            told = checkers.complaints(image, self.work / "damaged", media)
            seen = {name for name, sentences in told.items() if sentences - self.good[media].get(name, set())}
            with self.subTest(media=media, defect=what):
                self.assertLessEqual(expected, codes(judge(image)))
                self.assertEqual(seen, others)


if __name__ == "__main__":
    judging.need("7z", "isoinfo", "isovfy", "udfinfo", "dcmdump", "dcmftest", "dcdirdmp", "dciodvfy", "dcentvfy", "gdcminfo",
                 "prlimit")
    try:
        import pydicom  # noqa: F401
    except ImportError:
        print("skipped: pydicom is not installed")
        sys.exit(77)
    if not (judging.BUILD / "tests" / "udf_libudfread").exists():
        print("skipped: built without libudfread")
        sys.exit(77)
    unittest.main(argv=["test_check_disagree"], warnings="ignore")
