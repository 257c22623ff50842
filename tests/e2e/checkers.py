"""Checkers of discs that are not ours, and what each complains about. A checker takes an image and the folder of its
files and returns the sentences of its complaint, without numbers of blocks, names and addresses."""
import re
import shutil
import warnings

import judging
from judging import BUILD

NOISE = re.compile(r"0x[0-9a-fA-F]+|\d+|'[^']*'|<[^>]*>|\[[^\]]*\]")


def run(*words):
    """Some of them never end on a disc with a loop in it."""
    return judging.run("prlimit", "--cpu=10", *words)


def lines(text, pattern):
    """Those that match, each once, with what differs from disc to disc taken out."""
    return {" ".join(NOISE.sub("#", line).split()) for line in text.splitlines() if re.search(pattern, line)}


def seven_zip(image, folder):
    done = run("7z", "t", image)
    return lines(done.stdout + done.stderr, r"(?i)error|warning|not archive|unexpected") | \
        ({"7z ends with an error"} if done.returncode else set())


def isoinfo(image, folder):
    done = run("isoinfo", "-l", "-i", image)
    return lines(done.stderr, ".") | ({"isoinfo ends with an error"} if done.returncode else set())


def isovfy(image, folder):
    done = run("isovfy", image)
    return lines(done.stdout + done.stderr, r"^\*\*|(?i:error)") - {"No errors found"}


def udfinfo(image, folder):
    done = run("udfinfo", image)
    return lines(done.stderr, "(?i)error|warning") | lines(done.stdout, r"^integrity=(?!closed)")


def libudfread(image, folder):
    done = run(BUILD / "tests" / "udf_libudfread", image)
    return lines(done.stderr, ".") | ({"libudfread cannot read it"} if done.returncode else set())


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file() and "DICOM" in p.relative_to(folder).parts[0].upper())


def dcmdump(image, folder):
    done = run("dcmdump", "-q", "-E", *files(folder)), run("dcmdump", "-v", *files(folder))
    return lines(done[1].stderr, r"^[WEF]:") | ({"dcmdump ends with an error"} if done[0].returncode else set())


def dcmftest(image, folder):
    return lines(run("dcmftest", *files(folder)).stdout, "^no:")


def dcdirdmp(image, folder):
    done = run("dcdirdmp", folder / "DICOMDIR")
    return lines(done.stdout + done.stderr, r"(?i)\b(error|warning|bad|missing|assert)") | \
        ({"dcdirdmp ends with an error"} if done.returncode else set())


def dciodvfy(image, folder):
    text = "".join(run("dciodvfy", path).stderr for path in files(folder))
    return lines(text, "^(Error|Warning)|(?i:assert)")


def dcentvfy(image, folder):
    objects = [p for p in files(folder) if p.name != "DICOMDIR"]
    return lines(run("dcentvfy", *objects).stderr, "^(Error|Warning)")


def pydicom(image, folder):
    from pydicom.fileset import FileSet
    found = set()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            for instance in FileSet(str(folder / "DICOMDIR")):
                instance.load().SOPInstanceUID
        except Exception as error:  # whatever it raises is its complaint
            found.add(type(error).__name__)
        found |= {str(w.message) for w in told if not issubclass(w.category, (DeprecationWarning, ResourceWarning))}
    return lines("\n".join(found), ".")


def gdcm(image, folder):
    done = run("gdcminfo", folder / "DICOMDIR"), run("gdcmscanner", "-p", "-r", "-d", folder, "-t", "0008,0018")
    return lines(done[0].stderr, "(?i)error|warning|could not|fail") | lines(done[1].stdout, "(?i)could not read")


VOLUME = {"7z": seven_zip, "isoinfo": isoinfo, "isovfy": isovfy, "udfinfo": udfinfo,
          "libudfread": libudfread}
DICOM = {"dcmdump": dcmdump, "dcmftest": dcmftest, "dcdirdmp": dcdirdmp, "dciodvfy": dciodvfy, "dcentvfy": dcentvfy,
         "pydicom": pydicom, "gdcm": gdcm}
# Which of them read which medium.
SEES = {"cd": ("7z", "isoinfo", "isovfy"), "dvd": tuple(VOLUME), "bd": ("7z", "udfinfo", "libudfread")}


def extract(image, folder):
    shutil.rmtree(folder, ignore_errors=True)
    run("7z", "x", "-y", f"-o{folder}", image)


def complaints(image, folder, media, wanted=None):
    """{checker: its complaints}, of those that have any."""
    found = {name: VOLUME[name](image, folder) for name in SEES[media]}
    if (folder / "DICOMDIR").is_file():
        found.update({name: check(image, folder) for name, check in DICOM.items()})
    return {name: told for name, told in found.items() if told}
