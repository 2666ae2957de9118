"""`format`, `template`, `path`, and the mappings of `tags` and `categories` in config.yaml."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from crawler import config
from crawler.config import formats
from crawler.errors import ConfigError
from crawler.model import FromFeed, Layout, Publish, Source

GOOD = "---\ntitle: {{ title | yaml }}\ndate: {{ date | yaml }}\nfrom: {{ url | yaml }}\n---\n"


def load(folder: Path, keys: str, shared: str = "{}", top: str = "") -> config.Config:
    (folder / "config.yaml").write_text(
        f"{top}defaults: {shared}\nsources: [{{name: Bay, url: https://e.org/feed, {keys}}}, {{name: B, url: https://b.example}}]\n"
    )
    return config.load(folder / "config.yaml", {})


def source(folder: Path, keys: str, shared: str = "{}") -> Source:
    return load(folder, keys, shared).sources[0]


def faults(folder: Path, keys: str, shared: str = "{}", top: str = "") -> list[str]:
    with pytest.raises(ConfigError) as told:
        load(folder, keys, shared, top)
    return str(told.value).splitlines()


@pytest.mark.parametrize(
    ("keys", "shared", "path"),
    [
        ("", "{}", "_posts/{date}-{title}.md"),
        ("format: hugo", "{}", "content/posts/{date}-{title}/index.md"),
        ("format: obsidian", "{}", "{source}/{date}-{title}.md"),
        ("format: jekyll", "{format: hugo}", "_posts/{date}-{title}.md"),
        ("", "{format: hugo}", "content/posts/{date}-{title}/index.md"),
        ("format: hugo, path: 'x/{title}.md'", "{}", "x/{title}.md"),
        ("format: hugo", "{path: 'x/{title}.md'}", "x/{title}.md"),
    ],
)
def test_a_format_has_its_own_path_where_nobody_gives_one(tmp_path: Path, keys: str, shared: str, path: str) -> None:
    assert source(tmp_path, keys, shared).path == path


def test_what_is_fetched_by_hand_gets_it_too(tmp_path: Path) -> None:
    assert load(tmp_path, "", "{format: hugo}").defaults.path == "content/posts/{date}-{title}/index.md"


def test_html_is_for_jekyll(tmp_path: Path) -> None:
    want = "sources[0].body: html is not for format hugo: leave it out (line 2)"
    assert faults(tmp_path, "format: hugo, body: html") == [want]
    assert faults(tmp_path, "format: hugo", "{body: html}") == [
        "defaults.body: html is not for format hugo: leave it out (line 1)"
    ]


@pytest.mark.parametrize(
    ("keys", "shared", "links"),
    [
        ("", "{}", "relative"),
        ("format: obsidian", "{}", "relative"),
        ("format: hugo", "{}", "root"),
        ("", "{format: hugo}", "root"),
        ("image_links: root", "{}", "root"),
        ("image_links: relative", "{image_links: root}", "relative"),
    ],
)
def test_a_format_names_pictures_in_its_way_where_nobody_says(
    tmp_path: Path, keys: str, shared: str, links: str
) -> None:
    assert source(tmp_path, keys, shared).image_links == links


def test_what_becomes_of_pictures_is_said_at_a_source_or_for_all(tmp_path: Path) -> None:
    found = load(tmp_path, "images: lead", "{images: download}", "fetch: {max_image: 2MB}\n")
    assert [one.images for one in found.sources] == ["lead", "download"]
    assert found.limits.max_image_bytes == 2_000_000
    assert source(tmp_path, "").images == "link"
    (fault,) = faults(tmp_path, "images: downlaod")
    assert fault.endswith('is not known (did you mean "download"?): write one of link, download, lead (line 2)')


def test_hugos_pictures_are_named_from_the_root(tmp_path: Path) -> None:
    assert faults(tmp_path, "format: hugo, image_links: relative") == [
        "sources[0].image_links: relative is not for format hugo, whose site has files elsewhere: leave it out (line 2)"
    ]


class TestTemplate:
    def test_is_read_and_named_as_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "my.j2").write_text("\ufeff" + GOOD)
        found = load(tmp_path, "", "{format: template, template: my.j2}")
        assert found.sources[0].layout == found.sources[1].layout == Layout("my.j2", GOOD)
        assert found.templates == (tmp_path / "my.j2",), "which serve looks at for changes"

    def test_is_not_read_where_it_is_not_wanted(self, tmp_path: Path) -> None:
        assert source(tmp_path, "template: none.j2").layout is None

    @pytest.mark.parametrize(
        ("data", "fault"),
        [
            (b"a\n{{ titel }}", "my.j2: titel is not known"),
            (b"a\n\n{% for %}", "my.j2, line 3: "),
            (b"\xff", "/my.j2: not UTF-8; save the file in that encoding (line 1)"),
            (b"x" * 1_000_001, "/my.j2: over 1 MB (line 1)"),
            (None, "/my.j2: No such file or directory (line 1)"),
        ],
    )
    def test_that_cannot_work_is_told_once(self, tmp_path: Path, data: bytes | None, fault: str) -> None:
        if data is not None:
            (tmp_path / "my.j2").write_bytes(data)
        (told,) = faults(tmp_path, "", "{format: template, template: my.j2}")
        assert told.startswith("defaults.template: ")
        assert fault in told

    def test_must_be_given(self, tmp_path: Path) -> None:
        want = "sources[0].template: must be given for format template: its file"
        assert faults(tmp_path, "format: template") == [want]

    def test_needs_its_library(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = importlib.util.find_spec
        monkeypatch.setattr(formats, "find_spec", lambda name: None if name == "jinja2" else real(name))
        (told,) = faults(tmp_path, "format: template, template: my.j2")
        assert told.endswith("not installed: pip install 'crawler[template]' (line 2)")


class TestLabels:
    @pytest.mark.parametrize(
        ("said", "names", "taken"),
        [
            ("[a, b]", ("a", "b"), FromFeed()),
            ("{from_feed: true}", (), FromFeed(True)),
            ("{names: [a], map: {Sea & Sky: sea, ' ADS ': , 2021: year}}", ("a",),
             FromFeed(False, (("sea & sky", "sea"), ("ads", ""), ("2021", "year")))),
            ("{from_feed: yes, map: {ads: ''}}", (), FromFeed(True, (("ads", ""),))),
        ],
    )  # fmt: skip
    def test_are_a_list_or_a_mapping(self, tmp_path: Path, said: str, names: tuple[str, ...], taken: FromFeed) -> None:
        found = source(tmp_path, f"categories: {said}, tags: {said}")
        assert (found.categories, found.categories_of_feed) == (names, taken)
        assert (found.tags, found.tags_of_feed) == (names or ("Bay",), taken)

    def test_of_a_source_stand_for_themselves(self, tmp_path: Path) -> None:
        shared = "{categories: {from_feed: true}, tags: [x]}"
        found = source(tmp_path, "categories: [a]", shared)
        assert (found.categories, found.categories_of_feed, found.tags) == (("a",), FromFeed(), ("x",))
        assert source(tmp_path, "", shared).categories_of_feed == FromFeed(True)

    @pytest.mark.parametrize(
        ("said", "fault"),
        [
            ("{from: true}", 'sources[0].tags.from: unknown key "from" (did you mean "from_feed"?) (line 2)'),
            ("{map: [a]}", "sources[0].tags.map: must be a mapping, lines of `word: word` (line 2)"),
            ("{map: {a: [b]}}", "sources[0].tags.map.a: must be a single value (line 2)"),
            ("{map: {[a]: b}}", "sources[0].tags.map: has a key that is no single word (line 2)"),
            ("{map: {' ': b}}", "sources[0].tags.map: has an empty word: leave it out (line 2)"),
            ("{map: {a: b, a: c}}", "sources[0].tags.map.a: given twice, first in line 2 (line 2)"),
            (
                "{names: a}",
                "sources[0].tags.names: must be a list: write [a, b] or lines that begin with a dash (line 2)",
            ),
            ("a", "sources[0].tags: must be a list: write [a, b] or lines that begin with a dash (line 2)"),
        ],
    )
    def test_that_mean_nothing_are_told(self, tmp_path: Path, said: str, fault: str) -> None:
        assert faults(tmp_path, f"tags: {said}") == [fault]


class TestPublish:
    @pytest.mark.parametrize(
        ("section", "meant"),
        [
            ("", Publish()),
            ("publish: {git: true}\n", Publish(True)),
            (
                "publish: {git: true, push: no, remote: my/fork, branch: main}\n",
                Publish(True, False, "my/fork", "main"),
            ),
            ("publish: {git: false, branch: ''}\n", Publish()),
        ],
    )
    def test_says_whether_and_where(self, tmp_path: Path, section: str, meant: Publish) -> None:
        assert load(tmp_path, "", top=section).publish == meant

    @pytest.mark.parametrize("name", ["--upload-pack=x", "a b", "a..b", ".x", "x.lock", "x~1", "a:b", "/x", "x/"])
    def test_takes_no_name_that_git_would_take_for_something_else(self, tmp_path: Path, name: str) -> None:
        for key in ("remote", "branch"):
            (told,) = faults(tmp_path, "", top=f"publish: {{{key}: '{name}'}}\n")
            assert told == f"publish.{key}: '{name}' is no name of git's: write it like origin or main (line 1)"


def test_serve_notices_a_template_that_changed(tmp_path: Path) -> None:
    from crawler.cli.reload import Reload
    from tests.fakes import World

    file = tmp_path / "my.j2"
    file.write_text(GOOD)
    reload = Reload(load(tmp_path, "", "{format: template, template: my.j2}"))
    assert not reload.is_due
    file.write_text(GOOD + "more\n")
    assert reload.is_due
    shop = World(tmp_path / "archive", {}).work(reload.renew)
    (layout,) = {source.layout for source in shop.sources.values()}
    assert layout == Layout("my.j2", GOOD + "more\n")
    assert not reload.is_due
    file.write_text("{{ titel }}")
    assert World(tmp_path / "archive", {}).work(reload.renew) is not shop
    assert not reload.is_due, "a faulty one is told once"
    assert reload.config.sources[0].layout == layout
    file.unlink()
    assert not reload.is_due, "an editor may be replacing it"
