"""A post of ours read back, so that a later text of its article can be compared with it and take its place.

Pure. Reads what `post.jekyll` writes, to the letter; whoever asks knows that the bytes are ours. Rule: an archive
keeps the fuller text. A later one takes the place of an earlier one only where it is neither much shorter nor,
by its words, another article's (an address that was given to another story).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Article, CanonicalURL, Entry, Source
from ..moments import EPOCH
from .extras import WORD

POST = re.compile(
    r"---\nlayout: post\n((?:[a-z]+: [^\n]*\n)+)---\n<!--(-?\d+)-->\n[^\n]*\n------\n\n<div[^>]*>\n(.*)\n</div>\n", re.S
)
LABELS = re.compile(rb"^tags: [^\n]*\ncategories: [^\n]*$", re.M)
ESCAPE = re.compile(r"\\(?:x([0-9A-F]{2})|u([0-9A-F]{4})|(.))")
SHORT = {"n": "\n", "r": "\r", "t": "\t"}
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
    body: str = ""  #: Markdown or HTML, as it stands there
    labels: bytes = b""  #: its lines of tags and categories
    head: bytes = b""  #: all that stands above its text, where that is to stay; see `adopted`


def read_post(data: bytes) -> Earlier | None:
    """Read a post that we wrote; None for one of another form."""
    found = POST.fullmatch(data.decode("utf-8", "replace"))
    if found is None:
        return None
    lines = {name: unquoted(value) for name, _, value in (line.partition(": ") for line in found[1].splitlines())}
    if not {"title", "date", "author"} <= lines.keys():
        return None
    stated, labels = EPOCH + timedelta(milliseconds=int(found[2])), LABELS.search(data)
    return Earlier(
        lines["title"],
        lines["author"],
        datetime.fromisoformat(lines["date"]),
        stated,
        language=lines.get("lang", ""),
        image=lines.get("image", ""),
        description=lines.get("description", ""),
        body=found[3],
        labels=labels[0] if labels else b"",
    )


def unquoted(text: str) -> str:
    """Undo `post.scalar`."""
    return ESCAPE.sub(_meant, text[1:-1]) if text.startswith('"') else text


def _meant(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else SHORT.get(found[3], found[3])


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
    return LABELS.sub(lambda _: earlier.labels, data, count=1) if earlier.labels else data


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
