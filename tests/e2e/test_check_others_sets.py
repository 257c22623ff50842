#!/usr/bin/python3
"""File-sets and DICOMDIRs made by other programs, as folders and in an image; and those that other people published.
check names their true faults, and nothing else."""
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import warnings

import judging
from judging import LABEL, codes, judge, make, places, run

CORPUS = pathlib.Path(os.environ.get("DW_CORPUS", "") or "/nowhere")
CT_MR = ("--profile", "STD-CTMR-CD")
DVD = ("--profile", "STD-GEN-DVD-JPEG")

# dcmmkdir's options, what is judged, expected codes and why they are true.
BY_DCMMKDIR = [
    (("-Pgp", "+F", LABEL), (), set()),
    # PS3.11 Table H.3-2 wants more keys than the profile for CD; -Pgp does not write them, -Pdv and -Pbd do.
    (("-Pgp", "+F", LABEL), DVD, {"DIR-PROFILE-KEY"}),
    (("-Pdv", "+F", LABEL), DVD, set()),
    (("-Pdv", "+F", LABEL), (), set()),
    (("-Pbd", "+F", LABEL), ("--profile", "STD-GEN-BD-JPEG"), set()),
    (("-Pfl", "+F", LABEL), (), set()),
    (("-Pgp", "+X", "+F", LABEL), (), set()),
    (("-Pgp", "-Nxc", "-Nec", "-Nrc", "+I", "+F", LABEL), (), set()),
    (("-Pgp",), (), set()),  # its own File-set ID
    # Mail has no further keys; a CD has Image Type (PS3.11 Table D.3-2).
    (("-Pmi", "+F", LABEL), (), {"DIR-PROFILE-KEY"}),
    # It leaves out what is neither CT nor MR, and the files stay; judged as a CD of all kinds, Image Type is missing too.
    (("-Pcm", "+F", LABEL), CT_MR, {"FILE-UNREFERENCED", "FILE-PROFILE-CLASS"}),
    (("-Pcm", "+F", LABEL), (), {"FILE-UNREFERENCED", "DIR-PROFILE-KEY"}),
]

# GDCM writes every object as IMAGE, also the report and the PDF, and the offset of the last record of all where that of
# the last record of the root belongs (PS3.3 F.3.2.2: (0004,1202)). The name of the patient is in UTF-8, and no record
# has a Specific Character Set.
BY_GDCM = {"DIR-RECORD-CLASS", "DIR-LAST", "DIR-CHARSET"}
# pydicom copies the whole Content Sequence of a report (PS3.3 F.5.26: only modifiers of its title), and writes no
# further keys.
BY_PYDICOM = {"DIR-CONTENT", "DIR-PROFILE-KEY"}


class Sets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="dw-sets-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, True)
        cls.objects = judging.objects(cls.work, 3)

    def copy(self, name):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.objects, folder)
        return folder

    def in_an_image(self, folder, label=LABEL):
        path = self.work / "image.iso"
        path.unlink(missing_ok=True)
        make("genisoimage", "-quiet", "-iso-level", "1", "-sysid", "", "-V", label, "-o", path, folder)
        return path

    def assert_codes(self, folder, expected, *words):
        self.assertEqual(codes(judge(folder, *words)), expected)
        if "STD-GEN-BD-JPEG" not in words and "STD-GEN-DVD-JPEG" not in words:
            label = re.search(r"\[([^\]]*)\]", run("dcmdump", "-q", "+P", "0004,1130", folder / "DICOMDIR").stdout)
            image = self.in_an_image(folder, label.group(1).strip() if label else "")
            self.assertEqual(codes(judge(image, *words)), expected)

    def test_dicomdirs_of_dcmmkdir_lack_what_their_profile_does_not_ask_for(self):
        for i, (options, words, expected) in enumerate(BY_DCMMKDIR):
            with self.subTest(options=" ".join(options), judged=" ".join(words)):
                folder = self.copy(f"dcmmkdir{i}")
                judging.dcmmkdir(folder, *options)
                self.assert_codes(folder, expected, *words)

    def test_what_a_profile_wants_and_dcmmkdir_did_not_write_is_named(self):
        folder = self.copy("keys")
        judging.dcmmkdir(folder, "-Pgp", "+F", LABEL)
        wanted = {f["text"].split(": ")[1][:11] for f in judge(folder, *DVD)["findings"] if f["code"] == "DIR-PROFILE-KEY"}
        self.assertIn("(0010,0030)", wanted)
        for key in wanted:
            self.assertNotIn(key.strip("()"), run("dcmdump", "-q", folder / "DICOMDIR").stdout)

    @unittest.skipUnless(shutil.which("gdcmgendir"), "gdcmgendir is not installed")
    def test_a_dicomdir_of_gdcm_has_its_faults(self):
        folder = self.copy("gdcm")
        run("gdcmgendir", "-r", "-i", ".", "-o", "DICOMDIR", cwd=folder)
        result = judge(folder)
        self.assertEqual(codes(result), BY_GDCM)
        self.assertEqual(len(places(result, "DIR-RECORD-CLASS")), 2)
        text = run("dcmdump", "-q", folder / "DICOMDIR").stdout
        first, last = (int(re.search(rf"\(0004,{tag}\) up (\d+)", text).group(1)) for tag in ("1200", "1202"))
        roots = [int(o) for o in re.findall(r'"Directory Record" PATIENT.*\n.*offset=\$(\d+)', text)]
        self.assertEqual(roots, [first])  # one record in the root, so the last is the first
        self.assertNotEqual(last, first)
        # Told to start in a folder, it names the files from there, and no reader finds them.
        run("gdcmgendir", "-r", "-i", "DICOM", "-o", "DICOMDIR", cwd=folder)
        self.assertEqual(codes(judge(folder)), BY_GDCM | {"FILE-MISSING", "FILE-UNREFERENCED"})

    def test_a_file_set_of_pydicom_has_a_whole_report_in_its_record(self):
        try:
            from pydicom.fileset import FileSet
        except ImportError:
            self.skipTest("pydicom is not installed")
        for name in (LABEL, None):
            with self.subTest(name=name):
                warnings.simplefilter("ignore")
                file_set = FileSet()
                for path in sorted(self.objects.rglob("IM*")):
                    file_set.add(str(path))
                if name:
                    file_set.ID = name
                folder = self.work / f"pydicom{bool(name)}"
                file_set.write(str(folder))
                self.assert_codes(folder, BY_PYDICOM)
                report = next(f for f in judge(folder)["findings"] if f["code"] == "DIR-CONTENT")
                self.assertIn("SR DOCUMENT", report["place"])
        # an empty File-set ID is legal, and the volume then has no name either (PS3.12 F.1.1)
        self.assertEqual(codes(judge(self.in_an_image(folder))), BY_PYDICOM | {"ISO-VOLUME-ID"})

    def test_a_second_dicomdir_is_one_warning_and_no_broken_object(self):
        folder = self.copy("second")
        judging.dcmmkdir(folder, "-Pgp", "+F", LABEL)
        (folder / "BACKUP").mkdir()
        shutil.copy(folder / "DICOMDIR", folder / "BACKUP" / "DICOMDIR")
        result = judge(folder)
        self.assertTrue(result["conforms"])
        self.assertEqual(codes(result), {"DIR-NAME"})
        self.assertEqual(places(result, "DIR-NAME"), ["/BACKUP/DICOMDIR"])


@unittest.skipUnless(CORPUS.is_dir(), "no corpus")
class Published(unittest.TestCase):
    """Each was looked at with dcmdump and od."""

    def test_the_set_of_fifty_tiny_ct_images(self):
        # (0004,1130) is "TINY ALPHA": a File-set ID has no space (PS3.3 F.3.2.1: as a File ID component, PS3.10 8.5).
        # (0004,1141) is README, and there is no such file.
        folder = CORPUS / "fileset-ct-tiny-50-instances"
        result = judge(folder)
        self.assertEqual(codes(result), {"DIR-FILESET-ID", "DIR-DESCRIPTOR"})
        self.assertEqual(result["dicom_files"], 50)

    def test_the_set_whose_dicomdir_has_another_name(self):
        # bbmri.dcmdir says what it is in (0008,0016) only: there is no (0002,0002), nor group 0004 but the sequence.
        folder = CORPUS / "fileset-mr-siemens-trio-nonconformant-names"
        result = judge(folder)
        self.assertEqual(codes(result), {"NAME-CASE", "NAME-LEVEL1", "DIR-MISSING", "DIR-NAME", "FILE-IN-ROOT"})
        self.assertEqual(places(result, "DIR-NAME"), ["/bbmri.dcmdir"])
        self.assertEqual(result["dicom_files"], 6)

    def test_the_same_set_with_its_dicomdir_in_place(self):
        with tempfile.TemporaryDirectory(prefix="dw-sets-") as work:
            folder = pathlib.Path(work) / "set"
            shutil.copytree(CORPUS / "fileset-mr-siemens-trio-nonconformant-names", folder)
            (folder / "bbmri.dcmdir").rename(folder / "DICOMDIR")
            result = judge(folder)
        expected = {
            "NAME-CASE", "NAME-LEVEL1", "FILE-IN-ROOT",  # bbmri-53323131.dcm
            "DIR-META",  # (0002,0001), (0002,0002) and (0002,0003) are missing
            "DIR-CLASS", "DIR-FILESET-UID",  # therefore
            "DIR-FILESET-ID", "DIR-CONSISTENCY", "DIR-OFFSET",  # no (0004,1130), (0004,1212), (0004,1200)
            "DIR-ORPHAN", "DIR-IN-USE",  # no (0004,1400), (0004,1410), (0004,1420) in any record
            "DIR-REFERENCE", "DIR-FILE-ID",  # no (0004,1510) to (0004,1512); bbmri-53323131 has lower case and 14 letters
            "DIR-KEY1", "DIR-KEY2", "DIR-PROFILE-KEY",  # a record has two elements
            "DIR-ENCODING", "DIR-TRAILING",  # values of odd length; pixel data behind the records
            "FILE-UNREFERENCED",  # six images, four records
        }
        self.assertEqual(codes(result), expected)
        self.assertEqual(sorted(places(result, "FILE-UNREFERENCED")), ["/bbmri-53323707.dcm", "/bbmri-53323851.dcm"])


if __name__ == "__main__":
    judging.need("genisoimage", "dcmmkdir", "dcmdump")
    sys.argv = sys.argv[:1]
    unittest.main()
