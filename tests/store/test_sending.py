"""Files on their way: side by side where the line carries it, one by one where it does not, and no failure spreads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from sync import errors, sending
from sync.core.round import Sent
from sync.sending import LANES, Sending

FILES = [(f"{n:064x}", 1000 + n) for n in range(12)]


class Notes:
    """What a workspace is asked and told of files."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.failed: dict[str, str] = {}
        self.threads: set[str] = set()

    def begun_upload(self, sha256: str) -> tuple[str, str, int]:
        return sha256[-4:], "", 0

    def upload_done(self, sha256: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.done.append(sha256)

    def upload_failed(self, sha256: str, problem: str) -> None:
        self.failed[sha256] = problem


class Line:
    """A connection whose uploads do what a test says."""

    def __init__(self, act: Callable[[str, Callable[[], bool]], None], lines: list[Line]) -> None:
        self.act, self.lines, self.requests, self.closed = act, lines, 0, False
        lines.append(self)

    def beside(self) -> Line:
        return Line(self.act, self.lines)

    def close(self) -> None:
        self.closed = True

    def upload(self, sha256: str, size: int, name: str, place: str, read: Any, moved: Any, stop: Callable[[], bool]) -> Sent:
        self.requests += 1
        self.act(sha256, stop)
        moved("", size)
        return Sent(True, size)


def sent(act: Callable[[str, Callable[[], bool]], None], *, limit: int = 0, stop: Callable[[], bool] = bool) -> tuple[Notes, list[Line], Any]:
    """All of FILES as a round sends them: notes, lines, and the failure that ended it."""
    notes, lines = Notes(), list[Line]()
    one = Sending(notes, Line(act, lines), lambda act, _further, _stop: act(), lambda: None, stop, limit)  # type: ignore[arg-type]
    waiting, failure = dict(FILES), None
    try:
        while waiting:
            for sha256 in one.send(list(waiting.items())):
                del waiting[sha256]
    except errors.Failure as error:
        failure = error
    finally:
        one.close()
    assert all(line.closed for line in lines[1:]) and not lines[0].closed
    assert threading.active_count() == 1 or not any(thread.name.startswith("file") for thread in threading.enumerate())
    return notes, lines, failure or one


def test_a_good_line_is_joined_by_others_and_everything_is_noted_in_the_rounds_thread() -> None:
    together = threading.Barrier(LANES)

    def act(sha256: str, _stop: Any) -> None:
        if int(sha256, 16) in range(LANES, 2 * LANES):
            together.wait(20)  # nobody gets on unless so many are under way at once

    notes, lines, done = sent(act)
    assert sorted(notes.done) == [one for one, _size in FILES] and not notes.failed
    assert len(lines) == LANES and lines[0].requests == len(FILES)
    assert notes.threads == {threading.current_thread().name}
    assert (done.done, done.sent) == (len(FILES), sum(size for _one, size in FILES))


@pytest.mark.parametrize("slow", [True, False])
def test_a_slow_line_and_a_limit_leave_one_connection(slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if slow:
        clock = iter(range(0, 10_000, 7))
        monkeypatch.setattr(sending.time, "monotonic", lambda: float(next(clock)))
    notes, lines, _done = sent(lambda _one, _stop: None, limit=0 if slow else 10_000_000)
    assert notes.done == [one for one, _size in FILES] and len(lines) == 1


def test_what_is_wrong_with_a_file_stays_with_it_also_side_by_side() -> None:
    refusal = errors.ServerTrouble("415 not_wanted")
    refusal.status = 415
    bad = {FILES[5][0]: errors.DamagedFile("x"), FILES[7][0]: refusal}

    def act(sha256: str, _stop: Any) -> None:
        if sha256 in bad:
            raise bad[sha256]

    notes, _lines, done = sent(act)
    assert set(notes.failed) == set(bad) and len(notes.done) == len(FILES) - 2 and done.trouble is None


def test_a_broken_line_ends_the_others_and_what_went_through_is_noted() -> None:
    under_way = threading.Barrier(LANES)

    def act(sha256: str, stop: Callable[[], bool]) -> None:
        number = int(sha256, 16)
        if number in range(LANES, 2 * LANES):
            under_way.wait(20)
            if number == LANES:
                raise errors.LineBroke("x")
            while not stop():
                threading.Event().wait(0.005)
            raise errors.LineBroke("stopped")

    notes, _lines, failure = sent(act)
    assert isinstance(failure, errors.LineBroke)
    assert notes.done == [one for one, _size in FILES[:LANES]] and not notes.failed


def test_stopping_sends_nothing_more() -> None:
    stopped: list[str] = []
    notes, _lines, _done = sent(lambda one, _stop: stopped.append(one), stop=lambda: len(stopped) > 3)
    assert len(notes.done) < len(FILES) and not notes.failed
