"""The standing share of the real processes: a few rounds over a bad line, on both databases. ``run.py`` is the long run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.history import Chaos
from tests.support import postgres

SEED = 20


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
    elif postgres.programs() is None:
        pytest.skip("no PostgreSQL server programs on this machine")
    else:
        with postgres.cluster() as url:
            yield url


@pytest.mark.slow
def test_over_a_bad_line_and_killed_nothing_is_lost(database_url: str, tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, SEED, 30, database_url)
    try:
        chaos.play(0, 5)
        chaos.heal()
        said = chaos.check()
    finally:
        chaos.close()
    assert said["rounds"] == 5 and said["requests"] > 10, said
