"""Label files as PTBurn takes them: .std, .jpg, .bmp, .prn. What is in a picture is read as far as needed to know that it is
one, how large it is and whether it needs colour ink."""
import struct
from facts import Refusal

KINDS = {".std", ".jpg", ".bmp", ".prn"}
SIDE = 1417  # the vendor's example: a full disc at 300 dpi


def jpeg(data):
    """(width, height, colour) of a whole baseline or progressive JPEG."""
    if data[:2] != b"\xff\xd8" or data[-2:] != b"\xff\xd9":
        raise ValueError("no JPEG from its first marker to its last")
    at, size = 2, None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ValueError(f"no marker at byte {at}")
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
            if marker not in (0xC0, 0xC1, 0xC2):
                raise ValueError("a kind of JPEG that Windows does not read")
            bits, height, width, components = struct.unpack(">BHHB", data[at + 4:at + 10])
            if bits != 8 or components not in (1, 3):
                raise ValueError(f"{components} components of {bits} bits")
            size = width, height, components == 3
        if marker == 0xDA:
            if not size or not size[0] or not size[1]:
                raise ValueError("pixels without a size")
            return size
        at += 2 + length
    raise ValueError("no pixels in it")


def bmp(data):
    if data[:2] != b"BM" or len(data) < 54:
        raise ValueError("no Windows bitmap")
    total, _, offset, header, width, height, _, bits, packing = struct.unpack("<IIIIiiHHI", data[2:34])
    if total != len(data) or header < 40 or packing != 0 or bits not in (1, 4, 8, 24, 32) or width <= 0 or height == 0:
        raise ValueError("a bitmap with wrong sizes")
    if offset + (width * bits + 31) // 32 * 4 * abs(height) > len(data):
        raise ValueError("a bitmap that was cut off")
    return width, abs(height), bits > 8


def suffix(path_text):
    return "." + path_text.rsplit(".", 1)[-1].lower() if "." in path_text.rsplit("\\", 1)[-1] else ""


def look(path, robot_type, surething, found):
    """What the service thinks of a label: whether it needs colour. found(kind, sentence) takes what is worth a report."""
    kind = suffix(path.name)
    if not path.is_file():
        raise Refusal(29, "the label file does not exist")
    data = path.read_bytes()
    if kind == ".std":
        if not surething:
            raise Refusal(28, "the label application is not installed")
        return True
    if kind == ".prn":  # its real inside is not public: ours starts with the robot's type
        if not data.startswith(b"PRN %d\n" % robot_type):
            raise Refusal(7, "a .prn file that was not made for this printer")
        return True
    try:
        width, height, colour = (jpeg if kind == ".jpg" else bmp)(data)
    except (ValueError, struct.error, IndexError) as error:
        raise Refusal(7, f"not what its name says: {error}") from error
    if width != height:
        found("label", f"{width} x {height} pixels are not square")
    elif width != SIDE:
        found("label", f"{width} pixels a side, a full disc has {SIDE} at 300 dpi")
    return colour
