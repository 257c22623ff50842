#!/usr/bin/python3
"""corpus_discs.py BUILD MEDIA [PROFILE]: every file of the corpus through `discwright disc`: it is on a disc, whole and
readable by programs that are not ours, or named with its reason. The counts add up, the judge finds the discs
conforming, and foreign readers find every file that a DICOMDIR names, with the SOP Instance UID it names."""
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import discreaders

BUILD, MEDIA, PROFILE = (sys.argv[1:4] + ["", "", ""])[:3]
PROFILE = PROFILE or {"cd": "STD-GEN-CD", "dvd": "STD-GEN-DVD-JPEG", "bd": "STD-GEN-BD"}.get(MEDIA, "")
CORPUS = os.environ.get("DW_CORPUS", "")
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
TOOLS = ("7z", "dcmdump", "dcmftest", "dcmj2pnm", "dcdirdmp", "gdcmscanner")
EXPLICIT_LE, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4."
# What a disc inherits from objects that are kept as they were received: a UID that is none.
INHERITED = {"DIR-UID", "FILE-UID"}
SYNTAXES = {"JPEG": {EXPLICIT_LE, JPEG + "70", JPEG + "50", JPEG + "51"}, "J2K": {EXPLICIT_LE, JPEG + "90", JPEG + "91"}}


def content(path):
    with open(path, "rb") as f:
        return f.read()


def sha256(path):
    return hashlib.sha256(content(path)).hexdigest()


LEGAL_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*")


class Disc:
    """An image taken apart: what each reader says of it."""

    def __init__(self, image, folder):
        self.image, self.folder = image, folder
        subprocess.run(["7z", "x", "-o" + folder, image], check=True, stdout=subprocess.DEVNULL)
        self.files = sorted("/" + os.path.relpath(os.path.join(d, f), folder)
                            for d, _, names in os.walk(folder) for f in names)
        self.objects = [os.path.join(folder, f[1:]) for f in self.files if f.startswith("/DICOM/")]
        self.seen = {name: read(image) for name, read in READERS.items()}
        self.records = discreaders.by_dcmtk(folder)
        self.check = subprocess.run([DISCWRIGHT, "check", "--json", image], capture_output=True, text=True)
        listed = subprocess.run(["sha256sum", "-c", "--quiet", "MANIFEST.TXT"], cwd=folder, capture_output=True,
                                text=True)
        self.manifest = listed.stdout + listed.stderr
        self.named = discreaders.by_dicom3tools(folder)
        self.in_files = discreaders.uids_in_files(self.path(file_id) for file_id, _ in self.records)
        self.gdcm = discreaders.output("gdcmscanner", "-p", "-r", "-d", folder + "/DICOM", "-t", "0008,0018").decode()
        self.ftest = discreaders.output("dcmftest", *self.objects).decode()

    def path(self, file_id):
        return os.path.join(self.folder, *file_id.split("\\"))


READERS = {}


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        READERS.update(discreaders.readers_of(MEDIA))
        cls.dir = tempfile.mkdtemp(prefix="dw-corpus-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        cls.made = subprocess.run([DISCWRIGHT, "disc", "--media", MEDIA, "--profile", PROFILE, "--institution", "Klinik Süd",
                                  "--out", cls.dir + "/out", CORPUS], capture_output=True, text=True)
        cls.sources = sorted(os.path.join(d, f) for d, _, names in os.walk(CORPUS) for f in names)
        if cls.made.returncode not in (0, 1):
            raise unittest.SkipTest("no disc was made: " + cls.made.stderr)
        cls.report = json.loads(content(cls.dir + "/out.json"))
        images = [v["file"] for v in cls.report["volumes"]]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            cls.discs = list(pool.map(lambda i: Disc(images[i], f"{cls.dir}/disc{i + 1}"), range(len(images))))

    def each(self, judge):
        for disc in self.discs:
            with self.subTest(disc=os.path.basename(disc.image)):
                judge(disc)

    def test_a_disc_is_made_and_says_what_it_is(self):
        self.assertEqual(self.made.returncode, 1, self.made.stderr)  # the corpus has files that are no DICOM
        self.assertEqual((self.report["media"], self.report["profile"]), (MEDIA, PROFILE))

    def test_every_file_is_in_exactly_one_place(self):
        counts = self.report["counts"]
        self.assertEqual(counts["files"], len(self.sources))
        self.assertEqual(counts["files"], sum(n for name, n in counts.items() if name != "files"))
        self.assertEqual(counts["on_discs"], sum(len(disc.objects) for disc in self.discs))
        self.assertGreater(counts["on_discs"], 150)
        self.assertTrue(all(row["reason"] for row in self.report["left_off"]))

    def test_what_is_not_named_as_left_off_is_on_a_disc(self):
        left_off = {row["path"] for row in self.report["left_off"]}
        hashes = {sha256(o) for disc in self.discs for o in disc.objects}
        uids = {uid for disc in self.discs for uid in disc.in_files}
        converted = 0
        for source in self.sources:
            if source in left_off or os.path.basename(source).upper() == "DICOMDIR" or sha256(source) in hashes:
                continue
            with self.subTest(source=os.path.relpath(source, CORPUS)):
                self.assertIn(discreaders.uid_by_pydicom(source), uids)
                converted += 1
        # one of them can become what another was when it came
        self.assertLessEqual(converted, self.report["converted"])
        self.assertGreater(converted, self.report["converted"] - 3)

    def test_each_disc_is_whole(self):
        def judge(disc):
            self.assertEqual(disc.manifest, "")

        self.each(judge)

    def test_the_judge_finds_each_disc_conforming(self):
        def judge(disc):
            report = json.loads(disc.check.stdout)
            errors = {f["code"] for f in report["findings"] if f["severity"] == "error"}
            self.assertLessEqual(errors, INHERITED, disc.check.stdout[-3000:])
            if errors:
                text = discreaders.output("dcmdump", "-q", "-Un", *disc.objects).decode("latin-1")
                uids = [v for line in re.findall(r" UI \[([^\]]*)\]", text) for v in line.split("\\")]
                self.assertTrue([v for v in uids if not LEGAL_UID.fullmatch(v) or len(v) > 64], "no UID is wrong")

        self.each(judge)

    def test_foreign_file_systems_show_the_same_files(self):
        def judge(disc):
            for name, files in disc.seen.items():
                self.assertEqual(sorted(files), disc.files, name)

        self.each(judge)

    def test_every_record_leads_to_a_file_with_its_uid(self):
        def judge(disc):
            self.assertEqual(sorted(disc.path(file_id) for file_id, _ in disc.records), sorted(disc.objects))
            self.assertEqual([uid for _, uid in disc.records], disc.in_files)
            self.assertEqual(len(set(disc.in_files)), len(disc.in_files))
            self.assertNotIn("no:", disc.ftest)

        self.each(judge)

    def test_dicom3tools_gdcm_and_pydicom_find_them_too(self):
        def judge(disc):
            self.assertEqual(sorted(disc.named), sorted(file_id for file_id, _ in disc.records))
            for uid in disc.in_files:
                self.assertIn(uid, disc.gdcm)
            rows = discreaders.by_pydicom(disc.folder)
            if rows is None:
                return
            self.assertEqual(sorted(row[:2] for row in rows), sorted(disc.records))
            for file_id, expected, found in rows:
                self.assertEqual(expected, found, file_id)

        self.each(judge)

    def test_only_transfer_syntaxes_of_the_profile_are_on_a_disc(self):
        allowed = SYNTAXES.get(PROFILE.rsplit("-", 1)[-1], {EXPLICIT_LE})
        def judge(disc):
            text = discreaders.output("dcmdump", "-q", "-Un", "+P", "0004,1512", disc.folder + "/DICOMDIR").decode()
            self.assertLessEqual({line.split("[")[1].split("]")[0] for line in text.splitlines() if "[" in line}, allowed)

        self.each(judge)

    def decodable(self):
        """SHA-256 of the files that DCMTK decodes, and SOP Instance UIDs under which it decodes every file; what only
        GDCM decodes is JPEG 2000 as a rule."""
        hashes, good, bad = set(), set(), set()
        with open(os.path.join(CORPUS, "INDEX.tsv"), encoding="utf-8") as f:
            head = f.readline().rstrip("\n").split("\t")
            for line in f:
                row = dict(zip(head, line.rstrip("\n").split("\t")))
                uid = discreaders.uid_by_pydicom(os.path.join(CORPUS, row["file"]))
                if "dcmj2pnm: ok" in row["pixel_decode"]:
                    hashes.add(row["sha256"])
                    good.add(uid)
                elif "JPEG 2000" in row["transfer_syntax"] and ": ok" in row["pixel_decode"]:
                    good.add(uid)
                else:
                    bad.add(uid)
        return hashes, good - bad

    def test_pixels_that_could_be_decoded_before_can_be_now(self):
        hashes, uids = self.decodable()
        sources = {sha256(source) for source in self.sources}
        tried = []
        for disc in self.discs:
            for (file_id, _), uid in zip(disc.records, disc.in_files):
                digest = sha256(disc.path(file_id))
                # what was converted became plain or JPEG, which every decoder knows
                if digest in hashes or (digest not in sources and uid in uids and "J2K" not in PROFILE):
                    tried.append((disc, disc.path(file_id)))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda row: subprocess.run(["dcmj2pnm", "-q", "+F", "1", "+Wm", row[1], "/dev/null"],
                                                               capture_output=True, text=True), tried))
        for (disc, path), result in zip(tried, results):
            with self.subTest(disc=os.path.basename(disc.image), object=os.path.relpath(path, disc.folder)):
                self.assertEqual(result.returncode, 0, result.stderr[-300:])
        self.assertGreater(len(tried), 50)


if __name__ == "__main__":
    if not os.path.isdir(CORPUS) or not os.path.exists(DISCWRIGHT) or not all(map(shutil.which, TOOLS)):
        print("needs the corpus, a built discwright and " + ", ".join(TOOLS))
        sys.exit(77)
    try:
        import pydicom  # noqa: F401
    except ImportError:
        print("needs pydicom")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
