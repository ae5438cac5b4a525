"""Runs first in the frozen desk: a machine without a locale still gets UTF-8, which Qt and file names need."""

import os

if not any(os.environ.get(name) not in (None, "", "C", "POSIX") for name in ("LC_ALL", "LC_CTYPE", "LANG")):
    os.environ["LC_ALL"] = "C.UTF-8"
