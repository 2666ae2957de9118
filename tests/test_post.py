"""The post to the byte: front matter, link line, both bodies."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from crawler.model import Article, Body, CanonicalURL, Source
from crawler.writer.post import FORMATS, link_line, quoted, render, scalar, sequence, timestamp

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
POSTS = Path(__file__).parent / "posts"
URL = "https://www.zaobao.com/realtime/china/story20211120-1215302"
CRAWLED = datetime(2021, 11, 20, 6, 43, 44, 821_999, tzinfo=UTC)
STATED = datetime(2021, 11, 20, 12, 20, tzinfo=UTC)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def post(
    title: str = "标题", html: str = "<p>x</p>", *, author: str = "记者", url: str = URL, body: Body = "html"
) -> str:
    source = Source(name="联合早报", url="rsshub://zaobao/realtime/china", body=body)
    return render(Article(CanonicalURL(url), title, author, CRAWLED, STATED, html, "feed"), source).decode("utf-8")


def front_matter(text: str) -> dict[str, object]:
    loaded = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


BODY = (
    "<p>　　一名知情人士透露，双方同意\n开辟沟通渠道。</p>\n<p>“没有<b>“秘密”</b>可言”，{{ 他 }}说。</p>\n"
    "<figure><img src='https://e.org/a b.jpg' alt='图|一'><figcaption>港口</figcaption></figure>"
    "<pre>one {% two %}\n  three</pre>"
)


@pytest.mark.parametrize("body", ["html", "markdown"])
def test_a_post_equals_its_golden_file(body: Body) -> None:
    want = (POSTS / f"jekyll-{body}.md").read_bytes().decode("utf-8")
    assert post("消息：中美同意[更新] | 提升", BODY, author="联合早报", body=body) == want


def test_the_predecessors_post_byte_for_byte() -> None:
    path = CORPUS / "sample-post.md"
    if not path.is_file():
        pytest.skip("the corpus of real posts is not beside this project")
    want = path.read_bytes().decode("utf-8")
    html = want.split("<div>\n")[1].removesuffix("\n</div>\n")
    assert post("消息：中美同意提升军事对话层级", html, author="联合早报") == want


def test_the_predecessors_head_is_ours() -> None:
    """Each scalar is written as the predecessor wrote it, and each link line but for brackets, which it left bare."""
    folder = CORPUS / "predecessor"
    if not folder.is_dir():
        pytest.skip("the corpus of real posts is not beside this project")
    head = re.compile(
        r'title: "(.*)"\ndate: .*\nauthor: (.*)\nfrom: (.*)\ntags: \[ (.*) \]\n(?:.*\n)+?<!--\d+-->\n(.*)\n'
    )
    posts = [head.search(path.read_text(encoding="utf-8")) for path in folder.rglob("*.md")]
    found = [match.groups() for match in posts if match]
    assert len(found) > 400
    for title, author, url, tags, link in found:
        assert (quoted(title), scalar(author), scalar(url)) == (f'"{title}"', author, url)
        assert sequence(tuple(tags.split(", "))) == f"[ {tags} ]"
        assert link_line(title, url).replace("\\[", "[").replace("\\]", "]") == link


BARE = [
    *("联合早报", "RTI 中央廣播電臺", "Li Chengpeng &#38; Geremie R. Barmé", "Aynne Kokas, Julian G. Ku", "8sight"),
    *("https://www.youtube.com/watch?v=1&sid=1", "https://e.org/#a", 'O\'Neil "Bob"', "a:b", "a#b", "2021年", "12:30h"),
    *("back\\slash", "1.2.3.4", "nobody", "x - y", "😀", "a {x}", "..."),
]
QUOTED = [
    *("", " a", "a ", "\u3000a", "a: b", "a:", "a #b", "#a", "- a", "-a", "? a", ": a", "[a]", "{a}", "&a", "*a", "!a"),
    *(
        "|a",
        ">a",
        "'a'",
        '"a"',
        "%a",
        "@a",
        "`a",
        ",a",
        "~",
        "null",
        "Null",
        "true",
        "YES",
        "no",
        "On",
        "off",
        "y",
        "N",
    ),
    *("=", "<<", "1", "-1", "+1_000", "1,000", "0x1F", "0o17", "0b11", "1.5", ".5", "1e3", "1.5E-3", ".inf", "-.INF"),
    *(
        ".NaN",
        "12:30",
        "1:20:30.5",
        "2021-11-20",
        "2021-1-2 03:04:05",
        "2021-11-20T06:43:44Z",
        "a\nb",
        "a\tb",
        "a\x00b",
    ),
    *("a\x85b", "a\u2028b", "\ufeffa", "a\x7f", "a {{ b }}", "a {% b %}", "!!python/object/apply:os.system", "---"),
    "Ann\ninjected: true\n---",
]


@pytest.mark.parametrize("text", BARE)
def test_a_scalar_is_bare_where_loaders_agree(text: str) -> None:
    assert scalar(text) == text
    assert yaml.safe_load(f"k: {text}\n") == {"k": text}


@pytest.mark.parametrize("text", QUOTED)
def test_a_scalar_is_quoted_where_a_loader_might_not_agree(text: str) -> None:
    assert scalar(text).startswith('"')
    assert yaml.safe_load(f"k: {scalar(text)}\n") == {"k": text}


@pytest.mark.parametrize(
    ("names", "want"),
    [
        (("RTI 中央廣播電臺",), "[ RTI 中央廣播電臺 ]"),
        (("news", "经济学人en"), "[ news, 经济学人en ]"),
        (("C#", "a, b", "yes", "x:y", "why?"), '[ "C#", "a, b", "yes", "x:y", "why?" ]'),
    ],
)
def test_tags_are_a_flow_sequence(names: tuple[str, ...], want: str) -> None:
    assert sequence(names) == want
    assert yaml.safe_load(want) == list(names)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('a "b" \\ c', r'"a \"b\" \\ c"'),
        ("a\nb\r\tc", r'"a\nb\r\tc"'),
        ("\x00\x1b\x85\u2028\ufeff\uffff", r'"\x00\x1B\x85\u2028\uFEFF\uFFFF"'),
        ("{{ a }} {% b %} {c}", r'"\x7B{ a }} \x7B% b %} {c}"'),
        ("half \ud83d", '"half \ufffd"'),
    ],
)
def test_quotes_hold_any_text(text: str, want: str) -> None:
    assert quoted(text) == want


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
YAMLISH = st.text(st.sampled_from(list("ab10-+.:,#[]{}&*!|>'\"%@` \t\n~=\\?_oxeEnNyY\u2028\x85\ufeff")), max_size=12)


@given(TEXT | YAMLISH, TEXT | YAMLISH, st.lists(TEXT | YAMLISH, min_size=1, max_size=3))
@settings(deadline=None, derandomize=True, max_examples=400)
def test_front_matter_reads_back_equal(title: str, author: str, tags: list[str]) -> None:
    source = Source(name="n", url="u", tags=tuple(tags))
    text = FORMATS["jekyll"](Article(CanonicalURL(URL), title, author, CRAWLED, STATED, "", "page"), source)
    head = text.split("\n---\n")[0] + "\n"
    loaded = yaml.safe_load(head.removeprefix("---\n"))
    assert (loaded["title"], loaded["author"], loaded["tags"]) == (title, author, tags)
    assert list(loaded) == ["layout", "title", "date", "author", "from", "tags", "categories"]
    assert "{{" not in text
    assert "{%" not in text


def test_times_are_utc_to_the_millisecond() -> None:
    singapore = timezone(timedelta(hours=8))
    assert timestamp(datetime(2021, 11, 20, 14, 43, 44, 821_999, tzinfo=singapore)) == "2021-11-20T06:43:44.821Z"
    assert timestamp(datetime(987, 1, 2, tzinfo=UTC)) == "0987-01-02T00:00:00.000Z"


@pytest.mark.parametrize(
    ("stated", "want"),
    [
        (datetime(2021, 11, 20, 12, 20, 0, 1999, tzinfo=UTC), 1637410800001),
        (datetime(1969, 12, 31, tzinfo=UTC), -86400000),
    ],
)
def test_the_comment_is_the_stated_time_in_milliseconds(stated: datetime, want: int) -> None:
    article = Article(CanonicalURL(URL), "t", "a", CRAWLED, stated, "", "feed")
    assert f"\n<!--{want}-->\n" in FORMATS["jekyll"](article, Source(name="n", url="u"))


TITLES = {
    "【404文库】智本社 | 中美关系？": "【404文库】智本社 | 中美关系？",
    " 武汉肺炎索赔再添新案    官方": "武汉肺炎索赔再添新案    官方",
    "[國際]: 巴西 \\ 武漢": r"\[國際\]\: 巴西 \\ 武漢",
    "Head\r\n  layout: evil\x00\u2028x": "Head layout: evil x",
    "{% include x %} {{ site }} {a}": "&#123;% include x %} &#123;{ site }} {a}",
    "<script>a</script> & <img> AT&T &lt;": "&lt;script&gt;a&lt;/script&gt; & &lt;img&gt; AT&T &amp;lt;",
    "a*b* _c_ `d` ~~e~~ snake_case": r"a\*b\* \_c\_ \`d\` \~\~e\~\~ snake_case",
    "^note": "&#94;note",
    "a\\|b": r"a\\&#124;b",
    "Act -- and -- <<act>>...": "Act -- and -- &lt;&lt;act&gt;&gt;...",
    "cost $5, $$x$$": r"cost $5, \$\$x\$\$",
}


@pytest.mark.parametrize(("title", "want"), TITLES.items())
def test_a_title_never_breaks_the_link_line(title: str, want: str) -> None:
    line = link_line(title, URL)
    assert line == f"[{want}]({URL})"
    tokens = MARKDOWN.parseInline(line)[0].children or []
    assert [token.type for token in tokens] == ["link_open", *["text"] * (len(tokens) - 2), "link_close"]
    shown = "".join(token.content for token in tokens)
    assert shown.split() == re.sub(r"\x00|\u2028", " ", title).split()


def test_no_title_shows_the_address() -> None:
    assert link_line("", "https://e.org/a_b") == "[https://e.org/a_b](https://e.org/a_b)"


def test_an_address_ends_where_it_should() -> None:
    assert link_line("t", "https://e.org/a b(1)<x>{{y}}|") == "[t](https://e.org/a%20b%281%29%3Cx%3E%7B%7By%7D%7D%7C)"


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ("<p>one\ntwo</p>\n\n  <p>three</p>", "<p>one two</p> <p>three</p>"),
        ("<p>a\r\n\u2028b</p>\n\u3000\u3000c", "<p>a b</p> \u3000\u3000c"),
        ("<pre class='x'>a\n b\r\nc</pre>\n<p>d</p>", "<pre class='x'>a&#10; b&#10;c</pre> <p>d</p>"),
        ("<prelude>a\nb</prelude>", "<prelude>a b</prelude>"),
        ("{{ a }} {{{% b %} {c}", "&#123;{ a }} &#123;&#123;&#123;% b %} {c}"),
        ("<pre>{\n{%</pre>", "<pre>{&#10;&#123;%</pre>"),
        ("", ""),
    ],
)
def test_the_html_body_is_one_line(html: str, want: str) -> None:
    assert post(html=html).split("------\n\n")[1] == f"<div>\n{want}\n</div>\n"


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert "<p>\ufffd</p>" in post(html="<p>\ud83d</p>")


def test_tags_default_to_the_name_and_categories_are_it() -> None:
    article = Article(CanonicalURL(URL), "t", "a", CRAWLED, STATED, "", "page")
    head = front_matter(render(article, Source(name="n", url="u", tags=("x", "y"))).decode())
    assert (head["tags"], head["categories"]) == (["x", "y"], ["n"])
    assert front_matter(post())["tags"] == ["联合早报"]


def test_false_front_matter_stays_in_the_body() -> None:
    text = post(html="<p>---</p><p>layout: evil</p><p>---</p>", body="markdown")
    assert text.count("\n---\n") == 1
    assert front_matter(text)["layout"] == "post"


def test_real_titles_that_hurt() -> None:
    path = CORPUS / "nasty.json"
    if not path.is_file():
        pytest.skip("the corpus of real titles is not beside this project")
    for item in json.loads(path.read_text(encoding="utf-8")):
        head = front_matter(post(item["title"], item["body"], author=item["author"], body="markdown"))
        assert (head["title"], head["author"]) == (item["title"], item["author"])
