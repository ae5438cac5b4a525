"""``liaison-server``: the platform's commands, thin over the modules that do the work.

Every command works beside a running ``serve``. ``--json`` prints one document on stdout and nothing else there; the
global options may stand before or after the command's name. Exit status as the project's commands share it: 0 done,
1 a bug, 2 wrong usage, 3 refused by a rule, 7 local damage. Heavy modules are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sync.errors import DamagedStore, DiskFull, Failure, Refused, Stopped, is_full, of_system
from sync.server import commands

GLOBAL = {"--data": True, "--database-url": True, "--blobs": True, "--lang": True, "--json": False}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    options, rest = split_global(list(sys.argv[1:] if argv is None else argv))
    as_json, lang = bool(options.get("--json")), str(options.get("--lang") or "zh")
    try:
        arguments = commands.parser().parse_args(rest)
        answer = _run(arguments, options)
        _print(answer, as_json, lines=arguments.lines)
    except BrokenPipeError:
        return 0  # nobody reads on, as with head
    except KeyboardInterrupt:
        _fail(Stopped(), as_json, lang)
        return Stopped.exit_status
    except Failure as error:
        _fail(error, as_json, lang)
        return error.exit_status
    except Exception as error:  # noqa: BLE001  the last door: what the disk did is said, a bug is shown whole
        failure = _meant(error)
        _fail(failure, as_json, lang)
        return failure.exit_status
    return 7 if isinstance(answer, dict) and answer.get("ok") is False else 0


def split_global(argv: list[str]) -> tuple[dict[str, str | bool], list[str]]:
    """Take the global options out of wherever they stand (not past ``--``)."""
    options: dict[str, str | bool] = {}
    rest: list[str] = []
    while argv:
        word = argv.pop(0)
        if word == "--":
            return options, [*rest, word, *argv]
        name, equals, value = word.partition("=")
        if name not in GLOBAL:
            rest.append(word)
        elif not GLOBAL[name]:
            options[name] = True
        elif equals:
            options[name] = value
        elif argv:
            options[name] = argv.pop(0)
        else:
            rest.append(word)  # argparse says what is missing
    return options, rest


def _run(arguments: argparse.Namespace, options: dict[str, str | bool]) -> Any:
    act: Callable[..., Any] = arguments.act
    return act(commands.settings(options), arguments)


def _meant(error: Exception) -> Failure:
    """What an error nobody foresaw means to the administrator."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, OSError):
        return of_system(error)
    if isinstance(error, DBAPIError) and (is_full(error) or "disk i/o" in str(error.orig).lower()):
        return DiskFull()
    if isinstance(error, DBAPIError) and any(one in str(error.orig).lower() for one in ("not a database", "malformed")):
        return DamagedStore(type(error.orig).__name__)
    traceback.print_exception(error, file=sys.stderr)
    return Failure(f"{type(error).__name__}: {error}"[:300])


def _fail(error: Failure, as_json: bool, lang: str) -> None:
    from sync.domain.problems import sentence

    problems = [
        {"field": one.field, "code": one.code, "message": sentence(one, lang), "severity": one.severity}
        for one in (error.problems if isinstance(error, Refused) else ())
    ]
    remedy = error.remedy(lang)
    if as_json:
        said = error.message(lang) + (("。", ". ")[lang == "en"] + remedy if remedy else "")
        body = {"error": {"code": error.code, "message": said, "problems": problems}}
        with contextlib.suppress(OSError):  # nobody may be reading; what happened stays the exit status
            _write([json.dumps(body, ensure_ascii=False)])
    else:
        lines = [error.message(lang), *(one["message"] for one in problems if len(problems) > 1), remedy]
        sys.stderr.write("\n".join(line for line in lines if line) + "\n")


def _print(answer: Any, as_json: bool, lines: bool) -> None:
    if answer is None:
        return
    if lines:
        _write(json.dumps(one, ensure_ascii=False) for one in answer)
    else:
        _write([json.dumps(answer, ensure_ascii=False, indent=None if as_json else 2)])


def _write(texts: Iterable[str]) -> None:
    """Lines on standard output, if there is one; after a failure nothing is tried again when the program ends."""
    if sys.stdout is None:
        return
    try:
        for text in texts:
            sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise


if __name__ == "__main__":
    sys.exit(main())
