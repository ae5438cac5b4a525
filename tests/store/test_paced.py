"""Uploads keep to the limit a person set, lose no byte, and stop soon."""

from __future__ import annotations

import time

import pytest

from sync import sending


@pytest.mark.parametrize("limit", [0, 10**9])
def test_every_byte_passes(limit: int) -> None:
    pieces = [b"a" * 100_000, b"", b"b" * 3]
    assert b"".join(sending.paced(iter(pieces), limit, lambda: False)) == b"".join(pieces)


def test_the_limit_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    given = sum(len(piece) for piece in sending.paced(iter([b"x" * 1_000_000]), 50_000, lambda: False))
    assert given == 1_000_000
    assert clock[0] == pytest.approx((given - sending.PACE) / 50_000, rel=0.02)


def test_a_pause_does_not_wait_for_the_clock() -> None:
    began = time.monotonic()
    assert len(b"".join(sending.paced(iter([b"x" * 200_000]), 1, lambda: True))) == 200_000
    assert time.monotonic() - began < 5
