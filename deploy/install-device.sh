#!/bin/sh
# Installs the coldchain device agent on Raspberry Pi OS or Debian 12. Run as root from a checkout, on the Pi.
# It can be run again: what is there is kept. --without-systemd installs everything but starts nothing.
# Tried on a Debian machine without 1-Wire and without systemd; not yet on a Raspberry Pi.
set -eu
systemd=yes
[ "${1:-}" = "--without-systemd" ] && systemd=""
here=$(cd "$(dirname "$0")/.." && pwd)
root=${COLDCHAIN_ROOT:-} owner=coldchain
# COLDCHAIN_ROOT installs below another root as whoever runs this: for building images, and for trying it out.
[ -z "$root" ] || owner=$(id -un)
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || { echo "run as root: sudo $0" >&2; exit 1; }
prefix=$root/opt/coldchain etc=$root/etc/coldchain state=$root/var/lib/coldchain

echo "==> Debian packages"
if [ -z "$root" ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
fi

echo "==> 1-Wire"
boot=$root/boot/firmware/config.txt
if [ -e "$boot" ] && ! grep -q '^dtoverlay=w1-gpio' "$boot"; then
    printf '\n# coldchain: DS18B20 probes on GPIO 4, three wires, 4.7 kOhm pull-up\ndtoverlay=w1-gpio,gpiopin=4\n' >>"$boot"
    echo "    switched on in $boot; it works after the next reboot"
fi

echo "==> User and folders"
id "$owner" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/coldchain --shell /usr/sbin/nologin coldchain
install -d -m 0755 "$prefix" "$etc"
install -d -m 0750 -o "$owner" "$state"

echo "==> Python environment in $prefix/venv"
[ -x "$prefix/venv/bin/python" ] || python3 -m venv "$prefix/venv"
"$prefix/venv/bin/python" -m pip install -q --disable-pip-version-check -c "$here/constraints.txt" "$here[device,gpio]"

echo "==> Service and watchdog"
install -d "$root/etc/systemd/system" "$root/etc/systemd/system.conf.d" "$root/etc/polkit-1/rules.d"
install -m 0644 "$here/deploy/polkit/49-coldchain.rules" "$root/etc/polkit-1/rules.d/"
install -m 0644 "$here/deploy/systemd/coldchain-device.service" "$root/etc/systemd/system/"
install -m 0644 "$here/deploy/systemd/watchdog.conf" "$root/etc/systemd/system.conf.d/coldchain-watchdog.conf"
if [ -n "$systemd" ]; then
    systemctl daemon-reload
    [ -e "$etc/device.toml" ] && systemctl enable --now coldchain-device
fi
cat <<DONE
Done. Next: put the device.toml that \`coldchain-server enrol\` wrote at $etc/device.toml, then
  $prefix/venv/bin/coldchain-device --config $etc/device.toml doctor
  systemctl enable --now coldchain-device
DONE
