"""The Dockerfile, compose.yaml and the image's own `crawler`, as far as no root is needed; the rest: `tests/image.py`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from crawler import __version__, config
from tests import dockerfile
from tests.dockerfile import Instruction, is_seen, replaced, stages

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Dockerfile").read_text()
IGNORE = (ROOT / ".dockerignore").read_text()
BUILD, FINAL = stages(TEXT, {})


def only(name: str) -> list[str]:
    return [each.rest for each in FINAL.instructions if each.name == name]


def test_the_image_is_not_roots_and_keeps_everything_in_one_volume() -> None:
    assert only("VOLUME") == ["/data"]
    assert only("USER") == ["10001:10001"]
    assert only("ENTRYPOINT") == ['["crawler"]']
    assert only("CMD") == ['["serve"]']
    assert "crawler status --alive -q" in only("HEALTHCHECK")[0]


def test_both_stages_have_one_slim_base_and_the_last_one_has_no_tools() -> None:
    assert BUILD.base == FINAL.base
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", BUILD.base)
    assert not any("pip" in each.rest for each in FINAL.instructions)


def test_what_is_installed_is_checked_by_its_hash() -> None:
    installed = [each.rest for each in BUILD.instructions if " install " in each.rest]
    assert "--require-hashes -r constraints.txt" in installed[0]
    assert all("--no-deps" in line for line in installed)


def test_everything_copied_is_let_in_and_little_else() -> None:
    copied = [word for stage in (BUILD, FINAL) for each in stage.instructions
              if each.name == "COPY" and "from" not in each.flags for word in each.words[:-1]]  # fmt: skip
    assert [name for name in copied if not is_seen(name, IGNORE) or not (ROOT / name).exists()] == []
    assert not any(is_seen(name, IGNORE) for name in (".git", "archive/_posts/x.md", "tests", "crawler/__pycache__"))


def test_the_labels_are_ocis_with_this_version() -> None:
    labels = next(each for each in FINAL.instructions if each.name == "LABEL").pairs
    assert all(name.startswith("org.opencontainers.image.") for name in labels)
    assert next(each for each in FINAL.instructions if each.name == "ARG" and "VERSION" in each.rest).pairs == {
        "VERSION": __version__
    }


def test_a_new_volumes_configuration_loads_in_the_containers_time_zone(tmp_path: Path) -> None:
    line = next(each.rest for each in BUILD.instructions if each.rest.startswith("sed "))
    made = line.replace(
        "config.yaml >/usr/local/lib/crawler/config.yaml", f"{ROOT}/config.yaml >{tmp_path}/config.yaml"
    )
    subprocess.run(
        ["sh", "-c", made.replace("/usr/local/lib/crawler/config.yaml", f"{tmp_path}/config.yaml")], check=True
    )
    found = config.load(tmp_path / "config.yaml", {"TZ": "Asia/Singapore"})
    assert found.defaults.timezone == "Asia/Singapore"
    before, after = ((place / "config.yaml").read_text().splitlines() for place in (ROOT, tmp_path))
    assert len(before) == len(after)
    assert len([line for line, now in zip(before, after, strict=True) if line != now]) == 2
    assert (found.serve.host, found.serve.hosts) == ("0.0.0.0", ("localhost", "127.0.0.1"))


@pytest.mark.parametrize(("file", "name"), [("", "crawler"), ("cluster.", "serve"), ("cluster.", "worker")])
def test_compose_takes_every_freedom_that_is_not_needed(file: str, name: str) -> None:
    service = yaml.safe_load((ROOT / f"compose.{file}yaml").read_text())["services"][name]
    assert service["user"] == "${PUID:-1000}:${PGID:-1000}"
    assert service["volumes"] == ["./data:/data"]
    assert service.get("ports", ["127.0.0.1:8080:8080"]) == ["127.0.0.1:8080:8080"], "for this machine alone"
    assert (service["read_only"], service["cap_drop"], service["tmpfs"]) == (True, ["ALL"], ["/tmp"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert float(service["stop_grace_period"].removesuffix("s")) > 10
    assert service.get("command") == (["worker"] if name == "worker" else None), "else the image's own, serve"


# --- the image's own `crawler` ---


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    """The script with a volume, a template and a crawler in a folder of the test's, run as if it were not root's."""
    text = (ROOT / "docker/crawler").read_text()
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/config.yaml").write_text("# template\n")
    (tmp_path / "tool/crawler").write_text('#!/bin/sh\necho "crawler:$*"\n')
    (tmp_path / "tool/crawler").chmod(0o755)
    (tmp_path / "data").mkdir()
    for old, new in (
        ("volume=/data", f"volume={tmp_path}/data"),
        ("/usr/local/lib/crawler/config.yaml", f"{tmp_path}/tool/config.yaml"),
        ("/usr/local/lib/crawler/bin/crawler", f"{tmp_path}/tool/crawler"),
        ("me=$(id -u)", "me=4711"),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "crawler").write_text(text)
    return tmp_path


def run(at: Path, *words: str, **env: str) -> tuple[int, str, str]:
    known = {"PATH": os.environ["PATH"], "CRAWLER_CONFIG": f"{at}/data/config.yaml"} | env
    done = subprocess.run(["sh", at / "crawler", *words], env=known, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_the_first_start_makes_the_configuration_and_later_ones_do_not(wrapper: Path) -> None:
    code, out, err = run(wrapper, "serve", "-q")
    assert (code, out) == (0, "crawler:serve -q\n")
    assert "made config.yaml in the volume" in err
    made = wrapper / "data/config.yaml"
    assert (made.read_text(), made.stat().st_mode & 0o777) == ("# template\n", 0o644)
    assert [place.name for place in (wrapper / "data").iterdir()] == ["config.yaml"]
    made.write_text("mine\n")
    assert run(wrapper, "serve") == (0, "crawler:serve\n", "")
    assert made.read_text() == "mine\n"


@pytest.mark.parametrize("words", [("--version",), ("demo",), ("-h",)])
def test_what_needs_no_configuration_makes_none(wrapper: Path, words: tuple[str, ...]) -> None:
    assert run(wrapper, *words) == (0, f"crawler:{' '.join(words)}\n", "")
    assert list((wrapper / "data").iterdir()) == []


def test_a_configuration_elsewhere_is_left_to_whoever_named_it(wrapper: Path) -> None:
    assert run(wrapper, "run", CRAWLER_CONFIG=f"{wrapper}/mine.yaml") == (0, "crawler:run\n", "")
    assert list((wrapper / "data").iterdir()) == []


def test_a_volume_that_cannot_be_written_is_said(wrapper: Path) -> None:
    shutil.rmtree(wrapper / "data")
    code, out, err = run(wrapper, "run")
    assert (code, out) == (0, "crawler:run\n"), "the crawler itself says what follows from it"
    assert "cannot write into" in err


def test_another_user_cannot_be_had_without_root(wrapper: Path) -> None:
    assert run(wrapper, "run", PUID="4711")[0] == 0
    code, out, err = run(wrapper, "run", PUID="5", PGID="6")
    assert (code, out) == (2, "")
    assert "PUID=5: started as 4711 it cannot become another: start it with --user 0, or with --user 5:6" in err


# --- reading Dockerfiles ---


def test_lines_that_go_on_comments_and_flags() -> None:
    (stage,) = stages(
        '# x\nFROM a\nRUN b && \\\n    # why\n    c\nCOPY --from=d --chmod=0755 e f\nCMD ["g h", "i"]\n', {}
    )
    assert stage.instructions == (
        Instruction("RUN", {}, "b && c"),
        Instruction("COPY", {"from": "d", "chmod": "0755"}, "e f"),
        Instruction("CMD", {}, '["g h", "i"]'),
    )
    assert stage.instructions[2].words == ["g h", "i"]


def test_stages_and_their_arguments() -> None:
    text = "ARG B=x\nFROM ${B} AS one\nFROM y\nARG C=1\n"
    assert [(stage.base, stage.name) for stage in stages(text, {})] == [("x", "one"), ("y", "")]
    assert stages(text, {"B": "z"})[0].base == "z"


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="not known here: ADD a b"):
        stages("FROM x\nADD a b\n", {})


def test_variables() -> None:
    assert replaced("$A-${B}-${C:-d}-${A:-e}-$$", {"A": "1"}) == "1--d-1-$$"


@pytest.mark.parametrize(
    ("path", "want"),
    [("a", True), ("a/b", True), ("a/__pycache__", False), ("a/__pycache__/x.pyc", False), ("b", False), ("c/d", True), ("c/e", False)],
)  # fmt: skip
def test_what_of_the_context_is_seen(path: str, want: bool) -> None:
    assert dockerfile.is_seen(path, "# x\n*\n!a\n!c/d\n**/__pycache__\n") is want
