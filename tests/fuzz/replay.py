#!/usr/bin/python3
"""replay.py BUILD TARGET: the inputs of a fuzz target (inputs.py, the kept cases among them), one after the other in one
process, which may take so much memory and no more."""
import pathlib
import resource
import subprocess
import sys
import tempfile

import inputs

MEMORY_KB_MAX = 64 * 1024
build, target = sys.argv[1:3]
sanitized = "DW_SANITIZE:BOOL=ON" in pathlib.Path(build, "CMakeCache.txt").read_text(encoding="utf-8")

with tempfile.TemporaryDirectory(prefix="dw-replay-") as folder:
    kept = inputs.write(build, target, pathlib.Path(folder))
    names = sorted(str(p) for p in pathlib.Path(folder).iterdir())
    strangers = {p.name for p in inputs.CASES.iterdir()} - {t.removeprefix("fuzz_") for t in inputs.TARGETS}
    if not names or strangers:
        sys.exit(f"{target}: {len(names)} inputs; cases of no target: {strangers or 'none'}")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    log = pathlib.Path(folder).with_suffix(".log")
    try:
        with log.open("w", encoding="utf-8") as err:
            done = subprocess.run([f"{build}/tests/{target}", *names], stderr=err, check=False)
        if done.returncode != 0:
            sys.exit("".join(log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)[-60:])
                     + f"{target}: exit {done.returncode}")
    finally:
        log.unlink()
memory_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(f"{len(names)} inputs, {kept} of them kept cases, {memory_kb} kB")
if not sanitized and memory_kb > MEMORY_KB_MAX and memory_kb > before:
    sys.exit(f"{target}: {memory_kb} kB of memory, more than {MEMORY_KB_MAX}")
