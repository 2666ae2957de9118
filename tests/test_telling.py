"""What is told: each change once, many in one message."""

from __future__ import annotations

import pytest

from crawler.health import SICK, Verdict
from crawler.model import Trouble
from crawler.telling import MOST_LINES, Change, Subject, changes, message, trial

OK = Verdict("ok")
FAILING = Verdict("failing", "failing", "timed out (3 times in a row)")
STALE = Verdict("stale", "stale", "nothing new")


def told(verdict: Verdict, before: Trouble) -> list[str]:
    return [change.trouble for change in changes([Subject("A", "http://a", verdict, before)])]


@pytest.mark.parametrize(
    ("verdict", "before", "after"),
    [
        (OK, "", []),
        (FAILING, "", ["failing"]),
        (FAILING, "failing", []),
        (STALE, "failing", ["stale"]),
        (OK, "stale", [""]),
        (Verdict("failing", "failing", "once", is_ripe=False), "", []),
        (Verdict("failing", "failing", "once", is_ripe=False), "poorer", []),
        (Verdict("failing", "failing", "late", lingers=SICK), "", ["failing"]),
        (Verdict("failing", "failing", "late", lingers=SICK), "stale", []),
        (Verdict("ok", lingers=("poorer",)), "", []),
        (Verdict("ok", lingers=("poorer",)), "poorer", []),
        (Verdict("ok", lingers=("poorer",)), "failing", [""]),
    ],
)
def test_a_change_is_told_once(verdict: Verdict, before: Trouble, after: list[str]) -> None:
    assert told(verdict, before) == after


def test_a_source_that_flaps_is_not_told_of() -> None:
    once = Verdict("failing", "failing", "timed out", is_ripe=False)
    before: Trouble = ""
    for verdict in (once, OK) * 50:
        assert told(verdict, before) == []


def test_many_changes_are_one_message_the_sick_first() -> None:
    found = changes(
        [
            Subject("Well", "http://w", OK, "stale"),
            Subject("联合", "http://a", FAILING, ""),
            *(Subject(f"S{n}", f"http://s/{n}", STALE, "") for n in range(4)),
        ]
    )
    said = message(found)
    assert said.event == "health"
    assert said.subject == "crawler: 1 failing (联合); 4 stale (S0, S1, S2, …); 1 recovered (Well)"
    lines = said.text.splitlines()
    assert lines[0] == "联合 is failing: timed out (3 times in a row) (http://a)"
    assert lines[-1] == "Well has recovered, was stale (http://w)"
    assert said.changes == found
    assert found[0] == Change("联合", "http://a", "failing", "failing", "timed out (3 times in a row)", "")


def test_a_message_of_very_many_is_cut() -> None:
    found = changes([Subject(f"S{n}", "http://s", STALE, "") for n in range(MOST_LINES + 7)])
    assert message(found).text.splitlines()[MOST_LINES:] == ["… and 7 more"]
    assert len(message(found).changes) == MOST_LINES + 7


def test_a_trial_says_that_it_is_one() -> None:
    assert trial().event == "test"
