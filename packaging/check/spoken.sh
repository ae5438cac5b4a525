#!/usr/bin/env bash
# Reads the window as a screen reader does, over AT-SPI: names on every page, what is announced. One JSON line comes out.
#   PYTHON=.venv/bin/python packaging/check/spoken.sh
# apt-get install -y --no-install-recommends at-spi2-core python3-gi gir1.2-atspi-2.0 xvfb openbox dbus
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in Xvfb openbox dbus-run-session; do
    command -v "$program" > /dev/null || { echo "$program is missing" >&2; exit 77; }
done
/usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0")' 2> /dev/null || { echo "python3-gi or gir1.2-atspi-2.0 is missing" >&2; exit 77; }
HOME=$(mktemp -d)
export HOME XDG_RUNTIME_DIR=$HOME/run PYTHONPATH=$PWD LANG=C.UTF-8 LC_ALL= LIAISON_TODAY=2026-09-16
export QT_QPA_PLATFORM=xcb QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 QT_IM_MODULE=compose PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring
unset QT_IM_MODULES WAYLAND_DISPLAY XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME XMODIFIERS
mkdir -m 700 "$XDG_RUNTIME_DIR"
Xvfb -displayfd 4 -screen 0 1600x1000x24 -nolisten tcp -noreset 4> "$HOME/display" 2> "$HOME/xvfb.log" &
xvfb=$!
trap 'kill "$xvfb" 2> /dev/null || true; sleep 0.5; rm -rf "$HOME" || { sleep 2; rm -rf "$HOME"; }' EXIT
for _ in $(seq 100); do [ -s "$HOME/display" ] && break; sleep 0.05; done
DISPLAY=:$(cat "$HOME/display")
export DISPLAY
openbox > "$HOME/openbox.log" 2>&1 &
timeout 180 dbus-run-session -- /usr/bin/python3 tests/support/screen_reader.py "${PYTHON:-python3}" "$HOME" 2> "$HOME/reader.log" || {
    status=$?
    grep -v AccessDenied "$HOME/reader.log" | tail -20 >&2
    exit "$status"
}
