#!/usr/bin/python3
"""discwright master, seen from outside with isoinfo and 7z."""
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")


def run(*args, **env):
    return subprocess.run([DISCWRIGHT, "master", *args], capture_output=True, text=True,
                          env={**os.environ, **env})


class Master(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="dw-master-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.src = os.path.join(self.dir, "in")
        self.iso = os.path.join(self.dir, "out.iso")
        self.file("README.TXT", b"read me\r\n")
        self.file("A/B/C/DATA.BIN", os.urandom(100001))
        self.file("EMPTY", b"")

    def file(self, name, data):
        path = os.path.join(self.src, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)

    def assert_refused(self, result, *words):
        self.assertGreater(result.returncode, 1)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(os.listdir(self.dir), ["in"])

    def test_a_folder_becomes_an_image_with_the_same_files(self):
        for media in ("cd", "dvd"):
            done = run("--media", media, "--label", "TEST_1", "--out", self.iso, self.src)
            self.assertEqual(done.returncode, 0, done.stderr)
            out = os.path.join(self.dir, media)
            subprocess.run(["7z", "x", "-o" + out, self.iso], check=True, stdout=subprocess.DEVNULL)
            for name in ("README.TXT", "A/B/C/DATA.BIN", "EMPTY"):
                self.assertTrue(filecmp.cmp(os.path.join(self.src, name), os.path.join(out, name),
                                            shallow=False))
            head = subprocess.run(["isoinfo", "-d", "-i", self.iso], capture_output=True,
                                  text=True, check=True).stdout
            self.assertIn("Volume id: TEST_1\n", head)
            self.assertIn("NO Joliet present", head)
            self.assertIn("NO Rock Ridge present", head)

    def test_the_same_folder_gives_the_same_image(self):
        images = []
        for _ in range(2):
            done = run("--media", "cd", "--out", self.iso, self.src, SOURCE_DATE_EPOCH="1767225600")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(self.iso, "rb") as f:
                images.append(f.read())
        self.assertEqual(images[0], images[1])

    def test_a_name_that_is_not_legal_is_one_sentence(self):
        self.file("lower.txt", b"x")
        self.assert_refused(run("--media", "cd", "--out", self.iso, self.src), "lower.txt")

    def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(self):
        self.assert_refused(run("--media", "bd", "--out", self.iso, self.src), "UDF")
        self.assert_refused(run("--media", "cd", "--volume-size", "100KB", "--out", self.iso, self.src))
        self.assert_refused(run("--media", "cd", "--out", self.dir + "/absent/x.iso", self.src))
        self.assert_refused(run("--media", "cd", "--out", self.iso, self.dir + "/nowhere"))
        self.assert_refused(run("--media", "cd", "--label", "too bad", "--out", self.iso, self.src))
        self.assert_refused(run("--out", self.iso, self.src), "--media")
        shutil.rmtree(self.src)
        os.makedirs(self.src)
        self.assert_refused(run("--media", "cd", "--out", self.iso, self.src), "no file")


if __name__ == "__main__":
    if not os.path.exists(DISCWRIGHT) or not shutil.which("7z") or not shutil.which("isoinfo"):
        print("needs a built discwright, 7z and isoinfo")
        sys.exit(77)
    unittest.main(verbosity=2)
