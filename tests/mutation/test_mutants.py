"""The planter itself: which mistakes it makes, and that a planted one is met by whoever imported the function before."""

from __future__ import annotations

import types
from pathlib import Path

from tests.mutation.mutants import mutants, plant

ROOT = Path(__file__).resolve().parents[2]
SOURCE = '''
LIMIT = 7

class Page:
    size: int = 3

    @property
    def full(self) -> bool:
        return self.size > 2 and not self.closed()

    def closed(self, least: int = 1) -> bool:
        """Not 5 things."""
        self.seen = True
        return False

def kept(words: list[str], at: int) -> list[str]:
    if words:
        words.append(str(at + 1))
    return [one for one in words if one in LIMIT]
'''


def test_every_kind_of_mistake_is_made_and_only_where_code_runs() -> None:
    assert {one.name for one in mutants(SOURCE)} == {
        "Page.full: return self.size > 2 and (not self.closed()) -> return None",
        "Page.full: self.size > 2 and (not self.closed()) -> self.size > 2 or not self.closed()",
        "Page.full: self.size > 2 -> self.size >= 2", "Page.full: 2 -> 3", "Page.full: not self.closed() -> self.closed()",
        "Page.closed: self.seen = True -> pass", "Page.closed: True -> False", "Page.closed: False -> True",
        "kept: if words: words.append(str(at + 1)) -> if not words: words.append(str(at + 1))",
        "kept: words.append(str(at + 1)) -> pass", "kept: at + 1 -> at - 1", "kept: 1 -> 2",
        "kept: return [one for one in words if one in LIMIT] -> return None",
        "kept: [one for one in words if one in LIMIT] -> [one for one in words]", "kept: one in LIMIT -> one not in LIMIT",
    }  # fmt: skip


def test_a_planted_mistake_is_met_also_by_who_imported_the_function_before() -> None:
    module = types.ModuleType("planted")
    exec(compile(SOURCE, "planted", "exec"), vars(module))  # noqa: S102  the lines above
    page, kept = module.Page(), module.kept
    assert page.full
    by_name = {one.name: one for one in mutants(SOURCE)}
    plant(by_name["Page.closed: False -> True"], module, "planted")
    assert not page.full
    plant(by_name["Page.full: 2 -> 3"], module, "planted")
    module.Page.closed = lambda _self: False
    assert not page.full, "a property's body"
    plant(by_name["kept: return [one for one in words if one in LIMIT] -> return None"], module, "planted")
    assert kept([], 1) is None


def test_every_mutant_of_the_core_can_be_compiled() -> None:
    for one in mutants((ROOT / "sync/core/merge.py").read_text("utf-8")):
        compile(one.made, "sync/core/merge.py", "exec")
