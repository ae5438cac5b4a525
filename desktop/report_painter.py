"""A report on paper: A4 landscape, painted the same for preview, PDF and printer, so what is seen is what comes out.

One unit is a tenth of a point; whoever paints scales to that. The head of the table stands on every page, a row is
broken only where it is longer than a page, signatures are never cut off their line. Only QtGui is used: a PDF is made
without a display, and a command that writes one loads nothing of the window. Must not know the workspace.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QRawFont,
    QTextLayout,
    QTextOption,
)

from sync.errors import NeedsPerson
from sync.exchange.writing import whole_file
from sync.reports.declare import Filled
from sync.reports.fill import foot_words, head_of, head_words, sign_words, text_of

PER_POINT = 10
DOTS = 72 * PER_POINT  # units in an inch
PAGE = QSizeF(8419, 5953)
LEFT, TOP, BOTTOM = 420, 400, 400
WIDTH = PAGE.width() - 2 * LEFT
FLOOR = PAGE.height() - BOTTOM
#: book faces first, as official papers have them; any other Chinese font will do
FAMILIES = (
    "SimSun", "NSimSun", "Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "FangSong", "Noto Sans CJK SC",
    "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "Microsoft YaHei UI", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
)  # fmt: skip
_PITCH = 1.42  # from line to line, in ems
_PAD = 32
_INK, _RULE, _GROUND = QColor("#111111"), QColor("#555555"), QColor("#F0F2F5")
_SIDES = {"left": Qt.AlignmentFlag.AlignLeft, "center": Qt.AlignmentFlag.AlignHCenter, "right": Qt.AlignmentFlag.AlignRight}


class NoChineseFont(NeedsPerson):
    """这台电脑没有中文字体，不能排出报表."""

    code: ClassVar[str] = "no_chinese_font"
    exit_status: ClassVar[int] = 7
    sentence = ("这台电脑没有中文字体，不能排出报表", "There is no Chinese font on this computer to set the report in")
    help = (
        "请安装一种中文字体（如 apt-get install fonts-noto-cjk），或改为导出 .xlsx；资料没有变化。",
        "Install a Chinese font (fonts-noto-cjk on Debian) or export .xlsx; nothing has changed.",
    )


def family() -> str:
    """The Chinese font reports are set in. ``NoChineseFont`` where there is none."""
    there = set(QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese))
    chosen = next((one for one in FAMILIES if one in there), None)
    chosen = chosen or next((one for one in sorted(there) if QFontDatabase.isSmoothlyScalable(one)), None)
    if chosen is None:
        raise NoChineseFont
    return chosen


class Block:
    """Text set into lines of a width."""

    def __init__(self, words: str, font: QFont, width: float, across: str = "left") -> None:
        option = QTextOption(_SIDES[across])
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.words = words
        self._layout = QTextLayout(words.replace("\r\n", "\n").replace("\n", "\u2028"), font)
        self._layout.setTextOption(option)
        self._layout.setCacheEnabled(True)
        self.pitch = font.pixelSize() * _PITCH
        self._layout.beginLayout()
        count = 0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(max(width, font.pixelSize()))
            line.setPosition(QPointF(0, (self.pitch - line.height()) / 2))
            count += 1
        self._layout.endLayout()
        self.lines = max(1, count)

    def height(self, lines: int | None = None) -> float:
        """Of so many lines, or of all."""
        return self.pitch * (self.lines if lines is None else lines)

    def paint(self, painter: QPainter, x: float, y: float, first: int, lines: int) -> None:
        """Paints some of its lines."""
        for at in range(first, min(first + lines, self._layout.lineCount())):
            self._layout.lineAt(at).draw(painter, QPointF(x, y + (at - first) * self.pitch))


@dataclass(frozen=True, slots=True)
class Piece:
    """A box on a page with lines of a block; ``ruled`` boxes have a frame."""

    box: QRectF
    block: Block
    first: int = 0
    lines: int = 100_000
    ruled: bool = True
    ground: bool = False

    def paint(self, painter: QPainter) -> None:
        """Paints ground, frame and words."""
        if self.ground:
            painter.fillRect(self.box, _GROUND)
        if self.ruled:
            painter.setPen(QPen(_RULE, 6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.box)
        painter.setPen(_INK)
        shown = min(self.lines, self.block.lines - self.first)
        pad = _PAD if self.ruled else 0
        y = self.box.top() + (self.box.height() - self.block.height(shown)) / 2
        self.block.paint(painter, self.box.left() + pad, y, self.first, shown)


class Paged:
    """What can be shown, printed and written as a PDF: pages of one size, set in tenths of a point."""

    size: ClassVar[QSizeF]

    def __init__(self, title: str) -> None:
        self.title = title
        self._pages: list[list[Piece]] = []

    def count(self) -> int:
        """How many pages."""
        return len(self._pages)

    def signs(self) -> set[str]:
        """Every character that stands on a page."""
        return {sign for page in self._pages for piece in page for sign in piece.block.words}

    def paint(self, painter: QPainter, page: int) -> None:
        """Paints a page (from 0); ground is the paper's business."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        for piece in self._pages[page]:
            piece.paint(painter)
        painter.restore()


def font_of(name: str, points: float, *, bold: bool = False) -> QFont:
    """The font of papers (``family`` named it) in a size."""
    font = QFont(name)
    font.setPixelSize(round(points * PER_POINT))
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if hasattr(font, "setFeature") and hasattr(QFont, "Tag"):
        font.setFeature(QFont.Tag("locl"), 0)  # digits beside capitals take a shape that no search finds
    return font


class Pages(Paged):
    """A report set into pages of 8419 by 5953 units. ``NoChineseFont`` where it cannot be."""

    size = PAGE

    def __init__(self, filled: Filled) -> None:
        super().__init__(filled.title)
        self.filled, self._family = filled, family()
        count = len(filled.columns)
        points = 9.5 if count <= 8 else 8.8 if count <= 10 else 7.6
        self._text, self._strong = font_of(self._family, points), font_of(self._family, points, bold=True)
        whole = sum(column.width for column in filled.columns)
        self._widths = [WIDTH * column.width / whole for column in filled.columns]
        self._edges = [LEFT + sum(self._widths[:at]) for at in range(count + 1)]
        self._y = 0.0
        self._begin()
        for row in text_of(filled):
            self._row(row)
        if not filled.rows:
            self._whole_line("本期没有记录")
        self._totals()
        self._end()
        self._numbers()

    # -- setting -----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """A new page down to the head of the table."""
        again = bool(self._pages)
        self._pages.append([])
        self._y = float(TOP)
        title = f"{self.filled.title}（续）" if again else self.filled.title
        self._free(title, font_of(self._family, 9 if again else 17, bold=not again), "left" if again else "center", after=40 if again else 100)
        if not again:
            left, middle, right = head_words(self.filled)
            small, y = font_of(self._family, 9.5), self._y
            for words, across in ((left, "left"), (middle, "center"), (right, "right")):
                self._y = y
                self._free(words, small, across, after=50)
        heads = [
            Block(head_of(column), self._strong, width - 2 * _PAD, "center")
            for column, width in zip(self.filled.columns, self._widths, strict=True)
        ]
        self._boxes(heads, max(block.height() for block in heads) + 2 * _PAD, ground=True)

    def _free(self, words: str, font: QFont, across: str, *, after: float = 0) -> None:
        block = Block(words, font, WIDTH, across)
        self._pages[-1].append(Piece(QRectF(LEFT, self._y, WIDTH, block.height()), block, ruled=False))
        self._y += block.height() + after

    def _boxes(self, blocks: Sequence[Block], height: float, *, first: int = 0, lines: int = 100_000, ground: bool = False) -> None:
        for at, block in enumerate(blocks):
            box = QRectF(self._edges[at], self._y, self._widths[at], height)
            here = min(first, block.lines)
            self._pages[-1].append(Piece(box, block, here, lines, ground=ground))
        self._y += height

    def _row(self, row: Sequence[str]) -> None:
        blocks = []
        for column, words, width in zip(self.filled.columns, row, self._widths, strict=True):
            across = "right" if column.kind == "money" else "center" if column.centre else "left"
            blocks.append(Block(words, self._text, width - 2 * _PAD, across))
        most = max(block.lines for block in blocks)
        pitch = blocks[0].pitch
        done = 0
        while done < most:
            room = int((FLOOR - self._y - 2 * _PAD) / pitch)
            left = most - done
            if left > room:
                at_top = self._y < FLOOR / 2 and len(self._pages) > 1
                if not at_top and left <= self._lines_of_a_page(pitch):
                    room = 0
                if room < 1:
                    self._begin()
                    continue
            lines = min(left, room)
            self._boxes(blocks, max(lines * pitch + 2 * _PAD, 190.0), first=done, lines=lines)
            done += lines

    def _lines_of_a_page(self, pitch: float) -> int:
        return int((FLOOR - TOP - 700) / pitch)

    def _whole_line(self, words: str) -> None:
        block = Block(words, self._text, WIDTH - 2 * _PAD, "center")
        self._pages[-1].append(Piece(QRectF(LEFT, self._y, WIDTH, 300), block))
        self._y += 300

    def _totals(self) -> None:
        from sync.reports.declare import shown

        made: list[tuple[QRectF, Block]] = []
        height = 190.0
        for first, span, value, kind in self.filled.spans():
            width = sum(self._widths[first : first + span])
            words = str(value or "") if kind in ("head", "words") else shown(kind, value)
            across = "right" if kind == "money" else "left" if kind in ("words", "text") else "center"
            block = Block(words, self._strong, width - 2 * _PAD, across)
            made.append((QRectF(self._edges[first], 0, width, 0), block))
            height = max(height, block.height() + 2 * _PAD)
        if made and self._y + height > FLOOR:
            self._begin()
        for box, block in made:
            self._pages[-1].append(Piece(QRectF(box.x(), self._y, box.width(), height), block))
        self._y += height if made else 0

    def _end(self) -> None:
        """Notes, the line to sign, what the dagger means; together on one page."""
        small, tiny = font_of(self._family, 9.5), font_of(self._family, 8)
        notes = Block(f"说明：{self.filled.notes}", small, WIDTH) if self.filled.notes else None
        sign = sign_words(self.filled)
        under = 2.2 * small.pixelSize() + 3 * tiny.pixelSize()
        self._y += 100
        if notes is not None:
            done = 0
            while done < notes.lines:
                room = int((FLOOR - self._y) / notes.pitch)
                if room < 1:
                    self._begin()
                    continue
                lines = min(room, notes.lines - done)
                self._pages[-1].append(Piece(QRectF(LEFT, self._y, WIDTH, lines * notes.pitch), notes, done, lines, ruled=False))
                self._y += lines * notes.pitch
                done += lines
            self._y += 80
        if self._y + under > FLOOR:
            self._begin()
            self._y += 100
        places = (0.0, 0.27, 0.5, 0.74, 0.86)
        y = self._y
        for place, words in zip(places, sign, strict=True):
            block = Block(words, small, WIDTH * (1 - place), "right" if place == places[-1] else "left")
            x = LEFT + WIDTH * place
            self._pages[-1].append(Piece(QRectF(x, y, WIDTH * (1 - place), block.height()), block, ruled=False))
        self._y = y + small.pixelSize() * 2.2
        self._free(foot_words(self.filled), tiny, "left")

    def _numbers(self) -> None:
        font = font_of(self._family, 8)
        for number, page in enumerate(self._pages, 1):
            block = Block(f"第{number}页，共{len(self._pages)}页", font, WIDTH, "center")
            page.append(Piece(QRectF(LEFT, PAGE.height() - 300, WIDTH, block.height()), block, ruled=False))


# ---------------------------------------------------------------------------------------------------- PDF

_apps: list[QGuiApplication] = []


def write_pdf(path: Path, filled: Filled) -> int:
    """Write a report to ``path`` with its font embedded and return its rows.

    Raises:
        NoChineseFont. ReadOnly, DiskFull: it could not be written; what stood there before still does.
    """
    if QGuiApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a command draws on paper only
        _apps.append(QGuiApplication(["liaison"]))
    save_pdf(path, Pages(filled), filled.unit)
    return len(filled.rows)


def save_pdf(path: Path, pages: Paged, creator: str) -> None:
    """Writes pages to ``path``. ReadOnly, DiskFull: it could not be written; what stood there before still does."""
    data = pdf_of(pages, creator)
    with whole_file(path) as file:
        file.write(data)


def pdf(filled: Filled) -> bytes:
    """The report as a PDF."""
    return pdf_of(Pages(filled), filled.unit)


def page_layout(pages: Paged) -> QPageLayout:
    """A4 to the edges, lying or upright as the pages are."""
    lying = pages.size.width() > pages.size.height()
    side = QPageLayout.Orientation.Landscape if lying else QPageLayout.Orientation.Portrait
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), side, QMarginsF(0, 0, 0, 0))


def pdf_of(pages: Paged, creator: str) -> bytes:
    """Pages as a PDF whose text can be searched."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS)
    writer.setPageLayout(page_layout(pages))
    writer.setTitle(pages.title)
    writer.setCreator(creator)
    painter = QPainter(writer)
    for page in range(pages.count()):
        if page:
            writer.newPage()
        pages.paint(painter, page)
    painter.end()
    buffer.close()
    return _searchable(bytes(held.data()), pages.signs())


_UNICODE = re.compile(rb"beginbfrange\n(.*?)endbfrange", re.DOTALL)
_CODES = re.compile(rb"\[[^\]]*\]|(?<=> )<[0-9A-F]{4}>(?=\n)")


def _searchable(data: bytes, signs: set[str]) -> bytes:
    """The same PDF, its text found and copied as it was written.

    Qt names a glyph by the first character that has it, so 工 becomes a Kangxi radical and a space a tab. The tables
    that say so stand in the file as plain text and are put right where they stand, figure for figure.
    """
    raw = QRawFont.fromFont(QFont(family()), QFontDatabase.WritingSystem.SimplifiedChinese)
    drawn = {glyph: sign for sign in sorted(signs) for glyph in raw.glyphIndexesForString(sign) if glyph}

    def one(found: re.Match[bytes]) -> bytes:
        was = chr(int(found[1], 16))
        if was in signs:
            return found[0]
        glyphs = raw.glyphIndexesForString(was)
        sign = drawn.get(glyphs[0], was) if glyphs and glyphs[0] else was
        return f"<{ord(sign):04X}>".encode() if len(sign) == 1 and ord(sign) < 0x10000 else found[0]

    def codes(found: re.Match[bytes]) -> bytes:
        return re.sub(rb"<([0-9A-F]{4})>", one, found[0])

    return _UNICODE.sub(lambda found: _CODES.sub(codes, found[0]), data)
