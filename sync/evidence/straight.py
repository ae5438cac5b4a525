"""By how much the lines of a scanned page hang: the angle at which its rows of ink and its white rows stand out most.

Works on the pixels of a page that is drawn already, with Pillow alone. Must not know files or Qt.
"""

from __future__ import annotations

from itertools import pairwise
from math import radians, tan
from typing import Any

MOST = 5.0  # degrees; what hangs more is left to a person
_LOOK = 9.0  # degrees; looked at beyond, so that what hangs more is not mistaken
WIDTH = 800  # px: a page is looked at in this width
_STRIP = 16  # px: strips as narrow as this hang too little to matter
_CLEAR = 3.0  # so much more must the rows stand out than in the middle of all angles
_LEAST = 100  # px of a side
_COARSE, _FINE = 0.25, 0.05  # degrees


def skew(width: int, height: int, pixels: bytes) -> float:
    """Degrees to turn a page to the right (three bytes a pixel) so that its lines lie level; 0 where it has no clear lines."""
    from PIL import Image

    if min(width, height) < _LEAST:
        return 0.0
    strips = _strips(Image.frombytes("RGB", (width, height), pixels))
    steps = round(_LOOK / _COARSE)
    coarse = {step * _COARSE: _standing_out(strips, step * _COARSE) for step in range(-steps, steps + 1)}
    best = max(coarse, key=lambda angle: coarse[angle])
    usual = sorted(coarse.values())[len(coarse) // 2]
    if abs(best) > MOST or coarse[best] <= _CLEAR * usual:
        return 0.0
    near = round(_COARSE / _FINE)
    fine = [best + step * _FINE for step in range(-near, near + 1)]
    found = max(fine, key=lambda angle: _standing_out(strips, angle))
    return round(found, 2)


def _strips(page: Any) -> Any:
    """The ink of the page, a pixel for each strip and row: what is darker than the paper around it."""
    from PIL import Image, ImageChops, ImageFilter

    grey = page.convert("L")
    if grey.width != WIDTH:
        grey = grey.resize((WIDTH, max(1, round(grey.height * WIDTH / grey.width))), Image.Resampling.BOX)
    ink = ImageChops.subtract(grey.filter(ImageFilter.BoxBlur(12)), grey)
    soft = ink.filter(ImageFilter.GaussianBlur(1.2))  # else rows that fall on pixels by chance stand out
    return soft.convert("F").resize((WIDTH // _STRIP, grey.height), Image.Resampling.BOX)


def _standing_out(strips: Any, angle: float) -> float:
    """How much rows differ from their neighbours when the page is turned by ``angle``."""
    from PIL import Image

    slope = tan(radians(angle)) * _STRIP
    middle = strips.width / 2
    level = strips.transform(
        strips.size, Image.Transform.AFFINE, (1, 0, 0, -slope, 1, slope * middle), Image.Resampling.BILINEAR
    )
    rows = level.resize((1, strips.height), Image.Resampling.BOX).tobytes()
    values = memoryview(rows).cast("f")
    return sum((one - other) ** 2 for one, other in pairwise(values))
