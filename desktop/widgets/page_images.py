"""Pages of a paper as pictures: PDF by pdfium, scans by Pillow. Called in the work lane, never on the window's thread.

A page is drawn at the width asked for, not larger than ``MAX_SIDE`` on a side. What cannot be drawn (OFD, or a file
no reader understands) is a ``NoPicture``, not a failure of the program. Must not know records or widgets.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from PIL import Image

MAX_SIDE = 4_000  # px


class NoPicture(Exception):
    """This page cannot be shown here."""


def page_image(data: bytes, mime: str, index: int, width: int) -> QImage:
    """Page ``index`` (from 0) of a file, about ``width`` px wide.

    Raises:
        NoPicture: the kind of file cannot be drawn, or the page is not there.
    """
    if mime == "application/pdf":
        return _pdf(data, index, width)
    if mime.startswith("image/"):
        return _picture(data, index, width)
    raise NoPicture(mime)


def page_images(data: bytes, mime: str, pages: int, width: int, limit: int = 40) -> list[QImage]:
    """The first ``limit`` pages as thumbnails of ``width`` px; empty where they cannot be drawn."""
    try:
        return [page_image(data, mime, index, width) for index in range(min(pages, limit))]
    except NoPicture:
        return []


def _pdf(data: bytes, index: int, width: int) -> QImage:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as wrong:
        raise NoPicture("pdf") from wrong
    try:
        if not 0 <= index < len(document):
            raise NoPicture("page")
        page = document[index]
        wide, high = page.get_size()
        scale = min(width / max(wide, 1), MAX_SIDE / max(wide, high, 1))
        return _image(page.render(scale=scale).to_pil())
    except pypdfium2.PdfiumError as wrong:
        raise NoPicture("page") from wrong
    finally:
        document.close()


def _picture(data: bytes, index: int, width: int) -> QImage:
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as file:
            file.seek(index)
            upright: Any = ImageOps.exif_transpose(file)  # a camera notes how it was held
            side = min(width, MAX_SIDE)
            if upright.width > side:
                upright = upright.resize((side, max(1, round(upright.height * side / upright.width))))
            return _image(upright)
    except (OSError, EOFError, ValueError) as wrong:
        raise NoPicture("image") from wrong


def _image(picture: Image.Image) -> QImage:
    plain = picture.convert("RGB")
    data = plain.tobytes()
    # the copy owns its pixels; a QImage over Python bytes would outlive them
    return QImage(data, plain.width, plain.height, plain.width * 3, QImage.Format.Format_RGB888).copy()
