"""The sync centre says honestly what is sent, what waits and what needs a person; offline is normal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.pages.rounds import Rounds
from desktop.pages.sync_centre import SyncCentrePage
from desktop.pages.sync_figures import duration, error_words, left_words, read_figures, round_words, speed_words
from desktop.settings import Settings
from desktop.tasks import Tasks
from sync.errors import DeviceClosed, Offline, ServerTrouble
from sync.records import Progress, RoundReport
from sync.workspace import Workspace

STARTED = "2026-09-16T01:12:00Z"


def report(**more: Any) -> RoundReport:
    return RoundReport(started_at=STARTED, seconds=41.0, **more)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (report(pulled=6, pushed=2), ("完成", "green", "取回 6 条，上传 2 条")),
        (report(), ("完成", "green", "没有新内容")),
        (report(uploaded_files=5, uploaded_bytes=22_800_000), ("完成", "green", "上传 5 个扫描件 22.8 MB")),
        (report(pulled=1, conflicts=2), ("完成", "green", "取回 1 条，2 处冲突待定")),
        (report(error="offline"), ("连不上", "amber", "连不上平台")),
        (report(error="server_trouble", pushed=3), ("中断", "amber", "平台暂时出错，上传 3 条")),
    ],
)
def test_a_round_in_words(done: RoundReport, said: tuple[str, str, str]) -> None:
    assert round_words(done) == said
    assert all(ord(char) < 0x2E80 for part in round_words(done, "en") for char in part), "English is English"


def test_times_and_speeds_in_words() -> None:
    assert [duration(seconds) for seconds in (0.2, 41, 112)] == ["用时 1 秒", "用时 41 秒", "用时 1 分 52 秒"]
    assert speed_words(212_000) == "212 KB/s"
    assert speed_words(0) == ""
    assert left_words(Progress(4, 5, 9, 18_600_000, 31_200_000, "", 212_000.0)) == "约剩 1 分钟"
    assert left_words(Progress(4, 5, 9, 18_600_000, 31_200_000, "", 0.0)) == "", "no speed, no promise"
    assert left_words(Progress(4, 9, 9, 10, 10, "", 5.0)) == ""
    assert error_words("not_enrolled") == "这台电脑还没有登记"


class Line:
    """What the rounds of a test do: the first entry of ``plan``, an exception or a report."""

    def __init__(self) -> None:
        self.plan: list[Any] = [report(pulled=1)]
        self.calls = 0

    def __call__(self, _workspace: Any, progress: Any, stop: Callable[[], bool] | None) -> RoundReport:
        self.calls += 1
        answer = self.plan.pop(0)
        if isinstance(answer, Exception):
            raise answer
        for step in (1, 2, 3, 4):
            progress(Progress(step, 1, 2, 500_000, 1_000_000, "", 100_000.0))
        return answer  # type: ignore[no-any-return]


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def page(qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, line: Line) -> SyncCentrePage:
    made = SyncCentrePage(workspace, tasks, navigate)
    made.follow(Rounds(workspace, tasks, line, made))
    qtbot.addWidget(made)
    made.resize(1230, 800)
    made.show()
    return made


def words(page: SyncCentrePage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page)]


@pytest.fixture
def waiting(workspace: Workspace, papers: Path) -> str:
    record = workspace.draft("demand", {"title": "柔性触觉传感阵列"})
    workspace.attach(record, papers / "demand-letter.pdf", "demand_letter")
    return record


def test_what_waits_is_counted_in_records_files_and_bytes(
    page: SyncCentrePage, workspace: Workspace, settle: Any, waiting: str, papers: Path
) -> None:
    page.open()
    settle()
    figures = read_figures(workspace)
    size = (papers / "demand-letter.pdf").stat().st_size
    assert (figures.pending.records, figures.pending.files, figures.pending.bytes) == (2, 1, size)
    assert [(one.paper.name, one.title) for one in figures.papers] == [("demand-letter.pdf", "柔性触觉传感阵列")]
    assert any(text.startswith("2 条内容、1 个扫描件") for text in words(page))
    assert "队列" in words(page)


def test_when_all_is_there_it_says_so(page: SyncCentrePage, workspace: Workspace, settle: Any) -> None:
    page.open()
    settle()
    assert page.state.words() == "还没有同步过", "nothing is green before the platform answered"
    page.start()
    settle()
    assert page.state.words() == "都已到平台"
    assert not page.queue.isVisibleTo(page)
    assert not page.here.save.isVisibleTo(page), "nothing is only here, so there is nothing to back up"


def test_offline_is_amber_with_what_works_and_the_next_try(
    page: SyncCentrePage, settle: Any, line: Line, waiting: str
) -> None:
    line.plan = [Offline("政务外网")]
    page.open()
    page.start()
    settle()
    assert page.state.words().startswith("离线：连不上平台，从 ")
    assert page.state.property("role") == "cardWarn"
    assert any("秒后再试" in text and "可以照常登记" in text for text in words(page))
    assert page.can.isVisibleTo(page)
    assert "等待联网" in words(page)
    retry = next(one for one in page.findChildren(QPushButton) if one.text() == "现在重试")
    line.plan = [report(pulled=1)]
    retry.click()
    settle()
    assert line.calls == 2
    assert not page.can.isVisibleTo(page)


def test_what_needs_a_person_is_said_with_its_remedy(page: SyncCentrePage, settle: Any, line: Line) -> None:
    line.plan = [DeviceClosed()]
    page.open()
    page.start()
    settle()
    assert page.state.words() == DeviceClosed().message()
    assert DeviceClosed().remedy() in words(page)


def test_a_running_round_shows_steps_bytes_speed_and_time_left(page: SyncCentrePage, settle: Any, waiting: str) -> None:
    page.open()
    settle()
    rounds = page.rounds
    assert rounds is not None
    rounds.running = True
    for step, count in ((1, 4), (2, 3), (3, 6)):
        rounds.progress = Progress(step, count, count, 0, 0)
        rounds.changed.emit()
    digest = page.workspace.get(waiting).papers[0].sha256
    rounds.progress = Progress(4, 5, 9, 18_600_000, 31_200_000, digest[:12], 212_000.0)
    rounds.changed.emit()
    settle()
    shown = words(page)
    assert page.state.words() == "正在同步：第 4 步，共 4 步 · 上传扫描件"
    assert "已传 18.6 MB / 31.2 MB　·　212 KB/s　·　约剩 1 分钟" in shown
    assert [text for text in shown if text.startswith(("取回平台更新", "自动合并", "上传记录", "上传扫描件"))] == [
        "取回平台更新 4", "自动合并 3", "上传记录 6", "上传扫描件 5 / 9",
    ]  # fmt: skip
    bar, chip = page.queue.bars[digest]
    assert bar.isVisibleTo(page)
    assert not chip.isVisibleTo(page)
    rounds.running = False


def test_pause_asks_the_round_to_end(page: SyncCentrePage, settle: Any) -> None:
    page.open()
    settle()
    assert page.rounds is not None
    page.pause()
    assert page.rounds._stop
    assert "pause" in page.notices.keys()  # noqa: SIM118  a method of the bar, not a dict


def test_history_is_the_kept_reports_and_opens_to_all(page: SyncCentrePage, workspace: Workspace, settle: Any) -> None:
    for number in range(7):
        workspace.add_round({"started_at": f"2026-09-16T01:1{number}:00Z", "seconds": 1.0, "pulled": number})
    page.open()
    settle()
    shown = [text for text in words(page) if text.startswith("取回 ")]
    assert len(shown) == 5
    page.history.more.click()
    settle()
    assert len([text for text in words(page) if text.startswith("取回 ")]) == 6


def test_a_conflict_is_listed_and_leads_to_its_page(
    page: SyncCentrePage, workspace: Workspace, settle: Any, went: Any
) -> None:
    from sync.messages import FeedRow, Page, link

    record = workspace.draft("demand", {"title": "储能电芯热失控早期预警"})
    body = {
        "seq": 1, "change": "1" * 32, "record": record, "kind": "demand", "at": STARTED, "by": "陈志强", "device": "x",
        "what": "edited", "fields": {"goal": [None, "甲"]}, "version": 2, "conflicts": [
            {"id": "c1", "field": "goal", "base": None, "mine": "乙", "theirs": "甲", "at": STARTED}],
    }  # fmt: skip
    chain = link(workspace.feed.cursor().chain, body)
    workspace.save_page(Page("e1", [FeedRow(body, chain)], False, (1, chain, "")))
    page.open()
    settle()
    go = next(one for one in page.findChildren(QPushButton) if one.text() == "去处理")
    go.click()
    assert went == [("conflicts", {"id": record})]


def test_checking_the_network_says_what_the_platform_said(
    page: SyncCentrePage, workspace: Workspace, settle: Any
) -> None:
    workspace.local.remember({"access": {"key": "00" * 32, "token": "t"}})
    page.open()
    page.check_network()
    settle()
    assert "network" in page.notices.keys()  # noqa: SIM118
    assert page.connection.network() == "连不上"


def test_a_backup_needs_the_units_key_and_says_so(
    page: SyncCentrePage, settle: Any, tmp_path: Path, waiting: str
) -> None:
    page.open()
    settle()
    page.backup(tmp_path / "out.rescue")
    settle()
    assert "error" in page.notices.keys()  # noqa: SIM118
    assert not (tmp_path / "out.rescue").exists()


def test_a_backup_of_what_is_only_here(
    page: SyncCentrePage, workspace: Workspace, settle: Any, tmp_path: Path, waiting: str
) -> None:
    from sync.messages import Page

    workspace.save_page(Page("e1", [], False, (0, "0" * 64, ""), facts={"unit": {"parcel_key": "ab" * 32}}))
    page.open()
    settle()
    out = tmp_path / "out.rescue"
    page.backup(out)
    settle()
    assert out.stat().st_size > 0
    assert "柔性触觉传感阵列".encode() not in out.read_bytes()
    assert any(text.startswith("上次备份：") for text in words(page))


def test_a_narrow_window_puts_the_facts_below(page: SyncCentrePage, settle: Any) -> None:
    page.resize(848, 500)
    page.open()
    settle()
    assert page._aside.y() > page.state.y()
    page.resize(1230, 800)
    settle()
    assert page._aside.x() > page.state.x()


def test_what_was_heard_last_of_the_network_is_said(
    page: SyncCentrePage, workspace: Workspace, line: Line, settle: Any
) -> None:
    page.open()
    settle()
    assert page.connection.network() == "还没有联系过"
    workspace.add_round(asdict(report(error="offline")))
    page.refresh()
    settle()
    assert page.connection.network() == "上次连不上"
    page.connection.answered = False
    line.plan = [ServerTrouble(), report()]
    page.start()
    settle()
    assert page.connection.network() == "平台有回应，同步没有完成", "a round knows better than a check before it"
    page.start()
    settle()
    assert page.connection.network() == "已连接"


def test_the_switches_show_and_keep_the_settings(page: SyncCentrePage, workspace: Workspace, settle: Any) -> None:
    settings = Settings(workspace)
    settings.set("sync.minutes", 30)
    page.open()
    settle()
    assert page.way.by_itself.isChecked() and "30 分钟" in page.way.by_itself.text()
    for switch in (page.way.by_itself, page.way.text_only, page.way.slowly):
        switch.click()
        settle()
    kept = [settings.get(key) for key in ("sync.minutes", "sync.text_only", "sync.limit")]
    assert kept == [0, True, 300]
    assert not page.way.by_itself.isChecked()
