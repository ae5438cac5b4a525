"""The round: what laptop and platform say to each other, as a conversation that somebody else carries out.

``converse`` is a generator. It yields an *ask* (pull from here, save this page, take what is unsent, push it,
upload that file …), is handed the answer and decides what comes next. It performs nothing, so a whole round
runs in memory under any fault; the engine performs it for real. A break at any yield loses nothing: every ask
is either read-only, idempotent or one local transaction, and the next round starts from what was saved.

    pull until the head ─ save each page ─ push what is unsent ─ pull again (seeing one's own changes there is
    the only acknowledgement) ─ upload the files the platform wants ─ pull what that set free

A platform restored from a backup answers that it does not know our history. Then the last common point is
found by comparing chains, this laptop goes back to it (keeping the rows read beyond it), reads what the platform has
now, and hands back the rows it lost, with its own signature under them. They are kept until they were seen again:
the platform may be restored once more before that. Nothing here knows a record kind, HTTP, the store or the clock.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.messages import BadMessage, Change, Cursor, Page

MOST_PUSHES = 1_000  # of up to MAX_CHANGES each: what is left goes with the next round
IDLE_PUSHES = 2  # pushes in a row after which nothing of ours was seen: stop and let the next round try
MOST_REWINDS = 4  # in one reading: a platform that disowns its own history again and again is not believed


@dataclass(frozen=True, slots=True)
class Pull:
    """Ask the platform for the rows after ``cursor`` and its wanted digests after ``want_after``.

    Answer: ``Page`` or ``Diverged``.
    """

    cursor: Cursor
    want_after: str = ""


@dataclass(frozen=True, slots=True)
class Diverged:
    """The platform does not know our history; its own head is ``epoch``, ``seq``."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Save:
    """Save a page in one transaction. Answer: ``Saved``."""

    page: Page


@dataclass(frozen=True, slots=True)
class Saved:
    """What a page did here: rows, records merged quietly, own changes seen, refusals; ``lost``: rows are kept here
    that the platform once had and has not shown again.
    """

    rows: int = 0
    merged: int = 0
    seen: int = 0
    refused: int = 0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Take:
    """Mark the oldest unseen changes as being sent and hand them over. Answer: list of ``Change``."""


@dataclass(frozen=True, slots=True)
class Push:
    """Send changes in one request. Answer: number the platform took note of (not an acknowledgement)."""

    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Chains:
    """Compare chains at these places. Answer: mapping seq -> True where both sides agree."""

    seqs: Sequence[int]


@dataclass(frozen=True, slots=True)
class Rewind:
    """Go back to ``common`` here, keeping every own change and every row beyond. Answer: the ``Cursor`` there."""

    common: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Refill:
    """Hand the platform the rows it lost. Answer: whether anything was handed over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which wanted files lie here. Answer: list of (sha256, bytes, whether it failed before), any order."""

    want: Sequence[str]


@dataclass(frozen=True, slots=True)
class Upload:
    """Send these files, (sha256, bytes), the first ones first, going on at the platform's offsets.

    Answer: those that came to an end, at least one, as a mapping sha256 -> ``Sent``; more than one may be on its way.
    """

    files: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What an upload did. ``done``: the platform confirmed the digest."""

    done: bool
    bytes: int = 0
    resent: int = 0


Ask = Pull | Save | Take | Push | Chains | Refill | Rewind | Plan | Upload


@dataclass(slots=True)
class Tally:
    """What a round did so far."""

    pulled: int = 0
    pushed: int = 0
    merged: int = 0
    refused: int = 0
    uploaded_files: int = 0
    uploaded_bytes: int = 0
    resent_bytes: int = 0
    failed_files: list[str] = field(default_factory=list)
    time: str = ""
    cursor: Cursor = field(default_factory=Cursor)


def converse(cursor: Cursor, tally: Tally, last: int, *, files: bool = True) -> Generator[Ask, Any, None]:
    """One full round from ``cursor``; ``last`` is the newest seq held here; counts go into ``tally``."""
    cursor, want, _seen = yield from _pull(cursor, tally, last)
    idle = 0
    for _ in range(MOST_PUSHES):
        changes: list[Change] = yield Take()
        if not changes:
            break
        tally.pushed += yield Push(changes)
        cursor, want, seen = yield from _pull(cursor, tally, cursor.seq)
        idle = 0 if seen else idle + 1
        if idle == IDLE_PUSHES:
            break
    if files and want:
        sent = yield from _upload(want, tally)
        if sent:
            cursor, want, _seen = yield from _pull(cursor, tally, cursor.seq)
    tally.cursor = cursor


def _pull(cursor: Cursor, tally: Tally, last: int) -> Generator[Ask, Any, tuple[Cursor, Sequence[str], int]]:
    """Read the feed to its head; returns the cursor, the wanted digests and how many own changes were seen."""
    seen = rewinds = 0
    refilled = False
    want: list[str] = []
    while True:
        answer: Page | Diverged = yield Pull(cursor, want[-1] if want else "")
        if isinstance(answer, Diverged):
            rewinds += 1
            if rewinds > MOST_REWINDS:
                raise BadMessage("the platform disowns its own history")
            common = yield from _common(min(last, answer.seq))
            cursor = yield Rewind(common, answer.epoch)
            last, refilled, want = cursor.seq, False, []
            continue
        saved: Saved = yield Save(answer)
        cursor = answer.cursor(cursor)
        last = cursor.seq
        tally.pulled += saved.rows
        tally.merged += saved.merged
        tally.refused += saved.refused
        tally.time = answer.time
        seen += saved.seen
        want = [] if answer.more else [*want, *answer.want]
        goes_on = answer.more or answer.want_more
        del answer  # a page of memory: the next one need not lie beside it
        if goes_on:
            continue
        if saved.lost and not refilled:
            refilled = True
            if (yield Refill()):
                want = []
                continue
        return cursor, want, seen


def _common(top: int) -> Generator[Ask, Any, int]:
    """The last place where both histories are the same: a binary search over chains (0 is always common)."""
    low, high = 0, top
    while low < high:
        step = max(1, (high - low) // 32)
        seqs = sorted({*range(low + step, high, step), high})
        agree: Mapping[int, bool] = yield Chains(seqs)
        good = [seq for seq in seqs if agree.get(seq)]
        bad = [seq for seq in seqs if not agree.get(seq)]
        low = max(good, default=low)
        high = min(bad, default=high + 1) - 1 if bad else low
    return low


def _upload(want: Sequence[str], tally: Tally) -> Generator[Ask, Any, int]:
    """Smallest first, those that failed before last: one bad file stops no other. Returns how many went through."""
    plan: list[tuple[str, int, bool]] = yield Plan(want)
    waiting = {sha256: size for sha256, size, _failed in sorted(plan, key=lambda item: (item[2], item[1], item[0]))}
    done = 0
    while waiting:
        ended: Mapping[str, Sent] = yield Upload(list(waiting.items()))
        for sha256, sent in ended.items():
            del waiting[sha256]
            tally.uploaded_bytes += sent.bytes
            tally.resent_bytes += sent.resent
            tally.uploaded_files += sent.done
            done += sent.done
            if not sent.done:
                tally.failed_files.append(sha256)
    return done
