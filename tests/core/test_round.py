"""The round's conversation, fed by hand: what it asks, in which order, and that a break anywhere costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sync.core import round as core
from sync.messages import GENESIS, BadMessage, Change, Cursor, FeedRow, Page, link


def feed(*changes: str, after: Cursor | None = None) -> list[FeedRow]:
    """Rows with these change ids, linked from ``after``."""
    seq, chain = (after.seq, after.chain) if after else (0, GENESIS)
    rows = []
    for change in changes:
        seq += 1
        body = {"seq": seq, "change": change, "record": "r", "kind": "demand"}
        chain = link(chain, body)
        rows.append(FeedRow(body, chain))
    return rows


def page(rows: Sequence[FeedRow], *, more: bool = False, want: Sequence[str] = (), after: Cursor | None = None) -> Page:
    last = rows[-1] if rows else None
    before = after or Cursor("e")
    return Page(
        "e", rows, more, (last.seq if last else before.seq, last.chain if last else before.chain, "sig"), want, {}, "t"
    )


def change(name: str) -> Change:
    return Change(name, "r", "demand", "d", "2026-01-01T00:00:00Z", {"title": (None, name)})


class Talk:
    """Runs a conversation against a table of answers and remembers what was asked."""

    def __init__(self, answers: dict[type, Callable[[Any], Any]], cursor: Cursor | None = None) -> None:
        self.answers = answers
        self.asked: list[Any] = []
        self.cursor = cursor or Cursor("e")

    def run(self, *, files: bool = True) -> core.Tally:
        tally = core.Tally()
        talk = core.converse(self.cursor, tally, self.cursor.seq, files=files)
        answer: Any = None
        try:
            while True:
                ask = talk.send(answer)
                self.asked.append(ask)
                answer = self.answers[type(ask)](ask)
        except StopIteration:
            return tally

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.asked]


def test_nothing_new_is_one_question() -> None:
    talk = Talk({core.Pull: lambda _a: page([]), core.Save: lambda _a: core.Saved(), core.Take: lambda _a: []})
    tally = talk.run()
    assert talk.kinds() == ["Pull", "Save", "Take"]
    assert (tally.pulled, tally.pushed) == (0, 0)


def test_own_changes_are_pushed_once_and_the_feed_acknowledges_them() -> None:
    waiting = [change("a"), change("b")]
    server: list[FeedRow] = []

    def pull(ask: core.Pull) -> Page:
        return page(server[ask.cursor.seq :])

    def push(ask: core.Push) -> int:
        server.extend(feed(*[one.id for one in ask.changes]))
        return len(ask.changes)

    def save(ask: core.Save) -> core.Saved:
        seen = {row.change for row in ask.page.rows}
        waiting[:] = [one for one in waiting if one.id not in seen]
        return core.Saved(rows=len(seen), seen=len(seen))

    talk = Talk({core.Pull: pull, core.Push: push, core.Save: save, core.Take: lambda _a: list(waiting)})
    tally = talk.run()
    assert talk.kinds() == ["Pull", "Save", "Take", "Push", "Pull", "Save", "Take"]
    assert tally.pushed == 2 and tally.cursor.seq == 2 and not waiting


def test_a_platform_that_never_shows_our_changes_does_not_keep_the_round_for_ever() -> None:
    talk = Talk(
        {
            core.Pull: lambda _a: page([]),
            core.Push: lambda _a: 1,
            core.Save: lambda _a: core.Saved(),
            core.Take: lambda _a: [change("a")],
        }
    )
    talk.run()
    assert talk.kinds().count("Push") == core.IDLE_PUSHES


def test_a_round_goes_on_while_every_other_push_is_seen() -> None:
    pushed: list[str] = []
    told = Cursor("e")

    def pull(_ask: core.Pull) -> Page:
        return page(feed(pushed[-1], after=told) if len(pushed) % 2 else [], after=told)

    def save(ask: core.Save) -> core.Saved:
        nonlocal told
        told = ask.page.cursor(told)
        return core.Saved(rows=len(ask.page.rows), seen=len(ask.page.rows))

    def push(ask: core.Push) -> int:
        pushed.extend(one.id for one in ask.changes)
        return len(ask.changes)

    talk = Talk({
        core.Pull: pull, core.Push: push, core.Save: save,
        core.Take: lambda _a: [change(f"{len(pushed)}")] if len(pushed) < 6 else [],
    })  # fmt: skip
    assert talk.run().pushed == 6


def test_pages_are_read_to_the_head_before_anything_is_sent() -> None:
    rows = feed("a", "b", "c")
    pages = iter([page(rows[:1], more=True), page(rows[1:2], more=True), page(rows[2:])])
    talk = Talk(
        {
            core.Pull: lambda _a: next(pages),
            core.Save: lambda a: core.Saved(rows=len(a.page.rows)),
            core.Take: lambda _a: [],
        }
    )
    tally = talk.run()
    assert talk.kinds() == ["Pull", "Save"] * 3 + ["Take"]
    assert tally.pulled == 3
    assert [ask.cursor.seq for ask in talk.asked if isinstance(ask, core.Pull)] == [0, 1, 2]


def test_files_go_smallest_first_and_one_bad_file_stops_no_other() -> None:
    sizes = {"a" * 64: 30, "b" * 64: 10, "c" * 64: 20}
    talk = Talk({
        core.Pull: lambda _a: page([], want=list(sizes)), core.Save: lambda _a: core.Saved(), core.Take: lambda _a: [],
        core.Plan: lambda a: [(one, sizes[one], False) for one in a.want],
        core.Upload: lambda a: {one: core.Sent(one[0] != "c", size) for one, size in a.files[:1]},
    })  # fmt: skip
    tally = talk.run()
    assert [ask.files[0][0][0] for ask in talk.asked if isinstance(ask, core.Upload)] == ["b", "c", "a"]
    assert tally.uploaded_files == 2 and tally.failed_files == ["c" * 64] and tally.uploaded_bytes == 60
    assert talk.kinds()[-2:] == ["Pull", "Save"]


def test_without_files_none_are_asked_for() -> None:
    talk = Talk(
        {core.Pull: lambda _a: page([], want=["a" * 64]), core.Save: lambda _a: core.Saved(), core.Take: lambda _a: []}
    )
    talk.run(files=False)
    assert "Plan" not in talk.kinds()


def test_a_restored_platform_is_read_from_the_last_common_point_and_told_what_it_lost() -> None:
    ours = feed(*"abcdefgh")
    for common in (0, 1, 3, 7):
        theirs: dict[int, str] = {row.seq: row.chain for row in ours[:common]}
        for seq in range(common + 1, 7):
            theirs[seq] = "f" * 64
        asked: list[Cursor] = []
        lost = [True]

        def pull(ask: core.Pull, asked: list[Cursor] = asked) -> Page | core.Diverged:
            asked.append(ask.cursor)
            here = (ask.cursor.seq, ask.cursor.chain, "sig")
            return Page("new", [], False, here) if ask.cursor.epoch == "new" else core.Diverged("new", 7)

        def chains(ask: core.Chains, theirs: dict[int, str] = theirs) -> dict[int, bool]:
            return {seq: seq <= len(ours) and ours[seq - 1].chain == theirs.get(seq) for seq in ask.seqs}

        def rewind(ask: core.Rewind) -> Cursor:
            return Cursor(ask.epoch, ask.common, ours[ask.common - 1].chain if ask.common else GENESIS)

        def refill(_ask: core.Refill, lost: list[bool] = lost) -> bool:
            lost[0] = False
            return True

        talk = Talk({
            core.Pull: pull, core.Chains: chains, core.Refill: refill, core.Rewind: rewind,
            core.Save: lambda _a, lost=lost: core.Saved(lost=lost[0]), core.Take: lambda _a: [],
        }, Cursor("old", 8, ours[-1].chain))  # fmt: skip
        talk.run()
        assert [ask.common for ask in talk.asked if isinstance(ask, core.Rewind)] == [common]
        assert [one for one in talk.kinds() if one != "Chains"] == [
            "Pull",
            "Rewind",
            "Pull",
            "Save",
            "Refill",
            "Pull",
            "Save",
            "Take",
        ]
        assert asked[-1].seq == common


def test_what_a_platform_will_not_take_back_does_not_keep_the_round() -> None:
    talk = Talk({
        core.Pull: lambda a: page([], after=a.cursor), core.Save: lambda _a: core.Saved(lost=True), core.Refill: lambda _a: True,
        core.Take: lambda _a: [],
    })  # fmt: skip
    talk.run()
    assert talk.kinds() == ["Pull", "Save", "Refill", "Pull", "Save", "Take"]


def test_a_platform_that_disowns_its_history_for_ever_is_not_believed() -> None:
    talk = Talk({
        core.Pull: lambda _a: core.Diverged("other", 0), core.Rewind: lambda a: Cursor(a.epoch),
        core.Chains: lambda a: dict.fromkeys(a.seqs, False),
    })  # fmt: skip
    with pytest.raises(BadMessage):
        talk.run()
    assert talk.kinds().count("Rewind") == core.MOST_REWINDS


def test_a_cut_list_of_wanted_files_is_asked_on_until_it_ends() -> None:
    digests = [letter * 64 for letter in "abcde"]

    def pull(ask: core.Pull) -> Page:
        rest = [one for one in digests if one > ask.want_after]
        return Page("e", [], False, (0, GENESIS, "sig"), rest[:2], want_more=len(rest) > 2, want_after=ask.want_after)

    talk = Talk({
        core.Pull: pull, core.Save: lambda _a: core.Saved(), core.Take: lambda _a: [], core.Plan: lambda a: [(one, 1, False) for one in a.want],
        core.Upload: lambda a: {one: core.Sent(False) for one, _size in a.files[1:] or a.files},  # several at once, in any order
    })  # fmt: skip
    tally = talk.run()
    assert sorted(tally.failed_files) == digests


def test_the_common_point_is_found_in_few_questions_even_in_a_long_history() -> None:
    questions = 0

    def chains(ask: core.Chains) -> dict[int, bool]:
        nonlocal questions
        questions += 1
        return {seq: seq <= 61_234 for seq in ask.seqs}

    search = core._common(100_000)
    answer: Any = None
    try:
        while True:
            answer = chains(search.send(answer))
    except StopIteration as found:
        assert found.value == 61_234
    assert questions <= 6
