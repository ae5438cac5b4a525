"""A screen reader's view of the real window: what stands on each page, and what is said while somebody types.

Started by packaging/check/spoken.sh with the system's Python, which has ``gi``; the window is ``tests.support.typist``
on a filled profile, with the product's Python.

    screen_reader.py PYTHON FOLDER
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import gi  # type: ignore[import-not-found]  # the system's

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # type: ignore[import-not-found]  # noqa: E402  after its version

FILL = """
import sys
from pathlib import Path
from desktop import credentials
from desktop.settings import Settings
from sync.records import Identity
from sync.workspace import Workspace
from tests.desktop.full_profile import fill
folder = Path(sys.argv[1])
made = Workspace(folder, credentials.create(folder, None))
made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:9"), {})
Settings(made).set("sync.minutes", 0)
fill(made)
made.close()
"""
PAGES = ("home", "todo", "records", "visits", "landings", "reports", "sync")  # Ctrl+1 and on
SECONDS = 20.0


class Window:
    """The window's process, and what is heard of it."""

    def __init__(self, python: str, profile: str) -> None:
        subprocess.run([python, "-c", FILL, profile], check=True)
        self._process = subprocess.Popen(
            [python, "-m", "tests.support.typist", profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.heard: list[str] = []
        self._ears = Atspi.EventListener.new(lambda event: self.heard.append(str(event.any_data)))
        self._ears.register("object:announcement")
        self._ears.register("object:state-changed:showing")  # the library keeps what it saw until it hears otherwise
        threading.Thread(target=Atspi.event_main, daemon=True).start()

    def do(self, *words: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def read(self) -> list[tuple[str, str, str, bool]]:
        """(role, name, text, can have the focus) of all that is shown."""
        desk = Atspi.get_desktop(0)
        own = [desk.get_child_at_index(place) for place in range(desk.get_child_count())]
        return [line for one in own if one is not None and one.get_name() == "Liaison" for line in _below(one, top=True)]

    def waits_for(self, words: str) -> bool:
        end = time.monotonic() + SECONDS
        while not any(words in one for one in self.heard) and time.monotonic() < end:
            time.sleep(0.05)
        return any(words in one for one in self.heard)

    def close(self) -> int:
        self._process.communicate()
        return self._process.returncode


def _below(thing: Any, *, top: bool = False) -> list[tuple[str, str, str, bool]]:
    states = thing.get_state_set()
    if not top and not states.contains(Atspi.StateType.SHOWING):
        return []
    words = Atspi.Text.get_text(thing, 0, Atspi.Text.get_character_count(thing)) if "Text" in thing.get_interfaces() else ""
    focusable = states.contains(Atspi.StateType.FOCUSABLE) and thing.get_role_name() != "filler"
    found = [(thing.get_role_name(), thing.get_name() or "", words, focusable)]
    for place in range(thing.get_child_count()):
        child = thing.get_child_at_index(place)
        if child is not None:
            found += _below(child)
    return found


def main(python: str, folder: str) -> None:
    window = Window(python, f"{folder}/profile")
    said: dict[str, Any] = {"pages": {}, "nameless": []}
    for number, name in enumerate(PAGES, 1):
        at = window.do("key", f"Ctrl+{number}")
        time.sleep(0.3)  # until what is hidden is known to be
        shown = window.read()
        said["pages"][name] = len(shown)
        said["nameless"] += [f"{name}: {role}" for role, words, text, can in shown if can and not (words or text).strip()]
        assert at["page"] == name, at
        if name == "records":
            said["cells"] = [words for role, words, _text, _can in shown if role == "table cell"][:12]
    at = window.do("key", "Ctrl+N", "2")
    while "技术合作预算" not in at["field"]:
        at = window.do("key", "Tab")
    window.do("type", "5x")
    window.do("key", "Tab")
    said["wrong"] = window.waits_for("“5x”不是可以识别的金额")
    said["saved"] = window.waits_for("已保存到本机")
    said["ended"] = window.close()
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
