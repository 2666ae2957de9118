"""`crawler backfill`: wishes, what is said, exit codes; on a real server, with scripted lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.backfill import methods_of, opened
from crawler.cli.window import window
from crawler.errors import ConfigError
from crawler.past import METHODS
from tests import scripted
from tests.conftest import Desk, Said
from tests.fakes import A, article, everything, rss, says, stories
from tests.scripted import listing, named

SINGAPORE = replace(A, timezone="Asia/Singapore")


@pytest.fixture
def past(desk: Desk) -> Iterator[Desk]:
    """A desk with a list of five old articles."""
    undo = scripted.install("")
    yield lists(desk, feed=listing("offers", *named(*(f"{desk.base}/{n}" for n in range(11, 16)))))
    undo()


def lists(desk: Desk, **bodies: str) -> Desk:
    """Put lists and five old articles on the server."""
    desk.routes |= {f"/lists/{method}": says(body) for method, body in bodies.items()}
    desk.routes |= {f"/{n}": says(article(n), Content_Type="text/html") for n in range(11, 16)}
    return desk


def found(said: Said) -> dict[str, Any]:
    (one,) = json.loads(said.out)["backfills"]
    return dict(one)


class TestDates:
    @pytest.mark.parametrize(
        ("since", "until", "begin", "end"),
        [
            ("2021", "2021", (2020, 12, 31, 16), (2021, 12, 31, 16)),
            ("2021-11", "2021-11", (2021, 10, 31, 16), (2021, 11, 30, 16)),
            ("2021-12", "2021-12", (2021, 11, 30, 16), (2021, 12, 31, 16)),
            (" 2021-11-20 ", "2021-11-20", (2021, 11, 19, 16), (2021, 11, 20, 16)),
            ("2021-1-2", "2021-1-2", (2021, 1, 1, 16), (2021, 1, 2, 16)),
            ("2021-11-20T12:00", "2021-11-20 13:30", (2021, 11, 20, 4), (2021, 11, 20, 5, 30)),
            ("2021-11-20T12:00Z", "2021-11-20T13:00+01:00", (2021, 11, 20, 12), None),
        ],
    )
    def test_are_those_of_the_sources_time_zone(
        self, since: str, until: str, begin: tuple[int, ...], end: tuple[int, ...] | None
    ) -> None:
        assert window(since, None, SINGAPORE).since == datetime(*begin, tzinfo=UTC)  # type: ignore[arg-type, misc]
        if end is not None:
            assert window(None, until, SINGAPORE).until == datetime(*end, tzinfo=UTC)  # type: ignore[arg-type, misc]

    def test_may_be_left_out(self) -> None:
        assert window(None, None, A) == window("", "", A)
        assert window(None, None, A).holds(None)

    def test_end_where_the_clocks_are_put_back(self) -> None:
        berlin = replace(A, timezone="Europe/Berlin")
        day = window("2021-10-31", "2021-10-31", berlin)
        assert (day.since, day.until) == (
            datetime(2021, 10, 30, 22, tzinfo=UTC),
            datetime(2021, 10, 31, 23, tzinfo=UTC),
        )

    @pytest.mark.parametrize(
        "text", ["yesterday", "2021-13", "2021-02-30", "0000", "20211120", "2021-W47", "21", "2021-11-20T25:00", "9999"]
    )
    def test_that_are_none_are_refused(self, text: str) -> None:
        with pytest.raises(ConfigError, match=r"^--until: .*is no date: write it like 2021, 2021-11 or 2021-11-20$"):
            window(None, text, SINGAPORE)

    def test_with_nothing_between_are_refused(self) -> None:
        with pytest.raises(ConfigError, match="--since 2021-12 --until 2021-11: nothing lies between"):
            window("2021-12", "2021-11", A)


class TestWays:
    def test_are_tried_in_order_unless_one_is_named(self) -> None:
        assert methods_of(None, is_named=False, is_dead=False) == METHODS
        assert methods_of("sitemap", is_named=False, is_dead=False) == ("sitemap",)
        assert methods_of(None, is_named=True, is_dead=False) == ("urls",)
        assert methods_of(None, is_named=False, is_dead=True) == ("dead",)

    @pytest.mark.parametrize("named", [("feed", True, False), ("feed", False, True), (None, True, True)])
    def test_that_are_two_are_refused(self, named: tuple[Any, bool, bool]) -> None:
        with pytest.raises(ConfigError, match="give one"):
            methods_of(named[0], is_named=named[1], is_dead=named[2])

    def test_may_be_a_file_of_addresses(self, tmp_path: Path) -> None:
        place = tmp_path / "urls"
        place.write_bytes(b"http://a.example/1\n")
        with opened(place) as lines:
            assert lines is not None
            assert list(lines) == [b"http://a.example/1\n"]
        with opened(None) as lines:
            assert lines is None


class TestUsage:
    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ((), "Missing argument 'SOURCE...'"),
            (("Nobody",), "no source is called 'Nobody'"),
            (("Harbour", "--since", "soon"), "--since: 'soon' is no date"),
            (("Harbour", "--from", "luck"), "Invalid value for '--from'"),
            (("Harbour", "--limit", "-1"), "Invalid value for '--limit'"),
            (("Harbour", "--from", "feed", "--dead"), "give one"),
            (("Harbour", "--refresh", "archive", "--since", "2021"), "without --since and --until"),
            (("Harbour", "--refresh", "archive", "--until", "2021"), "without --since and --until"),
        ],
    )
    def test_that_is_wrong_is_refused_with_a_reason(self, words: tuple[str, ...], why: str, past: Desk) -> None:
        said = past.run("backfill", *words)
        assert said.code == 2
        assert why in said.err
        assert past.targets == []

    def test_of_standard_input_needs_one_that_is_open(self, past: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", None)  # as Python has it where it was closed
        said = past.run("backfill", "Harbour", "--urls", "-")
        assert (said.code, said.err) == (2, "error: --urls: -: standard input is closed\n")

    def test_of_stubs_may_be_json(self, past: Desk) -> None:
        said = past.run("backfill", "Harbour", "--refresh", str(past.folder / "archive"), "--json")
        assert json.loads(said.out) == {"stubs": 0, "rewritten": 0}

    def test_of_a_file_needs_one_source(self, past: Desk) -> None:
        past.configure(*({"name": "Harbour", "url": f"{past.base}/{feed}"} for feed in ("feed", "other")))
        (past.folder / "urls").write_text("")
        said = past.run("backfill", "Harbour", "--urls", str(past.folder / "urls"))
        assert (said.code, "2 sources are called so" in said.err) == (2, True)


class TestTheOutcome:
    def test_is_told_in_a_line(self, past: Desk) -> None:
        said = past.run("backfill", "Harbour", "--from", "feed")
        assert (said.code, said.err) == (0, "")
        assert said.out == (
            "Harbour, from the older pages of its feed: done: 5 listed, 5 of them to fetch, 5 archived\n"
        )
        assert len(past.posts) == 8, "news is polled meanwhile"
        assert past.run("status").out.count("backfill: Harbour") == 1

    def test_is_quiet_with_q(self, past: Desk) -> None:
        said = past.run("backfill", "Harbour", "-q")
        assert (said.code, said.out, said.err) == (0, "", "")

    def test_is_json(self, past: Desk) -> None:
        one = found(past.run("backfill", "Harbour", "--json", "--since", "2021"))
        assert one.pop("articles") == {
            "listed": 5, "known": 0, "outside": 0, "unwanted": 0, "owed": 5, "taken": 5, "archived": 5, "failed": 0,
            "steps": 1, "left": 0,
        }  # fmt: skip
        assert one == {
            "source": "Harbour",
            "url": f"{past.base}/feed",
            "method": "feed",
            "state": "done",
            "said": "",
            "since": "2021-01-01T00:00:00Z",
            "until": None,
            "started": "2021-11-20T06:43:44Z",
            "ended": "2021-11-20T06:43:44Z",
            "lists_left": 0,
            "lists_failed": 0,
            "seconds_left": None,
        }

    def test_of_a_source_that_offers_nothing_says_what_may_help(self, past: Desk) -> None:
        said = lists(past, feed=listing()).run("backfill", "Harbour")
        assert said.code == 3
        assert "failed: 0 listed" in said.out
        assert (
            "(feed: offers nothing older; sitemap: offers nothing older (neither is there); pages: no place to look; "
            f"wayback: {past.base}/lists/wayback: HTTP 404 Not Found)\n"
        ) in said.out
        assert said.out.endswith(" at the source, or a file of addresses by --urls\n")
        assert "--from wayback, or a file" in past.run("backfill", "Harbour", "--from", "pages").out

    def test_of_lists_that_cannot_be_read_is_a_failure(self, past: Desk) -> None:
        body = listing("offers", f"onward {past.base}/lists/gone", *named(f"{past.base}/11"))
        said = lists(past, feed=body).run("backfill", "Harbour")
        assert said.code == 3
        assert f"a list could not be read: {past.base}/lists/gone: HTTP 404 Not Found" in said.out
        assert "  the same command tries again what could not be read\n" in said.out

    def test_of_two_sources_of_one_name_is_of_both(self, past: Desk) -> None:
        past.routes["/other/feed"] = says(rss(*stories(past.base, 3)))
        past.configure(*({"name": "Harbour", "url": f"{past.base}/{feed}"} for feed in ("feed", "other/feed")))
        said = past.run("backfill", "Harbour", "--from", "feed")
        assert said.code == 0
        assert said.out.count("done: 5 listed") == 2
        assert past.targets.count("/lists/feed") == 2
        assert len(past.posts) == 8
        assert len(set(past.targets) & {f"/{n}" for n in range(11, 16)}) == 5
        assert past.run("backfill", f"{past.base}/feed", "--from", "feed").out.count("Harbour") == 1


class TestTheLimit:
    def test_ends_well_and_goes_on(self, past: Desk) -> None:
        body = listing("offers", f"onward {past.base}/lists/2", *named(f"{past.base}/11", f"{past.base}/12"))
        lists(past, feed=body, **{"2": listing(*named(f"{past.base}/13"))})
        said = past.run("backfill", "Harbour", "--limit", "1")
        assert said.code == 0
        assert "not done yet: 2 listed, 2 of them to fetch, 1 archived, 1 left, 1 list to read" in said.out
        assert said.out.endswith("  the same command goes on from here\n")
        said = past.run("backfill", "Harbour")
        assert (said.code, "done: 3 listed, 3 of them to fetch, 3 archived" in said.out) == (0, True)
        assert not {"/11", "/lists/feed"} & set(past.targets)

    def test_of_nothing_is_well(self, past: Desk) -> None:
        assert past.run("backfill", "Harbour", "--limit", "0").code == 0


class TestSilence:
    def test_that_lasts_is_told_with_its_end(self, past: Desk) -> None:
        past.routes["/11"] = says(status=429, Retry_After="7200")
        past.run("run")
        said = past.run("backfill", "Harbour")
        assert said.code == 3
        assert "1 failing, 4 left" in said.out
        assert said.out.endswith("  it waits for an answer until 2021-11-20 08:43 UTC; the same command goes on then\n")
        past.routes["/11"] = says(article(11), Content_Type="text/html")
        assert past.later(hours=3).run("backfill", "Harbour").code == 0
        assert len(past.posts) == 8


class TestADryRun:
    def test_tells_the_addresses_and_writes_nothing(self, past: Desk) -> None:
        said = past.run("backfill", "Harbour", "--dry-run")
        assert said.code == 0
        assert [line for line in said.out.splitlines() if line.startswith("  ")] == [
            f"  {past.base}/{n}" for n in range(11, 16)
        ]
        assert past.targets == ["/feed", "/lists/feed"]
        assert not past.archive.exists()

    def test_beside_a_state_leaves_it_as_it_is(self, past: Desk) -> None:
        past.run("backfill", "Harbour", "--limit", "2")
        before = everything(past.archive)
        said = past.run("backfill", "Harbour", "--dry-run")
        assert (said.code, said.out.count(past.base)) == (0, 3)
        assert everything(past.archive) == before

    @pytest.mark.parametrize("limit", [0, 2, 5, 9])
    def test_stops_at_the_limit(self, limit: int, past: Desk) -> None:
        body = listing("offers", f"onward {past.base}/lists/2", *named(*(f"{past.base}/{n}" for n in (11, 12, 13))))
        lists(past, feed=body, **{"2": listing(*named(f"{past.base}/14", f"{past.base}/15"))})
        said = past.run("backfill", "Harbour", "--dry-run", "--limit", str(limit))
        assert (said.code, said.out.count("\n  ")) == (0, min(limit, 5))
        assert len([target for target in past.targets if target.startswith("/lists")]) == ({0: 0, 2: 1}.get(limit, 2))

    def test_takes_no_more_of_two_sources_than_of_one(self, past: Desk) -> None:
        past.routes["/other"] = says(rss())
        past.configure(*({"name": "Harbour", "url": f"{past.base}/{feed}"} for feed in ("feed", "other")))
        said = past.run("backfill", "Harbour", "--dry-run", "--limit", "7")
        assert said.out.count("\n  ") <= 7

    def test_is_json_too(self, past: Desk) -> None:
        one = found(past.run("backfill", "Harbour", "--dry-run", "--json"))
        assert one["waiting"] == [f"{past.base}/{n}" for n in range(11, 16)]

    def test_of_a_host_that_wants_silence_ends(self, past: Desk) -> None:
        past.routes["/lists/feed"] = says(status=429, Retry_After="7200")
        said = past.run("backfill", "Harbour", "--dry-run")
        assert said.code == 3
        assert not past.archive.exists()


class TestByHand:
    """An article that a backfill leaves out is still to be had by `fetch`."""

    @pytest.mark.parametrize("is_tried", [True, False])
    def test_whether_it_was_left_out_or_waits(self, is_tried: bool, past: Desk) -> None:
        early = '<meta property="article:published_time" content="2020-01-01T00:00:00Z">'
        lists(past, feed=listing("offers", *named(f"{past.base}/11")))
        past.routes["/11"] = says(status=503) if not is_tried else says(article(11, head=early))
        past.run("backfill", "Harbour", "--since", "2021")
        assert len(past.posts) == 3
        past.routes["/11"] = says(article(11, head=early), Content_Type="text/html")
        said = past.later(hours=1).run("fetch", f"{past.base}/11")
        assert (said.code, said.out) == (0, "_posts/2020-01-01-Story 11.md\n")


class TestStatus:
    def test_tells_of_a_backfill_for_a_week_after_its_end(self, past: Desk) -> None:
        past.run("backfill", "Harbour", "--limit", "1")
        past.later(days=30).run("run")
        one = json.loads(past.run("status", "--json").out)["backfills"][0]
        assert (one["source"], one["state"], one["articles"]["left"]) == ("Harbour", "going", 4)
        past.run("backfill", "Harbour")
        assert "backfill: Harbour, from the older pages of its feed: done" in past.run("status").out
        assert "backfill: " in past.later(days=6).run("status").out
        assert "backfill: " not in past.later(days=2).run("status").out

    def test_of_a_source_that_is_gone_is_not_told(self, past: Desk) -> None:
        past.run("backfill", "Harbour", "--limit", "1")
        past.configure({"name": "Other", "url": f"{past.base}/other"})
        past.run("run")
        assert json.loads(past.run("status", "--json").out)["backfills"] == []
