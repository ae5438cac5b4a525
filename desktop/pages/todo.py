"""What waits for the liaison: each line says what, of which record, until when, and has the one button that helps.

``TodoLine`` is used by the progress page too. The order is the workspace's: due first, then what keeps an item from
counting. Must not judge anything itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import Navigate, Page, scrolled
from desktop.pages.record_delegate import cut
from desktop.tasks import Tasks
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, clear, line, text
from desktop.widgets.chip import Chip
from desktop.widgets.segments import Segments
from sync.judging import Todo
from sync.workspace import Workspace

SHOWN = 50  # lines at once; more on request
NUMBERED = ("achievement", "demand", "landing")  # what the platform gives a number


def read_todo(workspace: Workspace) -> list[Todo]:
    """What is to be done; runs beside the window."""
    return gathered(workspace.todo())


def gathered(todo: Sequence[Todo]) -> list[Todo]:
    """A record in conflict is one thing to do, however many fields differ; a visit is called after whom it was made to."""
    fields = Counter(one.id for one in todo if one.what == "conflict")
    found, seen = [], set[str]()
    for one in todo:
        if one.what == "conflict":
            if one.id in seen:
                continue
            seen.add(one.id)
            words = QCoreApplication.translate("todo", "{n} 个字段平台与本机不同").format(n=fields[one.id])
            one = replace(one, text=words)
        elif one.kind == "visit" and one.subtitle:
            one = replace(one, title=one.subtitle, subtitle=one.title)
        found.append(one)
    return found


def go(navigate: Navigate, todo: Todo) -> None:
    """To where a thing is done."""
    if todo.what == "conflict":
        navigate("conflicts", id=todo.id)
    elif todo.what == "due" and todo.kind == "visit":
        navigate("visits", follow=todo.id)
    elif todo.what in ("returned", "missing", "blocked"):
        navigate("editor", id=todo.id, field=todo.field)
    elif todo.what == "upload":
        navigate("sync")
    elif todo.what == "task":
        navigate("library", library="policy", search=todo.title)
    elif todo.what == "assignment" and todo.kind in ("achievement", "demand"):
        navigate("editor", kind="service_log", values={"subject": todo.id})
    elif todo.what == "stuck" and todo.kind in ("achievement", "demand"):
        navigate("editor", kind="blocker", values={"subject": todo.id})
    else:
        navigate("detail", id=todo.id)


class _Lead(QWidget):
    """A title and, quieter, why it stands here; cut at the end where room is short."""

    spoken = None  # decoration

    def __init__(self, title: str, why: str) -> None:
        super().__init__()
        self._title, self._why = title, " ".join(why.split())  # what somebody wrote may have lines
        self.setToolTip(f"{title}  {why}".strip())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, theme.current().px(21))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints both."""
        now, painter, left, align = theme.current(), QPainter(self), 0, int(Qt.AlignmentFlag.AlignVCenter)
        for words, size, weight, ink in ((self._title, 14, 500, now.text), (self._why, 13, 400, now.text2)):
            painter.setFont(now.font(size, weight))
            painter.setPen(ink)
            room = self.rect().adjusted(left, 0, 0, 0)
            painter.drawText(room, align, cut(words, size, weight, room.width(), now.scale))
            left += painter.fontMetrics().horizontalAdvance(words) + 14
        painter.end()


class TodoLine(QFrame):
    """One line: chip, title and what is wrong, unit and number, day, button."""

    def __init__(self, todo: Todo, today: date, act: Callable[[Todo], None], *, narrow: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "plain")
        lang = language.lang()
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 7, 16, 7)
        grid.setHorizontalSpacing(8 if narrow else 12)
        grid.setVerticalSpacing(0)
        grid.setColumnMinimumWidth(0, 84 if narrow else 96)
        grid.setColumnStretch(1, 1)
        what = _what(todo)
        word, icon_name, tone = wording.todo_chip(what, lang)
        grid.addWidget(Chip(word, icon_name, tone), 0, 0, 2, 1, Qt.AlignmentFlag.AlignLeft)
        self._why = todo.text or (wording.problem(todo.problem, lang) if todo.problem else "")
        grid.addWidget(_Lead(todo.title, self._why), 0, 1)
        number = todo.number or (self.tr("待编号") if todo.kind in NUMBERED else "")
        grid.addWidget(ElidedLabel(" · ".join(part for part in (todo.subtitle, number) if part), "meta"), 1, 1)
        first, second, urgent = self._when(todo, today, lang)
        right = Qt.AlignmentFlag.AlignRight
        grid.addWidget(text(first, "secondary"), 0, 2, 1 if second else 2, 1, right | Qt.AlignmentFlag.AlignVCenter)
        if second:
            grid.addWidget(text(second, "error" if urgent else "meta"), 1, 2, right)
        grid.setColumnMinimumWidth(2, 80 if narrow else 104)
        self.button = button(wording.todo_button(what, lang), small=True)
        self.button.setAccessibleName(f"{self.button.text()}：{todo.title}")
        self.button.clicked.connect(lambda: act(todo))
        grid.addWidget(self.button, 0, 3, 2, 1, right)
        grid.setColumnMinimumWidth(3, 70 if narrow else 78)
        self.setAccessibleName(f"{word} {todo.title} {self._why} {first} {second}")

    def _when(self, todo: Todo, today: date, lang: str) -> tuple[str, str, bool]:
        """(first line, second line, urgent)."""
        if todo.due:
            words, urgent = wording.due(todo.due, today, lang)
            day = wording.day(todo.due, today, lang)
            return (self.tr("{day}前").format(day=day) if todo.what == "returned" else day), words, urgent
        if todo.what in ("missing", "blocked"):
            return self.tr("草稿"), wording.since(todo.since, today, lang), False
        return wording.stamp(todo.since, today, lang), "", False


def _what(todo: Todo) -> str:
    """A paper is missing only where the first reason is a paper; else something else stops it."""
    if todo.what == "missing" and todo.problem and todo.problem.code not in ("LETTER_MISSING", "EVIDENCE_MISSING"):
        return "blocked"
    return todo.what


class TodoPage(Page):
    """The whole list, by what it is about."""

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.set_title(self.tr("待办"), self.tr("先列临期、再列影响计数的"))
        self.parts = Segments(self.tr("待办分类"))
        for key, words in (
            ("", self.tr("全部")),
            ("due", self.tr("临期")),
            ("centre", self.tr("中心交办")),
            ("returned", self.tr("退回")),
            ("paper", self.tr("缺材料")),
            ("sync", self.tr("冲突与同步")),
        ):
            self.parts.add(key, words)
        self.parts.chosen.connect(lambda _key: self._show())
        self.top.addWidget(self.heading)
        self.top.addWidget(self.parts)
        self.top.addWidget(self.sub, 1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 16, 20, 16)
        self.card = Card(flush=True)
        column.addWidget(self.card)
        column.addStretch(1)
        self.area = scrolled(inner)
        self.body.addWidget(self.area)
        self.wait_for(self.area)
        self._found: list[Todo] | None = None
        self._most = SHOWN

    def refresh(self) -> None:
        """Reads beside the window, then shows."""
        self.tasks.read(read_todo, self.workspace, done=self._came, failed=self.fail, owner=self)

    def _came(self, found: list[Todo]) -> None:
        if found == self._found:
            return
        self.arrived()
        self._found = found
        for key in ("", "due", "centre", "returned", "paper", "sync"):
            count = sum(1 for one in found if _part(one, key))
            self.parts.set_note(key, str(count) if count else "")
        self._show()

    def _show(self) -> None:
        place = self.area.verticalScrollBar().value()
        clear(self.card.body)
        self.card.body.setSpacing(0)
        chosen = [one for one in self._found or [] if _part(one, self.parts.current())]
        for index, one in enumerate(chosen[: self._most]):
            if index:
                self.card.body.addWidget(line())
            self.card.body.addWidget(TodoLine(one, self.today(), lambda todo: go(self.navigate, todo)))
        if len(chosen) > self._most:
            more = button(self.tr("再列 {n} 项").format(n=min(SHOWN, len(chosen) - self._most)), "link")
            more.clicked.connect(self._more)
            self.card.body.addWidget(more)
        if not chosen:
            self.card.body.addWidget(empty(self.tr("没有要办的"), self.tr("需要你处理的事会列在这里，按期限排。")))
        self.area.verticalScrollBar().setValue(place)

    def _more(self) -> None:
        self._most += SHOWN
        self._show()


def _part(todo: Todo, key: str) -> bool:
    parts: dict[str, tuple[str, ...]] = {
        "paper": ("missing", "blocked"),
        "sync": ("conflict", "refused", "upload"),
        "due": ("due",),
        "centre": ("assignment", "task", "advice", "stuck"),
        "returned": ("returned",),
    }
    return not key or todo.what in parts[key]


def empty(words: str, more: str, *buttons: Any) -> QWidget:
    """What an empty list says: what would stand here, and the buttons that fill it."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(24, theme.current().px(36), 24, theme.current().px(36))
    column.setSpacing(6)
    for label, role in ((words, "cardTitle"), (more, "secondary")):
        one = text(label, role, wrap=True)
        one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(one)
    across = QHBoxLayout()
    across.setContentsMargins(0, 8, 0, 0)
    across.setSpacing(10)
    across.addStretch(1)
    for one in buttons:
        across.addWidget(one)
    across.addStretch(1)
    column.addLayout(across)
    return made
