"""A post of ours read back, so that a later text of its article can be compared with it and take its place.

Pure. Reads what `post.jekyll` writes, to the letter, and of other layouts what their front matter says in plain lines;
whoever asks knows that the bytes are ours. Rule: an archive keeps the fuller text. A later one takes the place of an
earlier one only where it is neither much shorter nor, by its words, another article's (an address that was given to
another story).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Article, CanonicalURL, Entry, Source
from ..moments import EPOCH
from .extras import WORD
from .scalars import moment, unquoted

POST = re.compile(
    r"---\nlayout: post\n((?:[a-z]+: [^\n]*\n)+)---\n<!--(-?\d+)-->\n[^\n]*\n------\n\n<div[^>]*>\n(.*)\n</div>\n", re.S
)
#: Of other layouts: the front matter with all below it; its lines, Hugo's below `params` too; values that are no more
#: than they show.
FRONT = re.compile(r"---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)(.*)", re.S)
LINE = re.compile(r"^(?:  )?([a-z]+):[ \t]+([^\s|>&*!\[{].*?)[ \t]*\r?$", re.M)
LABEL = re.compile(rb"^(tags|categories): [^\n]*$", re.M)
#: Of Markdown: pictures, where a link leads, the dash of a list, escapes and signs. What is left is what a reader sees.
#: Each looks once at each character, whatever stands in a block of code.
PICTURE = re.compile(r"!\[(?:[^\[\]\\]|\\.)*\]\([^()\n]*\)")
DASH = re.compile(r"^[ \t]*[-+][ \t]+", re.M)
TARGET = re.compile(r"\]\([^()\n]*\)")
TAG = re.compile(r"<[^<>]*>")
SIGNS = re.compile(r"[\\*_`#~|\[\]>\s]+")
#: A text with less than this share of the earlier one's words is the poorer: cut, walled, emptied.
FULL_SHARE = 0.8
#: Words in a row by which texts are compared, and the share of the earlier text's that a later one has if it is of
#: the same article. Of 40,000 pairs of different posts of the predecessor, one in a hundred had over 0.05.
RUN, SAME_SHARE = 3, 0.1
#: Words from which on that is asked: a flash of two sentences may become an article with none of them.
LONG_ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a post of ours says."""

    title: str
    author: str
    published: datetime  #: its `date`
    stated: datetime  #: its comment
    language: str = ""
    image: str = ""
    description: str = ""
    url: str = ""  #: its `from`
    body: str = ""  #: Markdown or HTML, as it stands there
    labels: bytes = b""  #: its lines of tags and categories
    head: bytes = b""  #: all that stands above its text, where that is to stay; see `adopted`


def read_post(data: bytes) -> Earlier | None:
    """Read a post that we wrote; None for one of another form."""
    text = data.decode("utf-8", "replace")
    found = POST.fullmatch(text)
    if found is None:
        return _of_another_layout(text)
    lines = {name: unquoted(value) for name, _, value in (line.partition(": ") for line in found[1].splitlines())}
    if not {"title", "date", "author"} <= lines.keys():
        return None
    return Earlier(
        lines["title"],
        lines["author"],
        datetime.fromisoformat(lines["date"]),
        EPOCH + timedelta(milliseconds=int(found[2])),
        language=lines.get("lang", ""),
        image=lines.get("image", ""),
        description=lines.get("description", ""),
        url=lines.get("from", ""),
        body=found[3],
        labels=_labels(found[1]),
    )


def _of_another_layout(text: str) -> Earlier | None:
    """Read a post that names its address, title and time in plain lines; None for any other."""
    found = FRONT.match(text)
    lines: dict[str, str] = {}
    for name, value in LINE.findall(found[1]) if found else ():
        lines.setdefault(name, unquoted(value))
    published = moment(lines.get("date", ""))
    if found is None or published is None or not {"title", "from"} <= lines.keys():
        return None
    return Earlier(
        lines["title"],
        lines.get("author", ""),
        published,
        published,
        language=lines.get("lang", ""),
        image=lines.get("image", ""),
        description=lines.get("description", ""),
        url=lines["from"],
        body=found[2].strip("\r\n"),
        labels=_labels(found[1]),
    )


def _labels(head: str) -> bytes:
    return b"\n".join(found[0] for found in LABEL.finditer(head.encode()))


def as_entry(earlier: Earlier, url: CanonicalURL, source: Source) -> Entry:
    """Return what the feed said of an article, as far as its post tells: for a re-read that no feed asked for."""
    author = earlier.author if earlier.author != source.name else ""
    return Entry(url=url, title=earlier.title, author=author, language=earlier.language, image=earlier.image)


def in_place(article: Article, earlier: Earlier) -> Article:
    """Return an article as it takes the place of an earlier text: its times stay, what is known no more stays known."""
    return replace(
        article,
        published=earlier.published,
        stated=earlier.stated,
        author=article.author if article.authors else earlier.author,
        language=article.language or earlier.language,
        image=article.image or earlier.image,
        description=article.description or earlier.description,
    )


def labelled(data: bytes, earlier: Earlier) -> bytes:
    """Return a post with the tags and categories of the earlier one: an article is tagged as its first source says."""
    head, end, rest = data.partition(b"\n---\n")
    lines = {line.partition(b":")[0]: line for line in earlier.labels.splitlines()}
    return LABEL.sub(lambda found: lines.get(found[1], found[0]), head) + end + rest


def is_same(earlier: Earlier, later: Earlier) -> bool:
    """Tell whether two posts say the same to a reader: title and text, whatever became of markup and links."""
    return (earlier.title, visible(earlier.body)) == (later.title, visible(later.body))


def objection(earlier: Earlier, later: Earlier, *, is_stub: bool = False) -> str:
    """Return why a later text must not take the place of an earlier one, for people; "" where it may.

    A stub may say in other words what the article is about, or nothing of it.
    """
    before, after = (WORD.findall(readable(post.body)) for post in (earlier, later))
    if len(after) < FULL_SHARE * len(before):
        return f"the text is much shorter now: {len(after)} words, {len(before)} are filed"
    runs = _runs(before)
    if not is_stub and len(before) >= LONG_ENOUGH and len(runs & _runs(after)) < SAME_SHARE * len(runs):
        return "the text is that of another article"
    return ""


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(*(words[start:] for start in range(RUN)), strict=False))


def visible(body: str) -> str:
    """Return what a reader sees of a body, without blanks and signs of structure."""
    return SIGNS.sub("", readable(body))


def readable(body: str) -> str:
    """Return the text of a body, blanks as they stand."""
    return html.unescape(TAG.sub(" ", TARGET.sub("]", PICTURE.sub(" ", DASH.sub("", body)))))
