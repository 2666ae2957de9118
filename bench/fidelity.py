"""How much of a body survives Markdown: cleaned HTML → Markdown → HTML, compared on real pages.

    python bench/fidelity.py --pages DIR [--kramdown N] [--json OUT] [--worst N]

DIR holds `truth.jsonl` (one object a line: id, file, url) and `pages/*.html.gz`. Each page goes through the extractor
without site rules, its cleaned body through the converter, the Markdown, in the envelope of a post, through markdown-it
(CommonMark, tables, raw HTML); with --kramdown N, that many pages spread over the set through kramdown, too, as Jekyll
sets it. Pages that are no article are counted and left out.

text: F1 of 4-gram shingles over tokens (a word, a Chinese, Japanese or Korean character, a sign), so that order and
    punctuation count; the mean over pages. equal: share of pages whose texts agree to the letter, blanks folded.
elements: those that show something (an image with an address, a link, item, heading or row with text or image in
    it; of an item, beside the lists in it), summed over pages; `off` sums what single pages have too many or too few,
    so that nothing cancels out. A term of a definition list, which Markdown lacks, is an item.
A page is CJK when half of its letters are. Exit code 1: below what is promised.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

from crawler.errors import ItemError
from crawler.extractor import from_page, parse_rules
from crawler.model import CanonicalURL, Entry, Page, Source
from crawler.writer.post import markdown_body

#: What is promised: of text by language, and how far the number of elements may be off.
PROMISED_TEXT = {"CJK": 0.998, "other": 0.999}
PROMISED_OFF = 0.01
CRAWLED = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Source(name="bench", url="https://bench.invalid/", body="markdown")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
LISTS = ("ul", "ol", "li", "dl", "dt", "dd")
TABLES = ("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th")
BLOCKS = {"p", "div", "blockquote", "pre", "figure", "figcaption", "hr", "br", *HEADINGS, *LISTS, *TABLES}
KINDS = {"image": ("img",), "link": ("a",), "item": ("li", "dt"), "heading": HEADINGS, "row": ("tr",)}
CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[^\w\s]")
FOREIGN = re.compile(f"[{CJK}]")
SHINGLE = 4
#: kramdown as Jekyll sets it (jekyll/configuration.rb).
KRAMDOWN = """
require "json"; require "kramdown"; require "kramdown-parser-gfm"
options = {input: "GFM", hard_wrap: false, smart_quotes: "lsquo,rsquo,ldquo,rdquo", syntax_highlighter: nil}
puts JSON.generate(JSON.parse($stdin.read).map { |text| Kramdown::Document.new(text, options).to_html })
"""
#: Its typography, which is meant: curly quotes, the ellipsis.
TYPOGRAPHY = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..."})


@dataclass(frozen=True, slots=True)
class Body:
    """One page's cleaned body and its post's body."""

    id: str
    html: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one page lost or kept."""

    id: str
    language: str  #: a key of PROMISED_TEXT
    text: float
    is_equal: bool
    cleaned: dict[str, int]  #: elements by kind
    rendered: dict[str, int]

    @property
    def off(self) -> int:
        """Return how many elements are too many or too few."""
        return sum(abs(self.rendered[kind] - self.cleaned[kind]) for kind in KINDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    options = _options(arguments)
    if options.kramdown:
        by_kramdown([])  # says at once if it cannot
    bodies = list(read_bodies(options.pages))
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    reader.validateLink = lambda url: True  # type: ignore[method-assign]  # the other readers let every scheme through
    results = {"markdown-it": [measure(body, reader.render(body.markdown)) for body in bodies]}
    if options.kramdown:
        sample = bodies[:: max(1, len(bodies) // options.kramdown)][: options.kramdown]
        pages = by_kramdown([body.markdown for body in sample])
        results["kramdown"] = [measure(body, page, TYPOGRAPHY) for body, page in zip(sample, pages, strict=True)]
    kept = [report(name, measured, options.worst) for name, measured in results.items()]
    if options.json:
        options.json.write_text(json.dumps({name: [asdict(m) for m in found] for name, found in results.items()}))
    return 0 if all(kept) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what Markdown keeps of real bodies.")
    parser.add_argument("--pages", type=Path, required=True, help="folder with truth.jsonl and pages/")
    parser.add_argument("--kramdown", type=int, default=0, metavar="N", help="also render N pages by kramdown")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures of each page")
    parser.add_argument("--worst", type=int, default=5, metavar="N", help="pages to name for each figure")
    return parser.parse_args(arguments)


def read_bodies(folder: Path) -> Iterator[Body]:
    """Extract and convert each page of a folder; say on stderr how many are no article."""
    refused, rules = 0, parse_rules(())
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        content = gzip.decompress((folder / "pages" / row["file"]).read_bytes())
        page = Page(row["url"], row["url"], 200, (("content-type", "text/html"),), content, CRAWLED)
        try:
            article = from_page(page, Entry(), SOURCE, CanonicalURL(row["url"]), rules, CRAWLED)
        except ItemError:
            refused += 1
            continue
        yield Body(row["id"], article.html, "\n".join(markdown_body(article.html)) + "\n")
    print(f"no article: {refused} pages", file=sys.stderr)


def by_kramdown(posts: list[str]) -> list[str]:
    """Render posts in one Ruby process."""
    ruby = shutil.which("ruby")
    if ruby is None:
        sys.exit("--kramdown needs Ruby with kramdown-parser-gfm (Debian: ruby-kramdown-parser-gfm): no ruby found")
    done = subprocess.run([ruby, "-e", KRAMDOWN], input=json.dumps(posts), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(
            f"--kramdown needs kramdown with its GFM parser (Debian: ruby-kramdown-parser-gfm): {done.stderr[:300]}"
        )
    pages: list[str] = json.loads(done.stdout)
    return pages


def measure(body: Body, page: str, folded: dict[int, str] | None = None) -> Measured:
    """Compare a cleaned body with the page rendered from its Markdown."""
    cleaned, rendered = tree(body.html), tree(page)
    want, got = (text(root).translate(folded or {}) for root in (cleaned, rendered))
    tokens = TOKEN.findall(want)
    foreign = sum(1 for token in tokens if FOREIGN.match(token))
    letters = sum(len(token) for token in tokens if token[0].isalpha())
    return Measured(
        id=body.id,
        language="CJK" if 2 * foreign >= letters > 0 else "other",
        text=agreement(tokens, TOKEN.findall(got)),
        is_equal=want == got,
        cleaned={kind: count(cleaned, names) for kind, names in KINDS.items()},
        rendered={kind: count(rendered, names) for kind, names in KINDS.items()},
    )


def tree(markup: str) -> Tag:
    """Read HTML as it is nested; libxml2 would move a paragraph out of a heading."""
    return BeautifulSoup(f"<body>{markup}</body>", "html.parser")


def text(root: Tag) -> str:
    """Return what one reads: blocks and breaks part words, other tags do not, blanks are folded."""
    return " ".join("".join(_spoken(root)).split())


def _spoken(element: Tag) -> Iterator[str]:
    edge = " " if element.name in BLOCKS else '"' if element.name == "q" else ""  # browsers set the quotes of `q`
    yield edge
    for node in element.children:
        if isinstance(node, Tag):
            yield from _spoken(node)
        else:
            yield str(node)
    yield edge


def agreement(want: list[str], got: list[str]) -> float:
    """Return the F1 of shingles, 1 for two empty texts."""
    ours, theirs = shingles(want), shingles(got)
    both = sum((ours & theirs).values())
    total = ours.total() + theirs.total()
    return 2 * both / total if total else 1.0


def shingles(tokens: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + SHINGLE]) for at in range(max(1, len(tokens) - SHINGLE + 1)))


def count(root: Tag, names: tuple[str, ...]) -> int:
    return sum(
        1 for element in root.descendants if isinstance(element, Tag) and element.name in names and shows(element)
    )


def shows(element: Tag) -> bool:
    """Tell whether an element holds text or an image; an image, whether it has an address."""
    if element.name == "img":
        return bool(element.get("src"))
    if element.name == "a" and not element.get("href"):
        return False
    return any(isinstance(part, Tag) or part.strip() for part in _seen(element, ("ul", "ol") * (element.name == "li")))


def _seen(element: Tag, but: tuple[str, ...]) -> Iterator[Tag | str]:
    """Yield the texts and images in an element, but for those in some elements inside it."""
    for child in element.children:
        if not isinstance(child, Tag):
            yield str(child)
        elif child.name == "img":
            yield child
        elif child.name not in but:
            yield from _seen(child, but)


def report(reader: str, pages: list[Measured], worst: int) -> bool:
    """Print the figures of one reader; tell whether all are as promised."""
    print(f"\n{reader}, {len(pages)} pages")
    kept = [_report_text(language, pages) for language in PROMISED_TEXT]
    kept += [_report_kind(kind, pages) for kind in KINDS]
    _name("worst text", sorted(pages, key=lambda page: page.text)[:worst], lambda page: f"{page.text:.4f}")
    _name("most elements off", sorted(pages, key=lambda page: -page.off)[:worst], lambda page: f"{page.off}")
    return all(kept)


def _report_text(language: str, pages: list[Measured]) -> bool:
    scores = [page.text for page in pages if page.language == language]
    mean = sum(scores) / len(scores) if scores else 1.0
    equal = sum(page.is_equal for page in pages if page.language == language)
    is_kept = mean >= PROMISED_TEXT[language]
    print(f"  text {language:8} {mean:.5f}  equal {equal} of {len(scores)}{_mark(is_kept)}")
    return is_kept


def _report_kind(kind: str, pages: list[Measured]) -> bool:
    cleaned = sum(page.cleaned[kind] for page in pages)
    rendered = sum(page.rendered[kind] for page in pages)
    off = sum(abs(page.rendered[kind] - page.cleaned[kind]) for page in pages)
    is_kept = abs(rendered - cleaned) <= PROMISED_OFF * cleaned
    ratio = rendered / cleaned if cleaned else 1.0
    print(f"  {kind:13} {rendered:6} of {cleaned:6} = {ratio:.4f}  off {off}{_mark(is_kept)}")
    return is_kept


def _mark(is_kept: bool) -> str:
    return "" if is_kept else "  <- below what is promised"


def _name(title: str, pages: list[Measured], figure: Callable[[Measured], str]) -> None:
    print(f"  {title}: " + ", ".join(f"{page.id} {figure(page)}" for page in pages))


if __name__ == "__main__":
    sys.exit(main())
