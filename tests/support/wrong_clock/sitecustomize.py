"""A computer whose clock is wrong: put this folder on PYTHONPATH and say by how many days in WRONG_CLOCK_DAYS."""

import datetime as module
import os
import time

SHIFT = int(os.environ.get("WRONG_CLOCK_DAYS", "0")) * 86_400
_time, _time_ns, _datetime = time.time, time.time_ns, module.datetime


class datetime(_datetime):
    @classmethod
    def now(cls, tz=None):  # type: ignore[no-untyped-def, override]
        return _datetime.fromtimestamp(_time() + SHIFT, tz)


time.time = lambda: _time() + SHIFT
time.time_ns = lambda: _time_ns() + SHIFT * 1_000_000_000
module.datetime = datetime  # type: ignore[misc]
