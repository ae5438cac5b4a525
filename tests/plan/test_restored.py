"""A platform restored from an older backup, and the laptops that bring back what it lost: real rounds over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop import reporting, wording
from sync import engine
from sync.reports.catalogue import REPORTS
from sync.reports.fill import fill
from sync.reports.periods import parse
from sync.store.edits import Edit
from tests.plan.conftest import HUMEN, Centre


def test_whoever_took_a_forgotten_record_loses_it_and_keeps_his_words(centre: Centre, tmp_path: Path) -> None:
    owner, other = centre.laptop(), centre.laptop(HUMEN, "王强")
    centre("backup", "--out", tmp_path / "empty.zip")
    made = owner.demand()
    owner.sync()
    centre("review", made, "accept")
    owner.sync()
    centre("restore", tmp_path / "empty.zip")
    other.w._put([Edit(made, "demand", {"title": "占来的", "problem": "我写的问题"})])
    assert other.sync().refused == 0 and other.w.get(made).sync_state == "synced", "nobody knows better yet"
    owner.w.edit(made, {"goal": "恢复后接着写"})
    owner.sync()
    assert (owner.w.get(made).workflow, owner.official()) == ("amending", 1.0)
    other.sync()
    held = other.w.get(made)
    assert (held.fields["problem"], held.sync_state, held.workflow) == ("我写的问题", "refused", "draft")
    (why,) = held.refusals
    assert why.code == "OTHERS_FIRST" and "请新建 1 条" in wording.problem(why)
    assert other.sync().pulled == 0 and other.w.get(made).refusals == held.refusals
    centre.verify()


def test_a_lower_official_figure_says_that_the_platform_is_being_refilled(
    centre: Centre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = centre.laptop(), centre.laptop(name="陈明")
    centre("backup", "--out", tmp_path / "empty.zip")
    for laptop, title in ((first, "高速主轴热误差补偿技术"), (second, "压铸模具寿命提升技术")):
        made = laptop.demand(title)
        laptop.sync()
        centre("review", made, "accept")
    second.sync()
    assert second.official() == 2.0 and "restored" not in second.w.quota(2026)
    assert first.official() == 0.0, "the first one has not read since"
    centre("restore", tmp_path / "empty.zip")
    first.sync()
    monkeypatch.setattr(engine._Performer, "_refill", lambda _self, _ask: False)  # it will not have them now
    second.sync()
    said = second.w.quota(2026)
    assert (said["discovery"]["counted"], said["restored"]["discovery"]) == (0, 2)
    report = REPORTS["register"]
    filled = fill(report, reporting.source(second.w, report, 2026), parse("year", "2026"))
    assert any("正在补回" in one.zh for one in filled.checks)
    centre("restore", tmp_path / "empty.zip")
    second.sync()
    assert second.w.quota(2026)["restored"]["discovery"] == 2, "what was said between two restores is no measure"
    monkeypatch.undo()
    second.sync()
    second.sync()
    assert second.official() == 2.0 and "restored" not in second.w.quota(2026)
    centre.verify()


def test_a_disk_set_back_under_the_same_name_and_written_on_loses_nothing(centre: Centre, tmp_path: Path) -> None:
    first, second = centre.laptop(), centre.laptop(name="陈明")
    kept, gone = first.w.draft("demand", {"title": "备份前的"}), first.w.draft("demand", {"title": "备份前删的"})
    first.w.delete(gone)
    first.sync()
    centre("backup", "--out", tmp_path / "b.zip")
    epoch = centre.service.ledger.head(first.w.required().unit)[0]
    made = first.demand()
    first.w.restore(gone)
    first.w.edit(gone, {"title": "备份后取回的"})
    first.w.delete(kept)
    first.sync()
    centre("review", made, "accept")
    first.sync()
    centre("restore", tmp_path / "b.zip")
    with centre.service.database.write() as connection:  # a copy of the disk was put back: nobody named the history anew
        centre.service.database.set(connection, "epoch", epoch)
    second.demand("压铸模具寿命提升技术")
    second.sync()
    for laptop in (first, second, first):
        laptop.sync()
    assert [first.w.get(one).workflow for one in (kept, gone, made)] == ["deleted", "draft", "accepted"]
    assert first.w.get(gone).fields["title"] == "备份后取回的" and first.official() == 1.0
    assert first.w.dump() == second.w.dump()
    centre.verify()
