"""The window's pieces over a real workspace: real database, real vault, real lanes; offscreen, no platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from desktop.tasks import Tasks
from desktop.widgets import language, theme
from sync.records import Identity
from sync.workspace import Workspace

KEY = bytes(range(32))
TODAY = "2026-09-16"


def pytest_itemcollected(item: pytest.Item) -> None:
    """What the offscreen platform cannot do says nothing about the product."""
    item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(autouse=True)
def look(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Light, Chinese, on a fixed day, with no keyring to ask; widgets of a test are gone before the next."""
    monkeypatch.setenv("LIAISON_TODAY", TODAY)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
    if not qapp.styleSheet() or theme.current().dark or theme.current().scale != 1.0:
        theme.apply(qapp)
    if qapp.property("lang") != "zh":
        language.install(qapp, "zh")
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An enrolled workspace of 长安."""
    made = Workspace(tmp_path / "profile", KEY)
    made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:1"), {})
    yield made
    made.close()


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    """The two lanes."""
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def settle(tasks: Tasks, qapp: QApplication) -> Callable[[], None]:
    """Lets everything under way finish, also what that begins."""
    from PySide6.QtTest import QTest

    def wait() -> None:
        still = 0
        for _ in range(2_000):
            QTest.qWait(5)
            still = still + 1 if tasks.idle() else 0
            if still >= 4:
                return
        raise AssertionError("the lanes never came to rest")

    return wait


@pytest.fixture
def papers() -> Path:
    """The folder of practice papers."""
    return Path(__file__).resolve().parents[2] / "resources" / "practice"


@pytest.fixture
def went() -> list[tuple[str, dict[str, object]]]:
    """Where ``navigate`` was asked to go."""
    return []


@pytest.fixture
def navigate(went: list[tuple[str, dict[str, object]]]) -> Callable[..., None]:
    return lambda name, **where: went.append((name, where))


