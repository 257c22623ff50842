#!/usr/bin/python3
"""A drive reads forward: on every kind of image the directory and the pages lie in front, then the objects in the
order in which somebody reads them. Where a file lies is found by its bytes in the image, no file system is asked."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import discreaders
import sampleset

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
FIRST = {"DICOMDIR", "README.TXT", "INDEX.HTM"}


def content(path):
    with open(path, "rb") as f:
        return f.read()


class LayoutOrder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="dw-order-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        places = [(study, series, instance) for study in (2, 3, 1) for series in (10, 2) for instance in range(1, 13)]
        names = list(range(len(places)))
        random.Random(4).shuffle(names)  # the order of names says nothing
        cls.uids = {}
        for name, (study, series, instance) in zip(names, places):
            uid = sampleset.ct(f"{cls.dir}/in/{name:04d}", study=study, series=series, instance=instance, pixels=32)
            cls.uids[uid] = (-study, series, instance)  # the newest study first: its date is its number

    def make(self, media, *words):
        out = f"{self.dir}/{media}{len(words)}"
        done = subprocess.run([DISCWRIGHT, "disc", "--media", media, *words, "--out", out, self.dir + "/in"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [v["file"] for v in json.loads(content(out + ".json"))["volumes"]]

    def open_image(self, image):
        folder = tempfile.mkdtemp(dir=self.dir)
        subprocess.run(["7z", "x", "-o" + folder, image], check=True, stdout=subprocess.DEVNULL)
        return folder

    def order_of(self, image, folder):
        """Names of the files in the order of their first sectors."""
        names = [os.path.relpath(os.path.join(d, f), folder) for d, _, fs in os.walk(folder) for f in fs]
        found = discreaders.extents(image, folder, names)
        self.assertEqual(sorted(found), sorted(names))
        ordered = sorted((block, name) for name, block in found.items())
        for (block, name), (following, _) in zip(ordered, ordered[1:]):
            size = os.path.getsize(os.path.join(folder, name))
            self.assertLessEqual(block + (size + 2047) // 2048, following, name)
        return [name for _, name in ordered]

    def assert_in_order(self, image):
        folder = self.open_image(image)
        names = self.order_of(image, folder)
        objects = [n for n in names if n.startswith("DICOM/")]
        front = names[:names.index(objects[0])]
        self.assertEqual(front[0], "DICOMDIR")
        self.assertEqual(names, front + objects + ["MANIFEST.TXT"])
        self.assertLessEqual(FIRST, set(front))
        self.assertIn("IHE_PDI/INDEX.HTM", front)
        uids = discreaders.uids_in_files(os.path.join(folder, n) for n in objects)
        self.assertEqual(uids, sorted(uids, key=self.uids.get))
        records = discreaders.by_dcmtk(folder)
        self.assertEqual([(n.replace("/", "\\"), uid) for n, uid in zip(objects, uids)], records)
        return uids, folder

    def test_on_a_cd(self):
        self.assertEqual(len(self.assert_in_order(self.make("cd")[0])[0]), 72)

    def test_on_a_dvd(self):
        self.assertEqual(len(self.assert_in_order(self.make("dvd")[0])[0]), 72)

    def test_on_a_blu_ray_disc(self):
        self.assertEqual(len(self.assert_in_order(self.make("bd")[0])[0]), 72)

    def test_on_each_of_several_discs_with_its_pages_the_newest_study_first(self):
        images = self.make("cd", "--volume-size", "1MB")
        self.assertGreater(len(images), 1)
        seen = []
        for i, image in enumerate(images, 1):
            uids, folder = self.assert_in_order(image)
            seen += uids
            self.assertTrue(os.path.exists(folder + "/IHE_PDI/INDEX.HTM"))
            for page in ("README.TXT", "INDEX.HTM"):
                self.assertIn(f"disc {i} of {len(images)}".encode(), content(os.path.join(folder, page)))
            self.assertIn(f"Disc {i} of {len(images)}".encode(), content(folder + "/REPORT.TXT"))
        self.assertEqual(seen, sorted(self.uids, key=self.uids.get))


if __name__ == "__main__":
    if not os.path.exists(DISCWRIGHT) or not shutil.which("7z") or not shutil.which("dcmdump"):
        print("needs a built discwright, 7z and dcmdump")
        sys.exit(77)
    unittest.main(verbosity=2)
