"""Paths of job files as the Windows server sees them, mapped to this machine. A path that only this machine understands is
reported: on a real server it names nothing."""
import pathlib

LONGEST = 259   # of a path on Windows without the long form
FORBIDDEN = set('<>"|?*')


class PathError(Exception):
    pass


def parts_of(text):
    """('\\\\srv\\share' or 'c:', [names]) of an absolute Windows path."""
    if "/" in text:
        raise PathError("slashes of another operating system")
    if len(text) > LONGEST:
        raise PathError(f"{len(text)} characters, {LONGEST} are possible")
    if text.startswith("\\\\"):
        names = text[2:].split("\\")
        if len(names) < 3 or not names[0] or not names[1]:
            raise PathError("no server, share and file in it")
        root, rest = f"\\\\{names[0]}\\{names[1]}", names[2:]
    elif len(text) > 2 and text[0].isalpha() and text[1:3] == ":\\":
        root, rest = text[:2], text[3:].split("\\")
    else:
        raise PathError("neither \\\\server\\share nor a drive letter")
    if rest and rest[-1] == "":
        rest = rest[:-1]
    for name in rest:
        if not name or name in (".", "..") or FORBIDDEN & set(name) or any(ord(c) < 32 for c in name):
            raise PathError("a name in it is not possible on Windows")
        if name[-1] in " .":
            raise PathError("a name in it ends with a dot or a blank")
    return root, rest


def one_step(folder, name):
    """Windows looks names up without case."""
    exact = folder / name
    if exact.exists():
        return exact
    try:
        for entry in folder.iterdir():
            if entry.name.lower() == name.lower():
                return entry
    except OSError:
        pass
    return exact


class Server:
    """What the server can open. roots is {Windows prefix: callable or folder}."""

    def __init__(self, roots):
        self.roots = {self._key(k): v for k, v in roots.items()}

    @staticmethod
    def _key(prefix):
        root, rest = parts_of(prefix.rstrip("\\") + "\\x")
        return tuple(n.lower() for n in [root, *rest[:-1]])

    def local(self, text):
        """The file here; PathError says why the server could not even look for it."""
        root, rest = parts_of(text)
        names = [root, *rest]
        for length in range(len(names), 0, -1):
            found = self.roots.get(tuple(n.lower() for n in names[:length]))
            if found is not None:
                path = pathlib.Path(found() if callable(found) else found)
                for name in names[length:]:
                    path = one_step(path, name)
                return path
        raise PathError("the server has no such share or drive")
