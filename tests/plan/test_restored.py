"""A platform restored from an older backup, and the laptops that bring back what it lost: real rounds over the wire."""

from __future__ import annotations

from pathlib import Path

from desktop import wording
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
