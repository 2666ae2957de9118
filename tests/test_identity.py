"""What is one article though the address changed, and what is another: each rule and its near misses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler import urls
from crawler.identity import Recognised, guid_hash, mention_of, recognise, told_apart
from crawler.memory import Admission, Known, Mention
from crawler.model import Entry

TIME = datetime(2021, 11, 20, 6, 43, 44, tzinfo=UTC)
HOME = "https://courier.example"
OLD = Entry(url=f"{HOME}/2021/mayor", title="The mayor resigns", guid="tag:1", published=TIME)


def admitted(entry: Entry) -> Admission:
    url = urls.canonical(entry.url)
    return Admission(urls.key(url), url, urls.host(url), entry)


def seen(
    *new: Entry, before: tuple[Entry, ...] = (OLD,), known: Known | None = None, doubted: bool = False
) -> Recognised:
    """Recognise a listing after some entries were seen, whose articles are archived unless said otherwise."""
    memory = tuple(replace(mention_of(admitted(entry)), is_doubted=doubted) for entry in before)
    there = {m.article: replace(known or Known(b"", "done", "x.md"), key=m.article) for m in memory}
    return recognise(tuple(map(admitted, new)), there, memory)


def told(found: Recognised) -> str:
    """Say what became of the one new entry: "new", "renamed" or "moved" (admitted in place of the waiting one)."""
    said = found.sightings
    return "moved" if said.left else "renamed" if said.renamed else "new" if found.fresh else "known"


LATER = TIME + timedelta(hours=3)
SLUG = f"{HOME}/2021/mayor-resigns-after-vote"
CASES = [
    # the address agrees
    ({}, "known"),
    ({"guid": "tag:new-cms/1"}, "known"),
    ({"guid": "", "title": "The mayor stays", "published": LATER}, "known"),
    # rule 1: the same path on the same site
    ({"url": "http://courier.example/2021/mayor", "guid": ""}, "renamed"),
    ({"url": "http://www.courier.example/2021/mayor", "guid": "", "title": "Mayor gone"}, "renamed"),
    ({"url": "http://m.courier.example/2021/mayor", "guid": "", "published": None}, "renamed"),
    ({"url": "http://courier.example/2021/mayor", "guid": "", "title": "Mayor gone", "published": LATER}, "new"),
    # rule 2: the guid, and two of title, time and path
    ({"url": SLUG}, "renamed"),
    ({"url": SLUG, "title": "The  Mayor Resigns", "published": TIME.replace(second=0)}, "renamed"),
    ({"url": "https://new.example/2021/mayor", "published": LATER}, "renamed"),
    ({"url": "https://new.example/2021/mayor", "title": "Mayor gone"}, "renamed"),
    ({"url": SLUG, "title": "Mayor gone"}, "new"),
    ({"url": SLUG, "published": LATER}, "new"),
    ({"url": SLUG, "published": None}, "new"),
    ({"url": SLUG, "title": ""}, "new"),
    ({"url": SLUG, "guid": ""}, "new"),
    ({"url": SLUG, "guid": "tag:2"}, "new"),
    # rule 3: the site moved
    ({"url": "https://new.example/2021/mayor", "guid": "tag:2"}, "renamed"),
    ({"url": "https://new.example/2021/mayor", "guid": "tag:2", "title": "Mayor gone"}, "new"),
    ({"url": "https://new.example/2021/mayor", "guid": "tag:2", "published": LATER}, "new"),
    ({"url": "https://new.example/2021/mayor", "guid": "tag:2", "published": None}, "new"),
    ({"url": "https://new.example/mayor", "guid": "tag:2"}, "new"),
    ({"url": "https://new.example/2021/mayor?page=2", "guid": "tag:2"}, "new"),
]


@pytest.mark.parametrize(("change", "end"), CASES)
def test_an_entry_after_another(change: dict[str, object], end: str) -> None:
    assert told(seen(replace(OLD, **change))) == end  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["pending", "dead"])
def test_an_article_that_waits_goes_on_at_its_new_address(state: str) -> None:
    found = seen(replace(OLD, url=SLUG), known=Known(b"", state))  # type: ignore[arg-type]
    (fresh,) = found.fresh
    assert (fresh.url, found.sightings.left) == (SLUG, ((urls.key(OLD.url), SLUG),))
    twice = seen(replace(OLD, url=SLUG), replace(OLD, url=f"{SLUG}/2"), known=Known(b"", state))  # type: ignore[arg-type]
    assert len(twice.sightings.left) == 1


def test_one_whose_post_may_be_written_already_keeps_its_address() -> None:
    assert told(seen(replace(OLD, url=SLUG), known=Known(b"", "pending", "x.md"))) == "renamed"


def test_a_feed_that_changes_all_its_guids_brings_nothing_new() -> None:
    before = tuple(replace(OLD, url=f"{HOME}/{n}", title=f"{n}", guid=f"{n}") for n in range(9))
    found = seen(*(replace(one, guid=f"cms-{one.guid}") for one in before), before=before)
    assert (found.fresh, found.sightings.renamed, found.sightings.doubted) == ((), (), ())
    assert {m.guid for m in found.sightings.mentions} == {guid_hash(f"cms-{n}") for n in range(9)}


def test_a_feed_that_moves_to_another_host_brings_nothing_new() -> None:
    before = tuple(replace(OLD, url=f"http://old.example/{n}", title=f"{n}", guid=f"{n}") for n in range(9))
    moved = (replace(one, url=one.url.replace("http://old", "https://new"), guid="") for one in before)
    found = seen(*moved, before=before)
    assert (len(found.fresh), len(found.sightings.renamed)) == (0, 9)


def test_a_copy_on_another_site_is_another_article_while_the_feed_names_both_sites() -> None:
    copy = replace(OLD, url="https://sister.example/2021/mayor", guid="")
    assert told(seen(copy, replace(OLD, guid=""), before=(replace(OLD, guid=""),))) == "new"
    assert len(seen(copy, replace(OLD, guid=""), before=()).fresh) == 2
    assert told(seen(copy)) == "renamed", "the old host is named no more"


def test_front_pages_and_made_addresses_agree_in_nothing() -> None:
    assert told(seen(replace(OLD, url="https://new.example/", guid=""), before=(replace(OLD, url=HOME),))) == "new"


class TestGuidsThatAreNone:
    @pytest.mark.parametrize("guid", ["news", "1", "2021-11-20", HOME])
    def test_are_doubted_for_good(self, guid: str) -> None:
        listing = [replace(OLD, url=f"{HOME}/{n}", title=f"{n}", guid=guid) for n in range(3)]
        found = seen(*listing, before=())
        assert (len(found.fresh), found.sightings.doubted) == (3, (guid_hash(guid),))
        assert {mention.is_doubted for mention in found.sightings.mentions} == {True}
        again = seen(*listing, replace(OLD, url=f"{HOME}/4", title="4", guid=guid), before=tuple(listing), doubted=True)
        assert (len(again.fresh), again.sightings.doubted) == (1, ()), "said once"

    def test_tell_nothing_any_more(self) -> None:
        assert told(seen(replace(OLD, url=SLUG), doubted=True)) == "new"
        assert told(seen(replace(OLD, url="http://courier.example/2021/mayor"), doubted=True)) == "renamed"

    def test_are_not_told_by_titles_that_agree(self) -> None:
        """One article under two sections, or a column under a category: the texts will tell."""
        found = seen(OLD, replace(OLD, url=SLUG), before=())
        assert (len(found.fresh), found.sightings.doubted) == (2, ())

    def test_may_have_no_titles(self) -> None:
        listing = [replace(OLD, url=f"{HOME}/{n}", title="") for n in range(2)]
        assert seen(*listing, before=()).sightings.doubted == (guid_hash("tag:1"),)

    def test_empty_ones_are_no_guid_at_all(self) -> None:
        assert guid_hash(" ") == b""
        listing = [replace(OLD, url=f"{HOME}/{n}", title=f"{n}", guid="") for n in range(2)]
        assert seen(*listing, before=()).sightings.doubted == ()


def test_two_spellings_in_one_listing_are_one_article() -> None:
    found = seen(OLD, replace(OLD, url="http://www.courier.example/2021/mayor", guid=""), before=())
    assert [one.url for one in found.fresh] == [OLD.url]
    assert [renaming.article for renaming in found.sightings.renamed] == [urls.key(OLD.url)]


class TestToldApart:
    TEXT = replace(OLD, content="<p>x</p>")

    def after(self, earlier: Entry, new: Entry) -> bool:
        """Tell whether the new entry gets an address of its own."""
        one = admitted(new) if new.url else Admission(b"k", urls.canonical(HOME), "courier.example", new)
        before = mention_of(replace(one, entry=earlier))
        (found,) = told_apart((one,), (before,))
        assert (found.entry.url == "") is (found.key != one.key or not new.url)
        return found.key != one.key

    FRAGMENTS = (
        ("#v1", "#v2", "v2", True),
        ("#v1", "#v1", "v2", False),
        ("#v1", "#v2", "The mayor resigns", False),
        ("", "#v2", "v2", False),
        ("#xtor=RSS-1", "#xtor=RSS-2", "v2", False),
    )

    @pytest.mark.parametrize(("old", "new", "title", "apart"), FRAGMENTS)
    def test_by_fragments_under_two_titles(self, old: str, new: str, title: str, apart: bool) -> None:
        earlier, later = (replace(self.TEXT, url=f"{HOME}/changelog{end}") for end in (old, new))
        assert self.after(earlier, replace(later, title=title)) is apart
        assert not self.after(earlier, replace(later, title=title, content="")), "there is only the page"

    LINKLESS = (
        ("b", LATER, True),
        ("b", TIME, False),
        ("b", None, False),
        ("The mayor resigns", LATER, False),
        ("", LATER, False),
    )

    @pytest.mark.parametrize(("title", "published", "apart"), LINKLESS)
    def test_without_a_link_by_title_and_time_together(
        self, title: str, published: datetime | None, apart: bool
    ) -> None:
        earlier = replace(self.TEXT, url="")
        assert self.after(earlier, replace(earlier, title=title, published=published)) is apart

    def test_of_unknown_ones_nothing_is_said(self) -> None:
        one = admitted(self.TEXT)
        assert told_apart((one,), (Mention(b"other"),)) == (one,)
