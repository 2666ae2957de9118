"""`crawler verify`, `crawler rebuild`, `crawler config check`."""

from __future__ import annotations

import pytest

from crawler.archive import lock
from tests.conftest import Desk
from tests.fakes import everything
from tests.webserver import page

POST = "_posts/2021-11-20-Story 1.md"


@pytest.fixture
def full(desk: Desk) -> Desk:
    """A desk with three posts."""
    assert desk.run("run").code == 0
    return desk


class TestVerify:
    def test_ends_well_where_all_is_well(self, full: Desk) -> None:
        before = everything(full.folder)
        assert full.run("verify") == (0, "all is well\n", "")
        assert everything(full.folder) == before

    def test_names_each_fault(self, full: Desk) -> None:
        (full.archive / POST).unlink()
        (full.archive / "_posts/2021-11-20-Story 2.md").write_text("---\nlayout: post\n")
        said = full.run("verify")
        assert said.code == 6
        lines = said.out.splitlines()
        assert lines[0].startswith("broken: _posts/2021-11-20-Story 2.md: the post of ")
        assert lines[1].startswith(f"missing: {POST}: ")
        assert lines[2] == "2 faults"

    def test_tells_of_a_post_that_was_edited_and_ends_well(self, full: Desk) -> None:
        with (full.archive / POST).open("a") as file:
            file.write("PS\n")
        assert full.run("verify") == (0, f"edited: {POST}: changed since it was written\nall is well\n", "")

    def test_quietly_says_nothing_but_faults(self, full: Desk) -> None:
        with (full.archive / POST).open("a") as file:
            file.write("PS\n")
        assert full.run("verify", "-q") == (0, "", ""), "cron mails what is printed"
        (full.archive / POST).unlink()
        said = full.run("verify", "-q")
        assert (said.code, len(said.out.splitlines())) == (6, 2)
        assert full.run("config", "check", "-q") == (0, "", "")

    def test_says_that_there_is_no_state(self, full: Desk) -> None:
        (full.archive / ".crawler/state.db").unlink()
        said = full.run("verify")
        assert (said.code, said.out) == (0, "all is well\n")
        assert said.err.startswith("there is no state: the files are checked by themselves; `crawler run` or ")

    @pytest.mark.parametrize("damage", ["lost", "garbage"])
    def test_without_a_state_checks_the_files_alone_and_writes_nothing(self, full: Desk, damage: str) -> None:
        state = full.archive / ".crawler/state.db"
        state.unlink()
        if damage == "garbage":
            state.write_bytes(b"garbage" * 1000)
        before = everything(full.folder)
        (full.archive / "_posts/copy.md").write_bytes((full.archive / POST).read_bytes())
        (full.archive / "_posts/2021-01-01-half.md").write_bytes(b"")
        said = full.run("verify")
        assert said.code == 6
        assert said.out.splitlines()[1].startswith("double: _posts/copy.md: the same article as ")
        for name in ("copy", "2021-01-01-half"):
            (full.archive / f"_posts/{name}.md").unlink()
        assert everything(full.folder) == before

    def test_of_an_archive_that_is_not_there_finds_nothing(self, desk: Desk) -> None:
        assert desk.run("verify").code == 0
        assert not desk.archive.exists()


class TestRebuild:
    def test_makes_the_state_anew_and_keeps_the_old_one(self, full: Desk) -> None:
        before = everything(full.archive / "_posts")
        said = full.run("rebuild")
        assert (said.code, said.err) == (0, "")
        first, *others = said.out.splitlines()
        assert first == "the old state is kept as state.db.before-rebuild-20211120T064344Z"
        assert others == [
            "3 articles known from the archive; none of them is fetched again",
            "the search index was made anew, too",
        ]
        assert (full.archive / ".crawler" / first.rpartition(" ")[2]).exists()
        assert full.run("verify").code == 0
        assert full.run("run").code == 0
        assert full.targets == ["/feed"]
        assert everything(full.archive / "_posts") == before

    def test_tells_of_posts_whose_source_has_another_name_now(self, full: Desk) -> None:
        full.configure({"name": "Haven", "url": f"{full.base}/feed"})
        line = "3 posts of no source in the configuration: Harbour (3)"
        assert line in full.run("rebuild").out.splitlines()
        (full.archive / ".crawler/state.db").unlink()
        assert line in full.run("run").err
        for n in range(6):
            text = (full.archive / POST).read_text()
            (full.archive / f"_posts/{n}.md").write_text(
                text.replace("Harbour", f"Name {n}").replace("/1\n", f"/9{n}\n")
            )
        assert "9 posts of no source in the configuration: Harbour (3), Name 0 (1)" in (said := full.run("rebuild").out)
        assert "Name 3 (1), …\n" in said

    def test_again_and_again_keeps_the_last_three_of_the_old_ones(self, full: Desk) -> None:
        for _ in range(5):
            assert full.later(days=1).run("rebuild").code == 0
        assert sorted(path.name for path in (full.archive / ".crawler").glob("state.db*")) == [
            "state.db",
            *(f"state.db.before-rebuild-202111{day}T064344Z" for day in (23, 24, 25)),
        ]

    def test_of_garbage_works_as_well(self, full: Desk) -> None:
        (full.archive / ".crawler/state.db").write_bytes(b"garbage" * 1000)
        assert full.run("rebuild").code == 0
        assert full.run("run").code == 0
        assert full.targets == ["/feed"]

    def test_names_what_is_no_post(self, full: Desk) -> None:
        (full.archive / "_posts/2021-01-01-half.md").write_text("---\nlayout: post\n")
        assert "not taken for a post: _posts/2021-01-01-half.md: it has no front matter\n" in full.run("rebuild").out

    def test_of_an_empty_archive_makes_an_empty_state(self, desk: Desk) -> None:
        said = desk.configure(search="off").run("rebuild")
        assert said == (0, "0 articles known from the archive; none of them is fetched again\n", "")
        assert (desk.archive / ".crawler/state.db").exists()

    def test_waits_for_no_other_run(self, full: Desk) -> None:
        before = everything(full.archive)
        with lock(full.archive):
            assert full.run("rebuild").code == 5
        assert set(everything(full.archive)) == set(before)

    def test_of_an_archive_that_cannot_be_written(self, desk: Desk) -> None:
        desk.archive.write_text("no folder")
        assert desk.run("rebuild").code == 6


class TestConfigCheck:
    def test_says_where_things_are(self, desk: Desk) -> None:
        said = desk.run("config", "check")
        assert said.code == 0
        assert said.out.startswith(f"{desk.config}: fine; 1 source, archive {desk.archive}, state sqlite:///")

    def test_names_every_fault_with_its_key(self, desk: Desk) -> None:
        desk.configure({"name": "A", "url": "gopher://x"}, {"url": f"{desk.base}/feed", "evry": "15m"})
        said = desk.run("config", "check")
        assert (said.code, said.out) == (2, "")
        assert "sources[0].url: " in said.err
        assert 'sources[1].evry: unknown key "evry" (did you mean "every"?)' in said.err
        assert "sources[1].name: " in said.err

    def test_warns_of_site_rules_that_cannot_be_used(self, desk: Desk) -> None:
        rules = desk.folder / "rules"
        rules.mkdir()
        (rules / "a.example.txt").write_text("body: //article\nstrip: //p[\nhttp_header(cookie): a=b\n")
        (rules / "own.yaml").write_text("- {hosts: a.example, boddy: article}\n")
        said = desk.configure(site_rules="rules").run("config", "check")
        assert said.code == 0
        assert "fine" in said.out
        assert said.err.splitlines() == [
            "warning: site_rules: a.example.txt:2: strip: bad selector '//p[': Invalid expression",
            "warning: site_rules: a.example.txt:3: http_header: ignored: every request is sent with our own headers",
            "warning: site_rules: own.yaml[0].boddy: unknown key; known are author, body, date, hosts, next_page, remove, "
            "single_page, test_url, text_remove, timezone, title",
        ]

    def test_of_a_file_that_is_not_there(self, desk: Desk) -> None:
        desk.config.unlink()
        said = desk.run("config", "check")
        assert said.code == 2
        assert "no such file" in said.err

    def test_takes_its_name_from_the_environment(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        from crawler.cli import outcome

        monkeypatch.setenv("CRAWLER_CONFIG", str(desk.config))
        assert outcome(["config", "check"]) == 0


def test_a_bad_page_leaves_a_trace_in_no_file(desk: Desk) -> None:
    desk.routes["/1"] = page(b"", 500)
    desk.run("run")
    assert len(desk.posts) == 2
    assert desk.run("verify").code == 0
