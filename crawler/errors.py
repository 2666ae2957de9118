"""The one tree of errors.

    CrawlerError
    ├── ConfigError      stop, exit 2
    ├── Locked           stop, exit 5: another run holds the lock
    ├── StateError       stop, exit 6: the state cannot be read or written
    │   ├── StateDamaged    set the file aside and rebuild
    │   └── GuidHeld        the source knows another article by that guid: look whether it is this one
    ├── ArchiveError     stop, exit 6: the archive cannot be written
    │   └── PathTaken       another file stands there: choose the next name
    ├── SearchError      stop `search`, exit 6: the index cannot be used; a run goes on without it
    │   ├── SearchAbsent    there is none yet: the next walk makes it
    │   ├── SearchDamaged   make it anew
    │   └── SearchMissing   this machine's SQLite cannot search
    ├── QueryError       stop, exit 2: nothing can be looked for
    └── ItemError        one URL failed: record it, go on
        ├── FetchError
        │   ├── RobotsDenied
        │   └── TooLarge
        ├── ParseError
        ├── LayoutError
        └── ExtractError
            └── Repeated     its text is that of other articles

Rule: only `fetcher`, `state`, `archive`, `search` and the calls into parsers translate foreign exceptions,
always with `raise … from e` and naming the URL or key. Whatever is none of these is a bug and ends the run.
Between processes and stages failures travel as data (`model.Failure`), never as exceptions.
"""

from __future__ import annotations

from datetime import timedelta


class CrawlerError(Exception):
    """Everything this program raises on purpose."""


class ConfigError(CrawlerError):
    """The configuration or the command line is wrong; the message names the key path."""


class Locked(CrawlerError):
    """Another run works on this archive."""


class StateError(CrawlerError):
    """The state cannot be opened, read or written."""


class StateDamaged(StateError):
    """The state's file is no sound database; files are the truth, so it can be made anew."""


class GuidHeld(StateError):
    """A source knows another article by an article's guid, and is believed."""


class ArchiveError(CrawlerError):
    """The archive cannot be read or written."""


class PathTaken(ArchiveError):
    """A file that we did not write stands at the path."""


class SearchError(CrawlerError):
    """The index cannot be read or written."""


class SearchAbsent(SearchError):
    """There is no index, or it was begun and not finished; whoever writes next makes it."""


class SearchDamaged(SearchError):
    """The index is no sound database of ours; it is made anew from the files."""


class SearchMissing(SearchError):
    """SQLite was built without what searches texts."""


class QueryError(CrawlerError):
    """A query asks for nothing that could be found."""


class ItemError(CrawlerError):
    """One URL failed.

    Args:
        reason: one line for `crawler status`, without the URL.
        passing: whether the same request may succeed later (timeouts, 429, 5xx); False for what is
            gone or of the wrong kind. Both are retried with back-off; only the second lets
            `content: best` take the feed's text at once.
        retry_after: how long the server asked to be left alone; None when it did not say.
        status: HTTP status that told us, 0 when there was none.
    """

    def __init__(
        self, reason: str, *, passing: bool = True, retry_after: timedelta | None = None, status: int = 0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.retry_after = retry_after
        self.status = status
        #: Fingerprints of a body that was refused because it repeats others; see `extractor.repeats`.
        self.blocks = b""


class FetchError(ItemError):
    """No whole answer could be had."""


class RobotsDenied(FetchError):
    """robots.txt forbids the address, or could not be read (RFC 9309 §2.3.1.4)."""


class TooLarge(FetchError):
    """The answer went over the cap on decoded bytes."""


class ParseError(ItemError):
    """A document is not what it should be: a feed, a page."""


class LayoutError(ItemError):
    """A template of the user's made no post of an article; once it is mended, it will."""


class ExtractError(ItemError):
    """No article was found in a page or entry."""


class Repeated(ExtractError):
    """A body says nothing but what other articles of its source say.

    Args:
        reason: see `ItemError`.
        blocks: fingerprints of its blocks, so that it is known when it comes again.
    """

    def __init__(self, reason: str, *, blocks: bytes) -> None:
        super().__init__(reason, passing=False)
        self.blocks = blocks
