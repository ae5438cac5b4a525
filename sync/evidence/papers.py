"""Whether a file can be taken as evidence at all, and what it is: type, pages, bytes.

Rules. The type is told by content, never by name; a name that promises another kind of thing is refused, because the
person at the centre opens what the name says (a picture under another picture's name is harmless and taken). What is
whole but odd is taken; what cannot be shown to a reviewer is not: empty, damaged, locked by a password, out of
proportion. Nothing is repaired or rewritten: the vault keeps the person's own bytes. Content is decoded only as far
as truncation shows, pages of a PDF are counted and never drawn here.

pdfium is not made for two threads at once: call this from one lane. Heavy libraries are imported on first use, since
commands that attach nothing must start fast. Must not know records, the vault or Qt.
"""

from __future__ import annotations

import re
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sync.domain.problems import Problem
from sync.errors import BadPaper

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

MEGABYTE = 1024 * 1024
MAX_PIXELS = 80_000_000  # A4 at 600 dpi has 35 million; beyond 80 only bombs and posters
MAX_PHOTO_PIXELS = 150_000_000  # of a JPEG that can be read at a fraction of its size: telephones take 108 million
MAX_PAGES = 500
MAX_INFLATED = 400 * MEGABYTE  # of an OFD package
MAX_ENTRIES = 20_000
FULLY_DECODED = 20  # pages of a TIFF that are all decoded; of longer ones the rest is only counted, but for the last

PDF, JPEG, PNG, TIFF, OFD = "application/pdf", "image/jpeg", "image/png", "image/tiff", "application/ofd"
#: Every accepted type with its short name.
TYPES: dict[str, str] = {PDF: "PDF", JPEG: "JPG", PNG: "PNG", TIFF: "TIF", OFD: "OFD"}
_PROMISES = {
    ".pdf": PDF, ".jpg": JPEG, ".jpeg": JPEG, ".jpe": JPEG, ".jfif": JPEG, ".png": PNG, ".tif": TIFF, ".tiff": TIFF,
    ".ofd": OFD,
}  # fmt: skip
_PICTURES = frozenset({JPEG, PNG, TIFF})
_PILLOW = {JPEG: ("JPEG", "MPO"), PNG: ("PNG",), TIFF: ("TIFF",)}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"})
_ZIP = "application/zip"
_HEAD = 1024  # a PDF may carry some bytes before its mark; readers look this far
_TAIL = 64 * 1024
_DOCUMENT = re.compile(rb"<(?:\w+:)?DocRoot\s*>\s*([^<\s][^<]{0,200}?)\s*<")
_OFD_PAGE = re.compile(rb"<(?:\w+:)?Page\s")


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """``mime`` is one of ``TYPES``; ``pages`` at least 1; ``bytes`` as on disk."""

    mime: str
    pages: int
    bytes: int


def look(path: Path, limit_bytes: int, limit_pages: int = MAX_PAGES) -> PaperFacts:
    """What the file is, if it can be taken as evidence.

    Raises:
        BadPaper: with one problem, PAPER_NOT_THERE, PAPER_NOT_A_FILE, PAPER_UNREADABLE, PAPER_EMPTY, PAPER_TOO_LARGE,
            PAPER_TYPE, PAPER_HEIC, PAPER_NOT_WHAT_IT_SAYS, PAPER_DAMAGED, PAPER_ENCRYPTED, PAPER_TOO_MANY_PIXELS or
            PAPER_TOO_MANY_PAGES.
    """
    size = _size(path, limit_bytes)
    try:
        with path.open("rb") as file:
            mime = _told_by_content(path, file)
            file.seek(0)
            if mime == PDF:
                pages = _pdf_pages(path, file)
            elif mime == OFD:
                pages = _ofd_pages(path, file)
            else:
                pages = _picture_pages(path, file, mime, limit_pages)
    except OSError as error:  # Pillow's own OSErrors are dealt with where they arise
        raise _bad(path, "PAPER_UNREADABLE", reason=error.strerror or "") from error
    if pages > limit_pages:
        raise _bad(path, "PAPER_TOO_MANY_PAGES", pages=pages, limit=limit_pages)
    return PaperFacts(mime, pages, size)


def _bad(path: Path, code: str, **values: Any) -> BadPaper:
    return BadPaper([Problem(None, code, "block", {"name": path.name, **values})])


def _size(path: Path, limit: int) -> int:
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _bad(path, "PAPER_NOT_THERE") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _bad(path, "PAPER_UNREADABLE") from error
    if not stat.S_ISREG(facts.st_mode):
        raise _bad(path, "PAPER_NOT_A_FILE")
    if facts.st_size == 0:
        raise _bad(path, "PAPER_EMPTY")
    if facts.st_size > limit:
        # rounded up for the file and down for the limit, so that the sentence never says "30 MB, limit 30 MB"
        values = {"size": -(-facts.st_size * 10 // MEGABYTE) / 10, "limit": f"{limit * 10 // MEGABYTE / 10:g}"}
        raise _bad(path, "PAPER_TOO_LARGE", **values)
    return facts.st_size


def _told_by_content(path: Path, file: BinaryIO) -> str:
    head = file.read(_HEAD)
    found = _sniffed(head)
    promised = _PROMISES.get(path.suffix.lower())
    if found == "heic":
        raise _bad(path, "PAPER_HEIC")
    if found == _ZIP:
        found = _inside_zip(file)
        if not found and promised == OFD:
            raise _bad(path, "PAPER_DAMAGED")
    if not found:
        if promised:
            raise _bad(path, "PAPER_NOT_WHAT_IT_SAYS", says=TYPES[promised])
        raise _bad(path, "PAPER_TYPE")
    if promised and promised != found and not {promised, found} <= _PICTURES:
        raise _bad(path, "PAPER_NOT_WHAT_IT_SAYS", says=TYPES[promised])
    return found


def _sniffed(head: bytes) -> str:
    """A type, "heic", zip, or nothing."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return TIFF
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    if head.startswith(b"PK\x03\x04"):
        return _ZIP
    return PDF if b"%PDF-" in head else ""


def _inside_zip(file: BinaryIO) -> str:
    import zipfile

    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            return OFD if any(name.upper() == "OFD.XML" for name in package.namelist()) else ""
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return ""


def _pdf_pages(path: Path, file: BinaryIO) -> int:
    """How many pages; only the page tree is read. pdfium repairs a cut-off file silently, so its end is looked at."""
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == FPDF_ERR_PASSWORD
        raise _bad(path, "PAPER_ENCRYPTED" if locked else "PAPER_DAMAGED") from error
    try:
        pages = len(document)
        if pages < 1:
            raise _bad(path, "PAPER_DAMAGED")
        document.get_page_size(pages - 1)  # the last page exists, whatever the tree's own count says
    except pypdfium2.PdfiumError as error:
        raise _bad(path, "PAPER_DAMAGED") from error
    finally:
        document.close()
    file.seek(0, 2)
    file.seek(max(0, file.tell() - _TAIL))
    tail = file.read()
    if b"startxref" not in tail and b"%%EOF" not in tail:
        raise _bad(path, "PAPER_DAMAGED")
    return pages


def _picture_pages(path: Path, file: BinaryIO, mime: str, limit_pages: int) -> int:
    from PIL import Image, UnidentifiedImageError

    # SyntaxError and ValueError: what Pillow raises for broken chunks and tags
    broken = (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, TypeError, EOFError, IndexError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd tags are no reason; what matters is checked here
            return _frames(path, Image.open(file, formats=_PILLOW[mime]), mime, limit_pages)
    except Image.DecompressionBombError as error:
        raise _bad(path, "PAPER_TOO_MANY_PIXELS", limit=MAX_PIXELS // 1_000_000) from error
    except broken as error:
        raise _bad(path, "PAPER_DAMAGED") from error


def _frames(path: Path, picture: ImageFile, mime: str, limit_pages: int) -> int:
    pages = int(getattr(picture, "n_frames", 1)) if mime == TIFF else 1
    for page in range(pages if pages <= limit_pages else 0):
        if page:
            picture.seek(page)
        _within_pixels(path, picture)
        if page < FULLY_DECODED or page == pages - 1:
            _decode(picture)
    return pages


def _within_pixels(path: Path, picture: Image.Image) -> None:
    photo = picture.format == "JPEG" and not picture.info.get("progressive")  # whose parts are all held at once
    limit = MAX_PHOTO_PIXELS if photo else MAX_PIXELS
    if picture.width * picture.height > limit:
        raise _bad(path, "PAPER_TOO_MANY_PIXELS", limit=limit // 1_000_000)


def _decode(picture: ImageFile) -> None:
    """Read to the end, so that a cut-off file shows. JPEG is decoded at an eighth of its size to spare memory."""
    picture.draft("L", (max(1, picture.width // 8), max(1, picture.height // 8)))
    picture.load()


def _ofd_pages(path: Path, file: BinaryIO) -> int:
    """Pages of an OFD (GB/T 33190): a zip whose OFD.xml points at a document that lists its pages."""
    import zipfile
    import zlib

    file.seek(0)
    try:
        with zipfile.ZipFile(file) as package:
            entries = package.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                raise _bad(path, "PAPER_ENCRYPTED")
            inflated = sum(entry.file_size for entry in entries)
            if inflated > MAX_INFLATED or len(entries) > MAX_ENTRIES:
                values = {"size": round(inflated / MEGABYTE), "limit": MAX_INFLATED // MEGABYTE}
                raise _bad(path, "PAPER_TOO_LARGE", **values)
            if package.testzip() is not None:
                raise _bad(path, "PAPER_DAMAGED")
            return _ofd_listed(package)
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, EOFError) as error:
        raise _bad(path, "PAPER_DAMAGED") from error


def _ofd_listed(package: Any) -> int:
    names = {name.upper(): name for name in package.namelist()}
    root = _DOCUMENT.search(package.read(names["OFD.XML"]))
    if root is None:
        return 1  # a package in a form not seen before: whole, so it is taken as one page
    document = names.get(root.group(1).decode("utf-8", "replace").lstrip("/").upper())
    return max(1, len(_OFD_PAGE.findall(package.read(document)))) if document else 1
