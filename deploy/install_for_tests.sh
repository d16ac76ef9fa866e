#!/bin/sh
# Installs what only the tests need, by the system's package manager, where it is missing:
# PostgreSQL with PostGIS, Chromium, a Chinese font, Mosquitto. Says in one sentence what to do where it cannot.
set -eu

missing=""
want() { missing="$missing $1"; }

ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || want postgresql
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || want postgresql-postgis
[ -x /usr/bin/chromium ] || want chromium
ls /usr/share/fonts/opentype/noto/NotoSansCJK*.ttc >/dev/null 2>&1 || want fonts-noto-cjk
# Its package starts a broker at 1883, where the product itself listens: only where nothing but tests runs.
[ -z "${CI:-}" ] || [ -x /usr/sbin/mosquitto ] || command -v mosquitto >/dev/null 2>&1 || want mosquitto
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need$missing: install them with this system's package manager, then run make test again." >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
    as_root="sudo"
else
    echo "The tests need$missing: run 'apt-get install$missing' as root, then make test again." >&2
    exit 1
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 # one word a package
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
