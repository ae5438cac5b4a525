"""Pages of a paper as pictures: PDF by pdfium, scans by Pillow; red, green and blue bytes come out.

A page is drawn at the width asked for, not larger than ``MAX_SIDE`` on a side. What cannot be drawn (OFD, or a file
no reader understands) is a ``NoPicture``, not a failure of the program. Papers come from outside: the window has this
done in a process of its own (``apart``). Must not know records or Qt.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

MAX_SIDE = 4_000  # px
Pixels = tuple[int, int, bytes]  # width, height, three bytes a pixel


class NoPicture(Exception):
    """This page cannot be shown here."""


class Pages:
    """An open paper."""

    def __init__(self, data: bytes, mime: str) -> None:
        """Nothing is read yet."""
        self._data, self._mime = data, mime
        self._document: Any = None

    def draw(self, index: int, width: int) -> Pixels:
        """Page ``index`` (from 0), about ``width`` px wide; ``NoPicture`` where that is not possible."""
        if self._mime == "application/pdf":
            return self._pdf(index, width)
        if self._mime.startswith("image/"):
            return self._picture(index, width)
        raise NoPicture(self._mime)

    def close(self) -> None:
        """Lets go of the document."""
        if self._document is not None:
            self._document.close()
            self._document = None

    def _pdf(self, index: int, width: int) -> Pixels:
        import pypdfium2

        try:
            if self._document is None:
                self._document = pypdfium2.PdfDocument(self._data)
            if not 0 <= index < len(self._document):
                raise NoPicture("page")
            page = self._document[index]
            wide, high = page.get_size()
            scale = min(width / max(wide, 1), MAX_SIDE / max(wide, high, 1))
            return _pixels(page.render(scale=scale).to_pil())
        except pypdfium2.PdfiumError as wrong:
            raise NoPicture("pdf") from wrong

    def _picture(self, index: int, width: int) -> Pixels:
        from PIL import Image, ImageOps

        try:
            with Image.open(BytesIO(self._data)) as file:
                file.seek(index)
                file.draft("RGB", (width, width))  # a large JPEG is read at a fraction of its size
                upright: Any = ImageOps.exif_transpose(file)  # a camera notes how it was held
                side = min(width, MAX_SIDE)
                if upright.width > side:
                    upright = upright.resize((side, max(1, round(upright.height * side / upright.width))))
                return _pixels(upright)
        except (OSError, EOFError, ValueError, SyntaxError, Image.DecompressionBombError) as wrong:
            raise NoPicture("image") from wrong


def _pixels(picture: Any) -> Pixels:
    plain = picture.convert("RGB")
    return plain.width, plain.height, plain.tobytes()
