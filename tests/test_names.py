"""Titles → file names that every file system takes."""

from __future__ import annotations

import itertools
import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import Article, CanonicalURL, Source
from crawler.state.opening import open_state
from crawler.writer.names import EDGES, MAX_NAME_BYTES, PLACEHOLDERS, numbered
from crawler.writer.slugs import post_path, slug
from tests.states import CHINA, KEY, NOW, entered

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
EVENING = datetime(2021, 11, 20, 18, 30, tzinfo=UTC)


DEVICE = r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])"


def article(title: str, published: datetime = EVENING) -> Article:
    return Article(CanonicalURL("https://e.org/1"), title, "a", published, published, "<p>x</p>", "page")


def source(name: str = "联合早报", path: str = "_posts/{date}-{title}.md", timezone: str = "UTC") -> Source:
    return Source(name=name, url="https://e.org/feed", path=path, timezone=timezone)


def assert_safe(name: str) -> None:
    """Check one part of a path against Windows, macOS, Linux and Jekyll."""
    assert_legal(name)
    assert not regex.fullmatch(DEVICE, name.split(".")[0].rstrip())


def assert_legal(name: str) -> None:
    """Check a name, or a part of one, apart from the names of devices."""
    assert 0 < len(name.encode("utf-8")) <= MAX_NAME_BYTES
    assert not regex.search(r'[<>:"/\\|?*#%\p{Cc}\p{Cs}\p{Bidi_Control}\u200b\ufeff]', name)
    assert name[0] not in ".-_~ "
    assert name[-1] not in ". "
    assert unicodedata.is_normalized("NFC", name)


SLUGS = {
    "消息：中美同意提升军事对话层级": "消息：中美同意提升军事对话层级",
    "【404文库】智本社 | 中美关系为何急转直下？": "【404文库】智本社 - 中美关系为何急转直下？",
    'He said: "Is 1/2 < 50%?" #1 *': "He said- -Is 1-2 - 50- -1",
    "../../../../etc/passwd": "etc-passwd",
    "-rf --no-preserve-root": "rf --no-preserve-root",
    ".hidden": "hidden",
    "_draft": "draft",
    "~backup": "backup",
    "wait...what": "wait…what",
    "the end... ": "the end",
    "---": "untitled",
    "": "untitled",
    " \t\n": "untitled",
    "\u202eevil\u202c\u200b": "evil",
    "a\u2028b\x00c\x85d": "a bc d",
    "half \ud83d": "half",
    "e\u0301": "é",
    "Fire 🔥 and 👨‍👩‍👧 family": "Fire 🔥 and 👨‍👩‍👧 family",
    "❤️‍🔥": "❤️‍🔥",
    "a\u200db": "ab",
    "双　空格": "双 空格",
}


@pytest.mark.parametrize(("title", "want"), SLUGS.items())
def test_slug_keeps_the_words_and_drops_what_is_unsafe(title: str, want: str) -> None:
    assert slug(title, 185) == want


@pytest.mark.parametrize(
    ("title", "limit", "want"),
    [
        ("新闻联播", 7, "新闻"),
        ("ab👨‍👩‍👧", 10, "ab"),
        ("ab🇸🇬🇨🇳", 10, "ab🇸🇬"),
        ("a b. c", 4, "a b"),
        ("é" * 3, 5, "éé"),
        ("e" + "\u0300\u0316" * 40, 20, "untitled"),
        ("新", 2, "un"),
    ],
)
def test_slug_is_cut_between_grapheme_clusters(title: str, limit: int, want: str) -> None:
    assert slug(title, limit) == want


@given(st.text(max_size=300), st.integers(8, MAX_NAME_BYTES))
@settings(deadline=None, derandomize=True)
def test_any_slug_is_a_safe_name(title: str, limit: int) -> None:
    name = slug(title, limit)
    assert_legal(name)
    assert len(name.encode()) <= limit
    assert slug(name, MAX_NAME_BYTES) == name


def test_the_default_template_is_jekylls() -> None:
    assert post_path(article("消息"), source()) == "_posts/2021-11-20-消息.md"


@pytest.mark.parametrize(
    ("template", "timezone", "want"),
    [
        ("_posts/{date}-{title}.md", "Asia/Singapore", "_posts/2021-11-21-T.md"),
        ("{source}/{year}/{month}/{day}/{title}.md", "UTC", "联合早报/2021/11/20/T.md"),
        ("/../a//./{title}", "UTC", "a/T"),
        ("{title}.md", "UTC", "T.md"),
        ("{title}/{title}-{title}.md", "UTC", "T/T-T.md"),
        ("{unknown}-{title}.md", "UTC", "{unknown}-T.md"),
    ],
)
def test_template_is_filled(template: str, timezone: str, want: str) -> None:
    assert post_path(article("T"), source(path=template, timezone=timezone)) == want


@pytest.mark.parametrize(
    ("title", "template", "want"),
    [
        ("CON", "{title}.md", "CON-.md"),
        ("CON-", "{title}-.md", "CON-.md"),
        ("nul.txt", "{title}.md", "nul-.txt.md"),
        ("com¹", "{title}", "com¹-"),
        ("Console", "{title}.md", "Console.md"),
        ("CON", "{date}-{title}.md", "2021-11-20-CON.md"),
        ("T", "{source}/{title}.md", "AUX-/T.md"),
        ("T", "{source}.d/prn/{title}.md", "AUX-.d/prn-/T.md"),
        ("x" * 300, "LPT1 .{title}.md", "LPT1-." + "x" * 190 + ".md"),
    ],
)
def test_no_part_of_a_path_is_the_name_of_a_windows_device(title: str, template: str, want: str) -> None:
    path = post_path(article(title), source(name="AUX", path=template))
    assert path == want
    assert all(len(part.encode()) <= MAX_NAME_BYTES for part in numbered(path, 2).split("/"))
    assert not regex.fullmatch(DEVICE, numbered(path, 2).rpartition("/")[2].split(".")[0])


@given(
    st.sampled_from(["CON", "nul", "Aux.x", "lpt9", "COM²", "CONIN$"]),
    st.sampled_from(["", " ", ".", "-", "_", "…", ". -"]),
)
@settings(deadline=None, derandomize=True)
def test_whatever_stands_round_a_devices_name(name: str, end: str) -> None:
    for template in ("{title}", "{title}.md", "{title}-.md", "{source}/{title} .md", "a/{source}{title}"):
        for part in post_path(article(name + end), source(name=end + name + end, path=template)).split("/"):
            assert_safe(part)


def test_placeholders_are_those_that_are_filled() -> None:
    template = "/".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    assert "{" not in post_path(article("T"), source(path=template))


def test_nothing_climbs_out_of_the_archive() -> None:
    path = post_path(article("../.."), source(name="..", path="../{source}/{title}/../{title}.md"))
    assert path == "untitled/untitled/untitled.md"


def test_a_long_title_leaves_room_for_date_and_extension() -> None:
    name = post_path(article("新" * 100), source()).removeprefix("_posts/")
    assert name.startswith("2021-11-20-新")
    assert name.endswith("新.md")
    assert MAX_NAME_BYTES - 3 < len(name.encode()) <= MAX_NAME_BYTES


def test_a_template_without_room_is_cut() -> None:
    path = post_path(article("T"), source(path="x" * 250 + "{title}.md"))
    assert path == "x" * (MAX_NAME_BYTES - 3) + ".md"


def test_a_year_before_the_calendar_falls_back_to_utc() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    assert post_path(article("T", first), source(timezone="America/New_York")) == "_posts/0001-01-01-T.md"


@pytest.mark.parametrize(
    ("path", "n", "want"),
    [
        ("_posts/2021-11-20-消息.md", 2, "_posts/2021-11-20-消息-2.md"),
        ("a.b/c", 3, "a.b/c-3"),
        ("c.md", 12, "c-12.md"),
        ("x" * 197 + ".md", 10, "x" * 194 + "-10.md"),
        ("_posts/" + "新" * 65 + "ab.md", 2, "_posts/" + "新" * 65 + "-2.md"),
    ],
)
def test_numbered_stays_within_the_limit(path: str, n: int, want: str) -> None:
    assert numbered(path, n) == want


@given(st.text(max_size=200), st.integers(2, 100_000), st.timedeltas(timedelta(0), timedelta(days=9000)))
@settings(deadline=None, derandomize=True)
def test_any_path_and_its_variants_are_safe(title: str, n: int, later: timedelta) -> None:
    path = post_path(article(title, EVENING + later), source())
    for variant in (path, numbered(path, n)):
        folder, name = variant.split("/")
        assert folder == "_posts"
        assert_safe(name)
    assert numbered(path, n) != path


def test_real_titles_that_hurt() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real titles is not beside this project")
    for item in json.loads((CORPUS / "nasty.json").read_text(encoding="utf-8")):
        name = post_path(article(item["title"]), source(name=item["site"])).removeprefix("_posts/2021-11-20-")
        assert_safe(name)
        kept = [c for c in name.removesuffix(".md").rstrip("…") if c.isalnum()]
        assert kept == [c for c in item["title"] if c.isalnum()][: len(kept)]


# --- three systems' rules -----------------------------------------------------------------------------------------

#: Titles that differ in what one system or another does not tell apart, or drops, or refuses.
TROUBLE = st.text(
    st.sampled_from(list("aAäÄßẞſKKIİıiéΣσςﬁÅå.-_ ~:/\\?*<>|\"#%\x00\n\u0301\u200d\u202e\ufeff新🇸👨💻\U0001f3fd")), max_size=12
)  # fmt: skip
TITLES = st.text(max_size=250) | TROUBLE | st.text(st.characters(min_codepoint=0x300), min_size=60, max_size=120)


def on_windows(name: str) -> str:
    """Return what NTFS makes of a name, or fail where it refuses it (learn.microsoft.com, "Naming Files")."""
    assert not regex.search(r'[<>:"/\\|?*\x00-\x1f]', name)
    assert len(name.encode("utf-16-le")) // 2 <= 255
    assert not name.endswith((".", " "))
    assert not regex.fullmatch(DEVICE, name.split(".")[0].rstrip())
    # Its table maps one character to one, and none from outside ASCII into it (ı, ſ).
    return "".join(c.upper() if len(c.upper()) == 1 and c.isascii() >= c.upper().isascii() else c for c in name)


def on_macos(name: str) -> str:
    """Return what HFS+ and APFS take a name for: decomposed, blind to case; `:` is its separator."""
    assert not set(name) & set(":/\x00")
    assert len(unicodedata.normalize("NFD", name).encode("utf-16-le")) // 2 <= 255
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def on_linux(name: str) -> str:
    """Return a name as ext4 has it: bytes, at most 255."""
    assert not set(name) & set("/\x00")
    assert name not in {".", ".."}
    assert len(name.encode("utf-8")) <= 255
    return name


SYSTEMS = (on_windows, on_macos, on_linux)


@given(TITLES)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_any_name_is_one_that_each_system_takes_as_it_is(title: str) -> None:
    name = post_path(article(title), source()).removeprefix("_posts/")
    for system in SYSTEMS:
        system(name)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.encode().decode("utf-8") == name
    assert "/" not in name


@given(TITLES.filter(lambda title: len(title) > 1))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_a_cut_name_ends_between_grapheme_clusters(title: str) -> None:
    whole, cut = slug(title, 100_000), slug(title, 60)
    clusters = regex.findall(r"\X", whole)
    assert cut == "untitled" or any("".join(clusters[:n]).rstrip(EDGES) == cut for n in range(len(clusters) + 1))


@given(st.lists(TITLES, min_size=2, max_size=8))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_distinct_articles_have_names_that_no_system_takes_for_one(titles: list[str]) -> None:
    """Each title also comes in other cases and forms; the state tells them apart by numbers."""
    spellings = [form for title in titles for form in (title, title.upper(), unicodedata.normalize("NFD", title))]
    state = open_state("sqlite://")
    state.sync_sources((CHINA,), NOW)
    entries = [entered(f"https://a.example/{n}") for n in range(len(spellings))]
    state.enter(KEY, entries, NOW)
    names = [
        state.reserve(entry.key, candidates(post_path(article(title), source()))).removeprefix("_posts/")
        for entry, title in zip(entries, spellings, strict=True)
    ]
    state.close()
    for system in SYSTEMS:
        assert len({system(name) for name in names}) == len(names)


def candidates(path: str) -> Iterator[str]:
    yield path
    for n in itertools.count(2):
        yield numbered(path, n)
