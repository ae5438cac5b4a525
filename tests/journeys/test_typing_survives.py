"""Kill -9, a full disk, a clock set back, no font, while somebody types in the real window: what was typed is there again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import credentials
from desktop.settings import Settings
from sync.records import Identity
from sync.workspace import Workspace
from tests.support.commands import ROOT, environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))  # where the window's process will look for the key
    folder = tmp_path / "资料"
    made = Workspace(folder, credentials.create(folder, None))
    made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:1"), {})
    Settings(made).set("sync.minutes", 0)
    made.close()
    return folder


class Typist:
    """The window's process."""

    def __init__(self, profile: Path, **more: str) -> None:
        self.log = profile.parent / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.typist", str(profile)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                cwd=ROOT, env=environment(profile.parent, QT_QPA_PLATFORM="offscreen", **more), text=True,
            )  # fmt: skip

    def __call__(self, *words: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-2_000:]
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def end(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture
def start(profile: Path) -> Iterator[Callable[..., Typist]]:
    """``start()`` opens the window; what is still open at the end is killed."""
    made: list[Typist] = []

    def begin(**more: str) -> Typist:
        made.append(Typist(profile, **more))
        return made[-1]

    yield begin
    for one in made:
        one.kill()


def begin_a_title(typist: Typist) -> Typist:
    """A demand is being written, the focus is in its title."""
    at = typist("key", "Ctrl+N", "2")
    assert at["page"] == "editor"
    while "需求名称" not in at["field"]:
        at = typist("key", "Tab")
    return typist


def test_kill_while_typing_costs_the_last_letters_and_the_next_start_is_in_the_same_field(start: Callable[..., Typist]) -> None:
    begun = begin_a_title(start())
    begun("type", "高速主轴热误差")
    begun("wait", 1_300)
    for _ in range(12):  # typed on without a pause
        begun("type", "补偿")
        begun("wait", 150)
    begun.kill()
    again = start(WRONG_CLOCK_DAYS="-366", PYTHONPATH=f"{ROOT / 'tests/support/wrong_clock'}{os.pathsep}{ROOT}")
    found = again("look")
    assert found["page"] == "editor" and "需求名称" in found["field"], found
    assert found["text"].startswith("高速主轴热误差补偿补偿"), found
    again("type", "，钟慢了一年")
    again("wait", 1_300)
    again.end()
    last = start()
    assert last("look")["text"].endswith("，钟慢了一年")
    last.end()


def test_kill_while_a_visit_is_written_and_the_next_start_is_there(start: Callable[..., Typist]) -> None:
    begun = start()
    at = begun("key", "Ctrl+4")
    while "纪要：" not in at["field"]:
        at = begun("key", "Tab")
    begun("type", "看了产线，划痕靠人工检")
    begun("wait", 1_300)
    begun.kill()
    found = start()("look")
    assert (found["page"], found["text"]) == ("visits", "看了产线，划痕靠人工检") and "纪要：" in found["field"], found


def test_a_full_disk_while_typing_is_said_and_costs_nothing(start: Callable[..., Typist]) -> None:
    begun = begin_a_title(start())
    begun("type", "高速主轴")
    begun("wait", 1_300)
    begun("limit", 4096)
    begun("type", "热误差")
    said = begun("wait", 1_300)
    assert said["text"] == "高速主轴热误差" and any("没有保存" in one for one in said["notices"]), said
    begun("limit", None)
    begun("type", "补偿")
    said = begun("wait", 1_300)
    assert not any("没有保存" in one for one in said["notices"]), said
    begun.kill()
    again = start()
    assert again("look")["text"] == "高速主轴热误差补偿"
    again.end()


def test_without_a_single_font_the_window_still_opens_and_keeps_what_is_typed(start: Callable[..., Typist], tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(f"<fontconfig><dir>{tmp_path / 'none'}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>")
    typist = begin_a_title(start(FONTCONFIG_FILE=str(config)))
    typist("type", "龘𠮷🚀 مرحبا 高速主轴")
    typist("wait", 1_300)
    typist.end()
    again = start()
    found = again("look")
    assert ("需求名称" in found["field"], found["text"]) == (True, "龘𠮷🚀 مرحبا 高速主轴")
    again.end()
