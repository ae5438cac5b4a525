"""The angle at which a page hangs is found to a fifth of a degree, and none where there are no lines."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from sync.evidence.drawing import Pages
from sync.evidence.straight import WIDTH, skew

LETTER = Path(__file__).parents[2] / "resources" / "practice" / "demand-letter.pdf"
HANGS = 2.15  # degrees, as that letter was scanned


def level(width: int = WIDTH) -> Image.Image:
    """A page with lines of words that lie level."""
    page, chance = Image.new("RGB", (width, width * 141 // 100), "white"), random.Random(5)
    draw = ImageDraw.Draw(page)
    for top in range(page.height // 8, page.height * 5 // 6, 26):
        left = width // 8
        while left < width * 7 // 8:
            wide = chance.randint(6, 40)
            draw.rectangle((left, top, left + wide, top + 9), fill="black")
            left += wide + 8
    return page


def found(page: Image.Image) -> float:
    return skew(page.width, page.height, page.tobytes())


def hung(page: Image.Image, degrees: float) -> Image.Image:
    """Turned to the left, so that it is to be turned to the right again."""
    return page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")


@pytest.mark.parametrize("degrees", [-4.6, -3.1, -1.25, -0.4, 0.0, 0.35, 0.8, 2.45, 4.7])
def test_lines_that_hang_are_measured(degrees: float) -> None:
    assert found(hung(level(), degrees)) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize("degrees", [-6.5, -4.1, -2.15, -1.0, 0.6, 2.3])
def test_a_scanned_letter_is_measured(degrees: float) -> None:
    width, height, pixels = Pages(LETTER.read_bytes(), "application/pdf").draw(0, WIDTH)
    page = hung(Image.frombytes("RGB", (width, height), pixels), degrees)
    assert found(page) == pytest.approx(HANGS + degrees, abs=0.19)


def test_a_larger_picture_says_the_same() -> None:
    assert found(hung(level(1_400), 1.7)) == pytest.approx(1.7, abs=0.1)


@pytest.mark.parametrize("size", [(800, 1130), (1, 1), (3, 900), (900, 3)])
def test_where_there_are_no_lines_nothing_is_turned(size: tuple[int, int]) -> None:
    assert found(Image.new("RGB", size, "white")) == 0
    assert found(Image.frombytes("RGB", size, random.Random(3).randbytes(size[0] * size[1] * 3))) == 0


def test_what_hangs_more_than_a_page_laid_on_a_scanner_is_left() -> None:
    for degrees in (8.0, -12.0, 90.0):
        assert found(level().rotate(degrees, expand=True, fillcolor="white")) == 0
