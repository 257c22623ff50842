"""Job files (.JRQ) and messages (.PTM): text, keys and values as documented, and nothing else."""
import dataclasses
import re
from facts import Refusal
from label import KINDS, suffix

YES_NO = {"YES", "NO"}
FILE_SYSTEMS = {"ISOLEVEL1", "ISOLEVEL2", "ISOLEVEL3", "JOLIET", "ISOLEVEL1+JOLIET", "ISOLEVEL2+JOLIET",
                "ISOLEVEL3+JOLIET", "UDF", "UDF201", "UDF250", "UDF260"}
IMAGE_TYPES = {"MODE_1_2048": 2048, "MODE_2_2336": 2336, "MODE_2_2352": 2352}


def text_of(data, unicode, found):
    """The characters of a file in the encoding of this build; LF-only lines and cut files are refused."""
    if unicode:
        if data[:2] != b"\xff\xfe":
            found("encoding", "no UTF-16LE byte order mark, and this is the Unicode build")
            raise Refusal(8, "not in the encoding of this build")
        try:
            text = data[2:].decode("utf-16-le")
        except UnicodeDecodeError as error:
            found("encoding", "broken UTF-16")
            raise Refusal(8, "not in the encoding of this build") from error
    else:
        if b"\0" in data:
            found("encoding", "two-byte characters, and this is the ANSI build")
            raise Refusal(8, "not in the encoding of this build")
        text = data.decode("cp1252", "replace")
    if any(ord(c) > 126 for c in text):
        found("non-ascii", "characters outside ASCII")
    if "\n" in text.replace("\r\n", "") or "\r" in text.replace("\r\n", ""):
        found("line-end", "lines that do not end with CR LF")
        raise Refusal(8, "lines do not end with CR LF")
    if text and not text.endswith("\r\n"):
        found("line-end", "the last line has no end")
    return text


def pairs_of(text):
    """[(key, value)]"""
    pairs = []
    for line in text.split("\r\n"):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise Refusal(8, "a line without a key")
        pairs.append((key.strip(), value.strip()))
    if not pairs:
        raise Refusal(8, "an empty request")
    return pairs


def one_of(values):
    def ask(value):
        return value in values
    return ask


def number(low, high):
    def ask(value):
        return re.fullmatch(r"[0-9]{1,9}", value) is not None and low <= int(value) <= high
    return ask


def ascii_up_to(length):
    def ask(value):
        return 0 < len(value) <= length and all(32 <= ord(c) < 127 for c in value)
    return ask


def anything(value):
    return bool(value)


# key: (what a value must be, default, error number of a wrong one)
ONCE = {
    "JobID": (ascii_up_to(32), None, 25), "ClientID": (ascii_up_to(32), "Unknown", 25),
    "Importance": (number(0, 400), "4", 25), "Copies": (number(1, 10000), "1", 25),
    "NotifyClient": (one_of({"Message", "Disabled"}), "Disabled", 25),
    "DeleteFiles": (one_of(YES_NO), "NO", 25), "LoadUnloadOverride": (one_of(YES_NO), "NO", 25),
    "ImageType": (one_of(IMAGE_TYPES), None, 25), "DataImageType": (anything, "JOLIET", 25),
    "CloseDisc": (one_of(YES_NO), "NO", 25), "VolumeName": (lambda v: 0 < len(v) <= 32, None, 33),
    "BurnSpeed": (number(0, 100), "0", 25), "VerifyDisc": (one_of(YES_NO), "NO", 25),
    "RejectIfNotBlank": (one_of(YES_NO), "NO", 25), "TestRecord": (one_of(YES_NO), "NO", 25),
    "PreserveISOVariations": (one_of(YES_NO), "NO", 25), "PreMasterData": (one_of(YES_NO), "NO", 25),
    "DiscType": (one_of({"DVDR"}), None, 25),
    "ReadDataTo": (anything, None, 25), "ReadDataFormat": (one_of({"ReadData", "ReadGI"}), "ReadData", 25),
    "CreateSubFolders": (one_of(YES_NO), "NO", 25),
    "CheckFileOnDisc": (anything, None, 25), "CheckSystemIDOnDisc": (anything, None, 25),
    "CheckVolumeIDOnDisc": (anything, None, 25), "CheckPubIDOnDisc": (anything, None, 25),
    "CheckPreparerIDOnDisc": (anything, None, 25), "CheckAppIDOnDisc": (anything, None, 25),
    "PVDSystemID": (lambda v: len(v) <= 32, None, 33), "PVDPublisherID": (lambda v: len(v) <= 128, None, 33),
    "PVDPreparerID": (lambda v: len(v) <= 128, None, 33), "PVDApplicationID": (lambda v: len(v) <= 128, None, 33),
    "RobotName": (anything, None, 25), "BinID": (number(0, 2), "0", 25),
    "PrintLabel": (lambda v: suffix(v) in KINDS, None, 7),
    "PrintQuality": (number(0, 4), None, 25), "PrintInnerDiam": (number(150, 500), None, 25),
    "PrintOuterMargin": (number(0, 20), None, 25), "PrintReject": (one_of(YES_NO), "NO", 25),
    "CDTextDiscTitle": (lambda v: len(v) <= 100, None, 27), "CDTextDiscPerformer": (lambda v: len(v) <= 100, None, 27),
    "CDTextDiscComposer": (lambda v: len(v) <= 100, None, 27),
}
OFTEN = {
    "Data": (anything, 25), "AudioFile": (anything, 25), "ImageFile": (anything, 25), "DriveID": (number(0, 9), 25),
    "MergeField": (lambda v: len(v) <= 260, 39), "CDTextTrackTitle": (lambda v: len(v) <= 100, 27),
    "CDTextTrackPerformer": (lambda v: len(v) <= 100, 27), "CDTextTrackComposer": (lambda v: len(v) <= 100, 27),
}


@dataclasses.dataclass
class Entry:
    """One Data, AudioFile or ImageFile line."""
    kind: str
    source: str
    session: int = 1
    target: str = ""
    pregap: int = 150
    isrc: str = ""


def entry_of(kind, value):
    entry = Entry(kind, value)
    if kind == "Data" and ">" in value:
        entry.source, _, entry.target = (word.strip() for word in value.partition(">"))
        if not entry.target.startswith("\\") or ">" in entry.target or "," in value:
            raise Refusal(25, "a destination on the disc that does not start with a backslash")
        return entry
    words = [word.strip() for word in value.split(",")]
    entry.source = words[0]
    for word in words[1:]:
        session = re.fullmatch(r"Session([12])", word)
        pregap = re.fullmatch(r"Pregap([0-9]{1,6})", word)
        isrc = re.fullmatch(r"ISRC([A-Z0-9]{12})", word)
        if session:
            entry.session = int(session[1])
        elif pregap and kind == "AudioFile":
            entry.pregap = int(pregap[1])
        elif isrc and kind == "AudioFile":
            entry.isrc = isrc[1]
        else:
            raise Refusal(25, f"a word after the comma of {kind} that is not documented")
    return entry


@dataclasses.dataclass
class Request:
    """A job file that was read. once and often hold the values by key."""
    once: dict
    often: dict
    entries: list

    def yes(self, key):
        return self.once[key] == "YES"

    def number(self, key):
        return int(self.once[key])

    def kind(self):
        if self.once["ReadDataTo"]:
            return "read"
        kinds = {entry.kind for entry in self.entries}
        if not kinds:
            return "print" if self.once["PrintLabel"] else "nothing"
        return "mixed" if len(kinds) > 1 else {"Data": "data", "AudioFile": "audio", "ImageFile": "image"}[kinds.pop()]


def collect(pairs, found):
    once = {key: default for key, (_, default, _) in ONCE.items()}
    often, entries, seen = {key: [] for key in OFTEN}, [], set()
    for key, value in pairs:
        if key in ONCE:
            ask, _, error = ONCE[key]
            if key in seen:
                found("repeated-key", f"{key} stands twice")
                raise Refusal(25, f"{key} stands twice")
            once[key] = value
        elif key in OFTEN:
            ask, error = OFTEN[key]
            often[key].append(value)
        else:
            found("undocumented-key", f"{key} is not documented")
            raise Refusal(25, f"the key {key} is not documented")
        seen.add(key)
        if not ask(value):
            raise Refusal(error, f"the value of {key} is not possible")
        if key in ("Data", "AudioFile", "ImageFile"):
            entries.append(entry_of(key, value))
    return Request(once, often, entries)


def check_content(request, found):
    if len(request.entries) > 99:
        raise Refusal(5, f"{len(request.entries)} entries, 99 are possible")
    kind = request.kind()
    if kind == "read":
        if request.entries:
            raise Refusal(24, "a job that reads and records")
        if request.yes("CreateSubFolders") and request.once["ReadDataFormat"] != "ReadData":
            raise Refusal(25, "subfolders are made for ReadData only")
    if kind == "nothing" and not request.yes("LoadUnloadOverride"):
        raise Refusal(6, "nothing to burn is named")
    sessions = {}
    for entry in request.entries:
        if sessions.setdefault(entry.session, entry.kind) != entry.kind:
            raise Refusal(25, "two kinds of content in one session")
    if sessions and sorted(sessions) not in ([1], [1, 2]):
        raise Refusal(21, "a second session without a first")
    if kind == "image" and request.once["ImageType"] is None and \
            any(suffix(entry.source) == ".iso" for entry in request.entries):
        found("image-type", "an .iso without ImageType")
        raise Refusal(25, "an .iso needs ImageType")


def check_words(request):
    for entry in request.entries:
        if entry.kind == "ImageFile" and suffix(entry.source) not in (".iso", ".gi"):
            raise Refusal(4, "an image is neither .iso nor .gi")
        if entry.kind == "AudioFile" and suffix(entry.source) not in (".wav", ".mp3", ".wma"):
            raise Refusal(4, "audio is none of .wav, .mp3, .wma")
    words = [word.strip() for word in request.once["DataImageType"].split(",")]
    if words[0] not in FILE_SYSTEMS or not set(words[1:]) <= {"SETNOW", "MODE2", "SAO"}:
        raise Refusal(25, "DataImageType has an unknown word")
    given = any(request.once[key] is not None for key in request.once if key.startswith("PVD"))
    if given and request.kind() != "data":
        raise Refusal(34, "PVD keys outside a Data job")
    if request.often["MergeField"] and suffix(request.once["PrintLabel"] or "") != ".std":
        raise Refusal(25, "MergeField without a .std label")


def check_cd_text(request):
    size = 0
    for what in ("Title", "Performer", "Composer"):
        track = request.often[f"CDTextTrack{what}"]
        family = len(request.once[f"CDTextDisc{what}"] or "") + sum(map(len, track))
        if family > 2000 or track and len(track) != len(request.often["AudioFile"]):
            raise Refusal(27, "CD-Text does not fit its tracks")
        size += family
    if size > 6000:
        raise Refusal(27, "CD-Text above 6000 bytes")
    if size and request.kind() not in ("audio", "mixed"):
        raise Refusal(27, "CD-Text outside an audio job")


def advise(request, found):
    """What the service takes and a patient's disc must not have."""
    if request.kind() in ("data", "image") and not request.yes("CloseDisc"):
        found("advice", "CloseDisc is not YES: the disc stays open")
    if request.kind() in ("data", "image") and not request.yes("VerifyDisc"):
        found("advice", "VerifyDisc is not YES: the disc is not verified")
    if request.kind() in ("data", "image") and not request.yes("RejectIfNotBlank"):
        found("advice", "RejectIfNotBlank is not YES: a session may be appended")


def parse(data, unicode, found):
    """A Request, or Refusal with the documented job error."""
    request = collect(pairs_of(text_of(data, unicode, found)), found)
    check_content(request, found)
    check_words(request)
    check_cd_text(request)
    advise(request, found)
    return request


MESSAGE_KEYS = {"Message", "ClientID", "RobotName", "DiscID", "PathFrom", "PathTo", "DPI", "Value"}


def parse_message(data, unicode, found):
    """{key: value} of a .PTM file."""
    pairs = pairs_of(text_of(data, unicode, found))
    for key, _ in pairs:
        if key not in MESSAGE_KEYS:
            found("undocumented-key", f"{key} is not documented in messages")
            raise Refusal(23, f"the key {key} is not documented")
    if len(dict(pairs)) != len(pairs) or "Message" not in dict(pairs):
        raise Refusal(23, "a message without one Message key")
    return dict(pairs)
