"""The laws of the merge, before any convergence: random histories, each law on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core import merge
from sync.domain.fields import Merge

WORDS = st.lists(st.sampled_from("甲乙丙丁戊"), max_size=4, unique=True)
PLAIN = st.one_of(st.none(), st.sampled_from(["", "一", "二", "三"]), st.integers(0, 2), st.booleans())
NAMES = ("p", "q", "s")


def policy(name: str) -> Merge:
    return "union" if name == "s" else "value"


def values() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"p": PLAIN, "q": PLAIN, "s": WORDS})


def held(state: Mapping[str, Any], done: merge.Applied) -> dict[str, Any]:
    return {**state, **done.values}


@given(values(), values())
def test_a_one_sided_change_wins(base: dict[str, Any], mine: dict[str, Any]) -> None:
    done = merge.apply(base, merge.difference(base, mine), policy)
    assert not done.clashes
    assert all(merge.equal(held(base, done)[name], mine[name]) for name in NAMES)


@given(values(), values())
def test_equal_changes_agree(base: dict[str, Any], mine: dict[str, Any]) -> None:
    done = merge.apply(mine, merge.difference(base, mine), policy)
    assert not done.clashes
    assert not done.values


@given(values(), values(), values())
def test_which_fields_clash_does_not_depend_on_who_came_first(
    base: dict[str, Any], a: dict[str, Any], b: dict[str, Any]
) -> None:
    first = merge.apply(a, merge.difference(base, b), policy)
    second = merge.apply(b, merge.difference(base, a), policy)
    assert set(first.clashes) == set(second.clashes)


@given(values(), values(), values())
def test_every_change_ends_in_the_result_or_in_a_clash(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    changes = merge.difference(base, mine)
    done = merge.apply(theirs, changes, policy)
    for name, (_was, new) in changes.items():
        if policy(name) == "union":
            now = held(theirs, done)[name] or []
            assert set(new or []) - set(base[name]) <= set(now)
            assert not (set(base[name]) - set(new or [])) & set(now) - set(theirs[name]) - set(new or [])
        else:
            assert name in done.same or name in done.clashes or merge.equal(done.values[name], new)
            if name in done.clashes:
                assert done.clashes[name] == (merge.plain(base[name]), merge.plain(new), merge.plain(theirs[name]))


@given(values(), values(), values())
def test_a_concurrent_value_is_never_overwritten(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    done = merge.apply(theirs, merge.difference(base, mine), policy)
    for name in ("p", "q"):
        if not merge.equal(theirs[name], base[name]) and not merge.equal(theirs[name], mine[name]):
            assert name not in done.values


@given(values(), values(), values())
def test_applying_twice_changes_nothing_more(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    changes = merge.difference(base, mine)
    once = merge.apply(theirs, changes, policy)
    twice = merge.apply(held(theirs, once), changes, policy)
    assert all(
        merge.equal(held(theirs, once)[name], value) for name, value in twice.values.items() if policy(name) != "union"
    )
    assert set(twice.clashes) == set(once.clashes)


@given(WORDS, WORDS, WORDS)
def test_in_sets_additions_stay_and_removals_hold(base: list[str], mine: list[str], theirs: list[str]) -> None:
    both = merge.union(base, mine, theirs)
    assert set(both) == (set(base) & set(mine) & set(theirs)) | (set(mine) - set(base)) | (set(theirs) - set(base))
    assert len(both) == len(set(both))
    assert set(merge.union(base, theirs, mine)) == set(both)


@given(values(), st.lists(values(), max_size=4))
def test_the_view_is_the_last_thing_typed(base: dict[str, Any], steps: list[dict[str, Any]]) -> None:
    changes, seen = [], base
    for step in steps:
        changes.append(merge.difference(seen, step))
        seen = step
    view = merge.overlay(base, changes, policy)
    assert all(
        merge.equal(view.get(name), seen[name]) or set(view.get(name) or []) == set(seen[name]) for name in NAMES
    )


@given(values(), values(), values())
def test_folding_two_changes_is_making_them_one_after_the_other(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    folded = merge.fold(merge.difference(a, b), merge.difference(b, c), lambda _name: "value")
    assert merge.overlay(a, [folded], lambda _name: "value") == merge.overlay(
        a, [merge.difference(a, c)], lambda _name: "value"
    )
    assert all(not merge.equal(*pair) for pair in folded.values())


@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_folded_words_do_the_same_as_both_changes_whatever_is_held(
    a: list[str], b: list[str], c: list[str], d: list[str], held: list[str]
) -> None:
    first, second = {"s": (a, b)}, {"s": (c, d)}
    folded = merge.fold(first, second, policy)
    one = merge.overlay({"s": held}, [folded], policy).get("s") or []
    two = merge.overlay({"s": held}, [first, second], policy).get("s") or []
    assert set(one) == set(two)


CLAUSES = st.lists(
    st.sampled_from(["主轴温升，", "尺寸漂移，", "需在线补偿。", "误差 5 μm，", "现有人工补偿。"]), max_size=5
).map("".join)


@given(CLAUSES, CLAUSES)
def test_a_text_changed_on_one_side_is_combined_as_that_side(base: str, mine: str) -> None:
    assert merge.combine(base, mine, base) == (mine, True)
    assert merge.combine(base, base, mine) == (mine, True)
    assert merge.combine(base, mine, mine) == (mine, True)


@given(CLAUSES, CLAUSES, CLAUSES)
def test_no_new_clause_of_either_side_is_dropped_from_a_combined_text(base: str, mine: str, theirs: str) -> None:
    text, _clean = merge.combine(base, mine, theirs)
    for side in (mine, theirs):
        for clause in merge._clauses(side):
            assert clause in text or clause in merge._clauses(base)


def test_two_sentences_changed_by_two_people_stand_side_by_side() -> None:
    base = "需在前 10 分钟预警，误报率不高于 0.5%，并能接入系统。"
    mine = base.replace("10", "15")
    theirs = base.replace("接入系统。", "接入系统，支持两种体系。")
    text, clean = merge.combine(base, mine, theirs)
    assert clean
    assert text == "需在前 15 分钟预警，误报率不高于 0.5%，并能接入系统，支持两种体系。"


def test_the_same_clause_changed_twice_keeps_both_and_says_so() -> None:
    text, clean = merge.combine("误差 5 μm。", "误差 4 μm。", "误差 3 μm。")
    assert not clean
    assert "4 μm" in text and "3 μm" in text


def test_nothing_is_one_value_and_zero_and_no_are_something() -> None:
    assert [merge.plain(one) for one in (None, "", [])] == [None, None, None]
    assert [merge.plain(one) for one in (0, False, {}, "x", ["x"])] == [0, False, {}, "x", ["x"]]
    assert merge.equal("", None) and merge.equal([], "") and not merge.equal(0, None) and not merge.equal(0, False) and not merge.equal(1, True)


@pytest.mark.parametrize(("held", "base", "new"), [("甲", "乙", "丙"), ([1], [2], [3]), ([{"a": 1}], [], [{"a": 2}]), ("甲", None, ["丙"])])
def test_only_words_are_joined_everything_else_clashes(held: Any, base: Any, new: Any) -> None:
    assert merge.apply({"s": held}, {"s": (base, new)}, policy).clashes == {"s": (merge.plain(base), new, held)}
    assert merge.overlay({"s": held}, [{"s": (base, new)}], policy) == {"s": new}


def test_words_of_a_single_value_are_not_joined() -> None:
    assert merge.apply({"p": ["甲"]}, {"p": (["乙"], ["丙"])}, policy).clashes == {"p": (["乙"], ["丙"], ["甲"])}
    assert merge.overlay({"p": ["甲"]}, [{"p": (["乙"], ["丙"])}], policy) == {"p": ["丙"]}
    assert merge.fold({"p": (["甲"], ["乙"])}, {"p": (["丙"], ["丁"])}, policy) == {"p": (["甲"], ["丁"])}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "combined", "clean"),
    [
        ("一，二，三。", "甲，二，三。", "一，乙，三。", "甲，乙，三。", True),  # neighbours, one each
        ("一，二，三。", "一，乙，三。", "甲，二，三。", "甲，乙，三。", True),
        ("一，二，三。", "一，二，丙。", "甲，二，三。", "甲，二，丙。", True),
        ("一，二，三，四。", "甲，乙，三，四。", "一，丁，三，四。", "甲，乙，一，丁，三，四。", False),  # they overlap
        ("一，二，三，四。", "一，乙，三，四。", "甲，丁，三，四。", "一，乙，甲，丁，三，四。", False),
        ("一。", "一。甲。", "一。乙。", "一。甲。乙。", False),  # both add at the same place
        ("一。", "一。甲。", "一。甲。", "一。甲。", True),
        ("一。", "甲。丙。", "乙。丙。", "甲。丙。乙。", False),  # what both wrote stands once
        ("一，二，三。", "一，三。", "一，二，三，四。", "一，三，四。", True),
        ("一，二。", "", "一，二。三。", "三。", True),
        ("", "甲。", "乙。", "甲。乙。", False),
        ("厚 5", "厚 5，附着力", "厚 3", "厚 5，附着力；厚 3", False),  # without a mark at its end
    ],
)
def test_how_texts_are_combined(base: str, mine: str, theirs: str, combined: str, clean: bool) -> None:
    assert merge.combine(base, mine, theirs) == (combined, clean)
