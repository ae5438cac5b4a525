"""Same item or not (R-DUP), same scan twice (E-REUSE), and fingerprints a laptop can compare offline.

One item: same organisation (credit code, else normalised name) and same normalised title; or the same registration
number. A shared IP number alone is a sign, not a proof; near-equal titles are only flagged. Who was received first
keeps the credit, in any year. Everything takes plain mappings in the shape of the rule facts:
``{"id"?, "kind"?, "org": {"uscc", "name"} or "uscc"/"name", "title", "reg_no"?, "ip"?: [number | {"number"}],
"sha256"?, "sha256s"?, "received_at"?, "workflow"?}``. Must not know records, the store or the clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.domain.values import clean_uscc, normalise_name, normalise_number, normalise_title, same_org_name, to_instant

Entry = Mapping[str, Any]
#: What is not, or no longer, held against a new item.
GONE = frozenset({"draft", "queued", "rejected", "withdrawn", "deleted", "revoked"})
_NEAR = 0.8  # share of common letter pairs above which two titles are shown side by side
_DIGEST = 10  # bytes: no accidental match among millions, and short to publish


@dataclass(frozen=True, slots=True)
class Likeness:
    """What an item has in common with those already held; each is (entry, what is shared)."""

    same: tuple[Entry, ...] = ()
    shared_ip: tuple[tuple[Entry, str], ...] = ()
    reused: tuple[Entry, ...] = ()
    near: tuple[Entry, ...] = ()


def compare(item: Entry, existing: Iterable[Entry]) -> Likeness:
    """Hold ``item`` against everything ``existing``; entries of its own id, and those given up, are left out."""
    same: list[Entry] = []
    shared: list[tuple[Entry, str]] = []
    reused: list[Entry] = []
    near: list[Entry] = []
    numbers, scans = ip_numbers(item), scan_digests(item)
    for entry in existing:
        if not _held(entry) or (entry.get("id") is not None and entry.get("id") == item.get("id")):
            continue
        if scans & scan_digests(entry):
            reused.append(entry)
        if _same_item(item, entry):
            if _came_first(entry, item):
                same.append(entry)
            continue
        common = sorted(numbers & ip_numbers(entry))
        if common:
            shared.append((entry, common[0]))
        if _near(item, entry):
            near.append(entry)
    return Likeness(tuple(same), tuple(shared), tuple(reused), tuple(near))


def same_organisation(a: Entry, b: Entry) -> bool:
    """By credit code where both have one, else by normalised name."""
    first, second = _uscc(a), _uscc(b)
    return first == second if first and second else same_org_name(_name(a), _name(b))


def lookup_keys(item: Entry) -> frozenset[str]:
    """What to index an item under, so that only entries sharing a key need to be compared.

    Every pair ``compare`` calls same, shared or reused has a key in common; near titles are not found this way.
    """
    title = normalise_title(str(item.get("title") or ""))
    keys = {f"ip:{number}" for number in ip_numbers(item)} | {f"file:{digest}" for digest in scan_digests(item)}
    if title:
        keys |= {f"code:{_uscc(item)}|{title}"} if _uscc(item) else set()
        keys |= {f"name:{normalise_name(_name(item))}|{title}"} if _name(item) else set()
    number = _reg_no(item)
    return frozenset(keys | ({f"reg:{number}"} if number else set()))


def fingerprint(key: str, salt: bytes) -> str:
    """A lookup key as 20 hex digits that can be published to every laptop.

    Keyed with the platform's ``salt`` (at most 64 bytes), so nobody without it can make or test one; with it, a guess
    must hit organisation and title together. It tells that an item exists, never its title, finder or amounts.
    """
    return hashlib.blake2b(key.encode(), key=salt, digest_size=_DIGEST, person=b"liaison-dup").hexdigest()


def fingerprints(item: Entry, salt: bytes) -> frozenset[str]:
    """All fingerprints of an item: what the platform publishes, and what a laptop looks up."""
    return frozenset(fingerprint(key, salt) for key in lookup_keys(item))


def likeness_of(a: str, b: str) -> float:
    """How alike two titles are, 0 to 1: twice the common letter pairs over all (Dice)."""
    first, second = _pairs(normalise_title(a)), _pairs(normalise_title(b))
    return 2 * len(first & second) / (len(first) + len(second)) if first and second else 0.0


def ip_numbers(item: Entry) -> frozenset[str]:
    """Normalised IP numbers of an item."""
    numbers = (one.get("number") if isinstance(one, Mapping) else one for one in item.get("ip") or ())
    return frozenset(normalise_number(str(number)) for number in numbers if number) - {""}


def scan_digests(item: Entry) -> frozenset[str]:
    """SHA-256 digests of an item's scans."""
    several: Sequence[Any] = item.get("sha256s") or ()
    return frozenset(str(one).lower() for one in (*several, item.get("sha256")) if one)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _held(entry: Entry) -> bool:
    return not entry.get("revoked") and (entry.get("workflow") or entry.get("state") or entry.get("status")) not in GONE


def _came_first(entry: Entry, item: Entry) -> bool:
    """The platform's clock decides; what it holds without a time came before, as everything does to a draft."""
    theirs, mine = entry.get("received_at"), item.get("received_at")
    return not theirs or not mine or to_instant(theirs) <= to_instant(mine)


def _same_item(a: Entry, b: Entry) -> bool:
    if a.get("kind") and b.get("kind") and a["kind"] != b["kind"]:
        return False
    number = _reg_no(a)
    if number and number == _reg_no(b):
        return True
    title = normalise_title(str(a.get("title") or ""))
    return bool(title) and title == normalise_title(str(b.get("title") or "")) and same_organisation(a, b)


def _near(a: Entry, b: Entry) -> bool:
    return same_organisation(a, b) and likeness_of(str(a.get("title") or ""), str(b.get("title") or "")) >= _NEAR


def _org(item: Entry) -> Entry:
    org = item.get("org")
    return org if isinstance(org, Mapping) else {**item, "name": org} if isinstance(org, str) else item


def _uscc(item: Entry) -> str:
    return clean_uscc(str(_org(item).get("uscc") or ""))


def _name(item: Entry) -> str:
    org = _org(item)
    return str(org.get("name") or org.get("org_name") or "")


def _reg_no(item: Entry) -> str:
    return normalise_number(str(item.get("reg_no") or ""))
