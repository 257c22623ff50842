#!/usr/bin/python3
"""discwright master, seen from outside with isoinfo, xorriso, 7z and udfinfo."""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
TOOLS = ("isoinfo", "xorriso", "7z", "udfinfo")
KINDS = (("--media", "cd"), ("--media", "cd", "--joliet"), ("--media", "dvd"), ("--media", "dvd", "--udf", "1.50"),
         ("--media", "dvd", "--udf", "2.01", "--joliet"), ("--media", "dvd-dl", "--no-iso"), ("--media", "bd"),
         ("--media", "bd-50", "--udf", "2.50"))


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
        self.file("A/B/BLOCK", os.urandom(2048))

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

    def contents(self, folder):
        found = {}
        for at, folders, names in os.walk(folder):
            for name in names:
                path = os.path.join(at, name)
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = hashlib.sha256(f.read()).hexdigest()
            for name in folders:
                found[os.path.relpath(os.path.join(at, name), folder) + "/"] = ""
        return found

    def seven_zip(self, kind):
        out = os.path.join(self.dir, "7z-" + kind)
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run(["7z", "x", "-t" + kind, "-o" + out, self.iso], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
        shutil.rmtree(os.path.join(out, "[BOOT]"), ignore_errors=True)
        return self.contents(out)

    def xorriso(self, *options):
        out = os.path.join(self.dir, "xorriso")
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run(["xorriso", "-abort_on", "FAILURE", *options, "-osirrox", "on", "-indev", self.iso, "-extract",
                        "/", out], check=True, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        subprocess.run(["chmod", "-R", "u+rwX", out], check=True)
        return self.contents(out)

    def isoinfo(self):
        listed = subprocess.run(["isoinfo", "-i", self.iso, "-f"], capture_output=True, text=True,
                                check=True).stdout.split("\n")[:-1]
        found = {}
        for name in listed:
            if ";1" in name:
                data = subprocess.run(["isoinfo", "-i", self.iso, "-x", name], capture_output=True, check=True).stdout
                found[name[1:].removesuffix(";1").removesuffix(".")] = hashlib.sha256(data).hexdigest()
        return found

    def make(self, *options):
        done = run("--label", "TEST_1", "--out", self.iso, *options, self.src, SOURCE_DATE_EPOCH="1767225600")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_every_kind_of_image_gives_every_reader_the_same_files(self):
        want = self.contents(self.src)
        files = {name: data for name, data in want.items() if data}
        for options in KINDS:
            with self.subTest(options=options):
                done = self.make(*options)
                self.assertEqual(done.stderr, "")
                bd, no_iso = options[1].startswith("bd"), "--no-iso" in options
                if options[1] != "cd":
                    self.assertEqual(self.seven_zip("udf"), want)
                    info = subprocess.run(["udfinfo", self.iso], capture_output=True, text=True, check=True).stdout
                    revision = options[options.index("--udf") + 1] if "--udf" in options else "2.60" if bd else "1.02"
                    self.assertIn("udfrev=" + ("2.50" if revision == "2.60" else revision), info)
                    self.assertIn("label=TEST_1\n", info)
                    self.assertIn("numfiles=4\n", info)
                if bd or no_iso:
                    self.assertNotEqual(subprocess.run(["isoinfo", "-d", "-i", self.iso],
                                                       capture_output=True).returncode, 0)
                    continue
                self.assertEqual(self.seven_zip("iso"), want)
                self.assertEqual(self.xorriso(), want)
                self.assertEqual(self.isoinfo(), files)
                head = subprocess.run(["isoinfo", "-d", "-i", self.iso], capture_output=True, text=True,
                                      check=True).stdout
                self.assertIn("Volume id: TEST_1\n", head)
                self.assertIn("NO Rock Ridge present", head)
                self.assertRegex(head, "Data preparer id: DISCWRIGHT [0-9.]+\n")
                self.assertEqual("NO Joliet present" in head, "--joliet" not in options)

    def strange_tree(self):
        self.file("lower case, with blanks.text", b"1")
        self.file("Größe/日本語.dcm", b"2")
        self.file("Größe/日本誌.dcm", b"3")
        self.file("Größe/\N{GRINNING FACE}", b"4")
        self.file(".hidden", b"5")
        self.file("/".join(["deep folder"] * 20) + "/file", b"6")
        for i in range(300):
            self.file(f"same/a long name that differs at its end {i}.txt", f"same {i}".encode())
        os.makedirs(os.path.join(self.src, "an empty folder"))

    def test_names_of_all_kinds_are_whole_in_udf_and_unique_in_iso(self):
        self.strange_tree()
        want = self.contents(self.src)
        for options in KINDS:
            with self.subTest(options=options):
                done = self.make(*options)
                if options[1] != "cd":
                    self.assertEqual(self.seven_zip("udf"), want)
                if options[1].startswith("bd") or "--no-iso" in options:
                    self.assertEqual(done.stderr, "")
                    continue
                self.assertIn("ISO 9660 shows 3", done.stderr)
                self.assertIn("21 levels", done.stderr)
                shown = subprocess.run(["isoinfo", "-i", self.iso, "-f"], capture_output=True, text=True,
                                       check=True).stdout.splitlines()
                self.assertEqual(len(set(shown)), len(want))
                for name in shown:
                    self.assertRegex(name, "^(/[A-Z0-9_]{1,8})+([.][A-Z0-9_]{0,3};1)?$")
                self.assertIn("/LOWER_CA.TEX;1", shown)
                self.assertEqual(sorted(self.xorriso("-read_fs", "nojoliet").values()), sorted(want.values()))
                if "--joliet" in options:
                    self.assertEqual(self.xorriso(), {name.replace("\N{GRINNING FACE}", "_"): data
                                                      for name, data in want.items()})

    def test_eight_levels_with_the_root_are_what_iso_has(self):
        self.file("/".join("ABCDEFG") + "/FILE", b"1")
        self.assertEqual(self.make("--media", "cd").stderr, "")
        self.file("/".join("ABCDEFGH") + "/FILE", b"1")
        self.assertIn("9 levels", self.make("--media", "cd").stderr)

    def test_times_are_kept(self):
        os.utime(os.path.join(self.src, "README.TXT"), (1e9, 1e9))
        self.make("--media", "dvd")
        out = subprocess.run(["7z", "l", "-tudf", self.iso], capture_output=True, text=True,
                             env={**os.environ, "TZ": "UTC"}).stdout
        self.assertRegex(out, "2001-09-09 01:46:40.*README.TXT")
        out = subprocess.run(["isoinfo", "-l", "-i", self.iso], capture_output=True, text=True).stdout
        self.assertRegex(out, "Sep +9 2001.*README.TXT")

    def test_a_manifest_names_every_file_and_chunks_are_written(self):
        chunks = os.path.join(self.dir, "chunks")
        self.make("--media", "bd", "--manifest", "--chunks", chunks)
        self.assertTrue(os.path.getsize(chunks) > 16)
        out = os.path.join(self.dir, "out")
        subprocess.run(["7z", "x", "-tudf", "-o" + out, self.iso], check=True, stdout=subprocess.DEVNULL)
        checked = subprocess.run(["sha256sum", "-c", "MANIFEST.TXT"], cwd=out, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertEqual(len(checked.stdout.splitlines()), 4)

    def test_what_is_no_file_is_refused_by_name(self):
        os.symlink("README.TXT", os.path.join(self.src, "A", "LINK"))
        os.mkfifo(os.path.join(self.src, "PIPE"))
        self.assert_refused(run("--media", "dvd", "--out", self.iso, self.src), "'PIPE'", "a pipe", "2 such")
        os.unlink(os.path.join(self.src, "PIPE"))
        self.assert_refused(run("--media", "dvd", "--out", self.iso, self.src), "'A/LINK'", "symbolic link", "1 such")

    def test_a_name_that_is_not_utf_8_is_refused(self):
        with open(os.path.join(os.fsencode(self.src), b"bad\xff"), "wb"):
            pass
        self.assert_refused(run("--media", "bd", "--out", self.iso, self.src), "'bad?'", "UTF-8")

    def test_twenty_thousand_files_in_one_folder(self):
        for i in range(20000):
            self.file(f"many/{i}.dcm", b"%d" % i)
        for options in (("--media", "bd"), ("--media", "dvd")):
            self.make(*options)
            self.assertEqual(self.seven_zip("udf"), self.contents(self.src))

    def test_the_same_folder_gives_the_same_image(self):
        self.strange_tree()
        for options in KINDS:
            images = []
            for _ in range(2):
                self.make(*options)
                with open(self.iso, "rb") as f:
                    images.append(f.read())
                for at, _, names in os.walk(self.src):
                    for name in names:
                        os.utime(os.path.join(at, name)) # later than SOURCE_DATE_EPOCH: no matter
            self.assertEqual(images[0], images[1])

    def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(self):
        self.assert_refused(run("--media", "bd", "--udf", "1.02", "--out", self.iso, self.src), "UDF 1.02")
        self.assert_refused(run("--media", "dvd", "--udf", "3", "--out", self.iso, self.src), "--udf")
        self.assert_refused(run("--media", "bd", "--joliet", "--out", self.iso, self.src), "Joliet")
        self.assert_refused(run("--media", "cd", "--no-iso", "--out", self.iso, self.src), "ISO 9660")
        self.assert_refused(run("--media", "cd", "--publisher", "é", "--out", self.iso, self.src), "publisher")
        self.assert_refused(run("--media", "floppy", "--out", self.iso, self.src), "dvd-dl")
        self.assert_refused(run("--media", "cd", "--volume-size", "100KB", "--out", self.iso, self.src))
        self.assert_refused(run("--media", "cd", "--out", self.dir + "/absent/x.iso", self.src))
        self.assert_refused(run("--media", "cd", "--out", self.iso, self.dir + "/nowhere"))
        self.assert_refused(run("--media", "cd", "--label", "too bad", "--out", self.iso, self.src))
        self.assert_refused(run("--out", self.iso, self.src), "--media")
        shutil.rmtree(self.src)
        os.makedirs(self.src)
        self.assert_refused(run("--media", "cd", "--out", self.iso, self.src), "no file")


if __name__ == "__main__":
    if not os.path.exists(DISCWRIGHT) or not all(shutil.which(tool) for tool in TOOLS):
        print("needs a built discwright, " + ", ".join(TOOLS))
        sys.exit(77)
    unittest.main(verbosity=2)
