"""A platform of one's own for practice: the reference server on this machine, with the real units and quotas.

Started as a separate process on loopback, so practice goes over the same wire as work. Its administrator's
commands are run the same way. Everything lies below one folder, which is wiped at the start. In an installed
client without the server there is no practice platform, and ``Practice`` says so.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from desktop import assets, operations
from sync import errors
from sync.workspace import Workspace

START_SECONDS = 30.0
PASSPHRASE = "练习专用口令-practice"  # noqa: S105  practice data only; it guards nothing


def _leave_with_us() -> None:
    """In the new process: end when the program that started it is gone, however it went."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Practice:
    """A practice platform below ``folder``: start, stop, its administrator, and laptops enrolled with it."""

    def __init__(self, folder: Path) -> None:
        """Wipes ``folder``. ``NoPractice`` where this program was installed without the server."""
        if getattr(sys, "frozen", False) or importlib.util.find_spec("fastapi") is None:
            raise errors.NoPractice
        self.folder = folder
        self.url = ""
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        if folder.exists():
            shutil.rmtree(folder)
        (folder / "server").mkdir(parents=True)
        self.units = int(self.admin("init", "--units", str(assets.resource("units.csv")))["units"])

    def admin(self, *words: str) -> dict[str, Any]:
        """One administrator's command; its JSON answer. ``ServerTrouble`` where it was refused."""
        done = subprocess.run(  # noqa: S603  our own program
            [*self._command(), *words, "--json"], capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise errors.ServerTrouble((done.stdout or done.stderr).strip()[-300:])
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def dump(self) -> list[dict[str, Any]]:
        """Every record of the platform."""
        done = subprocess.run([*self._command(), "dump"], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def start(self) -> None:
        """Serve on loopback; returns once it answers. The port stays the same over restarts."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        log = (self.folder / "server.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603  our own program
            [*self._command(), "serve", "--port", str(self._port), "--ready-file", str(ready)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_leave_with_us if sys.platform == "linux" else None,
        )  # fmt: skip
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise errors.ServerTrouble(f"练习平台没有启动，见 {self.folder / 'server.log'}")
            time.sleep(0.05)
        self.url = str(json.loads(ready.read_text("utf-8"))["url"])
        self._port = int(self.url.rstrip("/").rsplit(":", 1)[1])

    def stop(self) -> None:
        """Stop serving; what was acknowledged stays."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)

    def enrol(self, name: str, unit: str, person: str) -> Workspace:
        """A laptop of ``unit``, enrolled with a one-time code; its open workspace below the practice folder."""
        code = str(self.admin("liaison", "add", "--unit", unit, "--name", person)["code"])
        workspace, _who = operations.enrol(self.folder / name, self.url, code, passphrase=PASSPHRASE)
        return workspace

    def _command(self) -> Sequence[str]:
        return [sys.executable, "-m", "sync.server", "--data", str(self.folder / "server")]
