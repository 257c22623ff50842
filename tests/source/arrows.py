#!/usr/bin/python3
"""The arrows between rooms (docs/architecture.md), what each program links, and the calls the house does not
use. Reads the source and the built programs; changes nothing."""
import pathlib
import re
import subprocess
import sys

BUILD = pathlib.Path(sys.argv[1])
SOURCE = pathlib.Path(__file__).resolve().parents[2]

# room -> rooms it may include besides itself. The longest matching prefix is a file's room.
MAY = {
    "base": [],
    "dicom": ["base"],
    "dicom/tls": ["base"],
    "dicom/dcmtk": ["base", "dicom", "dicom/tls"],
    "burn/image": ["base"],
    "burn/drive": ["base", "burn/image"],
    "layout": ["base", "dicom", "burn/image", "layout/fileset", "layout/pages"],
    "layout/fileset": ["base", "dicom", "burn/image"],
    "layout/pages": ["base", "dicom", "viewer-payload"],
    "layout/label": ["base", "dicom"],
    "check": ["base", "dicom", "dicom/dcmtk", "burn/image"],
    "robot": ["base", "burn/image", "burn/drive"],
    "daemon": ["base", "dicom", "dicom/tls", "burn/image", "layout/fileset", "robot"],
    "daemon/web": ["base", "daemon"],
    "daemon/main": ["base", "daemon", "daemon/web"],
    "programs": None,  # a main() may use every room
    "tests": None,
    "viewer-payload": [],
}
# The judge may not see a writer: a mistake in our reading of the standard must not approve itself.
NOT_IN_CHECK = re.compile(r"dicom/record\.h|burn/image/(tree|plan|stream|iso)\.h|layout/")
# The daemon knows robots by their tables and messages only; no driver, no drive.
ROBOT_FOR_DAEMON = {"robot/disc.h", "robot/options.h", "robot/publisher.h", "robot/faults.h"}
BANNED = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen|sscanf|"
                    r"alloca|mktemp|tmpnam|strncpy)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
# program -> libraries that must not be in it, directly or through another library
NOT_LINKED = {
    # each of its commands would wait for them
    "discwright": ["libcrypto", "libusb", "libpcap", "libdbus", "libsystemd", "libz.", "libdcm", "libpango", "libburn"],
    "discwright-make": ["libsqlite3", "libmicrohttpd", "libusb", "libdcm", "libburn"],
    "discwright-usb": ["libsqlite3", "libmicrohttpd", "libdcm", "libpango"],
    "discwrightd": ["libdcm", "libburn", "libusb", "libpango", "librsvg", "libcairo", "libopenjp2"],
    "discwright-receive": ["libburn", "libpango", "libcairo", "libsqlite3", "libmicrohttpd"],
    "discwright-robot": ["libdcm", "libpango", "libcairo", "libsqlite3", "libmicrohttpd"],
    "discwright-work": ["libsqlite3", "libmicrohttpd", "libusb"],
    "discwright-work-check": ["libsqlite3", "libmicrohttpd", "libusb", "libpango", "libcairo", "librsvg", "libdcm",
                              "liboflog", "libxml2", "libicu", "libstdc++", "libopenjp2"],
    # what it loads when it has a DICOMDIR to read once more
    "discwright-dirreader.so": ["libdcmimage", "libdcmjp", "libdcmnet", "libburn", "libcdio", "libcrypto", "libsqlite3",
                                "libmicrohttpd", "libusb", "libpango", "libcairo", "librsvg", "libopenjp2"],
}
faults = []


def room_of(path):
    fits = [room for room in MAY if path == room or path.startswith(room + "/")]
    return max(fits, key=len) if fits else None


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(\\.|[^"\\\n])*"', lambda m: '""', text)


def look_at(path):
    name = str(path.relative_to(SOURCE))
    text = path.read_text()
    room = room_of(name)
    if room is None:
        faults.append(f"{name}: in no room")
        return
    for target in INCLUDE.findall(text):
        other = room_of(target)
        if other is None:
            continue  # a generated or private header beside the file
        if MAY[room] is not None and other != room and other not in MAY[room]:
            faults.append(f"{name}: {room} may not include {target}")
        if room == "check" and NOT_IN_CHECK.search(target):
            faults.append(f"{name}: the judge includes a writer: {target}")
        if room == "daemon" and other == "robot" and target not in ROBOT_FOR_DAEMON:
            faults.append(f"{name}: the daemon includes {target}")
    if name.endswith(".cc") and room not in ("dicom/dcmtk", "tests"):
        faults.append(f"{name}: C++ outside dicom/dcmtk")
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for call in BANNED.findall(line):
            faults.append(f"{name}:{number}: {call}() is not used here")
    if re.search(r"burn/", name) and not name.startswith("tests/") and re.search(r"\bDICOM\b", without_comments(text)):
        faults.append(f"{name}: burn/ has never heard of DICOM")


def exports_its_table_alone(path):
    """What a module exports beside its table could be taken for something of the program's. Weak symbols are those of
    C++ templates, the same everywhere."""
    listing = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True).stdout
    return [words[2] for words in map(str.split, listing.splitlines()) if words[1] not in "VWuw"] == ["dw_module"]


def look_at_programs():
    for program, names in NOT_LINKED.items():
        path = BUILD / "bin" / program
        listing = subprocess.run(["ldd", path], capture_output=True, text=True)
        if program.endswith(".so") and not exports_its_table_alone(path):
            faults.append(f"{program} exports more than dw_module")
        if listing.returncode != 0:
            faults.append(f"{program}: ldd failed: {listing.stderr.strip()}")
        for name in names:
            for line in listing.stdout.splitlines():
                if line.strip().startswith(name):
                    faults.append(f"{program} links {line.split()[0]}")


files = [p for room in MAY for p in (SOURCE / room).rglob("*")
         if p.suffix in (".c", ".h", ".cc") and "node_modules" not in p.parts]
for path in sorted(set(files)):
    look_at(path)
look_at_programs()
for fault in faults:
    print(fault)
print(f"{len(set(files))} files, {len(NOT_LINKED)} programs, {len(faults)} faults")
sys.exit(1 if faults or len(files) < 50 else 0)
