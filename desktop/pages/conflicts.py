"""Deciding what two sides changed: the records at the left, one card a field, the merged result before it is saved.

Nothing is saved until the main button; whole-record choices only fill in the cards. The queue goes on for all other
records meanwhile. Everything is read from the workspace, fully usable offline.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages import decisions
from desktop.pages.conflict_item import ConflictItem
from desktop.pages.merged_card import MergedCard, merged_fields
from desktop.pages.page import Navigate, Page, scrolled
from desktop.tasks import Tasks
from desktop.widgets import theme
from desktop.widgets.card import Card, ElidedLabel, button, clear, text
from desktop.widgets.conflict_card import ConflictCard, Take
from desktop.widgets.icons import icon
from desktop.widgets.source import title_of
from sync.domain.kinds import KINDS
from sync.records import Conflict, Record
from sync.workspace import Workspace

LIST, LIST_NARROW = 248, 204  # px of the list of records
NARROW = 1_000  # px of the page


class ConflictsPage(Page):
    """``open(id=…, field=…)`` shows a record's conflicts, at a field."""

    rail: ClassVar[bool] = True
    key = "sync"

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__(workspace, tasks, navigate)
        self.record: Record | None = None
        self.cards: list[ConflictCard] = []
        self._shown: list[Conflict] | None = None  # None: nothing was drawn yet
        self._all: list[Conflict] = []
        self._at = 0
        held = workspace.recall(decisions.CHOSEN)
        self._chosen: dict[str, dict[str, list[Any]]] = held if isinstance(held, dict) else {}
        self._make_top()
        self._make_body()
        takes: tuple[Take, ...] = ("mine", "theirs", "both")
        for number, take in enumerate(takes, 1):
            self._key(str(number), partial(self._choose_here, take))
        self._key("Down", lambda: self.step(1))
        self._key("Up", lambda: self.step(-1))

    # ---------------------------------------------------------------------------------------------- life

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window leaves more of itself to the two sides."""
        super().resizeEvent(event)
        self._list.setFixedWidth(theme.current().px(LIST_NARROW if self.width() < NARROW else LIST))

    def open(self, **where: Any) -> None:
        """The record ``id``, else the first that waits."""
        wanted = where.get("id")
        self._read(str(wanted) if wanted else None)
        field = where.get("field")
        named = [place for place, card in enumerate(self.cards) if card.conflict.field == field]
        waiting = [place for place, card in enumerate(self.cards) if card.decision() is None]
        if named or waiting:
            self._go((named or waiting)[0])

    def refresh(self) -> None:
        """Something changed: read again, keep the record and what was chosen."""
        self._read(self.record.id if self.record is not None else None)

    def leave(self) -> None:
        """Keeps choices that were not saved."""
        self.tasks.work(self.workspace.remember, decisions.CHOSEN, dict(self._chosen), owner=self)

    def panes(self) -> list[QWidget]:
        """For F6."""
        return [self._list, self._right]

    # ------------------------------------------------------------------------------------------- actions

    def primary(self) -> None:
        """Saves the merged result, or goes to the first field that is not decided."""
        if self.record is None:
            return
        open_ = [place for place, card in enumerate(self.cards) if card.decision() is None]
        if open_:
            self._go(open_[0])
            return
        record_id = self.record.id
        choices = {card.conflict.field: card.decision() for card in self.cards}

        def done(made: decisions.Decided) -> None:
            self._chosen.pop(record_id, None)
            self.notices.say(
                "ok", self.tr("已合并“{title}”").format(title=made.title), self.tr("随下次同步送到平台。"),
                key="merged", action=self.tr("撤回"), call=lambda: self._take_back(made),
            )  # fmt: skip
            self._read(None)

        self.tasks.work(decisions.decide, self.workspace, record_id, choices, done=done, failed=self.fail, owner=self)

    def choose_all(self, take: Take) -> None:
        """Fills in one side for every field; still to be saved."""
        for card in self.cards:
            card.choose(take)
        sides = {"mine": self.tr("本机"), "theirs": self.tr("平台")}
        words = self.tr("已全部选“{side}”，还没有保存").format(side=sides.get(take, ""))
        self.notices.say("info", words, self.tr("看一下“合并后”，再点“保存合并结果”。"), key="all")

    def step(self, by: int) -> None:
        """The next or previous field."""
        if self.cards:
            self._go((self._at + by) % len(self.cards))

    # ------------------------------------------------------------------------------------------ reading

    def _read(self, wanted: str | None) -> None:
        self._all = self.workspace.conflicts()
        ids = list(dict.fromkeys(one.record for one in self._all))
        chosen = wanted if wanted in ids else (ids[0] if ids else None)
        mine = [one for one in self._all if one.record == chosen]
        self._draw_list(ids, chosen)
        if mine != self._shown:
            self._shown = mine
            self._draw_record(chosen, mine)
        self._say()

    def _draw_list(self, ids: list[str], chosen: str | None) -> None:
        clear(self._items)
        self._items.addWidget(text(self.tr("待处理 {count} 条").format(count=len(ids)), "meta"))
        for record_id in ids:
            fields = [one.field for one in self._all if one.record == record_id]
            done = sum(1 for name in fields if name in self._chosen.get(record_id, {}))
            state = self.tr("{count} 处需你定").format(count=len(fields))
            if done:
                state += self.tr("，已定 {count} 处").format(count=done)
            sub = self._sub(record_id)
            title = title_of(self.workspace, record_id)
            go = partial(self._read, record_id)
            self._items.addWidget(
                ConflictItem(title, sub, state, "git-merge", "violet", on=record_id == chosen, call=go)
            )  # fmt: skip
        past = decisions.decided(self.workspace)[:6]
        if past:
            self._items.addSpacing(6)
            self._items.addWidget(text(self.tr("最近已处理"), "meta"))
        for one in past:
            at = wording.stamp(one.at, self.today(), self.lang())
            words = self.tr("{name}已合并，{when}").format(name=one.by, when=at)
            item = ConflictItem(one.title, one.subtitle, words, "check", "green", on=False, call=None)
            undo = button(self.tr("撤回"), "link")
            undo.setAccessibleName(self.tr("撤回“{title}”的合并").format(title=one.title))
            undo.clicked.connect(partial(self._on_take_back, one))
            item.line.insertWidget(2, undo)
            self._items.addWidget(item)
        self._items.addStretch(1)

    def _draw_record(self, record_id: str | None, conflicts: list[Conflict]) -> None:
        clear(self._column)
        self.cards = []
        self._at = 0
        if record_id is None:
            self.record = None
            self._column.addWidget(self._nothing())
            self._column.addStretch(1)
            return
        self.record = self.workspace.get(record_id)
        kind = KINDS.get(self.record.kind)
        self._column.addLayout(self._record_head(self.record))
        for conflict in conflicts:
            field = kind.fields.get(conflict.field) if kind else None
            card = ConflictCard(conflict, field, self.today(), partial(title_of, self.workspace))
            held = self._chosen.get(record_id, {}).get(conflict.field)
            if held:
                card.choose(held[0], held[1])
            card.decided.connect(self._on_decided)
            self.cards.append(card)
            self._column.addWidget(card)
        merged = merged_fields(self.workspace, self.record, conflicts)
        if merged:
            self._column.addWidget(MergedCard(self.workspace, merged))
        self._column.addStretch(1)

    # ------------------------------------------------------------------------------------------ choosing

    def _on_decided(self, field: str) -> None:
        if self.record is None:
            return
        card = next(one for one in self.cards if one.conflict.field == field)
        decision = card.decision()
        if decision is not None:
            self._chosen.setdefault(self.record.id, {})[field] = [decision[0], decision[1]]
        self._at = self.cards.index(card)
        ids = list(dict.fromkeys(one.record for one in self._all))
        self._draw_list(ids, self.record.id)
        self._say()

    def _choose_here(self, take: Take) -> None:
        if self.cards:
            self._find_place()
            self.cards[self._at].choose(take)

    def _find_place(self) -> None:
        focus = QApplication.focusWidget()
        for place, card in enumerate(self.cards):
            if focus is not None and card.isAncestorOf(focus):
                self._at = place

    def _go(self, place: int) -> None:
        self._at = place
        self.cards[place].focus()
        self._area.ensureWidgetVisible(self.cards[place], 0, 40)

    def _on_take_back(self, one: decisions.Decided, _checked: bool = False) -> None:
        self._take_back(one)

    def _take_back(self, one: decisions.Decided) -> None:
        def done(_result: object) -> None:
            self.notices.drop("merged")
            self.notices.say("info", self.tr("已撤回“{title}”的合并").format(title=one.title), key="back")
            self._read(self.record.id if self.record else None)

        self.tasks.work(
            decisions.take_back, self.workspace, one.record, one.fields, done=done, failed=self.fail, owner=self
        )

    # ------------------------------------------------------------------------------------------- showing

    def _say(self) -> None:
        left = sum(card.decision() is None for card in self.cards)
        self._count.setText(self.tr("本条还有 {count} 处未定").format(count=left) if left else "")
        words = self.tr("保存合并结果")
        self._save.setText(self.tr("{action} · 还差 {count} 处").format(action=words, count=left) if left else words)
        for widget in (self._save, self._later):
            widget.setVisible(self.record is not None)
        self.set_title(self.tr("处理冲突"), self.tr("同一条记录，本机和平台都改过") if self.record else "")

    def _sub(self, record_id: str) -> str:
        record = self.workspace.get(record_id)
        kind = KINDS.get(record.kind)
        about = record.fields.get(kind.subtitle) if kind else None
        parts = [
            str(record.facts.get("number") or ""),
            title_of(self.workspace, about) if isinstance(about, str) else "",
        ]
        return " · ".join(part for part in parts if part)

    def _record_head(self, record: Record) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(ElidedLabel(title_of(self.workspace, record.id), "subTitle"))
        names.addWidget(ElidedLabel(self._sub(record.id), "secondary"))
        row.addLayout(names, 1)
        sides: tuple[tuple[str, Take], ...] = ((self.tr("全部用本机"), "mine"), (self.tr("全部用平台"), "theirs"))
        for words, take in sides:
            made = button(words, small=True)
            made.clicked.connect(partial(self._on_all, take))
            row.addWidget(made)
        return row

    def _on_all(self, take: Take, _checked: bool = False) -> None:
        self.choose_all(take)

    def _nothing(self) -> QWidget:
        card = Card(self.tr("没有冲突"), icon_name="circle-check", tint="green")
        card.body.addWidget(text(self.tr("本机和平台对得上。没选中的值都留在修改记录里。"), "secondary", wrap=True))
        return card

    def _make_top(self) -> None:
        back = QToolButton()
        back.setProperty("role", "flat")
        back.setIcon(icon("corner-up-left", "text2", 18))
        back.setFixedSize(32, 32)
        back.setToolTip(self.tr("返回（Esc）"))
        back.setAccessibleName(self.tr("返回"))
        back.clicked.connect(lambda: self.navigate("back"))
        self._count: QLabel = text("", "meta")
        self._later = button(self.tr("稍后处理"))
        self._later.clicked.connect(lambda: self.navigate("back"))
        self._save = button(self.tr("保存合并结果"), "primary")
        self._save.clicked.connect(self.primary)
        self.top.addWidget(back)
        self.top.addWidget(self.heading)
        self.top.addWidget(self.sub, 1)
        self.add_tools(self._count, self._later, self._save)

    def _make_body(self) -> None:
        across = QHBoxLayout()
        across.setSpacing(0)
        self._list = QFrame()
        self._list.setProperty("role", "side")
        self._list.setFixedWidth(theme.current().px(LIST))
        left = QVBoxLayout(self._list)
        left.setContentsMargins(10, 12, 10, 12)
        items = QWidget()
        self._items = QVBoxLayout(items)
        self._items.setContentsMargins(0, 0, 0, 0)
        self._items.setSpacing(6)
        left.addWidget(scrolled(items), 1)
        left.addWidget(text(self.tr("没选中的值会留在修改记录里，随时能找回。"), "meta", wrap=True))
        keys = QGridLayout()
        keys.setHorizontalSpacing(12)
        keys.setVerticalSpacing(5)
        hints = (
            ("1", self.tr("用本机")),
            ("2", self.tr("用平台")),
            ("3", self.tr("合在一起 / 自己写")),
            ("↓", self.tr("下一处")),
        )
        for row, (key, words) in enumerate(hints):
            keys.addWidget(text(key, "kbd"), row, 0, Qt.AlignmentFlag.AlignTop)
            keys.addWidget(text(words, "meta", wrap=True), row, 1)
        keys.setColumnStretch(1, 1)
        left.addLayout(keys)
        self._right = QWidget()
        self._column = QVBoxLayout(self._right)
        self._column.setContentsMargins(20, 14, 20, 14)
        self._column.setSpacing(12)
        self._area = scrolled(self._right)
        across.addWidget(self._list)
        across.addWidget(self._area, 1)
        self.body.addLayout(across, 1)

    def _key(self, key: str, call: Callable[[], object]) -> None:
        action = QAction(self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _checked=False: call())
        self.addAction(action)
