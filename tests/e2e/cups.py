#!/usr/bin/python3
"""Labels through a CUPS queue: what the printer was given is our label in its true size, and whatever can be wrong with a
printer is said while nothing is lost. The print server is a real one."""
import pathlib
import re
import struct
import subprocess
import zlib
import numpy
from appliance import Appliance, check, main, need, sample, wait_for
from manual import say, step
from printserver import PrintServer

MM = 72 / 25.4


def png(path):
    """The grey picture of a PNG of 8 bits without interlace, on white."""
    data = pathlib.Path(path).read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    check(depth == 8 and kind in (2, 6), f"a PNG of depth {depth} and kind {kind}")
    channels = 3 if kind == 2 else 4
    at, body = 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        body += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    raw = numpy.frombuffer(zlib.decompress(body), dtype=numpy.uint8).reshape(height, width * channels + 1)
    out = numpy.zeros((height, width * channels), dtype=numpy.uint8)
    for y in range(height):
        line, above = raw[y, 1:], out[y - 1] if y else numpy.zeros(width * channels, dtype=numpy.uint8)
        out[y] = unfilter(raw[y, 0], line, above, channels)
    pixels = out.reshape(height, width, channels).astype(float)
    grey = pixels[:, :, :3].mean(axis=2)
    if channels == 4:
        alpha = pixels[:, :, 3] / 255
        grey = grey * alpha + 255 * (1 - alpha)
    return grey


def unfilter(kind, line, above, channels):
    if kind == 0:
        return line
    if kind == 2:
        return line + above
    out = numpy.zeros_like(line)
    for i in range(len(line)):
        a, b = int(out[i - channels]) if i >= channels else 0, int(above[i])
        c = int(above[i - channels]) if i >= channels else 0
        if kind == 1:
            guess = a
        elif kind == 3:
            guess = (a + b) // 2
        else:
            p = a + b - c
            guess = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out[i] = (int(line[i]) + guess) & 255
    return out


def ppm(path):
    data = pathlib.Path(path).read_bytes()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    width, height = int(head[1]), int(head[2])
    return numpy.frombuffer(data[head.end():], dtype=numpy.uint8).reshape(height, width, 3).mean(axis=2)


def printed_document_is_the_label(a, server, number):
    given = server.printed()[0]
    info = subprocess.run(["pdfinfo", given], capture_output=True, text=True, check=True).stdout
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+) pts", info)
    check(all(abs(float(s) - 120 * MM) < 0.05 for s in size.groups()), f"the page is {size[0]}, not 120 mm x 120 mm")
    check("Pages:           1" in info, "the label has more than one page")
    subprocess.run(["pdftoppm", "-r", "300", given, a.dir / "page"], check=True)
    page = ppm(next(a.dir.glob("page*.ppm")))
    label = png(next((a.state / "volumes").glob(f"{number}-1/label.png")))
    n = min(page.shape[0], label.shape[0])
    check(abs(page.shape[0] - 1417) <= 1, f"at 300 dpi the page has {page.shape} dots")
    far = [abs(numpy.rot90(page[:n, :n], k) - label[:n, :n]).mean() for k in range(4)]
    check(far[0] < 4 and all(far[0] < f / 2 for f in far[1:]), f"the page is not the label, or is turned: {far}")
    attributes = (server.dir / "printed/attributes").read_text()
    check("120" in attributes or "12000" in attributes, f"the printer was not told the size: {attributes}")


def fault(a, key, part=""):
    """Once its sentence says so: for a moment the queue may still tell what the printer said of the label before."""
    def ask():
        return [f for f in a.get("/api/now")["robots"][0]["faults"] if f["key"].startswith(key) and part in f["sentence"]]
    return wait_for(f"fault {key}", ask, 60)[0]


def no_fault(a):
    wait_for("no fault", lambda: not a.get("/api/now")["robots"][0]["faults"], 60)


def until_printer(a, study):
    number = a.burn(study)
    say(a, step(a, "insert"))
    return number, step(a, "to_printer")


def test():
    need("storescu", "pdfinfo", "pdftoppm")
    with PrintServer() as server, Appliance(name="cups", robots={}) as a:
        with open(a.config, "a") as config:
            config.write(f"[robot desk]\ndriver = manual\ndevice = stdio:{a.dir}/drive\nprinter = cups\n"
                         f"printer_queue = {server.uri}\n")
        files = sample(a.dir / "sample", count=3, bytes=60000, series=1)
        a.start()
        a.send(files)
        study = a.study()
        check("print" in a.get("/api/now")["robots"][0]["caps"], "a robot with a queue has no printer")

        number, asked = until_printer(a, study)
        check("label printer" in asked["sentence"], asked["sentence"])
        say(a, asked)
        asked = step(a, "from_printer")
        check(len(server.printed()) == 1, f"{len(server.printed())} labels were printed")
        say(a, asked)
        a.job(number)
        printed_document_is_the_label(a, server, number)

        for word, part in (("media-empty-error", "sees no disc"), ("cover-open", "cover is open"),
                           ("marker-supply-empty-error", "ink is used up")):
            before = len(server.printed())
            server.trouble(word)
            number, asked = until_printer(a, study)
            say(a, asked)
            check(fault(a, "printer_attention", part)["who"] == "staff", f"{word} is nobody's of the staff")
            server.trouble("")
            say(a, step(a, "from_printer"))
            a.job(number)
            no_fault(a)
            check(len(server.printed()) == before + 1, "a label was printed twice or not at all")

        number, asked = until_printer(a, study)  # the print server is gone
        server.stop("server")
        say(a, asked)
        fault(a, "printer_offline")
        server.start_server()
        say(a, step(a, "from_printer"))
        a.job(number)
        no_fault(a)

        before = len(server.printed())  # the label came, and the answer did not
        number, asked = until_printer(a, study)
        server.wire.cut = True
        say(a, asked)
        say(a, step(a, "from_printer"))
        a.job(number)
        no_fault(a)
        check(server.wire.lost.is_set(), "no answer got lost")
        wait_for("an empty queue", lambda: not server.queue())
        check(len(server.printed()) == before + 1, "a label whose answer got lost was printed twice")

        server.hold(True)  # the site's queue holds whatever comes
        number, asked = until_printer(a, study)
        say(a, asked)
        fault(a, "printer_attention", "held")
        server.hold(False)
        server.release()
        say(a, step(a, "from_printer"))
        a.job(number)
        no_fault(a)

        server.trouble("media-empty-error")  # somebody takes the label out of the queue
        number, asked = until_printer(a, study)
        say(a, asked)
        fault(a, "printer_attention")
        server.cancel_all()
        server.trouble("")
        asked = step(a, "throw_away")
        check("Bad disc" in asked["sentence"] and "label printer" in asked["sentence"], asked["sentence"])
        say(a, asked)
        say(a, step(a, "insert"))
        say(a, step(a, "to_printer"))
        say(a, step(a, "from_printer"))
        check(a.job(number)["discs_delivered"] == 1, "the next disc was not delivered")

        before = len(server.printed())  # what a robot that died has left in the queue is never printed
        server.trouble("media-empty-error")
        number, asked = until_printer(a, study)
        say(a, asked)
        fault(a, "printer_attention")
        a.kill()
        foreign = server.submit("somebody's letter")
        other = server.submit("discwright disc 0123456789abcdef 7, 1", "-H", "indefinite")  # another appliance's
        a.start()
        wait_for("a queue without labels of ours", lambda: sorted(server.queue()) == sorted([foreign, other]))
        server.trouble("")
        wait_for("a queue with another's label alone", lambda: server.queue() == [other])
        wait_for("the letter", lambda: len(server.printed()) == before + 1)
        disc = wait_for("a disc in doubt", lambda: a.get("/api/discs?state=unknown")["discs"])[0]
        a.post(f"/api/discs/{disc['id']}/answer", {"at": "gone"})
        a.job(number, states=("held",))


if __name__ == "__main__":
    main(test)
