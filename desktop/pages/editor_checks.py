"""The lines of the checklist beside a form: from the rules' problems, unread text and finished sections.

A line stands for one thing to do; the same field's "fill in" is not said twice. Must not know widgets' insides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from desktop import wording
from desktop.widgets import language
from desktop.widgets.checklist import Check, State
from desktop.widgets.entry import Unread, problem_of
from sync.domain.declare import Kind
from sync.domain.problems import Problem

_SHORT = 20  # characters of a sentence that needs no heading


def checks_of(
    kind: Kind, problems: Sequence[Problem], unread: Mapping[str, Unread], finished: Sequence[str]
) -> list[Check]:
    """The lines for a record of ``kind``; ``finished`` are titles of sections with nothing left to do."""
    told = [problem_of(kind.fields[name], text) for name, text in unread.items()]
    lines = [_line(kind, problem) for problem in [*told, *without_echo(kind, problems, unread)]]
    done = QCoreApplication.translate("checks", "“{section}”已填齐")
    return lines + [Check("done", done.format(section=title)) for title in finished]


def without_echo(
    kind: Kind, problems: Sequence[Problem], unread: Mapping[str, Unread] | None = None
) -> list[Problem]:  # fmt: skip
    """Problems with a field's bare "fill in" left out where a rule says more about it, or its text cannot be read."""
    stopping = [problem for problem in problems if problem.severity == "block"]
    said = {problem.field for problem in stopping if problem.code != "REQUIRED"} | set(unread or {})
    kept: list[Problem] = []
    for problem in problems:
        field = kind.fields.get(problem.field or "")
        bare = problem.code == "REQUIRED" and field is not None and problem.values.get("label") == field.label
        if not (bare and problem.field in said) and problem not in kept:
            kept.append(problem)
    return kept


def _line(kind: Kind, problem: Problem) -> Check:
    lang = language.lang()
    words = wording.problem(problem, lang)
    field = kind.fields.get(problem.field or "")
    state: State = "todo" if problem.severity == "block" else "look"
    where = field.name if field is not None else ""
    if field is None or len(words) <= _SHORT:
        return Check(state, words.rstrip("。."), "", where)
    return Check(state, language.label(field), words, where)
