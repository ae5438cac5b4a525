"""Parts of the evidence pane: the invitation to add a paper, what stands for one that is not here, the bar below a page, chips.

They show and say what was asked for; what happens then is the pane's. Must not know files.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QToolButton, QVBoxLayout, QWidget

from desktop import wording
from desktop.widgets import language, theme
from desktop.widgets.card import ElidedLabel, button, text
from desktop.widgets.chip import Chip
from desktop.widgets.icons import IconLabel, icon
from sync.records import Paper

_OTHER = {"uploading": ("上传中", "arrow-up", "blue"), "missing": ("不在本机", "triangle-alert", "amber")}
BAR_ROOM = 340  # px of the lower line for all but the words of its buttons
_SYNC = {"local": "local", "complete": "synced"}  # said with the words of the lists


class Invitation(QFrame):
    """Where a paper is missing: what to add and the ways to add it."""

    chosen = Signal()  # a file is to be chosen
    back = Signal()  # to the papers that are there

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "plain")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 24, 20, 24)
        area = QFrame()
        area.setProperty("role", "result")
        inner = QVBoxLayout(area)
        inner.setContentsMargins(20, 28, 20, 28)
        inner.setSpacing(10)
        mark = QHBoxLayout()
        mark.addStretch(1)
        mark.addWidget(IconLabel("scan-line", "text3", 32))
        mark.addStretch(1)
        inner.addLayout(mark)
        self._words = text("", "cardTitle", wrap=True)
        ways = text(self.tr("把文件拖到这里，或按 Ctrl+V 粘贴；收 PDF、JPG、PNG、TIF、OFD"), "secondary", wrap=True)
        for label in (self._words, ways):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inner.addWidget(label)
        self.pick = button(self.tr("选择文件"), "normal", "file")
        self.pick.clicked.connect(self.chosen)
        self._back = button(self.tr("看已有的材料"), "link")
        self._back.clicked.connect(self.back)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.pick)
        line.addWidget(self._back)
        line.addStretch(1)
        inner.addLayout(line)
        whole.addWidget(area)
        whole.addStretch(1)

    def invite(self, kind: str, *, others: bool) -> None:
        """Which kind of paper is wanted ("other": any), and whether there are papers to go back to."""
        name = wording.paper_kind(kind, language.lang())
        words = self.tr("添加{paper}").format(paper=name) if kind != "other" else self.tr("添加证明材料")
        self._words.setText(words)
        self._back.setVisible(others)


class Elsewhere(QFrame):
    """In place of a page: the paper was added on another computer, and how it comes here."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "plain")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 24, 20, 24)
        whole.setSpacing(10)
        self._words = text("", "cardTitle", wrap=True)
        self._more = text("", "secondary", wrap=True)
        self.fetch = button(self.tr("从平台取来"), "primary", "download")
        self.fetch.clicked.connect(self.wanted)
        self._came = QProgressBar()
        self._came.setTextVisible(False)
        self._came.setAccessibleName(self.tr("取回进度"))
        whole.addStretch(1)
        mark = QHBoxLayout()
        mark.addStretch(1)
        mark.addWidget(IconLabel("download", "text3", 32))
        mark.addStretch(1)
        whole.addLayout(mark)
        for label in (self._words, self._more):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            whole.addWidget(label)
        whole.addWidget(self._came)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.fetch)
        line.addStretch(1)
        whole.addLayout(line)
        whole.addStretch(2)

    def show_paper(self, paper: Paper, came: int | None) -> None:
        """A paper that is not here; ``came``: bytes so far where it is on its way."""
        there = paper.state == "complete"
        self._words.setText(self.tr("这份材料在平台上，本机还没有") if there else self.tr("这份材料不在本机，平台也还没有收到"))
        size = wording.size(paper.bytes)
        if came is not None:
            self._more.setText(self.tr("正在取：{came} / {size}").format(came=wording.size(came), size=size))
        elif there:
            self._more.setText(self.tr("由本单位另一台电脑添加，共 {size}；取来以后离线也能看。").format(size=size))
        else:
            self._more.setText(self.tr("请在添加它的那台电脑上同步一次；那台电脑不在了，就从原件重新添加。"))
        self._came.setVisible(came is not None)
        self._came.setValue(100 * (came or 0) // max(1, paper.bytes))
        self.fetch.setVisible(there and came is None)


class PaperBar(QFrame):
    """Below a page: the file, what the platform has of it, how it is looked at (``look``), and the ways to look at it."""

    removed = Signal()
    kept = Signal()  # a copy is to be written somewhere
    turned = Signal()
    zoomed = Signal(int)  # 1 larger, -1 smaller, 0 as wide as the pane
    framing = Signal(bool)  # the edges are to be cut, or that is done

    def __init__(self, look: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "bar")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 5, 12, 5)
        rows.setSpacing(4)
        first, row = QHBoxLayout(), QHBoxLayout()
        for one in (first, row):
            one.setSpacing(6)
            rows.addLayout(one)
        self._name = ElidedLabel("", "secondary", middle=True)
        first.addWidget(self._name, 1)
        self._state = Chip()
        first.addWidget(self._state)
        row.addWidget(look, 1)
        row.addStretch()  # takes the room where nothing is said
        keep = _tool("download", self.tr("把原件另存一份"), self.kept.emit)
        self._remove = _tool("x", self.tr("移除这份材料"), self.removed.emit)
        turn = _tool("rotate-cw", self.tr("转 90 度看（文件不变）"), self.turned.emit)
        self._crop = _tool("crop", self.tr("裁掉四边看（文件不变）"), self._on_crop)
        self._crop.setCheckable(True)
        self._worded = (
            (keep, self.tr("另存")), (self._remove, self.tr("移除")), (turn, self.tr("旋转")), (self._crop, self.tr("裁边")),
        )  # fmt: skip
        for (made, words), where in zip(self._worded, (first, first, row, row), strict=True):
            made.setText(words)
            where.addWidget(made)
        row.addWidget(_tool("zoom-out", self.tr("缩小"), lambda: self.zoomed.emit(-1)))
        self._percent = button("", "link")
        self._percent.setToolTip(self.tr("适合宽度"))
        self._percent.clicked.connect(lambda: self.zoomed.emit(0))
        self.set_percent(100)
        row.addWidget(self._percent)
        row.addWidget(_tool("zoom-in", self.tr("放大"), lambda: self.zoomed.emit(1)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The buttons say what they do where there is room for their words."""
        super().resizeEvent(event)
        room = sum(one.fontMetrics().horizontalAdvance(words) for one, words in self._worded[2:])
        worded = self.width() >= room + theme.current().px(BAR_ROOM)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if worded else Qt.ToolButtonStyle.ToolButtonIconOnly
        for made, _words in self._worded:
            if made.toolButtonStyle() != style:
                made.setToolButtonStyle(style)
                theme.set_role(made, "" if worded else "tool")

    def show_paper(self, paper: Paper) -> None:
        """Name, pages, size and state of a paper."""
        pages = self.tr("{count} 页").format(count=paper.pages)
        self._name.set_whole(f"{paper.name} · {pages} · {wording.size(paper.bytes)}")
        if paper.state == "uploading" and paper.bytes:
            percent = paper.offset * 100 // paper.bytes
            self._state.set_state(*wording.sync_chip("pending", language.lang(), percent=percent))
        elif paper.state in _SYNC:
            self._state.set_state(*wording.sync_chip(_SYNC[paper.state], language.lang()))
        else:
            words, name, tone = _OTHER[paper.state]
            self._state.set_state(self.tr(words), name, tone)

    def set_framing(self, framing: bool, *, drawn: bool) -> None:
        """Whether the edges are being cut; only what is drawn can be."""
        self._crop.setVisible(drawn)
        self._crop.setChecked(framing)

    def rest(self) -> None:
        """Gives the keys to the button of the edges: else they go from a handle that is gone to whatever is next."""
        self._crop.setFocus()

    def _on_crop(self) -> None:
        self.rest()
        self.framing.emit(self._crop.isChecked())

    def set_percent(self, percent: int) -> None:
        """The zoom; pressed, the page is as wide as the pane again."""
        self._percent.setText(f"{percent}%")
        self._percent.setAccessibleName(f"{percent}% {self._percent.toolTip()}")

    def set_read_only(self, fixed: bool) -> None:
        """Whether the paper can be removed."""
        self._remove.setVisible(not fixed)


class LookLine(QFrame):
    """Says that a page is shown other than it is, and offers the page as it is; not there where it is."""

    straightened = Signal(bool)  # level and cut, or the page as it is
    uncut = Signal()  # the whole page again

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = True
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._said = text("", "meta", wrap=True)
        row.addWidget(self._said, 1)
        self.original = button("", "link")
        self.original.clicked.connect(lambda: self.straightened.emit(not self._level))
        self.whole = button(self.tr("整页"), "link")
        self.whole.clicked.connect(self.uncut)
        row.addWidget(self.original)
        row.addWidget(self.whole)
        self.hide()

    def show_look(self, degrees: float, *, cut: bool, level: bool, framing: bool) -> None:
        """What hangs by so many degrees, whether edges are cut, whether all that is shown or the page as it is."""
        self._level = level
        parts = [self.tr("扶正了 {degrees} 度").format(degrees=f"{abs(degrees):.1f}")] if degrees else []
        parts += [self.tr("裁掉了四边")] if cut else []
        words = " · ".join(parts) if level else self.tr("这是原图")
        if framing:
            words = self.tr("拖动四边的方块，或用 Tab 和方向键")
        self._said.setText(f"{words} · " + self.tr("文件不变"))
        self.original.setText(self.tr("看原图") if level else self.tr("看处理后"))
        self.original.setVisible(not framing)
        self.whole.setVisible(framing)
        self.setVisible(framing or cut or bool(degrees))


def _tool(name: str, words: str, call: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    made.setProperty("role", "tool")
    made.setIcon(icon(name, "text2"))
    made.setToolTip(words)
    made.setAccessibleName(words)
    made.clicked.connect(lambda _checked=False: call())
    return made


def signs(paper: Paper) -> list[tuple[str, str, str]]:
    """Chips for signature and seal: what a person said, or that nobody has yet (of papers that need them)."""
    english = language.lang() == "en"
    shown: list[tuple[str, str, str]] = []
    asked = paper.kind == "demand_letter"
    for name, yes, no, open_ in (
        ("stamped", ("已盖章", "Stamped"), ("没有盖章", "Not stamped"), ("盖章待确认", "Seal to confirm")),
        ("signed", ("已签字", "Signed"), ("没有签字", "Not signed"), ("签字待确认", "Signature to confirm")),
    ):
        said = paper.facts.get(name)
        if said is True:
            shown.append((yes[english], "stamp" if name == "stamped" else "check", "green"))
        elif said is False:
            shown.append((no[english], "triangle-alert", "red" if asked else "amber"))
        elif asked:
            shown.append((open_[english], "circle-dashed", "amber"))
    return shown
