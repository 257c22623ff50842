#!/usr/bin/python3
"""Names in every character set of the corpus: INDEX.HTM shows them in UTF-8 as pydicom decodes them, README.TXT stays
ASCII."""
import glob
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import warnings

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
DISCWRIGHT = os.path.join(BUILD, "bin", "discwright")
FOLDER = os.path.join(os.environ.get("DW_CORPUS", ""), "charset")


def shown(pn):
    """A name as people write it: family name, given name (the same in ideographs)."""
    groups = [", ".join(part for part in (group.split("^") + [""])[:2] if part) for group in str(pn).split("=")]
    ideographs = groups[1].replace(", ", " ") if len(groups) > 1 else ""
    return f"{groups[0]} ({ideographs})" if ideographs and groups[0] else groups[0] or ideographs


class Charsets(unittest.TestCase):
    def test_the_page_shows_each_name_as_it_was_meant(self):
        folder = tempfile.mkdtemp(prefix="dw-charset-")
        self.addCleanup(shutil.rmtree, folder, True)
        done = subprocess.run([DISCWRIGHT, "disc", "--media", "cd", "--no-viewer", "--out", folder + "/out", FOLDER],
                              capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        with open(folder + "/out.json", encoding="utf-8") as f:
            volumes = json.load(f)["volumes"]
        seen = set()
        for i, volume in enumerate(volumes):
            disc = f"{folder}/{i}"
            subprocess.run(["7z", "x", "-o" + disc, volume["file"]], check=True, stdout=subprocess.DEVNULL)
            data = pydicom.dcmread(glob.glob(disc + "/DICOM/*/*/*")[0], stop_before_pixels=True)
            with self.subTest(charset=str(data.get("SpecificCharacterSet"))):
                with open(disc + "/INDEX.HTM", encoding="utf-8") as f:
                    page = f.read()
                self.assertIn("charset=UTF-8", page)
                title = re.search(r"<h1>(.*?)</h1>", page, re.S).group(1)
                self.assertIn(shown(data.PatientName), html.unescape(re.sub("<[^>]*>", "", title)))
                with open(disc + "/README.TXT", encoding="ascii") as f:
                    f.read()
                seen.add(str(data.get("SpecificCharacterSet")))
        self.assertGreater(len(seen), 12)


if __name__ == "__main__":
    try:
        import pydicom
    except ImportError:
        pydicom = None
    if not pydicom or not os.path.isdir(FOLDER) or not os.path.exists(DISCWRIGHT) or not shutil.which("7z"):
        print("needs the corpus, pydicom, 7z and a built discwright")
        sys.exit(77)
    warnings.simplefilter("ignore")
    unittest.main(verbosity=2)
