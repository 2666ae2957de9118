"""Teach the judge of blocks: pages with reference texts → crawler/extractor/forest.json.

    python -m bench.train --pages DIR --out crawler/extractor/forest.json     the judge that is shipped
    python -m bench.train --pages DIR --folds DIR2                            five judges, each without some sites

With `--folds` each judge is taught without a fifth of the sites; `bench.extraction --folds DIR2` then lets every page
be judged by the one that has not seen its site, which is the figure to quote. Needs the extra `bench` (catboost).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crawler.errors import ExtractError, ItemError
from crawler.extractor import judge, metadata
from crawler.extractor.outline import Outline
from crawler.extractor.traits import COLUMNS, Said
from crawler.extractor.tree import parse, prune

from . import corpus, labels

FOLDS = 5
#: What a page of each set counts; forums and one tool's own output are not what is archived here.
WEIGHTS = {"mozilla": 0.5, "magic_forum": 0.1, "trafilatura": 0.5}
#: Known blocks from which a page with segments only counts in full.
ENOUGH = 8
#: Blocks before a reference's first among which its lead may stand, and what such a lead counts: posts keep leads, most
#: references leave them out.
LEAD_NEAR, LEAD_WEIGHT = 6, 0.4
SETTINGS: dict[str, Any] = {
    "iterations": 100, "depth": 6, "learning_rate": 0.12, "border_count": 64, "rsm": 0.3, "l2_leaf_reg": 3,
    "bootstrap_type": "Bernoulli", "subsample": 0.8, "loss_function": "Logloss", "thread_count": 2,
    "verbose": False, "allow_writing_files": False,
}  # fmt: skip
#: Forests that are taught beside each other and speak together: what one of them believes by chance counts for less.
SEEDS = (1, 2, 3, 4, 5)
DIGITS = 5


class Lesson:
    """One page: its blocks' measures, labels and weights.

    Raises:
        ItemError: the page cannot be parsed, or says nothing.
    """

    def __init__(self, truth: corpus.Truth, body: bytes) -> None:
        self.fold = fold_of(truth)
        page = corpus.as_page(truth, body)
        root = parse(page)
        facts = metadata.read(root, page.url)
        prune(root)
        outline = Outline(root)
        if not outline.blocks:
            raise ExtractError("no text", passing=False)
        texts = [block.text for block in outline.blocks]
        self.measures, headline = judge.measures(root, outline, Said(facts.title, facts.description))
        has_gate = "gate" in truth
        known = labels.by_segments(texts, *truth["gate"]) if has_gate else labels.by_reference(texts, truth["refs"])
        self.is_in = known > 0.5
        weights = np.sqrt(np.array([len(labels.tokens(text)) for text in texts]) + 1) * (known >= 0)
        weights[_leads(outline, self.is_in, headline)] *= LEAD_WEIGHT
        share = min(1.0, (known >= 0).sum() / ENOUGH) if has_gate else 1.0
        self.weights = weights / max(weights.sum(), 1e-9) * WEIGHTS.get(truth["set"], 1.0) * share


def _leads(outline: Outline, is_in: NDArray[np.bool_], headline: int) -> list[int]:
    """Return the blocks that can be a lead which the reference leaves out: prose between headline and text."""
    first = int(np.argmax(is_in)) if is_in.any() else 0
    near = range(max(headline + 1, first - LEAD_NEAR), first) if 0 <= headline < first else ()
    return [n for n in near if outline.blocks[n].is_prose]


def fold_of(truth: corpus.Truth) -> int:
    """Return which fold a page is in: all pages of a site are in the same one."""
    return zlib.crc32(corpus.site(truth).encode()) % FOLDS


def lessons(folder: Path) -> list[Lesson]:
    """Return the lessons of a folder; pages without text teach nothing."""
    found = []
    for truth, body in corpus.pages(folder, corpus.read(folder)):
        try:
            lesson = Lesson(truth, body)
        except ItemError as e:
            print(f"{truth['id']}: {e.reason}")
            continue
        if lesson.weights.sum() > 0:
            found.append(lesson)
    return found


def teach(all_: list[Lesson]) -> dict[str, Any]:
    """Return the table of a forest taught on these lessons: several in one, whose mean is what it says."""
    from catboost import CatBoostClassifier, Pool

    def stacked(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(lesson, name) for lesson in all_])

    used = stacked("weights") > 0
    weights = stacked("weights")[used]
    pool = Pool(stacked("measures")[used], stacked("is_in")[used], weight=weights * len(weights) / weights.sum())
    models = []
    for seed in SEEDS:
        models.append(CatBoostClassifier(**SETTINGS, random_seed=seed))
        models[-1].fit(pool)
    return joined(models)


def joined(models: Sequence[Any]) -> dict[str, Any]:
    """Return models of one depth as plain numbers that say the mean of them, see crawler/extractor/forest.py."""
    tables = [_table(model, 1 / len(models)) for model in models]
    rows = {key: [row for table in tables for row in table[key]] for key in ("questions", "borders", "leaves")}
    return {"columns": COLUMNS, "bias": _short(sum(table["bias"] for table in tables)), **rows}


def _table(model: Any, share: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        model.save_model(str(path), format="json")
        raw = json.loads(path.read_text("utf-8"))
    scale, (bias,) = raw["scale_and_bias"]
    trees = raw["oblivious_trees"]
    questions = [tree["splits"] or () for tree in trees]  # none where no question was worth asking
    depth = SETTINGS["depth"]
    table: dict[str, Any] = {"bias": share * bias, "questions": [], "borders": [], "leaves": []}
    for tree, asked in zip(trees, questions, strict=True):
        splits = [(split["float_feature_index"], _short(split["border"])) for split in asked]
        splits += [(0, 1e9)] * (depth - len(splits))  # never answered with yes
        values = [_short(value * scale * share) for value in tree["leaf_values"]]
        table["questions"].append([column for column, _ in splits])
        table["borders"].append([border for _, border in splits])
        table["leaves"].append(values + [0.0] * ((1 << depth) - len(values)))
    return table


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def write(table: dict[str, Any], path: Path) -> None:
    """Write a table, a line a tree."""
    lines = [f'"{key}": {json.dumps(table[key])}' for key in ("columns", "bias")]
    for key in ("questions", "borders", "leaves"):
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in table[key])
        lines.append(f'"{key}": [\n{rows}\n]')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def main() -> None:
    """Read the arguments, teach, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=Path, required=True, help="folder with truth.jsonl and pages/")
    parser.add_argument("--out", type=Path, help="where the judge is written that was taught on all pages")
    parser.add_argument("--folds", type=Path, help="folder for the judges taught without a fifth of the sites")
    args = parser.parse_args()
    if not (args.out or args.folds):
        parser.error("nothing to write: say --out or --folds")
    all_ = lessons(args.pages)
    print(f"{len(all_)} pages, {sum(len(lesson.weights) for lesson in all_)} blocks, {len(COLUMNS)} measures")
    if args.folds:
        args.folds.mkdir(parents=True, exist_ok=True)
        for fold in range(FOLDS):
            write(teach([lesson for lesson in all_ if lesson.fold != fold]), args.folds / f"{fold}.json")
    if args.out:
        write(teach(all_), args.out)


if __name__ == "__main__":
    main()
