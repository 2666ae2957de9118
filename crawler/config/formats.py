"""What a source's format makes of its other keys: its own default path, a template that is read and checked.

Rule: as in `read`: what is wrong is noted beside the other faults of the file, and not raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..model import Layout
from .read import Fields, Reading

#: Paths of posts by format, where nobody says; for the others that of the table of keys.
PATHS = {"hugo": "content/posts/{date}-{title}/index.md", "obsidian": "{source}/{date}-{title}.md"}
#: Bytes of a template.
MAX_TEMPLATE = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source's keys stand: at itself, or under `defaults`."""

    path: str  #: `sources[2]`
    own: Fields
    shared: Fields

    def fault(self, reading: Reading, name: str, message: str) -> None:
        """Note a fault at one of the keys, once for all sources that share it."""
        where = "defaults" if name in self.shared and name not in self.own else self.path
        reading.fault(f"{where}.{name}", message, self.own.get(name, self.shared.get(name)))


def with_format(reading: Reading, place: Place, home: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Return a source's values with those that its format brings; faults are noted with `reading`.

    Args:
        reading: takes the faults.
        place: of the source.
        home: folder of config.yaml.
        values: by field, the table's defaults included.
    """
    kind, file = values.get("format", "jekyll"), values.get("template", "")
    if kind in PATHS and "path" not in place.own and "path" not in place.shared:
        values = values | {"path": PATHS[kind]}
    if kind in PATHS and values.get("body") == "html":
        place.fault(reading, "body", f"html is not for format {kind}: leave it out")
    if kind == "hugo" and values.get("image_links") == "relative":
        place.fault(
            reading, "image_links", "relative is not for format hugo, whose site has files elsewhere: leave it out"
        )
    values = values | {"image_links": values.get("image_links") or ("root" if kind == "hugo" else "relative")}
    if kind != "template":
        return values
    if not file:
        place.fault(reading, "template", "must be given for format template: its file")
        return values
    try:
        return values | {"layout": _layout(file_of(home, file))}
    except ValueError as e:
        place.fault(reading, "template", str(e))
        return values


def file_of(home: Path, file: str) -> Path:
    """Return where a template is; relative ones start from the folder of config.yaml."""
    return home / Path(file).expanduser()


def _layout(file: Path) -> Layout:
    """Read a template and compile it on trial.

    Raises:
        ValueError: it cannot be used; says why, and in which line.
    """
    if find_spec("jinja2") is None:
        raise ValueError("needs the library jinja2, which is not installed: pip install 'crawler[template]'")
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_TEMPLATE + 1)
        layout = Layout(file.name, data.decode("utf-8-sig"))
    except OSError as e:
        raise ValueError(f"{file}: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise ValueError(f"{file}: not UTF-8; save the file in that encoding") from e
    if len(data) > MAX_TEMPLATE:
        raise ValueError(f"{file}: over {MAX_TEMPLATE // 1_000_000} MB")
    from ..writer.template import fault_of

    if wrong := fault_of(layout):
        raise ValueError(wrong)
    return layout
