"""Posts that are rewritten to show their pictures, beside those who write them, too: people, and re-reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from crawler import urls
from crawler.model import Tally
from crawler.state.opening import open_state
from tests.fakes import FEED, Answer, World, answer, article, rss, stories
from tests.pictures import JPEG, PNG, asset, shows
from tests.test_gallery import HOST, KEEPS, POST, URL, P, Q, is_sound, text, world


class TestAPersonsEdit:
    def test_before_the_pictures_came_stays(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.run()
        (tmp_path / POST).write_text(mine := text(there) + "mine\n")
        there.pages[P] = answer(PNG)
        assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1, pictures=1)
        assert text(there) == mine
        assert there.state.pictures.album(urls.key(URL)) is None

    def test_of_removing_it_brings_nothing_back(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.run()
        (tmp_path / POST).unlink()
        there.pages[P] = answer(PNG)
        assert there.later(minutes=20).run().hung == 0
        assert there.posts == {}

    def test_while_it_is_written_stays(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)

        class Editing:
            def __getattr__(self, name: str) -> object:
                return getattr(whole, name)

            def put(self, path: str, data: bytes, *, over: bytes | None = None) -> None:
                if over is not None:
                    (tmp_path / path).write_text("mine")
                whole.put(path, data, over=over)

        whole = there.archive
        assert there.run(archive=Editing()).hung == 0
        assert text(there) == "mine"
        assert there.later(minutes=20).run() == Tally(polled=1, unchanged=1)


class TestReReading:
    def corrected(self, there: World, page: str) -> Tally:
        there.pages |= {FEED: rss(*stories(HOST, 1, text="Corrected.")), URL: page}
        there.later(minutes=16).run()
        return there.later(hours=1).run()

    def test_of_a_page_that_did_not_change_changes_nothing(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.run()
        before = text(there)
        assert self.corrected(there, shows(P)) == Tally(polled=1, unchanged=1, fetched=1)
        assert text(there) == before

    def test_shows_known_pictures_at_once_and_brings_the_new_ones(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.run()
        tally = self.corrected(there, shows(P, Q).replace("before the tide turned", "before the rain came"))
        assert tally == Tally(polled=1, unchanged=1, fetched=1, revised=1, pictures=1, hung=1)
        assert there.targets.count(P) == 0
        assert f"![Picture 1](../{asset(PNG)})\n\n![Picture 2](../{asset(JPEG)})\n" in text(there)
        assert "before the rain came" in text(there)
        assert is_sound(there)

    def test_of_fewer_pictures_awaits_those_no_more(self, tmp_path: Path) -> None:
        there = world(tmp_path, P)
        there.pages[P] = answer(status=500)
        there.run()
        self.corrected(there, article(1).replace("before the tide turned", "before the rain came"))
        assert P not in text(there)
        assert there.state.pictures.counts() == (0, 0)
        assert there.later(days=1).run().pictures == 0
        assert P not in there.targets

    def test_and_its_pictures_at_once_take_turns(self, tmp_path: Path) -> None:
        """The page is still on its way when the picture comes home: the post is rewritten once the re-read is done."""
        there = world(tmp_path, P, source=replace(KEEPS, recheck=(timedelta(hours=1),)))
        there.state = open_state(f"sqlite:///{tmp_path}/state.db")  # which others may read meanwhile
        there.pages[P] = answer(status=500)
        there.run()
        there.pages |= {P: answer(PNG)}

        async def slow() -> Answer:
            while P not in there.targets or not there.state.pictures.known([P], "assets"):
                await there.clock.sleep(0)
            return answer(shows(P).replace("before the tide turned", "before the rain came"))

        there.pages[URL] = slow
        assert there.later(hours=3).run() == Tally(polled=1, unchanged=1, fetched=1, revised=1, pictures=1)
        assert f"![Picture 1](../{asset(PNG)})" in text(there)
        assert "before the rain came" in text(there)
        assert is_sound(there)
