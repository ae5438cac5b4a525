"""Help for every page in both languages, with its pictures; practice in another window; undo from the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from desktop import credentials, demo
from desktop.app import build_window, factories
from desktop.operations import open_workspace
from desktop.pages.help import topics
from desktop.pages.main_window import MainWindow
from desktop.pages.search_popup import MOST, STEP
from desktop.tasks import Tasks
from sync.domain.kinds import KINDS
from sync.records import RoundReport
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

HELP = Path(__file__).resolve().parents[2] / "resources" / "help"
Settle = Callable[[], None]


@pytest.fixture
def window(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Settle) -> Iterator[MainWindow]:
    made = build_window(workspace, tasks, sync=lambda *_: RoundReport("2026-09-16T01:12:00Z", 1.0))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    settle()
    yield made
    made.close()
    settle()


def press(window: MainWindow, words: str) -> None:
    key = QKeySequence(words)[0]
    QTest.keyClick(window.windowHandle(), key.key(), key.keyboardModifiers())


def found(window: MainWindow) -> list[str]:
    model = window.search.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_every_page_has_its_help_in_both_languages_with_pictures_that_are_there() -> None:
    chinese, english = topics("zh"), topics("en")
    assert list(chinese) == list(english)
    assert set(factories()) - {"help", "unlock"} <= set(chinese)
    pictures = [re.findall(r"!\[[^]]+\]\((.+?)\)", body) for lang in (chinese, english) for _title, body in lang.values()]
    named = {name for names in pictures for name in names}
    for folder in (HELP, HELP / "en"):
        assert named == {path.name for path in folder.glob("*.png")}
    assert sum(path.stat().st_size for path in HELP.rglob("*.*")) < 1_500_000


def test_the_keyboard_page_names_every_key(window: MainWindow) -> None:
    for lang in ("zh", "en"):
        body = topics(lang)["keyboard"][1]
        for action in window.actions():
            keys = [key.toString(QKeySequence.SequenceFormat.PortableText) for key in action.shortcuts()]
            keys = [key.replace("Return", "Enter") for key in keys]
            hidden = not keys or re.fullmatch(r"Ctrl\+[1-8]", keys[0]) or keys[0] == "Alt+Enter"  # the last has no page yet
            assert hidden or any(key in body for key in keys), (lang, keys)


def test_f1_opens_the_help_of_the_page_and_esc_leads_back(window: MainWindow, settle: Settle) -> None:
    for name in ("records", "sync"):
        window.navigate(name)
        settle()
        press(window, "F1")
        settle()
        assert window.here() == "help" and window.page("help").topic() == name
        assert topics("zh")[name][0] in window.page("help").text.toPlainText()
        press(window, "Esc")
        assert window.here() == name


def test_the_first_window_says_where_to_begin_once(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    window.welcome()
    settle()
    assert "welcome" in window.page("home").notices.keys()  # noqa: SIM118  a method of the bar, not a dict
    window.page("home").notices.drop("welcome")
    window.welcome()
    assert "welcome" not in window.page("home").notices.keys()  # noqa: SIM118


def test_search_finds_policy_and_doings_by_pinyin(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    PlatformRows(workspace).say("notice", {"title": "技术合同认定登记办法", "kind": "政策", "issuer": "市科技局"})
    press(window, "Ctrl+K")
    QTest.keyClicks(window.search.field, "jshtrd")
    press(window, "Return")
    settle()
    assert window.here() == "library" and window.page("library").libraries.current() == "policy"
    press(window, "Ctrl+K")
    QTest.keyClicks(window.search.field, "tqwfz")
    assert not window.search._found.rowCount() or "头五分钟" not in found(window)[:1]
    window.search.field.setText("twfz")
    press(window, "Return")
    settle()
    assert window.here() == "help" and window.page("help").topic() == "start"


def test_many_hits_come_in_steps(window: MainWindow, workspace: Workspace, settle: Settle) -> None:
    workspace.add("visit", [{"place": f"高埗镇第{n}厂"} for n in range(MOST + 30)], strict=False)
    settle()
    press(window, "Ctrl+K")
    window.search.field.setText("高埗")
    press(window, "Return")  # the pause is not waited for; opens the first
    settle()
    assert window.here() == "detail"
    window.search.show_in("高埗")
    settle()
    assert len(found(window)) == STEP + 1 and found(window)[-1].startswith("再看")
    for _ in range(MOST // STEP):
        if not found(window)[-1].startswith("再看"):
            break
        for _ in range(5):
            press(window, "PgDown")
        press(window, "Return")
        settle()
    for _ in range(5):
        press(window, "PgDown")
    assert len(found(window)) == MOST + 1 and "再写几个字" in found(window)[-1]
    window.search.field.setText("高埗镇第7厂")
    for _ in range(100):
        QTest.qWait(50)
        if "再写几个字" not in found(window)[-1]:  # the pause of typing is over, however busy the machine is
            break
    press(window, "Down")
    second = found(window)[1]
    press(window, "Return")
    settle()
    assert window.here() == "detail" and window.page("detail").title == second


def test_undo_takes_back_what_the_newest_message_offers(window: MainWindow) -> None:
    taken: list[str] = []
    notices = window.page("home").notices
    notices.say("info", "删了一条", key="first", seconds=60, action="撤销", call=lambda: taken.append("first"))
    notices.say("info", "又删了一条", key="second", seconds=60, action="撤销", call=lambda: taken.append("second"))
    for _ in range(3):
        press(window, "Ctrl+Z")
    assert taken == ["second", "first"] and notices.keys() == []


def test_undo_and_redo_in_a_text_are_the_texts_own(window: MainWindow, settle: Settle) -> None:
    window.navigate("editor", kind="demand")
    settle()
    form = window.page("editor").form
    form.focus_field("title")
    line = form.field("title").editor.entry()
    assert isinstance(line, QLineEdit)
    QTest.keyClicks(line, "abc")
    press(window, "Ctrl+Z")
    assert line.text() == ""
    press(window, "Ctrl+Y")
    assert line.text() == "abc"


def test_practice_is_another_window_over_a_folder_of_its_own(
    window: MainWindow, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(QProcess, "startDetached", lambda program, words: (begun.append([program, *words]) is None, 1))
    window.practise()
    out = Path(begun[0][-1])
    assert "demo" in begun[0] and out.parent == workspace.directory.parent and out != workspace.directory


def test_practice_without_a_platform_has_something_on_every_page_and_says_what_it_is(
    tmp_path: Path, qtbot: Any, tasks: Tasks, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = demo.alone(tmp_path / "practice")
    monkeypatch.setenv(credentials.PASSPHRASE, demo.PASSPHRASE)
    workspace = open_workspace(profile)
    try:
        kinds = {kind: workspace.rows((kind,)).total for kind in KINDS}
        assert all(kinds[kind] for kind in ("organisation", "achievement", "demand", "visit")) and workspace.todo()
        made = build_window(workspace, tasks)
        qtbot.addWidget(made)
        made.show()
        settle()
        assert made.windowTitle().startswith("练习") and "不会送到真的平台" in made._locks.text()
        assert not any("练习" in action.text() for action in made.actions())
        made.close()
        settle()
    finally:
        workspace.close()


def test_where_nothing_is_found_stands_what_can_be_done(window: MainWindow, settle: Settle) -> None:
    window.search.show_in("没有这样的词")
    settle()
    assert "登记成果" in found(window) and window.search._foot.text().startswith("没有找到")
