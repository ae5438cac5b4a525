"""A visit in a minute: whom, what was said, what came of it, when to come back. The rest is filled in later.

Everything typed is kept as a draft of its own while typing, so nothing is lost when the window closes or dies; the next
start after a death is at the same place. Saving writes one visit; the follow-up it answers is no longer due. A photo that
cannot be taken costs the visit nothing. Must not know the list below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDateEdit,
    QDateTimeEdit,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.pages.autosave import AGAIN_MS
from desktop.pages.page import today
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import Card, button, text
from desktop.widgets.entry import Unread
from desktop.widgets.icons import icon
from desktop.widgets.paper_intake import TYPES
from desktop.widgets.reference_editor import Reference
from desktop.widgets.search_field import KeyButton
from desktop.widgets.text_box import TextBox
from sync.domain.kinds import KINDS
from sync.errors import Failure, Refused
from sync.workspace import Workspace

KEPT = "visit.entry"  # what is typed, kept beside the records until it is saved; "here": somebody was typing it
KEEP_MS = 800
PURPOSES = {"demand": "挖掘需求", "achievement": "挖掘成果", "follow": "跟进服务", "none": ""}


@dataclass(frozen=True, slots=True)
class Written:
    """A visit to be saved: its values, photos to attach, the visit it follows, and what to register next."""

    values: Mapping[str, Any]
    photos: tuple[Path, ...]
    follows: str
    then: str  # "", demand, achievement or follow


def save_visit(workspace: Workspace, written: Written) -> tuple[str, list[Failure]]:
    """Saves a visit with its photos and closes the follow-up it answers. Runs beside the window.

    Returns:
        The visit's id, and why photos could not be taken: one for each of those.
    """
    visit = workspace.draft("visit", written.values)
    bad: list[Failure] = []
    for photo in written.photos:
        try:
            workspace.attach(visit, photo, "visit_photo")
        except Failure as failure:
            bad.append(failure)
    if written.follows:
        with suppress(Refused):  # a closed visit keeps its day
            workspace.edit(written.follows, {"due_on": None, "next_step": None})
    workspace.remember(KEPT, None)
    return visit, bad


class VisitEntry(Card):
    """The card; ``save`` carries a ``Written``, ``lacks`` the words for what is missing."""

    save = Signal(object)
    lacks = Signal(str)
    failed = Signal(object)  # what is typed could not be kept; it is tried again
    kept = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks) -> None:
        super().__init__()
        self.set_role("cardAccent")
        self._workspace, self._tasks = workspace, tasks
        self._saving = False
        self._photos: list[Path] = []
        self._follows = self._find = self._at = ""
        self.add_head(self.tr("记一次走访"), self.tr("先记要点，回去再补"))
        self._kept = text("", "meta")
        self.head.addWidget(self._kept)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        label = text(self.tr("企业（名称、拼音首字母或信用代码）"), "meta")
        self.org = Reference(KINDS["visit"].fields["org"], workspace, self)
        label.setBuddy(self.org.line)
        self.org.line.setAccessibleName(label.text())
        grid.addWidget(label, 0, 0)
        left = QVBoxLayout()
        left.addWidget(self.org)
        self._facts = self._make_facts()
        left.addWidget(self._facts)
        left.addStretch(1)
        grid.addLayout(left, 1, 0)
        label = text(self.tr("纪要：谈了什么、看到什么、对方要什么"), "meta")
        self.minutes = TextBox()
        self.minutes.setAccessibleName(self.tr("纪要"))
        self.minutes.setMinimumHeight(84)
        self.minutes.setMaximumHeight(120)
        self.minutes.setTabChangesFocus(True)
        label.setBuddy(self.minutes)
        grid.addWidget(label, 0, 1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.minutes)
        right.addLayout(self._make_results())
        right.addLayout(self._make_next())
        grid.addLayout(right, 1, 1)
        self.body.addLayout(grid)
        self.body.addLayout(self._make_foot())
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.timeout.connect(self.keep)
        self._restore()
        self.org.edited.connect(self._keep_soon)
        for typed in (self.minutes.textChanged, self.org.line.textChanged, self.place.textChanged, self.met.textChanged):
            typed.connect(self._keep_soon)
        for chosen in (self.when.dateTimeChanged, self.due.dateChanged, self.results.buttonToggled):
            chosen.connect(self._keep_soon)
        self._show_foot()

    # -- making ----------------------------------------------------------------------------------------------

    def _make_facts(self) -> QWidget:
        """When, where and with whom; folded until asked for."""
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 8, 0, 0)
        grid.setVerticalSpacing(6)
        fields = KINDS["visit"].fields
        self.when = QDateTimeEdit()
        self.when.setCalendarPopup(True)
        self.when.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.place, self.met = QLineEdit(), QLineEdit()
        rows = (("started_at", self.when), ("place", self.place), ("met", self.met))
        for at, (name, editor) in enumerate(rows):
            label = text(language.label(fields[name]), "key")
            label.setBuddy(editor)
            editor.setAccessibleName(label.text())
            grid.addWidget(label, at, 0)
            grid.addWidget(editor, at, 1)
        grid.setColumnStretch(1, 1)
        holder.hide()
        self._set_now()
        self.when.dateTimeChanged.connect(lambda _when: self._show_foot())
        self.place.textChanged.connect(lambda _words: self._show_foot())
        self.met.textChanged.connect(lambda _words: self._show_foot())
        return holder

    def _make_results(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(text(self.tr("结果"), "key"))
        self.results = QButtonGroup(self)
        self._result: dict[str, QPushButton] = {}
        for key, words, name in (
            ("demand", self.tr("发现需求"), "lightbulb"),
            ("achievement", self.tr("发现成果"), "layers"),
            ("follow", self.tr("跟进旧记录"), "corner-up-left"),
            ("none", self.tr("暂无"), ""),
        ):
            one = button(words, "choice", name)
            one.setCheckable(True)
            if name:
                one.setIcon(icon(name, "text2", "accent"))
            self.results.addButton(one)
            self._result[key] = one
            row.addWidget(one)
        self._result["none"].setChecked(True)
        self.results.buttonToggled.connect(lambda _one, _on: self._show_foot())
        row.addStretch(1)
        return row

    def _make_next(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(text(self.tr("回访"), "key"))
        self._later: dict[int, QPushButton] = {}
        for days, words in ((7, self.tr("一周后")), (14, self.tr("两周后")), (0, self.tr("选日期…"))):
            one = button(words, "choice")
            one.setCheckable(True)
            one.clicked.connect(self._picker(days))
            self._later[days] = one
            row.addWidget(one)
        self.due = QDateEdit()
        self.due.setCalendarPopup(True)
        self.due.setDisplayFormat("yyyy-MM-dd")
        self.due.setAccessibleName(self.tr("回访日期"))
        self.due.hide()
        row.addWidget(self.due)
        row.addStretch(1)
        self._photo_count = text("", "meta")
        row.addWidget(self._photo_count)
        add = button(self.tr("照片"), "normal", "camera", small=True)
        add.setToolTip(self.tr("添加现场照片"))
        add.clicked.connect(self._add_photos)
        row.addWidget(add)
        return row

    def _make_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        self._line = text("", "secondary")
        change = button(self.tr("改"), "link")
        change.setMinimumWidth(24)  # one character, and still large enough to hit
        change.setAccessibleName(self.tr("改时间、地点和接待人"))
        change.clicked.connect(lambda: self._facts.setVisible(not self._facts.isVisible()))
        row.addWidget(self._line)
        row.addWidget(change)
        row.addStretch(1)
        self.save_button = KeyButton(self.tr("存"), "Ctrl S", "", "normal")
        self.save_button.clicked.connect(lambda: self.finish(""))
        self.main = KeyButton(self.tr("存并登记需求"), "Ctrl Enter", "")
        self.main.clicked.connect(self.primary)
        row.addWidget(self.save_button)
        row.addWidget(self.main)
        return row

    # -- filling ---------------------------------------------------------------------------------------------

    def begin(self, *, org: str = "", find: str = "", follows: str = "") -> None:
        """Begins for a company, a record the visit is about, or a follow-up."""
        self._find, self._follows = find, follows
        if org:
            self.org.set_value(org)
        if find or follows:
            self._result["follow"].setChecked(True)
        self._show_foot()
        (self.minutes if org else self.org.line).setFocus()

    def blank(self) -> bool:
        """Whether nothing was typed."""
        lines = (self.minutes.toPlainText(), self.org.line.text(), self.place.text(), self.met.text())
        return not any(line.strip() for line in lines) and not self._photos and self.org.begun() is None

    def clear(self) -> None:
        """Empties the card after saving."""
        self.org.set_value(None)
        self.org.line.clear()
        self.minutes.clear()
        for one in (self.place, self.met):
            one.clear()
        self._photos, self._follows, self._find = [], "", ""
        self._result["none"].setChecked(True)
        for later in self._later.values():
            later.setChecked(False)
        self.due.hide()
        self._facts.hide()
        self._set_now()
        self._keep.stop()  # saving took it out
        self._kept.setText("")
        self._show_foot()

    def _set_now(self) -> None:
        now = datetime.now(wording.CHINA)
        hour = time(now.hour, now.minute // 30 * 30)
        day = today()
        self.when.setDateTime(QDateTime(QDate(day.year, day.month, day.day), QTime(hour.hour, hour.minute)))

    def _picker(self, days: int) -> Any:
        def pick(on: bool) -> None:
            for key, one in self._later.items():
                one.setChecked(on and key == days)
            self.due.setVisible(on and days == 0)
            if on:
                day = today() + timedelta(days=days or 7)
                self.due.setDate(QDate(day.year, day.month, day.day))
            self._keep_soon()

        return pick

    def _add_photos(self) -> None:
        words = self.tr("选择照片")
        names, _kind = QFileDialog.getOpenFileNames(self, words, "", f"{self.tr('照片和扫描件')} ({TYPES})")
        self._photos += [Path(name) for name in names]
        self._keep_soon()
        self._show_foot()

    def _show_foot(self) -> None:
        at = self.when.dateTime()
        day = date(at.date().year(), at.date().month(), at.date().day())
        words = self.tr("今天") if day == today() else wording.day(day, today(), language.lang())
        parts = [f"{words} {at.time().toString('HH:mm')}", self.place.text().strip() or self.tr("实地走访")]
        if self.met.text().strip():
            parts.append(self.met.text().strip())
        self._line.setText(" · ".join(parts))
        self._photo_count.setText(self.tr("照片 {n}").format(n=len(self._photos)) if self._photos else "")
        then = {"demand": self.tr("存并登记需求"), "achievement": self.tr("存并登记成果")}
        words = then.get(self._chosen(), self.tr("存这次走访"))
        self.main.set_words(words)
        self.save_button.setVisible(self._chosen() in then)

    def _chosen(self) -> str:
        return next(key for key, one in self._result.items() if one.isChecked())

    # -- keeping and saving ----------------------------------------------------------------------------------

    def _keep_soon(self) -> None:
        if not self._keep.isActive() or self._keep.remainingTime() > KEEP_MS:  # also while somebody types on without a pause
            self._keep.start(KEEP_MS)

    def keep(self, *, here: bool = True) -> None:
        """Keeps what is typed for the next start, which begins here where somebody was still ``here``."""
        self._keep.stop()
        if self._saving:
            return
        typed = None if self.blank() else {**self._typed(), "here": here}

        def done(_: object) -> None:
            self.kept.emit()
            clock = f"{datetime.now(wording.CHINA):%H:%M}"
            self._kept.setText(self.tr("草稿已存本机 {clock}").format(clock=clock) if typed else "")

        self._tasks.work(self._workspace.remember, KEPT, typed, done=done, failed=self._not_kept, owner=self)

    def _not_kept(self, error: Exception) -> None:
        self._kept.setText(self.tr("没有保存"))
        self._keep.start(AGAIN_MS)
        self.failed.emit(error)

    def as_text(self) -> str:
        """What was typed, as lines."""
        lines = (self.org.line.text(), self.when.text(), self.place.text(), self.met.text(), self.minutes.toPlainText())
        return "\n".join(line for line in lines if line) + "\n"

    def _typed(self) -> dict[str, Any]:
        days = next((key for key, one in self._later.items() if one.isChecked()), None)
        return {
            "org": self.org.line.text(), "begun": self.org.begun(), "minutes": self.minutes.toPlainText(),
            "place": self.place.text(), "met": self.met.text(), "when": self.when.dateTime().toString(Qt.DateFormat.ISODate),
            "result": self._chosen(), "later": days, "due": self.due.date().toString(Qt.DateFormat.ISODate),
            "at": next((name for name, one in self._lines().items() if one.hasFocus()), ""),
            "photos": [str(path) for path in self._photos], "follows": self._follows, "find": self._find,
        }  # fmt: skip

    def _lines(self) -> dict[str, QWidget]:
        return {"org": self.org.place(), "minutes": self.minutes, "place": self.place, "met": self.met}

    def go_on(self) -> None:
        """Puts the focus where somebody was typing when the program ended."""
        self._lines().get(self._at, self.minutes).setFocus()

    def _restore(self) -> None:
        typed = self._workspace.recall(KEPT)
        if not isinstance(typed, dict) or not self.blank():
            return
        self.org.set_value(Unread(str(typed.get("org") or ""), "BAD_REF"))
        self.minutes.setPlainText(str(typed.get("minutes") or ""))
        self.place.setText(str(typed.get("place") or ""))
        self.met.setText(str(typed.get("met") or ""))
        when = QDateTime.fromString(str(typed.get("when") or ""), Qt.DateFormat.ISODate)
        if when.isValid():
            self.when.setDateTime(when)
        self._result.get(str(typed.get("result")), self._result["none"]).setChecked(True)
        later = self._later.get(typed["later"]) if isinstance(typed.get("later"), int) else None
        if later is not None:
            later.setChecked(True)
            self.due.setDate(QDate.fromString(str(typed.get("due")), Qt.DateFormat.ISODate))
            self.due.setVisible(typed["later"] == 0)
        self._photos = [Path(path) for path in typed.get("photos") or ()]
        self._at = str(typed.get("at") or "")
        self._facts.setVisible(self._at in ("place", "met"))
        self._follows, self._find = str(typed.get("follows") or ""), str(typed.get("find") or "")
        self.org.on_left()
        if isinstance(begun := typed.get("begun"), dict):
            self.org.go_on(begun)

    def primary(self) -> None:
        """Ctrl+Enter: saves, and goes on to what was found."""
        self.finish(self._chosen())

    def finish(self, then: str) -> None:
        """Hands over what was written, or says what is missing."""
        if self._saving:
            return
        self.org.on_left()
        held = self.org.value()
        if isinstance(held, Unread):
            held = {"name": held.text.strip(), "org_kind": "企业"} if held.text.strip() else None
        if held is None:
            self.org.line.setFocus()
            self.lacks.emit(self.tr("写上走访了哪家企业再存"))
            return
        self._saving = True
        self.save.emit(Written(self._values(held), tuple(self._photos), self._follows, then))

    def saved(self, *, well: bool) -> None:
        """What was handed over is a visit now, or could not be one and stays here."""
        self._saving = False
        if well:
            self.clear()
        else:
            self.keep()

    def _values(self, org: Any) -> dict[str, Any]:
        at = self.when.dateTime()
        begun = datetime(
            at.date().year(),
            at.date().month(),
            at.date().day(),
            at.time().hour(),
            at.time().minute(),
            tzinfo=wording.CHINA,
        )
        who = self._workspace.identity
        values: dict[str, Any] = {
            "org": org,
            "place": self.place.text().strip() or "实地走访",
            "started_at": begun.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "visitors": [who.liaison_name] if who is not None else [],
            "minutes": self.minutes.toPlainText().strip(),
        }
        met = [one.strip() for one in self.met.text().replace("，", "、").replace(",", "、").split("、") if one.strip()]
        if met:
            values["met"] = met
        if PURPOSES[self._chosen()]:
            values["purpose"] = PURPOSES[self._chosen()]
        if self._find:
            values["finds"] = [self._find]
        if any(one.isChecked() for one in self._later.values()):
            values["due_on"] = self.due.date().toString(Qt.DateFormat.ISODate)
        return values
