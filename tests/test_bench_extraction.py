"""bench/extraction.py and bench/train.py, run in this process on two pages of our own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import corpus, extraction, train
from crawler.extractor.forest import parse_forest
from crawler.extractor.traits import COLUMNS

LINES = [
    f"The ferry sails again {when}, and the people of the town stood in line for {n} hours to be on board."
    for n, when in enumerate(("today", "tomorrow", "on Monday", "on Tuesday", "on Friday", "in June"), 2)
]
CAPTION = "The ferry in the harbour, seen from the old lighthouse."
MENU = "".join(f'<li><a href="/{i}">Section {i}</a></li>' for i in range(12))


def page(body: str) -> bytes:
    head = '<meta charset="utf-8"><title>Ferry sails</title><meta property="article:published_time" content="2021-11-20T06:43:44Z">'
    return f"<html><head>{head}</head><body><ul>{MENU}</ul><article><h1>Ferry sails</h1>{body}</article></body></html>".encode()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    text = "".join(f"<p>{line}</p>" for line in LINES)
    figure = f'<figure><img src="/f.jpg"><figcaption>{CAPTION}</figcaption></figure>'
    truths: list[corpus.Truth] = [
        {"id": "a", "set": "refs", "refs": ["\n".join(LINES)], "title": "Ferry sails", "date": "2021年11月20日"},
        {"id": "b", "set": "gate", "gate": [[LINES[0]], ["Section 3"]]},
    ]
    (tmp_path / "pages").mkdir()
    for truth, body in zip(truths, (text.replace("</p>", f"</p>{figure}", 1), text), strict=True):
        name = truth["id"]
        truth |= {"file": f"{name}.html.gz", "url": f"https://www.{name}.org/1", "lang": "en"}
        (tmp_path / "pages" / truth["file"]).write_bytes(gzip.compress(page(body)))
    (tmp_path / "truth.jsonl").write_text("\n".join(map(json.dumps, truths)) + "\n\n", "utf-8")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, module: Any, *arguments: object) -> None:
    monkeypatch.setattr("sys.argv", ["bench", *map(str, arguments)])
    module.main()


def add_truth(folder: Path, **truth: object) -> None:
    with (folder / "truth.jsonl").open("a", encoding="utf-8") as file:
        print(json.dumps(truth), file=file)


def forest() -> dict[str, Any]:
    """Return a judge of one question: has the block more than forty letters (e to the power of 3.7)?"""
    table: dict[str, Any] = {"columns": list(COLUMNS), "bias": -0.5}
    return table | {"questions": [[list(COLUMNS).index("w")]], "borders": [[3.7]], "leaves": [[-5.0, 5.0]]}


def test_it_prints_and_writes_figures_and_what_was_said(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, said = pages / "out.json", pages / "said.jsonl"
    run(monkeypatch, extraction, "--pages", pages, "--json", out, "--predictions", said)
    printed = capsys.readouterr().out
    assert printed.startswith("\nours\n  refs         pages 1  f1 1.0000  f1c 1.0000  bad 0  title 1.0000  day 1.0000")
    assert "peak memory" in printed
    figures = json.loads(out.read_text("utf-8"))["ours"]
    assert (figures["refs"]["f1"], figures["refs"]["day"], figures["gate"]["f1"]) == (1, 1, 1)
    first, second = map(json.loads, said.read_text("utf-8").splitlines())
    assert (first["id"], second["id"]) == ("a", "b")
    assert first["text"].split("\n") == LINES
    assert (first["title"], first["author"], first["date"]) == ("Ferry sails", [], "2021-11-20T06:43:44+00:00")
    assert first["cpu"] == first["cpu_s"] > 0


def test_captions_are_counted_where_that_is_wanted(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, extraction, "--pages", pages, "--captions", "--predictions", pages / "said.jsonl")
    first, _ = map(json.loads, (pages / "said.jsonl").read_text("utf-8").splitlines())
    assert first["text"].split("\n") == [LINES[0], CAPTION, *LINES[1:]]


def test_a_page_that_is_none_is_an_answer_without_text(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (pages / "pages" / "c.html.gz").write_bytes(gzip.compress(b"%PDF-1.4"))
    add_truth(pages, id="c", set="refs", file="c.html.gz", url="https://c.org/", refs=["one two three four"])
    run(monkeypatch, extraction, "--pages", pages, "--predictions", pages / "said.jsonl")
    last = json.loads((pages / "said.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["error"] == "not a page: PDF data"
    assert "refs         pages 2  f1 0.6667" in capsys.readouterr().out


def test_what_is_held_back_counts_and_is_told(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = "The ferry sails at noon, it says."
    (pages / "pages" / "c.html.gz").write_bytes(gzip.compress(page(f"<p>{brief}</p>")))
    add_truth(pages, id="c", set="brief", file="c.html.gz", url="https://c.org/", refs=[brief])
    run(monkeypatch, extraction, "--pages", pages, "--predictions", pages / "said.jsonl")
    last = json.loads((pages / "said.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["error"] == f"no article text found: {len(brief)} characters"
    assert last["text"] == brief
    assert "brief        pages 1  f1 1.0000  f1c 1.0000  bad 0  held 1" in capsys.readouterr().out


def test_each_page_is_judged_by_the_forest_of_its_fold(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for fold in range(train.FOLDS):
        train.write(forest(), pages / f"{fold}.json")
    run(monkeypatch, extraction, "--pages", pages, "--folds", pages)
    printed = capsys.readouterr().out
    assert printed.startswith("\nours, each page judged without its site\n")
    assert printed.count("f1 1.0000") == 2


@pytest.mark.parametrize(
    ("arguments", "missing", "said"),
    [
        (["--pages", "{}/none"], "", "none/truth.jsonl: not found; --pages wants"),
        (["--pages", "{}"], "pages/b.html.gz", "b.html.gz: not found, but truth.jsonl names it"),
        (["--pages", "{}", "--folds", "{}/none"], "", "none/0.json: not found; --folds wants"),
    ],
)
def test_what_is_missing_is_said(
    pages: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], missing: str, said: str
) -> None:
    if missing:
        (pages / missing).unlink()
    with pytest.raises(SystemExit, match=said):
        run(monkeypatch, extraction, *(word.format(pages) for word in arguments))


def test_peers_that_are_missing_are_named_and_left_out(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("trafilatura", "magic_html"):
        monkeypatch.setitem(__import__("sys").modules, name, None)  # as if it were not installed
    run(monkeypatch, extraction, "--pages", pages, "--peers", "--json", pages / "out.json")
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        f"{n}: not installed, left out" for n in ("trafilatura", "trafilatura-fast", "magic-html")
    ]
    assert "\nreadability-lxml\n" in out
    assert list(json.loads((pages / "out.json").read_text("utf-8"))) == ["ours", "readability-lxml"]


def test_what_a_peer_raises_is_its_answer_for_that_page() -> None:
    said = extraction._timed(lambda truth, body: str(1 // len(body)))({}, b"")
    assert said.pop("cpu_s") >= 0
    assert said == {"error": "ZeroDivisionError: integer division or modulo by zero"}


SPOKEN = {
    "nothing": ("", ""),
    "a caption": ("![](a.jpg)\n\n*caption*\n\ntext", "text"),
    "a linked picture's": ("[![](a.jpg)](b)\n\n*caption*\n\ntext", "text"),
    "two captions": ("![](a.jpg)\n\n*caption*\n\n*credit*\n\ntext", "text"),
    "a line in italics": ("text\n\n*said*", "text\nsaid"),
    "a line with a word in italics": ("![](a.jpg)\n\n*said* so", "said so"),
    "a table": ("| a | b |\n|---|---|\n| c | d |", "a\nb\nc\nd"),
}


@pytest.mark.parametrize(("markdown", "want"), SPOKEN.values(), ids=SPOKEN)
def test_what_markdown_says(markdown: str, want: str) -> None:
    assert extraction.spoken(markdown, captions=False) == want


SITES = {
    "https://www.bbc.co.uk/news": "bbc.co.uk",
    "http://edition.cnn.com:80/a": "cnn.com",
    "https://www.cnn.com/a": "cnn.com",
    "https://wien.orf.at/": "orf.at",
    "https://taz.de/!1": "taz.de",
    "https://www.taz.de/!1": "taz.de",
    "https://example.org/1": "id",
    "http://fakehost/1": "id",
    "http://localhost/1": "localhost",
}


@pytest.mark.parametrize(("url", "site"), SITES.items())
def test_sites(url: str, site: str) -> None:
    assert corpus.site({"id": "id", "url": url}) == site


def test_a_lesson_is_a_page_with_its_blocks_marked(pages: Path) -> None:
    refs, gate = train.lessons(pages)
    assert refs.measures.shape == (len(refs.is_in), len(COLUMNS))
    assert refs.is_in.sum() == len(LINES)
    assert refs.weights.sum() == pytest.approx(1)
    assert gate.is_in.sum() == 1
    assert gate.weights.sum() == pytest.approx(2 / train.ENOUGH)  # two of its blocks are known
    assert refs.fold == train.fold_of({"id": "a", "url": "https://a.org/other"})


LEAD = "After two years of storms and repairs, the harbour has its ferry back, the mayor said."


@pytest.mark.parametrize(
    ("above", "counts"),
    [
        (f"<p>{LEAD}</p>", train.LEAD_WEIGHT),
        (f"<p>{LEAD}</p>" + "<p>Photo</p>" * train.LEAD_NEAR, 1),
    ],
)
def test_a_lead_that_the_reference_leaves_out_counts_less(pages: Path, above: str, counts: float) -> None:
    def weight(before: str) -> float:
        (pages / "pages" / "a.html.gz").write_bytes(gzip.compress(page(before + "".join(f"<p>{x}</p>" for x in LINES))))
        lesson = train.lessons(pages)[0]
        first = int(np.argmax(lesson.is_in))
        return float(lesson.weights[first - 1 - before.count("Photo")] / lesson.weights[first])

    link = f"<p><a href=/2>{LEAD}</a></p>"  # which is no lead
    assert weight(above) == pytest.approx(counts * weight(link))


def test_pages_that_say_nothing_teach_nothing_and_are_named(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, body in (("c", b"%PDF-1.4"), ("d", b"<html><body><img src=a></body></html>")):
        (pages / "pages" / name).write_bytes(gzip.compress(body))
        add_truth(pages, id=name, set="refs", file=name, url="https://c.org/", refs=["one"])
    add_truth(pages, id="e", set="gate", file="b.html.gz", url="https://e.org/", gate=[["not there"], []])
    assert len(train.lessons(pages)) == 2
    assert capsys.readouterr().out == "c: not a page: PDF data\nd: no text\n"


def test_a_forest_is_read_as_it_was_written(tmp_path: Path) -> None:
    train.write(forest(), tmp_path / "f.json")
    read = parse_forest(json.loads((tmp_path / "f.json").read_text("utf-8")))
    assert (read.columns, read.bias) == (tuple(COLUMNS), -0.5)
    assert (read.questions.tolist(), read.borders.tolist(), read.leaves.tolist()) == (
        forest()["questions"],
        [[3.7]],
        [[-5.0, 5.0]],
    )


class Model:
    """Saves three trees as catboost does: of two questions, of one, of none."""

    def save_model(self, path: str, format: str) -> None:  # noqa: A002 - catboost's word
        assert format == "json"
        trees = [
            {"splits": [split(3, 0.5), split(1, 2.123456)], "leaf_values": [1, 2, 3, 4]},
            {"splits": [split(0, 10)], "leaf_values": [10, 20]},
            {"splits": None, "leaf_values": [2]},
        ]
        Path(path).write_text(json.dumps({"scale_and_bias": [0.5, [0.25]], "oblivious_trees": trees}), "utf-8")


def split(column: int, border: float) -> dict[str, float]:
    return {"float_feature_index": column, "border": border}


def test_models_become_one_table_of_trees_of_one_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(train.SETTINGS, "depth", 2)
    made = parse_forest(train.joined([Model(), Model()]))
    assert made.borders.tolist() == [[0.5, 2.1235], [10, 1e9], [1e9, 1e9]] * 2
    rows = np.array([[0, 0, 0, 0], [0, 0, 0, 1], [0, 3, 0, 0], [11, 3, 0, 1]], float)
    odds = (
        np.array([0.5 + 5, 1 + 5, 1.5 + 5, 2 + 10]) + 1 + 0.25
    )  # the first question is the lowest bit of a leaf's number
    assert made.chances(rows) == pytest.approx(1 / (1 + np.exp(-odds)))  # equal models say the same together


def test_teaching_for_nothing_is_refused(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, train, "--pages", pages)
    assert "say --out or --folds" in capsys.readouterr().err
