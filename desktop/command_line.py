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
from itertools import pairwise
from pathlib import Path
from typing import Any

from desktop import credentials
from desktop.commands import COMMANDS, open_window
from desktop.console import Usage, err, last, out, say, speak_utf8
from sync import errors
from sync.evidence import apart

#: What ``--help`` says of each command in English; the Chinese stands in their table.
ENGLISH = {
    "demo": "a practice platform on this computer and the whole journey", "enrol": "enrol this computer by a code or a file",
    "kinds": "the kinds of record and their fields", "rules": "judge cases by the rules", "add": "new drafts",
    "edit": "change some fields of a record", "show": "everything known of a record", "list": "list and search records",
    "attach": "add papers to a record", "library": "the libraries of the platform as this laptop holds them, searched without a line",
    "convert": "a request into a demand, or a visit into what was found on it (a draft)", "me": "whose profile this is",
    "check": "the rules on a record, as before submission",
    "submit": "submit records (they go with the next sync)", "stage": "move a record's business stage, where it is the liaison's step",
    "todo": "what is to be done", "read": "mark notices as read (the platform sees it)", "follow": "tick off a piece of advice",
    "receipt": "the platform's signed receipt of a record", "withdraw": "withdraw a record",
    "delete": "delete a draft (can be restored)", "restore": "bring back a deleted draft, or a profile from a backup",
    "sync": "one round with the platform",
    "fetch": "bring a record's papers here (another computer added them); --out also saves them",
    "ticket": "an address at which another tus client may upload a record's papers for a day",
    "conflicts": "what waits for a decision", "resolve": "decide a field in conflict", "quota": "progress against the quota",
    "import": "bring in an existing ledger", "undo-import": "take an import back", "export": "write records out",
    "report": "fill a report from the records (.xlsx or .pdf)", "dump": "every record, one a line",
    "verify": "check the profile and every scan", "rescue": "put what was not sent into an encrypted parcel, or load one",
    "backup": "an encrypted backup of the profile", "diagnostics": "facts for support, without record content",
    "doctor": "check this computer", "passphrase": "set the passphrase; --recovery: a code for when it is forgotten",
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    speak_utf8()
    if given[:1] == ["--keyring-helper"]:
        return credentials.helper(given[1:])
    if given[:1] == [apart.HELPER]:
        return apart.serve(sys.stdin.buffer, sys.stdout.buffer)
    if given[:1] == ["--self-check"]:
        from desktop.app import self_check

        return self_check()
    args = _Parser.build("--json" in given, _language(given)).parse_args(given)
    args.profile = Path(args.profile) if getattr(args, "profile", None) else credentials.default_profile()
    args.json, args.lang = getattr(args, "json", False), getattr(args, "lang", "zh")
    try:
        status = int(args.run(args))
        out("")  # flushed here, where a full disk can still be told
        return status
    except errors.Failure as failure:
        return _refused(args, failure)
    except Usage as usage:
        return _failed(args, "usage", str(usage), "", 2)
    except BrokenPipeError:
        return 0  # nobody reads on, as with head
    except OSError as error:
        return _refused(args, errors.of_system(error))
    except KeyboardInterrupt:
        return _refused(args, errors.Stopped())
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


def _refused(args: Any, failure: errors.Failure) -> int:
    """A failure that has words of its own."""
    found = getattr(failure, "problems", ())
    return _failed(args, failure.code, failure.message(args.lang), failure.remedy(args.lang), failure.exit_status, found)


def _failed(args: Any, code: str, message: str, remedy: str, status: int, problems: Iterable[Any] = ()) -> int:
    """Say what went wrong in the way that was asked for."""
    from desktop import shapes, wording

    if args.json:
        last(json.dumps(shapes.failure(code, message, remedy, problems, args.lang), ensure_ascii=False))
    err(shapes.whole(message, remedy, args.lang))
    listed = list(problems)
    for problem in listed if len(listed) > 1 else ():
        err(f"  {problem.field or ''}: {wording.problem(problem, args.lang)}")
    return status


class _Parser(argparse.ArgumentParser):
    """Global options before or after the command; usage errors as JSON too."""

    as_json = False
    lang = "zh"

    def error(self, message: str) -> Any:
        """The call is wrong: said in the language asked for, before anything was done."""
        whole = f"{self.prog}: {message}" if self.lang == "en" else f"命令写得不对，什么都没有做（见 {self.prog} --help）：{message}"
        if self.as_json:
            last(json.dumps({"error": {"code": "usage", "message": whole, "problems": []}}, ensure_ascii=False))
        err(f"{self.format_usage()}{whole}")
        self.exit(2)

    @classmethod
    def build(cls, as_json: bool, lang: str) -> _Parser:
        cls.as_json, cls.lang = as_json, lang
        english = lang == "en"
        shared = cls(add_help=False, argument_default=argparse.SUPPRESS)
        shared.add_argument("--profile", metavar="DIR",
                            help=("资料夹（默认在用户数据目录）", "the profile (by default in the user's data folder)")[english])  # fmt: skip
        shared.add_argument("--json", action="store_true", help=("只输出一个 JSON 文档", "print one JSON document and nothing else")[english])
        shared.add_argument("--lang", choices=("zh", "en"), help=("界面与提示语言", "language of window and messages")[english])
        parser = cls(prog="liaison", description=("成果联络员工作台", "The liaison's workbench")[english], parents=[shared])
        parser.set_defaults(run=open_window)
        commands = parser.add_subparsers(metavar=("命令", "COMMAND")[english], parser_class=cls)
        for name, (help_text, run, options) in COMMANDS.items():
            about = ENGLISH[name] if english else help_text
            one = commands.add_parser(name, help=about, description=about, parents=[shared])
            for flags, settings in options:
                one.add_argument(*flags, **settings)
            one.set_defaults(run=run)
        return parser


def _language(given: Sequence[str]) -> str:
    """The language a call asks for, before its options are parsed."""
    wanted = [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    wanted += [after for word, after in pairwise(given) if word == "--lang"]
    return "en" if wanted[-1:] == ["en"] else "zh"


if __name__ == "__main__":
    raise SystemExit(main())
