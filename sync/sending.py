"""The evidence of a round on its way: one file after the other over a slow line, several at a time over a good one.

Most of a file's time is waiting: for the disk of the platform, for an answer, for the other side's hashing. So once a
line has carried a file quickly, the next ones go side by side over further connections, up to ``LANES``. A line that
breaks, a limit somebody has set and a slow line leave one connection: what is under way when such a line is given up
stays small. What is wrong with a file stays with it; a broken line ends the round. This is the one place of ``sync``
that starts threads: each sends one file over a connection of its own, everything else happens in the round's thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sync import errors
from sync.client import Platform
from sync.core.round import Sent
from sync.workspace import Workspace

LANES = 3
FAST, SOON = 500_000, 0.25  # bytes a second that one connection must carry before another goes beside it; or a file in so few seconds
PACE = 16_384  # bytes sent between two looks at the clock
STRIDE = 1 << 16  # bytes sent between two words about it where no limit is set
PASSING = (408, 425, 429)  # refusals that are no judgement of a file


#: Does an act again while the trouble is temporary: ``(act, further, stop)``; ``further`` says whether it got on since last asked.
Again = Callable[[Callable[[], Sent], Callable[[], bool], Callable[[], bool]], Sent]


@dataclass(slots=True)
class _Flight:
    """A file on its way."""

    sha256: str
    bytes: int
    platform: Platform
    file: str  # its name to show
    began: float
    at: int = 0  # bytes that are there or on the way
    confirmed: int = 0
    further: bool = False

    def got_further(self) -> bool:
        """Whether the platform has confirmed more since this was last asked."""
        was, self.further = self.further, False
        return was


class Sending:
    """The files of one round. ``sent`` bytes and ``done`` files so far; ``trouble``: what a file met, said at the end."""

    def __init__(
        self, workspace: Workspace, platform: Platform, again: Again, tell: Callable[[], None], stop: Callable[[], bool], limit: int
    ) -> None:
        self._workspace, self._again, self._tell, self._stop, self._limit = workspace, again, tell, stop, limit
        self.done = 0
        self.file = ""
        self.trouble: errors.ServerTrouble | None = None
        self._troubled = False  # whether the last file met such trouble
        self._width = 1
        self._platform, self._lines = platform, [platform]  # those nobody uses
        self._flights: dict[Future[Sent], _Flight] = {}
        self._alone: _Flight | None = None
        self._settled = 0
        self._halted = False
        self._failure: errors.Failure | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._speaking = threading.Lock()

    @property
    def sent(self) -> int:
        """Bytes that are there or on the way."""
        flights = [*self._flights.values(), *([self._alone] if self._alone is not None else [])]
        return self._settled + sum(one.at for one in flights)

    def send(self, files: Sequence[tuple[str, int]]) -> Mapping[str, Sent]:
        """Send the first files; returns those that came to an end. A broken line raises, once what else ended was told."""
        if self._failure is not None:
            raise self._failure
        if self._stop() and not self._flights:
            return {sha256: Sent(False) for sha256, _size in files}
        if self._width == 1 and not self._flights:
            return self._one(*files[0])
        flying = {one.sha256 for one in self._flights.values()}
        for sha256, size in files:
            if len(self._flights) >= self._width or self._stop():
                break
            if sha256 not in flying:
                self._launch(sha256, size)
        ended: dict[str, Sent] = {}
        for future in wait(self._flights, return_when=FIRST_COMPLETED).done:
            flight = self._flights.pop(future)
            self._lines.append(flight.platform)
            try:
                ended[flight.sha256] = self._ended(flight, future.result)
            except errors.Failure as error:
                self._failure = self._failure or error
        if not ended and self._failure is not None:
            raise self._failure
        return ended

    def close(self) -> None:
        """End what is under way and give the further connections back."""
        self._halted = True
        if self._pool is not None:
            self._pool.shutdown(wait=True)
        for one in {*self._lines, *(flight.platform for flight in self._flights.values())} - {self._platform}:
            self._platform.requests += one.requests
            one.close()

    def _one(self, sha256: str, size: int) -> Mapping[str, Sent]:
        """A file by itself, in this thread."""
        flight = self._alone = self._begun(sha256, size, self._platform)
        try:
            return {sha256: self._ended(flight, lambda: self._fly(flight))}
        finally:
            self._alone = None

    def _launch(self, sha256: str, size: int) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(LANES, thread_name_prefix="file")
        flight = self._begun(sha256, size, self._lines.pop() if self._lines else self._platform.beside())
        self._flights[self._pool.submit(self._fly, flight)] = flight

    def _begun(self, sha256: str, size: int, platform: Platform) -> _Flight:
        self.file, _place, offset = self._workspace.begun_upload(sha256)
        return _Flight(sha256, size, platform, self.file, time.monotonic(), confirmed=offset)

    def _fly(self, flight: _Flight) -> Sent:
        """Send one file, in whichever thread."""

        def stop() -> bool:
            return self._halted or self._stop()

        def moved(where: str, reached: int) -> None:
            flight.further = flight.further or reached > flight.confirmed
            flight.confirmed = max(flight.confirmed, reached)
            if reached < flight.bytes:  # what is whole is noted as such right away, by one write instead of two
                self._workspace.upload_reached(flight.sha256, where, reached)
            self._say(flight, reached)

        def read(start: int) -> Iterator[bytes]:
            self._say(flight, start)
            for piece in paced(self._workspace.vault.stream(flight.sha256, start), self._limit, stop):
                yield piece
                self._say(flight, flight.at + len(piece))  # on its way; what the platform confirmed is noted by ``moved``

        def send() -> Sent:
            name, place, _offset = self._workspace.begun_upload(flight.sha256)  # a second try goes on where the first one broke
            return flight.platform.upload(flight.sha256, flight.bytes, name, place, read, moved, stop)

        return self._again(send, flight.got_further, stop)

    def _say(self, flight: _Flight, at: int) -> None:
        with self._speaking:
            flight.at, self.file = at, flight.file
            self._tell()

    def _ended(self, flight: _Flight, result: Callable[[], Sent]) -> Sent:
        """Note what became of a file, in the round's thread."""
        try:
            sent = result()
        except errors.DamagedFile as error:
            self._workspace.upload_failed(flight.sha256, error.code)
            return Sent(False)
        except errors.ServerTrouble as error:
            self._workspace.upload_failed(flight.sha256, error.code)
            self._bear(error)
            return Sent(False)
        self._troubled = False
        if sent.done:
            self._workspace.upload_done(flight.sha256)
            self.done += 1
        elif not self._stop():
            self._workspace.upload_failed(flight.sha256, "not_taken")
        self._settled += flight.bytes if sent.done else flight.confirmed
        took = time.monotonic() - flight.began
        quick = sent.done and (took < SOON or sent.bytes > FAST * took)
        self._width = min(LANES, self._width + 1) if quick and not self._limit else 1
        self._tell()
        return sent

    def _bear(self, error: errors.ServerTrouble) -> None:
        """A refusal is the file's; any other trouble is said at the end of the round, or at once where the last file met it too."""
        if 400 <= error.status < 500 and error.status not in PASSING:
            return
        if self._troubled:
            raise error
        self.trouble, self._troubled = error, True


def paced(pieces: Iterator[bytes], limit: int, stop: Callable[[], bool]) -> Iterator[bytes]:
    """``pieces`` at no more than ``limit`` bytes a second (0: as fast as the line), stopping soon when asked."""
    began, given = time.monotonic(), 0
    for piece in pieces:
        step = PACE if limit else STRIDE
        for at in range(0, len(piece), step):
            small = piece[at : at + step]
            ahead = given / limit - (time.monotonic() - began) if limit else 0.0
            while ahead > 0 and not stop():
                time.sleep(min(ahead, 0.25))
                ahead = given / limit - (time.monotonic() - began)
            given += len(small)
            yield small
