"""A post by a template of the user's own: Jinja2 in its sandbox, of one file, with an end.

Pure. The template is the user's, its values are the web's: nothing is escaped by itself, and the filter `yaml` writes
what stands in front matter. Rule: what it makes must name the article's address in its front matter (`from:`), or the
archive would not know the post again. A template that fails is the article's failure for now: it waits, and
`status` tells the line. Loops without an end are ended with the worker that runs them (`workers.DEADLINE`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.environment import Template
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import LayoutError
from ..model import Article, Layout, Source
from .dialects import to_hugo, to_obsidian
from .earlier import read_post
from .extras import EXTRAS, count_words, cut
from .labels import categories, tags
from .markdown import to_markdown
from .scalars import extra, sequence

#: Characters of one post: more than any page we fetch (`max_page`) has.
MAX_POST = 20_000_000
#: Characters or items that one multiplication in a template may make.
MAX_PRODUCT = 100_000
#: What Jinja calls a template that came as a string.
FILENAME = "<template>"
#: Values that cost time: made only where a template names them.
BODIES = {"markdown": to_markdown, "hugo": to_hugo, "obsidian": to_obsidian}


class Sandbox(ImmutableSandboxedEnvironment):
    """Nothing of Python is to be reached, and no value grows beyond measure by one sign."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply, within bounds."""
        sides = (left, right)
        size = sum(len(side) for side in sides if isinstance(side, (str, list, tuple)))
        number = max(abs(side) if isinstance(side, (int, float)) else 0 for side in sides)
        if operator == "**" and number > 1000:
            raise SecurityError(f"{left} ** {right} is too large")
        if size * number > MAX_PRODUCT:
            raise SecurityError(f"a product of over {MAX_PRODUCT:,} characters")
        return super().call_binop(context, operator, left, right)


def in_yaml(value: object) -> str:
    """Write a value as YAML that every loader reads back the same: the filter `yaml`."""
    if isinstance(value, (list, tuple)):
        return sequence(tuple(map(str, value)))
    if isinstance(value, (str, datetime)) or type(value) is int:
        return extra(value)
    return '""' if value is None else extra(str(value))


def environment() -> Sandbox:
    """Return where templates are compiled: names that are not known are errors, no other file can be reached."""
    found = Sandbox(autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True)
    found.filters["yaml"] = in_yaml
    return found


def fault_of(layout: Layout) -> str:
    """Return what is wrong with a template, with its line, as far as that shows before it is filled; "" if nothing."""
    try:
        named = meta.find_undeclared_variables(environment().parse(layout.text))
    except TemplateSyntaxError as e:
        return f"{layout.name}, line {e.lineno}: {e.message}"
    unknown = sorted(named - NAMES - environment().globals.keys())
    return f"{layout.name}: {unknown[0]} is not known: write {', '.join(sorted(NAMES))}" if unknown else ""


@lru_cache(8)
def _compiled(text: str) -> tuple[Template, frozenset[str]]:
    """Compile a template; also return the names that it uses."""
    found = environment()
    return found.from_string(text), frozenset(meta.find_undeclared_variables(found.parse(text)))


def fill(article: Article, source: Source) -> str:
    """Fill the template of a source.

    Raises:
        LayoutError: the template failed, or made no post by which the article is known again; it may be mended.
    """
    layout = source.layout or Layout("template", "")
    try:
        template, used = _compiled(layout.text)
        text = "".join(_bounded(template.generate(values(article, source, used))))
    except TooLong as e:
        raise LayoutError(f"template {layout.name}: {e}") from e
    except Exception as e:
        raise LayoutError(_told(layout, e)) from e
    _check(layout, text, article.url)
    return text if text.endswith("\n") else text + "\n"


class TooLong(Exception):
    """A template makes more text than a post may have."""


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MAX_POST:
            raise TooLong(f"makes over {MAX_POST:,} characters")
        yield piece


def _told(layout: Layout, error: Exception) -> str:
    """Return why a template failed, and in which line."""
    line, trace = getattr(error, "lineno", None), error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == FILENAME else line
        trace = trace.tb_next
    where = f"{layout.name}, line {line}" if line else layout.name
    kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
    return f"template {where}: {kind}{' '.join(str(error).split())}"[:300]


def _check(layout: Layout, text: str, url: str) -> None:
    """Refuse a post that could not be told from a page of the user's own.

    Raises:
        LayoutError: its front matter does not name the article's address.
    """
    post = read_post(text.encode("utf-8", "replace"))
    if post is None or post.url != url:
        wanted = "lines `---`, `from: {{ url | yaml }}`, `title: …`, `date: {{ date | yaml }}`, `---` at its beginning"
        raise LayoutError(f"template {layout.name}: makes no front matter by which a post is known again: {wanted}")


#: What a template may name, beside `BODIES`.
FACTS = frozenset(
    [
        "title",
        "author",
        "authors",
        "url",
        "date",
        "stated",
        "updated",
        "source",
        "feed",
        "tags",
        "categories",
        "language",
        "image",
        "description",
        "words",
        "archived",
        "html",
    ]
)
NAMES = FACTS | BODIES.keys()


def values(article: Article, source: Source, used: frozenset[str]) -> dict[str, Any]:
    """Return what a template may name, as far as it does."""
    facts: dict[str, Any] = {
        "title": article.title,
        "author": article.author,
        "authors": list(article.authors),
        "url": article.url,
        "date": article.published,
        "stated": article.stated,
        "updated": article.updated,
        "source": source.name,
        "feed": EXTRAS["feed"](article, source),
        "tags": list(tags(article, source)),
        "categories": list(categories(article, source)),
        "language": article.language,
        "image": article.image,
        "description": cut(article.description),
        "words": count_words(article.html) if "words" in used else 0,
        "archived": article.archived,
        "html": article.html,
    }
    return facts | {name: make(article.html) for name, make in BODIES.items() if name in used}
