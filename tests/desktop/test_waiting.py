"""What is not read yet is not shown as nothing: after a moment a page says that it reads, and what comes replaces it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from desktop.pages import home, todo
from desktop.pages.page import MOMENT_MS, Page
from desktop.pages.sync_centre import SyncCentrePage
from desktop.tasks import Tasks
from sync.errors import DiskTrouble
from sync.workspace import Workspace


@pytest.fixture
def gate(tasks: Tasks) -> Iterator[threading.Event]:
    """Holds the lanes until it is set."""
    made = threading.Event()
    tasks.work(made.wait, 20)
    tasks.read(made.wait, 20)
    yield made
    made.set()


@pytest.mark.parametrize("make", [home.HomePage, todo.TodoPage])
def test_a_page_says_that_it_reads_and_shows_no_noughts(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Callable[[], None], gate: threading.Event, make: Any
) -> None:
    page = make(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.show()
    page.open()
    assert not page.area.isVisibleTo(page) and not page._waiting.isVisibleTo(page), "a quick answer needs no words"
    qtbot.waitUntil(lambda: page._waiting.isVisibleTo(page), timeout=20 * MOMENT_MS)
    gate.set()
    settle()
    assert page.area.isVisibleTo(page) and not page._waiting.isVisibleTo(page)


def test_what_cannot_be_read_is_said_and_the_page_stands(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise DiskTrouble("x")

    monkeypatch.setattr(todo, "read_todo", broken)
    page: Page = todo.TodoPage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.show()
    page.open()
    settle()
    assert page.notices.keys() == ["error"] and not page._waiting.isVisibleTo(page)


def test_the_sync_centre_shows_figures_once_it_has_them(
    qtbot: Any, workspace: Workspace, tasks: Tasks, navigate: Any, settle: Callable[[], None], gate: threading.Event
) -> None:
    page = SyncCentrePage(workspace, tasks, navigate)
    qtbot.addWidget(page)
    page.show()
    page.open()
    assert page.here.isHidden() and page.connection.isHidden()
    gate.set()
    settle()
    assert not page.here.isHidden() and not page.connection.isHidden()
