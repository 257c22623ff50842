#!/usr/bin/env bash
# clang-tidy (.clang-tidy) over every file of ours that is built. A finding is a failure.
set -u
build=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
command -v clang-tidy >/dev/null || { echo "skipped: clang-tidy is not installed"; exit 77; }
list=$(mktemp)
trap 'rm -f "$list" "$list.out"' EXIT
/usr/bin/python3 - "$build" >"$list" <<'PY'
import json, sys
for entry in json.load(open(sys.argv[1] + "/compile_commands.json")):
    path = entry["file"]
    if path.endswith((".c", ".cc")) and "/tests/" not in path and not path.startswith(sys.argv[1]):
        print(path)
PY
count=$(wc -l <"$list")
[ "$count" -gt 50 ] || { echo "only $count files"; exit 1; }
xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p "$build" --config-file="$source/.clang-tidy" <"$list" >"$list.out" 2>/dev/null
status=$?
if [ $status -ne 0 ] || grep -qE 'warning:|error:' "$list.out"; then
    grep -E -A 4 'warning:|error:' "$list.out" | head -150
    echo "$(grep -cE 'warning:|error:' "$list.out") findings in $count files"
    exit 1
fi
echo "$count files, no findings"
