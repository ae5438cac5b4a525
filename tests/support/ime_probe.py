"""Types Chinese into the real window through a real input method daemon and says what came of it, as one JSON line.

Started by packaging/check/ime_*.sh inside an X server, a window manager, a session bus and a daemon of its own:

    python -m tests.support.ime_probe NAME       NAME: fcitx5, fcitx4 or ibus
    IME_DAEMON_PID                               the daemon, where it may be stopped and killed
    IME_DAEMON_AGAIN                             the command that starts it again
"""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("LIAISON_TODAY", "2026-09-16")

from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop import app as composition
from desktop.input_method import fcitx as client
from desktop.input_method.composing import Composing
from desktop.input_method.keys import Stroke
from desktop.tasks import Tasks
from desktop.widgets.unlock_form import SecretLine
from sync.records import Identity
from sync.workspace import Workspace

WAIT = 15.0
NAMES = {"fcitx5": ("org.fcitx.Fcitx5", "org.freedesktop.portal.Fcitx"), "fcitx4": ("org.fcitx.Fcitx-",), "ibus": ()}


def pump(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
        time.sleep(0.002)


def until(found: Callable[[], object], what: str, seconds: float = WAIT) -> float:
    began = time.monotonic()
    while not found():
        pump(0.005)
        if time.monotonic() - began > seconds:
            raise SystemExit(f"never came: {what}")
    return time.monotonic() - began


def keys(*words: str) -> None:
    """xdotool with these words; the window goes on meanwhile."""
    with subprocess.Popen(["xdotool", *words]) as tool:
        until(lambda: tool.poll() is not None, "xdotool")


def letters(text: str) -> None:
    keys("type", "--delay", "40", text)


class Probe:
    """The window with a demand being written, and what its daemon is asked."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.said = name, dict[str, Any]()
        self.asked: list[tuple[int, float]] = []
        self.began: list[float] = []
        self._time_keys()
        self.app = composition.application("zh")
        self.app.setQuitOnLastWindowClosed(False)
        self.said["qt_im_module"] = os.environ.get("QT_IM_MODULE", "")
        self.workspace = Workspace(folder / "profile", bytes(range(32)))
        self.workspace.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "d" * 16, "http://127.0.0.1:9"), {})
        self.tasks = Tasks()
        self.window = composition.build_window(self.workspace, self.tasks)
        self.window.show()
        self.window.navigate("editor", kind="demand")
        self.form = self.window.page("editor").form
        self.line = self.form.field("title").editor.line
        self.window.activateWindow()
        until(self.window.isActiveWindow, "an active window")
        self.form.focus_field("title")
        until(lambda: QGuiApplication.focusObject() is self.line, "the focus in the title")

    def _time_keys(self) -> None:
        real = client.Fcitx.press

        def press(one: client.Fcitx, stroke: Stroke, later: client.Later, *, wait: bool = True) -> bool | None:
            began = time.perf_counter()
            self.began.append(began)
            taken = real(one, stroke, later, wait=wait)
            self.asked.append((stroke.symbol, (time.perf_counter() - began) * 1000))
            return taken

        client.Fcitx.press = press  # type: ignore[method-assign]

    def fcitx(self) -> client.Fcitx | None:
        return self.app.findChild(client.Fcitx)

    def ready(self) -> None:
        if self.name == "ibus":
            pump(1.0)
            return
        until(lambda: self.fcitx() is not None and self.fcitx().alive(), "an input context")  # type: ignore[union-attr]
        named = self.fcitx().named()  # type: ignore[union-attr]
        if not named.startswith(NAMES[self.name]):
            raise SystemExit(f"spoke to {named}")
        self.said["daemon"] = named

    def types(self) -> None:
        """dongguan and a space are 东莞."""
        letters("dongguan")
        pump(0.2)
        if self.line.text():
            raise SystemExit(f"composing stands in the text already: {self.line.text()!r}")
        changed: list[float] = []
        note = self.line.textChanged.connect(lambda _text: changed.append(time.perf_counter()))
        keys("key", "space")
        until(lambda: bool(self.line.text()), "a commit")
        self.line.disconnect(note)
        if self.asked:  # from the key at the window to the text in the line
            self.said["commit_ms"] = round((changed[0] - self.began[-1]) * 1000, 2)
        self.same("东莞")

    def same(self, text: str) -> None:
        pump(0.15)
        if self.line.text() != text:
            raise SystemExit(f"{text!r} was expected, there is {self.line.text()!r}")

    def clear(self) -> None:
        """As a person would: what the program sets is no change to be saved."""
        for _ in range(5):  # ibus drops a key now and then on a busy machine; a person presses it again
            keys("key", "ctrl+a", "BackSpace")
            end = time.monotonic() + 3
            while self.line.text() and time.monotonic() < end:
                pump(0.02)
            if not self.line.text():
                return
        raise SystemExit(f"the line cannot be emptied ({self.line.text()!r})")

    def keys_stay(self) -> None:
        """Enter, Esc, Ctrl+Enter and F8 while composing act on nothing but the composition."""
        self.clear()
        for key in ("Escape", "F8", "ctrl+Return", "Return"):
            letters("dong")
            keys("key", key)
            letters("a")  # daemons answer in order: once this is committed, the key before it has come to its end
            keys("key", "space")
            until(lambda: re.search("[\u4e00-\u9fff]$", self.line.text()), f"a word after {key} ({self.line.text()!r})")
            until(lambda: not self.app.findChild(Composing).open(), "the end of the composition")
            self.said[key] = self.line.text()
            if self.window.here() != "editor" or QGuiApplication.focusObject() is not self.line:
                raise SystemExit(f"{key} went past the composition to {self.window.here()}, {QGuiApplication.focusObject()}")
            if not re.fullmatch("(dong)?[\u4e00-\u9fff]{1,5}", self.line.text()):
                raise SystemExit(f"{key} changed the text: {self.line.text()!r}")
            self.clear()

    def saves(self) -> None:
        """A save during a composition disturbs nothing; the text is saved once committed."""
        self.clear()
        letters("dongguan")
        keys("key", "space")
        until(lambda: self.line.text() == "东莞", "a commit")
        letters("dong")
        until(lambda: self.titles() == ["东莞"], f"the save while composing ({self.titles()})")
        pump(0.3)
        letters("guan")
        keys("key", "space")
        until(lambda: self.line.text() == "东莞东莞", f"the second word ({self.line.text()!r})")
        until(lambda: self.titles() == ["东莞东莞"], f"the save ({self.titles()})")

    def titles(self) -> list[str]:
        return [row.title for row in self.workspace.rows(("demand",)).rows]

    def secrets(self) -> None:
        """A password line's keys are not sent, whether shown or not."""
        line = SecretLine("口令")
        line.resize(300, 40)
        line.show()
        line.activateWindow()
        until(line.isActiveWindow, "an active password line")
        line.line.setFocus()
        for shown in (False, True):
            line._eye.setChecked(shown)
            line.line.clear()
            before = len(self.asked)
            letters("dongguan 1")
            pump(0.2)
            if line.text() != "dongguan 1" or len(self.asked) != before:
                raise SystemExit(f"the password went to the daemon: {line.text()!r}, {len(self.asked) - before} keys")
        line.close()
        self.window.activateWindow()
        until(lambda: QGuiApplication.focusObject() is self.line, "the focus back")

    def hangs(self, pid: int) -> None:
        """A daemon that stops answering costs one short wait; letters go on, and it is asked again when it lives."""
        self.clear()
        letters("a")
        keys("key", "Escape")
        pump(0.2)
        self.clear()
        os.kill(pid, signal.SIGSTOP)
        before = len(self.asked)
        letters("plain")
        self.said["hung_wait_ms"] = round(max(ms for _key, ms in self.asked[before:]), 1)
        until(lambda: self.line.text() == "plain", f"the letters ({self.line.text()!r})")
        os.kill(pid, signal.SIGCONT)
        until(self.fcitx().alive, "an answer")  # type: ignore[union-attr]
        self.clear()
        letters("dongguan")
        keys("key", "space")
        until(lambda: self.line.text() == "东莞", f"Chinese after the wait ({self.line.text()!r})")

    def dies(self, pid: int, again: str) -> None:
        """What is composed when the daemon dies is kept; a new one is found by itself."""
        self.clear()
        letters("dong")
        whole = ("dong", "东", "懂", "动")
        until(lambda: self.app.findChild(Composing)._text.replace(" ", "") in whole, "the letters")
        pump(0.3)  # its answer to the last of them, too
        os.kill(pid, signal.SIGKILL)
        until(lambda: not self.fcitx().alive(), "the loss")  # type: ignore[union-attr]
        self.said["kept"] = self.line.text()
        if self.line.text().replace(" ", "") not in whole:
            raise SystemExit(f"letters were lost: {self.line.text()!r}")
        with open(os.devnull, "w") as nothing:
            subprocess.Popen(again, shell=True, stdout=nothing, stderr=nothing, start_new_session=True)  # noqa: S602  the script's own command
        self.ready()
        pump(1.0)
        self.clear()
        letters("dongguan")
        keys("key", "space")
        until(lambda: self.line.text() == "东莞", f"Chinese after a restart ({self.line.text()!r})")

    def close(self) -> None:
        self.window.close()
        pump(0.2)
        self.tasks.close()
        self.workspace.close()


def main() -> None:
    name = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        probe = Probe(name, Path(folder))
        probe.ready()
        probe.types()
        probe.keys_stay()
        probe.saves()
        if name != "ibus":
            probe.secrets()
        pid, again = int(os.environ.get("IME_DAEMON_PID", "0")), os.environ.get("IME_DAEMON_AGAIN", "")
        if pid and name != "ibus":
            probe.hangs(pid)
            probe.dies(pid, again)
        times = sorted(ms for _key, ms in probe.asked)
        if times:
            probe.said |= {"keys": len(times), "key_ms_median": round(statistics.median(times), 2),
                           "key_ms_p95": round(times[int(len(times) * 0.95) - 1], 2), "first_key_ms": round(probe.asked[0][1], 2)}  # fmt: skip
        probe.close()
        sys.stdout.write(json.dumps({"ok": True, "name": name, **probe.said}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
