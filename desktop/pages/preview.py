"""The pane beside a list: who and what, the platform's word, key fields, papers, and the one next step.

Reads beside the window; an answer for a record that is no longer the current one is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import Navigate, scrolled, today
from desktop.pages.paper_picture import PaperTile
from desktop.pages.record_reading import (
    Seen,
    next_step,
    number_of,
    read_record,
    remarks_of,
    shown_fields,
    spoken,
    step_words,
    when_returned,
)
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import button, clear, line, text
from desktop.widgets.icons import IconLabel, icon
from desktop.widgets.masked import MaskedText
from desktop.widgets.notice_bar import Notice
from sync.domain.kinds import KINDS
from sync.workspace import Outcome, Workspace


class Preview(QFrame):
    """``show_record(id)``; ``closed`` when the person wants the room; ``submitted`` and ``failed`` for the page."""

    closed = Signal()
    submitted = Signal(object)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, tasks: Tasks, navigate: Navigate) -> None:
        super().__init__()
        self.setProperty("role", "pane")
        self.setAccessibleName(self.tr("预览"))
        self._workspace, self._tasks, self._navigate = workspace, tasks, navigate
        self._id = ""
        self._seen: Seen | None = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(6)
        self._area = scrolled(inner, self.tr("预览"))
        whole.addWidget(self._area, 1)
        self._foot = QFrame()
        self._foot.setProperty("role", "footer")
        self._buttons = QHBoxLayout(self._foot)
        self._buttons.setContentsMargins(16, 10, 16, 10)
        self._buttons.setSpacing(8)
        whole.addWidget(self._foot)
        self._nothing()

    def show_record(self, record: str) -> None:
        """Shows another record, or nothing for ""."""
        self._id = record
        if not record:
            self._seen = None
            self._nothing()
            return
        self._tasks.work(read_record, self._workspace, record, done=self._came, failed=self._lost, owner=self)

    def current(self) -> Seen | None:
        """What is shown."""
        return self._seen

    def _lost(self, error: Exception) -> None:
        if isinstance(error, LookupError):
            self.show_record("")
        else:
            self.failed.emit(error)

    def _came(self, seen: Seen) -> None:
        if seen.record.id != self._id or seen == self._seen:
            return
        place = self._area.verticalScrollBar().value() if self._seen and self._seen.record.id == self._id else 0
        self._seen = seen
        self._fill(seen)
        self._area.verticalScrollBar().setValue(place)

    def _nothing(self) -> None:
        clear(self._column)
        clear(self._buttons)
        self._foot.hide()
        self._column.addWidget(text(self.tr("选中一条看这里"), "secondary"))
        self._column.addStretch(1)

    # -- filling ---------------------------------------------------------------------------------------------

    def _fill(self, seen: Seen) -> None:
        clear(self._column)
        lang = language.lang()
        self._head(seen, lang)
        self._word(seen, lang)
        self._column.addSpacing(6)
        self._column.addLayout(value_grid(field_words(seen, lang, short=True), columns=1))
        self._column.addSpacing(4)
        self._column.addWidget(line())
        self._papers(seen, lang)
        self._column.addStretch(1)
        self._actions(seen, lang)

    def _head(self, seen: Seen, lang: str) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(text(language.label(seen.kind), "tag"), 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(text(number_of(seen.record, lang), "meta"))
        top.addStretch(1)
        whole, close = QToolButton(), QToolButton()
        for one, name, words in (
            (whole, "external-link", self.tr("打开详情（Enter）")),
            (close, "x", self.tr("收起预览")),
        ):
            one.setProperty("role", "flat")
            one.setIcon(icon(name, "accent" if one is whole else "text2"))
            one.setToolTip(words)
            one.setAccessibleName(words)
            top.addWidget(one)
        record = seen.record.id
        whole.clicked.connect(lambda: self._navigate("detail", id=record))
        close.clicked.connect(self.closed.emit)
        self._column.addLayout(top)
        title = text(seen.title or self.tr("还没有名称"), "cardTitle", wrap=True)
        self._column.addWidget(title)
        if seen.unit:
            self._column.addWidget(text(seen.unit, "secondary", wrap=True))

    def _word(self, seen: Seen, lang: str) -> None:
        record = seen.record
        if record.conflicts:
            words = self.tr("{n} 个字段平台与本机不同").format(n=len({one.field for one in record.conflicts}))
            self._column.addWidget(Notice("info", words, self.tr("两边的值都在，由你定。"), icon_name="git-merge"))
        for refusal in record.refusals[:2]:
            self._column.addWidget(Notice("bad", self.tr("平台未收"), wording.problem(refusal, lang)))
        if record.workflow == "returned":
            remarks = remarks_of(record)
            said = "\n".join(str(one.get("text") or "") for one in remarks[:3])
            who, at = when_returned(seen)
            due = next((str(one["due"]) for one in remarks if one.get("due")), "")
            if due:
                said += "\n" + self.tr("{day}前补齐").format(day=wording.day(due, today(), lang))
            stamp = wording.stamp(at, today(), lang) if at else ""
            signed = " · ".join(part for part in (who, stamp) if part)
            notice = Notice("bad", self.tr("平台退回"), said, icon_name="corner-up-left")
            if signed:
                notice.add_line(signed)
            self._column.addWidget(notice)
        if record.workflow in ("draft", "queued") and seen.checked is not None:
            stops = [one for one in seen.checked.problems if one.severity == "block"]
            if stops:
                words = self.tr("还差 {n} 项才能提交").format(n=len(stops))
                said = "\n".join(wording.problem(one, lang) for one in stops[:3])
                self._column.addWidget(Notice("warn", words, said))

    def _papers(self, seen: Seen, lang: str) -> None:
        head = QHBoxLayout()
        head.addWidget(text(self.tr("证明材料 {n}").format(n=len(seen.record.papers)), "strong"))
        head.addStretch(1)
        add = button(self.tr("添加"), "link", "plus")
        add.setToolTip(self.tr("去添加证明材料"))
        add.clicked.connect(lambda: self._navigate("editor", id=seen.record.id, field=_first_paper(seen)))
        head.addWidget(add)
        self._column.addLayout(head)
        for paper in seen.record.papers:
            self._column.addWidget(PaperTile(self._workspace, self._tasks, paper))
        for missing in seen.checked.missing if seen.checked else ():
            row = QHBoxLayout()
            row.addWidget(IconLabel("paperclip", "amber", 16))
            row.addWidget(text(self.tr("缺{paper}").format(paper=wording.paper_kind(missing, lang)), "warn"), 1)
            self._column.addLayout(row)

    def _actions(self, seen: Seen, lang: str) -> None:
        clear(self._buttons)
        step = next_step(seen)
        main = button(step_words(step, lang), "primary", step.icon)
        self._buttons.addWidget(main, 1)
        if step.submits:
            main.clicked.connect(lambda: self._submit(seen.record.id))
        else:
            main.clicked.connect(lambda: self._navigate(step.page, **step.where))
        if step.page != "editor":
            change = button(self.tr("修改"), "normal", "pencil")
            change.clicked.connect(lambda: self._navigate("editor", id=seen.record.id))
            self._buttons.addWidget(change)
        self._foot.show()

    def _submit(self, record: str) -> None:
        def done(outcomes: list[Outcome]) -> None:
            self.submitted.emit(outcomes)

        self._tasks.work(self._workspace.submit, [record], done=done, failed=self.failed.emit, owner=self)


class Told(NamedTuple):
    """A line of a record; ``plain`` is what its eye shows."""

    label: str
    words: str
    plain: str
    long: bool = False


def field_words(seen: Seen, lang: str, *, short: bool) -> list[Told]:
    """The filled fields, and whom to call, in a language."""
    rows = []
    choice = language.choice if lang == language.lang() else str
    for field, held in shown_fields(seen, short=short):
        words, plain = (spoken(field, held, seen, lang, choice, plain=whole) for whole in (False, True))
        rows.append(Told(wording.label(field, lang), words, plain, field.long))
    if seen.organisation is not None:
        fields, held = KINDS["organisation"].fields, seen.organisation.fields
        who, phone = str(held.get("contact_name") or ""), held.get("contact_phone")
        words, plain = (
            "  ".join(part for part in (who, wording.value(fields["contact_phone"], phone, lang, plain=whole))
                      if part and part != wording.NONE)
            for whole in (False, True)
        )  # fmt: skip
        if words:
            rows.append(Told(wording.label(fields["contact_name"], lang), words, plain))
    year = _counts_in(seen, lang)
    if year and seen.kind.name in ("achievement", "demand"):
        rows.append(Told("Counts in" if lang == "en" else "计入年度", year, year))
    return rows


def _counts_in(seen: Seen, lang: str) -> str:
    """The year a find counts in, or would; "" where nobody has said yet."""
    counted = seen.record.facts.get("counted") or {}
    year = counted.get("year") or (seen.checked.year if seen.checked else None)
    if not year or counted.get("credit"):
        return str(year or "")
    if seen.record.workflow == "returned":
        return f"{year} (not while it is returned)" if lang == "en" else f"{year}（退回期间暂不计）"
    return f"{year} (not counted yet)" if lang == "en" else f"{year}（暂不计入）"


def value_grid(rows: Sequence[Told], *, columns: int) -> QGridLayout:
    """Labels and values in one or two pairs of columns; long values take the whole width, masked ones have an eye."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(8)
    row = at = 0
    for label, words, plain, long in rows:
        wide = columns > 1 and (long or len(words) > 26)
        if wide and at:
            row, at = row + 1, 0
        grid.addWidget(text(label, "key", wrap=True), row, 2 * at, Qt.AlignmentFlag.AlignTop)
        value: QWidget
        if words != plain:
            value = MaskedText(label, words, plain)
        else:
            value = text(words, "small", wrap=True, select=True)
            value.setAccessibleName(f"{label}：{words}")
        grid.addWidget(value, row, 2 * at + 1, 1, 2 * columns - 1 if wide else 1)
        at = columns if wide else at + 1
        if at >= columns:
            row, at = row + 1, 0
    for index in range(columns):
        grid.setColumnMinimumWidth(2 * index, 84)
        grid.setColumnStretch(2 * index + 1, 1)
    return grid


def _first_paper(seen: Seen) -> str | None:
    if seen.checked and seen.checked.missing:
        return seen.checked.missing[0]
    return next((name for name, one in seen.kind.fields.items() if one.type == "evidence"), None)
