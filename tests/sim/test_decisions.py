"""Decisions on conflicts and taking them back, by real laptops and a real platform on one thread: who and when stay where they belong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sync import engine
from sync.errors import ManyDeletions, Refused
from sync.messages import Change
from sync.workspace import Workspace
from tests.sim import wire
from tests.sim.world import Laptop, World, history

FIELD = "problem"
BEFORE, FIRST, SECOND = "涂层易剥落", "涂层三个月就剥落", "涂层半年后开裂"


@pytest.fixture
def world() -> Iterator[World]:
    with history(5, 0, rates={}) as made:
        yield made


def everybody(world: World) -> None:
    for _ in range(2):
        for laptop in world.laptops[:3]:
            assert world.sync(laptop)


def clashed(world: World) -> tuple[Laptop, Laptop, Laptop, str]:
    """Two laptops changed one field; the third looks on. The first one's words are on the platform."""
    first, second, third = world.laptops[:3]
    record = first.workspace.draft("demand", {"title": "高光压铸模具表面涂层", FIELD: BEFORE})
    everybody(world)
    first.workspace.edit(record, {FIELD: FIRST})
    second.workspace.edit(record, {FIELD: SECOND})
    assert world.sync(first) and world.sync(second)
    everybody(world)
    return first, second, third, record


def shown(laptop: Laptop, record: str) -> Any:
    return laptop.workspace.get(record).fields.get(FIELD)


def refused(workspace: Workspace, record: str, field: str = FIELD) -> str:
    with pytest.raises(Refused) as error:
        workspace.undo(record, field)
    return error.value.problems[0].code


def test_who_and_when_stay_with_their_side_before_and_after_the_decision(world: World) -> None:
    first, second, third, record = clashed(world)
    open_ = {}
    for laptop, own in ((first, FIRST), (second, SECOND), (third, FIRST)):
        (clash,) = laptop.workspace.conflicts(record)
        assert shown(laptop, record) == own == clash.mine, "mine is what stands here"
        sides = {(clash.mine, clash.mine_by), (clash.theirs, clash.by)}
        assert sides == {(FIRST, "联络员dev-L1"), (SECOND, "联络员dev-L2")}
        assert (clash.at < clash.mine_at) == (own == SECOND), "the second wrote later"
        open_[laptop.name] = clash
    first.workspace.resolve(record, FIELD, "theirs")
    (waiting,) = first.workspace.decisions(record)
    assert (waiting.by, waiting.kept, waiting.back, waiting.stands) == ("联络员dev-L1", SECOND, FIRST, True)
    everybody(world)
    for laptop in (first, second, third):
        (told,) = laptop.workspace.decisions(record)
        assert told.conflict == open_[laptop.name], "the two sides as they stood, with their own names and times"
        assert (told.by, told.kept, told.back, told.stands) == ("联络员dev-L1", SECOND, FIRST, True)
        assert told.at > max(told.conflict.at, told.conflict.mine_at)


def test_what_a_colleague_brought_is_still_its_makers(world: World) -> None:
    first, second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, "mine")
    everybody(world)
    second.workspace.edit(record, {FIELD: "第二台写的，没有网"})
    assert first.workspace.take_in([Change.from_json(body) for body in second.workspace.feed.hand_out()]) == 1
    third.workspace.edit(record, {FIELD: "第三台写的"})
    assert world.sync(third) and world.sync(first)
    (clash,) = first.workspace.conflicts(record)
    assert {clash.mine_by, clash.by} == {"联络员dev-L2", "联络员dev-L3"} and clash.mine == shown(first, record)
    with first.workspace.database.read() as connection:
        row = json.loads(connection.exec_driver_sql("SELECT body FROM feed ORDER BY seq DESC").scalars().first() or "")
    assert (row["by"], row["device"], row["via"]) == ("联络员dev-L2", "dev-L2", "联络员dev-L1")


@pytest.mark.parametrize(("take", "kept", "back"), [("theirs", SECOND, FIRST), ("mine", FIRST, SECOND), ("value", "另写", FIRST)])
def test_a_decision_made_on_another_laptop_is_taken_back_here(world: World, take: Any, kept: str, back: str) -> None:
    first, _second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, take, "另写")
    everybody(world)
    assert [shown(one, record) for one in world.laptops[:3]] == [kept] * 3
    third.workspace.undo(record, FIELD)
    assert shown(third, record) == back and not third.workspace.conflicts(record)
    everybody(world)
    assert [shown(one, record) for one in world.laptops[:3]] == [back] * 3 and not third.workspace.conflicts(record)
    last = next(one for one in first.workspace.timeline(record) if FIELD in one.changes)
    assert (last.who, last.changes[FIELD]) == ("联络员dev-L3", (kept, back))
    assert refused(first.workspace, record) == "DECISION_OVERTAKEN", "it is taken back already"


def test_an_own_decision_is_taken_back_before_it_was_sent(world: World) -> None:
    _first, second, _third, record = clashed(world)
    second.workspace.resolve(record, FIELD, "theirs")
    second.workspace.undo(record, FIELD)
    assert shown(second, record) == SECOND
    everybody(world)
    assert [shown(one, record) for one in world.laptops[:3]] == [SECOND] * 3


def test_what_was_written_since_is_never_overwritten_by_taking_back(world: World) -> None:
    first, second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, "mine")
    everybody(world)
    second.workspace.edit(record, {FIELD: "后来又写的"})
    assert refused(second.workspace, record) == "DECISION_OVERTAKEN"
    third.workspace.undo(record, FIELD)  # offline: it does not know yet
    everybody(world)
    (clash,) = first.workspace.conflicts(record)
    assert {clash.mine, clash.theirs} == {"后来又写的", SECOND}
    assert refused(first.workspace, record) == "DECISION_OVERTAKEN", "it is in conflict again"


def test_thirty_days_by_the_platforms_clock_whatever_the_laptops_says(world: World) -> None:
    first, _second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, "theirs")
    everybody(world)
    third.drift = timedelta(days=400)
    assert third.workspace.decisions(record)[0].stands
    world.server_drift = timedelta(days=29)
    everybody(world)
    assert third.workspace.decisions(record)[0].stands
    world.server_drift = timedelta(days=31)
    everybody(world)
    assert third.workspace.decisions(record) == [] and refused(third.workspace, record) == "NO_DECISION"


def test_nothing_to_take_back_is_said(world: World) -> None:
    _first, _second, third, record = clashed(world)
    assert refused(third.workspace, record) == "NO_DECISION", "nobody decided yet"
    assert refused(third.workspace, record, "title") == "NO_DECISION"


@pytest.mark.parametrize(("take", "given_up"), [("mine", FIRST), ("theirs", SECOND), ("value", FIRST), ("value", SECOND)])
def test_a_value_that_was_given_up_stays_in_the_timeline(world: World, take: Any, given_up: str) -> None:
    first, _second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, take, "另写")
    everybody(world)
    found = [(one.who, one.changes[FIELD][1]) for one in third.workspace.timeline(record) if FIELD in one.changes]
    assert (("联络员dev-L1" if given_up == FIRST else "联络员dev-L2"), given_up) in found, found


@pytest.mark.parametrize("deleted", [True, False])
def test_a_decision_about_deleting_is_taken_back_with_what_it_gave_up(world: World, deleted: bool) -> None:
    first, second, third, record = clashed(world)
    first.workspace.resolve(record, FIELD, "mine")
    everybody(world)
    first.workspace.delete(record)
    second.workspace.edit(record, {FIELD: SECOND})
    assert world.sync(first) and world.sync(second)
    everybody(world)
    second.workspace.resolve(record, "workflow", "theirs" if deleted else "mine")
    everybody(world)
    assert [one.workspace.get(record).workflow for one in world.laptops[:3]] == ["deleted" if deleted else "draft"] * 3
    third.workspace.undo(record, "workflow")
    everybody(world)
    assert [one.workspace.get(record).workflow for one in world.laptops[:3]] == ["draft" if deleted else "deleted"] * 3
    assert [shown(one, record) for one in world.laptops[:3]] == [SECOND] * 3


def test_a_mass_of_deletions_stops_and_asks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.ledger.MAX_PAGE_ROWS", 2_000)
    first, second, _third, record = clashed(world)
    first.workspace.resolve(record, FIELD, "mine")
    many = [first.workspace.draft("demand", {"title": f"草稿{number}"}) for number in range(30)]
    everybody(world)
    for one in many:
        second.workspace.delete(one)
    assert world.sync(second), "who deletes them himself is not asked"
    second.workspace.restore(many[0])
    assert world.sync(second)
    before = first.workspace.dump()
    with pytest.raises(ManyDeletions) as asked:
        engine.sync_round(first.workspace, wire.Wire(world, first))
    assert asked.value.detail == "29" and first.workspace.dump() == before
    first.workspace.draft("demand", {"title": "还能写"})
    engine.sync_round(first.workspace, wire.Wire(world, first), deletions=True)
    assert sum(first.workspace.get(one).workflow == "deleted" for one in many) == 29
    assert first.workspace.pending().records == 0
