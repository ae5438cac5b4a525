"""The daemon's side: one input context of fcitx 5 or fcitx 4, made again whenever the daemon comes back.

A key is asked with a short wait; an answer that takes longer comes later, while the window goes on. A daemon that was
given up is not asked again until it has answered; what it then says of keys it was too late for is dropped, and it is
told to forget them, so that no letter appears twice. Must not know widgets.

Sources: fcitx5 src/frontend/dbusfrontend, fcitx 4 src/frontend/ipc and their Qt clients (interface names, flags).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.bus import Bus, Place
from desktop.input_method.choice import FCITX4_NAME, FCITX5_NAMES
from desktop.input_method.keys import Stroke

log = logging.getLogger(__name__)

ANSWER_MS = 50  # the window stands still for a key so long, at most
#: preedit in the line, with formats; we commit what is open when the focus goes
CAPABILITIES = 1 << 1 | 1 << 4 | 1 << 5
PROGRAM = "liaison"

Later = Callable[[bool], object]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What differs between the two generations."""

    name: str
    root: Place
    create: tuple[str, str, tuple[Any, ...]]
    context: str  # interface
    capability: tuple[str, str]
    key_signature: str
    plain: int  # the preedit flag that means "no underline", or its opposite with ``underlined``
    underlined: bool

    def path(self, made: tuple[Any, ...]) -> str:
        """Where the new context is."""
        return str(made[0]) if isinstance(made[0], str) else f"/inputcontext_{made[0]}"

    def key(self, stroke: Stroke, release: bool) -> tuple[Any, ...]:
        """Values of a key call; fcitx 4 wants the kind as a number."""
        kind = release if self.key_signature[3] == "b" else int(release)
        return (stroke.symbol, stroke.code, stroke.state, kind, stroke.time)


def _dialects(display: int) -> list[_Dialect]:
    """The best first; fcitx 4 also has the sandboxes' name, but says more under its own."""
    five, portal = (
        _Dialect(
            name, Place(name, "/org/freedesktop/portal/inputmethod", "org.fcitx.Fcitx.InputMethod1"),
            ("CreateInputContext", "a(ss)", ([("program", PROGRAM), ("display", "x11:")],)),
            "org.fcitx.Fcitx.InputContext1", ("SetCapability", "t"), "uuubu", 1 << 3, underlined=True,
        )
        for name in FCITX5_NAMES
    )  # fmt: skip
    name = f"{FCITX4_NAME}{display}"
    four = _Dialect(
        name, Place(name, "/inputmethod", "org.fcitx.Fcitx.InputMethod"), ("CreateICv3", "si", (PROGRAM, os.getpid())),
        "org.fcitx.Fcitx.InputContext", ("SetCapacity", "u"), "uuuiu", 1 << 3, underlined=False,
    )  # fmt: skip
    return [five, four, portal]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what is being composed."""

    text: str
    underlined: bool
    marked: bool  # chosen for conversion
    keep: bool  # committed when the focus goes


class Fcitx(QObject):
    """One input context. ``press`` asks; the signals say what came of it."""

    committed = Signal(str)
    composed = Signal(object, int)  # list[Piece] (none: nothing is composed), cursor in characters, -1 for none
    forwarded = Signal(int, int, bool)  # key symbol, X state, release
    ready = Signal()  # a context is there: tell it where the focus is
    gone = Signal()  # the daemon left: what is composed stays with us

    def __init__(self, bus: Bus, display: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._dialects = _dialects(display)
        self._unknown = {dialect.name for dialect in self._dialects}
        self._dialect: _Dialect | None = None
        self._place: Place | None = None
        self._silent = False
        self._turn = 0  # answers of an earlier one are too late
        self._creating = 0
        bus.lost.connect(self._lose)

    def start(self) -> None:
        """Looks for a daemon now and whenever one appears."""
        for dialect in self._dialects:
            self._bus.watch(dialect.name, partial(self._told, dialect.name))

    def alive(self) -> bool:
        """Whether keys can be asked."""
        return self._place is not None and not self._silent

    def named(self) -> str:
        """The bus name that answers, "" for none."""
        return self._dialect.name if self._place is not None and self._dialect is not None else ""

    def press(self, stroke: Stroke, later: Later, *, wait: bool = True) -> bool | None:
        """Whether the daemon takes this key; None: it has not said so yet, ``later`` will be told.

        Args:
            stroke: the key.
            later: called with the answer where it was not there at once; never after ``give_up``.
            wait: for ``ANSWER_MS`` at most; without, the answer always comes later.
        """
        if self._place is None or self._dialect is None or self._silent:
            return False
        turn = self._turn

        def late(values: tuple[Any, ...]) -> None:
            if turn == self._turn:
                later(bool(values and values[0]))
            else:
                self._wake()

        member, signature, body = "ProcessKeyEvent", self._dialect.key_signature, self._dialect.key(stroke, False)
        if not wait:
            self._bus.call(self._place, member, signature, body, late, lambda _error: late(()))
            return None
        answer = self._bus.ask(self._place, member, signature, body, ANSWER_MS, late)
        return None if answer is None else bool(answer and answer[0])

    def give_up(self) -> None:
        """Waits for no answer any more and asks nothing until the daemon has answered."""
        log.info("%s does not answer", self.named())
        self._turn += 1
        self._silent = True

    def release(self, stroke: Stroke) -> None:
        """Tells of a key let go (Shift alone switches languages); nobody waits for the answer."""
        if self._place is not None and self._dialect is not None and not self._silent:
            body = self._dialect.key(stroke, True)
            self._bus.call(self._place, "ProcessKeyEvent", self._dialect.key_signature, body)

    def focus(self, inside: bool) -> None:
        """A field that takes text has the focus, or none has."""
        self._tell("FocusIn" if inside else "FocusOut")

    def reset(self) -> None:
        """Forget what is being composed."""
        self._tell("Reset")

    def cursor(self, x: int, y: int, width: int, height: int) -> None:
        """Where the candidates belong, in pixels of the screen."""
        self._tell("SetCursorRect", "iiii", (x, y, width, height))

    # -- the daemon ------------------------------------------------------------------------------------------

    def _tell(self, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> None:
        if self._place is not None:
            self._bus.call(self._place, member, signature, body)

    def _told(self, name: str, _owner: str) -> None:
        self._unknown.discard(name)
        if not self._unknown:
            self._look()

    def _look(self) -> None:
        """Takes the best daemon that is there."""
        best = next((one for one in self._dialects if self._bus.owner(one.name)), None)
        owner = self._bus.owner(best.name) if best is not None else ""
        if best is self._dialect and self._place is not None and self._place.name == owner:
            return
        self._lose()
        self._dialect = best
        if best is None:
            return
        self._creating += 1
        turn = self._creating
        root = Place(owner, best.root.path, best.root.interface)
        self._bus.call(
            root, *best.create, done=lambda made: self._made(turn, owner, made),
            failed=lambda why: log.warning("%s gave no input context: %s", best.name, why),
        )  # fmt: skip

    def _made(self, turn: int, owner: str, made: tuple[Any, ...]) -> None:
        if turn != self._creating or self._dialect is None:
            return  # the daemon changed meanwhile
        self._place = Place(owner, self._dialect.path(made), self._dialect.context)
        self._silent = False
        self._bus.listen(self._place, self._heard)
        member, signature = self._dialect.capability
        self._tell(member, signature, (CAPABILITIES,))
        self.ready.emit()

    def _lose(self) -> None:
        self._creating += 1  # a context still on its way is nobody's
        if self._place is not None:
            self._bus.deafen(self._place.path)
            self._place = None
            self._turn += 1
            self.gone.emit()

    def _wake(self) -> None:
        """The daemon lives: it forgets the keys it was too late for, then it is asked again."""
        place, turn = self._place, self._turn

        def awake(*_: Any) -> None:
            if self._place is place and self._turn == turn:
                self._silent = False

        if place is not None and self._silent:
            self._bus.call(place, "Reset", done=awake, failed=awake)

    def _heard(self, member: str, values: tuple[Any, ...]) -> None:
        if self._silent or self._dialect is None:
            return
        if member == "CommitString":
            self.committed.emit(values[0])
        elif member == "UpdateFormattedPreedit":
            self._compose([self._piece(text, flags) for text, flags in values[0]], values[1])
        elif member == "UpdatePreedit":  # an engine of fcitx 4 without formats
            self._compose([Piece(values[0], True, False, True)], values[1])
        elif member == "ForwardKey":
            self.forwarded.emit(values[0], values[1], bool(values[2]))

    def _compose(self, pieces: list[Piece], at: int) -> None:
        """The daemon counts the cursor in bytes of UTF-8."""
        there = [piece for piece in pieces if piece.text]
        whole = "".join(piece.text for piece in there).encode()
        self.composed.emit(there, len(whole[:at].decode(errors="ignore")) if at >= 0 else -1)

    def _piece(self, text: str, flags: int) -> Piece:
        dialect = self._dialect
        underlined = dialect is None or bool(flags & dialect.plain) == dialect.underlined
        return Piece(text, underlined, bool(flags & 1 << 4), not flags & 1 << 5)
