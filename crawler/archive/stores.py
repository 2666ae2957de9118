"""Stores of objects as `objects` needs them: S3 by its own protocol, any other by what fsspec makes of it.

Rule: one call, one try; what fails is raised as it comes, and `objects` makes of it what it means. The endpoint and
whoever asks are named by the environment or by the files that AWS and fsspec read, never here and never in config.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import RLock
from typing import Any, Protocol

from ..errors import ConfigError
from .contract import Stamp
from .faults import NO_SUCH_RANGE, PRECONDITION, code_of, status_of

#: Seconds that one call may take, its answer read; seconds until a connection stands, and between two of its bytes.
CALL_S, CONNECT_S, READ_S = 60.0, 10, 30
#: Connections at a time: the threads of a run that write, of the web face that read, and of a survey.
CONNECTIONS = 32
#: What is left to list, as the store that lists has it; empty: nothing.
Rest = tuple[str, ...]
Listed = tuple[str, Stamp]
#: Held by whoever looks and then writes, where the store cannot do both in one step.
_one_at_a_time = RLock()


@dataclass(frozen=True, slots=True)
class Held:
    """An object as it was read."""

    data: bytes
    tag: str  #: by which the store knows these bytes; "" where it has none


class Store(Protocol):
    """Objects by paths below an address. What cannot be done is the error of its library; a try may be repeated."""

    caveat: str  #: what its users should know, or ""

    def fetch(self, path: str) -> Held | None:
        """Return an object; None where there is none."""
        ...

    def stamp(self, path: str) -> Stamp | None:
        """Return how an object looks from outside; None where there is none."""
        ...

    def create(self, path: str, data: bytes) -> bool:
        """Write an object where there is none; False: there is one."""
        ...

    def replace(self, path: str, data: bytes, there: Held) -> bool:
        """Write an object in the place of one that was read; False: it is another one by now, or gone."""
        ...

    def remove(self, path: str) -> None:
        """Remove an object, which may be gone."""
        ...

    def begins(self, path: str, count: int) -> bytes:
        """Return the first bytes of an object."""
        ...

    def page(self, base: str, rest: Rest | None) -> tuple[Sequence[Listed], Rest]:
        """Return some objects below a folder, in order, and what is left to list; `rest` is None for the first."""
        ...

    def heeds_conditions(self, path: str) -> bool:
        """Write an object where there is none and tell whether a second one was refused there."""
        ...


def open_store(address: str) -> Store:
    """Return the store at an address.

    Raises:
        ConfigError: its kind is not known, or needs what is not installed.
    """
    scheme = address.partition("://")[0]
    try:
        if scheme in ("s3", "s3a"):
            return S3Store(address)
        return AnyStore(address)
    except ImportError as e:
        what = "pip install 'crawler[s3]'" if scheme in ("s3", "s3a") else str(e)
        raise ConfigError(f"archive: {scheme}://… needs what is not installed: {what}") from e
    except ValueError as e:
        raise ConfigError(f"archive: {address}: {e}") from e


def _number(said: object) -> int:
    """Return a number that is another one where what is said is another, and that SQLite can keep."""
    return int.from_bytes(blake2b(repr(said).encode(), digest_size=8).digest()) >> 1


class S3Store:
    """S3, or what answers as it does: each write is bound to a condition, which the store itself checks.

    If-None-Match and If-Match on PutObject: S3 API Reference, since 2024; whether others heed them is tried.
    """

    caveat = ""

    def __init__(self, address: str) -> None:
        from fsspec.config import conf
        from s3fs import S3FileSystem

        bucket, _, prefix = address.partition("://")[2].partition("/")
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        settings = {
            "connect_timeout": CONNECT_S,
            "read_timeout": READ_S,
            "retries": {"total_max_attempts": 1},
            "max_pool_connections": CONNECTIONS,
        }
        # The same for all of an address's archives: fsspec keeps one for whoever asks with the same words.
        self._fs = S3FileSystem(config_kwargs=settings | conf.get("s3", {}).get("config_kwargs", {}))
        self._fs.retries = 1  # `objects` repeats, since it has to know that it did

    def _call(self, method: str, path: str, **fields: Any) -> Any:
        return self._fs.call_s3(method, Bucket=self._bucket, Key=self._prefix + path, **fields, timeout=CALL_S)

    def fetch(self, path: str) -> Held | None:
        return self._fetch(path)

    def begins(self, path: str, count: int) -> bytes:
        try:
            held = self._fetch(path, Range=f"bytes=0-{count - 1}")
        except OSError as e:
            if status_of(e) == NO_SUCH_RANGE:  # of an empty one
                return b""
            raise
        return held.data if held is not None else b""

    def _fetch(self, path: str, **fields: Any) -> Held | None:
        from fsspec.asyn import sync

        try:
            answer = self._call("get_object", path, **fields)
        except FileNotFoundError as e:
            if code_of(e) == "NoSuchBucket":  # not to be taken for an archive that is empty
                raise OSError(f"there is no bucket {self._bucket}") from e
            return None
        return Held(sync(self._fs.loop, answer["Body"].read, timeout=CALL_S), answer["ETag"])

    def stamp(self, path: str) -> Stamp | None:
        try:
            answer = self._call("head_object", path)
        except FileNotFoundError:
            return None
        return Stamp(answer["ContentLength"], _number(answer["ETag"]))

    def create(self, path: str, data: bytes) -> bool:
        return self._put(path, data, IfNoneMatch="*")

    def replace(self, path: str, data: bytes, there: Held) -> bool:
        return self._put(path, data, IfMatch=there.tag)

    def _put(self, path: str, data: bytes, **condition: str) -> bool:
        try:
            self._call("put_object", path, Body=data, **condition)
        except OSError as e:
            if status_of(e) == PRECONDITION or code_of(e) == "NoSuchKey":
                return False
            raise
        return True

    def remove(self, path: str) -> None:
        self._call("delete_object", path)

    def page(self, base: str, rest: Rest | None) -> tuple[Sequence[Listed], Rest]:
        more = {"ContinuationToken": rest[0]} if rest else {}
        prefix = f"{self._prefix}{base}/" if base else self._prefix
        answer = self._fs.call_s3("list_objects_v2", Bucket=self._bucket, Prefix=prefix, **more, timeout=CALL_S)
        found = [
            (one["Key"].removeprefix(self._prefix), Stamp(one["Size"], _number(one["ETag"])))
            for one in answer.get("Contents", ())
        ]
        return found, (answer["NextContinuationToken"],) if answer.get("IsTruncated") else ()

    def heeds_conditions(self, path: str) -> bool:
        return not (self.create(path, b"\n") and self.create(path, b"\n"))


class AnyStore:
    """What fsspec opens: no store of these is known to check and write in one step, or to write whole objects only."""

    def __init__(self, address: str) -> None:
        from fsspec.core import url_to_fs

        self._fs, root = url_to_fs(address, use_listings_cache=False)
        self._root = root.rstrip("/")
        self.caveat = (
            "the posts are gone when the program ends"
            if address.startswith("memory://")
            else "this kind of store is not known to write whole objects in one step, and only where there is none: "
            "let one machine alone write there"
        )

    def _call(self, method: str, path: str, *values: Any, **fields: Any) -> Any:
        place = f"{self._root}/{path}" if path else self._root
        if self._fs.async_impl:
            return getattr(self._fs, method)(place, *values, **fields, timeout=CALL_S)
        with _one_at_a_time:  # such file systems are not made for many threads
            return getattr(self._fs, method)(place, *values, **fields)

    def fetch(self, path: str) -> Held | None:
        try:
            return Held(self._call("cat_file", path), "")
        except (FileNotFoundError, IsADirectoryError):
            return None

    def begins(self, path: str, count: int) -> bytes:
        data: bytes = self._call("cat_file", path, start=0, end=count)
        return data

    def stamp(self, path: str) -> Stamp | None:
        try:
            found = self._call("info", path)
        except FileNotFoundError:
            return None
        return _stamp(found) if found["type"] == "file" else None

    def create(self, path: str, data: bytes) -> bool:
        with _one_at_a_time:
            try:
                is_free = not self._call("exists", path)
                if is_free:
                    self._write(path, data, "create")
            except FileExistsError:  # another machine was faster
                return False
            return is_free

    def replace(self, path: str, data: bytes, there: Held) -> bool:
        with _one_at_a_time:
            is_same = self.fetch(path) == there
            if is_same:
                self._write(path, data, "overwrite")
            return is_same

    def _write(self, path: str, data: bytes, mode: str) -> None:
        try:
            self._call("pipe_file", path, data, mode=mode)
        except FileNotFoundError:  # one that has folders
            self._call("makedirs", path.rpartition("/")[0], exist_ok=True)
            self._call("pipe_file", path, data, mode=mode)

    def remove(self, path: str) -> None:
        try:
            self._call("rm_file", path)
        except FileNotFoundError:
            return

    def page(self, base: str, rest: Rest | None) -> tuple[Sequence[Listed], Rest]:
        """List one folder; `rest` holds those that are left."""
        folder, *others = (base,) if rest is None else rest
        try:
            found = sorted(self._call("ls", folder, detail=True), key=lambda one: str(one["name"]))
        except FileNotFoundError:
            return (), tuple(others)
        names = [(self._relative(one["name"]), one) for one in found]
        below = [name for name, one in names if one["type"] == "directory" and name != folder]
        return [(name, _stamp(one)) for name, one in names if one["type"] == "file"], (*below, *others)

    def _relative(self, name: str) -> str:
        return name.rstrip("/").removeprefix(self._root).lstrip("/")

    def heeds_conditions(self, path: str) -> bool:
        self._write(path, b"\n", "overwrite")
        return True  # what there is to say, `caveat` says


#: What file systems call the mark of an object's bytes, or the time of its last change.
MARKS = ("etag", "ETag", "mtime", "LastModified", "last_modified", "updated", "created")


def _stamp(found: dict[str, Any]) -> Stamp:
    mark = next((found[name] for name in MARKS if found.get(name)), None)
    return Stamp(found["size"] or 0, _number(mark.timestamp() if isinstance(mark, datetime) else mark))
