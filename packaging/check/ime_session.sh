#!/usr/bin/env bash
# Started by the ime_*.sh beside it, inside a session bus of its own: an X server, a window manager, the daemon, the probe.
#   ime_session.sh NAME DAEMON-COMMAND     NAME: fcitx5, fcitx4 or ibus; PYTHON: with the desk's dependencies
set -euo pipefail
name=$1 daemon=$2
home=$HOME
exec 3> "$home/xvfb.log"
Xvfb -displayfd 4 -screen 0 1440x900x24 -nolisten tcp -noreset 4> "$home/display" 2>&3 &
xvfb=$!
others=()
finish() {
    kill -TERM "$xvfb" 2> /dev/null || true # what has a window ends with it
    wait "$xvfb" 2> /dev/null || true
    kill -KILL "${others[@]}" 2> /dev/null || true
}
trap finish EXIT
for _ in $(seq 100); do [ -s "$home/display" ] && break; sleep 0.05; done
DISPLAY=:$(cat "$home/display")
export DISPLAY
openbox > "$home/openbox.log" 2>&1 &
others+=($!)
bash -c "exec $daemon" > "$home/daemon.log" 2>&1 &
export IME_DAEMON_PID=$! IME_DAEMON_AGAIN="exec $daemon"
others+=("$IME_DAEMON_PID")
sleep "${IME_SETTLE:-2}"
timeout 180 "${PYTHON:-python3}" -m tests.support.ime_probe "$name" 2> "$home/probe.log" || {
    status=$?
    cat "$home/probe.log" >&2
    tail -20 "$home/daemon.log" >&2
    exit "$status"
}
