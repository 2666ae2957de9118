"""Who named which article: noted with the poll, found by address, guid and path, inherited, counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler import urls
from crawler.errors import GuidHeld, StateError
from crawler.identity import mention_of
from crawler.memory import Admission, ArticleOutcome, Mention, Renaming, Reservation, Sightings
from crawler.model import Entry
from crawler.state import State
from tests.states import ALL, CHINA, DAY, HOUR, KEY, NOW, ROUTE, WORLD, A, B, C, due, entered, polled

OTHER = urls.key(WORLD.url)


def said(*admissions: Admission, **more: object) -> Sightings:
    return replace(Sightings(tuple(map(mention_of, admissions))), **more)  # type: ignore[arg-type]


def poll(state: State, *admissions: Admission, key: bytes = KEY, new: bool = True, **more: object) -> int:
    outcome = polled(*(admissions if new else ()), key=key)
    return state.admit(replace(outcome, sightings=said(*admissions, **more)), NOW)


def named(url: str, guid: str, title: str = "故事") -> Admission:
    return replace(entered(url), entry=Entry(url=url, guid=guid, title=title, published=NOW))


def archive(state: State, *admissions: Admission) -> None:
    for one in admissions:
        path = state.reserve(one.key, [f"{one.key.hex()}.md"])
        state.settle([ArticleOutcome(one.key, "done", path=path)], NOW)


STORY = named("https://a.example/story", "tag:1")


class TestMentions:
    def test_are_found_by_address_guid_and_path(self, state: State) -> None:
        poll(state, STORY, A)
        mention = mention_of(STORY)
        questions: list[dict[str, list[bytes]]] = [
            {"keys": [STORY.key]},
            {"guids": [mention.guid]},
            {"places": [mention.place]},
            {"keys": [STORY.key], "guids": [mention.guid, b"other"], "places": [b"other"]},
        ]
        for question in questions:
            assert state.mentions(KEY, **question) == (mention,)
        assert state.mentions(KEY) == state.mentions(KEY, guids=[b""]) == ()
        assert state.mentions(OTHER, keys=[STORY.key]) == state.mentions(b"unknown", keys=[STORY.key]) == ()

    def test_are_as_the_source_said_last(self, state: State) -> None:
        poll(state, STORY)
        again = named("https://a.example/story", "tag:new", "另一个")
        poll(state, again, new=False)
        assert state.mentions(KEY, keys=[STORY.key]) == (mention_of(again),)
        assert state.mentions(KEY, guids=[mention_of(STORY).guid]) == ()

    def test_tell_whether_any_source_named_an_address(self, state: State) -> None:
        poll(state, STORY, key=OTHER)
        assert [state.is_named(key) for key in (STORY.key, A.key)] == [True, False]

    def test_outlive_the_job(self, state: State) -> None:
        poll(state, STORY)
        archive(state, STORY)
        assert state.mentions(KEY, keys=[STORY.key]) == (mention_of(STORY),)

    def test_any_number_may_be_asked_for(self, state: State) -> None:
        many = [named(f"https://a.example/{n}", f"tag:{n}") for n in range(1200)]
        poll(state, *many)
        assert len(state.mentions(KEY, keys=[one.key for one in many])) == 1200

    def test_of_a_source_of_the_same_name_that_is_configured_no_more_count(self, state: State) -> None:
        poll(state, STORY)
        state.sync_sources([WORLD, ROUTE], NOW)
        assert state.mentions(OTHER, keys=[STORY.key]) == (mention_of(STORY),)
        assert state.mentions(urls.key(ROUTE.url), keys=[STORY.key]) == (), "it has another name"
        poll(state, named(STORY.url, "tag:mine"), key=OTHER, new=False)
        (mine,) = state.mentions(OTHER, keys=[STORY.key])
        assert mine.guid == urls.key("tag:mine"), "its own word comes first"


class TestGuids:
    def test_that_are_doubted_stay_so(self, state: State) -> None:
        poll(state, STORY, doubted=(mention_of(STORY).guid,))
        (mention,) = state.mentions(KEY, keys=[STORY.key])
        assert mention.is_doubted

    def test_are_doubted_by_an_articles_end_in_its_source_alone(self, state: State) -> None:
        poll(state, STORY)
        poll(state, STORY, key=OTHER, new=False)
        state.settle([ArticleOutcome(STORY.key, "done", path="x.md", doubted=mention_of(STORY).guid)], NOW)
        assert [state.mentions(key, keys=[STORY.key])[0].is_doubted for key in (KEY, OTHER)] == [True, False]


class TestNames:
    NEW = named("https://new.example/story", "tag:1")

    def test_of_a_known_article_are_no_work_and_no_post(self, state: State) -> None:
        poll(state, STORY)
        archive(state, STORY)
        poll(state, self.NEW, new=False, renamed=(Renaming(self.NEW, STORY.key),))
        known = state.known([self.NEW.key])[self.NEW.key]
        assert (known.state, known.path) == ("done", f"{STORY.key.hex()}.md")
        assert (due(state), len(state.filed())) == ([], 1)
        assert state.mentions(KEY, keys=[self.NEW.key]) == (mention_of(self.NEW),)

    def test_of_one_that_is_new_itself(self, state: State) -> None:
        outcome = replace(polled(STORY), sightings=said(STORY, self.NEW, renamed=(Renaming(self.NEW, STORY.key),)))
        assert state.admit(outcome, NOW) == 1
        assert due(state) == [STORY.url]

    def test_in_whose_favour_one_that_waits_is_left(self, state: State) -> None:
        poll(state, STORY)
        poll(state, self.NEW, left=((STORY.key, self.NEW.url),))
        assert due(state) == [self.NEW.url]
        assert state.known([STORY.key])[STORY.key].state == "done"
        assert state.frontier() == (1, 0)

    def test_take_nothing_from_one_that_is_archived(self, state: State) -> None:
        poll(state, STORY)
        archive(state, STORY)
        poll(state, self.NEW, left=((STORY.key, self.NEW.url),))
        assert state.known([STORY.key])[STORY.key].path == f"{STORY.key.hex()}.md"


def counts(state: State) -> dict[str, tuple[int, int, int]]:
    """Return how many articles each source has, waits for, and shares."""
    return {row.url: (row.all, row.pending, row.shared) for row in state.source_rows(NOW)}


class TestTwoSources:
    @pytest.fixture
    def both(self, state: State) -> State:
        """Two articles of both sources, of which one is archived, and one of the second alone."""
        poll(state, A, B)
        poll(state, A, B, C, key=OTHER)
        archive(state, A)
        return state

    def test_are_counted_at_the_first_and_as_shared_at_the_other(self, both: State) -> None:
        assert counts(both) == {CHINA.url: (1, 1, 0), WORLD.url: (0, 1, 1), ROUTE.url: (0, 0, 0)}

    def test_when_the_first_is_removed_the_other_goes_on(self, both: State) -> None:
        both.sync_sources([WORLD, ROUTE], NOW)
        assert counts(both) == {WORLD.url: (1, 2, 0), ROUTE.url: (0, 0, 0)}
        assert {job.source for job in both.due_articles(NOW, 9, per_host=9)} == {WORLD.url}
        both.sync_sources(ALL, NOW + DAY)
        assert counts(both)[CHINA.url] == (0, 0, 1)

    def test_when_both_are_removed_nothing_is_lost(self, both: State) -> None:
        both.sync_sources([ROUTE], NOW)
        assert due(both) == []
        both.sync_sources(ALL, NOW + HOUR)
        assert counts(both)[CHINA.url] == (1, 1, 0)

    def test_when_the_first_is_removed_who_names_its_articles_later_takes_them(self, both: State) -> None:
        both.sync_sources([ROUTE], NOW)
        poll(both, A, key=urls.key(ROUTE.url))
        assert counts(both) == {ROUTE.url: (1, 0, 0)}


def test_a_mention_is_read_back_equal(state: State) -> None:
    full = Mention(A.key, "a.example", b"g", b"p", b"f", b"t", NOW, is_doubted=True)
    state.admit(replace(polled(A), sightings=Sightings((full,))), NOW)
    assert state.mentions(KEY, keys=[A.key]) == (full,)


class TestNamesByGuid:
    """An article whose source knows another one by its guid gets no name before somebody looked at that one."""

    TWIN = named("https://a.example/2026/story", "tag:1")

    @staticmethod
    def named_after(state: State, one: Admission, source: bytes = KEY) -> str | StateError:
        wanted = Reservation(one.key, (f"{one.key.hex()}.md",), (), source, mention_of(one).guid)
        (result,) = state.record([(state.owned, wanted)], NOW)
        return result

    def test_that_only_the_article_has_are_no_hindrance(self, state: State) -> None:
        poll(state, STORY, A, named("https://a.example/third", "tag:3"))
        assert self.named_after(state, STORY) == f"{STORY.key.hex()}.md"

    def test_that_another_one_has_are_told_and_nothing_is_reserved(self, state: State) -> None:
        poll(state, STORY, self.TWIN, A)
        both = [Reservation(one.key, ("same.md",), (), KEY, mention_of(one).guid) for one in (STORY, A)]
        held, path = state.record([(state.owned, one) for one in both], NOW)
        assert isinstance(held, GuidHeld)
        assert path == "same.md"
        assert state.reserve(STORY.key, ["free.md"]) == "free.md"  # who has looked asks without the guid

    def test_that_are_doubted_are_no_hindrance(self, state: State) -> None:
        poll(state, STORY, self.TWIN)
        poll(state, STORY, self.TWIN, new=False, doubted=(mention_of(STORY).guid,))
        assert self.named_after(state, STORY) == f"{STORY.key.hex()}.md"

    def test_of_other_sources_are_no_hindrance(self, state: State) -> None:
        poll(state, STORY)
        poll(state, self.TWIN, key=OTHER)
        assert self.named_after(state, STORY) == f"{STORY.key.hex()}.md"
        assert self.named_after(state, self.TWIN, OTHER) == f"{self.TWIN.key.hex()}.md"

    def test_that_a_source_knew_at_its_former_address_are_told(self, state: State) -> None:
        poll(state, STORY)
        moved = replace(CHINA, url="https://moved.example/feed")
        state.sync_sources((moved, *(one for one in ALL if one != CHINA)), NOW)
        poll(state, self.TWIN, key=urls.key(moved.url))
        assert isinstance(self.named_after(state, self.TWIN, urls.key(moved.url)), GuidHeld)
