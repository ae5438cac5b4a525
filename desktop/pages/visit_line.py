"""One visit in the list: day and dot on the rail, and a card with whom, what was said and what came of it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop import wording
from desktop.pages.page import Navigate
from desktop.pages.visit_reading import Visit
from desktop.widgets import language, theme
from desktop.widgets.card import Card, ElidedLabel, button, text
from desktop.widgets.chip import Chip, sync_chip
from desktop.widgets.flow_layout import FlowLayout

_ABOUT = 110  # px for whom and where, beside a long name


class VisitLine(QFrame):
    """One visit: day, rail, and a card with whom, what was said and what came of it."""

    def __init__(self, visit: Visit, today: date, navigate: Navigate, *, last: bool) -> None:
        super().__init__()
        self.setProperty("role", "plain")
        row, lang = visit.row, language.lang()
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        at = wording.local(str(row.fields.get("started_at") or ""))
        back = (today - visit.day).days
        week_day = wording.weekday(visit.day, lang, short=True)
        first = {0: self.tr("今天"), 1: self.tr("昨天")}.get(back, week_day)
        clock = f"{at:%H:%M}" if at else ""
        this_week = 0 <= back <= today.weekday()
        second = (
            f"{week_day} {clock}" if back in (0, 1) else clock if this_week else wording.day(visit.day, today, lang)
        )
        across.addWidget(_Day(first, second.strip(), "teal" if visit.finds else "accent", last))
        card = Card()
        card.body.setContentsMargins(14, 9, 10, 10)
        card.body.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(ElidedLabel(row.subtitle or row.title, "bodyStrong", hug=True))
        met = "、".join(str(one) for one in row.fields.get("met") or ())
        place = str(row.fields.get("place") or "")
        about = ElidedLabel(" · ".join(part for part in (met, place) if part), "secondary")
        about.setMinimumWidth(min(about.sizeHint().width(), _ABOUT))
        head.addWidget(about, 1)
        head.addWidget(sync_chip(row.sync_state))
        go = button(self.tr("打开"), "link")
        go.setAccessibleName(f"{go.text()} {row.subtitle} {second}")
        go.clicked.connect(lambda: navigate("detail", id=row.id))
        head.addWidget(go)
        card.body.addLayout(head)
        minutes = str(row.fields.get("minutes") or "")
        if minutes:
            card.body.addWidget(text(minutes, "secondary", wrap=True))
        self._chips(card, visit, today, lang)
        holder = QVBoxLayout()
        holder.setContentsMargins(0, 0, 0, 12)
        holder.addWidget(card)
        across.addLayout(holder, 1)
        self.setAccessibleName(f"{second} {row.subtitle} {minutes}")

    def _chips(self, card: Card, visit: Visit, today: date, lang: str) -> None:
        chips: list[QWidget] = [Chip(_short(find.words), "arrow-right", "teal") for find in visit.finds]
        due = str(visit.row.fields.get("due_on") or "")
        if due:
            words = self.tr("回访 {day}").format(day=wording.day(due, today, lang))
            chips.append(Chip(words, "calendar", "blue"))
        if visit.row.papers:
            chips.append(Chip(self.tr("照片 {n}").format(n=visit.row.papers), "image", "quiet"))
        if chips:
            holder = QWidget()
            flow = FlowLayout(holder)
            for chip in chips:
                flow.addWidget(chip)
            card.body.addWidget(holder)


def _short(words: str, most: int = 28) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


class _Day(QWidget):
    """The day of a visit and its dot on the rail."""

    spoken = None  # decoration

    def __init__(self, first: str, second: str, tint: str, last: bool) -> None:
        super().__init__()
        self._first, self._second, self._tint, self._last = first, second, tint, last
        self.setFixedWidth(theme.current().px(92 if language.lang() == "en" else 78))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        """As high as its two lines."""
        return QSize(78, 52)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints two lines, rail and dot."""
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.width() - 11.0
        painter.setPen(QPen(now.border, 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, 30.0 if self._last else self.height()))
        painter.setPen(QPen(now.color(self._tint), 3))
        painter.setBrush(now.surface)
        painter.drawEllipse(QPointF(x, 19), 4.5, 4.5)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        box = QRectF(0, 10, x - 10, now.px(19))
        for words, size, ink, at in (
            (self._first, 13, now.text2, box),
            (self._second, 12, now.text3, box.translated(0, now.px(19))),
        ):
            painter.setFont(now.font(size))
            painter.setPen(ink)
            painter.drawText(at, right, words)
        painter.end()
