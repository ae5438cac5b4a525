"""``liaison …``: the same intentions as the window, as commands, for scripts, administrators and tests.

Thin over ``operations`` and the workspace; Qt is loaded only to open the window or walk the demo. With ``--json``
exactly one JSON document goes to standard output; messages and progress go to standard error. Nothing is ever
asked when standard input is no terminal. Exit status: 0 done, 1 a bug, 2 wrong usage, 3 refused by a rule,
4 not enrolled, locked or signed out, 5 platform not reachable, 6 done but conflicts wait, 7 local damage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from desktop import credentials
from desktop.commands import COMMANDS, open_window
from desktop.console import Usage, err, out, say, speak_utf8
from sync import errors


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    speak_utf8()
    if given[:1] == ["--keyring-helper"]:
        return credentials.helper(given[1:])
    if given[:1] == ["--self-check"]:
        from desktop.app import self_check

        return self_check()
    args = _Parser.build("--json" in given).parse_args(given)
    args.profile = Path(args.profile) if getattr(args, "profile", None) else credentials.default_profile()
    args.json, args.lang = getattr(args, "json", False), getattr(args, "lang", "zh")
    try:
        status = int(args.run(args))
        out("")  # flushed here, where a full disk can still be told
        return status
    except errors.Failure as failure:
        return _failed(
            args,
            failure.code,
            failure.message(args.lang),
            failure.remedy(args.lang),
            failure.exit_status,
            getattr(failure, "problems", ()),
        )
    except Usage as usage:
        return _failed(args, "usage", str(usage), "", 2)
    except BrokenPipeError:
        return 0  # nobody reads on, as with head
    except OSError as error:
        trouble = errors.of_system(error)
        return _failed(args, trouble.code, trouble.message(args.lang), trouble.remedy(args.lang), trouble.exit_status)
    except KeyboardInterrupt:
        return _failed(args, "stopped", say(args, "已停止，已保存的都在", "Stopped; what was saved is safe"), "", 130)
    except Exception as bug:  # noqa: BLE001  the last door: logged, said, and the work is saved
        from desktop.diagnostics import record_bug

        where = record_bug(args.profile, bug)
        return _failed(
            args,
            "bug",
            say(args, f"程序出错，已记录在 {where}", f"A bug, recorded in {where}"),
            say(args, "已保存的都在。", "What was saved is safe."),
            1,
        )


def _failed(args: Any, code: str, message: str, remedy: str, status: int, problems: Iterable[Any] = ()) -> int:
    """Say what went wrong in the way that was asked for."""
    from desktop import shapes
    from sync.domain.problems import sentence

    if args.json:
        out(json.dumps(shapes.failure(code, message, remedy, problems, args.lang), ensure_ascii=False))
    err(f"{message}。{remedy}" if args.lang == "zh" and remedy else f"{message} {remedy}".strip())
    for problem in problems:
        err(f"  {problem.field or ''}: {sentence(problem, args.lang)}")
    return status


class _Parser(argparse.ArgumentParser):
    """Global options before or after the command; usage errors as JSON too."""

    as_json = False

    def error(self, message: str) -> Any:
        if self.as_json:
            out(json.dumps({"error": {"code": "usage", "message": message, "problems": []}}, ensure_ascii=False))
        super().error(message)

    @classmethod
    def build(cls, as_json: bool) -> _Parser:
        cls.as_json = as_json
        shared = cls(add_help=False, argument_default=argparse.SUPPRESS)
        shared.add_argument("--profile", metavar="DIR", help="资料夹（默认在用户数据目录）")
        shared.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
        shared.add_argument("--lang", choices=("zh", "en"), help="界面与提示语言")
        parser = cls(prog="liaison", description="成果联络员工作台", parents=[shared])
        parser.set_defaults(run=open_window)
        commands = parser.add_subparsers(metavar="命令", parser_class=cls)
        for name, (help_text, run, options) in COMMANDS.items():
            one = commands.add_parser(name, help=help_text, description=help_text, parents=[shared])
            for flags, settings in options:
                one.add_argument(*flags, **settings)
            one.set_defaults(run=run)
        return parser


if __name__ == "__main__":
    raise SystemExit(main())
