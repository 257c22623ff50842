#!/usr/bin/env bash
# What the documents say is what the programs do: the configuration file, the man pages, --help.
set -u
build=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
failed=0
complain() {
    echo "$*"
    failed=1
}
diff -u "$source/conf/discwright.conf" <("$build/bin/discwright-tables" conf) || complain "conf/discwright.conf is old: ninja docs"
diff -u "$source/docs/man/discwright.conf.5" <("$build/bin/discwright-tables" man) || complain "discwright.conf.5 is old: ninja docs"
diff -u "$source/conf/sop-classes.conf" <("$build/bin/discwright-tables" classes) || complain "conf/sop-classes.conf is old: ninja docs"
diff -u "$source/docs/conformance-tables.md" <("$build/bin/discwright-tables" conformance) || complain "conformance-tables.md is old: ninja docs"
diff -u "$source/docs/ptburn-errors.md" <("$build/bin/discwright-tables" ptburn) || complain "docs/ptburn-errors.md is old: ninja docs"
diff -u "$source/udev/60-discwright-robots.rules" <("$build/bin/discwright-tables" udev) || complain "60-discwright-robots.rules is old: ninja docs"
# libusb waits for devices on a netlink socket, and does not begin without one.
grep -q '^RestrictAddressFamilies=.*AF_NETLINK' "$source/conf/systemd/discwright.service.in" || complain "the service keeps robots from USB"
"$build/bin/discwrightd" --config "$source/conf/discwright.conf" --check-config || complain "conf/discwright.conf is refused"
for page in "$source"/docs/man/*; do
    warnings=$(LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -z "$page" 2>&1)
    [ -z "$warnings" ] || complain "$(basename "$page"): $warnings"
done
# Every command of --help is in the man page and answers its own --help.
for command in $("$build/bin/discwright" --help | awk '/^  /{print $1}'); do
    "$build/bin/discwright" "$command" --help >/dev/null 2>&1 || complain "discwright $command --help fails"
    grep -qE "^\.(B|BI|BR|SS|TP).*\b$command\b|^\.B $command" "$source/docs/man/discwright.1" || complain "discwright.1 does not name $command"
done
exit $failed
