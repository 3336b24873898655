#!/bin/sh
# Installs the real servers that the tests talk to, from Debian's packages, without starting any of them.
set -eu
wanted="mosquitto mosquitto-clients influxdb postgresql chromium fonts-dejavu-core openssl strace systemd gammu gammu-smsd"
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "==> Not Debian: tests that need one of these are skipped unless you install it yourself: $wanted"
    exit 0
fi
missing=""
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "==> Not root and no sudo: tests that need these are skipped:$missing"
        exit 0
    fi
    as_root="sudo"
fi
echo "==> Installing for the tests, from Debian's packages:$missing"
# A package's service must not start by itself and take a port; an existing policy is left as it is.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod +x "$policy"
    trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of names
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
