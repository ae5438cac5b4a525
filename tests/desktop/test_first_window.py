"""One window a profile: a second start brings the first forward; a killed one leaves nothing in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLockFile
from PySide6.QtNetwork import QLocalSocket

from desktop.app import BUSY
from desktop.first_window import FirstWindow, ask_first, door_of

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def profile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path has little room
        (Path(folder) / "run").mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(Path(folder) / "run"))
        yield Path(folder) / "资料"


@pytest.fixture
def start(profile: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts the program; whatever still runs at the end is ended."""
    begun: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        begun.append(subprocess.Popen(
            [sys.executable, "-m", "desktop.command_line", "--profile", str(profile)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        ))  # fmt: skip
        return begun[-1]

    yield run
    for one in begun:
        one.kill()
        one.communicate()


def answers(profile: Path) -> bool:
    """Waits until a window answers at the door."""
    end = time.monotonic() + 40
    while not ask_first(profile) and time.monotonic() < end:
        time.sleep(0.1)
    return ask_first(profile)


def test_who_knocks_is_heard_and_answered(profile: Path, qtbot: Any) -> None:
    assert not ask_first(profile)
    door, asked = FirstWindow(profile), list[tuple[str, str]]()
    door.asked.connect(lambda page, token: asked.append((page, token)))
    assert door.is_open() and Path(door_of(profile)).stat().st_mode & 0o077 == 0
    code = (
        "import sys; from pathlib import Path; from desktop.first_window import ask_first;"
        "sys.exit(0 if ask_first(Path(sys.argv[1]), 'sync', 'token-1') else 9)"
    )
    knocking = subprocess.Popen([sys.executable, "-c", code, str(profile)], cwd=ROOT)
    qtbot.waitUntil(lambda: knocking.poll() is not None, timeout=20_000)
    assert knocking.returncode == 0 and asked == [("sync", "token-1")]
    door.close()
    assert not ask_first(profile)


@pytest.mark.parametrize("said", [b"hello\n", b"[1]\n", b"x" * 5_000, b"\xff\xfe\n"])
def test_nonsense_at_the_door_is_nothing(said: bytes, profile: Path, qtbot: Any) -> None:
    door, asked = FirstWindow(profile), list[Any]()
    door.asked.connect(lambda *words: asked.append(words))
    socket = QLocalSocket()
    socket.connectToServer(door_of(profile))
    socket.write(said)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)
    assert asked == []
    door.close()


@pytest.mark.slow
def test_a_second_start_ends_and_the_first_stays(profile: Path, start: Start) -> None:
    first = start()
    assert answers(profile)
    second = start()
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out, err) == (0, "", "") and first.poll() is None
    first.kill()
    first.communicate()
    third = start()  # neither the lock nor the door of a killed window is in the way
    assert answers(profile) and third.poll() is None


@pytest.mark.slow
def test_somebody_else_s_window_is_named(profile: Path, start: Start) -> None:
    lock = QLockFile(str(profile.parent / f".{profile.name}.window"))
    assert lock.tryLock(100)
    _out, err = (other := start()).communicate(timeout=60)
    assert other.returncode == BUSY and err == "这份资料已经在另一个窗口里打开。\n"
    lock.unlock()
