"""Pages of a paper as pictures for the screen, drawn in a process apart. Called in the work lane, never on the window's thread.

Must not know records or widgets.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QImage

from sync.evidence import apart, straight
from sync.evidence.drawing import NoPicture

__all__ = ["NoPicture", "hang", "page_image", "page_images"]


def page_image(key: str, read: Callable[[], bytes], mime: str, index: int, width: int) -> QImage:
    """Page ``index`` (from 0) of the file ``key``, about ``width`` px wide; ``read`` gives its bytes where they are needed.

    Raises:
        NoPicture: the kind of file cannot be drawn, the page is not there, or it is too much for this computer.
    """
    wide, high, pixels = apart.draw(key, read, mime, index, width)
    # the copy owns its pixels; a QImage over Python bytes would outlive them
    return QImage(pixels, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()


def hang(image: QImage) -> float:
    """By how many degrees a drawn page is to be turned to the right so that its lines lie level."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    bits, step, width = plain.constBits(), plain.bytesPerLine(), plain.width() * 3
    rows = (bits[at : at + width] for at in range(0, step * plain.height(), step))  # Qt fills rows up to four bytes
    return straight.skew(plain.width(), plain.height(), b"".join(rows))


def page_images(key: str, read: Callable[[], bytes], mime: str, numbers: range, width: int) -> list[QImage]:
    """Some pages as thumbnails of ``width`` px; an empty picture for each that cannot be drawn."""
    made = []
    for index in numbers:
        try:
            made.append(page_image(key, read, mime, index, width))
        except NoPicture:
            made.append(QImage())
    return made
