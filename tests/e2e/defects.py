"""Defects seeded into images of ours, byte by byte and knowing no writer's code: what a volume holds is found by the
standards. A seed changes a bytearray; what it is and what the judge has to say of it stands in DEFECTS."""
import struct

BLOCK = 2048
PVD = 16 * BLOCK
VERSION = b"\xff"  # of no descriptor


def u16(data, at):
    return struct.unpack_from("<H", data, at)[0]


def u32(data, at):
    return struct.unpack_from("<I", data, at)[0]


def both32(data, at, value):
    struct.pack_into("<I", data, at, value)
    struct.pack_into(">I", data, at + 4, value)


# --- ISO 9660 ---

def iso_record(data, name):
    """Where the directory record of that recorded name begins (ECMA-119 9.1)."""
    folders = [u32(data, PVD + 158)]
    for lba in folders:
        at = end = lba * BLOCK
        end += u32(data, at + 10)
        while at < end:
            if data[at] == 0:
                at = (at // BLOCK + 1) * BLOCK
                continue
            length = data[at + 32]
            found = bytes(data[at + 33:at + 33 + length])
            if found == name.encode():
                return at
            if data[at + 25] & 2 and found not in (b"\0", b"\1"):
                folders.append(u32(data, at + 2))
            at += data[at]
    raise LookupError(name)


# --- UDF ---

def crc(data):
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
    return value & 0xFFFF


def seal(data, at):
    """The tag's CRC and checksum over what is there now (ECMA-167 3/7.2): the descriptor is whole again, and lies."""
    struct.pack_into("<H", data, at + 8, crc(data[at + 16:at + 16 + u16(data, at + 10)]))
    data[at + 4] = (sum(data[at:at + 4]) + sum(data[at + 5:at + 16])) % 256


def udf(data, identifier, nth=0):
    """Where the nth descriptor with that tag begins."""
    for at in range(0, len(data), BLOCK):
        if u16(data, at) == identifier and u16(data, at + 2) in (2, 3) and \
                (sum(data[at:at + 4]) + sum(data[at + 5:at + 16])) % 256 == data[at + 4]:
            if nth == 0:
                return at
            nth -= 1
    raise LookupError(identifier)


def file_entries(data):
    """UDF: where the (extended) file entries of files begin, in the order of the image, main copies first."""
    found = []
    for at in range(0, len(data), BLOCK):
        if u16(data, at) in (261, 266) and u16(data, at + 2) in (2, 3) and data[at + 16 + 11] == 5:
            found.append(at)
    return found


# --- DICOM ---

LONG = (b"OB", b"OW", b"SQ", b"UN", b"UT")


def dicomdir(data):
    at = -1
    while True:
        at = data.index(b"DICM\x02\0\0\0UL\x04\0", at + 1)
        if data[at:at + 120].find(b"1.2.840.10008.1.3.10") >= 0:
            return at - 128


def element(data, tag, nth=0, begin=None):
    """(begin, begin of the value, its length) of the nth Explicit VR Little Endian element in the DICOMDIR."""
    at = dicomdir(data) if begin is None else begin
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    while True:
        at = data.index(head, at + 1)
        vr = bytes(data[at + 4:at + 6])
        if not (vr.isalpha() and vr.isupper()):
            continue
        if nth == 0:
            long = vr in LONG
            return at, at + (12 if long else 8), u32(data, at + 8) if long else u16(data, at + 6)
        nth -= 1


def put(data, tag, value, nth=0):
    _, at, length = element(data, tag, nth)
    value = value if isinstance(value, bytes) else value.encode()
    data[at:at + length] = value[:length].ljust(length, b" ")


def ct_file(data):
    """Where the first CT image of the image begins."""
    at = -1
    while True:
        at = data.index(b"DICM\x02\0\0\0UL\x04\0", at + 1)
        if data[at:at + 120].find(b"1.2.840.10008.5.1.4.1.1.2\0") >= 0:
            return at - 128


# --- the seeds ---

def iso_number(name, field, value):
    """Both byte orders of the extent (2) or size (10) of a directory record."""
    def seed(data):
        both32(data, iso_record(data, name) + field, value)
    return seed


def iso_loop(data):
    """A folder whose extent is the root."""
    both32(data, iso_record(data, "DICOM") + 2, u32(data, PVD + 158))


def byte(at, value):
    def seed(data):
        data[at] = value
    return seed


def size_too_large(data):
    both32(data, PVD + 80, u32(data, PVD + 80) + 5000)


def half(data):
    del data[len(data) // 2 // BLOCK * BLOCK:]


def path_table(data):
    """The folder of the second record lies elsewhere, in the table of type L."""
    at = u32(data, PVD + 140) * BLOCK
    data[at + 10 + 2] ^= 64


def broken(identifier, nth=0):
    """One bit behind the tag: the CRC is wrong."""
    def seed(data):
        data[udf(data, identifier, nth) + 20] ^= 1
    return seed


def sealed(identifier, offset, value, nth=0):
    """Other bytes under a CRC that is right again."""
    def seed(data):
        at = udf(data, identifier, nth)
        data[at + offset:at + offset + len(value)] = value
        seal(data, at)
    return seed


def no_anchor(data):
    data[256 * BLOCK:257 * BLOCK] = bytes(BLOCK)


def no_anchors(data):
    for block in (256, len(data) // BLOCK - 257, len(data) // BLOCK - 1):
        if u16(data, block * BLOCK) == 2:
            data[block * BLOCK:(block + 1) * BLOCK] = bytes(BLOCK)


def no_nsr(data):
    at = next(b for b in range(16 * BLOCK, 32 * BLOCK, BLOCK) if data[b + 1:b + 4] == b"NSR")
    data[at + 1:at + 6] = b"XXXXX"


def main_sequence_gone(data):
    """As a scratch over the main volume descriptors: the reserve has to do."""
    data[32 * BLOCK:48 * BLOCK] = bytes(16 * BLOCK)


def mirror_only(data):
    """The metadata file's content is gone, that of its mirror is there (UDF 2.2.13)."""
    file_set = udf(data, 256)
    for at in range(file_set, file_set + 32 * BLOCK, BLOCK):
        if u16(data, at + 2) in (2, 3):
            data[at:at + BLOCK] = bytes(BLOCK)


def file_longer(data):
    """Information length of a file beyond its extents (ECMA-167 4/14.9.10)."""
    at = file_entries(data)[-1]
    struct.pack_into("<Q", data, at + 56, struct.unpack_from("<Q", data, at + 56)[0] + 1 + (40 << 20))
    seal(data, at)


def udf_loop(data):
    """The file identifier of the first folder leads to the root (ECMA-167 4/14.4)."""
    root = None
    for at in range(udf(data, 256), len(data) - BLOCK, 4):
        if u16(data, at) == 257 and u16(data, at + 2) in (2, 3) and data[at + 18] & 2 and \
                (sum(data[at:at + 4]) + sum(data[at + 5:at + 16])) % 256 == data[at + 4]:
            if data[at + 18] & 8:
                root = root or bytes(data[at + 20:at + 36])
            elif root:
                data[at + 20:at + 36] = root
                seal(data, at)
                return
    raise LookupError("no folder")


def number(tag, nth, value):
    def seed(data):
        _, at, length = element(data, tag, nth)
        data[at:at + length] = value.to_bytes(length, "little")
    return seed


def text(tag, value, nth=0):
    return lambda data: put(data, tag, value, nth)


def retag(tag, to, nth=0):
    def seed(data):
        at = element(data, tag, nth)[0]
        struct.pack_into("<HH", data, at, to >> 16, to & 0xFFFF)
    return seed


def swapped(tag, nth=0):
    """An element of the DICOMDIR changes places with the one behind it."""
    def seed(data):
        first, at, length = element(data, tag, nth)
        second = at + length
        end = second + 8 + u16(data, second + 6)
        data[first:end] = data[second:end] + data[first:second]
    return seed


def odd(tag, nth=0):
    """One byte less in an element, one more in the one behind it."""
    def seed(data):
        first, at, length = element(data, tag, nth)
        second = at + length
        head, value = data[second:second + 8], data[second + 8:second + 8 + u16(data, second + 6)]
        struct.pack_into("<H", data, first + 6, length - 1)
        struct.pack_into("<H", head, 6, len(value) + 1)
        new = data[at:at + length - 1] + head + value + b" "
        data[at:at + len(new)] = new
    return seed


def in_file(tag, change):
    def seed(data):
        begin, at, length = element(data, tag, 0, ct_file(data))
        change(data, begin, at, length)
    return seed


def digit(data, begin, at, length):
    data[at + length - 2] = ord("1") if data[at + length - 2] != ord("1") else ord("2")


def too_long(data, begin, at, length):
    struct.pack_into("<I", data, begin + 8, 0x7FFFFFF0)


def no_preamble(data):
    at = ct_file(data)
    data[at + 128:at + 132] = b"DCIM"


def entry_bit(data):
    """A bit of a file entry that its CRC covers (a time, ECMA-167 4/14.9.12)."""
    data[file_entries(data)[2] + 74] ^= 1


def lower_file_id(data):
    _, at, length = element(data, 0x00041500)
    data[at:at + length] = data[at:at + length].lower()


def sibling_loop(data):
    """A record whose next one is the first of the root."""
    number(0x00041400, 3, u32(data, element(data, 0x00041200)[1]))(data)


def hidden(data):
    data[iso_record(data, "README.TXT;1") + 25] = 1
