#!/usr/bin/python3
"""What goes wrong outside is one clear sentence and leaves nothing half done."""
import os
import pathlib
import shutil
import socket
import subprocess
from appliance import BIN, Appliance, check, main, need, sample


def run(*words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=60, **options)


def one_sentence(done, *parts):
    check(done.returncode != 0, f"{done.args[:3]} ended with 0")
    lines = done.stderr.strip().splitlines()
    check(len(lines) == 1, f"{done.args[:3]} said {len(lines)} lines: {done.stderr[:400]}")
    for part in parts:
        check(part in lines[0], f"'{lines[0]}' does not say '{part}'")


def configuration(folder):
    conf = folder / "bad.conf"
    conf.write_text(f"[daemon]\nstate = {folder}/s\n[dicom]\nprot = 1\n")
    one_sentence(run(BIN / "discwrightd", "--config", conf, "--check-config"), "bad.conf:4", "prot")
    one_sentence(run(BIN / "discwrightd", "--config", folder / "none.conf"), "none.conf")
    conf.write_text("[web]\nbind = 0.0.0.0\n" f"[daemon]\nstate = {folder}/s\n[dicom]\nport = 0\n")
    one_sentence(run(BIN / "discwrightd", "--config", conf), "password")


def ports(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        conf = folder / "port.conf"
        conf.write_text(f"[daemon]\nstate = {folder}/s2\nlog_level = error\n[dicom]\nbind = 127.0.0.1\nport = {port}\n[web]\nport = 0\n")
        done = run(BIN / "discwrightd", "--config", conf)
        one_sentence(done, str(port), "in use")
        conf.write_text(f"[daemon]\nstate = {folder}/s2\nlog_level = error\n[dicom]\nbind = 127.0.0.1\nport = 0\n[web]\nport = {port}\n")
        one_sentence(run(BIN / "discwrightd", "--config", conf), str(port), "in use")


def disc_command(folder, files):
    out = folder / "out"
    out.mkdir()
    empty = folder / "empty"
    empty.mkdir()
    one_sentence(run(BIN / "discwright", "disc", "--media", "cd", "--out", out / "a", empty))
    one_sentence(run(BIN / "discwright", "disc", "--media", "cd", "--out", out / "a", folder / "missing"), "missing")
    one_sentence(run(BIN / "discwright", "disc", "--media", "tape", "--out", out / "a", files[0]), "tape")
    one_sentence(run(BIN / "discwright", "disc", "--media", "cd", "--out", "/proc/none/a", files[0]))
    check(not list(out.iterdir()), f"something was left behind: {list(out.iterdir())}")
    mixed = folder / "mixed"
    mixed.mkdir()
    for i, path in enumerate(files[:3]):
        shutil.copy(path, mixed / f"IM{i}")
    (mixed / "notes.txt").write_text("these are notes\n" * 50)
    done = run(BIN / "discwright", "disc", "--media", "cd", "--no-viewer", "--out", out / "b", mixed)
    check(done.returncode == 1, f"a file that is not DICOM: exit {done.returncode}: {done.stderr}")
    check("notes.txt" in done.stderr + (out / "b.json").read_text(), "the file that is not DICOM is not named")
    check((out / "b-1.iso").is_file(), "the rest was not done")
    full = run("sh", "-c", f"ulimit -f 20; exec {BIN}/discwright disc --media cd --no-viewer --out {out}/c {mixed}", env=dict(os.environ))
    check(full.returncode != 0 and not [p for p in out.iterdir() if p.name.startswith("c")], "a half-written image was left behind")


def labels(folder):
    one_sentence(run(BIN / "discwright", "label", "--template", folder / "none.svg", "--out", folder / "l.png"), "none.svg")
    check(not (folder / "l.png").exists(), "a label was left behind")


def full_disk(a, files):
    done = subprocess.run(["storescu", "-v", "-aec", "DISCWRIGHT", "127.0.0.1", str(a.dicom), str(files[0])],
                          capture_output=True, text=True, timeout=60)
    check("0xa700" in done.stderr.lower() + done.stdout.lower() or "Out of Resources" in done.stderr + done.stdout or "OutOfResources" in done.stderr + done.stdout,
          f"a full disk was answered: {done.stdout[-300:]}{done.stderr[-300:]}")
    left = [p for p in (a.state / "spool").rglob("*") if p.is_file()]
    check(not left, f"{len(left)} files were left in the spool")


def test():
    need("storescu")
    with Appliance({"intake": ""}, name="bad") as a:
        text = a.config.read_text().replace("reserve = 1MB", "reserve = 900000GB")
        a.config.write_text(text)
        files = sample(a.dir / "sample", count=4, series=1, bytes=30000)
        configuration(a.dir)
        ports(a.dir)
        disc_command(a.dir, files)
        labels(a.dir)
        a.start()
        second = run(BIN / "discwrightd", "--config", a.config)
        one_sentence(second)
        full_disk(a, files)


main(test)
