"""README, CONTRIBUTING and docs/ say what is true of the code; what they show is run by `test_docs_run.py`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from crawler import config
from crawler.archive import FolderArchive
from crawler.cli import outcome
from crawler.cli.common import EXIT_CODES
from crawler.config.keys import ENVIRONMENT
from crawler.enumerators import ENUMERATORS
from crawler.extractor.ftr import parse_ftr
from crawler.extractor.rules import parse_rules
from crawler.health import SICK
from crawler.past import METHODS
from tests import keys
from tests.browser import PROGRAM
from tests.documents import CODE, COMMANDS, LINK, ROOT, TEXTS, Block, anchors, blocks, known, lines, prose, steps

EVERYTHING = "".join(TEXTS.values())
ELSEWHERE = {name: (ROOT / name).read_text() for name in ("SECURITY.md", "CHANGELOG.md", "bench/README.md")}


def is_row(block: Block) -> bool:
    """Tell whether a block shows rows of site rules, not a configuration."""
    return isinstance(yaml.safe_load(block.text), list)


# --- commands ---


def ours() -> list[list[str]]:
    """Return the words after `crawler` of every command in a block."""
    found = []
    for line in lines("sh", "cron"):
        for words in steps(line.text):
            if words[0].endswith("bin/crawler"):
                found.append(words[1:])
            elif words[0] == "docker" and words[1] in ("run", "exec"):
                found.append(words[words.index("crawler") + 1 :])
    return [words for words in found if words]  # the container's default is none


@pytest.mark.parametrize("words", ours(), ids=" ".join)
def test_every_command_shown_exists_with_its_options(words: list[str]) -> None:
    known(words)


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_in_a_sentence_exists_with_its_options(name: str) -> None:
    text = prose(TEXTS[name]) + "".join(re.findall(r"^\|.*$", TEXTS[name], re.M))
    for code in CODE.findall(text):
        words = code.split()
        if words[0] != "crawler" or len(words) == 1:
            continue
        path = next((path for n in (1, 2) if (path := tuple(words[1 : 1 + n])) in COMMANDS), None)
        assert path, code
        options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, code


def test_every_command_is_shown() -> None:
    told = {" ".join(path) for path in COMMANDS if re.search(rf"crawler {' '.join(path)}\b", EVERYTHING)}
    assert {" ".join(path) for path in COMMANDS} - told == set()


def test_the_exit_codes_are_those_of_the_help() -> None:
    told = re.findall(r"^\| (\d[\d, ]*) \| (.+) \|$", TEXTS["docs/operating.md"], re.M)
    assert told == re.findall(r"^  (\d[\d, ]*?)  (.+)$", EXIT_CODES, re.M)


def test_every_extra_that_is_named_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {
        name for group in re.findall(r"pip install (?:-e )?'[a-z.]+\[(.+?)\]'", EVERYTHING) for name in group.split(",")
    }
    assert named <= set(project["optional-dependencies"])
    assert named >= {"dev", "web", "s3", "postgres", "notify", "template"}


# --- configuration ---


def test_the_tables_of_keys_are_what_their_maker_writes() -> None:
    text = TEXTS["docs/configuration.md"]
    assert keys.filled(text) == text, "run: python -m tests.keys"
    assert {found[2] for found in keys.MARKED.finditer(text)} == set(keys.TABLES)


def test_every_variable_is_named() -> None:
    assert {name for name in (*ENVIRONMENT, "CRAWLER_CONFIG") if f"`{name}`" not in EVERYTHING} == set()


@pytest.mark.parametrize("block", [block for block in blocks("yaml") if not is_row(block)], ids=str)
def test_every_configuration_shown_loads(block: Block, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(block.text)
    (tmp_path / "rules").mkdir()
    assert config.load(tmp_path / "config.yaml", {"CRAWLER_TOKEN": "correct-horse"}).sources


@pytest.mark.parametrize("block", [block for block in blocks("yaml") if is_row(block)], ids=str)
def test_every_row_of_site_rules_shown_can_be_used(block: Block) -> None:
    assert parse_rules(yaml.safe_load(block.text)).rows


@pytest.mark.parametrize("block", blocks("ftr"), ids=str)
def test_every_site_config_file_shown_can_be_used(block: Block) -> None:
    name = re.match(r"# rules/(\S+)\n", block.text)
    assert name
    rule, problems = parse_ftr(block.text, name[1])
    assert problems == ()
    assert rule.body


@pytest.mark.parametrize("block", blocks("jinja"), ids=str)
def test_every_template_shown_can_be_used(block: Block, tmp_path: Path) -> None:
    (tmp_path / "post.jinja").write_text(block.text)
    source = {"name": "Example", "url": "https://example.org/feed.xml", "format": "template", "template": "post.jinja"}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    assert outcome(["config", "check", "--config", str(tmp_path / "config.yaml")]) == 0


# --- what the code says elsewhere ---


def column(file: str, heading: str) -> list[str]:
    """Return the first column of the table below a heading of its columns."""
    rows = TEXTS[file].partition(f"\n| {heading} |")[2].partition("\n\n")[0]
    return [name for row in rows.splitlines()[2:] for name in CODE.findall(row.split(" | ")[0])]


def test_the_ways_to_the_past_are_all_there() -> None:
    assert column("docs/backfill.md", "`--from`") == list(METHODS) == list(ENUMERATORS)


def test_the_troubles_are_all_there() -> None:
    assert column("docs/operating.md", "trouble") == list(SICK)


def test_the_addresses_of_the_web_face_are_all_there() -> None:
    told = {re.sub("NAME.*", "{name:path}", address) for address in column("docs/operating.md", "address")}
    routes = set(re.findall(r'Route\("(.+?)", (?:people|programs)', (ROOT / "crawler/web/app.py").read_text()))
    assert routes - {"/order", "/article/{path:path}", "/changes/{path:path}", "/file/{path:path}"} <= told | {
        "/feed.xml",
        "/feed.json",
    }
    assert told <= routes


def test_the_rooms_are_all_there_from_top_to_bottom() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floors, pure = project["tool"]["importlinter"]["contracts"]
    table = TEXTS["docs/architecture.md"].partition("\n| floor |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = [set(CODE.findall(row)) for row in table]
    place = {room: n for n, row in enumerate(rows) for room in row}
    layers = [layer.split(" | ") for layer in floors["layers"]]
    assert {room for layer in layers for room in layer} - {"__main__"} == set(place)
    heights = [{place[room] for room in layer} for layer in layers[1:]]
    assert all(len(row) == 1 for row in heights)
    assert [n for row in heights for n in row] == sorted(n for row in heights for n in row)
    (first,) = (n for n, row in enumerate(rows) if "enumerators" in row)
    assert {f"crawler.{room}" for row in rows[first:] for room in row} <= set(pure["source_modules"])


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_python_snippet_runs(block: Block) -> None:
    exec(compile(block.text, str(block), "exec"), {})


def test_the_post_shown_is_the_demos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["demo", "--into", str(tmp_path)]) == 3
    capsys.readouterr()
    (shown,) = blocks("markdown")
    head, tail = shown.text.split("…\n")
    archive = FolderArchive(tmp_path / "archive")
    (post,) = (text for path in archive.list() if (text := (archive.read(path) or b"").decode()).startswith(head))
    assert post.endswith(tail)


@pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium here")
def test_the_pictures_can_be_made_anew(tmp_path: Path) -> None:
    from tests.screenshots import PICTURES, make

    make(tmp_path)
    assert {place.name for place in tmp_path.iterdir()} == {place.name for place in PICTURES.iterdir()}
    assert all(20_000 < place.stat().st_size < 150_000 for place in tmp_path.iterdir())


# --- the text itself ---


@pytest.mark.parametrize("name", [*TEXTS, *ELSEWHERE])
def test_every_link_leads_somewhere(name: str) -> None:
    text = (TEXTS | ELSEWHERE)[name]
    for target in LINK.findall(prose(text) + "\n".join(re.findall(r"^\|.*$", text, re.M))):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        place = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert place.is_relative_to(ROOT), target
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text()), target


def test_every_file_of_ours_that_is_named_exists() -> None:
    named = {
        code
        for code in CODE.findall(EVERYTHING)
        if re.fullmatch(r"(?:crawler|tests|bench|docs|examples)/[\w./-]+", code)
    }
    assert {code for code in named if not (ROOT / code).exists()} == set()


@pytest.mark.parametrize("name", TEXTS)
def test_prose_has_one_sentence_a_line(name: str) -> None:
    assert [line for line in prose(TEXTS[name]).splitlines() if re.search(r"[a-z`)]\. [A-Z`]", line)] == []


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_of_somebodys_machine_is_told(name: str) -> None:
    assert re.findall(r"/(?:tmp/w|work|root)/|\.local\b|index-url|pypi", TEXTS[name]) == []


def test_every_dependency_is_listed_with_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    rows = [line.split(" | ") for line in (ROOT / "docs/dependencies.md").read_text("utf-8").splitlines()]
    found = {row[0].strip("| `"): row for row in rows if row[0].startswith("| `")}
    needed = set(map(package, project["dependencies"]))
    extras = {name: set(map(package, wanted)) for name, wanted in project["optional-dependencies"].items()}
    assert found.keys() == needed | {one for name, some in extras.items() if name != "dev" for one in some}
    for one, row in found.items():
        named = set(re.findall(r"`(\w+)`", row[1])) if one not in needed else set()
        assert named == {name for name, some in extras.items() if one in some and one not in needed} - {"dev"}, one
        assert row[-1].strip(" |"), one


def package(requirement: str) -> str:
    return re.split(r"[\[<>=; ]", requirement)[0]
