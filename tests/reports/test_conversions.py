"""A request becomes a demand and a visit a find: what is known goes over, and both know of each other."""

from __future__ import annotations

import pytest

from sync.conversions import FINDS, demand_from_request, find_from_visit
from sync.errors import Refused
from sync.workspace import Workspace
from tests.reports.conftest import Year


@pytest.fixture
def request_id(year: Year) -> str:
    content = "关节模组密封材料寿命不足\n希望找到寿命不少于两万小时的密封方案。"
    values = {"org": year.company, "kind": "中试", "content": content, "contact": "王工 13862106210", "raised_on": "2026-09-11"}
    values["disclosure"] = "限定"
    return year.workspace.add("request", [values])[0]


@pytest.fixture
def visit_id(year: Year) -> str:
    values = {"org": year.company, "place": "松山湖", "started_at": "2026-09-15T17:30:00Z", "disclosure": "内部"}
    return year.workspace.draft("visit", values)


def test_a_request_becomes_a_draft_demand(year: Year, request_id: str) -> None:
    workspace = year.workspace
    demand = workspace.get(demand_from_request(workspace, request_id))
    assert demand.workflow == "draft"
    assert demand.fields["title"] == "关节模组密封材料寿命不足"
    assert demand.fields["problem"].endswith("密封方案。")
    assert (demand.fields["org"], demand.fields["found_on"], demand.fields["request_id"]) == (year.company, "2026-09-11", request_id)
    assert demand.fields["pilot_need"] is True
    assert demand.fields["disclosure"] == "限定"
    assert workspace.get(request_id).fields["demand_id"] == demand.id


def test_asking_twice_gives_the_same_demand_unless_it_was_deleted(year: Year, request_id: str) -> None:
    workspace: Workspace = year.workspace
    first = demand_from_request(workspace, request_id)
    assert demand_from_request(workspace, request_id) == first
    workspace.delete(first)
    second = demand_from_request(workspace, request_id)
    assert second != first
    assert workspace.get(request_id).fields["demand_id"] == second


@pytest.mark.parametrize("kind", FINDS)
def test_a_visit_becomes_each_kind_of_find(year: Year, visit_id: str, kind: str) -> None:
    workspace = year.workspace
    first = find_from_visit(workspace, visit_id, kind)
    made = workspace.get(first)
    assert (made.kind, made.workflow) == (kind, "draft")
    assert made.fields[FINDS[kind]] == year.company
    day = {"achievement": "found_on", "demand": "found_on", "request": "raised_on", "blocker": "since"}.get(kind)
    assert day is None or made.fields[day] == "2026-09-16"  # half past one in the morning, Dongguan time
    if kind in ("achievement", "demand"):
        assert made.fields["visit_id"] == visit_id
    second = find_from_visit(workspace, visit_id, "demand")
    assert workspace.get(visit_id).fields["finds"] == [first, second]


def test_what_cannot_be_converted_is_refused_and_changes_nothing(year: Year, visit_id: str, request_id: str) -> None:
    workspace = year.workspace
    before = workspace.rows(limit=1_000).total
    with pytest.raises(Refused):
        find_from_visit(workspace, visit_id, "landing")
    with pytest.raises(Refused):
        find_from_visit(workspace, request_id, "demand")
    with pytest.raises(Refused):
        demand_from_request(workspace, visit_id)
    with pytest.raises(LookupError):
        demand_from_request(workspace, "missing")
    workspace.delete(request_id)
    with pytest.raises(Refused):
        demand_from_request(workspace, request_id)
    assert workspace.rows(limit=1_000).total == before - 1
