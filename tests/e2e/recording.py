"""Recordings of USB traffic, written byte by byte as the specifications of the formats have them: pcap, pcapng, USBPcap,
usbmon. For tests and fuzz seeds; knows nothing of our reader."""
import struct

USBPCAP, USBMON, USBMON_LONG = 249, 189, 220
ISOCHRONOUS, INTERRUPT, CONTROL, BULK = range(4)
BEGIN_NS = 1_700_000_000_000_000_000


class Transfer:
    """One transfer: when it began, when it ended, what went over the wire."""

    def __init__(self, at_ms, data, endpoint=0x02, device=30, bus=1, kind=BULK, took_ms=1, failed=False, setup=bytes(8),
                 asked=None):
        self.begin_ns = BEGIN_NS + at_ms * 1_000_000
        self.end_ns = self.begin_ns + took_ms * 1_000_000
        self.data, self.endpoint, self.device, self.bus, self.kind = data, endpoint, device, bus, kind
        self.failed, self.setup = failed, setup
        self.asked = len(data) if asked is None else asked


def usbpcap(transfer, ended, number, data, size):
    control = transfer.kind == CONTROL
    status = 0xC0000004 if ended and transfer.failed else 0
    head = struct.pack("<HQIHBHHBBI", 27 + control, 0xFFFF850800000000 + number, status, 8 if control else 9, int(ended),
                       transfer.bus, transfer.device, transfer.endpoint, transfer.kind, size)
    return head + (bytes([3 if ended else 0]) if control else b"") + data


def usbmon(transfer, ended, number, data, size, order, long):
    status = (-32 if transfer.failed else 0) if ended else -115
    at = transfer.end_ns if ended else transfer.begin_ns
    has_setup = transfer.kind == CONTROL and not ended
    into = transfer.endpoint & 0x80
    length = len(transfer.data) if ended else max(size, transfer.asked)
    head = struct.pack(order + "QBBBBHBBqiiII8s", 0xFFFF880000000000 + number, ord("C" if ended else "S"), transfer.kind,
                       transfer.endpoint, transfer.device, transfer.bus, 0 if has_setup else ord("-"),
                       0 if data else ord("<" if into else ">"), at // 10 ** 9, at % 10 ** 9 // 1000, status, length,
                       len(data), transfer.setup if has_setup else bytes(8))
    return head + (struct.pack(order + "iiII", 0, 0, 0, 0) if long else b"") + data


def packets(transfers, link=USBPCAP, order="<", snap=65535):
    """[(ns, bytes kept, bytes on the wire)], each transfer twice, in the order of time."""
    out = []
    for number, transfer in enumerate(transfers):
        into = bool(transfer.endpoint & 0x80)
        for ended in (False, True):
            data = transfer.data if into == ended else b""
            if transfer.kind == CONTROL and not ended and link == USBPCAP:
                data = transfer.setup
            if link == USBPCAP:
                packet = usbpcap(transfer, ended, number, data, len(data))
            else:
                packet = usbmon(transfer, ended, number, data, len(data), order, link == USBMON_LONG)
            out.append((transfer.end_ns if ended else transfer.begin_ns, packet[:snap], len(packet)))
    return sorted(out, key=lambda packet: packet[0])


def pcap(transfers, link=USBPCAP, order="<", nano=False, snap=65535):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, max(snap, 65535), link)
    for ns, packet, size in packets(transfers, link, order, snap):
        out += struct.pack(order + "IIII", ns // 10 ** 9, ns % 10 ** 9 // (1 if nano else 1000), len(packet), size) + packet
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def pcapng(transfers, link=USBPCAP, order="<", nano=False, snap=65535):
    """As dumpcap writes it: a section with its options, an interface, enhanced packets, names, statistics."""
    end = option(0, b"", order)
    section = option(2, b"13th Gen Intel", order) + option(3, b"64-bit Windows 11", order) + option(4, b"Dumpcap 4.2", order)
    out = block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + section + end, order)
    interface = option(2, b"\\\\.\\USBPcap1", order) + option(9, bytes([9 if nano else 6]), order)
    out += block(1, struct.pack(order + "HHI", link, 0, max(snap, 65535)) + interface + end, order)
    out += block(4, end, order)  # name resolution
    for ns, packet, size in packets(transfers, link, order, snap):
        ticks = ns if nano else ns // 1000
        body = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), size)
        out += block(6, body + packet + bytes(-len(packet) % 4) + option(2, b"\0\0\0\1", order) + end, order)
        out += block(0x40000BAD, b"somebody's own", order)
    return out + block(5, struct.pack(order + "III", 0, 0, 0) + end, order)  # statistics


def device_descriptor(vendor, product, **at):
    data = struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, vendor, product, 0x0100, 1, 2, 3, 1)
    return Transfer(at.pop("at_ms", 0), data, 0x80, kind=CONTROL, setup=bytes.fromhex("8006000100001200"), **at)


def configuration(interface_class, **at):
    interface = struct.pack("<9B", 9, 4, 0, 0, 2, interface_class, 1, 2, 0)
    endpoints = struct.pack("<BBBBHB", 7, 5, 0x02, 2, 64, 0) + struct.pack("<BBBBHB", 7, 5, 0x81, 2, 64, 0)
    head = struct.pack("<BBHBBBBB", 9, 2, 9 + len(interface + endpoints), 1, 1, 0, 0xC0, 1)
    return Transfer(at.pop("at_ms", 0), head + interface + endpoints, 0x80, kind=CONTROL,
                    setup=bytes.fromhex("8006000200002000"), **at)


def ieee1284(text, **at):
    data = struct.pack(">H", len(text) + 2) + text
    return Transfer(at.pop("at_ms", 0), data, 0x80, kind=CONTROL, setup=bytes.fromhex("a100000000000004"), **at)


def summed(*body):
    return bytes(body) + bytes([sum(body) % 256])


# What is public of the Disc Publisher II.
LEFT, PRINTER, RECORDER, RIGHT, TOGGLE = (summed(0x1B, 4, command, 0, 0, 0, 0) for command in (0x8D, 0x8E, 0x8F, 0x90, 0x92))


def a_disc_is_loaded():
    """A robot with its print class, a drive and a mouse beside it; the last frame has no successor."""
    said = [device_descriptor(0x0F25, 0x0012), configuration(7, at_ms=1),
            ieee1284(b"MFG:Invented;MDL:Robot One;CMD:ROBOT;", at_ms=2)]
    moves = [(1000, RIGHT), (11_000, TOGGLE), (31_000, RECORDER), (41_000, TOGGLE), (61_000, RIGHT), (72_000, TOGGLE)]
    said += [Transfer(ms, frame) for ms, frame in moves]
    said += [Transfer(ms + 500, b"\x06\x00", 0x81, took_ms=200, asked=64) for ms, _ in moves]
    drive = b"USBC" + bytes(27)
    said += [Transfer(500, drive, device=7), Transfer(600, drive, device=7), Transfer(601, bytes(512), 0x81, device=7)]
    said += [Transfer(700, b"\0\1\2\3", 0x81, device=9, kind=INTERRUPT)]
    return said


def scsi(at_ms, *command, device=7, failed=False):
    """A command to a drive, as bulk-only mass storage wraps it."""
    wrapped = struct.pack("<4sIIBBB", b"USBC", at_ms, 0, 0, 0, len(command)) + bytes(command)
    return Transfer(at_ms, wrapped + bytes(31 - len(wrapped)), device=device, failed=failed)


def tray(at_ms, out, **more):
    """START STOP UNIT with its bit for the tray."""
    return scsi(at_ms, 0x1B, 0, 0, 0, 2 if out else 3, 0, **more)


def used(at_ms, **more):
    return scsi(at_ms, 0x28, *bytes(9), **more)


def a_disc_is_copied(with_drive=True, polls=False):
    """Bin, grip, drive, release, drive, grip, bin, release, as the public script does it; with the drive's own commands if it
    is behind the same plug. polls: the program asks for something twice a second."""
    moves = [(0, RIGHT), (10_000, TOGGLE), (30_000, RECORDER), (50_000, TOGGLE), (305_000, RECORDER), (335_000, TOGGLE),
             (350_000, LEFT), (360_000, TOGGLE)]
    said = [device_descriptor(0x0F25, 0x0012), configuration(7)] + [Transfer(ms + 10, frame) for ms, frame in moves]
    if with_drive:
        said += [tray(40_010, True), tray(70_010, False), scsi(71_000, *bytes(6)), used(75_010), used(80_000),
                 tray(300_010, True), tray(345_010, False), used(358_000)]
    if polls:
        said += [Transfer(ms, b"\x1bask") for ms in range(250, 380_000, 500)]
    return said
