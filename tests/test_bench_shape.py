"""bench/shape.py counts what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.shape import circles, figures, imports, main

RUN = "".join(f"    value{n} = compute({n})\n" for n in range(6))
CODE = {
    "__init__.py": '"""A package."""\n',
    "one.py": f'"""One."""\nfrom . import two\n\n\ndef first():\n    """Say."""\n    # why\n{RUN}\n\ndef _own():\n    pass\n',
    "two.py": f"from typing import TYPE_CHECKING\nfrom .three import third\nif TYPE_CHECKING:\n    from . import one\n{RUN.replace('    ', '')}",
    "three.py": "def third():\n    from . import two\n    return two\n\n\nclass Three:\n    pass\n",
    "tests/test_one.py": "from unittest.mock import Mock, patch\n\ndef test(monkeypatch):\n    monkeypatch.setattr(x, 'y', 1)\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name, text in CODE.items():
        place = tmp_path / "package" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path / "package"


def test_the_figures_are_those_of_a_package_that_can_be_counted_by_hand(package: Path) -> None:
    files, lines, longest, function, comments, documented, tests, mocks, circular, repeated = figures(
        package, package / "tests"
    )
    assert (files, lines, longest) == ("4", "35", "17")
    assert function == "3, 9"
    assert comments == "4%"
    assert documented == "43%"  # modules: 2 of 4, functions: 1 of 2, classes: none of 1
    assert tests == "0.11"
    assert mocks == "2"
    assert circular == "0"
    assert repeated == "34.3%"


def test_a_circle_is_found_and_imports_for_types_or_within_functions_are_none(package: Path) -> None:
    (package / "three.py").write_text("from . import two\n")
    found = list(figures(package, None))
    assert found[8] == "1"
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert [sorted(set(circle)) for circle in circles(graph)] == [["a", "b", "c"]]
    assert imports([], package) == {}


def test_a_row_is_printed_for_each(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"small={package}:{package / 'tests'}", f"bare={package}"]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| crawler", "| small", "| bare"]
    longest = int(rows[0].split(" | ")[3])
    assert longest <= 400, "no file of ours is longer"
    assert rows[0].split(" | ")[9] == "0", "no circle of imports"
