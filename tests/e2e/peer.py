"""A DICOM peer made of bytes (PS3.8 9.3): it says what no library would."""
import socket
import struct

CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_LE = "1.2.840.10008.1.2"
APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
RQ, AC, RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = 1, 2, 3, 4, 5, 6, 7


def item(kind, data):
    return struct.pack(">BBH", kind, 0, len(data)) + data


def pdu(kind, data):
    return struct.pack(">BBI", kind, 0, len(data)) + data


def request(called="DISCWRIGHT", calling="MODALITY", contexts=((VERIFICATION, IMPLICIT_LE),), max_pdu=131072,
            protocol=1, application=APPLICATION_CONTEXT):
    body = struct.pack(">HH16s16s32x", protocol, 0, called.ljust(16).encode(), calling.ljust(16).encode())
    body += item(0x10, application.encode())
    for i, (abstract, *syntaxes) in enumerate(contexts):
        inner = item(0x30, abstract.encode()) + b"".join(item(0x40, s.encode()) for s in syntaxes)
        body += item(0x20, struct.pack(">BBBB", 2 * i + 1, 0, 0, 0) + inner)
    return pdu(RQ, body + item(0x50, item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.3.4")))


def element(group, number, data):
    data += b"\0" * (len(data) & 1)
    return struct.pack("<HHI", group, number, len(data)) + data


def echo_command():
    body = (element(0, 2, VERIFICATION.encode()) + element(0, 0x100, b"\x30\0") + element(0, 0x110, b"\7\0")
            + element(0, 0x800, b"\1\1"))
    return element(0, 0, struct.pack("<I", len(body))) + body


def pdv(data, context=1, command=True, last=True):
    return struct.pack(">IBB", len(data) + 2, context, (1 if command else 0) | (2 if last else 0)) + data


def store_command():
    body = (element(0, 2, CT.encode()) + element(0, 0x100, b"\1\0") + element(0, 0x110, b"\7\0")
            + element(0, 0x700, b"\0\0") + element(0, 0x800, b"\0\0") + element(0, 0x1000, b"1.2.3.4.5.6"))
    return element(0, 0, struct.pack("<I", len(body))) + body


def data_set(size):
    return (element(8, 0x16, CT.encode()) + element(8, 0x18, b"1.2.3.4.5.6") + element(0x10, 0x20, b"P-1")
            + element(0x20, 0xD, b"1.2.3.4") + element(0x20, 0xE, b"1.2.3.4.5") + element(0x7FE0, 0x10, bytes(size)))


LARGE = data_set(1000000)
PIECES = [LARGE[at:at + 131060] for at in range(0, len(LARGE), 131060)]


def is_sanitized(pid):
    """Its memory is then the sanitizer's."""
    with open(f"/proc/{pid}/maps") as lines:
        return "libasan" in lines.read()


def pss_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


class Peer:
    def __init__(self, port, host="127.0.0.1", seconds=30, wrap=None):
        self.socket = socket.create_connection((host, port), seconds)
        if wrap:
            self.socket = wrap(self.socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                return None
            data += piece
        return data

    def answer(self):
        """(kind, body); (0, b"") when the connection ended."""
        try:
            head = self.read(6)
            if not head:
                return 0, b""
            kind, _, size = struct.unpack(">BBI", head)
            return kind, self.read(size)
        except ConnectionError:
            return 0, b""

    def associate(self, **options):
        self.send(request(**options))
        return self.answer()

    def rejection(self, **options):
        """(result, source, reason), or what came instead."""
        kind, body = self.associate(**options)
        return tuple(body[1:4]) if kind == RJ else (kind, body)

    def echo(self):
        """The status of a C-ECHO."""
        self.send(pdu(DATA, pdv(echo_command())))
        return self.status()

    def status(self):
        """The status of the next response; None when something else came."""
        kind, body = self.answer()
        at = 6
        while kind == DATA and at + 8 <= len(body):
            group, number, size = struct.unpack("<HHI", body[at:at + 8])
            if (group, number) == (0, 0x900):
                return struct.unpack("<H", body[at + 8:at + 10])[0]
            at += 8 + size
        return None

    def release(self):
        self.send(pdu(RELEASE_RQ, bytes(4)))
        return self.answer()[0] == RELEASE_RP


def user_item(body, wanted):
    """Value of an item of the user information of an A-ASSOCIATE-AC."""
    at = 68
    while at + 4 <= len(body):
        kind, _, size = struct.unpack(">BBH", body[at:at + 4])
        if kind == 0x50:
            inner = body[at + 4:at + 4 + size]
            while inner:
                kind, _, length = struct.unpack(">BBH", inner[:4])
                if kind == wanted:
                    return inner[4:4 + length]
                inner = inner[4 + length:]
        at += 4 + size
    return None
