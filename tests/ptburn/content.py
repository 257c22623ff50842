"""What a job reads from the server and what that becomes on a disc."""
import hashlib
import os
import re
import shutil
from facts import Refusal
from jobfile import IMAGE_TYPES
from paths import PathError

SIGNATURE = {2048: 1, 2336: 9, 2352: 25}  # of the volume descriptor in block 16, by bytes of a block
ISO_NAME = re.compile(r"[A-Z0-9_]{1,8}(\.[A-Z0-9_]{0,3})?")


def open_path(service, text, number, found):
    """The local file of a path in a job; Refusal(number) when the server cannot open it."""
    try:
        path = service.server.local(text)
    except PathError as error:
        found("path", str(error))
        raise Refusal(number, "a path that the server cannot open") from error
    if not path.exists() or not os.access(path, os.R_OK):
        raise Refusal(number, "a file that is not there")
    return path


def copy(service, source, target, job):
    """Read the source as the server sees it, write the disc. Returns the bytes."""
    digest, size = hashlib.sha256(), 0
    try:
        with open(source, "rb") as reader, open(target, "wb") as writer:
            while chunk := reader.read(1 << 20):
                digest.update(chunk)
                writer.write(chunk)
                size += len(chunk)
    except OSError as error:
        raise Refusal(4, "a source vanished or cannot be read") from error
    service.log("source.read", job=job.name, file=str(source.name), bytes=size, sha256=digest.hexdigest())
    return size


def fits_type(path, image_type):
    """"yes", "no" (nothing of an image), or "other" (an image of another block size)."""
    with open(path, "rb") as reader:
        for block, offset in SIGNATURE.items():
            reader.seek(16 * block + offset)
            if reader.read(5) == b"CD001" and os.path.getsize(path) % block == 0:
                return "yes" if block == IMAGE_TYPES[image_type] else "other"
    return "no"


def check_tree(path, level_one):
    """The rules of names and DVD-Video folders."""
    for folder, folders, names in os.walk(path):
        if level_one and not all(ISO_NAME.fullmatch(name) for name in [*folders, *names]):
            raise Refusal(4, "a name that ISOLEVEL1 does not allow")
        if os.path.basename(folder) == "VIDEO_TS" and "VIDEO_TS.IFO" not in names:
            raise Refusal(17, "VIDEO_TS without VIDEO_TS.IFO")


def check(service, job, found):
    """All sources exist and are of their kind, before a disc is touched."""
    request = job.request
    for entry in request.entries:
        path = open_path(service, entry.source, 4, found)
        if entry.kind != "Data" and not path.is_file():
            raise Refusal(4, "an image or track is not a file")
        if entry.kind == "ImageFile" and path.suffix.lower() == ".iso":
            if fits_type(path, request.once["ImageType"]) == "no":
                raise Refusal(4, "the image holds no volume descriptor")
        if entry.kind == "AudioFile" and path.suffix.lower() == ".wav":
            with open(path, "rb") as reader:
                if reader.read(4) != b"RIFF":
                    raise Refusal(4, "a .wav without its heading")
        if entry.kind == "Data" and path.is_dir():
            check_tree(path, request.once["DataImageType"].startswith("ISOLEVEL1"))


def bytes_of(service, job, found):
    total = 0
    for entry in job.request.entries:
        path = open_path(service, entry.source, 4, found)
        if path.is_dir():
            total += sum(os.path.getsize(os.path.join(f, n)) for f, _, names in os.walk(path) for n in names)
        else:
            total += path.stat().st_size
    return total


def place_data(service, entry, path, tree, job):
    inside = [n for n in entry.target.strip("\\").split("\\") if n]
    if path.is_file():
        if not inside:
            inside = [path.name]
        target = tree.joinpath(*inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(service, path, target, job)
        return
    for folder, _, names in os.walk(path):
        below = tree.joinpath(*inside, os.path.relpath(folder, path))
        below.mkdir(parents=True, exist_ok=True)
        for name in names:
            copy(service, path.__class__(folder) / name, below / name, job)


def record(service, job, surface, found):
    """Write every entry into the disc's folder. Refusal(18): the disc is ruined."""
    tracks = 0
    for entry in job.request.entries:
        path = open_path(service, entry.source, 4, found)
        if entry.kind == "ImageFile":
            if path.suffix.lower() == ".iso" and fits_type(path, job.request.once["ImageType"]) != "yes":
                found("image-type", "ImageType does not fit the image: the disc is ruined")
                raise Refusal(18, "an image of another block size")
            copy(service, path, surface / ("disc.iso" if entry.session == 1 else "session2.iso"), job)
        elif entry.kind == "AudioFile":
            tracks += 1
            copy(service, path, surface / f"track{tracks:02d}{path.suffix.lower()}", job)
        else:
            place_data(service, entry, path, surface / ("tree" if entry.session == 1 else "session2"), job)


def same(one, other):
    with open(one, "rb") as first, open(other, "rb") as second:
        return hashlib.file_digest(first, "sha256").digest() == hashlib.file_digest(second, "sha256").digest()


def verify(service, job, surface, found):
    """Compare the disc with its sources, which must still be there."""
    for entry in job.request.entries:
        if entry.kind == "ImageFile":
            path = open_path(service, entry.source, 4, found)
            if not same(path, surface / ("disc.iso" if entry.session == 1 else "session2.iso")):
                raise Refusal(19, "the disc differs from the image")


def read_disc(service, job, disc, index, found):
    """A read job: what lies on the disc goes to the server's folder."""
    request = job.request
    try:
        target = service.server.local(request.once["ReadDataTo"])
    except PathError as error:
        found("path", str(error))
        raise Refusal(25, "a path that the server cannot open") from error
    source = service.floor.surface(disc) if not disc.content else type(target)(disc.content)
    names = sorted(p for p in source.rglob("*") if p.is_file())
    if disc.blank and not disc.content or not names:
        raise Refusal(32, "nothing to read on the disc")
    several = request.number("Copies") > 1
    if request.once["ReadDataFormat"] == "ReadGI":
        first = 1 if "gi-from-1" in service.quirks else 0
        name = target.name + (f"_{index - 1 + first}" if several else "") + ".gi"
        target.parent.mkdir(parents=True, exist_ok=True)
        (target.parent / name).write_bytes(b"".join(p.read_bytes() for p in names))
        return
    if several and request.yes("CreateSubFolders"):
        target = target / f"Disc_{index - 1}"
    for path in names:
        below = target / path.relative_to(source)
        below.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, below)
