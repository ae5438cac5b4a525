"""Papers are drawn in a process of their own: a hostile one may eat that one's memory and time, or crash it, and no more.

``draw`` asks the helper, which is started when it is first needed and again after it died; it holds the last paper, so
that turning pages reads nothing anew. Its limits: ``MEMORY`` of address space and ``SECONDS`` a page (on Unix; on
Windows only a crash is kept apart). Call it from one thread. Must not know records or Qt.

    asked    one line of JSON {"key", "bytes", "mime", "index", "width"}, then so many bytes where the paper is new
    answer   one line of JSON {"width", "height"} and the pixels, or {"no": why}
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from sync.evidence.drawing import NoPicture, Pages, Pixels

HELPER = "--page-helper"  # what the frozen program is called with
MEMORY = 1_500_000_000
SECONDS = 20
NICE = 5  # the window goes first


class _Helper:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._key = ""

    def draw(self, key: str, read: Callable[[], bytes], mime: str, index: int, width: int) -> Pixels:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())  # noqa: S603
        data = b"" if key == self._key else read()
        asked = {"key": key, "bytes": len(data), "mime": mime, "index": index, "width": width}
        try:
            into, out = self._process.stdin, self._process.stdout
            assert into is not None and out is not None  # noqa: S101  both are pipes
            into.write(json.dumps(asked).encode() + b"\n" + data)
            into.flush()
            self._key = key
            said = json.loads(out.readline() or b'{"no": "helper"}')
            if "no" in said:
                raise NoPicture(said["no"])
            pixels = out.read(said["width"] * said["height"] * 3)
        except OSError as broken:
            self.close()
            raise NoPicture("helper") from broken
        if len(pixels) != said["width"] * said["height"] * 3:
            raise NoPicture("helper")
        return said["width"], said["height"], pixels

    def close(self) -> None:
        process, self._process, self._key = self._process, None, ""
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            process.wait()


_helper = _Helper()
atexit.register(_helper.close)


def draw(key: str, read: Callable[[], bytes], mime: str, index: int, width: int) -> Pixels:
    """A page of the paper ``key``, which ``read`` gives where the helper has another one; ``NoPicture`` where it cannot be."""
    return _helper.draw(key, read, mime, index, width)


def close() -> None:
    """Ends the helper; the next page starts another."""
    _helper.close()


def _command() -> list[str]:
    return [sys.executable, HELPER] if getattr(sys, "frozen", False) else [sys.executable, "-m", "sync.evidence.apart"]


def _environment() -> dict[str, str]:
    """Without the passphrase, which others may read there; with the way to this tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIAISON_")}
    root = str(Path(__file__).resolve().parents[2])
    return {**kept, "PYTHONPATH": os.pathsep.join([root, *filter(None, [kept.get("PYTHONPATH")])])}


# -- the helper's side -------------------------------------------------------------------------------------------


def serve(into: IO[bytes], out: IO[bytes]) -> int:
    """Answers until nobody asks any more; the exit status."""
    _limit()
    warnings.simplefilter("ignore")  # of a size, which was looked at when the paper came in
    pages, key = Pages(b"", ""), ""
    while line := into.readline():
        asked = json.loads(line)
        if asked["key"] != key:
            pages.close()
            pages, key = Pages(into.read(asked["bytes"]), asked["mime"]), asked["key"]
        _alarm(SECONDS)
        try:
            width, height, pixels = pages.draw(asked["index"], asked["width"])
            out.write(json.dumps({"width": width, "height": height}).encode() + b"\n")
            out.write(pixels)
        except (NoPicture, MemoryError) as wrong:
            out.write(json.dumps({"no": str(wrong) or "memory"}).encode() + b"\n")
        _alarm(0)
        out.flush()
    return 0


def _limit() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(NICE)


def _alarm(seconds: int) -> None:
    """Ends the process where a page takes longer, also inside a library."""
    if sys.platform != "win32":
        signal.alarm(seconds)


if __name__ == "__main__":
    raise SystemExit(serve(sys.stdin.buffer, sys.stdout.buffer))
