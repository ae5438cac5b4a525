#!/usr/bin/env bash
# Types "dongguan" and a space into a record form through a real fcitx and sees 东莞; also that keys of a composition
# stay in it, that saving does not disturb it, that a daemon may hang or die, and that passwords are not sent.
#   packaging/check/ime_fcitx.sh                         fcitx 5 of this system
#   FCITX4_ROOT=/path packaging/check/ime_fcitx.sh       fcitx 4, unpacked into that folder beside the installed fcitx 5
# apt-get install -y --no-install-recommends fcitx5 fcitx5-chinese-addons xdotool openbox xvfb dbus
# apt-get download fcitx-bin fcitx-data fcitx-modules fcitx-module-dbus fcitx-pinyin libfcitx-config4 libfcitx-core0 libfcitx-utils0,
# and of each: dpkg-deb -x PACKAGE.deb /path
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=$PWD/packaging/check
for program in Xvfb openbox xdotool dbus-run-session; do
    command -v "$program" > /dev/null || { echo "$program is missing" >&2; exit 77; }
done
HOME=$(mktemp -d)
export HOME XDG_CONFIG_HOME=$HOME/.config XDG_RUNTIME_DIR=$HOME/run PYTHONPATH=$PWD LANG=C.UTF-8 LC_ALL=
export QT_IM_MODULE=fcitx XMODIFIERS=@im=fcitx QT_QPA_PLATFORM=xcb
unset QT_IM_MODULES WAYLAND_DISPLAY XDG_DATA_HOME XDG_CACHE_HOME
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
trap 'sleep 0.5; rm -rf "$HOME" || { sleep 2; rm -rf "$HOME"; }' EXIT
if [ -n "${FCITX4_ROOT:-}" ]; then
    [ -x "$FCITX4_ROOT/usr/bin/fcitx" ] || { echo "no fcitx 4 in $FCITX4_ROOT" >&2; exit 77; }
    libraries=$(echo "$FCITX4_ROOT"/usr/lib/*-linux-gnu)
    ln -sfn "${libraries##*/}/fcitx" "$FCITX4_ROOT/usr/lib/fcitx" # where FCITXDIR looks
    mkdir -p "$XDG_CONFIG_HOME/fcitx"
    printf '[Program]\nDefaultInputMethodState=Active\n' > "$XDG_CONFIG_HOME/fcitx/config"
    printf '[Profile]\nIMName=pinyin\nEnabledIMList=fcitx-keyboard-us:True,pinyin:True\n' > "$XDG_CONFIG_HOME/fcitx/profile"
    dbus-run-session -- "$here/ime_session.sh" fcitx4 \
        "env FCITXDIR='$FCITX4_ROOT/usr' LD_LIBRARY_PATH='$libraries' '$FCITX4_ROOT/usr/bin/fcitx' -D"
else
    command -v fcitx5 > /dev/null || { echo "fcitx5 is missing" >&2; exit 77; }
    mkdir -p "$XDG_CONFIG_HOME/fcitx5"
    cat > "$XDG_CONFIG_HOME/fcitx5/profile" <<'PROFILE'
[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin
[Groups/0/Items/0]
Name=keyboard-us
[Groups/0/Items/1]
Name=pinyin
[GroupOrder]
0=Default
PROFILE
    printf '[Behavior]\nActiveByDefault=True\n' > "$XDG_CONFIG_HOME/fcitx5/config"
    dbus-run-session -- "$here/ime_session.sh" fcitx5 "fcitx5 --disable=wayland,cloudpinyin,notifications"
fi
