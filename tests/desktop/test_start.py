"""From nothing to the window: opening, unlocking, refusing, and what a built program checks of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from desktop import credentials, operations
from desktop.pages.rounds import FIRST_RETRY_SECONDS, Rounds
from desktop.pages.start_window import StartWindow
from desktop.tasks import Tasks
from desktop.widgets.unlock_form import UnlockForm
from sync.errors import DamagedStore, DeviceClosed, NotEnrolled, Offline
from sync.records import Progress, RoundReport
from sync.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
PHRASE = "一个够长的练习口令 2026"
Settle = Callable[[], None]


def started(qtbot: Any, tasks: Tasks, tmp_path: Path, outcomes: list[Any]) -> tuple[StartWindow, list[object]]:
    def open_workspace(_profile: Path, _phrase: str | None) -> Workspace:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]

    window, opened = StartWindow(tmp_path / "profile", tasks, open_workspace), list[object]()
    window.opened.connect(opened.append)
    qtbot.addWidget(window)
    window.show()
    return window, opened


def words(window: StartWindow) -> str:
    return " ".join(label.text() for label in window.findChildren(QLabel))


def test_an_open_profile_is_handed_on(
    qtbot: Any, tasks: Tasks, tmp_path: Path, workspace: Workspace, settle: Settle
) -> None:
    window, opened = started(qtbot, tasks, tmp_path, [workspace])
    assert "正在打开资料" in words(window) and opened == []
    settle()
    assert opened == [workspace]


def test_no_profile_leads_to_enrolment(qtbot: Any, tasks: Tasks, tmp_path: Path, settle: Settle) -> None:
    window, _opened = started(qtbot, tasks, tmp_path, [NotEnrolled()])
    settle()
    assert type(window.centralWidget()).__name__ == "EnrolmentPage"


@pytest.mark.slow
def test_a_locked_profile_asks_for_the_passphrase(qtbot: Any, tasks: Tasks, tmp_path: Path, settle: Settle) -> None:
    profile, opened = tmp_path / "profile", list[Any]()
    Workspace(profile, credentials.create(profile, PHRASE)).close()
    window = StartWindow(profile, tasks, operations.open_workspace)
    window.opened.connect(opened.append)
    qtbot.addWidget(window)
    window.show()
    settle()
    form = window.findChild(UnlockForm)
    assert form is not None and "已上锁" in words(window)
    form.secret.line.setText("不是这个口令，差得远")
    form.submit()
    settle()
    assert opened == [] and "口令不对" in form.message()
    form.secret.line.setText(PHRASE)
    form.submit()
    settle()
    assert [one.directory for one in opened] == [profile]
    opened[0].close()


def test_damage_is_said_with_what_to_do_and_a_second_try(
    qtbot: Any, tasks: Tasks, tmp_path: Path, workspace: Workspace, settle: Settle
) -> None:
    window, opened = started(qtbot, tasks, tmp_path, [DamagedStore("header"), workspace])
    settle()
    assert "本机资料库打不开" in words(window) and "不要删除资料夹" in words(window)
    window.begin()
    settle()
    assert opened == [workspace]


def test_a_lost_line_is_tried_again_later_each_time(
    qtbot: Any, tasks: Tasks, workspace: Workspace, settle: Settle
) -> None:
    def sync(_workspace: Workspace, _progress: object, _stop: object) -> RoundReport:
        raise Offline("no line")

    rounds = Rounds(workspace, tasks, sync)
    waits = []
    for _ in range(3):
        rounds.start()
        settle()
        waits.append(rounds.seconds_left())
    assert waits == [FIRST_RETRY_SECONDS, 2 * FIRST_RETRY_SECONDS, 4 * FIRST_RETRY_SECONDS]
    assert isinstance(rounds.error, Offline) and rounds.since is not None


def test_what_needs_a_person_is_not_tried_again(qtbot: Any, tasks: Tasks, workspace: Workspace, settle: Settle) -> None:
    def sync(_workspace: Workspace, _progress: object, _stop: object) -> RoundReport:
        raise DeviceClosed

    rounds = Rounds(workspace, tasks, sync)
    rounds.start()
    settle()
    assert rounds.seconds_left() is None and isinstance(rounds.error, DeviceClosed)


def test_one_round_at_a_time_and_stopping_reaches_it(
    qtbot: Any, tasks: Tasks, workspace: Workspace, settle: Settle
) -> None:
    import time

    begun: list[bool] = []

    def sync(_workspace: Workspace, progress: Callable[[Progress], None], stop: Callable[[], bool]) -> RoundReport:
        begun.append(True)
        progress(Progress(1, 0, 0, 0, 0))
        while not stop():
            time.sleep(0.005)
        return RoundReport("2026-09-16T01:12:00Z", 1.0)

    rounds = Rounds(workspace, tasks, sync)  # type: ignore[arg-type]
    rounds.start()
    rounds.start()
    qtbot.waitUntil(lambda: rounds.progress is not None)
    rounds.stop()
    settle()
    assert begun == [True] and not rounds.running and rounds.report is not None


@pytest.mark.slow
def test_the_program_checks_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop.command_line", "--self-check"], cwd=ROOT, capture_output=True, text=True, timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "ok"), done.stdout + done.stderr


def test_modules_of_the_commands_need_no_qt() -> None:
    code = (
        "import desktop.wording, desktop.settings, desktop.assets, desktop.operations, desktop.command_line, sys;"
        "print([name for name in sys.modules if name.startswith('PySide6')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.stdout.strip() == "[]"
