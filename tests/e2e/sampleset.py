"""Synthetic DICOM files for the tests of the offline commands: bytes made here, by no tool of ours."""
import os
import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
IMPLICIT_LE = "1.2.840.10008.1.2"
VIDEO = "1.2.840.10008.5.1.4.1.1.77.1.1.1"
MPEG4 = "1.2.840.10008.1.2.4.102"
LONG_VRS = (b"OB", b"OW", b"SQ", b"UN", b"UT")


def element(group, number, vr, value, implicit=False):
    if isinstance(value, str):
        value = value.encode("utf-8")
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    head = struct.pack("<HH", group, number)
    if implicit:
        return head + struct.pack("<I", len(value)) + value
    if vr in LONG_VRS:
        return head + vr + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + vr + struct.pack("<H", len(value)) + value


def ct(path, patient="P1", name="Zwölf^Anna", study=1, series=1, instance=1, pixels=64, implicit=False,
       sop_class=CT, without=(), fill=None, meta_uid=None, modality="CT", more=()):
    """One CT image; `without` names (group, element) pairs to leave out, `more` are further elements, or others in the
    place of those with the same tag."""
    sop = f"2.25.9{study}{series}{instance:06d}{sum(patient.encode()):04d}"
    us = lambda v: struct.pack("<H", v)
    data = [
        (0x0008, 0x0005, b"CS", "ISO_IR 192"), (0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x0008, 0x0016, b"UI", sop_class), (0x0008, 0x0018, b"UI", sop),
        (0x0008, 0x0020, b"DA", f"202603{study:02d}"), (0x0008, 0x0030, b"TM", "101500"),
        (0x0008, 0x0050, b"SH", "ACC1"), (0x0008, 0x0060, b"CS", modality),
        (0x0008, 0x0080, b"LO", "Testklinik"), (0x0008, 0x1030, b"LO", f"Study {study}"),
        (0x0010, 0x0010, b"PN", name), (0x0010, 0x0020, b"LO", patient),
        (0x0010, 0x0030, b"DA", "19660317"), (0x0010, 0x0040, b"CS", "F"),
        (0x0020, 0x000D, b"UI", f"2.25.7{study}{sum(patient.encode()):04d}"),
        (0x0020, 0x000E, b"UI", f"2.25.8{study}{series}{sum(patient.encode()):04d}"),
        (0x0020, 0x0010, b"SH", f"S{study}"), (0x0020, 0x0011, b"IS", str(series)),
        (0x0020, 0x0013, b"IS", str(instance)), (0x0020, 0x0032, b"DS", f"0\\0\\{instance}"),
        (0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"), (0x0020, 0x0052, b"UI", f"2.25.6{study}"),
        (0x0028, 0x0002, b"US", us(1)), (0x0028, 0x0004, b"CS", "MONOCHROME2"),
        (0x0028, 0x0010, b"US", us(pixels)), (0x0028, 0x0011, b"US", us(pixels)),
        (0x0028, 0x0030, b"DS", "0.5\\0.5"), (0x0028, 0x0100, b"US", us(16)),
        (0x0028, 0x0101, b"US", us(12)), (0x0028, 0x0102, b"US", us(11)),
        (0x0028, 0x0103, b"US", us(0)), (0x0028, 0x1052, b"DS", "0"), (0x0028, 0x1053, b"DS", "1"),
    ]
    others = {e[:2] for e in more}
    data = sorted([e for e in data if e[:2] not in others] + list(more), key=lambda e: e[:2])
    body = b"".join(element(*e, implicit=implicit) for e in data if e[:2] not in without)
    value = bytes([fill if fill is not None else instance % 7, 1]) * (pixels * pixels)
    body += element(0x7FE0, 0x0010, b"OW", value, implicit=implicit)
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", sop_class) +
            element(2, 3, b"UI", meta_uid or sop) +
            element(2, 0x10, b"UI", IMPLICIT_LE if implicit else EXPLICIT_LE) +
            element(2, 0x12, b"UI", "2.25.5"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"\0" * 128 + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body)
    return sop


def picture(path, sop_class, modality, photometric="MONOCHROME2", bits=8, edge=64, frames=0, regions=False, number=1):
    """One image of a class that a clinical profile has, with what such a profile asks of it."""
    samples, stored = (1 if photometric.startswith("MONO") else 3), bits
    allocated = 8 if bits == 8 else 16
    sop = f"2.25.97{number:04d}"
    us = lambda v: struct.pack("<H", v)
    one = struct.pack("<d", 0.05)
    region = (element(0x18, 0x6012, b"US", us(1)) + element(0x18, 0x6014, b"US", us(1)) +
              element(0x18, 0x6024, b"US", us(3)) + element(0x18, 0x6026, b"US", us(3)) +
              element(0x18, 0x602C, b"FD", one) + element(0x18, 0x602E, b"FD", one))
    data = [
        (0x0008, 0x0005, b"CS", "ISO_IR 192"), (0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY"),
        (0x0008, 0x0016, b"UI", sop_class), (0x0008, 0x0018, b"UI", sop), (0x0008, 0x0020, b"DA", "20260301"),
        (0x0008, 0x0030, b"TM", "101500"), (0x0008, 0x0050, b"SH", "ACC1"), (0x0008, 0x0060, b"CS", modality),
        (0x0010, 0x0010, b"PN", "Zwölf^Anna"), (0x0010, 0x0020, b"LO", "P1"), (0x0010, 0x0030, b"DA", "19660317"),
        (0x0010, 0x0040, b"CS", "F"),
        (0x0018, 0x6011, b"SQ", struct.pack("<HHI", 0xFFFE, 0xE000, len(region)) + region if regions else None),
        (0x0020, 0x000D, b"UI", "2.25.7771"), (0x0020, 0x000E, b"UI", "2.25.8771"), (0x0020, 0x0010, b"SH", "S1"),
        (0x0020, 0x0011, b"IS", "1"), (0x0020, 0x0013, b"IS", str(number)), (0x0028, 0x0002, b"US", us(samples)),
        (0x0028, 0x0004, b"CS", photometric), (0x0028, 0x0006, b"US", us(0) if samples > 1 else None),
        (0x0028, 0x0008, b"IS", str(frames) if frames else None), (0x0028, 0x0010, b"US", us(edge)),
        (0x0028, 0x0011, b"US", us(edge)), (0x0028, 0x0100, b"US", us(allocated)), (0x0028, 0x0101, b"US", us(stored)),
        (0x0028, 0x0102, b"US", us(stored - 1)), (0x0028, 0x0103, b"US", us(0)),
    ]
    value = bytes([number, 0 if bits > 8 else 9]) * (edge * edge * samples * max(frames, 1) * allocated // 16)
    body = b"".join(element(*e) for e in data if e[3] is not None)
    body += element(0x7FE0, 0x0010, b"OW", value)
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", sop_class) + element(2, 3, b"UI", sop) +
            element(2, 0x10, b"UI", EXPLICIT_LE) + element(2, 0x12, b"UI", "2.25.5"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"\0" * 128 + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta + body)
    return sop


def video(path, patient="P1", name="Zwölf^Anna", syntax=MPEG4):
    """An endoscopic video of the same study, its stream a few bytes that nobody decodes."""
    sop = "2.25.9777"
    us = lambda v: struct.pack("<H", v)
    data = [
        (0x0008, 0x0005, b"CS", "ISO_IR 192"), (0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY"),
        (0x0008, 0x0016, b"UI", VIDEO), (0x0008, 0x0018, b"UI", sop), (0x0008, 0x0020, b"DA", "20260301"),
        (0x0008, 0x0030, b"TM", "101500"), (0x0008, 0x0050, b"SH", "ACC1"), (0x0008, 0x0060, b"CS", "ES"),
        (0x0010, 0x0010, b"PN", name), (0x0010, 0x0020, b"LO", patient), (0x0010, 0x0030, b"DA", "19660317"),
        (0x0010, 0x0040, b"CS", "F"), (0x0018, 0x0040, b"IS", "25"), (0x0018, 0x1063, b"DS", "40"),
        (0x0020, 0x000D, b"UI", f"2.25.71{sum(patient.encode()):04d}"), (0x0020, 0x000E, b"UI", "2.25.8777"),
        (0x0020, 0x0010, b"SH", "S1"), (0x0020, 0x0011, b"IS", "7"), (0x0020, 0x0013, b"IS", "1"),
        (0x0028, 0x0002, b"US", us(3)), (0x0028, 0x0004, b"CS", "YBR_PARTIAL_420"), (0x0028, 0x0006, b"US", us(0)),
        (0x0028, 0x0008, b"IS", "50"), (0x0028, 0x0009, b"AT", struct.pack("<HH", 0x0018, 0x1063)),
        (0x0028, 0x0010, b"US", us(1080)), (0x0028, 0x0011, b"US", us(1920)), (0x0028, 0x0100, b"US", us(8)),
        (0x0028, 0x0101, b"US", us(8)), (0x0028, 0x0102, b"US", us(7)), (0x0028, 0x0103, b"US", us(0)),
        (0x0028, 0x2110, b"CS", "01"),
    ]
    item = lambda value: struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value
    pixels = (struct.pack("<HH", 0x7FE0, 0x0010) + b"OB\0\0\xff\xff\xff\xff" + item(b"") +
              item(b"\0\0\0\x18ftypmp42" * 40) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
    meta = (element(2, 1, b"OB", b"\0\1") + element(2, 2, b"UI", VIDEO) + element(2, 3, b"UI", sop) +
            element(2, 0x10, b"UI", syntax) + element(2, 0x12, b"UI", "2.25.5"))
    with open(path, "wb") as f:
        f.write(b"\0" * 128 + b"DICM" + element(2, 0, b"UL", struct.pack("<I", len(meta))) + meta +
                b"".join(element(*e) for e in data) + pixels)
