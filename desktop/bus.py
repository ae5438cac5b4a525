"""D-Bus without a thread: one connection, its messages read on the window's thread when its socket has some.

    call     sends and goes on; the answer comes later
    ask      sends and waits, a few milliseconds at most; what else arrives meanwhile is handled in its order
    listen   signals of one object
    watch    who has a name on the bus now, and from now on

Linux only: elsewhere ``open`` says False and nobody listens. Must not know what is said over it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

log = logging.getLogger(__name__)

SEND_SECONDS = 0.5  # a bus that takes nothing for so long is gone
GREETING_SECONDS = 1.0
_BUS = "org.freedesktop.DBus"

Done = Callable[[tuple[Any, ...]], object]
Failed = Callable[[str], object]
Heard = Callable[[str, tuple[Any, ...]], object]  # member, values


@dataclass(frozen=True, slots=True)
class Place:
    """An interface of an object of a peer; an empty ``name`` is anybody, for listening."""

    name: str
    path: str
    interface: str


@dataclass(slots=True)
class _Question:
    """A call whose answer is awaited."""

    done: Done | None
    failed: Failed | None


DAEMON = Place(_BUS, "/org/freedesktop/DBus", _BUS)


def names(which: str = "SESSION") -> frozenset[str]:
    """The names on a bus now (``SESSION``, ``SYSTEM`` or an address), before there is a window; empty without a bus."""
    from jeepney import message_bus

    connection = _connect(which)
    if connection is None:
        return frozenset()
    try:
        return frozenset(connection.send_and_get_reply(message_bus.ListNames(), timeout=SEND_SECONDS).body[0])
    except (OSError, TimeoutError, ValueError):
        return frozenset()
    finally:
        connection.close()


def _connect(which: str) -> Any:
    """A connection, or None where there is no bus to be had."""
    try:
        from jeepney.io.blocking import open_dbus_connection

        return open_dbus_connection(which, enable_fds=which == "SYSTEM", auth_timeout=GREETING_SECONDS)
    except (ImportError, AttributeError, KeyError, ValueError, RuntimeError, OSError, StopIteration) as why:
        log.info("no %s bus: %r", which, why)
        return None


class Bus(QObject):
    """One connection. ``lost`` comes once when the bus is gone; nothing can be said after that."""

    lost = Signal()

    def __init__(self, which: str = "SESSION", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._which = which
        self._connection: Any = None
        self._notifier: QSocketNotifier | None = None
        self._open: dict[int, _Question] = {}
        self._heard: list[tuple[Place, Heard]] = []
        self._owners: dict[str, str] = {}

    def open(self) -> bool:
        """Connects; False where there is no bus."""
        self._connection = _connect(self._which)
        if self._connection is None:
            return False
        self._connection.sock.settimeout(SEND_SECONDS)
        self._notifier = QSocketNotifier(self._connection.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda *_: self._read())
        return True

    def is_open(self) -> bool:
        """Whether anything can be said."""
        return self._connection is not None

    def close(self) -> None:
        """Hangs up; open questions are forgotten."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
        if self._connection is not None:
            self._connection.close()
        self._connection, self._notifier = None, None
        self._open.clear()
        self._owners.clear()

    def call(
        self, place: Place, member: str, signature: str = "", body: tuple[Any, ...] = (),
        done: Done | None = None, failed: Failed | None = None,
    ) -> int:  # fmt: skip
        """Calls a method; ``done(values)`` or ``failed(name of the error)`` later. The call's number, 0 without a bus."""
        if self._connection is None:
            return 0
        from jeepney import DBusAddress, new_method_call

        address = DBusAddress(place.path, bus_name=place.name, interface=place.interface)
        serial = next(self._connection.outgoing_serial)
        self._open[serial] = _Question(done, failed)
        try:
            self._connection.send(new_method_call(address, member, signature or None, body), serial=serial)
        except OSError as why:
            self._drop(why)
            return 0
        return int(serial)

    def ask(
        self, place: Place, member: str, signature: str, body: tuple[Any, ...], limit_ms: float,
        late: Done | None = None,
    ) -> tuple[Any, ...] | None:  # fmt: skip
        """Calls and waits ``limit_ms``: the values, or None; an answer (or refusal: no values) after that goes to ``late``."""
        answer: list[tuple[Any, ...] | None] = []
        serial = self.call(place, member, signature, body, answer.append, lambda _name: answer.append(None))
        end = time.monotonic() + limit_ms / 1000
        while serial and not answer and self._connection is not None:
            if not self._step(end - time.monotonic()):
                break
        if answer:
            # what came behind the answer lies in memory: the socket will not tell of it again
            QTimer.singleShot(0, self, self._read)
            return answer[0]
        if serial in self._open:
            refused = (lambda _name: late(())) if late is not None else None
            self._open[serial] = _Question(late, refused)
        return None

    def listen(self, place: Place, heard: Heard) -> None:
        """Hears the signals of an object, from whoever has its name."""
        from jeepney import MatchRule, message_bus

        self._heard.append((place, heard))
        rule = MatchRule(type="signal", path=place.path, interface=place.interface, sender=place.name or None)
        self.call(DAEMON, "AddMatch", "s", message_bus.AddMatch(rule).body)

    def deafen(self, path: str) -> None:
        """Hears nothing of an object any more."""
        self._heard = [(place, heard) for place, heard in self._heard if place.path != path]

    def watch(self, name: str, told: Callable[[str], object]) -> None:
        """``told(owner)`` soon, and whenever that changes; "" where nobody has the name."""
        from jeepney import MatchRule, message_bus

        def changed(member: str, values: tuple[Any, ...]) -> None:
            if member == "NameOwnerChanged" and values[0] == name and self._owners.get(name) != values[2]:
                self._owners[name] = values[2]
                told(values[2])

        rule = MatchRule(type="signal", sender=_BUS, interface=_BUS, member="NameOwnerChanged")
        rule.add_arg_condition(0, name)
        self._heard.append((DAEMON, changed))
        self.call(DAEMON, "AddMatch", "s", message_bus.AddMatch(rule).body)
        self.call(
            DAEMON, "GetNameOwner", "s", (name,), lambda values: changed("NameOwnerChanged", (name, "", values[0])),
            lambda _error: changed("NameOwnerChanged", (name, "", "")),
        )  # fmt: skip

    def owner(self, name: str) -> str:
        """Who has a watched name; a unique name is its own owner."""
        return name if name.startswith(":") else self._owners.get(name, "")

    # -- reading ---------------------------------------------------------------------------------------------

    def _read(self) -> None:
        while self._connection is not None and self._step(0):
            pass

    def _step(self, seconds: float) -> bool:
        """Takes one message, waiting ``seconds`` at most; False where none came."""
        try:
            message = self._connection.receive(timeout=max(0.0, seconds))
        except TimeoutError:
            return False
        except (OSError, RuntimeError, ValueError) as why:
            self._drop(why)
            return False
        self._take(message)
        return True

    def _take(self, message: Any) -> None:
        from jeepney import HeaderFields, MessageType

        fields, kind = message.header.fields, message.header.message_type
        if kind in (MessageType.method_return, MessageType.error):
            question = self._open.pop(fields.get(HeaderFields.reply_serial), None)
            if question is None:
                return
            if kind is MessageType.method_return:
                if question.done is not None:
                    question.done(message.body)
            elif question.failed is not None:
                question.failed(str(fields.get(HeaderFields.error_name, "")))
        elif kind is MessageType.signal:
            path, interface = fields.get(HeaderFields.path), fields.get(HeaderFields.interface)
            sender, member = fields.get(HeaderFields.sender), str(fields.get(HeaderFields.member))
            for place, heard in list(self._heard):
                spoken = not place.name or sender in (place.name, self._owners.get(place.name))
                if (place.path, place.interface) == (path, interface) and spoken:
                    heard(member, message.body)

    def _drop(self, why: Exception) -> None:
        log.warning("the %s bus is gone: %r", self._which, why)
        asked = list(self._open.values())
        self.close()
        for question in asked:
            if question.failed is not None:
                question.failed("gone")
        self.lost.emit()
