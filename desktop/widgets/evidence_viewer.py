"""The papers of a record: taking them in, looking at their pages, saying what they are.

A file is copied into the encrypted store the moment it is dropped, pasted or chosen; all of that, and drawing pages,
happens in the work lane. A file that cannot be taken is said in a sentence at the top of the pane, and nothing else
stops. Zoom, turn, straightening and cropping change the view only; all but zoom is kept for the next time. Must not know
forms, saving of records or sync.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop import wording
from desktop.tasks import Tasks
from desktop.widgets import language
from desktop.widgets.card import clear, text
from desktop.widgets.chip import Chip
from desktop.widgets.choice_editors import Choice
from desktop.widgets.crop_frame import WHOLE, Crop
from desktop.widgets.evidence_parts import Elsewhere, Invitation, LookLine, PaperBar, signs
from desktop.widgets.icons import icon
from desktop.widgets.notice_bar import NoticeBar
from desktop.widgets.page_images import NoPicture, hang, page_image, page_images
from desktop.widgets.page_list import WIDTH, PageList
from desktop.widgets.page_view import PageView
from desktop.widgets.paper_facts import PaperFacts
from desktop.widgets.paper_intake import PaperIntake, Papers
from sync.domain.fields import Field
from sync.errors import NotHere, of_system
from sync.records import Paper

_ASIDE = 720  # px of the pane
FEW = 4  # thumbnails drawn at once
_SEEN = 0.3  # degrees; what hangs less is left as it is
_SCENES = ("visit_photo",)  # a picture of a place has no lines to go by
_DRAWN = 1_400  # px: a page is drawn once at this width and scaled on the screen


class EvidenceViewer(QFrame):
    """The evidence pane of a record. ``ensure(call)`` gives ``call`` the record's id, making the record first."""

    changed = Signal()  # papers or their facts are different now
    wanted = Signal(object)  # a Paper that is not here; ``coming``, ``came`` and ``stayed`` are for whoever brings it

    def __init__(
        self, papers: Papers, tasks: Tasks, ensure: Callable[[Callable[[str], None]], None],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setProperty("role", "pane")
        self.setAcceptDrops(True)
        self.setAccessibleName(self.tr("证明材料"))
        self._papers, self._tasks = papers, tasks
        self._intake = PaperIntake(papers, tasks, ensure, self._what, self)
        self._intake.taken.connect(self._taken)
        self._intake.refused.connect(self._refused)
        self._shown: list[Paper] = []
        self._wanted: list[Field] = []
        self._paper: Paper | None = None
        self._kind = ""  # what the next file is, where somebody said so
        self._page = 0
        self._hang = 0.0  # of the page, in degrees
        self._framing = self._drawing = False
        self._fixed = False
        self._coming: dict[str, int] = {}  # bytes that came, of papers on their way here
        self._look: dict[str, Any] = {}  # how the paper is looked at; kept for the next time
        self._awaited = ""  # a paper that was just taken in and is to be shown
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        self.notices = NoticeBar()
        self.notices.setContentsMargins(12, 8, 12, 0)
        column.addWidget(self.notices)
        self._stack = QStackedWidget()
        self._invitation = Invitation()
        self._invitation.chosen.connect(self._intake.choose)
        self._invitation.back.connect(lambda: self._stack.setCurrentIndex(1))
        self._stack.addWidget(self._invitation)
        self._stack.addWidget(self._paper_page())
        column.addWidget(self._stack, 1)
        self._paste = QAction(self.tr("粘贴扫描件"), self)
        self._paste.setShortcut(QKeySequence(QKeySequence.StandardKey.Paste))
        self._paste.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._paste.triggered.connect(lambda: self.take_clipboard())
        self.addAction(self._paste)
        self._draw()

    # ------------------------------------------------------------------------------------------ for pages

    def set_wanted(self, fields: Sequence[Field]) -> None:
        """The evidence fields of the record's kind that apply now; the first without a paper is what a new file is."""
        if [field.name for field in fields] != [field.name for field in self._wanted]:
            self._wanted = list(fields)
            self._draw_empty()

    def set_papers(self, papers: Sequence[Paper]) -> None:
        """Shows these papers; the one looked at stays."""
        live = [paper for paper in papers if not paper.facts.get("removed")]
        current = self._awaited or (self._paper.id if self._paper else "")
        self._shown = live
        paper = next((one for one in live if one.id == current), live[0] if live else None)
        if paper is not None and paper.id == self._awaited:
            self._awaited = ""
        self._choose(paper)

    def set_read_only(self, fixed: bool) -> None:
        """Whether papers can only be looked at."""
        self._fixed = fixed
        self._add.setVisible(not fixed)
        self._bar.set_read_only(fixed)
        self._facts.set_read_only(fixed)
        self.setAcceptDrops(not fixed)
        self._paste.setEnabled(not fixed)

    def go(self, kind: str) -> None:
        """Shows the paper of a kind; where there is none, the next file is one, and the button has the focus."""
        found = next((paper for paper in self._shown if paper.kind == kind), None)
        if found is not None:
            self._choose(found)
            open_ = [name for name in ("signed", "stamped", "doc_on") if found.facts.get(name) is None]
            self._facts.field(open_[0] if open_ else "kind").editor.entry().setFocus()
            return
        self._kind = kind
        self._draw_empty()
        self._stack.setCurrentIndex(0)
        self._invitation.pick.setFocus()

    def coming(self, paper: Paper, size: int) -> None:
        """So much of a paper has come."""
        self._coming[paper.sha256] = size
        if self._paper is not None and self._paper.sha256 == paper.sha256 and not self._sheet.isVisibleTo(self):
            self._elsewhere.show_paper(paper, size)

    def came(self, paper: Paper) -> None:
        """A paper is here now."""
        self._coming.pop(paper.sha256, None)
        if self._paper is not None and self._paper.sha256 == paper.sha256:
            self._paper = None
            self._choose(paper)
            self._view.setFocus()

    def stayed(self, paper: Paper, error: Exception) -> None:
        """A paper could not be brought; what came of it is kept for the next try."""
        self._coming.pop(paper.sha256, None)
        self._failed(error)
        if self._paper is not None and self._paper.sha256 == paper.sha256:
            self._show_here(here=False)

    def flush(self) -> None:
        """Saves facts that were just changed."""
        self._facts.flush()

    def paper(self) -> Paper | None:
        """The paper that is shown."""
        return self._paper

    # --------------------------------------------------------------------------------------------- intake

    def take_files(self, paths: Sequence[Path]) -> None:
        """Takes files in, each for itself: one bad file stops no other."""
        self._intake.take_files(paths)

    def take_clipboard(self, data: QMimeData | None = None) -> bool:
        """Takes files or a picture from the clipboard (or a drop); False where there is neither."""
        return self._intake.take(data)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Anywhere in the pane."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes what was dropped."""
        if self.take_clipboard(event.mimeData()):
            event.acceptProposedAction()

    def remove(self) -> None:
        """Takes the shown paper off the record; ten seconds to undo, and the file itself stays."""
        paper = self._paper
        if paper is None:
            return
        self._facts.flush()
        self._tasks.work(
            self._papers.detach, paper.id, done=lambda _: self._removed(paper), failed=self._failed, owner=self
        )

    def keep_copy(self, paper: Paper, out: Path) -> None:
        """Writes a paper as it was added to ``out``."""

        def done(_none: object) -> None:
            self.notices.say("ok", self.tr("已另存 {name}").format(name=out.name), str(out.parent), key="copy")

        self._tasks.work(_write, self._papers, paper, out, done=done, failed=self._failed, owner=self)

    # --------------------------------------------------------------------------------------------- inside

    def _ask_place(self) -> None:
        paper = self._paper
        if paper is None:
            return
        dialog = QFileDialog(self, self.tr("把原件另存一份"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(paper.name)
        dialog.fileSelected.connect(lambda name: self.keep_copy(paper, Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _taken(self, paper: Paper) -> None:
        self._awaited = paper.id
        self.notices.drop(f"bad:{paper.name}")
        self.changed.emit()

    def _refused(self, name: str, error: Exception) -> None:
        said, help_, code = wording.error(error, language.lang())
        self.notices.say("bad", said, help_, key=f"bad:{name}")
        self.setProperty("refusal", code)

    def _failed(self, error: Exception) -> None:
        said, help_, _code = wording.error(error, language.lang())
        self.notices.say("bad", said, help_)

    def _removed(self, paper: Paper) -> None:
        self.notices.say(
            "info", self.tr("已移除“{name}”，原件保留").format(name=paper.name), key="removed", seconds=10,
            action=self.tr("撤销"), call=lambda: self._tasks.work(
                self._papers.reattach, paper.id, done=lambda _: self.changed.emit(), failed=self._failed, owner=self),
        )  # fmt: skip
        self.changed.emit()

    def _save_facts(self, paper_id: str, facts: dict[str, Any]) -> None:
        self._tasks.work(
            self._papers.describe, paper_id, facts, done=lambda _: self.changed.emit(), failed=self._failed, owner=self
        )

    def _what(self) -> str:
        """What a file that comes now is; said once."""
        kind, self._kind = self._kind or self._next_kind(), ""
        return kind

    def _next_kind(self) -> str:
        attached = {paper.kind for paper in self._shown}
        return next((field.name for field in self._wanted if field.name not in attached), "other")

    def _choose(self, paper: Paper | None) -> None:
        new = paper is not None and (self._paper is None or paper.sha256 != self._paper.sha256)
        self._paper = paper
        self._facts.set_paper(paper)
        self._draw()
        if paper is None:
            self._view.show_image(None)
            return
        self._stack.setCurrentIndex(1)
        if new:
            self._page = 0
            self._look = {}
            self._framing = False
            self._view.set_crop(WHOLE)
            self._view.show_image(None)
            self._view.set_turned(0)
            self._view.set_straight(True)
            self._view.fit()
            self._pages.set_turned(0)
            self._pages.set_pages(paper.pages)
            self._draw_thumbnails(paper, 0)

    def _draw_thumbnails(self, paper: Paper, first: int) -> None:
        """A few at a time, so that a save never waits for a long paper."""

        def done(images: list[QImage]) -> None:
            if self._paper is not None and self._paper.id == paper.id:
                self._pages.set_images(images, first)
                if first + len(images) < paper.pages and self.isVisible() and any(not one.isNull() for one in images):
                    self._draw_thumbnails(paper, first + len(images))

        numbers = range(first, min(first + FEW, paper.pages))
        self._tasks.read(_thumbnails, self._papers, paper, numbers, done=done, failed=self._failed, owner=self)

    def _show_page(self, index: int) -> None:
        """One page is drawn at a time: who leafs on fast waits for the page he stops at, and nothing else waits."""
        paper = self._paper
        if paper is None:
            return
        self._page, self._framing = index, False
        if self._drawing:
            return
        self._drawing = True

        def done(seen: tuple[QImage | None, float, dict[str, Any], bool]) -> None:
            self._drawing = False
            if self._paper is None or (self._paper.id, self._page) != (paper.id, index):
                self._show_page(self._page)
                return
            image, degrees, kept, here = seen
            self._show_here(here=here)
            self._look, self._hang = {**kept, **self._look}, degrees
            self._view.show_image(image, degrees)
            self._show_look()
            self._unseen.setVisible(image is None and here)

        def failed(error: Exception) -> None:
            self._drawing = False
            self._failed(error)

        self._tasks.read(_page, self._papers, paper, index, done=done, failed=failed, owner=self)

    def _show_here(self, *, here: bool) -> None:
        """The page, or how the paper comes here."""
        self._sheet.setVisible(here)
        self._elsewhere.setVisible(not here)
        if not here and self._paper is not None:
            self._elsewhere.show_paper(self._paper, self._coming.get(self._paper.sha256))

    def _ask_for(self) -> None:
        if self._paper is not None:
            self.coming(self._paper, 0)
            self.wanted.emit(self._paper)

    def _show_look(self) -> None:
        level = not self._look.get("original", False)
        turned = int(self._look.get("turned", 0))
        self._view.set_turned(turned)
        self._pages.set_turned(turned)
        self._view.set_straight(level)
        left, top, right, bottom = self._cuts().get(str(self._page), WHOLE)
        cut: Crop = (left, top, right, bottom)
        self._view.set_crop(cut if level else WHOLE, framing=self._framing)
        self._bar.set_framing(self._framing, drawn=self._view.drawn())
        self._line.show_look(self._hang, cut=cut != WHOLE, level=level, framing=self._framing)

    def _cuts(self) -> dict[str, Any]:
        return dict(self._look.get("cuts", {}))

    def _frame(self, framing: bool) -> None:
        """Shows the frame around what is to be seen of the page, or what it left."""
        self._framing = framing
        self._keep_look("original", False)

    def _uncut(self) -> None:
        self._framing = False
        self._bar.rest()
        self._keep_look("cuts", {page: cut for page, cut in self._cuts().items() if page != str(self._page)})

    def _keep_look(self, name: str, value: object) -> None:
        """Shows the paper so, now and the next time."""
        if self._paper is None:
            return
        self._look = {**self._look, name: value}
        self._show_look()
        self._tasks.work(
            self._papers.remember, _place(self._paper), self._look, done=None, failed=self._failed, owner=self
        )

    # ---------------------------------------------------------------------------------------------- layout

    def _head(self) -> QWidget:
        head = QFrame()
        head.setProperty("role", "plain")
        head.setMinimumHeight(44)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(6)
        row.addWidget(text(self.tr("证明材料"), "strong"))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        row.addLayout(self._chips)
        row.addStretch(1)
        self._add = QToolButton()
        self._add.setText(self.tr("添加"))
        self._add.setIcon(icon("plus", "text2"))
        self._add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add.setAccessibleName(self.tr("添加扫描件"))
        menu = QMenu(self._add)
        menu.addAction(icon("file", "text2"), self.tr("选择文件…"), self._intake.choose)
        menu.addAction(icon("clipboard-list", "text2"), self.tr("从剪贴板粘贴"), self._paste_or_say)
        self._add.setMenu(menu)
        row.addWidget(self._add)
        return head

    def _paper_page(self) -> QWidget:
        page = QWidget()
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom, page)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.setSpacing(0)
        upper = QWidget()
        self._beside.addWidget(upper, 1)
        whole = QVBoxLayout(upper)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._choice = Choice(Field("paper", self.tr("证明材料"), "Evidence", "choice"), ())
        self._choice.box.setEditable(False)
        self._choice.box.activated.connect(self._on_choice)
        self._choice.setContentsMargins(12, 0, 12, 6)
        whole.addWidget(self._choice)
        self._sheet = QWidget()
        middle = QHBoxLayout(self._sheet)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        self._pages = PageList()
        self._pages.chosen.connect(self._show_page)
        self._view = PageView()
        middle.addWidget(self._pages)
        middle.addWidget(self._view, 1)
        whole.addWidget(self._sheet, 1)
        self._elsewhere = Elsewhere()
        self._elsewhere.wanted.connect(self._ask_for)
        self._elsewhere.hide()
        whole.addWidget(self._elsewhere, 1)
        self._unseen = text(self.tr("这一页不能在这里显示；文件已原样收下。"), "secondary", wrap=True)
        self._unseen.setContentsMargins(14, 6, 14, 6)
        self._unseen.hide()
        whole.addWidget(self._unseen)
        self._line = LookLine()
        self._bar = PaperBar(self._line)
        self._bar.removed.connect(self.remove)
        self._bar.kept.connect(self._ask_place)
        self._bar.turned.connect(lambda: self._keep_look("turned", (self._view.turned() + 90) % 360))
        self._bar.framing.connect(self._frame)
        self._line.uncut.connect(self._uncut)
        self._line.straightened.connect(lambda level: self._keep_look("original", not level))
        self._bar.zoomed.connect(self._zoom)
        self._view.framed.connect(lambda crop: self._keep_look("cuts", {**self._cuts(), str(self._page): crop}))
        self._view.zoomed.connect(self._bar.set_percent)
        whole.addWidget(self._bar)
        self._facts = PaperFacts(self._save_facts)
        self._beside.addWidget(self._facts)
        return page

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a wide and low pane the facts stand beside the page, else below it."""
        super().resizeEvent(event)
        aside = self.width() > _ASIDE
        direction = QBoxLayout.Direction.LeftToRight if aside else QBoxLayout.Direction.TopToBottom
        self._beside.setDirection(direction)
        self._facts.set_across(2 if aside else 4)
        self._facts.setMaximumWidth(340 if aside else 16_777_215)

    def _draw(self) -> None:
        clear(self._chips)
        paper = self._paper
        for chip in signs(paper) if paper is not None else ():
            self._chips.addWidget(Chip(*chip))
        self._stack.setCurrentIndex(0 if paper is None else self._stack.currentIndex())
        self._draw_empty()
        self._choice.setVisible(len(self._shown) > 1)
        box = self._choice.box
        box.blockSignals(True)
        box.clear()
        for one in self._shown:
            box.addItem(f"{wording.paper_kind(one.kind, language.lang())} · {one.name}", one.id)
        if paper is not None:
            box.setCurrentIndex(box.findData(paper.id))
            self._bar.show_paper(paper)
        box.blockSignals(False)

    def _draw_empty(self) -> None:
        self._invitation.invite(self._kind or self._next_kind(), others=bool(self._shown))

    def _zoom(self, step: int) -> None:
        {1: self._view.zoom_in, -1: self._view.zoom_out, 0: self._view.fit}[step]()

    def _on_choice(self, index: int) -> None:
        chosen = self._choice.box.itemData(index)
        self._choose(next((paper for paper in self._shown if paper.id == chosen), None))

    def _paste_or_say(self) -> None:
        if not self.take_clipboard():
            self.notices.say(
                "warn", self.tr("剪贴板里没有图片或文件。"), self.tr("先截图或复制文件，再点粘贴。"), key="paste"
            )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In a form beside: a picture or file in the clipboard is pasted as a paper, text stays text."""
        pastes = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pastes and not self._fixed and event.matches(QKeySequence.StandardKey.Paste):  # type: ignore[attr-defined]
            data = cast("QMimeData | None", QGuiApplication.clipboard().mimeData())
            if data is not None and not data.hasText() and self.take_clipboard(data):
                return True
        return super().eventFilter(watched, event)


def _place(paper: Paper) -> str:
    return f"look:{paper.id}"


def _page(papers: Papers, paper: Paper, index: int) -> tuple[QImage | None, float, dict[str, Any], bool]:
    """A page of a paper (None where it cannot be drawn), by how much it hangs, how it was looked at, whether it is here."""
    try:
        image = page_image(paper.sha256, lambda: papers.read(paper.sha256), paper.mime, index, _DRAWN)
    except NoPicture:
        return None, 0.0, {}, True
    except NotHere:
        return None, 0.0, {}, False
    degrees = 0.0 if paper.kind in _SCENES else hang(image)
    return image, degrees if abs(degrees) >= _SEEN else 0.0, papers.recall(_place(paper), {}), True


def _write(papers: Papers, paper: Paper, out: Path) -> None:
    try:
        out.write_bytes(papers.read(paper.sha256))
    except OSError as error:
        raise of_system(error) from error


def _thumbnails(papers: Papers, paper: Paper, numbers: range) -> list[QImage]:
    """Thumbnails of some pages (work lane)."""
    try:
        return page_images(paper.sha256, lambda: papers.read(paper.sha256), paper.mime, numbers, WIDTH * 3)
    except NotHere:
        return []
