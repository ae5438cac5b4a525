"""Performs a sync round: carries out what ``core.round`` asks, against the real platform, store and vault.

One round at a time a profile (a lock file, released by the system even after a kill). Each page and each step is
saved before the next, so a break at any point costs nothing but the step. What went wrong with a file stays with
that file. Reports progress in items and bytes, stops when asked, waits and tries again with growing, jittered
pauses while the line is bad, honouring Retry-After.
"""

from __future__ import annotations

import gc
import hashlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sync import errors
from sync.client import Platform
from sync.core import round as core
from sync.messages import BadMessage, Change, Cursor, canonical
from sync.records import Progress, RoundReport
from sync.sending import Sending
from sync.workspace import Workspace, now

RETRIES = 3
BREAKS = 2  # a line that stood and broke (another network, a cut) is tried again within the round
PATIENCE = 60.0  # seconds the platform may ask a round to wait; longer ends it
DEFINITE = (403, 404, 405, 413, 415, 422)  # refusals that will be the same the next time

Report = Callable[[Progress], None]


@dataclass(slots=True)
class _State:
    """What a running round counts for its progress."""

    step: int = 1
    items: int = 0
    bytes: int = 0
    began: float = field(default_factory=time.monotonic)


def sync_round(
    workspace: Workspace, platform: Platform, progress: Report | None = None, stop: Callable[[], bool] | None = None,
    *, files: bool = True, limit: int = 0, deletions: bool = False,
) -> RoundReport:  # fmt: skip
    """One full round. Raises ``sync.errors`` where it could not go through; what was done before stays done.

    ``deletions``: a person has agreed to what would delete a large part of what lies here.
    """
    started, clock = now(), time.monotonic()
    tally = core.Tally()
    failure: errors.Failure | None = None
    with one_round(workspace.directory), _calm():
        performer = _Performer(workspace, platform, progress or (lambda _p: None), stop or (lambda: False), limit, deletions)
        try:
            performer.run(tally, files)
        except BadMessage as error:
            failure = errors.BadAnswer(str(error))
        except errors.Failure as error:
            failure = error
        finally:
            workspace.keep_nonce(platform.nonce)
        report = RoundReport(
            started_at=started, seconds=round(time.monotonic() - clock, 3), pulled=tally.pulled, pushed=tally.pushed,
            merged=tally.merged, refused=tally.refused, conflicts=len(workspace.conflicts()),
            uploaded_files=tally.uploaded_files, uploaded_bytes=tally.uploaded_bytes, resent_bytes=tally.resent_bytes,
            requests=platform.requests, error=failure.code if failure else "", server_time=tally.time,
            cursor=f"{tally.cursor.epoch}:{tally.cursor.seq}",
        )  # fmt: skip
        workspace.add_round(asdict(report))
    if failure is not None:
        raise failure
    return report


class _Performer:
    """Carries out a round's asks one by one."""

    def __init__(
        self, workspace: Workspace, platform: Platform, report: Report, stop: Callable[[], bool], limit: int = 0,
        deletions: bool = False,
    ) -> None:  # fmt: skip
        self.workspace, self.platform, self.report, self.stop = workspace, platform, report, stop
        self.deletions = deletions
        self.state = _State()
        self.sending = Sending(workspace, platform, self._again, lambda: self._tell(4), stop, limit)
        self._acts: dict[type, Callable[[Any], Any]] = {
            core.Pull: self._pull, core.Save: self._save, core.Take: self._take, core.Push: self._push,
            core.Chains: self._chains, core.Refill: self._refill, core.Rewind: self._rewind, core.Plan: self._plan,
            core.Upload: self._upload,
        }  # fmt: skip

    def run(self, tally: core.Tally, files: bool) -> None:
        self._tell_apart()
        cursor = self.workspace.feed.cursor()
        conversation = core.converse(cursor, tally, cursor.seq, files=files)
        answer: Any = None
        try:
            while True:
                try:
                    ask = conversation.send(answer)
                except StopIteration:
                    break
                answer = self._acts[type(ask)](ask)
        finally:
            self.sending.close()
        if self.sending.trouble is not None:
            raise self.sending.trouble

    def _again(self, act: Callable[[], Any], further: Callable[[], bool] = bool, stop: Callable[[], bool] = bool) -> Any:
        """Try a request again while the trouble is temporary: after 0.5, 2, 8 s with jitter, or when the platform asks to.

        A definite refusal is no other the next time. Where a file got further in between, the tries are counted anew:
        a bad line is used as long as it carries anything.
        """
        attempt = 0
        while True:
            try:
                return act()
            except (errors.ServerTrouble, errors.LineBroke) as error:
                broke, asked = isinstance(error, errors.LineBroke), error.retry_after
                attempt = 0 if further() else attempt
                if attempt == (BREAKS if broke else RETRIES) or (broke and not self.platform.met) or self.stop() or stop():
                    raise
                if error.status in DEFINITE or (asked or 0) > PATIENCE:
                    raise
                jitter = random.uniform(0.7, 1.3)  # noqa: S311  no secret
                self._rest(0.5 * 4**attempt * jitter if asked is None else asked + jitter - 0.7, stop)
                attempt += 1

    def _rest(self, seconds: float, stop: Callable[[], bool]) -> None:
        """A pause that ends soon when asked to stop."""
        while seconds > 0 and not self.stop() and not stop():
            time.sleep(min(seconds, 0.25))
            seconds -= 0.25

    def _pull(self, ask: core.Pull) -> Any:
        self._tell(1)
        pending = self.workspace.pending()
        counts = {"records": pending.records, "files": pending.files, "bytes": pending.bytes}
        heartbeat = {name: count for name, count in counts.items() if count}
        known = {name: fingerprint(text) for name, text in self.workspace.feed.fact_texts().items()}
        unit = self.workspace.required().unit
        return self._again(lambda: self.platform.pull(ask.cursor, heartbeat, known, unit, ask.want_after))

    def _save(self, ask: core.Save) -> core.Saved:
        self._tell(2, items=self.state.items + len(ask.page.rows))
        many = 0 if self.deletions else self.workspace.feed.deleted_by(ask.page, self.workspace.required().device)
        if many:
            raise errors.ManyDeletions(str(many))
        return self.workspace.save_page(ask.page)

    def _take(self, _ask: core.Take) -> Any:
        return self.workspace.feed.take()

    def _push(self, ask: core.Push) -> int:
        self._tell(3, items=len(ask.changes))
        return self._pushed(ask.changes)

    def _pushed(self, changes: Sequence[Change]) -> int:
        """In one request, or in halves, oldest first, where a gateway on the way takes no body as large."""
        try:
            return int(self._again(lambda: self.platform.push(changes)))
        except errors.TooLarge:
            half = len(changes) // 2
            if not half:
                raise
            return self._pushed(changes[:half]) + self._pushed(changes[half:])

    def _chains(self, ask: core.Chains) -> Mapping[int, bool]:
        ours = self.workspace.feed.chains(ask.seqs)
        theirs = self._again(lambda: self.platform.chains(ask.seqs))
        return {seq: seq in ours and ours[seq] == theirs.get(seq) for seq in ask.seqs}

    def _refill(self, _ask: core.Refill) -> bool:
        """Hand back what the platform lost; if it will not have it now, the round goes on and the next one tries again."""
        read_to = after = self.workspace.feed.cursor().to_json()
        for one in self.workspace.feed.lost():
            try:
                after = self._again(partial(self.platform.refill, one.rows, one.chain, one.head, after))
            except errors.ServerTrouble:
                break
            self.workspace.feed.handed_back(one.n, after)
        return after is not read_to

    def _rewind(self, ask: core.Rewind) -> Any:
        cursor = self.workspace.rewind(ask.common, ask.epoch)
        self._tell_apart()
        return cursor

    def _tell_apart(self) -> None:
        who = self.workspace.required()
        self.workspace.feed.tell_apart(self.platform.pinned, who.unit, who.device, now())

    def _plan(self, ask: core.Plan) -> list[tuple[str, int, bool]]:
        plan = self.workspace.uploads(ask.want)
        self.state.bytes = sum(size for _digest, size, _failed in plan)
        self._tell(4, items=len(plan))
        return plan

    def _upload(self, ask: core.Upload) -> Mapping[str, core.Sent]:
        return self.sending.send(ask.files)

    def _tell(self, step: int, items: int | None = None) -> None:
        state, sending = self.state, self.sending
        if step != state.step:
            state.step, state.began = step, time.monotonic()
        if items is not None:
            state.items = items
        elapsed = time.monotonic() - state.began
        speed = sending.sent / elapsed if step == 4 and elapsed > 0.2 else 0.0
        self.report(Progress(step, sending.done if step == 4 else 0, state.items, sending.sent, state.bytes, sending.file, speed))


@lru_cache(64)
def fingerprint(text: str) -> str:
    """How the platform tells whether a small table changed: the SHA-256 of its canonical bytes, its first 16 characters.

    They travel with every poll; the whole of eight digests was half of it.
    """
    return hashlib.sha256(canonical(json.loads(text))).hexdigest()[:16]


@contextmanager
def _calm() -> Iterator[None]:
    """A page makes a hundred thousand lists that all live until it is saved: rings are looked for less often meanwhile."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def one_round(directory: Path) -> Iterator[None]:
    """Holds the profile's sync lock; ``Busy`` where another process holds it. A killed process lets go."""
    with (directory / "sync.lock").open("a+b") as handle:
        try:
            _lock(handle.fileno())
        except OSError as error:
            raise errors.Busy from error
        yield


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def dry_run(workspace: Workspace, platform: Platform) -> dict[str, Any]:
    """What a round would move now; nothing is saved, nothing but the question is sent.

    What would come is None where the platform cannot say it: it is out of reach (then ``offline`` says why), or another one.
    """
    pending, files, cursor = workspace.pending(), workspace.local.unsent_files(), workspace.feed.cursor()
    plan: dict[str, Any] = {
        "pulled": None, "pushed": workspace.feed.waiting(), "merged": 0, "refused": 0, "conflicts": len(workspace.conflicts()),
        "uploaded_files": len(files), "uploaded_bytes": sum(one["bytes"] - one["offset"] for one in files), "resent_bytes": 0,
        "cursor": f"{cursor.epoch}:{cursor.seq}", "server_time": "", "offline": None, "records": pending.records, "files": len(files),
        "bytes": pending.bytes, "listed": [{name: one[name] for name in ("sha256", "bytes", "offset")} for one in files],
    }  # fmt: skip
    try:
        plan |= _coming(workspace, platform, cursor)
    except errors.Temporary as error:
        plan["offline"] = error.code
    return {**plan, "requests": platform.requests}


def _coming(workspace: Workspace, platform: Platform, cursor: Cursor) -> dict[str, Any]:
    """How many rows lie beyond ``cursor``, and the platform's clock."""
    pending, rows = workspace.pending(), 0
    heartbeat = {"records": pending.records, "files": pending.files, "bytes": pending.bytes}
    known = {name: fingerprint(text) for name, text in workspace.feed.fact_texts().items()}
    while True:
        page = platform.pull(cursor, heartbeat, known, workspace.required().unit)
        if isinstance(page, core.Diverged):
            return {}
        rows, cursor = rows + len(page.rows), page.cursor(cursor)
        if not page.more:
            return {"pulled": rows, "server_time": page.time}
