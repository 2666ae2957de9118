"""config.yaml → Config.

Reads the file and the environment, which is stronger; checks everything at once and names each fault by its key path
(`sources[2].url: …`). Passes values on; no other room reads the file.
Writes nothing but `config.yaml` itself, and that only in `edit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import urls
from ..errors import ConfigError
from ..model import Limits, Notify, Publish, Serve, Source
from .edit import FIRST, add_sources, append_sources
from .formats import Place, file_of, with_format
from .keys import ENVIRONMENT, FETCH, SECTIONS, SHARED, SOURCE, TOP, Key
from .kinds import check_keys, check_kind
from .labels import NAMES, read_values
from .notify import read_notify
from .parse import is_server
from .publish import read_publish
from .read import Fields, Reading, compose, read
from .serve import read_serve

__all__ = ["FIRST", "Config", "add_sources", "append_sources", "check_keys", "load"]

#: Fields of a source that stand in the file under some key; `template` is told in the value of another.
FIELDS = (
    *(key.target for key in SECTIONS["sources"] if key.name != "template"),
    *(f"{name}_of_feed" for name in NAMES),
    "layout",
)
#: Where the state is when nobody says: inside the archive, so that both move together.
STATE_IN_ARCHIVE = ".crawler/state.db"
#: What the search index is called beside a state of that name; beside another, it carries that one's name, too.
STATE_NAME, INDEX_NAME = "state.db", "search.db"
INDEX_IN_ARCHIVE = f".crawler/{INDEX_NAME}"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the configuration says, checked, defaults filled in."""

    archive: Path  #: absolute; the folder of the posts, its `.crawler` ours; that alone where there is a store
    state: str  #: SQLAlchemy URL; the path of a SQLite file is absolute
    user_agent_contact: str
    rsshub: tuple[str, ...]  #: addresses without a slash at the end, in the order given
    limits: Limits
    sources: tuple[Source, ...]  #: in the file's order, distinct by url
    path: Path  #: of the file
    defaults: Source  #: for what is fetched without a source; only name and url are missing
    site_rules: Path | None = None  #: absolute; a folder that is there
    notify: Notify = Notify()
    publish: Publish = Publish()
    templates: tuple[Path, ...] = ()  #: absolute; of the sources, each once
    wayback: str = "https://web.archive.org"  #: without a slash at the end
    serve: Serve = Serve()
    search: Path | None = None  #: absolute; the file of the search index; None: there is none
    store: str = ""  #: address of the store that the posts are in, without a slash at the end; "": they are in a folder

    @property
    def place(self) -> Path | str:
        """Return where the posts are."""
        return self.store or self.archive


def load(path: Path, environ: Mapping[str, str], first: str = "") -> Config:
    """Read the configuration.

    Args:
        path: of config.yaml; relative paths inside it start from its folder.
        environ: for `${NAME}` in values and for CRAWLER_ARCHIVE, CRAWLER_STATE, CRAWLER_USER_AGENT_CONTACT.
        first: what it says where there is none yet, or nothing in it; by default that is a fault.

    Raises:
        ConfigError: with all faults, one a line.
    """
    node = compose(_text(path, first), str(path)) or compose(first, str(path))
    if node is None:
        raise ConfigError(f"{path}: empty; {HOW_TO_MAKE_ONE}")
    reading = Reading(environ)
    top_fields, fetch_fields, default_fields, source_fields = read(node, reading)
    top = _defaults(TOP) | reading.values(top_fields, TOP) | _overrides(reading, environ)
    fetch = _defaults(FETCH) | reading.values(fetch_fields, FETCH, "fetch")
    shared = _defaults(SHARED) | read_values(reading, default_fields, SHARED, "defaults")
    own = {key.target: _default(key) for key in SOURCE if key not in SHARED and key.default is not None}
    found = {path: own | read_values(reading, fields, SOURCE, path) for path, fields in source_fields.items()}
    _check_sources(reading, found, source_fields, top["rsshub"])
    for where, values in found.items():
        check_kind(reading, where, shared | values, source_fields[where])
    home = path.absolute().parent
    complete = {
        where: with_format(reading, Place(where, source_fields[where], default_fields), home, shared | values)
        for where, values in found.items()
    }
    rules = home / _from_home(top["site_rules"]) if top["site_rules"] else None
    if rules is not None and not rules.is_dir():
        reading.fault("site_rules", f"{rules} is no folder", top_fields.get("site_rules"))
    notify, publish = read_notify(reading, top_fields), read_publish(reading, top_fields)
    serve = read_serve(reading, top_fields)
    common = with_format(reading, Place("defaults", {}, default_fields), home, shared)
    archive, database, store = _places(home, top["archive"], top["state"])
    search = _index(home, top["search"], archive, database, store)
    if search is not None and (wrong := _misplaced(search, archive, database, store)):
        reading.fault("search", wrong, top_fields.get("search"))
    if publish.git and store:
        reading.fault("publish.git", "git cannot commit an archive that is no folder", top_fields.get("publish"))
    reading.done()
    sources = tuple(map(_source, complete.values()))
    contact, instances = top["user_agent_contact"], top["rsshub"]
    defaults = _source(common | {"name": "", "url": ""})
    from sqlalchemy import URL  # not above: long to load, and `--help` needs no state

    return Config(
        archive=archive,
        state=URL.create("sqlite", database=str(database)).render_as_string() if database else top["state"],
        user_agent_contact=contact,
        rsshub=instances,
        limits=Limits(**fetch),
        sources=sources,
        path=path,
        defaults=defaults,
        site_rules=rules,
        notify=notify,
        publish=publish,
        templates=tuple(dict.fromkeys(file_of(home, v["template"]) for v in complete.values() if v.get("layout"))),
        serve=serve,
        wayback=top["wayback"],
        search=search,
        store=store,
    )


HOW_TO_MAKE_ONE = (
    "`crawler source add https://example.org` makes one with that site's feed, `crawler import FILE` one of a list "
    "of feeds; or write one (two lines do: `sources:` and `  - {name: Example, url: https://example.org/feed.xml}`), "
    "name another by --config or CRAWLER_CONFIG, or try `crawler demo`, which needs none"
)


def _text(path: Path, first: str) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as e:
        if first:
            return first
        raise ConfigError(f"{path}: no such file; {HOW_TO_MAKE_ONE}") from e
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from e
    except UnicodeDecodeError as e:
        line = e.object[: e.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line}: not UTF-8; save the file in that encoding") from e


def _defaults(keys: tuple[Key, ...]) -> dict[str, Any]:
    """Return what each key is when it is absent, read as if it had been written."""
    return {key.target: _default(key) for key in keys}


def _default(key: Key) -> Any:
    if isinstance(key.default, tuple):
        return tuple(key.parse(part) for part in key.default)
    return key.parse(key.default) if key.default else ""


def _overrides(reading: Reading, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that the environment gives; empty variables count as not set."""
    found: dict[str, Any] = {}
    for name, key in ENVIRONMENT.items():
        try:
            if value := environ.get(name):
                found[key.target] = key.parse(value)
        except ValueError as e:
            reading.fault(name, str(e))
    return found


def _check_sources(
    reading: Reading, found: dict[str, dict[str, Any]], fields: dict[str, Fields], instances: tuple[str, ...]
) -> None:
    """Note sources of one address, and routes without an instance to ask."""
    first: dict[str, str] = {}
    for path, values in found.items():
        url = values.get("url", "")
        if not url:
            continue
        is_route = url.startswith("rsshub://")
        same = first.setdefault(url if is_route else urls.canonical(url), path)
        if same != path:
            reading.fault(f"{path}.url", f"the same address as {same}.url", fields[path]["url"])
        if is_route and not instances:
            reading.fault(f"{path}.url", "there is no instance to ask: name one under `rsshub`", fields[path]["url"])


def _places(home: Path, archive: str, database: str) -> tuple[Path, Path | None, str]:
    """Return the archive's folder and the state's file, absolute, and the address of the store where one is named.

    Relative places start from the file's folder. With a store, what is ours is here all the same: the state, when
    nobody says where, and the lock, one for each state. There is no file where the state is on a server.
    """
    store = archive if "://" in archive else ""
    folder = home if store else home / _from_home(archive)
    if is_server(database):
        return folder, None, store
    file = home / _from_home(database) if database else folder / STATE_IN_ARCHIVE
    if store and database:
        return file.parent if file.name == STATE_NAME else file.with_suffix(""), file, store
    return folder, file, store


def _index(home: Path, index: str, archive: Path, state: Path | None, store: str) -> Path | None:
    """Return the file of the search index, by default beside the state; None where none is wanted."""
    if index == "off":
        return None
    if index:
        return home / _from_home(index)
    if state is None:
        return archive / INDEX_IN_ARCHIVE
    beside = state.with_name(INDEX_NAME if state.name == STATE_NAME else f"{state.stem}-{INDEX_NAME}")
    return archive / INDEX_IN_ARCHIVE if _misplaced(beside, archive, state, store) else beside


def _misplaced(index: Path, archive: Path, state: Path | None, store: str) -> str:
    """Return why the index must not be there, or ""."""
    if index == state:
        return "is the file of the state: name another"
    if index.is_relative_to(archive) and not store:
        folders = index.relative_to(archive).parts[:-1]
        if not any(name.startswith(".") for name in folders):
            return "is among the posts: name a file elsewhere, or in a hidden folder such as .crawler"
    return ""


def _from_home(path: str) -> Path:
    return Path(path).expanduser() if path.startswith("~/") else Path(path)


def _source(values: dict[str, Any]) -> Source:
    fields = {name: values[name] for name in FIELDS if name in values}
    own = (fields["name"],) if fields["name"] else ()
    return Source(**fields | {"tags": fields["tags"] or own})
