#!/usr/bin/env bash
# gcc -fanalyzer over every C file that is built, with the flags it is built with. A finding is a failure.
set -u
build=$1
[ -f "$build/compile_commands.json" ] || { echo "no compile_commands.json"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 - "$build" "$work/commands" <<'PY'
import json, re, shlex, sys
out = open(sys.argv[2], "w")
for entry in json.load(open(sys.argv[1] + "/compile_commands.json")):
    if not entry["file"].endswith(".c") or "/tests/" in entry["file"] or entry["file"].startswith(sys.argv[1]):
        continue
    words = [w for w in shlex.split(entry["command"]) if "ccache" not in w]
    del words[words.index("-o"):words.index("-o") + 2]
    words = [w for w in words if not re.fullmatch(r"-MD|-Werror|-g|-D_FORTIFY_SOURCE=2", w)]
    for option in ("-MT", "-MF"):
        if option in words:
            del words[words.index(option):words.index(option) + 2]
    words += ["-fanalyzer", "-O1", "-o", "/dev/null", "-Wno-analyzer-too-complex"]
    out.write(" ".join(map(shlex.quote, words)) + "\n")
PY
count=$(wc -l <"$work/commands")
[ "$count" -gt 50 ] || { echo "only $count files"; exit 1; }
# The unit is read from stdin line by line; each line is one compiler run.
xargs -P "$(nproc)" -d '\n' -n 1 sh -c 'eval "$1"' sh <"$work/commands" 2>"$work/out" || { cat "$work/out"; exit 1; }
if grep -q 'Wanalyzer' "$work/out"; then
    grep -A 12 'Wanalyzer' "$work/out" | head -200
    echo "$(grep -c 'warning:.*Wanalyzer' "$work/out") findings in $count files"
    exit 1
fi
echo "$count files, no findings"
