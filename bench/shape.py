"""The shape of the code: how long, how documented, how tested, how tangled; beside code bases that we learn from.

    python -m bench.shape [NAME=CODE[:TESTS] …]

Each further argument is another code base, e.g. `h11=…/h11/h11:…/h11/h11/tests`: a folder of its code and one of its
tests, which are left out of the code where they lie within it. Nothing is imported; what cannot be parsed is an error.

| column | is |
|---|---|
| files, lines | of code, and the lines of the longest file |
| function | lines of a function or method with its docstring: the median, and what nine in ten do not exceed |
| comments | lines with a comment, by lines that are neither empty nor of a docstring |
| documented | share of public modules, classes and functions that have a docstring |
| tests | lines of tests by lines of code |
| mocks | words `mock`, `Mock…` and `patch(` in tests; `monkeypatch` is none |
| circles | groups of modules that import each other in a circle; imports for types alone are left out |
| repeated | lines of code in runs of six or more that stand at two places at least |
"""

from __future__ import annotations

import ast
import io
import re
import statistics
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

HERE = Path(__file__).parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef
MOCKS = re.compile(r"\b(?:mock|Mock\w*|MagicMock|AsyncMock)\b|(?<!monkey)\bpatch\(")
#: Lines of a run that is no accident.
RUN = 6


@dataclass(frozen=True, slots=True)
class File:
    """One file."""

    place: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """Return its lines."""
        return self.text.splitlines()


def main(arguments: Sequence[str]) -> int:
    """Print a row for each code base."""
    print("| | files | lines | longest | function | comments | documented | tests | mocks | circles | repeated |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name, code, tests in [("crawler", HERE / "crawler", HERE / "tests"), *map(_named, arguments)]:
        print(f"| {name} | {' | '.join(figures(code, tests))} |")
    return 0


def _named(argument: str) -> tuple[str, Path, Path | None]:
    name, _, places = argument.partition("=")
    code, _, tests = places.partition(":")
    return name, Path(code), Path(tests) if tests else None


def figures(code: Path, tests: Path | None) -> Iterator[str]:
    """Yield the figures of a code base, in the order of the head."""
    files, others = list(_files(code, tests)), list(_files(tests, None)) if tests else []
    lines, functions = sum(len(one.lines) for one in files), sorted(_lengths(files))
    yield from (f"{len(files)}", f"{lines:,}", f"{max(len(one.lines) for one in files)}")
    yield f"{statistics.median(functions):.0f}, {functions[int(0.9 * len(functions))]}"
    yield f"{_comments(files):.0%}"
    yield f"{_documented(files):.0%}"
    yield f"{sum(len(one.lines) for one in others) / lines:.2f}" if others else "–"
    yield f"{sum(len(MOCKS.findall(one.text)) for one in others)}" if others else "–"
    yield f"{len(list(circles(imports(files, code))))}"
    yield f"{repeated(files) / lines:.1%}"


def _files(folder: Path, without: Path | None) -> Iterator[File]:
    for place in sorted(folder.rglob("*.py")):
        if without is None or without not in place.parents:
            text = place.read_text("utf-8")
            yield File(place, text, ast.parse(text, str(place)))


def _lengths(files: Iterable[File]) -> Iterator[int]:
    for one in files:
        for node in ast.walk(one.tree):
            if isinstance(node, Function):
                yield (node.end_lineno or node.lineno) - node.lineno + 1


def _comments(files: Sequence[File]) -> float:
    """Return the lines with a comment by those that are neither empty nor of a docstring."""
    comments = code = 0
    for one in files:
        tokens = tokenize.generate_tokens(io.StringIO(one.text).readline)
        comments += len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})
        texts = {line for node in _docstrings(one.tree) for line in range(node.lineno, (node.end_lineno or 0) + 1)}
        code += sum(bool(line.strip()) for number, line in enumerate(one.lines, 1) if number not in texts)
    return comments / code


def _docstrings(tree: ast.Module) -> Iterator[ast.Expr]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and ast.get_docstring(node) is not None
        ):
            first = node.body[0]
            if isinstance(first, ast.Expr):
                yield first


def _documented(files: Iterable[File]) -> float:
    public = [node for one in files for node in (one.tree, *_public(one.tree.body))]
    return sum(ast.get_docstring(node) is not None for node in public) / len(public)


def _public(body: Iterable[ast.stmt]) -> Iterator[ast.ClassDef | Function]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def imports(files: Iterable[File], code: Path) -> Mapping[str, set[str]]:
    """Return which modules of a package each one imports when it is itself imported."""
    names = {_module(one.place, code): one for one in files}
    found: dict[str, set[str]] = {name: set() for name in names}
    for name, one in names.items():
        package = name if one.place.stem == "__init__" else name.rpartition(".")[0]
        for node in _at_import(one.tree.body):
            found[name] |= {target for target in _targets(node, package, names) if target != name}
    return found


def _module(place: Path, code: Path) -> str:
    parts = (code.name, *place.relative_to(code).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


def _at_import(body: Iterable[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that are made at once: not those in functions, nor those for types alone."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.Try) or (isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test)):
            yield from _at_import([*node.body, *node.orelse])


def _targets(node: ast.Import | ast.ImportFrom, package: str, names: Mapping[str, File]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in names)
        return
    base = node.module or ""
    if node.level:
        parts = package.split(".")
        base = ".".join(filter(None, (*parts[: len(parts) - node.level + 1], base)))
    for alias in node.names:  # a name may be a module of its own, or something within the base
        if (whole := f"{base}.{alias.name}") in names:
            yield whole
        elif base in names:
            yield base


def circles(graph: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield circles of imports, one of each that is found when those before are cut."""
    rest = {name: set(targets) for name, targets in graph.items()}
    while True:
        try:
            TopologicalSorter(rest).prepare()
        except CycleError as e:
            circle: list[str] = e.args[1]
            yield circle
            rest[circle[1]].discard(circle[0])
        else:
            return


def repeated(files: Iterable[File]) -> int:
    """Return how many lines stand in runs that are found twice; blank lines, imports and lone brackets do not count."""
    runs: dict[tuple[str, ...], list[tuple[Path, tuple[int, ...]]]] = defaultdict(list)
    for one in files:
        lines = [(number, line.strip()) for number, line in enumerate(one.lines) if _counts(line.strip())]
        for start in range(len(lines) - RUN + 1):
            numbers, texts = zip(*lines[start : start + RUN], strict=True)
            runs[texts].append((one.place, numbers))
    twice = {(place, n) for found in runs.values() if len(found) > 1 for place, numbers in found for n in numbers}
    return len(twice)


def _counts(line: str) -> bool:
    return len(line) > 3 and not line.startswith(("import ", "from ", "#", '"""', "@"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
