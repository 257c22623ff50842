#!/usr/bin/env bash
# An installed tree works from wherever it lies: cmake --install into a folder, then a disc and its verdict with
# the installed programs. The package is made too and says what is in it.
set -u
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAIL: $*"
    exit 1
}
DESTDIR=$work/root cmake --install "$build" >"$work/log" 2>&1 || fail "$(tail -n 3 "$work/log")"
prefix=$(dirname "$(dirname "$(find "$work/root" -name discwright -path '*/bin/*' -type f)")")
for file in sbin/discwrightd bin/discwright libexec/discwright/discwright-work \
    libexec/discwright/discwright-work-check libexec/discwright/discwright-dirreader.so libexec/discwright/discwright-robot \
    libexec/discwright/discwright-make libexec/discwright/discwright-usb share/discwright/dictionaries/dicomdir.dic \
    libexec/discwright/discwright-receive share/discwright/sop-classes.conf \
    share/man/man1/discwright.1 share/man/man5/discwright.conf.5 \
    share/man/man8/discwrightd.8 share/discwright/templates/standard.svg lib/systemd/system/discwright.service; do
    [ -s "$prefix/$file" ] || fail "$file is not installed"
done
conf=$(find "$work/root" -name discwright.conf -path '*etc*')
"$prefix/sbin/discwrightd" --config "$conf" --check-config || fail "the installed configuration is refused"
grep -q '@' "$prefix/lib/systemd/system/discwright.service" && fail "the unit is not filled in"
"$prefix/bin/discwright" sample --out "$work/sample" || fail "sample"
"$prefix/bin/discwright" disc --media cd --out "$work/disc" "$work/sample" || fail "disc"
"$prefix/bin/discwright" check "$work/disc-1.iso" >"$work/log" || fail "check: $(tail -n 3 "$work/log")"
"$prefix/bin/discwright" label --template standard --set PATIENT_NAME=Test --out "$work/label.png" || fail "label"
command -v dpkg-deb >/dev/null || { echo "ok (no dpkg-deb: package not made)"; exit 0; }
(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/deb" >"$work/log" 2>&1) || fail "cpack: $(tail -n 5 "$work/log")"
deb=$(find "$work/deb" -maxdepth 1 -name "*.deb")
dpkg-deb -I "$deb" | grep -q 'Depends:.*libdcmtk' || fail "the package names no libraries"
dpkg-deb -c "$deb" | grep -q 'sbin/discwrightd$' || fail "the package has no daemon"
echo "ok: $(basename "$deb"), $(dpkg-deb -c "$deb" | grep -vc '/$') files"
