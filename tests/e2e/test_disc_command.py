#!/usr/bin/python3
"""discwright disc and discwright fileset, seen from outside: images are opened with 7z, checked with
sha256sum, and DICOMDIRs are read with dcmdump and, where it is installed, pydicom."""
import filecmp
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sampleset

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
WORK = os.path.join(BUILD, "bin", "discwright-work")


ULTRASOUND = "1.2.840.10008.5.1.4.1.1.6.1"
ANGIOGRAPHY = "1.2.840.10008.5.1.4.1.1.12.1"


def run(*args, **env):
    return subprocess.run([DISCWRIGHT, *args], capture_output=True, text=True,
                          env={**os.environ, **env})


def records(dicomdir):
    """Referenced File IDs, by DCMTK."""
    out = subprocess.run(["dcmdump", "-q", "+P", "0004,1500", dicomdir], capture_output=True,
                         check=True).stdout.decode("latin-1")
    return [line.split("[")[1].split("]")[0] for line in out.splitlines() if "[" in line]


def content(path):
    with open(path, "rb") as f:
        return f.read()


class Offline(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="dw-disc-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.src = self.path("in")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def study(self, patient="P1", study=1, series=1, count=3, **more):
        for i in range(1, count + 1):
            sampleset.ct(os.path.join(self.src, f"{patient}-{study}-{series}-{i:03d}.dcm"), patient=patient,
                         study=study, series=series, instance=i, **more)

    def report(self, base="out"):
        with open(self.path(base + ".json"), encoding="utf-8") as f:
            return json.load(f)

    def assert_adds_up(self, report):
        """Every file that was given is in one place, and what is on no disc has a reason."""
        counts = report["counts"]
        self.assertEqual(counts["files"], sum(n for name, n in counts.items() if name != "files"))
        self.assertEqual(counts["on_discs"], sum(v["objects"] for v in report["volumes"]))
        self.assertEqual(len(report["left_off"]), counts["left_off"] + counts["not_dicom"])
        self.assertTrue(all(r["reason"] for r in report["left_off"]))

    def open_image(self, image):
        folder = tempfile.mkdtemp(prefix="x", dir=self.dir)
        subprocess.run(["7z", "x", "-o" + folder, image], check=True, stdout=subprocess.DEVNULL)
        return folder

    def assert_whole(self, folder):
        """Every file is in the manifest and as it says; every object is in the directory."""
        listed = subprocess.run(["sha256sum", "-c", "MANIFEST.TXT"], cwd=folder, capture_output=True,
                                text=True)
        self.assertEqual(listed.returncode, 0, listed.stdout + listed.stderr)
        files = [os.path.join(d, f) for d, _, fs in os.walk(folder) for f in fs]
        self.assertEqual(len(listed.stdout.splitlines()), len(files) - 1)
        objects = glob.glob(os.path.join(folder, "DICOM", "*", "*", "*"))
        named = records(os.path.join(folder, "DICOMDIR"))
        self.assertEqual(sorted(named),
                         sorted(os.path.relpath(o, folder).replace("/", "\\") for o in objects))
        return objects

    def assert_nothing_left(self, *keep):
        self.assertEqual(sorted(os.listdir(self.dir)), sorted(["in", *keep]))

    def assert_refused(self, result, *words):
        self.assertGreater(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_what_goes_in_is_on_the_disc_byte_for_byte(self):
        self.study(count=5)
        self.study(series=2, count=4)
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = self.open_image(self.path("out-1.iso"))
        objects = self.assert_whole(folder)
        sources = {content(f) for f in glob.glob(self.src + "/*")}
        self.assertEqual({content(o) for o in objects}, sources)
        self.assertEqual(sorted(os.listdir(folder)),
                         ["DICOM", "DICOMDIR", "INDEX.HTM", "MANIFEST.TXT", "README.TXT"])
        volume = self.report()["volumes"][0]
        self.assertEqual((volume["objects"], volume["n"], volume["of"]), (9, 1, 1))
        self.assertEqual(volume["size_bytes"], os.path.getsize(self.path("out-1.iso")))
        self.assert_nothing_left("out-1.iso", "out.json", os.path.basename(folder))

    def test_pydicom_reads_the_file_set(self):
        try:
            from pydicom.fileset import FileSet
        except ImportError:
            self.skipTest("pydicom is not installed")
        self.study(count=3)
        self.study(study=2, count=2)
        done = run("fileset", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        file_set = FileSet(self.path("out", "DICOMDIR"))
        self.assertEqual(len(file_set), 5)
        for instance in file_set:
            data = instance.load()
            self.assertEqual(data.SOPInstanceUID, instance.ReferencedSOPInstanceUIDInFile)
            self.assertEqual(str(data.PatientName), "Zwölf^Anna")

    def test_every_patient_gets_discs_of_their_own(self):
        self.study("P1", count=2)
        self.study("P2", count=3)
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([v["objects"] for v in self.report()["volumes"]], [2, 3])
        for i, patient in ((1, "P1"), (2, "P2")):
            folder = self.open_image(self.path(f"out-{i}.iso"))
            self.assert_whole(folder)
            out = subprocess.run(["dcmdump", "-q", "+P", "0010,0020", folder + "/DICOMDIR"],
                                 capture_output=True, check=True).stdout.decode("latin-1")
            self.assertEqual(out.count("["), 1)
            self.assertIn(f"[{patient}]", out)

    def test_files_that_are_not_dicom_are_named_and_the_rest_is_done(self):
        self.study(count=2)
        with open(os.path.join(self.src, "notes.txt"), "w", encoding="utf-8") as f:
            f.write("no image")
        open(os.path.join(self.src, "empty"), "w", encoding="utf-8").close()
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 of 4 files were left out", done.stderr)
        report = self.report()
        self.assertEqual(report["counts"]["not_dicom"], 2)
        self.assert_adds_up(report)
        self.assertEqual(sorted(os.path.basename(r["path"]) for r in report["left_off"]),
                         ["empty", "notes.txt"])
        self.assert_whole(self.open_image(self.path("out-1.iso")))

    def test_a_class_without_a_record_is_named_and_told_on_the_disc(self):
        self.study(count=1)
        sop = sampleset.ct(os.path.join(self.src, "private.dcm"), instance=9, sop_class="1.2.3.4")
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 1)
        self.assertIn("SOP class", self.report()["left_off"][0]["reason"])
        folder = self.open_image(self.path("out-1.iso"))
        with open(os.path.join(folder, "REPORT.TXT"), encoding="ascii") as f:
            self.assertIn(sop, f.read())

    def test_the_same_file_twice_is_there_once_and_a_different_one_is_on_a_disc_of_its_own(self):
        self.study(count=1)
        shutil.copy(self.src + "/P1-1-1-001.dcm", self.src + "/copy.dcm")
        sampleset.ct(self.src + "/z-other.dcm", fill=99)
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report()
        self.assert_adds_up(report)
        self.assertEqual(report["counts"]["duplicates"], 1)
        self.assertEqual(report["left_off"], [])
        self.assertEqual([os.path.basename(r["path"]) for r in report["kept_apart"]], ["z-other.dcm"])
        self.assertEqual([(v["n"], v["of"], v["objects"]) for v in report["volumes"]], [(1, 2, 1), (2, 2, 1)])
        contents = []
        for i in (1, 2):
            contents += [content(o) for o in self.assert_whole(self.open_image(self.path(f"out-{i}.iso")))]
        self.assertEqual(sorted(contents), sorted(content(self.src + f) for f in ("/copy.dcm", "/z-other.dcm")))

    def test_missing_keys_are_filled_in_the_directory_only_and_told(self):
        without = ((0x0020, 0x0010), (0x0008, 0x0020), (0x0008, 0x0030), (0x0020, 0x0011),
                   (0x0020, 0x0013), (0x0010, 0x0020))
        self.study(count=2, without=without)
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = "\n".join(self.report()["repairs"])
        for key in ("Patient ID", "Study ID", "Study Date", "Study Time", "Series Number",
                    "Instance Number"):
            self.assertIn(key, text)
        folder = self.open_image(self.path("out-1.iso"))
        objects = self.assert_whole(folder)
        self.assertEqual({content(o) for o in objects},
                         {content(f) for f in glob.glob(self.src + "/*")})
        for tag in ("0010,0020", "0020,0010", "0008,0020", "0008,0030", "0020,0011", "0020,0013"):
            out = subprocess.run(["dcmdump", "-q", "+P", tag, folder + "/DICOMDIR"],
                                 capture_output=True, check=True).stdout.decode("latin-1")
            self.assertIn("[", out)
            self.assertNotIn("no value", out)

    def test_too_much_for_one_disc_goes_on_several(self):
        for study in (1, 2, 3):
            self.study(study=study, count=40)
        done = run("disc", "--media", "cd", "--no-viewer", "--volume-size", "1150KB", "--out",
                   self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        volumes = self.report()["volumes"]
        self.assertEqual([v["objects"] for v in volumes], [80, 40])  # cut at the study border
        for i, volume in enumerate(volumes, 1):
            self.assertLessEqual(os.path.getsize(self.path(f"out-{i}.iso")), 1150000)
            self.assert_whole(self.open_image(self.path(f"out-{i}.iso")))
        self.assertEqual(len({v["fileset_uid"] for v in volumes}), 2)

    def test_the_same_objects_give_the_same_image(self):
        self.study(count=4)
        other = self.path("other")
        os.makedirs(other)
        for i, f in enumerate(sorted(glob.glob(self.src + "/*"), reverse=True)):
            shutil.copy(f, os.path.join(other, f"n{i}"))
        for base, src in (("a", self.src), ("b", other)):
            done = run("disc", "--media", "dvd", "--no-viewer", "--out", self.path(base), src,
                       SOURCE_DATE_EPOCH="1767225600")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(filecmp.cmp(self.path("a-1.iso"), self.path("b-1.iso"), shallow=False))

    def test_auto_takes_the_smallest_medium(self):
        self.study(count=2)
        done = run("disc", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.report()["media"], "cd")

    def test_auto_takes_the_fewest_discs_of_what_is_loaded_then_the_smallest(self):
        self.study(count=2)
        for loaded, blank, profile in (("bd,dvd-dl,dvd", "dvd", "STD-GEN-DVD-JPEG"), ("bd-50,bd", "bd", "STD-GEN-BD"),
                                       ("bd-100,cd", "cd", "STD-GEN-CD")):
            done = run("disc", "--no-viewer", "--loaded", loaded, "--out", self.path("out"), self.src)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = self.report()
            self.assertEqual((report["blank"], report["profile"]), (blank, profile))

    def test_a_profile_decides_the_medium_where_none_is_named(self):
        self.study(count=1)
        done = run("disc", "--no-viewer", "--profile", "STD-GEN-DVD-J2K", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([self.report()[k] for k in ("media", "blank", "profile")],
                         ["dvd", "dvd", "STD-GEN-DVD-J2K"])

    def test_a_blu_ray_disc_is_read_by_a_foreign_reader(self):
        self.study(count=4)
        for media in ("bd", "bd-50"):
            done = run("disc", "--media", media, "--no-viewer", "--out", self.path(media), self.src)
            self.assertEqual(done.returncode, 0, done.stderr)
            folder = self.open_image(self.path(media + "-1.iso"))
            self.assertEqual(len(self.assert_whole(folder)), 4)
            self.assertEqual(self.report(media)["blank"], media)

    def test_what_the_profile_forbids_is_left_off_held_or_taken_as_it_is(self):
        self.study(count=2)  # CT images are not ultrasound
        sampleset.ct(self.src + "/us.dcm", instance=9, sop_class=ULTRASOUND)
        words = ("disc", "--profile", "STD-US-SC-SF-CDR", "--no-viewer", "--out", self.path("out"), self.src)
        held = run(*words, "--forbidden", "hold")
        self.assertGreater(held.returncode, 2)
        self.assertIn("of 3 files have no place in STD-US-SC-SF-CDR", held.stderr)
        report = self.report()
        self.assertEqual(report["volumes"], [])
        self.assert_adds_up(report)
        self.assertIn("STD-GEN-CD", [t["profile"] for t in report["takers"]])
        self.assertEqual({os.path.basename(r["path"])[:2] for r in report["forbidden"]} - {"us"}, {"P1"})
        self.assert_nothing_left("out.json")
        as_is = run(*words, "--forbidden", "as-is")
        self.assertEqual(as_is.returncode, 0, as_is.stderr)
        self.assertIn("claim no profile", as_is.stderr)
        report = self.report()
        self.assertEqual((report["profile"], report["nonconformant"]), ("", True))
        self.assert_adds_up(report)
        folder = self.open_image(self.path("out-1.iso"))
        self.assertEqual(len(self.assert_whole(folder)), 3)
        for page in ("INDEX.HTM", "README.TXT"):
            with open(os.path.join(folder, page), encoding="utf-8") as f:
                self.assertIn("does not conform", f.read())
        self.assertIn(b"Profile:      none", content(os.path.join(folder, "README.TXT")))
        self.assertNotIn(b"PDI)", content(os.path.join(folder, "README.TXT")))

    @unittest.skipUnless(os.path.exists(WORK), "discwright-work is not built")
    def test_an_augmented_directory_shows_each_image_and_names_the_other_discs(self):
        for study in (1, 2):
            self.study(study=study, count=40)
        done = run("disc", "--media", "cd", "--keys", "augmented", "--multivolume", "--no-viewer", "--volume-size",
                   "1MB", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.report()
        self.assertEqual(report["profile"], "AUG-GEN-CD")
        self.assertGreater(len(report["volumes"]), 1)
        for volume in report["volumes"]:
            folder = self.open_image(volume["file"])
            text = subprocess.run(["dcmdump", "-q", "-Un", folder + "/DICOMDIR"], capture_output=True,
                                  check=True).stdout.decode("latin-1")
            self.assertEqual(text.count("(0088,0200) SQ"), volume["objects"])
            self.assertEqual(text.count("(0028,0010) US 64 "), 2 * volume["objects"])  # of image and icon
            self.assertEqual([f for f in os.listdir(folder) if f.startswith("MULTI")], ["MULTIVOL"])

    @unittest.skipUnless(os.path.exists(WORK), "discwright-work is not built")
    def test_an_angiography_disc_has_its_images_with_icons_beside_pages(self):
        self.study(sop_class=ANGIOGRAPHY)
        for answer in ("leave-off", "hold"):
            done = run("disc", "--media", "cd", "--profile", "STD-XA1K-CD", "--forbidden", answer, "--out",
                       self.path("out"), self.src)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = self.report()
            self.assertEqual((report["counts"]["on_discs"], report["left_off"]), (3, []))
            folder = self.open_image(report["volumes"][0]["file"])
            text = subprocess.run(["dcmdump", "-q", "-Un", folder + "/DICOMDIR"], capture_output=True,
                                  check=True).stdout.decode("latin-1")
            self.assertEqual(text.count("(0028,0010) US 128 "), 3)
            self.assertTrue(glob.glob(folder + "/IHE_PDI/*.JPG"))

    @unittest.skipUnless(os.path.exists(WORK), "discwright-work is not built")
    def test_compression_is_used_only_where_it_spares_a_disc(self):
        for study in (1, 2):
            self.study(study=study, count=40, pixels=128)
        for size, compressed, discs in (("2MB", 80, 1), ("700MB", 0, 1)):
            done = run("disc", "--media", "dvd", "--compress", "--no-viewer", "--volume-size", size, "--out",
                       self.path("out"), self.src)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = self.report()
            self.assertEqual((report["compressed"], len(report["volumes"])), (compressed, discs))
        plain = run("disc", "--media", "dvd", "--no-viewer", "--volume-size", "2MB", "--out", self.path("plain"), self.src)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        self.assertGreater(len(self.report("plain")["volumes"]), 1)

    def test_a_file_set_of_links_costs_no_second_copy(self):
        self.study(count=2)
        done = run("fileset", "--link", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        objects = self.assert_whole(self.path("out"))
        self.assertEqual({os.stat(o).st_ino for o in objects}, {os.stat(f).st_ino for f in glob.glob(self.src + "/*")})
        self.assertEqual(os.stat(self.path("out", "README.TXT")).st_nlink, 1)

    def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(self):
        os.makedirs(self.src)
        out = self.path("out")
        self.assert_refused(run("disc", "--out", out, self.src), "no file")
        with open(os.path.join(self.src, "notes.txt"), "w", encoding="utf-8") as f:
            f.write("no image")
        self.assert_refused(run("disc", "--out", out, self.src), "none of 1 files")
        self.study(count=1)
        self.assert_refused(run("disc", "--out", self.path("absent", "out"), self.src), "write beside")
        self.assert_refused(run("disc", "--out", out, self.path("nowhere")), "No such file")
        self.assert_refused(run("disc", "--media", "cd", "--udf", "2.60", "--out", out, self.src), "UDF")
        self.assert_refused(run("disc", "--loaded", "cd,papyrus", "--out", out, self.src), "papyrus")
        self.assert_refused(run("disc", "--loaded", "cd", "--profile", "STD-GEN-BD", "--out", out, self.src),
                            "--loaded has no medium for profile STD-GEN-BD")
        self.assert_refused(run("disc", "--media", "cd", "--loaded", "cd", "--out", out, self.src), "auto")
        self.assert_refused(run("disc", "--forbidden", "burn", "--out", out, self.src), "leave-off, hold or as-is")
        self.assert_refused(run("disc", "--keys", "more", "--out", out, self.src), "augmented")
        self.assert_refused(run("disc", "--media", "cd", "--compress", "--out", out, self.src),
                            "STD-GEN-CD takes no lossless compression")
        self.assert_refused(run("disc", "--link", "--out", out, self.src), "fileset")
        self.assert_refused(run("disc", "--media", "cd", "--profile", "STD-GEN-DVD-JPEG", "--out", out,
                                self.src), "medium dvd")
        self.assert_refused(run("disc", "--media", "floppy", "--out", out, self.src), "floppy")
        self.assert_refused(run("disc", "--out", out), "no file or folder")
        self.assert_nothing_left()

    def test_no_name_of_a_patient_reaches_the_terminal(self):
        self.study(count=1, name="Geheim^Person")
        sampleset.ct(self.src + "/x.dcm", name="Geheim^Person", instance=5, sop_class="1.2.3.4")
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertNotIn("Geheim", done.stdout + done.stderr)

    def test_a_fileset_is_the_same_as_a_folder_and_never_overwrites(self):
        self.study(count=3)
        done = run("fileset", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.assert_whole(self.path("out"))), 3)
        self.assert_nothing_left("out", "out.json")
        again = run("fileset", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assert_refused(again, "not empty")

    @unittest.skipUnless(os.path.exists(WORK), "discwright-work is not built")
    def test_what_the_medium_does_not_allow_is_converted(self):
        self.study(count=1)
        sampleset.ct(self.src + "/implicit.dcm", instance=7, implicit=True)
        sampleset.ct(self.src + "/meta.dcm", instance=8, meta_uid="2.25.4711")
        done = run("disc", "--media", "cd", "--no-viewer", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr + json.dumps(self.report()["left_off"]))
        folder = self.open_image(self.path("out-1.iso"))
        for o in self.assert_whole(folder):
            out = subprocess.run(["dcmdump", "-q", "+P", "0002,0010", "+P", "0002,0003", "+P", "0008,0018",
                                  "-Un", o], capture_output=True, text=True, check=True).stdout
            values = [line.split("[")[1].split("]")[0] for line in out.splitlines() if "[" in line]
            self.assertEqual(values[0], sampleset.EXPLICIT_LE)
            self.assertEqual(values[1], values[2])

    @unittest.skipUnless(os.path.exists(WORK), "discwright-work is not built")
    def test_the_web_pages_show_previews(self):
        self.study(count=15)
        done = run("disc", "--media", "cd", "--out", self.path("out"), self.src)
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = self.open_image(self.path("out-1.iso"))
        self.assert_whole(folder)
        pictures = glob.glob(os.path.join(folder, "IHE_PDI", "*.JPG"))
        self.assertEqual(len(pictures), 9)
        for picture in pictures:
            with open(picture, "rb") as f:
                self.assertEqual(f.read(3), b"\xff\xd8\xff")


if __name__ == "__main__":
    if not os.path.exists(DISCWRIGHT) or not shutil.which("7z") or not shutil.which("dcmdump"):
        print("needs a built discwright, 7z and dcmdump")
        sys.exit(77)
    unittest.main(verbosity=2)
