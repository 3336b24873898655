#!/bin/sh
# Installs the coldchain server on Debian 12 or Raspberry Pi OS: packages, user, environment, broker, service.
# Run as root from a checkout. It can be run again: what is there is kept, configuration is never overwritten.
#   --without-influxdb   keep readings in the embedded SQLite store (one cooperative is well served by it)
#   --without-systemd    install everything but start nothing (containers, images)
set -eu
influxdb=influxdb systemd=yes
for option in "$@"; do
    case "$option" in
        --without-influxdb) influxdb="" ;;
        --without-systemd) systemd="" ;;
        *) echo "unknown option $option; see the head of this file" >&2; exit 2 ;;
    esac
done
here=$(cd "$(dirname "$0")/.." && pwd)
root=${COLDCHAIN_ROOT:-} owner=coldchain
# COLDCHAIN_ROOT installs below another root as whoever runs this: for building images, and for trying it out.
[ -z "$root" ] || owner=$(id -un)
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || { echo "run as root: sudo $0" >&2; exit 1; }
prefix=$root/opt/coldchain etc=$root/etc/coldchain state=$root/var/lib/coldchain

echo "==> Debian packages"
if [ -z "$root" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # an empty choice is no package
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        python3-venv mosquitto $influxdb >/dev/null
fi

echo "==> User and folders"
id "$owner" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/coldchain --shell /usr/sbin/nologin coldchain
install -d -m 0755 "$prefix" "$etc"
install -d -m 0750 -o "$owner" "$state"

echo "==> Python environment in $prefix/venv"
[ -x "$prefix/venv/bin/python" ] || python3 -m venv "$prefix/venv"
"$prefix/venv/bin/python" -m pip install -q --disable-pip-version-check -c "$here/constraints.txt" "$here[server]"

echo "==> Configuration in $etc (kept where it exists)"
for name in server fleet; do
    [ -e "$etc/$name.toml" ] || install -m 0640 "$here/deploy/$name.example.toml" "$etc/$name.toml"
done

[ -n "$root" ] || chgrp -R "$owner" "$etc"

echo "==> Broker"
plugin=$(find /usr/lib -name mosquitto_dynamic_security.so | head -n 1)
[ -n "$plugin" ] || { echo "no mosquitto_dynamic_security.so under /usr/lib; install Debian's mosquitto" >&2; exit 1; }
broker=$root/etc/mosquitto/conf.d
install -d "$broker"
sed "s|@DYNSEC_PLUGIN@|$plugin|" "$here/deploy/mosquitto/coldchain.conf" >"$broker/coldchain.conf"
dynsec=$root/var/lib/mosquitto/dynamic-security.json
if [ ! -e "$dynsec" ]; then
    install -d "$(dirname "$dynsec")"
    password=$(python3 -c 'import secrets; print(secrets.token_urlsafe(24))')
    mosquitto_ctrl dynsec init "$dynsec" coldchain-admin "$password" >/dev/null
    [ -n "$root" ] || chown mosquitto "$dynsec"
    chmod 0600 "$dynsec"
    install -m 0640 /dev/null "$etc/broker-admin-password"
    printf '%s\n' "$password" >"$etc/broker-admin-password"
    [ -n "$root" ] || chgrp "$owner" "$etc/broker-admin-password"
fi

echo "==> Service"
install -d "$root/etc/systemd/system"
install -m 0644 "$here/deploy/systemd/coldchain-server.service" "$root/etc/systemd/system/"
if [ -n "$systemd" ]; then
    systemctl daemon-reload
    systemctl restart mosquitto
    systemctl enable --now coldchain-server
fi
cat <<DONE
Done. Next:
  1. say which sites, coolers and people there are:   $etc/fleet.toml
  2. check it:      $prefix/venv/bin/coldchain-server --config $etc/server.toml check-config
  3. let the server itself into the broker, then each device:
                    $prefix/venv/bin/coldchain-server --config $etc/server.toml enrol --server --output $etc/broker-password
                    $prefix/venv/bin/coldchain-server --config $etc/server.toml enrol DEVICE
  4. make an account: $prefix/venv/bin/coldchain-server --config $etc/server.toml user add NAME --role admin
DONE
