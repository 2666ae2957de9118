"""Our extractor beside its peers on a folder of pages with reference texts: what is found, and what it costs.

    python -m bench.extraction --pages DIR [--peers] [--folds DIR] [--json OUT] [--predictions OUT]

The text that is scored is that of our Markdown, rendered; no site rules are used. `--peers` runs what is installed of
trafilatura, readability-lxml and magic-html in the same run. `--folds` lets each page be judged by a forest that was
taught without its site (see bench.train): on pages the shipped forest was taught on, only that figure is honest.
Doubt is another question than what is found: a text that would be held back as too short counts, as the peers' does;
`held` says how many pages that is.
CPU is that of this process, from the page's bytes to Markdown, the mean over the set.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, timezone
from pathlib import Path
from typing import Any

from lxml.html import HtmlElement
from markdown_it import MarkdownIt

from crawler.errors import ItemError
from crawler.extractor import Rules, from_page
from crawler.extractor.clean import allow
from crawler.extractor.forest import Forest, parse_forest
from crawler.extractor.reading import Reading
from crawler.extractor.tree import fragment, visible_text
from crawler.model import CanonicalURL, Entry, Page, Source
from crawler.writer.markdown import to_markdown

from . import corpus, scoring
from .train import FOLDS, fold_of

#: What one extractor says of one page: text, title, author (list), date, cpu_s, error; any may be missing.
Said = dict[str, Any]
Extractor = Callable[[corpus.Truth, bytes], Said]
RENDER = MarkdownIt("commonmark", {"html": True}).enable("table")


def spoken(markdown: str, *, captions: bool) -> str:
    """Return the text of Markdown as a reader sees it, one line a block.

    Args:
        markdown: a body.
        captions: whether to count captions, which our posts keep (a line in italics under its picture) and no
            reference here and no peer does.
    """
    if not markdown:
        return ""
    root = fragment(RENDER.render(markdown))
    for paragraph in list(root.iter("p")):
        above = paragraph.getprevious()
        if not captions and above is not None and _is_picture(above) and _is_slanted(paragraph):
            above.addnext(paragraph)  # so that further ones below are seen to stand there, too
            paragraph.tag, paragraph.text = "img", None
            for child in list(paragraph):
                paragraph.remove(child)
    return visible_text(root)


def _is_picture(element: HtmlElement) -> bool:
    return not element.text_content().strip() and (element.tag == "img" or element.find(".//img") is not None)


def _is_slanted(paragraph: HtmlElement) -> bool:
    said = "".join(child.text_content() for child in paragraph if child.tag == "em")
    return bool(said) and said.strip() == paragraph.text_content().strip()


def ours(forests: list[Forest], *, captions: bool) -> Extractor:
    """Return our extractor, with the forest of each page's fold where there are several."""

    def extract(truth: corpus.Truth, body: bytes) -> Said:
        forest = forests[fold_of(truth)] if forests else None
        source, rules = Source("bench", truth["url"], content="page"), Rules(forest=forest, sure=0.0)
        page = corpus.as_page(truth, body)
        began = time.process_time()
        try:
            article = from_page(page, Entry(), source, CanonicalURL(truth["url"]), rules, corpus.FETCHED)
            markdown = to_markdown(article.html)
        except ItemError as e:
            said = {"error": e.reason, "cpu_s": time.process_time() - began}
            return said | {"text": spoken(_found(page, source, rules), captions=captions)}
        spent = time.process_time() - began
        # A crawl time stands for a date that was not found; the page's own clock is the one the truth was read from.
        when = article.published.astimezone(timezone(article.offset))
        return {
            "text": spoken(markdown, captions=captions),
            "title": article.title,
            "author": list(article.authors),
            "date": "" if article.published.astimezone(UTC) == corpus.FETCHED else when.isoformat(),
            "confidence": article.confidence,
            "won": article.won,
            "cpu_s": spent,
        }

    return extract


def _found(page: Page, source: Source, rules: Rules) -> str:
    """Return the Markdown of what was found on a page that is held back."""
    try:
        return to_markdown(allow(Reading(page, source, rules).find().root))
    except ItemError:
        return ""


def peers() -> dict[str, Extractor]:
    """Return the other extractors that are installed here."""
    makers = {
        "trafilatura": lambda: _trafilatura(is_fast=False),
        "trafilatura-fast": lambda: _trafilatura(is_fast=True),
        "readability-lxml": _readability,
        "magic-html": _magic,
    }
    found = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError:
            print(f"{name}: not installed, left out", file=sys.stderr)
    return found


def _trafilatura(*, is_fast: bool) -> Extractor:
    import trafilatura

    return _timed(lambda truth, body: trafilatura.extract(body, fast=is_fast, include_comments=False) or "")


def _readability() -> Extractor:
    from readability import Document

    return _timed(lambda truth, body: visible_text(fragment(Document(body).summary())))


def _magic() -> Extractor:
    from magic_html import GeneralExtractor

    from crawler.charset import decode

    extractor = GeneralExtractor()
    return _timed(
        lambda truth, body: visible_text(
            fragment(extractor.extract(decode(body, "text/html"), base_url=truth["url"])["html"])
        )
    )


def _timed(extract: Callable[[corpus.Truth, bytes], str]) -> Extractor:
    """Time a peer; whatever it raises on a page is an empty answer for that page."""

    def timed(truth: corpus.Truth, body: bytes) -> Said:
        began = time.process_time()
        said: Said = {}
        try:
            said["text"] = extract(truth, body)
        except Exception as e:  # noqa: BLE001 - it is not ours, and one page of many
            said["error"] = f"{type(e).__name__}: {e}"[:200]
        return said | {"cpu_s": time.process_time() - began}

    return timed


def read_forests(folder: Path) -> list[Forest]:
    """Return the forests of a folder as bench.train wrote it, one a fold."""
    paths = [folder / f"{fold}.json" for fold in range(FOLDS)]
    if missing := next((path for path in paths if not path.is_file()), None):
        raise SystemExit(f"{missing}: not found; --folds wants a folder that bench.train --folds wrote")
    return [parse_forest(json.loads(path.read_text("utf-8"))) for path in paths]


def run(extractor: Extractor, folder: Path, truths: list[corpus.Truth]) -> list[Said]:
    """Let one extractor read every page."""
    return [{"id": truth["id"]} | extractor(truth, body) for truth, body in corpus.pages(folder, truths)]


def table(truths: list[corpus.Truth], said: list[Said]) -> dict[str, dict[str, float]]:
    """Return the figures by set."""
    rows = [scoring.row(truth, answer) for truth, answer in zip(truths, said, strict=True)]
    sets = dict.fromkeys(row["set"] for row in rows)
    return {name: scoring.summary([row for row in rows if row["set"] == name]) for name in sets}


def show(name: str, figures: dict[str, dict[str, float]]) -> None:
    """Print one extractor's figures, a line a set."""
    print(f"\n{name}")
    for set_name, values in figures.items():
        shown = (
            f"{key} {value:.0f}" if key in ("pages", "bad", "held") else f"{key} {value:.4f}"
            for key, value in values.items()
            if key != "cpu_ms"
        )
        print(f"  {set_name:<12} {'  '.join(shown)}  cpu {values.get('cpu_ms', 0):.1f} ms")


def write_predictions(path: Path, said: Iterable[Said]) -> None:
    """Write what was said, one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(answer | {"cpu": answer.get("cpu_s")}, ensure_ascii=False) + "\n" for answer in said)


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=Path, required=True, help="folder with truth.jsonl and pages/")
    parser.add_argument("--peers", action="store_true", help="run the other extractors that are installed, too")
    parser.add_argument("--folds", type=Path, help="folder of forests taught without a fifth of the sites")
    parser.add_argument("--captions", action="store_true", help="count the captions of our pictures as text")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--predictions", type=Path, help="write what ours says of each page there")
    args = parser.parse_args()
    truths = corpus.read(args.pages)
    forests = read_forests(args.folds) if args.folds else []
    said = run(ours(forests, captions=args.captions), args.pages, truths)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    figures = {"ours": table(truths, said)}
    show("ours" + (", each page judged without its site" if forests else ""), figures["ours"])
    print(f"  peak memory {peak} MB")
    if args.predictions:
        write_predictions(args.predictions, said)
    for name, extractor in peers().items() if args.peers else ():
        figures[name] = table(truths, run(extractor, args.pages, truths))
        show(name, figures[name])
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
