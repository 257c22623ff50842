#!/usr/bin/python3
"""Volumes made by other programs: what check says of each is true, and it says nothing else. The file-set in them is
dcmmkdir's and has no fault, so that every code is about the volume."""
import pathlib
import shutil
import tempfile
import unittest

import judging
from judging import LABEL, codes, judge, make, places, run

GENISOIMAGE = ("genisoimage", "-quiet", "-V", LABEL)
XORRISO = ("xorriso", "-as", "mkisofs", "-quiet", "-V", LABEL)
BLANK = ("-sysid", "")
BOOT = ("-b", "BOOT.BIN", "-no-emul-boot", "-boot-load-size", "4")

# what, program with its options, folder, codes that are expected and why they are true.
IMAGES = [
    ("genisoimage, level 1", (*GENISOIMAGE, "-iso-level", "1", *BLANK), "set", set()),
    # It writes LINUX into the System Identifier when nobody says otherwise (PS3.12 F.2.2.1: blank).
    ("genisoimage as it is", GENISOIMAGE, "set", {"ISO-SYSTEM-ID"}),
    ("genisoimage without a label", ("genisoimage", "-quiet", *BLANK), "set", {"ISO-VOLUME-ID"}),
    ("genisoimage without padding", (*GENISOIMAGE, *BLANK, "-no-pad"), "set", set()),
    ("genisoimage -J -r", (*GENISOIMAGE, "-J", "-r", *BLANK), "set", {"ISO-SVD", "ISO-SUSP"}),
    ("genisoimage -R", (*GENISOIMAGE, "-R", *BLANK), "set", {"ISO-SUSP"}),
    # Level 3 only permits several extents; without a file of 4 GiB it is level 1 on the disc.
    ("genisoimage, level 3", (*GENISOIMAGE, "-iso-level", "3", *BLANK), "set", set()),
    # "Level 4" is ISO 9660:1999: an enhanced descriptor, and names without version in both trees.
    ("genisoimage, level 4", (*GENISOIMAGE, "-iso-level", "4", *BLANK), "set", {"ISO-SVD", "NAME-VERSION"}),
    ("genisoimage without versions", (*GENISOIMAGE, "-N", *BLANK), "set", {"NAME-VERSION"}),
    ("genisoimage without the dot", (*GENISOIMAGE, "-d", *BLANK), "set", {"NAME-VERSION"}),
    ("genisoimage with a hidden file", (*GENISOIMAGE, "-hidden", "README.TXT", *BLANK), "more", {"ISO-HIDDEN"}),
    # HFS is another file system in blocks that belong to nothing in ISO 9660.
    ("genisoimage -hfs", (*GENISOIMAGE, "-hfs", *BLANK), "set", {"VOLUME-UNOWNED"}),
    ("genisoimage with a boot image", (*GENISOIMAGE, *BLANK, "-b", "BOOT.BIN", "-no-emul-boot"), "boot", {"ISO-BOOT"}),
    # Names in lower case become upper case, unless they are told not to; the records name them in upper case.
    ("genisoimage, names in lower case", (*GENISOIMAGE, *BLANK), "lower", set()),
    ("genisoimage -allow-lowercase", (*GENISOIMAGE, "-allow-lowercase", *BLANK), "lower",
     {"NAME-CASE", "DIR-NAME", "FILE-CASE"}),
    # One name is longer than 8.3, one has two dots; level 2 shortens the second and keeps the first.
    ("genisoimage, level 1, long names", (*GENISOIMAGE, "-iso-level", "1", *BLANK), "long", set()),
    ("genisoimage, level 2, long names", (*GENISOIMAGE, "-iso-level", "2", *BLANK), "long", {"NAME-LEVEL1"}),
    ("genisoimage, any characters", (*GENISOIMAGE, "-iso-level", "3", "-relaxed-filenames", "-allow-multidot", *BLANK),
     "long", {"NAME-LEVEL1"}),
    ("genisoimage -D, ten levels", (*GENISOIMAGE, "-D", *BLANK), "deep", {"NAME-DEPTH"}),
    # Rock Ridge moves the deep folder and leaves a record without version in its place.
    ("genisoimage -r, ten levels", (*GENISOIMAGE, "-r", *BLANK), "deep", {"ISO-SUSP", "NAME-VERSION"}),
    # The reserve sequence has another Volume Set Identifier than the main one (its byte 88), and its image ends
    # within an ECC block.
    ("genisoimage -udf", (*GENISOIMAGE, "-udf", *BLANK), "set", {"UDF-RESERVE", "UDF-PADDING"}),
    # UDF keeps the letters as they are on the disk, ISO 9660 has capitals only: one file, two names.
    ("genisoimage -udf, names in lower case", (*GENISOIMAGE, "-udf", *BLANK), "lower",
     {"UDF-RESERVE", "UDF-PADDING", "BRIDGE-MISSING"}),
    ("xorriso as mkisofs", XORRISO, "set", {"ISO-SUSP"}),
    ("xorriso without Rock Ridge", (*XORRISO, "--norock"), "set", set()),
    ("xorriso with Joliet", (*XORRISO, "--norock", "-J"), "set", {"ISO-SVD"}),
    ("xorriso, ISO 9660:1999", (*XORRISO, "--norock", "-iso-level", "4"), "set", {"ISO-SVD"}),
    ("xorriso -allow-lowercase", (*XORRISO, "--norock", "-allow-lowercase"), "lower", {"NAME-CASE", "DIR-NAME", "FILE-CASE"}),
    # What lies in the first 16 blocks is no business of ISO 9660 (ECMA-119 6.2.1): a note.
    ("xorriso with a partition table", (*XORRISO, "--norock", "--protective-msdos-label"), "set", set()),
    ("xorriso with a second volume at block 32", (*XORRISO, "--norock", "-partition_offset", "16"), "set",
     {"ISO-SESSIONS", "VOLUME-UNOWNED"}),
    ("xorriso with HFS+", (*XORRISO, "--norock", "-hfsplus"), "set", {"VOLUME-UNOWNED"}),
    ("xorriso, isohybrid", (*XORRISO, "--norock", "-isohybrid-mbr", "/dev/zero", *BOOT), "boot", {"ISO-BOOT"}),
]

# mkudffs makes empty volumes to write to: interchange level 3 where PS3.12 P.2.1.1 has 2, and a bitmap of free space.
EMPTY = {"UDF-INTERCHANGE", "UDF-ACCESS", "DIR-MISSING"}
# Its write-once volumes have a virtual partition and no end: a table of allocation comes with the last session.
OPEN = {"UDF-UNREADABLE", "UDF-ANCHOR", "UDF-EXTENT", "DIR-MISSING"}
# On a read-only partition the count of free blocks is wrong as well.
FREE = EMPTY | {"UDF-SPACE"}
VOLUMES = [("dvd", "1.02", FREE), ("dvd", "1.50", FREE), ("dvd", "2.01", FREE), ("hd", "2.01", EMPTY),
           ("dvdram", "2.01", EMPTY), ("cdr", "1.50", OPEN), ("bdr", "2.50", OPEN)]


def rename_to_lower(folder):
    for path in sorted(folder.rglob("*"), key=lambda p: -len(p.parts)):
        path.rename(path.with_name(path.name.lower()))


def folders(work):
    base = judging.objects(work, 2)
    if judging.dcmmkdir(base, "-Pdv", "+F", LABEL).returncode != 0:
        raise judging.Trouble("dcmmkdir makes no DICOMDIR")
    for name in ("set", "more", "boot", "lower", "long", "deep"):
        shutil.copytree(base, work / name)
    (work / "more" / "README.TXT").write_text("read me\r\n")
    (work / "boot" / "BOOT.BIN").write_bytes(bytes(2048))
    rename_to_lower(work / "lower")
    (work / "long" / "a name of many letters.txt").write_text("x")
    (work / "long" / "two.dots.txt").write_text("y")
    (work / "deep" / "A/B/C/D/E/F/G/H/I").mkdir(parents=True)
    (work / "deep" / "A/B/C/D/E/F/G/H/I/Z.TXT").write_text("z")


class Others(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="dw-others-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, True)
        folders(cls.work)

    def image(self, words, folder):
        path = self.work / "image.iso"
        path.unlink(missing_ok=True)
        make(*words, "-o", path, self.work / folder)
        return path

    def test_an_image_has_the_faults_that_its_program_gave_it_and_no_others(self):
        for what, words, folder, expected in IMAGES:
            with self.subTest(what=what):
                result = judge(self.image(words, folder))
                self.assertEqual(codes(result), expected)
                self.assertLessEqual(judging.notes(result), judging.NOTES | {"ISO-SYSTEM-AREA"})

    def test_the_places_of_faults_are_where_a_hex_editor_finds_them(self):
        image = self.image((*GENISOIMAGE, "-udf", *BLANK), "set")
        result, data = judge(image), image.read_bytes()
        self.assertEqual(places(result, "UDF-RESERVE"), ["block 48"])
        # without their tags, which tell where they lie
        main, reserve = ([data[(first + i) * 2048 + 16:(first + i + 1) * 2048] for i in range(16)] for first in (32, 48))
        self.assertEqual([i for i in range(16) if main[i] != reserve[i]], [0])
        image = self.image((*GENISOIMAGE, "-iso-level", "4", *BLANK), "set")
        result, data = judge(image), image.read_bytes()
        self.assertEqual(places(result, "ISO-SVD"), ["block 17"])
        self.assertEqual(data[17 * 2048:17 * 2048 + 7], b"\x02CD001\x02")
        self.assertIn("1999", next(f["text"] for f in result["findings"] if f["code"] == "ISO-SVD"))

    def test_a_name_in_other_letters_is_a_warning_for_that_name(self):
        result = judge(self.image((*GENISOIMAGE, "-udf", *BLANK), "lower"))
        found = [f for f in result["findings"] if f["code"] == "BRIDGE-MISSING"]
        self.assertEqual({f["severity"] for f in found}, {"warning"})
        self.assertTrue(all("in other letters" in f["text"] for f in found))

    def test_a_further_session_is_judged_as_the_last_one_shows_it(self):
        path = self.work / "sessions.iso"
        (self.work / "NEW.TXT").write_text("n")
        make("xorriso", "-rockridge", "off", "-outdev", path, "-volid", LABEL, "-map", self.work / "set", "/", "-commit",
             "-map", self.work / "NEW.TXT", "/NEW.TXT", "-commit", "-end")
        result = judge(path)
        self.assertEqual(codes(result), {"ISO-SESSIONS", "VOLUME-UNOWNED"})  # what the first one had is still there
        self.assertEqual(result["files"], sum(p.is_file() for p in (self.work / "set").rglob("*")) + 1)

    def test_files_that_only_an_older_session_shows_are_counted(self):
        path = self.work / "removed.iso"
        (self.work / "OLD.TXT").write_text("o")
        make("xorriso", "-rockridge", "off", "-outdev", path, "-volid", LABEL, "-map", self.work / "set", "/", "-map",
             self.work / "OLD.TXT", "/OLD.TXT", "-commit", "-rm", "/OLD.TXT", "--", "-commit", "-end")
        result = judge(path)
        files = sum(p.is_file() for p in (self.work / "set").rglob("*"))
        self.assertEqual(result["files"], files)
        texts = [f["text"] for f in result["findings"] if f["code"] == "ISO-SESSIONS"]
        self.assertTrue(any(f"{files + 1} files, of which 1 were not judged" in t for t in texts), texts)

    def test_an_image_read_back_by_7z_and_made_again_is_judged_the_same(self):
        if not shutil.which("7z"):
            self.skipTest("7z is not installed")
        first = self.image((*GENISOIMAGE, *BLANK), "set")
        make("7z", "x", f"-o{self.work / 'again'}", first)
        result = judge(self.work / "again")
        self.assertEqual(codes(result), set())
        self.assertEqual(codes(judge(self.image((*GENISOIMAGE, *BLANK), "again"))), set())

    @unittest.skipUnless(shutil.which("mkudffs"), "mkudffs is not installed")
    def test_an_empty_volume_of_mkudffs_is_no_patient_disc(self):
        for media, revision, expected in VOLUMES:
            with self.subTest(media=media, revision=revision):
                path = self.work / f"{media}-{revision}.udf"
                run("mkudffs", "--blocksize=2048", f"--media-type={media}", f"--udfrev={revision}", f"--label={LABEL}",
                    "--new-file", path, "8192")
                self.assertEqual(codes(judge(path)), expected)


if __name__ == "__main__":
    judging.need("genisoimage", "xorriso", "dcmmkdir", "dcmdump")
    unittest.main(argv=["test_check_others"])
