"""Readers of discs that are not ours: what each of them sees of an image. A reader that is not installed is
None in `missing` terms: readers_of() leaves it out and says so once."""
import ctypes
import ctypes.util
import os
import re
import shutil
import subprocess
import sys

SECTOR = 2048


def output(*words):
    """Standard output; the tools of this trade warn on the other and end with anything."""
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout


def isoinfo(image):
    """Files of the ISO 9660 tree, without the versions. Folders end the same way: they are prefixes of files."""
    names = {line.split(";")[0].rstrip(".") for line in
             output("isoinfo", "-f", "-i", image).decode("latin-1").splitlines()}
    return {n for n in names if not any(other.startswith(n + "/") for other in names)}


def xorriso(image):
    return {line.strip("'") for line in
            output("xorriso", "-indev", image, "-find", "/", "-type", "f").decode("latin-1").splitlines()
            if line.startswith("'/")}


def seven_zip(image):
    names, name, folder = set(), None, False
    for line in output("7z", "l", "-slt", image).decode("latin-1").split("----------")[-1].splitlines() + [""]:
        if line.startswith("Path = "):
            name, folder = line[7:], False
        elif line == "Folder = +":
            folder = True
        elif not line and name:
            if not folder:
                names.add("/" + name)
            name = None
    return names


class _Entry(ctypes.Structure):
    _fields_ = [("type", ctypes.c_uint), ("name", ctypes.c_char_p)]


def _library():
    try:
        library = ctypes.CDLL("libudfread.so.0")
    except OSError:
        return None
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, arguments in (("init", pointer, []), ("open", ctypes.c_int, [pointer, text]),
                                    ("close", None, [pointer]), ("opendir", pointer, [pointer, text]),
                                    ("readdir", pointer, [pointer, ctypes.POINTER(_Entry)]),
                                    ("closedir", None, [pointer]), ("get_volume_id", text, [pointer]),
                                    ("file_open", pointer, [pointer, text]), ("file_close", None, [pointer]),
                                    ("file_size", ctypes.c_int64, [pointer]),
                                    ("file_read", ctypes.c_ssize_t, [pointer, text, ctypes.c_size_t])):
        function = getattr(library, "udfread_" + name)
        function.restype, function.argtypes = result, arguments
    return library


_udfread = _library()


def udfread(image):
    """Files of the UDF tree, as libudfread (the reader of VLC and Kodi) sees it: {path: content}."""
    udf = _udfread.udfread_init()
    if _udfread.udfread_open(udf, image.encode()) != 0:
        _udfread.udfread_close(udf)
        return {}
    found = {}

    def walk(folder):
        handle, entry = _udfread.udfread_opendir(udf, folder.encode()), _Entry()
        while _udfread.udfread_readdir(handle, ctypes.byref(entry)):
            path, name = folder + entry.name.decode(), entry.name.decode()
            if name in (".", ".."):
                continue
            if entry.type == 1:
                walk(path + "/")
            else:
                opened = _udfread.udfread_file_open(udf, path.encode())
                size = _udfread.udfread_file_size(opened)
                buffer = ctypes.create_string_buffer(max(size, 1))
                got = _udfread.udfread_file_read(opened, buffer, size)
                found[path] = buffer.raw[:got]
                _udfread.udfread_file_close(opened)
        _udfread.udfread_closedir(handle)

    walk("/")
    _udfread.udfread_close(udf)
    return found


def udfinfo(image):
    """{name: value} of the volume."""
    return dict(line.split("=", 1) for line in output("udfinfo", image).decode("latin-1").splitlines() if "=" in line)


def readers_of(media):
    """Those that see the files of an image of this medium, as {name: function}; and the names of the absent."""
    wanted = {"seven_zip": (seven_zip, "7z")}
    if media != "bd":
        wanted.update(isoinfo=(isoinfo, "isoinfo"), xorriso=(xorriso, "xorriso"))
    there = {name: function for name, (function, tool) in wanted.items() if shutil.which(tool)}
    absent = [name for name in wanted if name not in there]
    if media != "cd":
        if _udfread:
            there["udfread"] = lambda image: set(udfread(image))
        else:
            absent.append("libudfread")
    if absent:
        print("not installed: " + ", ".join(absent), file=sys.stderr)
    return there


# --- DICOMDIR ---

def by_dcmtk(folder):
    """[(File ID, SOP Instance UID)] of a DICOMDIR in the order of its records."""
    text = output("dcmdump", "-q", "-Un", "+P", "0004,1500", "+P", "0004,1511", folder + "/DICOMDIR").decode("latin-1")
    values = re.findall(r"\(0004,(1500|1511)\) .. \[([^\]]*)\]", text)
    ids = [v for tag, v in values if tag == "1500"]
    uids = [v for tag, v in values if tag == "1511"]
    return list(zip(ids, uids))


def by_dicom3tools(folder):
    text = output("dcdirdmp", folder + "/DICOMDIR")
    # it writes to standard error, unlike everybody else
    text += subprocess.run(["dcdirdmp", folder + "/DICOMDIR"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                           check=False).stderr
    return re.findall(r"-> (DICOM[^\s]*)", text.decode("latin-1"))


def by_pydicom(folder):
    """[(File ID, SOP Instance UID in the directory, in the file)]; None: it does not know a type of record there."""
    import warnings
    warnings.simplefilter("ignore")
    from pydicom.fileset import FileSet
    try:
        file_set = FileSet(os.path.join(folder, "DICOMDIR"))
    except KeyError as error:
        if error.args != ("ANNOTATION",):  # pydicom 2.3 is older than that record
            raise
        return None
    rows = []
    for instance in file_set:
        rows.append(("\\".join(instance.ReferencedFileID), str(instance.ReferencedSOPInstanceUIDInFile),
                     str(instance.load().SOPInstanceUID)))
    return rows


def uids_in_files(paths):
    """SOP Instance UIDs of files, by DCMTK, in the order of the paths."""
    paths = list(paths)
    text = output("dcmdump", "-q", "-Un", "-M", "+F", "+P", "0008,0018", *paths).decode("latin-1")
    found = {}
    for part in re.split(r"^# dcmdump \(\d+/\d+\): ", text, flags=re.M)[1:]:
        name, _, rest = part.partition("\n")
        found[name] = (re.findall(r"^\(0008,0018\) UI \[([^\]]*)\]", rest, re.M) or [""])[0]
    return [found.get(path) or uid_by_pydicom(path) for path in paths]


def uid_by_pydicom(path):
    """DCMTK leaves a UID of unknown VR (UN) as the bytes it is."""
    import pydicom
    return str(pydicom.dcmread(path, force=True, stop_before_pixels=True).get("SOPInstanceUID", ""))


def extents(image, folder, names):
    """First sector of each file in the image, found by its bytes: no file system is asked. Files of the same bytes
    get their places in the order of their names."""
    with open(image, "rb") as f:
        data = f.read()
    same, heads, found = {}, {}, {}
    for name in sorted(names):
        with open(os.path.join(folder, name), "rb") as f:
            same.setdefault(f.read(), []).append(name)
    for whole in same:
        heads.setdefault(whole[:SECTOR].ljust(SECTOR, b"\0"), []).append(whole)
    for at in range(0, len(data), SECTOR):
        for whole in heads.get(data[at:at + SECTOR], ()):
            if same[whole] and data.startswith(whole, at):
                found[same[whole].pop(0)] = at // SECTOR
    return found
