"""A file that comes in pieces: gone on with where it broke, whole or not at all, the same whoever writes it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync import errors
from sync.vault import CHUNK, Vault

DATA = random.Random(11).randbytes(3 * CHUNK + 77)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "扫描件", b"k" * 32)


def source(begun: list[int], until: int = len(DATA), data: bytes = DATA) -> Callable[[int], Iterator[bytes]]:
    """Gives ``data`` in odd pieces, and breaks off at ``until``."""

    def read(start: int) -> Iterator[bytes]:
        begun.append(start)
        for at in range(start, until, 60_001):
            yield data[at : min(at + 60_001, until)]
        if until < len(data):
            raise errors.LineBroke("cut")

    return read


@pytest.mark.parametrize("broke_at", [1, CHUNK - 1, CHUNK, 2 * CHUNK + 5, 3 * CHUNK, len(DATA) - 1])
def test_what_came_is_not_asked_for_again(vault: Vault, broke_at: int) -> None:
    begun: list[int] = []
    seen: list[int] = []
    with pytest.raises(errors.LineBroke):
        vault.receive(SHA, len(DATA), source(begun, broke_at))
    assert not vault.has(SHA)
    vault.receive(SHA, len(DATA), source(begun), seen.append)
    assert begun == [0, broke_at // CHUNK * CHUNK]
    assert vault.read(SHA) == DATA and seen[-1] == len(DATA) and not list(vault._folder.glob("*.come"))


def test_the_same_bytes_lie_there_as_after_a_copy(vault: Vault, tmp_path: Path) -> None:
    """So that two programs that fetch one file write one file."""
    vault.receive(SHA, len(DATA), source([]))
    other = Vault(tmp_path / "另一处", b"k" * 32)
    other.take_in(SHA, DATA)
    assert vault.sealed(SHA) == other.sealed(SHA)


@pytest.mark.parametrize(
    "wrong",
    [DATA[:-1] + b"?", DATA[:-1], DATA + b"!", DATA + bytes(2 * CHUNK), b""],
    ids=["other", "short", "long", "endless", "empty"],
)
def test_another_file_is_not_kept(vault: Vault, wrong: bytes) -> None:
    with pytest.raises(errors.DamagedFile):
        vault.receive(SHA, len(DATA), source([], len(wrong), wrong))
    assert not vault.has(SHA)
    begun: list[int] = []
    vault.receive(SHA, len(DATA), source(begun))
    assert begun == [0] and vault.read(SHA) == DATA


def test_a_begun_file_that_was_changed_on_disk_is_gone_on_with_before_the_change(vault: Vault) -> None:
    with pytest.raises(errors.LineBroke):
        vault.receive(SHA, len(DATA), source([], 2 * CHUNK + 5))
    (begun_file,) = vault._folder.glob("*.come")
    held = bytearray(begun_file.read_bytes())
    assert DATA[:64] not in held, "encrypted like all the rest"
    held[CHUNK + 100] ^= 1
    begun_file.write_bytes(held)
    begun: list[int] = []
    vault.receive(SHA, len(DATA), source(begun))
    assert begun == [CHUNK] and vault.read(SHA) == DATA


def test_a_file_that_is_not_here_says_so(vault: Vault) -> None:
    with pytest.raises(errors.NotHere):
        vault.read(SHA)
