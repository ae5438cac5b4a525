"""Same item or not, and what a laptop can be told without being told anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.duplicates import compare, fingerprint, fingerprints, likeness_of, lookup_keys, same_organisation

CODE = "91441900MA0000007J"
ITEM = {"id": "a", "org": {"uscc": CODE, "name": "东莞市甲科技有限公司"}, "title": "高速主轴热误差补偿技术",
        "reg_no": "4412025Y0123", "ip": ["ZL202310000001.X"], "sha256s": ["a" * 64]}  # fmt: skip
SALT = b"platform"


def found(entry, item=ITEM):
    likeness = compare(item, [entry])
    return {name for name in ("same", "shared_ip", "reused", "near") if getattr(likeness, name)}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"uscc": CODE.lower(), "title": "高速主轴 热误差、补偿技术"}, {"same"}),
        ({"name": "东莞市甲科技有限公司", "title": "高速主轴热误差补偿技术"}, {"same"}),
        ({"name": "东莞市甲科技有限公司", "uscc": "91441900MA0000015D", "title": "高速主轴热误差补偿技术"}, set()),
        ({"name": "别人", "title": "别的", "reg_no": " 4412025y0123 "}, {"same"}),
        ({"name": "别人", "title": "别的", "ip": [{"number": "202310000001X"}]}, {"shared_ip"}),
        ({"name": "别人", "title": "别的", "sha256": "A" * 64}, {"reused"}),
        ({"uscc": CODE, "title": "高速主轴热误差补偿技术（二期）"}, {"near"}),
        ({"uscc": CODE, "title": "高速主轴热误差补偿技术（二期）", "ip": ["ZL202310000001.X"]}, {"near", "shared_ip"}),
        ({"uscc": CODE, "title": "高速主轴热误差补偿技术", "ip": ["ZL202310000001.X"]}, {"same"}),
        ({"uscc": CODE, "title": "刀库换刀可靠性提升"}, set()),
        ({"uscc": CODE, "title": ""}, set()),
        ({"uscc": CODE}, set()),
        ({"id": "a", "uscc": CODE, "title": "高速主轴热误差补偿技术"}, set()),
        ({"uscc": CODE, "title": "高速主轴热误差补偿技术", "workflow": "withdrawn"}, set()),
        ({"uscc": CODE, "title": "高速主轴热误差补偿技术", "state": "merged"}, {"same"}),
        ({"ip": [None, {"number": ""}, {}], "title": "别的"}, set()),
    ],
)
def test_what_two_items_share(entry, expected):
    assert found(entry) == expected
    shared = lookup_keys(ITEM) & lookup_keys(entry)
    if expected & {"same", "shared_ip", "reused"}:
        assert shared and fingerprints(ITEM, SALT) & fingerprints(entry, SALT)


def test_first_received_keeps_the_credit():
    mine = {**ITEM, "received_at": "2026-03-12T09:00:00+08:00"}
    earlier = {"uscc": CODE, "title": ITEM["title"], "received_at": "2026-03-12T00:59:59Z"}
    later = {**earlier, "received_at": "2026-03-12T01:00:01Z"}
    assert found(earlier, mine) == {"same"} and found(later, mine) == set()
    assert found(later, ITEM) == {"same"}  # a draft comes after everything received


def test_a_demand_and_an_achievement_are_two_items():
    assert found({"kind": "demand", "uscc": CODE, "title": ITEM["title"]}, {**ITEM, "kind": "achievement"}) == {"near"}


@given(st.text(), st.text())
def test_likeness_is_a_share_and_mutual(a, b):
    assert 0 <= likeness_of(a, b) == likeness_of(b, a) <= 1
    assert likeness_of(a, a) in (0.0, 1.0)


def test_nameless_organisations_are_not_one():
    assert not same_organisation({"uscc": ""}, {"name": None})
    assert same_organisation({"org": {"name": "甲（集团）"}}, {"org_name": "甲(集团)"})


def test_a_fingerprint_needs_the_salt_and_hides_the_key():
    (key, *_) = sorted(lookup_keys(ITEM))
    assert fingerprint(key, SALT) == fingerprint(key, SALT) != fingerprint(key, b"other")
    assert len(fingerprint(key, SALT)) == 20
    assert not lookup_keys({})
    published = "".join(fingerprints(ITEM, SALT))
    assert CODE not in published and "主轴" not in published
