r"""What feeds and pages may do to a post: nothing. Payloads go the whole way, and the post is read as its readers do.

From the entry or the page through the extractor to the bytes of the post, then: the front matter by YAML loaders of
both versions and by Ruby's, the body by Markdown renderers and several HTML parsers, all of it by Liquid's two marks.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from datetime import timedelta

import pytest
import yaml
from bs4 import BeautifulSoup

from crawler.model import Body, Content, Draft, Entry, Page, Source
from crawler.urls import canonical
from crawler.workers import Task, make_draft
from tests.clock import START
from tests.fakes import prose
from tests.rendering import READERS

URL = canonical("http://a.example/1")
BODIES: tuple[Body, ...] = ("html", "markdown")


def post(
    markup: str = "<p>x</p>",
    *,
    title: str = "T",
    author: str = "A",
    tags: tuple[str, ...] = ("t",),
    name: str = "Harbour",
    body: Body = "markdown",
    content: Content = "feed",
) -> str:
    source = Source(name, "http://a.example/feed", tags=tags, content=content, body=body)
    entry = Entry(url=URL, title=title, author=author, content=markup, published=START - timedelta(hours=1))
    page = None
    if content == "page":
        text = f"<html><body><article><h1>T</h1>{prose(1)}{markup}{prose(2)}</article></body></html>"
        page = Page(URL, URL, 200, (("content-type", "text/html; charset=utf-8"),), text.encode(), START)
    draft = make_draft(Task(page, entry, source, URL, START))
    assert isinstance(draft, Draft)
    return draft.post.data.decode()


# --- the front matter ---

WORDS = [
    *("a\nlayout: evil", "a\r\n---\r\n", "---", "--- ", "...", "a\n...\nb", "- a", "a: b", "a:", "key: [", "a #b", "#"),
    *(
        "'",
        '"',
        '"a": b',
        "\\",
        "\\n",
        "a\\",
        "!!python/object/apply:os.system [id]",
        "!ruby/object:Gem::Installer",
        "!t",
    ),
    *(
        "&a",
        "*a",
        "|",
        ">",
        "%YAML 1.1",
        "@a",
        "`a`",
        "{a: b}",
        "[a]",
        "a, b",
        "a]",
        "]",
        "? a",
        "<<",
        "=",
        "~",
        "null",
    ),
    *("yes", "No", "ON", "off", "y", "true", "FALSE", "012", "0o14", "0x1F", "1_000", "1,000", "1e3", "1e1000", ".inf"),
    *(".NaN", "190:20:30", "12:30", "2021-11-20", "2021-11-20 06:43:44", "0b1", "+1", "-0.0", "1.", "NaN", "123456789"),
    *("{{ site.secrets }}", "{% include x %}", "{%- raw -%}", "{{{a}}}", "\x1b[2J", "a\x9b31m", "a\x00b", "a\x85b"),
    *(
        "a\u2028b",
        "a\u2029b",
        "\ufeffa",
        "a\ufffe",
        "a\u202egpj.exe",
        "\u2066a\u2069",
        "😀👩‍👩‍👧",
        "é\u0301",
        "\ud800",
        "　a",
    ),
    *("<script>alert(1)</script>", "</title>", "&lt;", "](javascript:alert(1))", "a](http://x.example)[b", "x" * 999),
]


def head(text: str) -> str:
    return text.split("---\n", 2)[1]


def told(loaded: dict[str, object]) -> tuple[object, ...]:
    return tuple(loaded[key] for key in ("title", "author", "tags", "categories", "from", "layout"))


def safe_string(found: object) -> bool:
    return isinstance(found, str) or (isinstance(found, list) and all(isinstance(one, str) for one in found))


@pytest.fixture(scope="module")
def heads() -> list[str]:
    return [head(post(title=word, author=word, tags=(word, "b"), name=word)) for word in WORDS]


def expected(heads: list[str]) -> list[tuple[object, ...]]:
    return [told(yaml.safe_load(text)) for text in heads]


def test_keys_are_ours_and_every_value_is_text(heads: list[str]) -> None:
    for word, text in zip(WORDS, heads, strict=True):
        loaded = yaml.safe_load(text)
        assert list(loaded) == ["layout", "title", "date", "author", "from", "tags", "categories"], word
        assert loaded["layout"] == "post"
        assert all(map(safe_string, told(loaded))), word
        assert [line.partition(":")[0] for line in text.splitlines()] == list(loaded), "one line a key"


def test_tags_read_back_equal(heads: list[str]) -> None:
    for word, text in zip(WORDS, heads, strict=True):
        assert yaml.safe_load(text)["tags"] == [word.replace("\ud800", "\ufffd"), "b"]


def test_nothing_in_it_moves_a_terminal_or_disguises_a_key(heads: list[str]) -> None:
    for text in heads:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]|\\{[{%]", text)


def test_yaml_1_2_reads_the_same(heads: list[str]) -> None:
    ruamel = pytest.importorskip("ruamel.yaml")
    for version in ("1.1", "1.2"):
        loader = ruamel.YAML(typ="safe", pure=True)
        loader.version = version
        assert [told(loader.load(text)) for text in heads] == expected(heads)


RUBY = "require 'json'; require 'yaml'; require 'date'; puts JSON.generate(JSON.parse(STDIN.read).map { |t| %s })"
SAFE_LOAD = "YAML.safe_load(t, permitted_classes: [Date, Time])"


@pytest.mark.skipif(shutil.which("ruby") is None, reason="no Ruby")
def test_ruby_reads_the_same(heads: list[str]) -> None:
    """Psych, as Jekyll 4 calls it (`SafeYAML` before it is checked in `writer.post`)."""
    ran = subprocess.run(
        ["ruby", "-Ku", "-e", RUBY % SAFE_LOAD], input=json.dumps(heads), capture_output=True, text=True, check=True
    )
    assert [told(loaded) for loaded in json.loads(ran.stdout)] == expected(heads)


def test_the_core_schema_of_yaml_1_2_makes_no_other_type_of_a_bare_scalar(heads: list[str]) -> None:
    """YAML 1.2 §10.3.2, by its own regular expressions, for machines without ruamel.yaml."""
    core = re.compile(
        r"null|Null|NULL|~|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
        r"|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN|"
    )
    for text in heads:
        for value in re.findall(r"^(?:author|from): (.*)$", text, re.M):
            assert value.startswith('"') or not core.fullmatch(value)


# --- the body ---

PAYLOADS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<SCRIPT/x>alert(1)</SCRIPT >",
    "<script src=//evil.example/x.js></script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "<p>&#60;img src=x onerror=alert(1)&#62;</p>",
    "<img src=x onerror=alert(1)>",
    "<img src='http://a.example/x.png' OnLoad=alert(1) alt='\"><script>alert(1)</script>'>",
    "<img src='http://a.example/x.png' alt='](javascript:alert(1))'>",
    "<img src='http://a.example/x.png' title='x\" onerror=\"alert(1)'>",
    "<img src='javascript:alert(1)'><img src='data:text/html,<script>alert(1)</script>'>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>' srcset='javascript:alert(1) 2x'>",
    "<img src=x:alert(1) onerror=eval(src)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='java&Tab;script:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a>",
    "<a href='&amp;#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a><a href='file:///etc/passwd'>y</a><a href='blob:x'>z</a>",
    "<a href='http://x.example/' title='\"onmouseover=\"alert(1)'>x</a>",
    "<a href='http://x.example/\"onmouseover=\"alert(1)'>x</a>",
    "<a href='http://x.example/)[y](javascript:alert(1)'>x</a>",
    "<a href='http://x.example/&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>x</a>",
    "<p>[x](javascript:alert(1)) ![x](javascript:alert(1)) <javascript:alert(1)></p>",
    "<p>[x]: javascript:alert(1)</p><p>[x]</p>",
    "<p>[x][y]</p><p>[y]: data:text/html,x 'javascript:'</p>",
    "<p>`<script>alert(1)</script>`</p><p>```</p><p><b>x</b></p><p>```</p>",
    "<p>x{: onclick='alert(1)'}</p><p>{::nomarkdown}&lt;script&gt;alert(1)&lt;/script&gt;{:/}</p>",
    "<p>{:.x onclick='alert(1)'}</p><p>*[x]: y</p><p>x</p>",
    "<p>&lt;!-- x --&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>x</p>\n</div>\n<p>&lt;/div&gt;&lt;script&gt;</p>",
    "<pre><code>&lt;script&gt;alert(1)&lt;/script&gt;\n```\n&lt;img src=x onerror=alert(1)&gt;</code></pre>",
    "<pre><code class='language-\"><script>alert(1)</script>'>x</code></pre>",
    "<pre><code class='language-x onload=alert(1)'>x\n\n</div>\n<script>alert(1)</script></code></pre>",
    "<code>x`<img src=x onerror=alert(1)>`</code>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id='</style><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<math href='javascript:alert(1)'>x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<noembed><img title='</noembed><img src=x onerror=alert(1)>'></noembed>",
    "<title><img title='</title><img src=x onerror=alert(1)>'></title>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--<img title='--><img src=x onerror=alert(1)>'>",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?><?php echo 1 ?>",
    "<table><td><script>alert(1)</script>|<img src=x onerror=alert(1)></td></table>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<iframe src='javascript:alert(1)'></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,x'></object><embed src='javascript:alert(1)'><applet code=x></applet>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button><input autofocus onfocus=a()>",
    "<base href='javascript:/a/-alert(1)///'><a href='../x'>x</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'><link rel=import href='data:text/html,x'>",
    "<style>@import 'javascript:alert(1)';</style><p style='background:url(javascript:alert(1))'>x</p>",
    "<video><source onerror=alert(1)></video><video poster='javascript:alert(1)' src='javascript:alert(1)'></video>",
    "<audio src=x onerror=alert(1)></audio><details open ontoggle=alert(1)>x</details><marquee onstart=alert(1)>x</marquee>",
    "<p onclick=alert(1)/onmouseover=alert(1)>x</p><p/onclick=alert(1)>y</p><p\x0conclick=alert(1)>z</p>",
    "<a href=http://x.example/?a&#x22;onclick=&#x22;alert(1)>x</a>",
    "<a name='x' id='javascript:alert(1)' href='#x'>x</a>",
    "<q cite='javascript:alert(1)'>x</q><blockquote cite='javascript:alert(1)'>y</blockquote>",
    "<p>\ufdd1\ufdd7\ufdd6<script>alert(1)</script></p>",
    "<figure><figcaption><script>alert(1)</script>x</figcaption><img src=x onerror=alert(1)></figure>",
    "<ol start='1\" onclick=\"alert(1)'><li value='x onclick=alert(1)'>x</li></ol>",
    "<td colspan='1 onclick=alert(1)'>x</td>",
    "<" * 50 + "script>alert(1)</script>",
]
DEAD = frozenset(
    [
        "script",
        "style",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "link",
        "meta",
        "base",
        "noscript",
        "template",
        "xmp",
        "plaintext",
        "noembed",
        "title",
        "portal",
        "marquee",
        "animate",
        "set",
        "foreignobject",
        "audio",
        "video",
        "source",
    ]
)
SCHEMES = frozenset({"", "http", "https", "mailto", "tel", "ftp"})
ADDRESSES = frozenset(
    {"href", "src", "poster", "srcset", "action", "formaction", "cite", "data", "background", "xlink:href"}
)


def live(page: str, parser: str) -> list[str]:
    """Return what a browser would run, or load from elsewhere than an ordinary address."""
    found = []
    for tag in BeautifulSoup(page, parser).find_all(True):
        found += [tag.name] if tag.name in DEAD else []
        for name, value in tag.attrs.items():
            text = re.sub(r"[\x00-\x20\x7f-\xa0]", "", html.unescape(str(value))).lower()
            scheme = re.match(r"([^/?#:]*):", text)
            is_bad = name.startswith("on") or name in {"style", "srcdoc", "ping", "formaction"}
            is_bad |= name in ADDRESSES and (scheme[1] if scheme else "") not in SCHEMES
            found += [f"{tag.name} {name}={value}"] if is_bad else []
    return found


@pytest.mark.parametrize("content", ["feed", "page"])
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_body_is_live(payload: str, body: Body, content: Content) -> None:
    text = post(f"<p>before</p>{payload}<p>after</p>", body=body, content=content)
    written = text.partition("------\n")[2]
    pages = [written] if body == "html" else [reader.render(written) for reader in READERS]
    for page in pages:
        for parser in ("html.parser", "lxml"):
            assert live(page, parser) == []
            assert live(BeautifulSoup(page, parser).decode(), parser) == [], "nor after a second reading"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef]|\\{[{%]", text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_title_is_text_in_the_link_line(payload: str) -> None:
    text = post(title=f"{payload} and](javascript:alert(1)) more")
    line = text.partition("-->\n")[2].partition("\n------")[0]
    assert "\n" not in line
    for reader in READERS:
        page = reader.render(line)
        assert live(page, "html.parser") == live(page, "lxml") == []
        assert [link["href"] for link in BeautifulSoup(page, "lxml").find_all("a")] == [URL]


LIQUID = [
    "<p>{{ a }} {% b %} {{{ c }}} {%- d -%} {{- e -}}</p>",
    "<p>&#123;{ a }} {&#123; b }} &lbrace;&lbrace; c }} &#x7b;&#37; d %}</p>",
    "<p>{% raw %}{{ a }}{% endraw %}{% endraw %}{{ b }}</p>",
    "<p>{<!-- x -->{ a }} {<wbr>{ b }} {<script></script>% c %} {\u200b{ d }} {&#0;{ e }} {&#11;% f %} {\ufdd0{ g }}</p>",
    "<p>{<b>{ a</b>}} <i>{</i>{ b }} {<a href='http://x.example/'>{ c</a> }}</p>",
    "<pre><code>{{ a }}\n{% b %}</code></pre><p><code>{{ c }} {%d%}</code></p>",
    "<a href='http://x.example/{{a}}' title='{{ b }}'>{{ c }}</a><img src='http://x.example/{%a%}' alt='{% b %}'>",
    "<table><tr><th>{{ a }}</th><td>{% b %}</td></tr></table><ul><li>{{ c }}</li></ul><h2>{% d %}</h2>",
    "<p>{</p><p>{ a }}</p><p>x {<br>{ b }} {\n% c %} {\n{ d }}</p>",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("content", ["feed", "page"])
@pytest.mark.parametrize("payload", LIQUID)
def test_liquid_finds_nothing_to_run(payload: str, body: Body, content: Content) -> None:
    text = post(
        payload, title=re.sub("<[^>]*>", "", payload), author="{{ a }}", tags=("{% b %}",), body=body, content=content
    )
    assert not re.search(r"\{[{%]", text)
