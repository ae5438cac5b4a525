"""What holds for every test: a place, a language and a clock zone of its own, and no unexpected warning in our logs.

Environment variables are set here, before anything is imported, because Qt, keyring and the C library read them once.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
OUR_CODE = (str(ROOT / "desktop") + os.sep, str(ROOT / "sync") + os.sep)

# A home of our own: a test that forgets to name a profile must not reach the person's real one.
_HOME = Path(tempfile.mkdtemp(prefix="liaison-tests-"))
(_HOME / "run").mkdir(mode=0o700)

for _name in [name for name in os.environ if name.startswith(("LIAISON_", "LC_", "XDG_"))]:
    del os.environ[_name]
os.environ.update(
    HOME=str(_HOME),
    XDG_RUNTIME_DIR=str(_HOME / "run"),
    LC_ALL="C.UTF-8",
    LANG="C.UTF-8",
    # not the zone the product reckons in, so that code which takes the machine's zone for it is caught
    TZ="UTC",
)
time.tzset()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# the person's own keyring is never touched; tests that want one start their own
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

# Time limits belong to pytest-timeout: the machine may be busy. In CI the same examples come each time.
settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names a case of raw bytes by its place: bytes made at collection (and their length) differ from worker to worker."""
    return argname if isinstance(val, bytes) and len(val) > 16 else None


def pytest_unconfigure() -> None:
    """Removes the home of this test process."""
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_unexpected_log_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which our code logs a warning or worse that ``@pytest.mark.logs("part of it")`` does not expect.

    Seen where records are made, so it does not matter how a test or the product has set up its loggers.
    """
    marks = request.node.iter_markers("logs")
    expected = [part for mark in marks for part in mark.args]
    unexpected: list[str] = []
    before = logging.getLogRecordFactory()

    def watch(*args: object, **kwargs: object) -> logging.LogRecord:
        record = before(*args, **kwargs)
        if record.levelno >= logging.WARNING and record.pathname.startswith(OUR_CODE):
            text = record.getMessage()
            if not any(part in text for part in expected):
                unexpected.append(f"{record.levelname} {record.name}: {text}")
        return record

    logging.setLogRecordFactory(watch)
    yield
    logging.setLogRecordFactory(before)
    assert not unexpected, "unexpected in the log: " + "; ".join(unexpected)
