"""What journeys begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Platform, serving


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform of its own, serving."""
    with serving(tmp_path / "平台的家") as made:
        yield made
