"""Enrolling over a real platform: code and file, every refusal in its own words, and work that can begin at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QLabel

from desktop.pages.enrolling import Enroller, why_refused
from desktop.pages.enrolment import CHECK, CODE, FETCH, PHRASE, EnrolmentPage
from desktop.practice import Practice
from desktop.tasks import Tasks
from desktop.widgets.new_passphrase import NewPassphrase, strength
from desktop.widgets.notice_bar import Notice
from sync.errors import CodeRefused

PHRASE_WORDS = "练习 practice 口令 2026"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """A real platform on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
        made = Practice(tmp_path_factory.mktemp("platform") / "practice")
        made.start()
        yield made
        made.stop()


@pytest.fixture
def page(qtbot: Any, tasks: Tasks, tmp_path: Path) -> EnrolmentPage:
    made = EnrolmentPage(Enroller(tmp_path / "profile"), tasks)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


def fill(page: EnrolmentPage, server: str, code: str) -> None:
    page.given.server.setText(server)
    page.given.code.setText(code)
    page.primary()


def phrase(page: EnrolmentPage, first: str, second: str | None = None) -> None:
    page.phrase.first.line.setText(first)
    page.phrase.second.line.setText(first if second is None else second)


def notices(page: EnrolmentPage) -> list[str]:
    return [
        one.accessibleName()
        for one in page.findChildren(Notice)
        if page.notices.isAncestorOf(one) and not one.isHidden()
    ]


def code_of(platform: Practice, name: str, unit: str = "441900115") -> dict[str, Any]:
    return platform.admin("liaison", "add", "--unit", unit, "--name", name)


def test_a_code_enrols_this_computer_and_fetches_what_is_there(
    page: EnrolmentPage, platform: Practice, settle: Callable[[], None]
) -> None:
    got: list[Any] = []
    page.enrolled.connect(lambda workspace, identity: got.append((workspace, identity)))
    fill(page, platform.url, code_of(platform, "李敏")["code"])
    settle()
    assert page.step() == CHECK
    page.primary()
    assert page.step() == PHRASE
    phrase(page, PHRASE_WORDS)
    page.primary()
    settle()
    assert page.step() == FETCH
    assert page.fetch.who.whole() == "李敏 · 清溪镇"
    assert len(page.fetch.key.whole().replace(" ", "")) == 16
    assert page._next.text() == "开始使用"
    page.primary()
    ((workspace, identity),) = got
    assert identity.liaison_name == "李敏"
    assert workspace.identity == identity
    assert not workspace.rounds(1)[0].error
    workspace.close()


def test_a_wrong_code_leads_back_to_the_code_in_its_own_words(
    page: EnrolmentPage, platform: Practice, settle: Any
) -> None:
    fill(page, platform.url, "AAAA-BBBB-CCCC-DDDD")
    settle()
    page.primary()
    phrase(page, PHRASE_WORDS)
    page.primary()
    settle()
    assert page.step() == CODE
    (said,) = notices(page)
    assert said.startswith("登记码不对")
    assert page.given.code.property("bad") is True
    assert page.given.code.text() == "AAAA-BBBB-CCCC-DDDD", "what was typed is kept to be corrected"


def test_a_code_that_was_used_is_said_to_be_used(
    page: EnrolmentPage, qtbot: Any, tasks: Tasks, platform: Practice, settle: Any, tmp_path: Path
) -> None:
    code = code_of(platform, "王芳")["code"]
    first = Enroller(tmp_path / "other")
    workspace, _who = first.enrol(platform.url, code, PHRASE_WORDS, "")
    workspace.close()
    fill(page, platform.url, code)
    settle()
    page.primary()
    phrase(page, PHRASE_WORDS)
    page.primary()
    settle()
    (said,) = notices(page)
    assert said.startswith("登记码已经用过")


def test_each_refusal_has_its_own_words() -> None:
    details = (
        "登记码不对",
        "登记码已过期（7 天内有效）",
        "登记码已经用过",
        "登记码输错次数太多，已作废",
        "输错多次，请稍后再试",
        "长安镇 ≠ 清溪镇",
    )
    for lang in ("zh", "en"):
        said = [why_refused(CodeRefused(detail), lang) for detail in details]
        assert len({what for what, _remedy in said}) == len(details)
        assert all(what and remedy for what, remedy in said)
    assert why_refused(CodeRefused("登记码已过期（7 天内有效）"))[0] == "登记码已过期"
    assert why_refused(CodeRefused("长安镇 ≠ 清溪镇"))[0] == "这个登记码是给另一个单位的"


def test_a_code_of_another_unit_is_said(page: EnrolmentPage, platform: Practice, settle: Any, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    workspace, _who = Enroller(profile).enrol(platform.url, code_of(platform, "陈一")["code"], PHRASE_WORDS, "")
    workspace.close()
    fill(page, platform.url, code_of(platform, "陈二", "441900119")["code"])
    settle()
    page.primary()
    phrase(page, PHRASE_WORDS)
    page.primary()
    settle()
    assert page.step() == CODE
    assert notices(page)[0].startswith("这个登记码是给另一个单位的")


def test_an_enrolment_file_says_who_and_where(page: EnrolmentPage, platform: Practice, settle: Any) -> None:
    made = code_of(platform, "赵四")
    page.take_file(Path(made["file"]))
    settle()
    said = json.loads(Path(made["file"]).read_text("utf-8"))
    if not said.get("server"):
        page.given.server.setText(platform.url)
        page.primary()
        settle()
    assert page.step() == CHECK
    shown = [label.text() for label in page.findChildren(QLabel)]
    assert any("赵四" in text for text in shown)
    assert page.given.code.text() == made["code"]


def test_another_file_is_refused_by_name(page: EnrolmentPage, settle: Any, tmp_path: Path) -> None:
    other = tmp_path / "名单.xlsx"
    other.write_bytes(b"PK no enrolment")
    page.take_file(other)
    settle()
    assert page.step() == CODE
    assert notices(page)[0].startswith("“名单.xlsx”不是登记文件")


def test_a_file_that_names_another_platform_stops_before_the_code_is_sent(
    page: EnrolmentPage, platform: Practice, settle: Any, tmp_path: Path
) -> None:
    made = code_of(platform, "孙五")
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({"server": platform.url, "code": made["code"], "platform": "x" * 43}), "utf-8")
    page.take_file(forged)
    settle()
    assert page.step() == CODE
    assert "证书" in notices(page)[0]
    workspace, _who = Enroller(tmp_path / "later").enrol(platform.url, made["code"], PHRASE_WORDS, "")
    workspace.close()


@pytest.mark.parametrize(
    ("server", "mark"), [("http://127.0.0.1:1", "连不上平台"), ("ftp://somewhere", "不像成果转化平台")]
)
def test_no_platform_there_is_said(page: EnrolmentPage, settle: Any, server: str, mark: str) -> None:
    fill(page, server, "AAAA")
    settle()
    assert page.step() == CODE
    assert mark in notices(page)[0]


def test_empty_lines_are_asked_for(page: EnrolmentPage) -> None:
    page.primary()
    assert "请填写登记码" in notices(page)[0]
    page.given.code.setText("AAAA")
    page.primary()
    assert "请填写平台地址" in notices(page)[0]


def test_a_passphrase_must_be_long_and_the_same_twice(qtbot: Any) -> None:
    box = NewPassphrase()
    qtbot.addWidget(box)
    box.first.line.setText("短")
    assert box.phrase() == ""
    assert box.wrong() == "口令还差 11 个字符"
    box.first.line.setText(PHRASE_WORDS)
    box.second.line.setText(PHRASE_WORDS[:-1])
    assert box.wrong() == "两次不一样，第二次少 1 个字符"
    box.second.line.setText(PHRASE_WORDS)
    assert box.phrase() == PHRASE_WORDS
    assert [
        strength(one) for one in ("a" * 11, "a" * 12, "abcdefghijkl", "abcdefgh 1234", "练习 practice 口令 2026")
    ] == [0, 1, 2, 3, 4]


def test_without_keyring_a_passphrase_is_needed(page: EnrolmentPage, platform: Practice, settle: Any) -> None:
    fill(page, platform.url, "AAAA")
    settle()
    page.primary()
    page.primary()
    assert page.step() == PHRASE
    assert any(label.text().startswith("口令还差") for label in page.findChildren(QLabel))


def test_back_keeps_what_was_given(page: EnrolmentPage, platform: Practice, settle: Any) -> None:
    fill(page, platform.url, "AAAA-BBBB")
    settle()
    page.primary()
    page.back()
    page.back()
    assert page.step() == CODE
    assert (page.given.code.text(), page.given.server.text()) == ("AAAA-BBBB", platform.url)


def test_a_line_that_breaks_after_enrolling_lets_one_begin(
    page: EnrolmentPage, platform: Practice, settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sync.errors import Offline

    def broken(*_args: Any) -> object:
        raise Offline("政务外网")

    monkeypatch.setattr(page._enroller, "fetch", broken)
    got: list[Any] = []
    page.enrolled.connect(lambda workspace, identity: got.append(workspace))
    fill(page, platform.url, code_of(platform, "周六")["code"])
    settle()
    page.primary()
    phrase(page, PHRASE_WORDS)
    page.primary()
    settle()
    assert "联网后会自动接着取" in page.fetch.doing.text()
    page.primary()
    assert len(got) == 1
    got[0].close()


def test_who_has_no_code_yet_can_practise(page: EnrolmentPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(QProcess, "startDetached", lambda program, words: (begun.append([program, *words]) is None, 1))
    page.given.try_out.click()
    assert "demo" in begun[0] and begun[0][-1] == str(tmp_path / ".practice")
    assert "正在打开练习窗口" in notices(page)[0]
