"""The wire read back: what is not exactly the protocol is refused by its place, before anything of it is believed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.messages import (
    GENESIS,
    MAX_PAGE_ROWS,
    BadMessage,
    Change,
    Cursor,
    FeedRow,
    Page,
    canonical,
    head_text,
    link,
    wipe_text,
)

Spoil = Callable[[dict[str, Any]], Any]


def change_body() -> dict[str, Any]:
    return {
        "id": "c" * 32, "record": "r1", "kind": "demand", "device": "d1", "at": "2026-03-01T00:00:00Z",
        "fields": {"title": ["旧", "新"]}, "workflow": ["draft", "queued"], "resolves": ["k1"], "reason": "原因", "seen": 3,
    }  # fmt: skip


def rows(count: int, after: Cursor) -> list[dict[str, Any]]:
    return [
        {"seq": after.seq + n, "change": f"c{n}", "record": "r1", "kind": "demand", "fields": {"title": [None, f"{n}"]}, "version": n}
        for n in range(1, count + 1)
    ]


def page_body(count: int = 3, after: Cursor | None = None) -> dict[str, Any]:
    begun = after or Cursor()
    listed, chain = rows(count, begun), begun.chain
    for row in listed:
        chain = link(chain, row)
    return {
        "epoch": "e1", "rows": listed, "more": False, "head": [begun.seq + count, chain, "sig"], "want": ["a" * 64], "want_more": False,
        "facts": {"targets": []}, "time": "2026-03-01T00:00:00Z",
    }  # fmt: skip


def relinked(body: dict[str, Any]) -> dict[str, Any]:
    """The same page with a head that fits its rows: only the spoiled part is wrong."""
    chain = GENESIS
    for row in body["rows"]:
        chain = link(chain, row)
    body["head"][:2] = [len(body["rows"]), chain]
    return body


def test_a_change_comes_back_as_it_went() -> None:
    body = change_body()
    assert Change.from_json(copy.deepcopy(body)).to_json() == body
    small = {name: body[name] for name in ("id", "record", "kind", "device", "at", "fields")}
    assert Change.from_json(small).to_json() == small


def test_unknown_parts_of_a_change_do_no_harm() -> None:
    assert Change.from_json({**change_body(), "colour": "red"}).id == "c" * 32


BAD_CHANGES: dict[str, Spoil] = {
    "not an object": lambda _b: [1],
    "no id": lambda b: b.pop("id"),
    "id too long": lambda b: b.update(id="c" * 33),
    "id a number": lambda b: b.update(id=7),
    "empty record": lambda b: b.update(record=""),
    "record too long": lambda b: b.update(record="r" * 37),
    "kind too long": lambda b: b.update(kind="k" * 41),
    "no device": lambda b: b.pop("device"),
    "at missing": lambda b: b.pop("at"),
    "fields a list": lambda b: b.update(fields=[]),
    "a field without its base": lambda b: b.update(fields={"title": ["新"]}),
    "a field that is a text": lambda b: b.update(fields={"title": "新"}),
    "workflow without target": lambda b: b.update(workflow=["draft"]),
    "workflow to a number": lambda b: b.update(workflow=["draft", 1]),
    "workflow a text": lambda b: b.update(workflow="queued"),
    "stage to a number": lambda b: b.update(stage=["a", 1]),
    "resolves a text": lambda b: b.update(resolves="k1"),
    "resolves numbers": lambda b: b.update(resolves=[1]),
    "seen negative": lambda b: b.update(seen=-1),
    "seen true": lambda b: b.update(seen=True),
    "seen a text": lambda b: b.update(seen="3"),
}


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_what_is_no_change_is_refused(name: str) -> None:
    body = change_body()
    told = BAD_CHANGES[name](body)
    with pytest.raises(BadMessage):
        Change.from_json(told if isinstance(told, list) else body)


@pytest.mark.parametrize("body", [
    None, "e:1", [], ["e", 1], ["e", 1, "x"], ["e", 1, GENESIS, 2], [1, 1, GENESIS], ["e", "1", GENESIS], ["e", -1, GENESIS],
    ["e", True, GENESIS], ["e", 2**53, GENESIS], ["e", 1.0, GENESIS], ["e", 1, None],
])  # fmt: skip
def test_what_is_no_cursor_is_refused(body: Any) -> None:
    with pytest.raises(BadMessage):
        Cursor.from_json(body)


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursor("e", 2**53 - 1, "ab" * 32)
    assert Cursor.from_json(cursor.to_json()) == cursor


def test_a_page_is_read_and_leads_on() -> None:
    page = Page.from_json(page_body(), Cursor())
    assert [row.seq for row in page.rows] == [1, 2, 3] and page.rows[-1].chain == page.head[1]
    assert page.cursor(Cursor()) == Cursor("e1", 3, page.head[1])
    assert (page.rows[0].change, page.rows[0].record) == ("c1", "r1")
    after = page.cursor(Cursor())
    following = Page.from_json(page_body(2, after), after)
    assert [row.seq for row in following.rows] == [4, 5]
    empty = Page.from_json(page_body(0, after), after)
    assert empty.cursor(after) == after and not empty.rows
    assert Page.from_json(page.to_json(), Cursor()) == page


def swap(body: dict[str, Any]) -> None:
    body["rows"][0], body["rows"][1] = body["rows"][1], body["rows"][0]


#: Each spoils a good page; "linked" ones get a chain and head that fit again, so that nothing else gives them away.
BAD_PAGES: dict[str, Spoil] = {
    "rows missing": lambda b: b.pop("rows"),
    "rows an object": lambda b: b.update(rows={}),
    "a hole": lambda b: b["rows"].pop(1),
    "a hole at the beginning": lambda b: b["rows"].pop(0),
    "the last row cut off": lambda b: b["rows"].pop(),
    "out of order": swap,
    "a row twice": lambda b: b["rows"].insert(1, b["rows"][0]),
    "a row that is a text": lambda b: b["rows"].__setitem__(1, "row"),
    "a value turned over": lambda b: b["rows"][1]["fields"].update(title=[None, "别的"]),
    "a receipt for another record": lambda b: b["rows"][1].update(record="r2"),
    "another change's name": lambda b: b["rows"][1].update(change="c9"),
    "head from the future": lambda b: b["head"].__setitem__(0, 4),
    "head of another chain": lambda b: b["head"].__setitem__(1, "f" * 64),
    "head missing": lambda b: b.pop("head"),
    "head cut": lambda b: b.update(head=[3]),
    "head seq true": lambda b: b["head"].__setitem__(0, True),
    "signature a number": lambda b: b["head"].__setitem__(2, 1),
    "epoch missing": lambda b: b.pop("epoch"),
    "epoch empty": lambda b: b.update(epoch=""),
    "want a text": lambda b: b.update(want="a"),
    "want a short digest": lambda b: b.update(want=["a"]),
    "more wanted, none named": lambda b: b.update(want=[], want_more=True),
    "facts a list": lambda b: b.update(facts=[]),
    "there is more, and nothing came": lambda b: (b.update(more=True, rows=[]), relinked(b)),
}
BAD_ROWS: dict[str, Spoil] = {
    "seq true": lambda r: r.update(seq=True),
    "seq a text": lambda r: r.update(seq="1"),
    "no change": lambda r: r.pop("change"),
    "no record": lambda r: r.pop("record"),
    "record empty": lambda r: r.update(record=""),
    "kind a number": lambda r: r.update(kind=1),
    "fields a list": lambda r: r.update(fields=[]),
    "a field that is no pair": lambda r: r.update(fields={"title": ["新"]}),
    "version a text": lambda r: r.update(version="1"),
    "version negative": lambda r: r.update(version=-1),
    "version true": lambda r: r.update(version=True),
    "workflow no pair": lambda r: r.update(workflow="queued"),
    "workflow to nothing": lambda r: r.update(workflow=["draft", None]),
    "facts a list": lambda r: r.update(facts=[1]),
    "amendment a text": lambda r: r.update(amendment="x"),
    "said a list": lambda r: r.update(said=[1]),
    "conflicts an object": lambda r: r.update(conflicts={"a": 1}),
    "a conflict without id": lambda r: r.update(conflicts=[{"field": "title"}]),
    "a conflict without field": lambda r: r.update(conflicts=[{"id": "k"}]),
    "closed a text": lambda r: r.update(closed="k"),
    "problems without code": lambda r: r.update(problems=[{}]),
}


@pytest.mark.parametrize("name", BAD_PAGES)
def test_a_page_that_is_not_whole_is_refused(name: str) -> None:
    body = page_body()
    BAD_PAGES[name](body)
    with pytest.raises(BadMessage):
        Page.from_json(body, Cursor())


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_row_that_is_none_is_refused_also_where_its_chain_is_right(name: str) -> None:
    body = page_body(1)
    BAD_ROWS[name](body["rows"][0])
    with pytest.raises(BadMessage):
        Page.from_json(relinked(body), Cursor())


@pytest.mark.parametrize("body", [None, [], "page", 1])
def test_what_is_no_page_is_refused(body: Any) -> None:
    with pytest.raises(BadMessage):
        Page.from_json(body, Cursor())


def test_a_page_for_another_place_is_refused() -> None:
    good = Page.from_json(page_body(), Cursor()).cursor(Cursor())
    for wrong in (Cursor("e1", 2, good.chain), Cursor("e1", 3, "f" * 64), Cursor("e1", 9, good.chain), Cursor("e2", 3, good.chain)):
        with pytest.raises(BadMessage):
            Page.from_json(page_body(2, good), wrong)


def test_a_page_without_rows_cannot_move_the_cursor() -> None:
    here = Cursor("e1", 3, "ab" * 32)
    body = page_body(0, here)
    body["head"][0] = 4
    with pytest.raises(BadMessage):
        Page.from_json(body, here)
    assert Page.from_json(page_body(0, here), here).cursor(here) == here


def test_a_hundred_thousand_rows_at_once_are_not_a_page() -> None:
    most = page_body(MAX_PAGE_ROWS)
    assert len(Page.from_json(most, Cursor()).rows) == MAX_PAGE_ROWS
    with pytest.raises(BadMessage, match=str(MAX_PAGE_ROWS)):
        Page.from_json(page_body(100_000), Cursor())


def test_a_cut_list_of_wanted_files_must_go_on() -> None:
    body = {**page_body(0), "want": ["b" * 64], "want_more": True}
    page = Page.from_json(body, Cursor(), "a" * 64)
    assert page.want_more and page.want_after == "a" * 64
    with pytest.raises(BadMessage):
        Page.from_json(body, Cursor(), "b" * 64)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(1e-3, 1e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=8,
)  # fmt: skip


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_the_canonical_form_is_what_anybodys_json_makes(value: object) -> None:
    """Keys sorted, nothing escaped that need not be: chains can be followed by a program in another language."""
    assert canonical(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_the_canonical_form_is_one_form() -> None:
    assert canonical({"b": 1, "a": ["中"]}) == canonical({"a": ["中"], "b": 1}) == '{"a":["中"],"b":1}'.encode()
    assert head_text("u", "e", 1, "c") == b'["liaison-head","u","e",1,"c"]'
    assert link(GENESIS, {"seq": 1}) != link(GENESIS, {"seq": 2}) != link("1" * 64, {"seq": 1})
    row = FeedRow({"seq": 7, "change": "c", "record": "r"}, "x")
    assert (row.seq, row.change, row.record) == (7, "c", "r")


def test_what_the_platform_signs_is_exactly_this() -> None:
    assert head_text("441900119", "e1", 7, "ab") == b'["liaison-head","441900119","e1",7,"ab"]'
    assert wipe_text("cd") == b'["liaison-wipe","cd"]'
