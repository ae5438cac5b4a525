#!/usr/bin/env bash
# The same through a real ibus with libpinyin, which Qt's own plugin speaks to: 东莞 arrives, keys of a composition stay in it.
# apt-get install -y --no-install-recommends ibus ibus-libpinyin dconf-gsettings-backend xdotool openbox xvfb dbus
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
for program in Xvfb openbox xdotool dbus-run-session ibus-daemon; do
    command -v "$program" > /dev/null || { echo "$program is missing" >&2; exit 77; }
done
[ -e /usr/share/ibus/component/libpinyin.xml ] || { echo "ibus-libpinyin is missing" >&2; exit 77; }
HOME=$(mktemp -d)
trap 'sleep 0.5; rm -rf "$HOME" || { sleep 2; rm -rf "$HOME"; }' EXIT
export HOME XDG_CONFIG_HOME=$HOME/.config XDG_RUNTIME_DIR=$HOME/run PYTHONPATH=$PWD LANG=C.UTF-8 LC_ALL=
export QT_IM_MODULE=ibus XMODIFIERS=@im=ibus QT_QPA_PLATFORM=xcb GSETTINGS_BACKEND=memory
unset QT_IM_MODULES WAYLAND_DISPLAY XDG_DATA_HOME XDG_CACHE_HOME
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
export IME_SETTLE=4
dbus-run-session -- packaging/check/ime_session.sh ibus \
    "bash -c '(for try in 1 2 3 4 5 6; do sleep 1; ibus engine libpinyin && break; done) & exec ibus-daemon -r --panel disable'"
