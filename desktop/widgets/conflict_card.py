"""One field two sides changed: what it was, what this laptop and the platform made of it, and what it becomes.

Each side carries its own name and time. Nothing is saved here: ``decision`` says what was chosen. Must not know
pages or how a decision is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel, button, text
from desktop.widgets.chip import Chip
from desktop.widgets.field_editors import choice_name
from desktop.widgets.icons import IconLabel
from desktop.widgets.masked import Eye
from desktop.widgets.text_box import TextBox
from desktop.widgets.text_marks import marked
from sync.core.merge import combine, union
from sync.domain import lifecycle
from sync.domain.fields import Field
from sync.records import Conflict

Take = Literal["mine", "theirs", "both", "value"]
Decision = tuple[Take, Any]  # the value only with "value"
_LONG = 24  # characters from which a value is read as text


def _glued(words: str) -> str:
    """Words that are never broken into two lines; Chinese may otherwise be, after every sign."""
    return "\u2060".join(words.replace(" ", "\u00a0"))


class _Option(QFrame):
    """A side one can choose: radio button, who and when, the value."""

    chosen = Signal()

    def __init__(self, icon_name: str, who: str, when: str, value: str, *, rich: bool, large: bool) -> None:
        super().__init__()
        self.setProperty("role", "choice")
        self.radio = QRadioButton()
        self.radio.clicked.connect(self.chosen)
        head = QHBoxLayout()
        head.setSpacing(7)
        head.addWidget(self.radio)
        head.addWidget(IconLabel(icon_name, "text2"))
        self.who = text(f"{who}　{_glued(when)}" if when else who, "meta", wrap=True)
        self._spoken = f"{who}　{when}".strip("　")
        self.who.setAccessibleName(self._spoken)
        head.addWidget(self.who, 1)
        self.value = QLabel()
        self.value.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.value.setWordWrap(True)
        self.value.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.value.setProperty("role", "cardTitle" if large else "small")
        self.set_value(value)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 8, 12, 10)
        whole.setSpacing(4)
        whole.addLayout(head)
        whole.addWidget(self.value, 1)

    def set_value(self, words: str) -> None:
        """Shows other words for the same value."""
        rich = self.value.textFormat() == Qt.TextFormat.RichText
        self.value.setText(words)
        self.radio.setAccessibleName(self._spoken if rich else f"{self._spoken}：{words}")

    def set_on(self, on: bool) -> None:
        """Shows whether it is the chosen one."""
        self.radio.setChecked(on)
        theme.set_role(self, "choiceOn" if on else "choice")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The whole box chooses."""
        super().mousePressEvent(event)
        self.radio.setFocus()
        self.chosen.emit()


class ConflictCard(QFrame):
    """A field's card. ``decided(field)`` whenever the choice changed; ``name`` turns record ids into words."""

    decided = Signal(str)

    def __init__(
        self, conflict: Conflict, field: Field | None, today: date, name: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.conflict, self.field = conflict, field
        self._name, self._today = name, today
        self._take: Take | None = None
        self._text: TextBox | None = None
        self._result: QLabel | None = None
        self._private = field is not None and field.private
        self._long = field is not None and not self._private and (field.long or self._is_text())
        self.eye: Eye | None = None  # of a private field: shows its numbers on both sides
        self.setProperty("role", "cardConflict")
        self.label = language.label(field) if field is not None else self._state_word()
        self.setAccessibleName(self.label)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._head())
        columns = QHBoxLayout()
        columns.setContentsMargins(14, 12, 14, 14)
        columns.setSpacing(10)
        self._group = QButtonGroup(self)
        self.mine = self._side("laptop", self.tr("本机"), conflict.mine_by, conflict.mine_at, conflict.mine)
        self.theirs = self._side("server", self.tr("平台"), conflict.by, conflict.at, conflict.theirs)
        self.mine.chosen.connect(lambda: self.choose("mine"))
        self.theirs.chosen.connect(lambda: self.choose("theirs"))
        self._group.addButton(self.mine.radio)
        self._group.addButton(self.theirs.radio)
        columns.addWidget(self.mine, 1)
        columns.addWidget(self.theirs, 1)
        columns.addWidget(self._third(), 1)
        whole.addLayout(columns)
        if self._long:
            base = text(self.tr("原来：{value}").format(value=self._words(conflict.base)), "meta", wrap=True)
            base.setContentsMargins(14, 0, 14, 11)
            whole.addWidget(base)
        self._show()

    # ------------------------------------------------------------------------------------------- deciding

    def decision(self) -> Decision | None:
        """What was chosen: mine, theirs, both, or a value of one's own; None while nothing is."""
        if self._take is None:
            return None
        if self._take == "value" and self._text is not None:
            return ("value", self._text.toPlainText())
        return (self._take, None)

    def choose(self, take: Take, value: Any = None) -> None:
        """Chooses a side, both, or a text of one's own; what has no combination keeps its choice."""
        if take in ("both", "value") and not self.combines():
            return
        if self._text is not None and take in ("both", "value"):
            take = "value"
            if isinstance(value, str) and value != self._text.toPlainText():
                self._text.setPlainText(value)
        self._take = take
        self._show()
        self.decided.emit(self.conflict.field)

    def combines(self) -> bool:
        """Whether there is a third way: a text or list that keeps both."""
        return self._text is not None or self._both() is not None

    def outcome(self) -> Any:
        """The value the field gets, None while nothing is chosen."""
        if self._take == "mine":
            return self.conflict.mine
        if self._take == "theirs":
            return self.conflict.theirs
        if self._take == "value" and self._text is not None:
            return self._text.toPlainText()
        return self._both() if self._take == "both" else None

    def focus(self) -> None:
        """Puts the focus on the chosen side, else on the first."""
        option = self.theirs if self._take == "theirs" else self.mine
        option.radio.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Writing into the combined text chooses it."""
        if event.type() == QEvent.Type.FocusIn and watched is self._text and self._take is None:
            QTimer.singleShot(0, self, self._show)
        return super().eventFilter(watched, event)

    # --------------------------------------------------------------------------------------------- parts

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(10)
        self._mark = IconLabel("git-merge", "violet", 18)
        row.addWidget(self._mark)
        row.addWidget(text(self.label, "cardTitle"))
        self._note = ElidedLabel(self._before(), "meta")
        if self._long:
            _combined, clean = self._combined()
            self._note.set_whole(
                self.tr("两边改了不同的句子，可以一起保留") if clean else self.tr("两边改了同一句，请你定")
            )
        row.addWidget(self._note, 1)
        if self._private:
            self.eye = Eye(self.label)
            self.eye.toggled.connect(self._look)
            row.addWidget(self.eye)
        self._chip = Chip()
        row.addWidget(self._chip)
        return row

    def _side(self, icon_name: str, side: str, who: str, when: str, value: Any) -> _Option:
        stamp = wording.stamp(when, self._today, language.lang()) if when else ""
        head = " · ".join(part for part in (side, who) if part)
        if self._long:
            shown = marked(str(self.conflict.base or ""), str(value or ""))
            return _Option(icon_name, head, stamp, shown or self.tr("（空）"), rich=True, large=False)
        words = self._words(value)
        return _Option(icon_name, head, stamp, words, rich=False, large=len(words) < _LONG)

    def _third(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "result")
        whole = QVBoxLayout(frame)
        whole.setContentsMargins(12, 8, 12, 10)
        whole.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(7)
        if self._long:
            self.both = QRadioButton()
            self.both.setAccessibleName(self.tr("合在一起（可改）"))
            self._group.addButton(self.both)
            self.both.clicked.connect(lambda: self.choose("value"))
            take = button(self.tr("采用这个"), "primary", small=True)
            take.clicked.connect(lambda: self.choose("value"))
            head.addWidget(self.both)
            head.addWidget(IconLabel("pen", "text2"))
            head.addWidget(text(self.tr("合在一起（可改）"), "meta"))
            head.addStretch(1)
            head.addWidget(take)
            self._text = TextBox(3, 12)
            self._text.setPlainText(self._combined()[0])
            self._text.setAccessibleName(self.tr("{label}：合在一起").format(label=self.label))
            self._text.textChanged.connect(lambda: self.choose("value"))
            self._text.installEventFilter(self)
            whole.addLayout(head)
            whole.addWidget(self._text)
            whole.addStretch(1)
            return frame
        if self._both() is not None:
            self.both = QRadioButton(self.tr("两边都留"))
            self._group.addButton(self.both)
            self.both.clicked.connect(lambda: self.choose("both"))
            head.addWidget(self.both)
        else:
            head.addWidget(IconLabel("arrow-right", "text2"))
        head.addWidget(text(self.tr("合并后"), "meta"))
        head.addStretch(1)
        self._result = text("", "cardTitle", wrap=True)
        self._result.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        whole.addLayout(head)
        whole.addWidget(self._result, 1)
        return frame

    def _before(self) -> str:
        return self.tr("原来 {value}").format(value=self._words(self.conflict.base))

    def _look(self) -> None:
        self._note.set_whole(self._before())
        self.mine.set_value(self._words(self.conflict.mine))
        self.theirs.set_value(self._words(self.conflict.theirs))
        self._show()

    def _show(self) -> None:
        decided = self._take is not None
        self.mine.set_on(self._take == "mine")
        self.theirs.set_on(self._take == "theirs")
        if self.combines() and self._take in ("both", "value"):
            self.both.setChecked(True)
        theme.set_role(self, "card" if decided else "cardConflict")
        self._mark.set_icon("circle-check" if decided else "git-merge", "green" if decided else "violet")
        words = {"mine": self.tr("用本机"), "theirs": self.tr("用平台"), "both": self.tr("两边都留"),
                 "value": self.tr("合在一起"), None: ""}[self._take]  # fmt: skip
        if decided:
            self._chip.set_state(self.tr("已定：{choice}").format(choice=words), "check", "green")
        else:
            self._chip.set_state(self.tr("待你定"), "", "violet")
        if self._result is not None:
            value = self.outcome() if decided else (self._both() if self.combines() else None)
            self._result.setText(self._words(value) if decided or self.combines() else self.tr("选定后显示"))
            theme.set_role(self._result, "cardTitle" if decided else "secondary")

    # -------------------------------------------------------------------------------------------- values

    def _is_text(self) -> bool:
        sides = (self.conflict.base, self.conflict.mine, self.conflict.theirs)
        text_field = self.field is not None and self.field.type == "text"
        return text_field and any(isinstance(one, str) and len(one) > _LONG for one in sides)

    def _combined(self) -> tuple[str, bool]:
        sides = (self.conflict.base, self.conflict.mine, self.conflict.theirs)
        base, mine, theirs = (str(one or "") for one in sides)
        return combine(base, mine, theirs)

    def _both(self) -> list[Any] | None:
        mine, theirs = self.conflict.mine, self.conflict.theirs
        if self.field is None or not (isinstance(mine, list) and isinstance(theirs, list)):
            return None
        if all(isinstance(one, str) for one in [*mine, *theirs]):
            return union([], mine, theirs)
        return [*theirs, *(one for one in mine if one not in theirs)]

    def _words(self, value: Any) -> str:
        if self.field is None:
            pair = lifecycle.WORKFLOW.states.get(str(value))
            return pair[language.lang() == "en"] if pair else str(value or wording.NONE)
        plain = self.eye is not None and self.eye.isChecked()
        return wording.value(self.field, value, language.lang(), name=self._name, choice=choice_name, plain=plain)

    def _state_word(self) -> str:
        return self.tr("业务状态") if self.conflict.field == "workflow" else self.conflict.field
