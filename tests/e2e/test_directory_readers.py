#!/usr/bin/python3
"""DICOMDIRs as foreign readers see them: record by record against dcmmkdir over the corpus, and large ones with
icons and private records opened by DCMTK, pydicom and GDCM."""
import collections
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
MAKER = os.path.join(BUILD, "tests", "directory_maker")
CORPUS = os.environ.get("DW_CORPUS", "")

try:
    import pydicom
    from pydicom.fileset import FileSet
except ImportError:
    sys.exit(77)
if not all(map(shutil.which, ["dcmmkdir", "dcmdump", "gdcmdump"])):
    sys.exit(77)

UNKNOWN_TO_PYDICOM = {"ANNOTATION"} # its FileSet fails on record types newer than itself
# Where our keys are not those of dcmmkdir, and why. (record type, key or None for any)
EXPLAINED = {
    (None, 0x00080005): "only records that need a character set name one",
}


def records(path):
    """{(type, UID): item}, the pointer group left out of the items' keys."""
    found = {}
    for item in pydicom.dcmread(path).DirectoryRecordSequence:
        kind = item.DirectoryRecordType
        uid = {"PATIENT": "", "STUDY": item.get("StudyInstanceUID"),
               "SERIES": item.get("SeriesInstanceUID")}.get(kind, item.get("ReferencedSOPInstanceUIDInFile"))
        found[kind, str(uid)] = item
    return found


def keys(item):
    return {int(e.tag) for e in item if e.tag.group != 4}


def offsets(path):
    """Offset of each item of the directory record sequence by adding up the lengths, and the links they hold."""
    with open(path, "rb") as f:
        data = f.read()
    u32 = lambda at: int.from_bytes(data[at:at + 4], "little")
    at = data.index(b"\x04\x00\x20\x12SQ\0\0") + 12
    items, links = [], {u32(data.index(b"\x04\x00\x00\x12UL\x04\0") + 8)}
    while at < len(data):
        assert data[at:at + 4] == b"\xfe\xff\x00\xe0"
        items.append(at)
        links |= {u32(at + 16), u32(at + 38)} # next record, first lower one
        at += 8 + u32(at + 4)
    return items, links - {0}


class Readers(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="dw-readers-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def run_ok(self, *command):
        done = subprocess.run(command, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr[-400:])
        return done.stdout

    def large(self, count):
        self.run_ok(MAKER, self.dir, str(count))
        return os.path.join(self.dir, "DICOMDIR")

    def test_links_lead_to_items_and_every_item_is_linked(self):
        items, links = offsets(self.large(2000))
        self.assertEqual(set(items), links)

    def test_icons_and_private_records_are_read_by_all(self):
        path = self.large(700)
        listed = self.run_ok("dcmdump", "-q", path).decode("latin-1")
        self.assertEqual(listed.count('"Directory Record" PRIVATE'), 100)
        self.assertEqual(listed.count('"Directory Record" IMAGE'), 600)
        self.assertEqual(listed.count("IconImageSequence"), 171)
        self.assertIn("[MULTIVOL]", listed)
        self.assertIn("1.3.12.2.1107.5.9.1", self.run_ok("gdcmdump", path).decode("latin-1"))
        directory = pydicom.dcmread(path)
        icons = [r.IconImageSequence[0] for r in directory.DirectoryRecordSequence
                 if "IconImageSequence" in r]
        self.assertEqual({(i.Rows, len(i.PixelData)) for i in icons}, {(64, 4096), (128, 16384)})
        self.assertTrue(all(i.PhotometricInterpretation == "MONOCHROME2" for i in icons))

    def test_a_hundred_thousand_records_are_read(self):
        path = self.large(100000)
        self.assertEqual(self.run_ok("dcmdump", "-q", path).count(b'"Directory Record" '), 100000 + 1 + 3 + 15)
        items, links = offsets(path)
        self.assertEqual(set(items), links)

    @unittest.skipUnless(os.path.isdir(CORPUS), "no corpus")
    def test_every_record_has_the_keys_that_dcmmkdir_writes(self):
        out = os.path.join(self.dir, "out")
        subprocess.run([DISCWRIGHT, "fileset", "--media", "dvd", "--forbidden", "as-is", "--out", out, CORPUS],
                       capture_output=True)
        wrong, compared = collections.Counter(), 0
        for ours in sorted(glob.glob(out + "/**/DICOMDIR", recursive=True)):
            theirs = os.path.join(self.dir, "theirs")
            mine = records(ours)
            if not any(kind in UNKNOWN_TO_PYDICOM for kind, _ in mine):
                self.assertEqual(sum(1 for _ in FileSet(ours)),
                                 sum("ReferencedSOPInstanceUIDInFile" in i for i in mine.values()), ours)
            subprocess.run(["dcmmkdir", "-q", "-W", "-Pdv", "+I", "-Nxc", "-Nec", "-Nrc", "+r", "+id",
                            os.path.dirname(ours), "+D", theirs, "DICOM"], capture_output=True)
            if not os.path.exists(theirs): # it refuses what lacks a key: nothing to compare
                continue
            other = records(theirs)
            os.remove(theirs)
            self.assertLessEqual(set(other), set(mine), ours) # each that they have is there
            for name, item in other.items():
                compared += 1
                for key in keys(item) ^ keys(mine[name]):
                    if (None, key) not in EXPLAINED and (name[0], key) not in EXPLAINED:
                        wrong[name[0], f"{key:08X}", "theirs" if key in keys(item) else "ours"] += 1
        self.assertFalse(wrong)
        self.assertGreater(compared, 300)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"], warnings="ignore")
