"""Which files are taken as evidence, and the one clear reason for each that is not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from sync.domain.problems import sentence
from sync.errors import BadPaper
from sync.evidence import apart, papers
from sync.evidence.papers import JPEG, OFD, PDF, PNG, TIFF, look

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
TRUTH = json.loads((PRACTICE / "papers.json").read_text(encoding="utf-8"))["papers"]
LIMIT = 30 * 1024 * 1024
LETTER = PRACTICE / "demand-letter-photo.jpg"
CONTRACT = PRACTICE / "contract.pdf"


def picture(kind: str, size: tuple[int, int] = (60, 80), **more: object) -> bytes:
    noise = random.Random(1).randbytes(size[0] * size[1])
    file = io.BytesIO()
    Image.frombytes("L", size, noise).save(file, kind, **more)
    return file.getvalue()


def tiff(pages: int) -> bytes:
    frames = [Image.new("1", (200, 300), page % 2) for page in range(pages)]
    file = io.BytesIO()
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def ofd(pages: int, document: str = "Doc_0/Document.xml") -> bytes:
    file = io.BytesIO()
    listed = "".join(f'<ofd:Page ID="{page}" BaseLoc="Pages/Page_{page}/Content.xml"/>' for page in range(pages))
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(
            "OFD.xml", f"<ofd:OFD><ofd:DocBody><ofd:DocRoot>{document}</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
        )
        package.writestr(
            "Doc_0/Document.xml", f'<ofd:Document><ofd:PageArea/><ofd:TemplatePage ID="9"/>{listed}</ofd:Document>'
        )
    return file.getvalue()


def locked_pdf() -> bytes:
    """A PDF whose password is not the empty one: pdfium checks O and U, which are noise here."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says it is huge; only its first chunk is whole."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\1\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + zlib.crc32(header).to_bytes(4, "big") + b"\0\0\0\0IDAT\0\0\0\0"


def photo(width: int, height: int, **more: bool) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), 200).save(file, "JPEG", quality=20, **more)
    return file.getvalue()


def page_size(path: Path) -> tuple[int, int]:
    """Of its picture on the screen."""
    return apart.draw(str(path), path.read_bytes, JPEG, 0, 1_400)[:2]


def zipped(name: str, content: bytes = b"x") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(name, content)
    return file.getvalue()


def flagged(package: bytes) -> bytes:
    """Every entry says that it is encrypted."""
    return package.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")


def refusal(path: Path, limit: int = LIMIT, pages: int = papers.MAX_PAGES) -> str:
    with pytest.raises(BadPaper) as caught:
        look(path, limit, pages)
    (problem,) = caught.value.problems
    for lang in ("zh", "en"):
        said = sentence(problem, lang)
        assert path.name in said
        assert "…" not in said and problem.code not in said  # every blank of the sentence is filled
    return problem.code


@pytest.mark.parametrize("paper", TRUTH, ids=lambda paper: paper["file"])
def test_practice_papers_are_taken_as_what_they_are(paper: dict[str, object]) -> None:
    path = PRACTICE / str(paper["file"])
    facts = look(path, LIMIT)
    assert facts.mime == (PDF if path.suffix == ".pdf" else JPEG)
    assert (facts.pages, facts.bytes) == (paper["pages"], paper["bytes"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == paper["sha256"]


def test_the_practice_folder_lists_all_its_papers() -> None:
    on_disk = {path.name for path in PRACTICE.iterdir() if path.suffix in (".jpg", ".pdf")}
    assert on_disk == {paper["file"] for paper in TRUTH}
    assert sum(path.stat().st_size for path in PRACTICE.iterdir()) < 2_500_000


@pytest.mark.parametrize(
    ("name", "content", "mime", "pages"),
    [
        ("a.png", picture("PNG"), PNG, 1),
        ("相片.jpg", picture("PNG"), PNG, 1),  # phones and chat programs do this
        ("no ending", picture("JPEG"), JPEG, 1),
        ("whatever.dat", picture("PNG"), PNG, 1),
        ("A.TIF", tiff(3), TIFF, 3),
        ("long.tiff", tiff(papers.FULLY_DECODED + 5), TIFF, papers.FULLY_DECODED + 5),
        ("a.ofd", ofd(2), OFD, 2),
        ("unusual.ofd", ofd(2, "/elsewhere.xml"), OFD, 1),
        ("tail.jpg", picture("JPEG") + b"\0" * 500, JPEG, 1),
        ("junk before.pdf", b"\r\n\r\n" + CONTRACT.read_bytes(), PDF, 2),
        ("junk after.pdf", CONTRACT.read_bytes() + b"\0" * 2000, PDF, 2),
        ("需求书（盖章）.jpg", LETTER.read_bytes(), JPEG, 1),
    ],
)
def test_odd_but_whole_files_are_taken(tmp_path: Path, name: str, content: bytes, mime: str, pages: int) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    facts = look(path, LIMIT)
    assert (facts.mime, facts.pages, facts.bytes) == (mime, pages, len(content))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "PAPER_EMPTY"),
        ("a.txt", "需求书".encode(), "PAPER_TYPE"),
        ("a.docx", zipped("word/document.xml"), "PAPER_TYPE"),
        ("a.zip", b"PK\x03\x04" + b"cut off", "PAPER_TYPE"),
        ("IMG_0001.HEIC", b"\0\0\0\x24ftypheic" + b"\0" * 40, "PAPER_HEIC"),
        ("IMG_0001.jpg", b"\0\0\0\x24ftypmif1" + b"\0" * 40, "PAPER_HEIC"),
        ("letter.pdf", b"just text", "PAPER_NOT_WHAT_IT_SAYS"),
        ("letter.pdf", LETTER.read_bytes(), "PAPER_NOT_WHAT_IT_SAYS"),
        ("letter.jpg", CONTRACT.read_bytes(), "PAPER_NOT_WHAT_IT_SAYS"),
        ("letter.png", b"<html></html>", "PAPER_NOT_WHAT_IT_SAYS"),
        ("noise.png", b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(400), "PAPER_DAMAGED"),
        ("noise.jpg", b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(4000), "PAPER_DAMAGED"),
        ("noise.tif", b"II*\0" + random.Random(4).randbytes(400), "PAPER_DAMAGED"),
        ("cut.jpg", LETTER.read_bytes()[:100_000], "PAPER_DAMAGED"),
        ("cut.png", picture("PNG")[:2000], "PAPER_DAMAGED"),
        ("cut.tif", picture("TIFF")[:3000], "PAPER_DAMAGED"),
        ("cut.pdf", CONTRACT.read_bytes()[:90_000], "PAPER_DAMAGED"),
        ("none.pdf", b"%PDF-1.4\n%%EOF", "PAPER_DAMAGED"),
        ("locked.pdf", locked_pdf(), "PAPER_ENCRYPTED"),
        ("poster.png", huge_png(9500, 9000), "PAPER_TOO_MANY_PIXELS"),
        ("poster.png", huge_png(10_000, 10_000), "PAPER_TOO_MANY_PIXELS"),
        ("bomb.png", huge_png(60_000, 60_000), "PAPER_TOO_MANY_PIXELS"),
        ("no ofd.ofd", zipped("word/document.xml"), "PAPER_DAMAGED"),
        ("cut.ofd", ofd(2)[:-60], "PAPER_DAMAGED"),
        ("changed.ofd", ofd(2).replace(b"PageArea", b"PageArex"), "PAPER_DAMAGED"),
        ("locked.ofd", flagged(ofd(1)), "PAPER_ENCRYPTED"),
    ],
)  # fmt: skip
def test_each_bad_file_has_its_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == code


def test_a_large_photo_is_taken_where_it_can_be_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, at_once = tmp_path / "whole.jpg", tmp_path / "at once.jpg"
    whole.write_bytes(photo(12_000, 9_000))
    at_once.write_bytes(photo(9_500, 9_000, progressive=True))
    assert look(whole, LIMIT).pages == 1
    assert page_size(whole) == (1_400, 1_050)
    assert refusal(at_once) == "PAPER_TOO_MANY_PIXELS"
    monkeypatch.setattr(papers, "MAX_PHOTO_PIXELS", 100_000_000)
    assert refusal(whole) == "PAPER_TOO_MANY_PIXELS"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: folder / "not there.pdf", "PAPER_NOT_THERE"),
        (
            lambda folder: (folder / "file.pdf" / "inside.pdf", (folder / "file.pdf").write_bytes(b"x"))[0],
            "PAPER_NOT_THERE",
        ),
        (lambda folder: folder, "PAPER_NOT_A_FILE"),
        (lambda folder: Path(os.devnull), "PAPER_NOT_A_FILE"),
        (lambda folder: folder / "a\0b.pdf", "PAPER_UNREADABLE"),
    ],
)
def test_what_is_no_file_at_all(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    assert refusal(make(tmp_path)) == code


def test_a_loop_of_links_cannot_be_read(tmp_path: Path) -> None:
    loop = tmp_path / "loop.pdf"
    loop.symlink_to(loop)
    assert refusal(loop) == "PAPER_UNREADABLE"


def test_too_large_says_size_and_limit(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(LETTER.read_bytes() + b"\0" * 1024 * 1024)
    with pytest.raises(BadPaper) as caught:
        look(path, 1024 * 1024)
    said = sentence(caught.value.problems[0])
    assert "1.3 MB" in said and "1 MB" in said
    assert refusal(path, limit=1024 * 1024) == "PAPER_TOO_LARGE"
    assert look(path, path.stat().st_size).bytes == path.stat().st_size  # the limit itself is allowed


@pytest.mark.parametrize(("name", "content"), [("a.tif", tiff(3)), ("a.pdf", CONTRACT.read_bytes()), ("a.ofd", ofd(5))])
def test_too_many_pages(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path, pages=1) == "PAPER_TOO_MANY_PAGES"


def test_an_ofd_that_unpacks_beyond_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ofd"
    path.write_bytes(ofd(2000))
    assert look(path, LIMIT, 5000).pages == 2000
    monkeypatch.setattr(papers, "MAX_INFLATED", 50_000)
    assert refusal(path, pages=5000) == "PAPER_TOO_LARGE"


def test_the_file_itself_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(LETTER.read_bytes())
    before = path.stat()
    look(path, LIMIT)
    assert path.read_bytes() == LETTER.read_bytes()
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_commands_that_attach_nothing_pay_nothing() -> None:
    heavy = "('PIL', 'pypdfium2', 'zipfile', 'numpy')"
    code = f"import sys, sync.evidence.papers; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"
