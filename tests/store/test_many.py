"""Many records: what is kept of them is what would be worked out anew, and what is left out of a question bears on nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync import judging
from sync.domain import facts
from sync.intake import new_id
from sync.store.edits import Edit
from sync.store.shelf import Kept, Shelf
from sync.store.tables import change, record
from sync.workspace import Workspace, now
from tests.store.conftest import KEY, as_version_two, opened

Demand = Callable[..., dict[str, Any]]

def counted(workspace: Workspace) -> dict[str, Any]:
    """Progress and to-do by an empty reckoning."""
    workspace._reckoned = judging.Reckoned(workspace.database)
    return {"quota": workspace.quota(2026), "todo": workspace.todo()}


def test_what_another_process_changes_is_seen_in_what_is_kept(workspace: Workspace, folder: Path, demand: Demand) -> None:
    """The command line beside the window: a company gets a name, a draft is corrected, another comes, one goes."""
    records = workspace.add("demand", [demand(title=f"第{n}项需求的名称", budget_fen=5) for n in range(3)])
    company = str(workspace.get(records[0]).fields["org"])
    workspace.quota(2026), workspace.todo()
    beside = opened(folder)
    seen = []
    for step in (
        lambda: beside.edit(records[0], {"budget_fen": 30_000_000}),
        lambda: beside.edit(company, {"contact_phone": "12"}),
        lambda: beside.add("demand", [demand(title="后来的一项需求")]),
        lambda: beside.delete(records[1]),
        lambda: beside.restore(records[1]),
    ):
        step()
        kept = {"quota": workspace.quota(2026), "todo": workspace.todo()}
        assert kept == counted(workspace)
        seen.append(str(kept))
    assert len(set(seen)) == 5, "each step changes what is shown"
    beside.close()


def test_only_what_changed_is_judged_again(workspace: Workspace, demand: Demand) -> None:
    records = workspace.add("demand", [demand(title=f"第{n}项需求的名称", org={"name": f"东莞市第{n}公司"}) for n in range(5)], strict=False)
    kept: Kept[str] = Kept(workspace.database)
    made: list[str] = []

    def make(held: Any, row: Any) -> str:
        made.append(row.id)
        return str(held.values([held.get(row.id).fields["org"]]))

    first = kept.all(("demand",), 1, make)
    assert sorted(made) == sorted(records) and len(first) == 5
    made.clear()
    assert kept.all(("demand",), 1, make) is first, "nothing changed"
    assert made == []
    workspace.edit(str(workspace.get(records[2]).fields["org"]), {"division": "441900119"})
    assert "441900119" in str(kept.all(("demand",), 1, make))
    assert made == [records[2]], "its company is not what it was"
    made.clear()
    workspace.delete(records[0])
    workspace.edit(records[4], {"title": "改了名称的需求"})
    assert len(kept.of(records, 1, make)) == 4
    assert made == [records[4]]
    made.clear()
    kept.all(("demand",), 2, make)
    assert len(made) == 4, "the rules are others"


def test_records_with_nothing_in_common_need_not_be_compared(workspace: Workspace, demand: Demand) -> None:
    """A check against all others says what the check against the few that were looked up says."""
    chance = random.Random(5)
    names = ("东莞市甲科技有限公司", "东莞市甲科技有限公司（分厂）", "东莞市乙科技有限公司")
    orgs = [(new_id(), {"name": name, "org_kind": "企业", "uscc": code}) for name, code in
            ((names[0], "91441900MA0000007J"), (names[1], "91441900MA0000007J"), (names[2], None), (names[2], None), ("", None))]  # fmt: skip
    titles = ("主轴热误差补偿", "主轴 热误差 补偿。", "主轴热误差补偿方法", "锂电池隔膜涂布", "")
    scans = ["a" * 64, "b" * 64, "c" * 64]
    edits = [Edit(one, "organisation", fields) for one, fields in orgs]
    for n in range(90):
        kind = ("demand", "achievement", "landing")[n % 3]
        owner = {"demand": "org", "achievement": "owner_org", "landing": "buyer"}[kind]
        values = {"title": chance.choice(titles), owner: chance.choice([*(one for one, _fields in orgs), new_id(), None])}
        if kind == "achievement":
            values |= {"reg_no": chance.choice((None, "粤 2026-001", "粤2026001")), "ip": chance.choice((None, [], [{"number": "ZL 2026 1"}]))}
        one = new_id()
        edits.append(Edit(one, kind, values, chance.choice((None, "submitted", "accepted", "returned", "withdrawn"))))
        edits += [Edit(new_id(), "evidence", {"subject": one, "kind": "other", "sha256": chance.choice(scans)})] * chance.choice((0, 0, 1))
    workspace.local.put(edits, "D1", "441900119", now())
    said = set()
    for row in workspace.rows(("demand", "achievement", "landing"), limit=200).rows:
        held, shelf = workspace.get(row.id), Shelf(workspace.database)
        owner = "org" if row.kind == "demand" else "owner_org"
        every = []
        for one in shelf.of((row.kind,)):
            other = shelf.get(one.id)
            org = shelf.values([str(other.fields.get(owner) or "")]).get(str(other.fields.get(owner)))
            papers = [paper.facts for paper in other.papers]
            every.append(facts.known_item(other.id, other.kind, other.fields, org, papers, other.unit, None, other.workflow or ""))
        asked = (workspace.local, workspace._params(), held, "441900119", judging.date(2026, 6, 30))
        whole = judging.check(*asked, [one for one in every if one["id"] != row.id])
        assert judging.check(*asked, judging.others_of(workspace.local, held)) == whole
        said |= {one.code for one in whole.problems}
    assert said >= {"DUPLICATE", "IP_SHARED", "EVIDENCE_REUSED", "TITLE_NEAR"}


def test_a_profile_of_the_second_version_is_brought_up_to_date(folder: Path, demand: Demand) -> None:
    """Its records are found, listed and counted, and what changes from then on is marked; a copy of the old file stays."""
    one = opened(folder)
    ids = one.add("demand", [demand(title=f"第{n}项需求的名称") for n in range(3)])
    before = (one.rows().rows, one.quota(2026), one.dump())
    with one.database.write() as connection:
        as_version_two(connection)
    one.close()
    again = Workspace(folder, KEY)
    assert (again.rows().rows, again.quota(2026), again.dump()) == before
    again.edit(ids[0], {"title": "升级以后改的名称"})
    assert again.rows(search="升级").total == 1
    kept = again.quota(2026), again.todo()
    assert kept == tuple(counted(again).values())
    with again.database.read() as connection:
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")}
        assert {index.name for index in (*record.indexes, *change.indexes)} <= names
    assert again.database.problems() == []
    assert list(folder.glob("*-v2.sqlite")), "the old file"
    again.close()


@pytest.mark.parametrize("words", ["热误差", "zrwc"])
def test_a_search_finds_the_newest_of_what_it_counts(workspace: Workspace, demand: Demand, words: str) -> None:
    ids = workspace.add("demand", [demand(title=f"主轴热误差第{n}号") for n in range(8)])
    workspace.delete(ids[7])
    workspace.edit(ids[1], {"title": "主轴热误差最新"})
    found = workspace.rows(("demand", "achievement"), search=words, mine=True, limit=3)
    assert found.total == 7
    assert [row.id for row in found.rows] == [ids[1], ids[6], ids[5]]
    assert [row.id for row in workspace.rows(("demand",), search=words, limit=3, offset=3).rows] == [ids[4], ids[3], ids[2]]
