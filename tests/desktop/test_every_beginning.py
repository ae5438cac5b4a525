"""What stands there before a profile is open, looked at as every page is: the start window and the four steps of enrolling.

They speak, Tab reads them in order, their texts are readable in both looks and whole at every size, with longer words
and in English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop.app import application
from desktop.pages.enrolling import Greeting
from desktop.pages.enrolment import CHECK, CODE, FETCH, PHRASE, EnrolmentPage
from desktop.pages.start_window import StartWindow
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from sync.errors import DamagedStore, NewerProfile, NotEnrolled
from sync.workspace import Workspace
from tests.desktop import walk

SIZES = ((1440, 868), (1280, 688), (960, 508))
GREETING = Greeting("https://cgzh.dg.example", "cgzh.dg.example", True)
PHRASES = ("蓝天 白云 2026 lock", "蓝天 白云 2026 loc")
DATA = [*PHRASES, "李敏 · 长安镇", "李敏", "长安镇", "长安-李敏.dgkey"]


def refused(error: Exception) -> Callable[[Path, str | None], Workspace]:
    def opener(_profile: Path, _phrase: str | None) -> Workspace:
        raise error

    return opener


def at(step: int) -> Callable[[EnrolmentPage], None]:
    """Enrolling as it looks at a step, with what the steps before have said."""

    def go(page: EnrolmentPage) -> None:
        page.check.show_greeting(GREETING, "8QK4-2M7V-91TD", "长安-李敏.dgkey", "李敏", "长安镇")
        page.phrase.first.line.setText(PHRASES[0])
        page.phrase.second.line.setText(PHRASES[1])
        page._go(step)
        if step == PHRASE:
            page.phrase.show_wrong()
        if step == FETCH:
            page.fetch.show_identity("李敏", "长安镇", "7F3A 91C4 0B7E 55D2")
            page.fetch.say(page.tr("资料已取回，可以开始了。"), 1, 1)
            page._next.setText(page.tr("开始使用"))

    return go


BEGINNINGS: dict[str, tuple[Exception, Callable[[EnrolmentPage], None] | None]] = {
    "a damaged profile": (DamagedStore(), None),
    "a newer profile": (NewerProfile("9"), None),
    **{name: (NotEnrolled(), at(step)) for name, step in
       (("enrolling: the code", CODE), ("enrolling: the check", CHECK), ("enrolling: the passphrase", PHRASE), ("enrolling: fetching", FETCH))},
}  # fmt: skip
LOCKED = "a locked profile"


class Beginning:
    """A start window at one of the beginnings."""

    def __init__(self, tasks: Tasks, profile: Path, name: str) -> None:
        error, go = BEGINNINGS.get(name, (NotEnrolled(), None))
        self.window: QMainWindow = StartWindow(profile, tasks, refused(error), locked=name == LOCKED)
        self.window.show()
        self.window.activateWindow()
        self.rest(tasks)
        page = self.window.centralWidget()
        if go is not None:
            assert isinstance(page, EnrolmentPage)
            go(page)
        self.rest(tasks)

    def rest(self, tasks: Tasks) -> None:
        still = 0
        for _ in range(2_000):
            QTest.qWait(2)
            still = still + 1 if tasks.idle() else 0
            if still >= 6:
                return

    def cut(self, sizes: tuple[tuple[int, int], ...] = SIZES) -> list[str]:
        found = []
        for size in sizes:
            self.window.resize(*size)
            QTest.qWait(5)
            found += [f"at {size[0]}: {one}" for one in walk.cut(self.window)]
        return found

    def close(self) -> None:
        self.window.blockSignals(True)
        self.window.close()
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def begin(qapp: QApplication, tasks: Tasks, tmp_path: Path) -> Iterator[Callable[[str], Beginning]]:
    application("zh")
    made: list[Beginning] = []

    def make(name: str) -> Beginning:
        made.append(Beginning(tasks, tmp_path / "profile", name))
        return made[-1]

    yield make
    for one in made:
        one.close()
    theme.apply(qapp)
    language.install(qapp, "zh")


@pytest.mark.parametrize("name", [*BEGINNINGS, LOCKED])
def test_it_speaks_is_read_in_order_and_is_whole_and_readable(begin: Callable[[str], Beginning], qapp: QApplication, name: str) -> None:
    one = begin(name)
    found = one.cut() + walk.nameless(one.window)
    one.window.resize(*SIZES[0])
    QTest.qWait(5)
    for dark in (False, True):
        theme.apply(qapp, dark)
        QTest.qWait(5)
        found += [f"{'dark' if dark else 'light'}: {line}" for line in walk.faint(one.window)]
    found += walk.tab_order(one.window, one.window.centralWidget())
    assert not found, "\n".join(dict.fromkeys(found))


def test_longer_words_and_english_are_whole(begin: Callable[[str], Beginning], qapp: QApplication) -> None:
    found: list[Any] = []
    words = walk.Longer()
    qapp.installTranslator(words)
    for name in (*BEGINNINGS, LOCKED):
        found += [f"longer, {name} {line}" for line in begin(name).cut()]
    qapp.removeTranslator(words)
    language.install(qapp, "en")
    for name in (*BEGINNINGS, LOCKED):
        one = begin(name)
        found += [f"English, {name} {line}" for line in (*one.cut(SIZES[2:]), *walk.chinese(one.window, DATA))]
    assert not found, "\n".join(dict.fromkeys(found))
