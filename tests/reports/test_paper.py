"""A report on paper: every word can be found in the PDF, the head repeats, nothing runs off the page, fonts are inside."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from desktop import reporting
from desktop.report_painter import FLOOR, PAGE, Pages, pdf
from sync.reports import periods
from sync.reports.catalogue import REPORTS
from sync.reports.declare import Filled
from sync.reports.fill import text_of
from tests.reports.conftest import Year

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def ledger(year: Year) -> Filled:
    return reporting.read(year.workspace, REPORTS["ledger"], periods.parse("month", "2026-09"), "试样已寄出，等对方回执。")[0]


def many(filled: Filled, count: int) -> Filled:
    row = list(filled.rows[0])
    return replace(filled, rows=[[number, *row[1:]] for number in range(1, count + 1)])


def texts(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def pictures(data: bytes) -> Iterator[Image.Image]:
    for page in pypdfium2.PdfDocument(data):
        yield page.render(scale=1).to_pil().convert("L")


def test_every_word_can_be_searched_for_as_it_was_written(ledger: Filled) -> None:
    whole = "".join(texts(pdf(ledger)))
    for row in text_of(ledger):
        for words in row:
            assert "".join(words.split()) in whole
    named = ("填报单位：长安镇", "截至2026年9月16日", "说明：试样已寄出，等对方回执。", "填表人：李敏", "（盖章）")
    for words in (ledger.title, *named, ledger.seal):
        assert words in whole
    assert not re.search("[\u2e80-\u2fdf\u0000-\u0008]", whole)


def test_the_page_is_a4_landscape_and_its_font_is_inside(ledger: Filled) -> None:
    data = pdf(ledger)
    page = pypdfium2.PdfDocument(data)[0]
    assert [round(size) for size in page.get_size()] == [842, 595]
    assert data.count(b"/FontFile") >= 2
    assert len(data) < 400_000


def test_the_head_stands_on_every_page_with_its_number(ledger: Filled) -> None:
    said = texts(pdf(many(ledger, 60)))
    assert len(said) > 2
    for number, page in enumerate(said, 1):
        assert "成果（需求）名称†" in page
        assert f"第{number}页，共{len(said)}页" in page
    assert all("（续）" in page for page in said[1:])
    assert sum(page.count("合计") for page in said) == 1
    assert sum(page.count("填表人") for page in said) == 1
    numbers = [found for page in said for found in re.findall(r"低介电改性环氧树脂", page)]
    assert len(numbers) == 60


@pytest.mark.parametrize("count", [0, 1, 5, 17, 18, 19, 40])
def test_nothing_runs_off_the_page(ledger: Filled, count: int) -> None:
    pages = Pages(many(ledger, count))
    for number in range(pages.count()):
        for piece in pages._pages[number]:
            box = piece.box
            assert box.left() >= 0 and box.right() <= PAGE.width()
            assert box.top() >= 0 and box.bottom() <= (FLOOR if piece.ruled else PAGE.height())
            if piece.ruled:
                assert piece.block.height(min(piece.lines, piece.block.lines - piece.first)) <= box.height() + 1
    for picture in pictures(pdf(many(ledger, count))):
        edge = picture.crop((0, 0, 15, picture.height))
        assert ImageChops.invert(edge).getbbox() is None


def test_a_row_longer_than_a_page_goes_on_on_the_next(ledger: Filled) -> None:
    long = "".join(f"第{number}步完成。" for number in range(900))
    row = [long if column.key == "progress" else value for column, value in zip(ledger.columns, ledger.rows[0], strict=True)]
    said = texts(pdf(replace(ledger, rows=[ledger.rows[0], row, ledger.rows[0]])))
    whole = re.sub(r"长安镇科技成果转化工作台账（2026年9月）（续）.*?下一步|第\d+页，共\d+页", "", "".join(said))
    assert all(f"第{number}步完成。" in whole for number in range(0, 900, 50))
    assert len(said) > 3


def test_long_notes_go_on_too(ledger: Filled) -> None:
    notes = "\n".join(f"第{number}条说明写在这里。" for number in range(120))
    said = texts(pdf(replace(ledger, notes=notes)))
    whole = "".join(said)
    assert all(f"第{number}条说明写在这里。" in whole for number in range(120))
    assert len(said) >= 3


def test_an_empty_report_says_so(ledger: Filled) -> None:
    assert "本期没有记录" in texts(pdf(many(ledger, 0)))[0]


def test_without_a_chinese_font_it_says_so_and_writes_nothing(year: Year, tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nowhere</dir></fontconfig>', "utf-8")
    code = (
        "import sys; from pathlib import Path; from desktop import report_painter as p\n"
        "try:\n    from PySide6.QtGui import QGuiApplication; app = QGuiApplication(['x', '-platform', 'offscreen']); p.family()\n"
        "except p.NoChineseFont as error:\n    print(error.code, error.exit_status, error.message(), error.remedy('en'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, cwd=Path(__file__).parents[2],
        env={"FONTCONFIG_FILE": str(config), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.startswith("no_chinese_font 7 这台电脑没有中文字体")
    assert "fonts-noto-cjk" in done.stdout
