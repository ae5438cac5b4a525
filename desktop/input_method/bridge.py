"""The window's side of fcitx: keys of the field that has the focus go to the daemon first, its text comes back to it.

As Qt's own plugins do, keys are looked at where they reach the window: before shortcuts, pop-ups and fields. A key
that is not answered at once waits in a line with those behind it, while the window goes on; after ``GIVE_UP_MS`` they
are typed as they are. What a password line gets is never sent. What is composed when the focus goes, or when the
daemon goes, is kept as text. Must not know D-Bus.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QPalette, QTextCharFormat
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.input_method.fcitx import Fcitx, Piece
from desktop.input_method.keys import event_of, stroke

GIVE_UP_MS = 500
_SECRET = Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
_KEYS = frozenset({QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease})
_ENDS = frozenset({QEvent.Type.FocusAboutToChange, QEvent.Type.MouseButtonPress})
_WATCHED = _KEYS | _ENDS
_Attribute = QInputMethodEvent.Attribute
_Kind = QInputMethodEvent.AttributeType


def takes_text(field: QObject | None) -> bool:
    """Whether an input method may see what is typed there: text, and no secret."""
    return (
        isinstance(field, QWidget)
        and field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        and not field.inputMethodHints() & _SECRET
    )


def _types(event: QKeyEvent) -> bool:
    """Whether the key would put a character into the text."""
    chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
    return event.text().isprintable() and bool(event.text()) and not event.modifiers() & chord


def _copy(event: QKeyEvent) -> QKeyEvent:
    """The press, also of the question about a shortcut."""
    return QKeyEvent(
        QEvent.Type.KeyPress, event.key(), event.modifiers(), event.nativeScanCode(), event.nativeVirtualKey(),
        event.nativeModifiers(), event.text(), event.isAutoRepeat(), event.count(),
    )  # fmt: skip


class _Waiting(QObject):
    """A key in the line; ``taken`` is the daemon's word once it came."""

    answered = Signal()

    def __init__(self, event: QKeyEvent) -> None:
        super().__init__()
        self.key = event
        self.taken: bool | None = None

    def answer(self, taken: bool) -> None:
        """The daemon's word."""
        self.taken = taken
        self.answered.emit()


class Bridge(QObject):
    """Stands between the application and ``fcitx`` from now on."""

    def __init__(self, app: QGuiApplication, fcitx: Fcitx) -> None:
        super().__init__(app)
        self._app, self._fcitx = app, fcitx
        self._field: QWidget | None = None  # the daemon has been told that it has the focus
        self._pieces: list[Piece] = []
        self._asked: tuple[int, int, int] | None = None  # a key whose answer came with its shortcut question
        self._taken = False
        self._cursor: tuple[int, int, int, int] | None = None
        self._line: list[_Waiting] = []
        self._typing = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(GIVE_UP_MS)
        self._patience.timeout.connect(self._give_up)
        app.installEventFilter(self)
        app.focusObjectChanged.connect(lambda _object: self._look())
        QGuiApplication.inputMethod().cursorRectangleChanged.connect(self._tell_cursor)
        fcitx.committed.connect(self._commit)
        fcitx.composed.connect(self._compose)
        fcitx.forwarded.connect(self._forward)
        fcitx.ready.connect(self._begin)
        fcitx.gone.connect(self._end)
        self._look()

    def stop(self) -> None:
        """Looks no more."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys at the window; and what ends a composition at the field."""
        kind = event.type()
        if kind not in _WATCHED:
            return False
        if kind in _KEYS:
            return watched.isWindowType() and isinstance(event, QKeyEvent) and self._key(event)
        if self._pieces and watched is self._field:
            self._keep()
            self._fcitx.reset()
        return False

    # -- keys ------------------------------------------------------------------------------------------------

    def _key(self, event: QKeyEvent) -> bool:
        self._look()
        if self._typing or self._field is None or not self._fcitx.alive():
            return False
        if event.type() == QEvent.Type.KeyRelease:
            self._fcitx.release(stroke(event))
            return False
        key = (event.key(), event.nativeScanCode(), event.timestamp())
        if event.type() == QEvent.Type.KeyPress and self._asked == key:
            self._asked = None  # the answer came when a shortcut was looked for
        else:
            self._asked = key if event.type() == QEvent.Type.ShortcutOverride else None
            self._taken = self._press(event)
        if self._taken:
            event.accept()
        return self._taken

    def _press(self, event: QKeyEvent) -> bool:
        """Whether the key is the daemon's, or waits for its word."""
        waiting = _Waiting(_copy(event))
        taken = self._fcitx.press(stroke(event), waiting.answer, wait=not self._line)
        if taken is not None:
            return taken
        if not (self._line or self._pieces or _types(event)):
            return False  # Enter, Ctrl+S and the like do not wait where nothing is composed
        waiting.answered.connect(self._go_on)
        self._line.append(waiting)
        if not self._patience.isActive():
            self._patience.start()
        return True

    def _go_on(self) -> None:
        """Answers come in the order of the keys; what the daemon left goes to the field."""
        while self._line and self._line[0].taken is not None:
            done = self._line.pop(0)
            if not done.taken:
                self._type(done.key)
        self._patience.start() if self._line else self._patience.stop()

    def _give_up(self) -> None:
        """Nothing typed is lost: letters composed become text, keys in the line are typed as they are."""
        self._fcitx.give_up()
        self._end()

    def _end(self) -> None:
        self._patience.stop()
        self._keep()
        line, self._line = self._line, []
        for waiting in line:
            if not waiting.taken:
                self._type(waiting.key)

    def _type(self, event: QKeyEvent) -> None:
        """To the window, as a key comes; it is not asked again."""
        window = QGuiApplication.focusWindow()
        if window is not None:
            self._typing = True
            QCoreApplication.sendEvent(window, event)
            self._typing = False

    def _forward(self, symbol: int, state: int, release: bool) -> None:
        """A key the daemon gives back."""
        self._type(event_of(symbol, state, release))

    # -- text ------------------------------------------------------------------------------------------------

    def _commit(self, text: str) -> None:
        self._pieces = []
        self._say(text)

    def _compose(self, pieces: list[Piece], cursor: int) -> None:
        if pieces or self._pieces:
            self._pieces = pieces
            self._say("", cursor)

    def _keep(self) -> None:
        """What is being composed becomes text, so that no letter is lost."""
        text = "".join(piece.text for piece in self._pieces if piece.keep)
        if self._pieces:
            self._commit(text)

    def _say(self, commit: str, cursor: int = -1) -> None:
        if self._field is None or not isValid(self._field):
            return
        attributes, at = list[_Attribute](), 0
        for piece in self._pieces:
            attributes.append(_Attribute(_Kind.TextFormat, at, len(piece.text), self._format(piece)))
            at += len(piece.text)
        if self._pieces:
            shown = 1 if cursor >= 0 else 0
            attributes.append(_Attribute(_Kind.Cursor, cursor if shown else at, shown, None))
        event = QInputMethodEvent("".join(piece.text for piece in self._pieces), attributes)
        if commit:
            event.setCommitString(commit)
        QCoreApplication.sendEvent(self._field, event)

    def _format(self, piece: Piece) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setFontUnderline(piece.underlined)
        if piece.marked and self._field is not None:
            palette = self._field.palette()
            made.setBackground(palette.brush(QPalette.ColorRole.Highlight))
            made.setForeground(palette.brush(QPalette.ColorRole.HighlightedText))
        return made

    # -- focus -----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Tells the daemon where the focus is, where that changed."""
        focus = QGuiApplication.focusObject()
        field = focus if isinstance(focus, QWidget) and takes_text(focus) else None
        if field is self._field:
            return
        if self._field is not None:
            self._pieces = []
            self._fcitx.focus(False)
        self._field, self._cursor = field, None
        if field is not None:
            self._begin()

    def _begin(self) -> None:
        if self._field is not None:
            self._fcitx.focus(True)
            self._cursor = None
            self._tell_cursor()

    def _tell_cursor(self) -> None:
        """Where the text cursor is, in pixels of the screen."""
        if self._field is None or not isValid(self._field) or not self._fcitx.alive():
            return
        window = self._field.window().windowHandle()
        area = QGuiApplication.inputMethod().cursorRectangle().toRect()
        origin, ratio = window.mapToGlobal(area.topLeft()), window.devicePixelRatio()
        screen = window.screen().geometry().topLeft()  # its corner is in pixels already
        place = (
            round(screen.x() + (origin.x() - screen.x()) * ratio), round(screen.y() + (origin.y() - screen.y()) * ratio),
            round(area.width() * ratio), round(area.height() * ratio),
        )  # fmt: skip
        if place != self._cursor:
            self._cursor = place
            self._fcitx.cursor(*place)
