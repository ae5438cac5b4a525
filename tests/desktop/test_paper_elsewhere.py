"""A paper that another computer of the unit added: seen as such, fetched from a real platform, and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from desktop.operations import open_workspace
from desktop.pages.editor import EditorPage
from desktop.tasks import Tasks
from desktop.widgets.evidence_parts import Elsewhere
from desktop.widgets.notice_bar import Notice
from desktop.widgets.page_view import PageView
from sync.workspace import Workspace
from tests.support.commands import Laptop, Platform, demand, paper, serving

PHRASE = "只在测试里"
#: a file of its own: what was drawn once is kept by its digest beside the window, whoever asks again
LETTER = paper()["path"].read_bytes() + b"\0"


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    with serving(tmp_path / "平台的家") as made:
        yield made


@pytest.fixture
def second(platform: Platform, tmp_path: Path) -> Iterator[tuple[Workspace, str]]:
    """The second laptop of a unit whose first one sent a demand with its letter; (workspace, the demand)."""
    first, other = (Laptop(tmp_path / name, LIAISON_PASSPHRASE=PHRASE).enrol(platform, name=name) for name in ("张三", "李四"))
    made = first("add", "demand", "--file", "-", stdin=demand("同事登记的需求"))["ids"][0]
    scan = tmp_path / "需求书.jpg"
    scan.write_bytes(LETTER)
    first("attach", made, scan, "--kind", "demand_letter")
    first("sync")
    other("sync")
    workspace = open_workspace(other.profile, PHRASE)
    yield workspace, made
    workspace.close()


@pytest.fixture
def page(qapp: QApplication, second: tuple[Workspace, str], tasks: Tasks, navigate: Any, settle: Callable[[], None]) -> Iterator[EditorPage]:
    made = EditorPage(second[0], tasks, navigate)
    made.resize(1280, 800)
    made.show()
    made.open(id=second[1])
    settle()
    yield made
    made.close()


def words(shown: Elsewhere) -> str:
    return " ".join(one.text() for one in shown.findChildren(QLabel) if one.isVisibleTo(shown))


def test_it_is_fetched_and_shown(page: EditorPage, second: tuple[Workspace, str], settle: Callable[[], None]) -> None:
    (shown,), (view,) = page.viewer.findChildren(Elsewhere), page.viewer.findChildren(PageView)
    (letter,) = second[0].get(second[1]).papers
    assert shown.isVisible() and not view.isVisible() and "本机还没有" in words(shown)
    shown.fetch.setFocus()
    QTest.keyClick(shown.fetch, Qt.Key.Key_Space)
    assert not shown.fetch.isVisible() and "正在取" in words(shown)
    settle()
    assert not shown.isVisible() and view.isVisible() and view.drawn()
    assert second[0].vault.read(letter.sha256) == LETTER
    focused = page.window().focusWidget()
    assert focused is not None and page.viewer.isAncestorOf(focused), "the keys stay in the pane"


def test_without_a_line_it_stays_and_can_be_asked_for_again(
    page: EditorPage, platform: Platform, second: tuple[Workspace, str], settle: Callable[[], None]
) -> None:
    (shown,) = page.viewer.findChildren(Elsewhere)
    platform.kill()
    shown.fetch.click()
    settle()
    said = [one.accessibleName() for one in page.viewer.findChildren(Notice) if one.isVisible()]
    assert len(said) == 1 and "连不上" in said[0] and shown.fetch.isVisible() and "本机还没有" in words(shown)
    platform.start()
    shown.fetch.click()
    settle()
    assert not shown.isVisible()
