#!/usr/bin/env bash
# What the tests need of the system: PostgreSQL with PostGIS, Chromium, Chinese fonts. Installs only what is missing.
set -eu
wanted=()
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted+=(postgresql)
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || wanted+=(postgis)
command -v chromium >/dev/null 2>&1 || wanted+=(chromium)
fc-list 2>/dev/null | grep -qi "noto.*cjk" || ls /usr/share/fonts/opentype/noto/*CJK* >/dev/null 2>&1 || wanted+=(fonts-noto-cjk)
[ ${#wanted[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need ${wanted[*]}: install them with this system's package manager, then run make test again." >&2
    exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "The tests need ${wanted[*]}: as root, apt-get install ${wanted[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
echo "Installing for the tests: ${wanted[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
packages=()
for name in "${wanted[@]}"; do
    case "$name" in
        postgis) packages+=("$(apt-cache pkgnames postgresql- | grep -E '^postgresql-[0-9]+-postgis-3$' | sort -V | tail -n 1)") ;;
        *) packages+=("$name") ;;
    esac
done
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
