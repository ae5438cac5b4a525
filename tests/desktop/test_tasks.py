from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject

from desktop.tasks import Tasks
from sync.errors import Offline


def test_results_come_back_on_the_windows_thread(qtbot: Any, tasks: Tasks) -> None:
    came: list[tuple[int, int]] = []
    tasks.work(threading.get_ident, done=lambda there: came.append((there, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(came))
    there, here = came[0]
    assert there != here == threading.get_ident()


def test_a_lane_is_one_thread_in_order_and_lanes_do_not_wait_for_each_other(qtbot: Any, tasks: Tasks) -> None:
    held, order = threading.Event(), list[str]()
    tasks.sync(held.wait, 10, done=lambda _ok: order.append("sync"))
    for name in ("one", "two", "three"):
        tasks.work(lambda name=name: name, done=order.append)
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["one", "two", "three"] and not tasks.idle()
    held.set()
    qtbot.waitUntil(tasks.idle)
    assert order[-1] == "sync"


def test_reading_sees_what_was_saved_before_it_and_holds_up_no_save(qtbot: Any, tasks: Tasks) -> None:
    saving, reading, order = threading.Event(), threading.Event(), list[str]()
    tasks.work(saving.wait, 10, done=lambda _ok: order.append("saved"))
    tasks.read(lambda: saving.is_set() and reading.wait(10), done=lambda seen: order.append("read" if seen else "too early"))
    tasks.work(lambda: "saved again", done=order.append)
    saving.set()
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == ["saved", "saved again"], "the reading is still under way"
    reading.set()
    qtbot.waitUntil(tasks.idle)
    assert order[-1] == "read"


def test_a_reading_waits_for_a_save_that_fails_too(qtbot: Any, tasks: Tasks) -> None:
    def full() -> None:
        raise Offline("no line")

    came = list[str]()
    tasks.work(full)
    tasks.read(lambda: "read", done=came.append)
    qtbot.waitUntil(tasks.idle)
    assert came == ["read"]


def test_a_result_whose_owner_is_gone_is_dropped(qtbot: Any, tasks: Tasks) -> None:
    owner, go, came = QObject(), threading.Event(), list[object]()
    tasks.work(go.wait, 10, done=came.append, owner=owner)
    shiboken6.delete(owner)
    go.set()
    qtbot.waitUntil(tasks.idle)
    assert came == []


def test_what_the_product_knows_goes_to_failed_only(qtbot: Any, tasks: Tasks) -> None:
    failed, bugs = list[Exception](), list[object]()
    tasks.crashed.connect(bugs.append)

    def work() -> None:
        raise Offline("no line")

    tasks.work(work, failed=failed.append)
    qtbot.waitUntil(tasks.idle)
    assert isinstance(failed[0], Offline) and bugs == []


@pytest.mark.logs("a task failed")
def test_a_bug_is_logged_told_and_the_page_does_not_wait_for_ever(qtbot: Any, tasks: Tasks) -> None:
    failed, bugs = list[Exception](), list[object]()
    tasks.crashed.connect(bugs.append)
    tasks.work(lambda: {}["missing"], failed=failed.append)
    qtbot.waitUntil(tasks.idle)
    assert isinstance(failed[0], KeyError) and bugs == failed


def test_any_thread_may_call_through_a_relay(qtbot: Any, tasks: Tasks) -> None:
    came: list[tuple[str, int]] = []
    relay = tasks.relay(lambda words: came.append((words, threading.get_ident())))
    thread = threading.Thread(target=relay, args=("saved",))
    thread.start()
    thread.join()
    assert came == []
    qtbot.waitUntil(lambda: bool(came))
    assert came == [("saved", threading.get_ident())]


def test_garbage_is_collected_on_the_windows_thread_only(qtbot: Any) -> None:
    """A lane that makes a lot frees no widget: what hangs in a cycle goes with the next sweep here."""
    went: list[bool] = []

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            went.append(threading.current_thread() is threading.main_thread())

    lanes, made = Tasks(), list[list[int]]()
    Cycle()
    lanes.work(lambda: made.extend([number] for number in range(50_000)))
    qtbot.waitUntil(lanes.idle)
    qtbot.waitUntil(lambda: bool(went))
    assert went == [True] and not gc.isenabled()
    lanes.close()
    assert gc.isenabled()


def test_after_closing_nothing_is_begun_and_nothing_breaks(qtbot: Any) -> None:
    lanes, came = Tasks(), list[object]()
    lanes.close()
    lanes.work(lambda: came.append("done"), done=came.append)
    assert lanes.idle() and came == []
