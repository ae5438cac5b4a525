"""Papers come in by button, drop and paste, are drawn beside the window, and a bad file is said in a sentence."""

from __future__ import annotations

import hashlib
import re
import resource
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QToolButton

from desktop.tasks import Tasks
from desktop.widgets.evidence_viewer import EvidenceViewer
from desktop.widgets.notice_bar import Notice
from desktop.widgets.page_images import NoPicture, page_image, page_images
from desktop.widgets.page_view import PageView
from desktop.widgets.paper_facts import SAVE_MS
from sync.domain.kinds import KINDS
from sync.evidence import apart
from sync.workspace import Workspace

LETTER = KINDS["demand"].fields["demand_letter"]


class Pane:
    """A viewer over a demand; the record is only made when the first paper comes."""

    def __init__(self, workspace: Workspace, tasks: Tasks, settle: Callable[[], None]) -> None:
        self.workspace, self.settle = workspace, settle
        self.record = ""
        self.viewer = EvidenceViewer(workspace, tasks, self.ensure)
        self.viewer.changed.connect(self.show)
        self.viewer.set_wanted([LETTER])
        self.viewer.resize(556, 800)

    def ensure(self, call: Callable[[str], None]) -> None:
        self.record = self.record or self.workspace.draft("demand", {"title": "高速主轴"})
        call(self.record)

    def show(self) -> None:
        self.viewer.set_papers(self.workspace.get(self.record).papers)

    def papers(self) -> list[Any]:
        return list(self.workspace.get(self.record).papers)

    def notices(self) -> list[str]:
        return [one.accessibleName() for one in self.viewer.findChildren(Notice) if one.isVisibleTo(self.viewer)]


@pytest.fixture
def pane(qtbot: Any, workspace: Workspace, tasks: Tasks, settle: Callable[[], None]) -> Pane:
    made = Pane(workspace, tasks, settle)
    qtbot.addWidget(made.viewer)
    made.viewer.show()
    return made


def test_a_chosen_file_is_in_the_vault_at_once_as_the_paper_that_is_missing(pane: Pane, papers: Path) -> None:
    source = papers / "demand-letter.pdf"
    pane.viewer.take_files([source])
    pane.settle()
    (paper,) = pane.papers()
    assert (paper.kind, paper.name, paper.pages) == ("demand_letter", source.name, 1)
    assert pane.workspace.read(paper.sha256) == source.read_bytes()
    assert pane.viewer.paper() == paper
    assert not pane.viewer._view._page.pixmap().isNull()


def test_the_next_file_is_no_second_letter(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    pane.viewer.take_files([papers / "contract.pdf"])
    pane.settle()
    assert sorted(paper.kind for paper in pane.papers()) == ["demand_letter", "other"]
    assert pane.viewer._choice.isVisibleTo(pane.viewer)


def test_dropped_files_come_in(pane: Pane, papers: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(papers / name)) for name in ("demand-letter.pdf", "visit-record-photo.jpg")])
    event = QDropEvent(
        QPointF(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    pane.viewer.dropEvent(event)
    pane.settle()
    assert len(pane.papers()) == 2
    assert event.isAccepted()


def test_a_picture_is_pasted_as_a_paper_and_leaves_no_file_behind(pane: Pane) -> None:
    image = QImage(60, 80, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    QApplication.clipboard().setImage(image)
    pane.viewer.activateWindow()
    pane.viewer.setFocus()
    assert pane.viewer._paste.shortcut() == QKeySequence(QKeySequence.StandardKey.Paste)
    pane.viewer._paste.trigger()
    pane.settle()
    (paper,) = pane.papers()
    assert paper.mime == "image/png"
    assert paper.name.startswith("粘贴_")
    left = [one for one in pane.workspace.directory.rglob("*") if one.is_file() and paper.name in one.name]
    assert left == []


def test_an_empty_clipboard_is_said(pane: Pane) -> None:
    QApplication.clipboard().clear()
    pane.viewer._paste_or_say()
    assert any("剪贴板里没有图片或文件" in words for words in pane.notices())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("空.pdf", b"", "空.pdf"),
        ("坏.pdf", b"%PDF-1.7 nothing more", "坏.pdf"),
        ("表.xlsx", b"PK\x03\x04 not a paper", "表.xlsx"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_and_stops_no_other(
    pane: Pane, papers: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    pane.viewer.take_files([bad, papers / "demand-letter.pdf"])
    pane.settle()
    assert [paper.name for paper in pane.papers()] == ["demand-letter.pdf"]
    (words,) = [one for one in pane.notices() if said in one]
    assert words


def test_a_folder_is_said_and_not_taken(pane: Pane, tmp_path: Path) -> None:
    pane.viewer.take_files([tmp_path])
    pane.settle()
    assert pane.papers() == []
    assert pane.notices()


def test_signature_and_seal_are_a_persons_word_and_are_kept(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    facts = pane.viewer._facts
    chips = [label for label in ("盖章待确认", "签字待确认")]
    assert [pane.viewer._chips.itemAt(n).widget().words() for n in range(2)] == chips
    facts.field("signed").editor.yes.click()  # type: ignore[attr-defined]
    facts.field("stamped").editor.yes.click()  # type: ignore[attr-defined]
    facts.field("doc_on").editor.set_value("2026-03-10")
    facts.field("doc_on").editor.edited.emit()
    facts.seen.click()
    QTest.qWait(SAVE_MS + 50)
    pane.settle()
    (paper,) = pane.papers()
    assert {name: paper.facts.get(name) for name in ("signed", "stamped", "doc_on", "original_seen")} == {
        "signed": True, "stamped": True, "doc_on": "2026-03-10", "original_seen": True,
    }  # fmt: skip
    assert [pane.viewer._chips.itemAt(n).widget().words() for n in range(2)] == ["已盖章", "已签字"]


def test_another_kind_of_paper_asks_for_no_seal(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "visit-record-photo.jpg"])
    pane.settle()
    (paper,) = pane.papers()
    pane.workspace.describe(paper.id, {"kind": "visit_photo"})
    pane.show()
    assert not pane.viewer._facts.field("stamped").isVisibleTo(pane.viewer)
    assert pane.viewer._facts.field("doc_on").isVisibleTo(pane.viewer)


def test_removing_can_be_undone_and_the_file_stays(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    (paper,) = pane.papers()
    pane.viewer.remove()
    pane.settle()
    assert pane.viewer.paper() is None
    assert pane.workspace.read(paper.sha256)
    undo = next(one for one in pane.viewer.findChildren(Notice) if "已移除" in one.accessibleName())
    from PySide6.QtWidgets import QPushButton

    undo.findChild(QPushButton).click()
    pane.settle()
    shown = pane.viewer.paper()
    assert shown is not None
    assert shown.id == paper.id


def test_the_original_is_saved_as_it_was_added(pane: Pane, papers: Path, tmp_path: Path) -> None:
    source = papers / "demand-letter.pdf"
    pane.viewer.take_files([source])
    pane.settle()
    next(one for one in pane.viewer.findChildren(QToolButton) if one.text() == "另存").click()
    dialog = pane.viewer.findChild(QFileDialog)
    assert dialog is not None and dialog.selectedFiles()[0].endswith(source.name)
    dialog.fileSelected.emit(str(tmp_path / "给企业.pdf"))
    dialog.reject()
    pane.settle()
    assert (tmp_path / "给企业.pdf").read_bytes() == source.read_bytes() and "已另存 给企业.pdf" in pane.notices()[0]
    pane.viewer.keep_copy(pane.papers()[0], tmp_path / "没有的文件夹" / "x.pdf")
    pane.settle()
    assert "没有的文件夹" in pane.notices()[1], "said, and the pane goes on"


def test_zoom_and_turn_change_the_view_only(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    view = pane.viewer._view
    before = view.percent()
    view.zoom_in()
    assert view.percent() > before
    pane.viewer._bar._percent.click()
    assert view.percent() == before
    small = pane.viewer._pages.model().index(0, 0).data(Qt.ItemDataRole.UserRole).size()
    pane.viewer._bar.turned.emit()
    assert view.turned() == 90
    turned = pane.viewer._pages.model().index(0, 0).data(Qt.ItemDataRole.UserRole).size()
    assert turned == small.transposed(), "the small page lies as the large one"
    view.fit()
    view.zoom_out()
    (paper,) = pane.papers()
    assert pane.workspace.read(paper.sha256) == (papers / "demand-letter.pdf").read_bytes()


def link(viewer: EvidenceViewer) -> QPushButton | None:
    found = viewer._line.original
    return found if found.isVisibleTo(viewer) else None


def test_a_page_that_hangs_is_shown_level_and_as_it_is_when_asked(pane: Pane, papers: Path) -> None:
    letter = papers / "demand-letter.pdf"
    pane.viewer.take_files([letter])
    pane.settle()
    page, straight = pane.viewer._view._page, link(pane.viewer)
    assert straight is not None
    assert page.rotation() == pytest.approx(2.1, abs=0.2)
    assert "扶正了 2." in pane.viewer._line._said.text() and straight.text() == "看原图"
    straight.click()
    pane.settle()
    assert page.rotation() == 0
    assert "这是原图" in pane.viewer._line._said.text() and straight.text() == "看处理后"
    pane.viewer._bar.turned.emit()
    pane.settle()
    assert page.rotation() == 90
    (paper,) = pane.papers()
    assert pane.workspace.read(paper.sha256) == letter.read_bytes()


def anew(pane: Pane, tasks: Tasks, qtbot: Any) -> EvidenceViewer:
    """Another viewer over the same papers, as when the record is opened the next time."""
    made = EvidenceViewer(pane.workspace, tasks, pane.ensure)
    qtbot.addWidget(made)
    made.show()
    made.set_papers(pane.papers())
    return made


def test_how_a_paper_was_looked_at_is_known_the_next_time_and_of_no_other(
    qtbot: Any, pane: Pane, papers: Path, tasks: Tasks, settle: Callable[[], None]
) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    settle()
    straight = link(pane.viewer)
    assert straight is not None
    straight.click()
    pane.viewer._bar.turned.emit()
    settle()
    again = anew(pane, tasks, qtbot)
    settle()
    assert again._view._page.rotation() == 90
    straight = link(again)
    assert straight is not None and straight.text() == "看处理后"
    straight.click()
    assert again._view._page.rotation() == pytest.approx(92.1, abs=0.2)
    pane.viewer.take_files([papers / "demand-letter-unstamped.jpg"])
    settle()
    assert pane.viewer._view._page.rotation() == pytest.approx(0.55, abs=0.1)


def shown(viewer: EvidenceViewer) -> tuple[int, int]:
    pixmap = viewer._view._page.pixmap()
    return pixmap.width(), pixmap.height()


def test_a_page_is_cropped_with_keys_and_mouse_and_the_original_stays(
    qtbot: Any, pane: Pane, papers: Path, tasks: Tasks, settle: Callable[[], None]
) -> None:
    pane.viewer.set_wanted([KINDS["visit"].fields["visit_photo"]])
    pane.viewer.take_files([papers / "visit-record-photo.jpg"])
    settle()
    wide, high = shown(pane.viewer)
    bar, frame = pane.viewer._bar, pane.viewer._view.frame
    assert link(pane.viewer) is None
    bar._crop.click()
    settle()
    left, _, right, bottom = frame.handles
    assert [one.accessibleName() for one in frame.handles] == ["裁边：左边", "裁边：上边", "裁边：右边", "裁边：下边"]
    assert all(one.isVisible() for one in frame.handles) and left.hasFocus()
    for _ in range(10):
        QTest.keyClick(left, Qt.Key.Key_Right)
    across = frame.crop[0]
    assert 0.05 < across < 0.2 and frame.crop[1:] == (0.0, 1.0, 1.0)
    assert left.spoken_value() == f"{round(100 * across)}%"
    QTest.mousePress(right, Qt.MouseButton.LeftButton)
    QTest.mouseMove(right, QPoint(-5_000, 0))
    QTest.mouseRelease(right, Qt.MouseButton.LeftButton)
    assert frame.crop[2] == pytest.approx(across + 0.1)  # a part of the page always stays
    assert frame.crop[1::2] == (0.0, 1.0) and not bottom.hasFocus()
    settle()
    bar._crop.click()
    settle()
    assert not any(one.isVisible() for one in frame.handles) and bar._crop.hasFocus()
    assert shown(pane.viewer) == (round(wide * 0.1), high)
    original = link(pane.viewer)
    assert original is not None and "裁掉了四边" in pane.viewer._line._said.text()
    original.click()
    assert shown(pane.viewer) == (wide, high) and original.text() == "看处理后"
    original.click()
    settle()
    again = anew(pane, tasks, qtbot)
    settle()
    assert shown(again) == (round(wide * 0.1), high)
    again._bar._crop.click()
    assert shown(again) == (wide, high)
    again._line.whole.click()
    settle()
    assert shown(again) == (wide, high) and link(again) is None
    (paper,) = pane.papers()
    assert pane.workspace.read(paper.sha256) == (papers / "visit-record-photo.jpg").read_bytes()


def test_in_a_turned_page_an_arrow_moves_the_edge_the_way_it_points(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    pane.viewer._bar.turned.emit()
    pane.viewer._bar._crop.click()
    frame = pane.viewer._view.frame
    top = frame.handles[1]  # now at the right
    before = top.middle()
    QTest.keyClick(top, Qt.Key.Key_Left)
    QTest.keyClick(top, Qt.Key.Key_Left)
    assert before.x() - top.middle().x() in range(6, 11)
    assert frame.crop[1] > 0 and frame.crop[::2] == (0.0, 1.0)


def test_a_picture_of_a_place_is_left_as_it_is(pane: Pane, papers: Path) -> None:
    pane.viewer.set_wanted([KINDS["visit"].fields["visit_photo"]])
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    assert pane.viewer._view._page.rotation() == 0
    assert link(pane.viewer) is None


def test_asking_for_a_missing_paper_shows_where_to_add_it(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    pane.viewer.go("recommendation_letter")
    words = [label.text() for label in pane.viewer.findChildren(QLabel) if label.isVisibleTo(pane.viewer)]
    assert "添加书面推荐函" in words
    pane.viewer.take_files([papers / "contract.pdf"])
    pane.settle()
    assert sorted(paper.kind for paper in pane.papers()) == ["demand_letter", "recommendation_letter"]


def drawn(data: bytes, mime: str, index: int, width: int) -> QImage:
    return page_image(hashlib.sha256(data).hexdigest(), lambda: data, mime, index, width)


def test_pages_are_drawn_upright_and_small(papers: Path, tmp_path: Path) -> None:
    pdf = drawn((papers / "demand-letter.pdf").read_bytes(), "application/pdf", 0, 700)
    assert abs(pdf.width() - 700) <= 1
    assert pdf.height() > pdf.width()
    turned = tmp_path / "turned.jpg"
    picture = Image.new("RGB", (80, 40), "white")
    exif = picture.getexif()
    exif[0x0112] = 6  # the camera was held upright
    picture.save(turned, exif=exif)
    shown = drawn(turned.read_bytes(), "image/jpeg", 0, 1000)
    assert (shown.width(), shown.height()) == (40, 80)


def test_what_cannot_be_drawn_is_no_crash(papers: Path) -> None:
    for data, mime, index in (
        (b"PK\x03\x04", "application/ofd", 0), ((papers / "demand-letter.pdf").read_bytes(), "application/pdf", 5),
        (b"no picture", "image/png", 0), (b"%PDF-1.4", "application/pdf", 0),
    ):  # fmt: skip
        with pytest.raises(NoPicture):
            drawn(data, mime, index, 100)
    assert [one.isNull() for one in page_images("ofd", lambda: b"PK", "application/ofd", range(3), 50)] == [True] * 3


def bomb(megabytes: int) -> bytes:
    """A PDF whose page unpacks to so much."""
    packer, blank = zlib.compressobj(1), b" " * 1_000_000
    content = b"".join(packer.compress(blank) for _ in range(megabytes)) + packer.flush()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
    ]  # fmt: skip
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def test_a_hostile_page_costs_its_helper_and_not_the_window(papers: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(NoPicture):  # refused, or drawn empty; in any case elsewhere
        drawn(bomb(300), "application/pdf", 0, 200)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
    process = apart._helper._process
    assert process is not None
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    assert re.search(rf"Max address space +{apart.MEMORY} +{apart.MEMORY}", limits)
    assert not drawn((papers / "contract.pdf").read_bytes(), "application/pdf", 1, 200).isNull(), "the next paper is drawn"


def test_a_helper_that_dies_is_started_again(papers: Path) -> None:
    data = (papers / "contract.pdf").read_bytes()
    drawn(data, "application/pdf", 0, 100)
    process = apart._helper._process
    assert process is not None
    process.kill()
    process.wait()
    assert drawn(data, "application/pdf", 1, 100).width() == 100


def test_three_hundred_pages_come_a_few_at_a_time_and_saves_go_between(
    pane: Pane, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    for _ in range(300):
        document.new_page(595, 842)
    long = tmp_path / "三百页.pdf"
    document.save(str(long))
    document.close()
    pane.viewer.take_files([long])
    pane.viewer._tasks.work(bool, done=lambda _: None)
    QTest.qWait(10)
    seen: list[int] = []  # how many thumbnails there were when a save that was asked for meanwhile was through

    def count(_: object) -> None:
        items = (pane.viewer._pages._pages.item(row) for row in range(pane.viewer._pages._pages.rowCount()))
        seen.append(sum(one.data(Qt.ItemDataRole.UserRole) is not None for one in items))

    for _ in range(8):
        pane.viewer._tasks.work(bool, done=count)
        QTest.qWait(50)
    pane.settle()
    assert pane.viewer._pages._pages.rowCount() == 300
    assert any(number < 300 for number in seen), "a save does not wait for all pages"
    last = pane.viewer._pages._pages.item(299).data(Qt.ItemDataRole.UserRole)
    assert last is not None and not last.isNull()
    pane.viewer._pages.setCurrentIndex(pane.viewer._pages._pages.index(299, 0))
    pane.settle()
    assert pane.viewer._page == 299 and not pane.viewer._view._page.pixmap().isNull()
    drawn: list[int] = []  # large, as the thumbnails are not
    real = apart.draw

    def draw(key: str, read: Callable[[], bytes], mime: str, index: int, width: int) -> Any:
        if width > 500:
            drawn.append(index)
        return real(key, read, mime, index, width)

    monkeypatch.setattr(apart, "draw", draw)
    for row in range(100, 140):  # leafing with a key that is held down
        pane.viewer._pages.setCurrentIndex(pane.viewer._pages._pages.index(row, 0))
    pane.settle()
    assert drawn == [100, 139], "what nobody stops at is not drawn"
    pane.viewer.take_files([papers / "demand-letter.pdf"])
    pane.settle()
    assert drawn == [100, 139, 0], "another paper begins with its first page"


def test_the_view_is_scrolled_by_dragging_and_its_origin_is_the_page(pane: Pane, papers: Path) -> None:
    pane.viewer.take_files([papers / "demand-letter-photo.jpg"])
    pane.settle()
    view = pane.viewer._view
    assert view.itemAt(view.viewport().rect().center()) is view._page
    assert view.mapToScene(QPoint(0, 0)).y() <= view._page.sceneBoundingRect().top()


@pytest.mark.parametrize(("width", "height"), [(140, 105), (105, 140)])
def test_a_fitted_page_comes_to_rest_at_every_height_of_the_pane(qtbot: Any, width: int, height: int) -> None:
    view = PageView()
    qtbot.addWidget(view)
    view.show()
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    view.show_image(image)
    fitted: list[int] = []
    view.zoomed.connect(fitted.append)
    across = 480 * height // width
    for high in range(across - 60, across + 30):  # where a scroll bar begins to be needed
        fitted.clear()
        view.resize(480, high)
        QApplication.processEvents()
        assert len(fitted) <= 3, "the page and its scroll bar run after each other"
        assert not view.horizontalScrollBar().isVisible()
