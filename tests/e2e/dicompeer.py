"""A DICOM sender made of sockets and bytes (PS3.8 9.3, PS3.7 E.1): it proposes what no library knows, and sends
what no library would."""
import socket
import struct
import zlib

EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
CT = "1.2.840.10008.5.1.4.1.1.2"
VERIFICATION = "1.2.840.10008.1.1"
C_STORE, C_ECHO = 0x0001, 0x0030
LONG = {"OB", "OW", "SQ", "UN"}


def element(tag, vr, value, syntax=EXPLICIT_LE):
    """One element of a data set; a value of text or of bytes that are in its byte order already."""
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr in ("UI", "OB") else b" ") * (len(value) % 2)
    order = ">" if syntax == EXPLICIT_BE else "<"
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if syntax == IMPLICIT_LE:
        return head + struct.pack("<I", len(value)) + value
    if vr in LONG:
        return head + vr.encode() + struct.pack(order + "HI", 0, len(value)) + value
    return head + vr.encode() + struct.pack(order + "H", len(value)) + value


def pixels(syntax, data, encapsulated):
    if not encapsulated:
        return element(0x7FE00010, "OW", data, syntax)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, len(data)) + data
    return (struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0) +
            item + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))


def data_set(sop_class, instance, syntax=EXPLICIT_LE, study="1.2.826.0.1.7", series=None, patient="P-1",
             encapsulated=False, data=b"\x5a" * 512, number=1, more=(), name="Test^Peer"):
    order = ">" if syntax == EXPLICIT_BE else "<"
    short = lambda value: struct.pack(order + "H", value)
    elements = [(0x00080016, "UI", sop_class), (0x00080018, "UI", instance), (0x00080020, "DA", "20260102"),
                (0x00080030, "TM", "101500"), (0x00080060, "CS", "OT"), (0x00100010, "PN", name),
                (0x00100020, "LO", patient), (0x00100030, "DA", "19700101"), (0x0020000D, "UI", study),
                (0x0020000E, "UI", series or study + ".1"), (0x00200010, "SH", "S1"), (0x00200011, "IS", "1"),
                (0x00200013, "IS", str(number)), (0x00280002, "US", short(1)),
                (0x00280004, "CS", "MONOCHROME2"), (0x00280010, "US", short(16)), (0x00280011, "US", short(16)),
                (0x00280100, "US", short(16)), (0x00280101, "US", short(12)), (0x00280102, "US", short(11)),
                (0x00280103, "US", short(0)), *more]
    inner = EXPLICIT_LE if syntax not in (IMPLICIT_LE, EXPLICIT_BE) else syntax
    out = b"".join(element(*e, inner) for e in sorted(elements, key=lambda e: e[0])) + pixels(inner, data, encapsulated)
    if syntax != DEFLATED:
        return out
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(out) + packer.flush()
    return packed + b"\0" * (len(packed) % 2)


def command(*elements):
    body = b"".join(struct.pack("<HHI", 0, number, len(value)) + value for number, value in elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def uid(text):
    return text.encode() + b"\0" * (len(text) % 2)


def item(kind, data):
    return struct.pack(">BBH", kind, 0, len(data)) + data


class Association:
    """contexts: (abstract syntax, [transfer syntaxes]) each; accepted: {context id: transfer syntax}, refused:
    {context id: result}. A rejection is in self.rejected (result, source, reason)."""

    def __init__(self, port, contexts, calling="PEER", called="DISCWRIGHT", max_pdu=131072):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.contexts, self.accepted, self.refused, self.rejected = {}, {}, {}, None
        self.message = 0
        body = struct.pack(">HH", 1, 0) + called.ljust(16).encode() + calling.ljust(16).encode() + bytes(32)
        body += item(0x10, b"1.2.840.10008.3.1.1.1")
        for i, (abstract, syntaxes) in enumerate(contexts):
            self.contexts[2 * i + 1] = abstract
            body += item(0x20, bytes([2 * i + 1, 0, 0, 0]) + item(0x30, abstract.encode()) +
                         b"".join(item(0x40, s.encode()) for s in syntaxes))
        body += item(0x50, item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.3.4"))
        self.pdu(1, body)
        kind, answer = self.read_pdu()
        if kind == 3:
            self.rejected = tuple(answer[1:4])
        elif kind == 2:
            self.read_acceptance(answer[68:])
        else:
            raise ConnectionError(f"the request was answered with PDU {kind}")

    def read_acceptance(self, data):
        while data:
            kind, _, size = struct.unpack(">BBH", data[:4])
            if kind == 0x21:
                number, result = data[4], data[6]
                if result == 0:
                    self.accepted[number] = data[12:4 + size].decode().rstrip("\0")
                else:
                    self.refused[number] = result
            data = data[4 + size:]

    def pdu(self, kind, body):
        self.socket.sendall(struct.pack(">BBI", kind, 0, len(body)) + body)

    def read(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the connection ended")
            data += part
        return data

    def read_pdu(self):
        kind, _, size = struct.unpack(">BBI", self.read(6))
        return kind, self.read(size)

    def pdv(self, context, is_command, last, data):
        self.pdu(4, struct.pack(">IBB", len(data) + 2, context, (1 if is_command else 0) | (2 if last else 0)) + data)

    def send(self, context, is_command, data, each=65536):
        for at in range(0, max(len(data), 1), each):
            self.pdv(context, is_command, at + each >= len(data), data[at:at + each])

    def status(self):
        """(0000,0900) of the next response."""
        kind, data = self.read_pdu()
        if kind != 4:
            raise ConnectionError(f"PDU {kind} instead of a response")
        data = data[6:]
        while data:
            group, number, size = struct.unpack("<HHI", data[:8])
            if (group, number) == (0, 0x0900):
                return struct.unpack("<H", data[8:10])[0]
            data = data[8 + size:]
        raise ConnectionError("a response without a status")

    def request(self, context, sop_class, instance, has_data=True):
        self.message = self.message % 65535 + 1
        self.send(context, True, command((0x0002, uid(sop_class)), (0x0100, struct.pack("<H", C_STORE)),
                                         (0x0110, struct.pack("<H", self.message)), (0x0700, b"\0\0"),
                                         (0x0800, b"\0\0" if has_data else b"\1\1"), (0x1000, uid(instance))))

    def store(self, context, instance, data, sop_class=None, each=65536):
        self.request(context, sop_class or self.contexts[context], instance)
        self.send(context, False, data, each)
        return self.status()

    def echo(self, context):
        self.send(context, True, command((0x0002, uid(VERIFICATION)), (0x0100, struct.pack("<H", C_ECHO)),
                                         (0x0110, b"\7\0"), (0x0800, b"\1\1")))
        return self.status()

    def release(self):
        self.pdu(5, bytes(4))
        kind, _ = self.read_pdu()
        self.socket.close()
        return kind == 6

    def abort(self):
        self.pdu(7, bytes(4))
        self.socket.close()
