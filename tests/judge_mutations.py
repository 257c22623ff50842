#!/usr/bin/python3
"""judge_mutations.py [BUILD] [--list]: what the judge's tests seed and assert. Every code of check/codes.c is asserted by a
seeded defect in tests/test_judge_*.c, and at least 80 kinds of defects are seeded. --list prints the table."""
import collections
import pathlib
import re
import sys

KINDS_MIN = 80
source = pathlib.Path(__file__).resolve().parents[1]
codes = re.findall(r'ROW\(DW_\w+, "([A-Z0-9-]+)"', (source / "check" / "codes.c").read_text(encoding="utf-8"))
kinds = collections.defaultdict(list)
for path in sorted((source / "tests").glob("test_judge_*.c")):
    text = path.read_text(encoding="utf-8")
    # A row of a table of defects: {"what", ..., "CODE CODE", "CODE", "place"}; its code is the last but one text.
    for row in re.findall(r'^    \{"(?:[^"\\]|\\.)*",.*?\},?$', text, re.M):
        texts = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
        named = [t for t in texts[1:] if t.split(" ")[0] in codes]
        if named:
            kinds[named[-1].split(" ")[0]].append(f"{path.name}: {texts[0]}")
    # A medium judged by a profile that it does not have: {&image, "PROFILE", "CODE"}
    for profile, code in re.findall(r'\{&\w+, "([A-Z-]+)", "([A-Z0-9-]+)"\}', text):
        if code in codes:
            kinds[code].append(f"{path.name}: another medium than that of {profile}")
    for code in codes:
        if re.search(rf'set_has\(\w+, "{code}", |seen\[DW_{code.replace("-", "_")}\]|, DW_{code.replace("-", "_")}, ', text):
            kinds[code].append(f"{path.name}: asserted by itself")

total = sum(map(len, kinds.values()))
missing = [code for code in codes if not kinds[code]]
if "--list" in sys.argv:
    for code in codes:
        for kind in kinds[code]:
            print(f"{code:20} {kind}")
print(f"{total} kinds of seeded defects assert {len(codes) - len(missing)} of {len(codes)} codes")
if missing:
    print("no seeded defect asserts:", " ".join(missing))
sys.exit(1 if missing or total < KINDS_MIN else 0)
