#!/usr/bin/python3
"""inputs.py BUILD TARGET OUT: inputs of a fuzz target, as files in OUT: what BUILD's discwright makes of an invented
patient, the same damaged in every structure, and the kept cases of tests/fuzz/cases. For tests and as seeds alike."""
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

SPARSE_BLOCKS = 1024
CASES = pathlib.Path(__file__).resolve().parent / "cases"
BLOCK = 2048
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
DEEP = 100_000


def discwright(build, *words):
    env = dict(os.environ, SOURCE_DATE_EPOCH="1700000000", ASAN_OPTIONS="detect_leaks=0")
    done = subprocess.run([f"{build}/bin/discwright", *map(str, words)], capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)


# --- DICOM ---

def element(tag, vr, value=b"", length=None):
    value += b"\0" * (len(value) % 2)
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    wide = vr in (b"OB", b"SQ", b"UN", b"OW", b"UT")
    return head + struct.pack("<HI" if wide else "<H", *((0, length) if wide else (length & 0xFFFF,))) + value


def mark(tag, length):
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, length)


def file_of(dataset, syntax=b"1.2.840.10008.1.2.1", sop_class=b"1.2.840.10008.5.1.4.1.1.2"):
    meta = element(0x00020001, b"OB", b"\0\1") + element(0x00020002, b"UI", sop_class)
    meta += element(0x00020003, b"UI", b"2.25.3") + element(0x00020010, b"UI", syntax)
    return bytes(128) + b"DICM" + element(0x00020000, b"UL", struct.pack("<I", len(meta))) + meta + dataset


def nested(levels, undefined=True):
    level = element(0x00081140, b"SQ", length=0xFFFFFFFF) + mark(ITEM, 0xFFFFFFFF)
    if undefined:
        return level * levels
    return b"".join(element(0x00081140, b"SQ", length=20 * (levels - i) - 12) + mark(ITEM, 20 * (levels - i - 1))
                    for i in range(levels))


def hostile_objects():
    import zlib
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = deflate.compress(element(0x00091001, b"UN", bytes(20_000_000))) + deflate.flush()
    yield "deep", file_of(nested(DEEP))
    yield "deep-of-defined-length", file_of(nested(DEEP, undefined=False))
    yield "longer-than-the-file", file_of(element(0x00091001, b"UN", b"ab", 0x7FFFFFFE))
    yield "longest", file_of(element(0x00091001, b"OB", b"ab", 0xFFFFFFFE))
    yield "item-longer-than-its-sequence", file_of(element(0x00081140, b"SQ", mark(ITEM, 0xFFFFFFF0), 8))
    yield "items-without-end", file_of(element(0x00081140, b"SQ", length=0xFFFFFFFF) + mark(ITEM, 0) * 20_000)
    yield "ends-without-a-beginning", file_of((mark(ITEM_END, 0) + mark(SEQUENCE_END, 0)) * 100)
    yield "fragments-without-end", file_of(element(0x7FE00010, b"OB", mark(ITEM, 0) * 20_000, 0xFFFFFFFF))
    yield "inflates-a-thousand-times", file_of(bomb, b"1.2.840.10008.1.2.1.99")
    yield "meta-longer-than-the-file", (bytes(128) + b"DICM" + element(0x00020000, b"UL", b"\xFF\xFF\xFF\xFF"))


def cut(data, step):
    for n in range(0, len(data), step):
        yield f"cut-{n}", data[:n]


def scan(build, work):
    discwright(build, "sample", "--out", work / "s", "--count", 2, "--bytes", 2048, "--series", 1)
    data = next(p for p in (work / "s").rglob("*") if p.is_file()).read_bytes()
    yield "sample", data
    yield from cut(data, 5)
    yield from hostile_objects()


def file_set(build, work):
    discwright(build, "sample", "--out", work / "s", "--count", 3, "--bytes", 2048, "--series", 2)
    discwright(build, "fileset", "--media", "cd", "--no-viewer", "--out", work / "f", work / "s")
    return work / "f"


def links(data):
    """Where the offsets of a directory stand: (0004,1200), (0004,1202), (0004,1400), (0004,1420)."""
    for tag in (0x1200, 0x1202, 0x1400, 0x1420):
        at = -1
        while (at := data.find(struct.pack("<HH2sH", 4, tag, b"UL", 4), at + 1)) >= 0:
            yield at + 8


def dicomdir(build, work):
    data = (file_set(build, work) / "DICOMDIR").read_bytes()
    records = [i for i in range(len(data)) if data.startswith(struct.pack("<HH", 0xFFFE, 0xE000), i)]
    for which in range(8):
        yield f"sample-{which}", bytes([which]) + data
    for name, piece in cut(data, 11):
        yield name, b"\2" + piece
    for at in links(data):
        for to in (1, records[0], records[-1], len(data), 0xFFFFFFFE):
            yield f"link-{at}-{to}", b"\2" + data[:at] + struct.pack("<I", to) + data[at + 4:]
    for at in records:
        yield f"long-{at}", b"\2" + data[:at + 4] + struct.pack("<I", 0x7FFFFFFE) + data[at + 8:]
        yield f"deep-{at}", b"\2" + data[:at + 8] + nested(DEEP if at == records[0] else 70) + data[at + 8:]
    head = data[:records[0]]
    yield "empty-records", b"\2" + head + mark(ITEM, 0) * 5_000


def manifest(build, work):
    data = (file_set(build, work) / "MANIFEST.TXT").read_bytes()
    digest = hashlib.sha256(b"hello").hexdigest().encode()
    line = digest + b"  README.TXT\r\n"
    texts = {
        "sample": data,
        "twice": line * 2,
        "a-line-without-end": line * 3000 + b"A" * 200_000,
        "no-lines": b"\r\n" * 20_000,
        "zeros": bytes(10_000) + line,
        "upwards": digest + b"  ../../etc/passwd\n" + digest + b"  //\n" + digest + b"  *./\n" + digest + b" \\\\\\x\n",
        "longest-name": digest + b"  " + b"A" * 4000 + b"\n" + digest + b"  " + b"A" * 4100 + b"\n",
        "only-returns": line.replace(b"\r\n", b"\r") * 50,
        "many": b"".join(digest + b"  F%d\n" % i for i in range(2000)),
    }
    for name, text in texts.items():
        yield name, b"\2" + text
        yield name + "-for-a-job", b"\3" + text
    for name, piece in cut(line * 2, 3):
        yield name, b"\2" + piece


# --- images ---

def images(build, work, media=("cd", "dvd", "bd")):
    folder = file_set(build, work)
    deep = work / "deep"
    (deep / "/".join(["D"] * 20)).mkdir(parents=True)
    (deep / "A.TXT").write_bytes(b"a")
    for medium in media:
        for name, source in (("set", folder), ("deep", deep)):
            out = work / f"{name}-{medium}.iso"
            discwright(build, "master", "--media", medium, "--out", out, source)
            data = out.read_bytes()
            yield f"{name}-{medium}", [data[i:i + BLOCK] for i in range(0, len(data), BLOCK)]


def sparse(blocks, flags=0):
    count = min(len(blocks), SPARSE_BLOCKS)
    out = struct.pack("<H", count - 1 | flags << 10)
    for i, block in enumerate(blocks[:count]):
        block = block.rstrip(b"\0")
        if block:
            out += struct.pack("<HH", i, len(block)) + block
    return out


def is_record(block, at):
    """A directory record of ISO 9660 as this image has them."""
    return block[at] >= 34 and at + block[at] <= BLOCK and block[at + 2:at + 6] == block[at + 6:at + 10][::-1]


def changed_block(block):
    """The same block with one hostile value each."""
    tag = struct.unpack("<H", block[:2])[0]
    yield "zeros", b""
    yield "ones", b"\xFF" * BLOCK
    if is_record(block, 0):
        at = 0
        while at < BLOCK and block[at] and is_record(block, at):
            for name, where, value in (("root", 2, 0), ("far", 2, 0x7FFFFFF0), ("huge", 10, 0xFFFFFFFF)):
                value = struct.unpack("<I", block[2:6])[0] if name == "root" else value
                both = struct.pack("<I", value) + struct.pack(">I", value)
                yield f"{name}-{at}", block[:at + where] + both + block[at + where + 8:]
            yield f"length-{at}", block[:at] + b"\xFF" + block[at + 1:]
            at += block[at]
    elif tag in (261, 266):
        allocation = 176 if tag == 261 else 216
        for name, where, value in (("endless", 56, 2 ** 63), ("attributes", allocation - 8, 2 ** 32 - 1),
                                   ("extents", allocation - 4, 2 ** 64 - 1), ("strategy", 20, 2 ** 64 - 1),
                                   ("longest-extent", allocation, 0x3FFFFFFF),
                                   ("continued", allocation, 0xC0000800)):
            yield name, block[:where] + struct.pack("<Q", value) + block[where + 8:]
        holes = struct.pack("<II", 0x80000000 | 0x3FFFF800, 0) * ((BLOCK - allocation) // 8)
        size = len(holes) // 8 * 0x3FFFF800
        yield "holes", (block[:34] + bytes(2) + block[36:56] + struct.pack("<Q", size) + block[64:allocation - 8]
                        + struct.pack("<II", 0, len(holes)) + holes)
    elif tag == 257:
        at, root = 0, block[20:36]
        while at + 38 <= BLOCK and block[at:at + 2] == b"\1\1":
            yield f"loop-{at}", block[:at + 20] + root + block[at + 36:]
            yield f"name-{at}", block[:at + 19] + b"\xFF" + block[at + 20:]
            at += (38 + block[at + 19] + struct.unpack("<H", block[at + 36:at + 38])[0] + 3) & ~3


def damaged(blocks):
    for i, block in enumerate(blocks[:SPARSE_BLOCKS]):
        if not block.strip(b"\0"):
            continue
        yield f"cut-at-{i}", blocks[:i + 1]
        for name, other in changed_block(block):
            yield f"{name}-in-{i}", blocks[:i] + [other.ljust(BLOCK, b"\0")] + blocks[i + 1:]


def put(block, *numbers):
    """The block with 32 bit numbers at (offset, number)."""
    out = bytearray(block)
    for at, number in numbers:
        struct.pack_into("<I", out, at, number)
    return bytes(out)


def endless_folders(blocks, levels=200):
    """UDF 1.02 of our making: below /DICOM, whose file entry and folder are FE and FE + 1, a folder in a folder in a
    folder. Behind the old end, in a partition that goes on."""
    start, fe, child = 257, 261, 40 + 24
    free = len(blocks) - start
    out = [put(b, (192, free + 2 * levels)) if b[:2] == b"\5\0" and i < 64 else b for i, b in enumerate(blocks)]
    out[fe + 1] = put(out[fe + 1], (child, free))
    for i in range(free, free + 2 * levels, 2):
        out.append(put(blocks[fe], (12, i), (180, i + 1)))
        out.append(put(blocks[fe + 1], (12, i + 1), (52, i + 1), (child, i + 2)))
    return out


def sparse_inputs(build, work, media=("cd", "dvd", "bd")):
    for name, blocks in images(build, work, media):
        yield name, sparse(blocks)
        if name == "set-dvd":
            yield "endless-folders", sparse(endless_folders(blocks))
            without_iso = [b"" if 16 <= i < 24 and b[1:6] == b"CD001" else b for i, b in enumerate(endless_folders(blocks))]
            yield "endless-folders-of-udf-alone", sparse(without_iso)
        for what, others in damaged(blocks) if name.startswith("set") else ():
            yield f"{name}-{what}", sparse(others)


def judge(build, work):
    for flags, (name, data) in enumerate(sparse_inputs(build, work)):
        head = struct.unpack("<H", data[:2])[0]
        yield name, struct.pack("<H", head % SPARSE_BLOCKS | (flags % 64) << 10) + data[2:]


def isoread(build, work):
    for name, blocks in images(build, work, ("cd",)):
        yield name, b"".join(blocks[16:48])
        for what, others in damaged(blocks[:48]):
            yield f"{name}-{what}", b"".join(others[16:])


def udfread(build, work):
    return sparse_inputs(build, work, ("dvd", "bd"))


# --- what is ours, and may be damaged ---

def expect(_build, _work):
    whole = {"patient_id": "1", "issuer": None, "patient_name": "M\u00fcller^A", "birth_date": "19700101", "objects": 3,
             "fileset_uid": "2.25.1", "instances_sha256": "e3" * 32, "profile": "STD-GEN-CD", "nonconformant": False}
    yield "sample", json.dumps(whole).encode()
    for key in whole:
        for name, value in (("number", -7), ("list", [[]]), ("long", "A" * 600), ("null", None), ("zero", "a\0b")):
            yield f"{key}-{name}", json.dumps(dict(whole, **{key: value})).encode()
    yield "deep", b"[" * 60_000
    yield "deep-objects", b'{"a":' * 12_000
    yield "twice", b'{"patient_id":"1","patient_id":"2"}'
    yield "no-utf8", b'{"patient_id":"\xff\xfe"}'
    yield "largest-number", b'{"objects":9223372036854775807}'
    yield "larger-than-the-largest", b'{"objects":9223372036854775808}'


def tree(_build, _work):
    def of(*records, files=1):
        return bytes([files + 1]) + b"".join(r if isinstance(r, bytes) else r.encode() + b"\0" for r in records)
    head = "discwright-tree 2 1700000000 LABEL"
    file = "F 10 - - 6 /A.TXT /src"
    yield "sample", of(head, "O 0 0 0", "P X", "R Y", "D /B", "F 5 " + "ab" * 32 + " 1600000000 7 /B/C.TX /src", file, "M /M.TXT",
                       files=3)
    yield "any-names", of(head, "N", "O 258 1 0", "F 1 - - 14 /\u00e4 b/c.d e.html /src", "D /x y")
    yield "version-1", of("discwright-tree 1 1700000000 LABEL", "F 10 - /A.TXT /src")
    yield "no-end", b"\0" + head.encode() + b"\0" + file.encode() + b"\0"
    yield "largest-files", of(head, "F 9223372036854775807 - - 6 /A.TXT /src", "F 9223372036854775807 - - 6 /B.TXT /src",
                              "F 9223372036854775807 - - 6 /C.TXT /src", files=3)
    yield "folders-all-the-way", of(head, "N", *("D " + "/d" * n for n in range(1, 70)), files=0)
    yield "deep", of(head, "N", "F 1 - - 200000 " + "/d" * DEEP + " /src")
    yield "upwards", of(head, "N", "F 1 - - 5 /../a /src")
    yield "shorter-than-told", of(head, "F 1 - - 99999999999 /A.TXT /src")
    yield "twice", of(head, file, file, files=2)
    yield "folder-as-a-file", of(head, "F 10 - - 2 /A /src", "F 10 - - 4 /A/B /src", files=2)
    yield "latest", of("discwright-tree 2 9223372036854775807 LABEL", file)


def part(data):
    return struct.pack("<I", len(data)) + data


def record(_build, _work):
    patient = element(0x00080005, b"CS", b"ISO_IR 100") + element(0x00100010, b"PN", b"A^B")
    parts = [patient, element(0x00080020, b"DA", b"20200101"), element(0x00080060, b"CS", b"CT"), b"",
             element(0x00100021, b"LO", b"X"), b"", element(0x00080021, b"DA"), b""]
    whole = b"".join(map(part, parts))
    yield "sample", whole
    yield "older", b"".join(map(part, parts[:4]))
    yield from cut(whole, 1)
    yield "part-longer-than-the-blob", struct.pack("<I", 0xFFFFFFFF) + whole[4:]
    yield "key-longer-than-its-part", part(element(0x00091001, b"UN", b"ab", 0xFFFFFFFE)) + part(b"") * 3
    yield "same-keys", b"".join(map(part, [patient * 2, b"", b"", b"", patient * 2, b"", b"", b""]))
    yield "deep", part(nested(1000)) + part(b"") * 3


def charset(_build, _work):
    texts = [(b"ISO_IR 100", b"Buc^J\xe9r\xf4me"), (b"ISO_IR 192", "M\u00fcller^\u00c4".encode()),
             (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
             (b"ISO_IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3="), (b"GB18030", b"\xcd\xf5^\xd0\xa1\xb6\xab"),
             (b"\\ISO 2022 IR 149", b"Hong^G=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce"), (b"ISO 2022 IR 6\\" * 4, b"\x1b" * 300),
             (b"\\" * 60, b"\xff" * 300), (b"ISO_IR 166", b"\xa1" * 600), (b"", b"=" * 600), (b"GBK", b"\x81" * 601)]
    for i, (name, value) in enumerate(texts):
        whole = bytes([len(name)]) + name + value
        yield f"text-{i}", whole
        for what, piece in cut(whole, 3):
            yield f"text-{i}-{what}", piece


def command(_build, _work):
    def implicit(tag, value):
        value += b"\0" * (len(value) % 2)
        return struct.pack("<HHI", 0, tag, len(value)) + value

    def number(tag, n):
        return implicit(tag, struct.pack("<H", n))
    store = implicit(0x0002, b"1.2.840.10008.5.1.4.1.1.2") + number(0x0100, 1) + number(0x0110, 7) + number(0x0700, 0)
    store += number(0x0800, 1) + implicit(0x1000, b"2.25.1")
    yield "store", store
    yield "echo", number(0x0100, 0x30) + number(0x0110, 1) + number(0x0800, 0x0101)
    yield from cut(store, 1)
    yield "longest", struct.pack("<HHI", 0, 0x1000, 0xFFFFFFFF) + b"2.25.1"
    yield "sequence", struct.pack("<HHI", 0, 0x1111, 0xFFFFFFFF) + mark(ITEM, 0xFFFFFFFF) * DEEP
    yield "twice", store + store
    yield "of-another-group", store + struct.pack("<HHI", 8, 0x16, 2) + b"1\0"
    yield "large", store + implicit(0x0902, b"A" * 100_000)
    yield "long-uid", store.replace(b"2.25.1", b"2.25.11") + implicit(0x1000, b"1" * 65) + implicit(0x1000, b"2.25.\x80\\")


# --- recordings of a robot's USB ---

def capture(_build, _work):
    sys.path.insert(0, str(CASES.parents[1] / "e2e"))
    import recording
    said = recording.a_disc_is_loaded() + recording.a_disc_is_copied() + [recording.Transfer(80_000, b"\x1b" * 500), recording.Transfer(80_100, b"end")]
    kinds = (recording.USBPCAP, recording.USBMON, recording.USBMON_LONG)
    for which, link in enumerate(kinds):
        for order in "<>":
            for write in (recording.pcap, recording.pcapng):
                name = f"{write.__name__}-{link}{'-swapped' if order == '>' else ''}"
                data = b"\3" + write(said, link, order)
                yield name, data
                yield name + "-snapped", b"\3" + write(said, link, order, snap=50)
                for at in range(40, min(len(data) - 4, 900), 61):
                    yield f"{name}-ones-at-{at}", data[:at] + b"\xff" * 4 + data[at + 4:]
                    yield f"{name}-cut-{at}", data[:at]
        records = [p for _, p, _ in recording.packets(said, link)]
        yield f"records-{link}", bytes([which]) + b"".join(struct.pack(">H", len(r)) + r for r in records)
        yield f"short-records-{link}", bytes([which]) + b"".join(struct.pack(">H", n) + records[0][:n] for n in range(70))
        many = [recording.Transfer(n, struct.pack("<I", n), device=n % 90) for n in range(3000)]
        records = [p for _, p, _ in recording.packets(many, link)]
        yield f"many-{link}", bytes([which]) + b"".join(struct.pack(">H", len(r)) + r for r in records)


def nimbie(_build, _work):
    def of(*messages):
        return b"".join(bytes([len(m)]) + m for m in messages)
    empties = [b""] * 10  # what is thrown away first
    state, done = b"{0100011xx}\0", b"AT+O\0"
    yield "states", of(*empties, b"\0", b"", b"OK\0", state, b"", b"OK\0", done, b"", state, b"", b"AT+S07\0", b"")
    yield "without-ok", of(*empties, state, b"", done, b"", state, b"", b"AT+S14\0", b"")
    yield "after-ok", of(*empties, b"OK", b"what\0", b"", b"OK", b"\xff\x1b[2J", b"")
    yield "fault", of(*empties, b"AT+E09\0", b"", *empties, state, b"")
    yield "long", of(*empties, b"{" + b"1" * 62 + b"}", b"", b"OK" * 32, b"AT+" + b"S" * 61)
    yield "talkative", of(*[b"noise"] * 200)
    yield "empty", bytes(5000)


def check_set(build, work):
    objects = scan(build, work)
    for name, data in objects:
        yield name, b"\2" + data


def dialect(_build, _work):
    whole = (CASES.parents[2] / "conf" / "dialects" / "discpublisher2-captured.conf").read_bytes()
    plain = b"\n".join(line for line in whole.split(b"\n") if not line.startswith(b"#"))
    for name, text in (("public", whole), ("replies", plain + b"reply_done = 06 ??\nreply_missed = 15\nreply_ms = 5\n")):
        yield name, b"\0" + text
        for what, piece in cut(b"\0" + text, 101):
            yield f"{name}-{what}", piece
    yield "id", b"\1MFG:Synthetic;COMMAND SET:A,B;MDL:Robot; SN:1;;:;CLS"


def ptburn_status(_build, _work):
    server = (b"[RobotList]\r\nRobot0=R One\r\nRobot1=R Two\r\n[R One]\r\nSysErrorNumber=3\r\nSystemDrives=2\r\n"
              b"RobotType=8\r\nStatusFile=R One.txt\r\nDiscsInLeftBin=-1\r\nCartridgeType0=2\r\nCartridgeFill0=88\r\n"
              b"[System]\r\nServerTickCount=90211\r\nServerTime=11/20/2011 08:15:02\r\nDriveSpace=51200\r\n")
    robot = (b"[System]\r\nSysErrorNumber=0\r\nDriveState0=3\r\nDrivePercent0=35\r\nDriveJob0=DW-1\r\n[DW-1]\r\n"
             b"CurrentStatusState=2\r\nJobState=1\r\nGoodDiscs=0\r\nBadDiscs=1\r\nDiscErrorNumber0=19\r\n")
    for name, text in (("server", server), ("robot", robot)):
        wide = text.decode().encode("utf-16-le")
        for kind, whole in (("page", text), ("wide", b"\xff\xfe" + wide), ("big", b"\xfe\xff" + text.decode().encode("utf-16-be")),
                            ("utf8", b"\xef\xbb\xbf" + text)):
            for settled in (b"\0", b"\1"):
                yield f"{name}-{kind}-{settled[0]}", settled + whole
            for what, piece in cut(b"\1" + whole, 7):
                yield f"{name}-{kind}-{what}", piece
    yield "surrogates", b"\1\xff\xfe" + b"\x00\xd8" * 300 + b"\x00\xdc="
    yield "many-lines", b"\0" + b"a=b\n" * 20001
    yield "long-value", b"\1[DW-1]\nJobState=" + b"\xe4" * 5000
    yield "brackets", b"\1" + b"[" * 3000 + b"]\n[]\n=\n[DW-1\n=1"


def nothing(_build, _work):
    return iter(())


TARGETS = {"fuzz_" + f.__name__: f for f in (scan, dicomdir, manifest, isoread, udfread, judge, expect, tree, record,
                                             charset, command, check_set, ptburn_status, capture, nimbie,
                                             dialect)}
TARGETS |= {"fuzz_objects": nothing, "fuzz_pixels": nothing}


def write(build, target, out):
    """How many kept cases there are."""
    with tempfile.TemporaryDirectory(prefix="dw-fuzz-") as work:
        for name, data in TARGETS[target](build, pathlib.Path(work)):
            (out / name).write_bytes(data)
    kept = sorted((CASES / target.removeprefix("fuzz_")).glob("*"))
    for case in kept:
        shutil.copyfile(case, out / f"kept-{case.name}")
    return len(kept)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    write(sys.argv[1], sys.argv[2], folder)
