"""The registration sheet (登记表) of one record on paper: A4 upright, its fields as they are told on the screen, and room to sign.

Painted like a report, so preview, PDF and print are the same. What stands on it is given as plain words; telephone
numbers come masked. Must not know records, the workspace or the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QRectF, QSizeF

from desktop.report_painter import PAGE, Block, Paged, Piece, family, font_of

UPRIGHT = QSizeF(PAGE.height(), PAGE.width())
LEFT, TOP = 480, 520
WIDTH = UPRIGHT.width() - 2 * LEFT
FLOOR = UPRIGHT.height() - 520
NAMES = 0.19  # of the width, for the name of a line
PAD = 45
LEAST = 270  # the lowest a line may be
SIGN = 1_250  # height of the boxes to sign in


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet; ``wide`` ones have the whole width for themselves."""

    name: str
    words: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a sheet. ``head`` are the words under the title, left, middle and right; ``signs`` the boxes to sign in."""

    title: str
    head: tuple[str, str, str]
    lines: Sequence[Line]
    signs: Sequence[str] = field(default_factory=tuple)
    foot: str = ""


#: who signs beside the liaison, by kind
_SIGNERS = {"demand": "企业负责人（签字、盖章）", "achievement": "完成单位（签字、盖章）", "landing": "双方代表（签字、盖章）"}
_WIDE = 22  # characters of a value that has the whole width


def registration(
    kind: str, label: str, unit: str, liaison: str, *, number: str, state: str, day: str, told: Sequence[Line],
    papers: Sequence[tuple[str, str, int]],
) -> Sheet:  # fmt: skip
    """The sheet of a record: ``told`` are its lines, ``papers`` (what it is, file name, pages)."""
    attached = [f"{what}：{name}（{pages} 页）" for what, name, pages in papers]
    lines = [replace(one, wide=one.wide or len(one.words) > _WIDE) for one in told]
    return Sheet(
        title=f"{unit}{label}登记表", head=(f"编号：{number or '—'}", f"状态：{state}", f"打印日期：{day}"),
        lines=[*lines, Line("证明材料", "\n".join(attached) or "没有附件", wide=True)],
        signs=(_SIGNERS.get(kind, "对方（签字、盖章）"), f"填表人：{liaison}", "本单位负责人（盖章）"),
        foot="审核状态以平台为准；电话只印前 3 位和后 4 位。",
    )  # fmt: skip


def sheet_name(label: str, name: str) -> str:
    """The name a sheet's file is offered under; signs no file may have are left out."""
    plain = "".join(sign for sign in name if sign not in '\\/:*?"<>|\n\t')[:60].strip()
    return f"{label}登记表-{plain}.pdf"


class SheetPages(Paged):
    """A sheet set into pages. ``NoChineseFont`` where it cannot be."""

    size = UPRIGHT

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet.title)
        self._sheet, self._family = sheet, family()
        self._pages.append([])
        self._y = float(TOP)
        self._free(sheet.title, 18, "center", after=130, bold=True)
        y = self._y
        for words, across in zip(sheet.head, ("left", "center", "right"), strict=True):
            self._y = y
            self._free(words, 10, across, after=60)
        for pair in _pairs(sheet.lines):
            self._line(pair)
        self._signs()
        self._numbers()

    def _free(self, words: str, points: float, across: str, *, after: float = 0, bold: bool = False) -> None:
        block = Block(words, font_of(self._family, points, bold=bold), WIDTH, across)
        self._pages[-1].append(Piece(QRectF(LEFT, self._y, WIDTH, block.height()), block, ruled=False))
        self._y += block.height() + after

    def _line(self, pair: Sequence[Line]) -> None:
        """One or two lines beside each other; a long one goes on on the next page."""
        name = WIDTH * NAMES
        value = (WIDTH - name * len(pair)) / len(pair)
        blocks = []
        for one in pair:
            blocks.append((Block(one.name, font_of(self._family, 10.5), name - 2 * PAD, "center"), name, True))
            blocks.append((Block(one.words, font_of(self._family, 10.5), value - 2 * PAD), value, False))
        pitch = blocks[0][0].pitch
        done, most = 0, max(block.lines for block, _width, _ground in blocks)
        while done < most:
            room = int((FLOOR - self._y - 2 * PAD) / pitch)
            left = most - done
            if room < min(left, 3) or (left > room and left * pitch < (FLOOR - TOP) / 2):
                self._pages.append([])
                self._y = float(TOP)
                continue
            lines = min(left, room)
            height, x = max(lines * pitch + 2 * PAD, float(LEAST)), float(LEFT)
            for block, width, ground in blocks:
                box = QRectF(x, self._y, width, height)
                self._pages[-1].append(Piece(box, block, min(done, block.lines), lines, ground=ground))
                x += width
            self._y += height
            done += lines

    def _signs(self) -> None:
        """Boxes to sign in, beside each other, never cut off from their words."""
        count = len(self._sheet.signs)
        if count and self._y + SIGN > FLOOR:
            self._pages.append([])
            self._y = float(TOP)
        for at, words in enumerate(self._sheet.signs):
            width = WIDTH / count
            box = QRectF(LEFT + at * width, self._y, width, SIGN)
            self._pages[-1].append(Piece(box, Block("", font_of(self._family, 10.5), width)))
            block = Block(words, font_of(self._family, 10.5), width - 2 * PAD)
            inside = QRectF(box.left() + PAD, box.top() + PAD, width - 2 * PAD, block.height())
            self._pages[-1].append(Piece(inside, block, ruled=False))
            day = Block("年　　月　　日", font_of(self._family, 10.5), width - 2 * PAD, "right")
            below = QRectF(inside.left(), box.bottom() - PAD - day.height(), inside.width(), day.height())
            self._pages[-1].append(Piece(below, day, ruled=False))
        self._y += SIGN + 80 if count else 80
        if self._sheet.foot:
            self._free(self._sheet.foot, 8.5, "left")

    def _numbers(self) -> None:
        for number, page in enumerate(self._pages, 1):
            block = Block(f"第{number}页，共{len(self._pages)}页", font_of(self._family, 8.5), WIDTH, "center")
            page.append(Piece(QRectF(LEFT, UPRIGHT.height() - 360, WIDTH, block.height()), block, ruled=False))


def _pairs(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Short lines two by two, in their order; one that is left alone has the width."""
    held: list[Line] = []
    for one in lines:
        if one.wide:
            if held:
                yield held
                held = []
            yield [one]
            continue
        held.append(one)
        if len(held) == 2:
            yield held
            held = []
    if held:
        yield held
