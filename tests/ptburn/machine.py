"""The robots as things: discs, bins, drives, printer, cartridges. They outlive the service: their state is kept in a file and
is as it was when the service starts again. What left a machine lies in the output folder, one folder per disc."""
import dataclasses
import json
import pathlib
import shutil
from facts import BLOCKS, COMBINED, FOUR_TANKS, ONE_CARTRIDGE, ROBOT_TYPES


@dataclasses.dataclass
class Disc:
    """One piece of plastic. content is a folder with what was written (or what it came with)."""
    number: int
    medium: str = "dvd"
    blank: bool = True
    bad: bool = False          # unreadable or upside down
    content: str = ""
    job: str = ""
    index: int = 0
    label: str = ""            # file name of the printed label in its folder
    verified: bool = False
    closed: bool = False
    good: bool = False
    note: str = ""

    def blocks(self):
        return BLOCKS[self.medium]


def default_cartridges(robot_type):
    if robot_type in COMBINED:
        return [[6, 80.0]]
    if robot_type in ONE_CARTRIDGE:
        return [[1, 80.0]]
    if robot_type in FOUR_TANKS:
        return [[2, 88.0], [3, 70.0], [4, 60.0], [5, 55.0]]
    return [[1, 80.0], [2, 90.0]]


def write_json(path, value):
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1))
    part.replace(path)


class Machine:
    """One robot. spec: name, type, left, right (discs in the bins; None: no such bin), drives, medium."""

    def __init__(self, spec, new_number):
        self.name = spec.get("name") or ROBOT_TYPES.get(int(spec.get("type", 8)), "Disc Publisher")
        self.type = int(spec.get("type", 8))
        self.drives = int(spec.get("drives", 2))
        self.medium = spec.get("medium", "dvd")
        if self.medium not in BLOCKS:
            raise ValueError(f"no medium {self.medium}")
        self.new_number = new_number
        self.bins = {"left": [], "right": []}
        for name in ("left", "right"):
            count = spec.get(name, 0 if name == "left" else 25)
            if count in (None, "none"):
                self.bins[name] = None
            else:
                self.fill(name, int(count))
        self.cartridges = default_cartridges(self.type)
        self.kiosk = False
        self.held = {}             # drive index (text) -> Disc in it
        self.printer = None        # Disc in its tray
        self.life = {"good": 0, "bad": 0}
        self.drive_life = {}       # location -> {statistic: count}

    def fill(self, name, count, **kind):
        """Put count fresh discs on a bin."""
        if self.bins[name] is None:
            self.bins[name] = []
        for _ in range(count):
            self.bins[name].append(Disc(self.new_number(), **{"medium": self.medium, **kind}))

    def tanks(self):
        """[(type, percent)] as the status files number them: machines with four tanks tell of five."""
        if self.type not in FOUR_TANKS:
            return [tuple(c) for c in self.cartridges]
        black, *colours = self.cartridges
        return [tuple(black), (1, min(fill for _, fill in colours)), *map(tuple, colours)]

    def ink(self):
        """(lowest colour, lowest black); None where there is no such cartridge."""
        colours = [fill for kind, fill in self.cartridges if kind in (1, 3, 4, 5, 6)]
        blacks = [fill for kind, fill in self.cartridges if kind in (2, 6)]
        return (min(colours) if colours else None), (min(blacks) if blacks else None)

    def use_ink(self, percent):
        for cartridge in self.cartridges:
            cartridge[1] = max(0.0, cartridge[1] - percent)

    def save(self):
        discs = {name: None if pile is None else [dataclasses.asdict(d) for d in pile] for name, pile in self.bins.items()}
        return {"bins": discs, "cartridges": self.cartridges, "kiosk": self.kiosk, "life": self.life,
                "drive_life": self.drive_life,
                "held": {k: dataclasses.asdict(d) for k, d in self.held.items()},
                "printer": self.printer and dataclasses.asdict(self.printer)}

    def load(self, kept):
        self.bins = {n: None if pile is None else [Disc(**d) for d in pile] for n, pile in kept["bins"].items()}
        self.cartridges, self.kiosk, self.life = kept["cartridges"], kept["kiosk"], kept["life"]
        self.drive_life = kept["drive_life"]
        self.held = {k: Disc(**d) for k, d in kept["held"].items()}
        self.printer = Disc(**kept["printer"]) if kept["printer"] else None


class Floor:
    """All machines of a server and the room around them."""

    def __init__(self, out, specs):
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.file = self.out / "machines.json"
        self.inside = self.out / "inside"     # what was written on discs that are still in a machine
        self.inside.mkdir(exist_ok=True)
        kept = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.last = kept.get("last", 0)
        self.delivered = kept.get("delivered", 0)
        self.ticks = kept.get("ticks", 90211)
        self.machines = [Machine(spec, self.new_number) for spec in specs]
        for machine in self.machines:
            if machine.name in kept.get("machines", {}):
                machine.load(kept["machines"][machine.name])
        self.save()

    def new_number(self):
        self.last += 1
        return self.last

    def save(self):
        write_json(self.file, {"last": self.last, "delivered": self.delivered, "ticks": self.ticks,
                               "machines": {m.name: m.save() for m in self.machines}})

    def surface(self, disc):
        """The folder of a disc's data while it is in a machine."""
        folder = self.inside / str(disc.number)
        folder.mkdir(exist_ok=True)
        return folder

    def deliver(self, disc, machine, drive, place):
        """A disc leaves: out/NNNN with what is on it and disc.json. Returns what disc.json says."""
        self.delivered += 1
        folder = self.out / f"{self.delivered:04d}"
        inside = self.surface(disc)
        told = {"disc": self.delivered, "plastic": disc.number, "robot": machine.name, "drive": drive, "place": place,
                "medium": disc.medium, "job": disc.job, "index": disc.index, "good": disc.good,
                "verified": disc.verified, "closed": disc.closed, "blank": disc.blank, "label": disc.label,
                "note": disc.note, "image": (inside / "disc.iso").exists()}
        (inside / "disc.json").write_text(json.dumps(told, indent=1))
        shutil.move(inside, folder)
        self.save()
        return told
