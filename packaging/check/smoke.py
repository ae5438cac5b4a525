"""Starts a frozen or installed desk as a person's desktop would and sees that it really works.

Rules: a real X server (Xvfb) and Qt's xcb plugin, since the offscreen plugin hides missing X11 libraries; a home folder
and locale of a fresh machine; only the program's own commands are asked, none of its code is imported. Time limits
are generous: this is no measurement.

    python packaging/check/smoke.py PROGRAM [--offscreen]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

LIMIT_S = 120


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A fresh X server; gives its DISPLAY."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise SystemExit("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(10)


def fresh_environment(home: Path, **more: str) -> dict[str, str]:
    """What a program finds on a machine where nothing was set up, no Python settings of the build included."""
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(home / "run"),
        "LIAISON_PROFILE": str(home / "profile"),
        "LIAISON_PASSPHRASE": "smoke-Passphrase-1",
        **more,
    }


def run(program: Path, arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the program in its home folder, with no terminal."""
    return subprocess.run(
        [str(program), *arguments],
        cwd=environment["HOME"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


def check(name: str, done: subprocess.CompletedProcess[str], *, status: int = 0) -> str:
    """Prints one line; gives stdout.

    Raises:
        SystemExit: another exit status, or a traceback.
    """
    good = done.returncode == status and "Traceback" not in done.stderr
    print(f"{'ok  ' if good else 'FAIL'} {name} (exit {done.returncode})")
    if not good:
        raise SystemExit(f"stdout: {done.stdout[-3000:]}\nstderr: {done.stderr[-3000:]}")
    return done.stdout


def main() -> None:
    """Runs the checks; ends non-zero at the first that fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--offscreen", action="store_true", help="also without a display")
    chosen = parser.parse_args()
    program = chosen.program.absolute()
    with tempfile.TemporaryDirectory(prefix="liaison-smoke-") as folder:
        home = Path(folder)
        (home / "run").mkdir(mode=0o700)
        with display() as name:
            window = fresh_environment(home, DISPLAY=name, QT_QPA_PLATFORM="xcb")
            print(check("window on X11, no locale set", run(program, ["--self-check"], window)).strip())
        plain = fresh_environment(home, LANG="C.UTF-8")
        if chosen.offscreen:
            offscreen = {**plain, "QT_QPA_PLATFORM": "offscreen"}
            check("window offscreen", run(program, ["--self-check"], offscreen))
        kinds = json.loads(check("kinds", run(program, ["kinds", "--json"], plain)))["kinds"]
        if "demand" not in kinds:
            raise SystemExit(f"no demand among the kinds: {sorted(kinds)}")
        refused = run(program, ["add", "no-such-kind", "--file", "/dev/null", "--json"], plain)
        if refused.returncode == 0 or "Traceback" in refused.stderr:
            raise SystemExit(f"a kind that does not exist was not refused properly: {refused}")
        print("ok   a wrong command is refused")
    print("smoke passed")


if __name__ == "__main__":
    main()
