#!/usr/bin/python3
"""UDF of every revision, seen by readers that are not ours: 7z, udfinfo, libudfread. What is left out where a reader is
not installed is said; without any of them the test is skipped."""
import collections
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else "build")
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
LIBUDFREAD = os.path.join(BUILD, "tests", "udf_libudfread")
BLOCK = 2048
MADE_AT = 1700000000
# medium, revision, ISO 9660 beside it
VOLUMES = [("dvd", "1.02", True), ("dvd", "1.02", False), ("dvd", "1.50", False), ("dvd", "2.00", False),
           ("dvd", "2.01", True), ("bd", "2.50", False), ("bd", "2.60", False)]
READERS = [name for name, there in (("7z", shutil.which("7z")), ("udfinfo", shutil.which("udfinfo")),
                                    ("libudfread", os.path.exists(LIBUDFREAD))) if there]


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def walk(folder):
    """{relative path: (size, SHA-256)} with None for folders."""
    found = {}
    for where, folders, files in os.walk(folder):
        for name in folders:
            found[os.path.relpath(os.path.join(where, name), folder)] = None
        for name in files:
            path = os.path.join(where, name)
            found[os.path.relpath(path, folder)] = (os.path.getsize(path), sha256(path))
    return found


def fill(folder):
    def file(name, data):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        os.utime(path, (MADE_AT, 946684800 + len(data)))

    for i in range(300):
        file(f"DICOM/ST{i // 100:06}/SE{i // 30:06}/IM{i:06}", bytes((i * k) % 251 for k in range(i * 37)))
    for i in range(5000):
        file("many/" + "longer name"[:i % 11] + str(i), b"%d" % i)
    file("EMPTY", b"")
    file("README.TXT", b"read me\r\n")
    file("exactly one block", b"x" * BLOCK)
    file("a/b/c/d/e/f/g/h/i/j/k/l/deep", b"deep")
    for name in ("Größe ÿ", "日本語", "Ωmega", "mix äΩ", "😀 smile", "x" * 254, "日" * 84, "1.2.3 a;1", "two  blanks"):
        file("Müller/" + name, name.encode())
    os.makedirs(os.path.join(folder, "an empty folder/and another"))


def libudfread_list(image):
    done = subprocess.run([LIBUDFREAD, image], capture_output=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode(errors="replace"))
    found = {}
    for line in done.stdout.split(b"\n")[:-1]:
        # It writes each half of a surrogate pair by itself.
        text = line.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
        if text.startswith("D "):
            found[text[3:]] = None
        else:
            _, size, digest, path = text.split(" ", 3)
            found[path[1:]] = (int(size), digest)
    return found


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="dw-udf-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        cls.source = os.path.join(cls.dir, "in")
        fill(cls.source)
        cls.wanted = walk(cls.source)
        cls.images = {}
        for media, revision, iso in VOLUMES:
            image = os.path.join(cls.dir, f"{media}-{revision}-{iso}.iso")
            cls.master(media, revision, iso, cls.source, image)
            cls.images[media, revision, iso] = image

    @staticmethod
    def master(media, revision, iso, source, image):
        words = [DISCWRIGHT, "master", "--media", media, "--udf", revision, "--label", "TEST_1", "--out", image]
        if media == "dvd" and not iso:
            words.append("--no-iso")
        done = subprocess.run(words + [source], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def each(self, reader):
        if reader not in READERS:
            self.skipTest(reader + " is not installed")
        for key, image in self.images.items():
            with self.subTest(volume=key):
                yield *key, image

    def assert_same(self, found, wanted=None):
        wanted = self.wanted if wanted is None else wanted
        self.assertEqual(sorted(wanted.keys() - found.keys())[:3], [])
        self.assertEqual(sorted(found.keys() - wanted.keys())[:3], [])
        self.assertEqual([n for n in wanted if found[n] != wanted[n]][:3], [])

    def test_7z_extracts_every_file_and_its_time(self):
        for media, revision, iso, image in self.each("7z"):
            out = os.path.join(self.dir, "7z")
            done = subprocess.run(["7z", "x", "-tudf", "-y", "-o" + out, image], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("Everything is Ok", done.stdout)
            self.assertNotIn("Warning", done.stdout)
            self.assert_same(walk(out))
            for name in ("README.TXT", "DICOM/ST000001/SE000004/IM000123", "many/l4940"):
                self.assertEqual(int(os.stat(os.path.join(out, name)).st_mtime),
                                 int(os.stat(os.path.join(self.source, name)).st_mtime))
            shutil.rmtree(out)

    def test_udfinfo_finds_a_closed_volume_with_right_counts_and_all_anchors(self):
        files = sum(entry is not None for entry in self.wanted.values())
        for media, revision, iso, image in self.each("udfinfo"):
            done = subprocess.run(["udfinfo", "--locale", image], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr, "")
            lines = [line.split("=", 1) for line in done.stdout.splitlines()]
            said = dict(lines)
            places = collections.defaultdict(list)
            for key, value in lines:
                if key == "start":
                    start, _, kind = value.split(", ")
                    places[kind.removeprefix("type=")].append(int(start))
            blocks = os.path.getsize(image) // BLOCK
            last = blocks - 1
            wanted = {"label": "TEST_1", "lvid": "TEST_1", "vid": "TEST_1", "fsid": "TEST_1", "blocksize": "2048",
                      "blocks": str(blocks), "numfiles": str(files), "numdirs": str(len(self.wanted) - files + 1),
                      "udfrev": "2.50" if revision == "2.60" else revision, "udfwriterev": revision, "freeblocks": "0",
                      "integrity": "closed", "accesstype": "readonly", "softwriteprotect": "yes",
                      "hardwriteprotect": "yes"}
            self.assertEqual({key: said.get(key) for key in wanted}, wanted)
            self.assertEqual(places["ANCHOR"], [256, last - 256, last] if media == "bd" else [256, last])
            self.assertEqual(places["MVDS"], [32])
            self.assertEqual(places["RVDS"], [last - 255] if media == "bd" else [48])
            self.assertEqual(blocks % (32 if media == "bd" else 16), 0)

    def test_libudfread_reads_every_file(self):
        for media, revision, iso, image in self.each("libudfread"):
            self.assert_same(libudfread_list(image))

    def test_a_bd_is_read_by_its_mirror_and_its_reserve_when_the_first_copies_are_gone(self):
        if "libudfread" not in READERS:
            self.skipTest("libudfread is not installed")
        for first, count in ((288, 1), (32, 16)): # the metadata file's entry; the main descriptors
            with self.subTest(first=first):
                image = os.path.join(self.dir, "hurt.iso")
                shutil.copyfile(self.images["bd", "2.60", False], image)
                with open(image, "r+b") as f:
                    f.seek(first * BLOCK)
                    f.write(bytes(count * BLOCK))
                self.assert_same(libudfread_list(image))
                os.unlink(image)

    def test_a_file_of_4_gib_and_one_byte_is_whole(self):
        size = (1 << 32) + 1
        source, image = os.path.join(self.dir, "big"), os.path.join(self.dir, "big.iso")
        if shutil.disk_usage(self.dir).free < 3 * size or "libudfread" not in READERS:
            self.skipTest("no room for an image of 4 GiB, or nobody to read it")
        os.mkdir(source)
        with open(os.path.join(source, "BIG.DCM"), "wb") as f:
            for at in (0, 0x3FFFF800, 0x7FFFF000, size - 1): # on both sides of the borders of its extents
                f.seek(max(at - 3, 0))
                f.write(b"%07x" % at if at != size - 1 else b"last")
            self.assertEqual(f.tell(), size)
        with open(os.path.join(source, "Z"), "wb") as f:
            f.write(b"behind it")
        self.master("bd", "2.60", False, source, image)
        self.assert_same(libudfread_list(image), walk(source))


if __name__ == "__main__":
    if not READERS:
        print("skipped: neither 7z nor udfinfo nor libudfread is installed")
        sys.exit(77)
    print("readers:", ", ".join(READERS))
    unittest.main()
