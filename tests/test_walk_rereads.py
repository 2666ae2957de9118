"""Articles that change, the whole way: from a real server on the loopback interface to posts rewritten in place."""

from __future__ import annotations

import email.utils
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.archive import REVISIONS, FolderArchive
from crawler.cli.parts import locked_store, trial_store
from crawler.inventory import rebuild
from crawler.model import Tally
from crawler.state.opening import open_state
from tests.fakes import InProcess, article, entry, prose, rss, says, stories
from tests.test_walk import NEWS, ROUTES, SITE, Machine, quick
from tests.webserver import Handler, Line, page

__all__ = ["quick"]

HALF_HOUR = timedelta(minutes=30)
WATCHFUL = replace(NEWS, recheck=(HALF_HOUR, timedelta(days=1)), keep_revisions=True)
NAMES = [f"2021-11-20-Story {n}.md" for n in (1, 2, 3)]


def html(text: str) -> Handler:
    return page(text.encode(), Content_Type="text/html; charset=utf-8")


def corrected(n: int) -> str:
    return article(n).replace("before the tide turned", "before the rain came")


def atom(updated: str, title: str = "Story 1", text: str = "A summary.") -> Handler:
    """Return a feed of one entry."""
    return says(
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>t</id>'
        f"<entry><id>1</id><title>{title}</title><link href='{SITE}/1'/><published>2021-11-20T05:00:00Z</published>"
        f"<updated>{updated}</updated><summary>{text}</summary></entry></feed>"
    )


def post(there: Machine, n: int = 1) -> Path:
    return there.config.archive / "_posts" / f"2021-11-20-Story {n}.md"


def test_pages_that_change_are_read_again_with_real_processes(tmp_path: Path) -> None:
    there = Machine(tmp_path, dict(ROUTES), WATCHFUL)
    assert there.run().archived == 3
    before = post(there).read_text()
    there.routes["/1"] = html(corrected(1))
    assert there.later(minutes=31).run() == Tally(polled=1, unchanged=1, fetched=3, revised=1)
    assert there.posts == [*NAMES, "20211120T064344Z.md"]
    assert post(there).read_text() == before.replace("tide turned", "rain came")
    assert there.findings() == []


@pytest.mark.parametrize(
    ("feed", "want"),
    [
        (atom("2021-11-20T07:00:00Z"), ("Story 1", "rain came")),
        (atom("2021-11-20T05:30:00Z", text="Another summary."), ("Story 1", "rain came")),
        (atom("2021-11-20T05:30:00Z", title="Story one"), ("Story one", "rain came")),
        (atom("2021-11-20T05:30:00Z"), ("Story 1", "tide turned")),
    ],
    ids=["updated", "content only", "title only", "nothing"],
)
def test_a_feed_that_says_something_new(tmp_path: Path, quick: InProcess, feed: Handler, want: tuple[str, str]) -> None:
    there = Machine(tmp_path, {**ROUTES, "/feed": atom("2021-11-20T05:30:00Z")})
    assert there.run().archived == 1
    head = post(there).read_text().splitlines()[3:10]
    there.routes |= {"/feed": feed, "/1": html(corrected(1))}
    there.later(minutes=20).run()
    assert there.targets == ["/feed"]
    there.later(minutes=50).run()
    title, words = want
    text = post(there).read_text()
    assert there.posts == NAMES[:1]
    assert f'title: "{title}"' in text
    assert f"[{title}](" in text
    assert words in text
    assert text.splitlines()[3:10] == head, "date, author, from, tags, categories and the comment stay"
    assert there.findings() == []


class TestWhatIsNotTouched:
    def machine(self, folder: Path) -> Machine:
        there = Machine(folder, dict(ROUTES), WATCHFUL)
        assert there.run().archived == 3
        there.routes |= {f"/{n}": html(corrected(n)) for n in (1, 2, 3)}
        return there

    def test_posts_that_a_person_edited_or_removed(self, tmp_path: Path, quick: InProcess) -> None:
        there = self.machine(tmp_path)
        post(there, 1).write_text(edited := post(there, 1).read_text() + "\nPS: true.\n")
        post(there, 2).unlink()
        assert there.later(minutes=31).run() == Tally(polled=1, unchanged=1, fetched=1, revised=1)
        assert there.later(days=2).run().revised == 0
        assert post(there, 1).read_text() == edited
        assert not post(there, 2).exists()
        assert there.findings() == ["edited _posts/2021-11-20-Story 1.md", "missing _posts/2021-11-20-Story 2.md"]

    def test_posts_whose_pages_are_poorer_walled_or_gone(self, tmp_path: Path, quick: InProcess) -> None:
        there = self.machine(tmp_path)
        before = [post(there, n).read_text() for n in (1, 2, 3)]
        wall = "<html><body><h1>Story 2</h1><p>Subscribe now to continue reading.</p></body></html>"
        cut = article(1).replace(prose(1), prose(1)[:230] + "</p>")
        there.routes |= {"/1": html(cut), "/2": html(wall), "/3": page(b"", 410)}
        assert there.later(minutes=31).run().revised == 0
        assert sorted(there.targets) == ["/1", "/2", "/3", "/feed"]
        assert [post(there, n).read_text() for n in (1, 2, 3)] == before

    def test_what_a_lost_state_cannot_vouch_for(self, tmp_path: Path, quick: InProcess) -> None:
        there = self.machine(tmp_path)
        before = post(there).read_text()
        (there.config.archive / ".crawler/state.db").unlink()
        there.routes["/feed"] = says(rss(*stories(SITE, 1, 2, 3, text="Something new.")))
        for _ in range(3):
            assert there.later(days=1).run().fetched == 0
        assert post(there).read_text() == before


def test_earlier_texts_are_kept_where_neither_verify_nor_rebuild_nor_a_lost_state_touches_them(
    tmp_path: Path, quick: InProcess
) -> None:
    there = Machine(tmp_path, dict(ROUTES), WATCHFUL)
    there.run()
    before = post(there).read_bytes()
    there.routes["/1"] = html(corrected(1))
    assert there.later(minutes=31).run().revised == 1
    (kept,) = (there.config.archive / REVISIONS).rglob("*.md")
    assert (
        kept.relative_to(there.config.archive).as_posix() == ".revisions/_posts/2021-11-20-Story 1/20211120T064344Z.md"
    )
    assert kept.read_bytes() == before
    assert there.findings() == []
    state = open_state("sqlite://")
    assert rebuild(FolderArchive(there.config.archive), state, there.clock.now())[:2] == (3, ())
    state.close()
    for place in (there.config.archive / ".crawler").iterdir():
        place.unlink()
    assert there.later(minutes=30).run().fetched == 0
    assert kept.read_bytes() == before
    assert there.findings() == []


def test_a_feed_that_is_never_still_costs_six_pages_in_three_days(tmp_path: Path, quick: InProcess) -> None:
    """`updated` is touched, entries change places, views are counted: at every poll."""
    there = Machine(tmp_path, dict(ROUTES), replace(NEWS, every=timedelta(hours=2)))

    async def restless(line: Line) -> None:
        now = there.clock.now()
        items = [
            entry(f"{SITE}/{n}", f"Story {n}", f"A summary. {now:%s} views, {now.minute} minutes ago.", date=None)
            for n in (1, 2)
        ]
        stamp = f'<a:updated xmlns:a="http://www.w3.org/2005/Atom">{now.isoformat()}</a:updated></item>'
        items = [item.replace("</item>", stamp) for item in items[:: 1 if now.hour % 4 > 1 else -1]]
        await line.answer(
            200, rss(*items, head=f"<lastBuildDate>{email.utils.format_datetime(now)}</lastBuildDate>").encode()
        )

    there.routes["/feed"] = restless
    asked: list[str] = []
    polls = 0
    for _ in range(3 * 12):
        polls += there.run().polled
        asked += there.targets
        there.later(hours=2)
    assert polls == 3 * 12
    assert (asked.count("/1"), asked.count("/2")) == (7, 7), "to file it, and six times since"
    assert there.posts == ["2021-11-20-Story 1.md", "2021-11-20-Story 2.md"]


def test_a_dry_run_reads_nothing_again(tmp_path: Path, quick: InProcess) -> None:
    there = Machine(tmp_path, dict(ROUTES), WATCHFUL)
    assert there.run(locked_store).archived == 3
    there.later(days=2).run(trial_store, articles=False)
    assert there.targets == ["/feed"]
