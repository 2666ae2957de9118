"""bench/scoring.py: figures that can be counted by hand."""

from __future__ import annotations

import pytest

from bench.labels import TOKEN
from bench.scoring import Match, best, match, row, same_time, set_f1, summary


def test_runs_of_four_words_are_counted_as_often_as_they_occur() -> None:
    # The reference has abcd bcde, the text abcd bcdx: one in both, one of each alone.
    assert match("a b c d e", "a b c d x") == Match(1 / 3, 1 / 3, 1 / 3)
    assert match("a b c d", "a b c d a b c d").both == pytest.approx(1 / 5)


def test_a_text_of_fewer_words_is_one_run() -> None:
    assert match("a b", "a b") == Match(1, 0, 0)
    assert match("a b", "a b c") == Match(0, 0.5, 0.5)


def test_marks_are_no_words_and_case_counts() -> None:
    assert match("One, two; three - four!", "One two three four").f1 == 1
    assert match("One two three four", "one two three four").f1 == 0


def test_precision_recall_and_f1() -> None:
    found = Match(0.5, 0.25, 0.25)
    assert (found.precision, found.recall, found.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    only = match("", "a b c d")
    assert (only.precision, only.recall, only.f1) == (0, 0, 0)


def test_two_empty_texts_agree() -> None:
    nothing = match("", "")
    assert (nothing.precision, nothing.recall, nothing.f1) == (1, 1, 1)


def test_characters_of_chinese_are_words_where_they_are_counted_so() -> None:
    assert match("渡轮今日恢复", "渡轮今日通航").f1 == 0  # one word each
    assert match("渡轮今日恢复", "渡轮今日通航", TOKEN).both == pytest.approx(1 / 5)


def test_of_several_references_the_nearest_counts() -> None:
    assert best(["x y z w", "a b c d"], "a b c d").f1 == 1


def test_a_set_is_judged_by_its_means_and_pages_without_a_claim_are_left_out() -> None:
    assert set_f1([Match(1, 0, 0), Match(0.5, 0.5, 0)]) == pytest.approx(2 * 0.75 / 1.75)
    assert set_f1([Match(1, 0, 0), Match(0, 0, 1)]) == pytest.approx(2 * 0.5 / 1.5)  # an empty text has no precision
    assert set_f1([Match(0, 0, 1)]) == 0


TIMES = {
    "the same": ("2021-11-20T06:43:44Z", "2021-11-20T06:43:01Z", True, True),
    "another minute": ("2021-11-20T06:43:44Z", "2021-11-20T06:44:00Z", True, False),
    "two zones": ("2021-11-20T14:43:00+0800", "2021-11-20T06:43:00Z", True, True),
    "two zones, the day is the first one's": ("2021-11-20T01:00:00+08:00", "2021-11-19T17:00:00Z", True, True),
    "a zone and none": ("2021-11-20T14:43", "2021-11-20T14:43:00+08:00", True, True),
    "a day only": ("2021-11-20", "2021-11-20T00:00:00", True, True),
    "a day only is said": ("2021-11-20T00:00:00", "2021-11-20", True, False),
    "Chinese": ("2021年11月20日", "2021-11-20T00:00", True, True),
    "Chinese with a time": ("2021年11月20日 14:43", "2021-11-20 14:43:00", True, True),
    "strokes": ("2021/11/20 14:43", "2021-11-20 14:43:00", True, True),
    "one figure": ("2021年1月2日", "2021/1/2", True, False),
    "another day": ("2021-11-20", "2021-11-21", False, False),
    "nothing": ("2021-11-20", "", False, False),
    "nonsense": ("2021-11-20", "2021-13-40", False, False),
    "no known date": ("yesterday", "2021-11-20", False, False),
}


@pytest.mark.parametrize(("want", "got", "day", "minute"), TIMES.values(), ids=TIMES)
def test_times(want: str, got: str, day: bool, minute: bool) -> None:
    assert same_time(want, got) == (day, minute)


def test_a_page_is_marked_by_all_that_is_known_of_it() -> None:
    truth = {
        "id": "1",
        "set": "s",
        "refs": ["a b c d"],
        "gate": [["a b", "x"], ["c  d", "y"]],
        "title": "Ｆｅｒｒｙ  sails",
        "authors": ["Ann Lee", "Bo"],
        "date": "2021-11-20T06:43Z",
    }
    said = {"text": "a b\nc d", "title": "ferry Sails", "author": ["bo", "ANN LEE"], "date": "2021-11-20", "cpu_s": 0.5}
    marks = row(truth, said)
    assert marks.pop("f1") == marks.pop("f1c") == Match(1, 0, 0)
    assert marks == {
        "id": "1", "set": "s", "cpu": 0.5, "held": False, "gate": (1, 1, 1), "title": True, "author": True, "day": True, "minute": False,
    }  # fmt: skip


def test_a_page_of_which_nothing_was_said_or_is_known() -> None:
    assert row({"id": "1", "set": "s", "refs": [], "authors": [], "title": ""}, {}) == {
        "id": "1",
        "set": "s",
        "cpu": None,
        "held": False,
    }
    marks = row(
        {"id": "1", "set": "s", "gate": [["a"], ["b"]], "title": "t", "authors": ["a"], "date": "2021-01-01"}, {}
    )
    assert marks["gate"] == (0, 0, 1)
    assert not any(marks[name] for name in ("title", "author", "day", "minute"))


def test_the_figures_of_a_set() -> None:
    pages = [
        row(
            {"id": "1", "set": "s", "refs": ["a b c d"], "title": "t"},
            {"text": "a b c d", "title": "t", "cpu_s": 0.002},
        ),
        row({"id": "2", "set": "s", "refs": ["a b c d"], "title": "t"}, {"text": "x", "cpu_s": 0.004}),
    ]
    assert summary(pages) == {"pages": 2, "f1": 0.5, "f1c": 0.5, "bad": 1, "title": 0.5, "cpu_ms": 3.0}


def test_the_figures_of_a_set_with_segments() -> None:
    gates = [[["a", "b"], ["c"]], [["d"], ["e"]]]
    pages = [row({"id": "1", "set": "s", "gate": gate}, {"text": "a c d"}) for gate in gates]
    assert summary(pages) == {"pages": 2, "f1": 2 * 2 / (2 * 2 + 1 + 1)}
    assert summary([row({"id": "1", "set": "s", "gate": [[], []]}, {})])["f1"] == 0
