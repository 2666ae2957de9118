"""What we know and owe: sources, hosts, the frontier, runs. This file is the contract, without any database.

Rule: the state is a convenience beside the archive; it can be made anew from the files (`State.adopt`).
It decides nothing: what is due next, what is new, what is healthy is worked out by `scheduler` and `changes`.

Opened by `opening.open_state`, `opening.open_reader`, `opening.copy_to_memory`; kept by `store.SqlState`.
All methods are synchronous and called from one thread, the database thread. On PostgreSQL several owners, each of
some shards, may write at once; what one of them does is whole for the others. Any method can raise StateError
(StateDamaged where the file is no sound database). Datetimes are aware and in UTC. A key is `urls.key` of a
canonical URL, for a source of its url as configured. A key or source that was never entered is a bug: KeyError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ..errors import StateError
from ..memory import (
    Admission,
    ArticleOutcome,
    Known,
    Mention,
    Ownership,
    PollOutcome,
    Shows,
    SourceState,
    Watch,
)
from ..model import Fingerprint, Job, Source
from ..reports import FailureReport
from .rows import Adopted, Dead, Filed, Move, RunRow, Share, Shelved, SourceRow

if TYPE_CHECKING:
    from .backfills import Backfills
    from .diary import Diary
    from .filing import Write
    from .hosts import Hosts
    from .many import Many
    from .pictures import Pictures
    from .shelf import Shelf


__all__ = ["Adopted", "Dead", "Filed", "Move", "RunRow", "Share", "Shelved", "SourceRow", "State"]


class State(Protocol):
    """See the module's docstring for what holds for all methods."""

    @property
    def backfills(self) -> Backfills:
        """Return what is known and owed of backfills."""
        ...

    @property
    def shelf(self) -> Shelf:
        """Return what was filed, for readers of the archive."""
        ...

    @property
    def many(self) -> Many:
        """Return what is known of shards and their owners."""
        ...

    @property
    def diary(self) -> Diary:
        """What the crawler notes of itself."""
        ...

    @property
    def hosts(self) -> Hosts:
        """What is remembered of hosts."""
        ...

    @property
    def pictures(self) -> Pictures:
        """Return what is known and owed of pictures."""
        ...

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources the active ones; rows no longer configured keep their memory, inactive.

        An article of an inactive one goes to the first active one that named it, too.
        """
        ...

    def source_state(self, url: str) -> SourceState:
        """Return what we remember of a source, by its url."""
        ...

    def due_polls(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
    ) -> tuple[Job, ...]:
        """Return the active sources to poll, the longest overdue first; never those of a silenced host.

        Args:
            now: what is due then.
            limit: at most so many.
            sources: urls of the only sources asked for; None for all.
            busy_hosts: hosts to leave out, at most some thousands.
        """
        ...

    def due_articles(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
        per_host: int = 1,
    ) -> tuple[Job, ...]:
        """Return articles of active sources to fetch, by priority, then fairly by host, then by due time.

        Every host brings its first article before any brings its second; none brings more than `per_host`.
        Silenced hosts bring none. The other arguments are those of `due_polls`.
        """
        ...

    def due_checks(
        self,
        now: datetime,
        limit: int,
        *,
        sources: Collection[str] | None = None,
        busy_hosts: Collection[str] = (),
    ) -> tuple[Job, ...]:
        """Return filed articles of active sources to read again, the longest overdue first. Arguments as above."""

    def mentions(
        self,
        source: bytes,
        *,
        keys: Collection[bytes] = (),
        guids: Collection[bytes] = (),
        places: Collection[bytes] = (),
    ) -> tuple[Mention, ...]:
        """Return what a source said last of these articles, and of any it named by these guids or paths (hashes).

        A source of the same name that is configured no more counts as the same one. Each article once, any number
        of questions; none of a source that was never entered. Lost with the state: files hold none of it.
        """
        ...

    def is_named(self, key: bytes) -> bool:
        """Tell whether any source named this address since the state was made."""
        ...

    def hurry(self, now: datetime, *, sources: Collection[str] | None = None) -> None:
        """Make every poll and every pending article of these sources due at once, of switched-off ones too.

        Args:
            now: they are due then.
            sources: urls; None for all active ones, but then not for articles that are held back: their pages were
                read, and say tomorrow what they say today.
        """
        ...

    def pause(self, source: str, since: datetime | None) -> None:
        """Leave a source (its url) alone from now on: `due_polls`, `due_articles` and `due_checks` bring nothing of it.

        It stays so over runs and changes of the configuration, until it is paused since None. Backfills go on.
        """
        ...

    def revive(self, source: str, now: datetime) -> int:
        """Let the articles of a source (its url) that were given up begin anew, due at once; returns how many."""
        ...

    def sleeping(self, now: datetime, beyond: datetime) -> Mapping[str, SourceState]:
        """Return, by url, the memory of active sources that wait beyond a time, or remember what is yet to come."""
        ...

    def set_right(
        self, now: datetime, *, polls: Collection[str], retries: Sequence[datetime], silence: datetime
    ) -> tuple[int, int]:
        """Undo what a clock that ran ahead wrote: waits without end become due, what happened later than now is now.

        Args:
            now: by the clock as it is.
            polls: urls of the sources to make due.
            retries: by number of tries, the latest time that an article may be awaited at; the last for more.
            silence: the latest time that a host's wish for silence may last until.

        Returns:
            How many articles became due, and how many hosts may speak again.
        """
        ...

    def job(self, key: bytes) -> Job | None:
        """Return the job of one pending or dead article, due or not; None when it is done or unknown."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """Return when `due_polls`, `due_articles` or `due_checks` next have something; at once: not after `now`.

        May be early where a silenced host is concerned, never late. None when nothing is awaited.
        """
        ...

    def known(self, keys: Sequence[bytes]) -> Mapping[bytes, Known]:
        """Return what we remember of these articles; unknown ones are left out. Any number of keys."""
        ...

    def admit(self, outcome: PollOutcome, now: datetime) -> int:
        """Put a poll's entries into the frontier, note what changed, save the source's memory, in one transaction.

        What the listing says of known articles is noted with it: who names them, and their other addresses.

        Returns:
            How many entries were really new; known ones are left as they are.
        """
        ...

    def remember_polls(self, outcomes: Sequence[PollOutcome]) -> None:
        """Save the memories of sources whose polls brought nothing to enter or to note; one at least."""
        ...

    def enter(self, source: bytes, admissions: Sequence[Admission], now: datetime, *, prio: int = 1) -> int:
        """Put entries into the frontier without a poll (`fetch`, backfill); returns how many were new."""
        ...

    def reserve(self, key: bytes, paths: Iterable[str], *, not_these: Collection[str] = ()) -> str:
        """Return the path of an article's post: the one it holds, else the first that no other holds.

        Chosen once, saved before it returns. Paths that differ in case or Unicode form only are one, since
        macOS and Windows take them for one.

        Args:
            key: of the article.
            paths: candidates in order of preference; may be endless, read as far as needed.
            not_these: paths found taken on the disk by files of others; one of these is given up and passed over.

        Raises:
            StateError: all candidates are taken.
        """
        ...

    def settle(self, outcomes: Sequence[ArticleOutcome], now: datetime) -> None:
        """Record how articles' jobs ended, all or none. The feed's entry is dropped when one is done.

        What is done stays done: a failure is passed over where a poll gave the article another address meanwhile.

        Pictures that its post shows from elsewhere enter with it.
        An article's fingerprint is kept with those of its source's last ones, in place of an earlier one of its own.
        """
        ...

    @property
    def owned(self) -> Ownership:
        """Which shard its writes are of, and by which epoch."""
        ...

    def record(self, writes: Sequence[tuple[Ownership, Write]], now: datetime) -> tuple[str | StateError, ...]:
        """Reserve and settle as above for many articles, of any shards, in one transaction.

        Returns:
            The path of each article's post, "" for one that was settled without; or why it alone was not recorded:
            its shard was taken over, all names for it are taken, or its source knows another one by its guid
            (`GuidHeld`).
        """
        ...

    def watched(self, keys: Sequence[bytes], *, source: bytes | None = None) -> Mapping[bytes, Watch]:
        """Return what is remembered of filed articles that are watched, of one source where it is given.

        Posts that were adopted are not watched: whether a person edited them is not known.
        """
        ...

    def watch(self, key: bytes, watch: Watch, *, shows: Shows | None = None) -> None:
        """Save what a re-read of a watched article has come to; `said` and `updated` are a poll's to change.

        Pictures that a rewritten post shows enter with it.

        Where a poll changed them since they were read, the next re-read that it asked for stays. A hash of bytes to
        come is on the disk when this returns, so that no power cut parts it from the file.
        """
        ...

    def enlist(self, source: str, posts: Sequence[Adopted], now: datetime) -> int:
        """Have stubs of a source (its url) read again now, as `due_checks` tells; returns how many wait for it.

        Left out are those of other sources, edited ones, and those that were read and brought no more.

        Args:
            source: its url.
            posts: with their `file_hash`; those that the state does not know become done by the way.
            now: they are due then.
        """
        ...

    def next_stub(self, sources: Collection[str], now: datetime) -> datetime | None:
        """Return when the first stub of these sources (urls) that is due may be asked for; None when none is."""
        ...

    def fingerprints(self, source: bytes) -> Mapping[bytes, Fingerprint]:
        """Return those of a source's last articles, at most some dozens, by their keys, the newest first.

        None of a source that was never entered. What was forgotten, or lost with the state, is learned anew: posts
        do not hold the boilerplate, so `adopt` finds none.
        """
        ...

    def source_rows(self, now: datetime, *, mixed: Collection[str] | None = None) -> tuple[SourceRow, ...]:
        """Return the active sources in the order they were first configured.

        Args:
            now: the days that are counted end then.
            mixed: urls of the sources whose texts are counted where that matters for their health, and nothing else
                is, so that the cost does not grow with what is archived; None: all is counted.
        """
        ...

    def failures(self, limit: int) -> tuple[FailureReport, ...]:
        """Return what failed last time and is of an active source: feeds, then pending articles, then dead ones."""
        ...

    def frontier(self) -> tuple[int, int]:
        """Return how many articles of active sources are pending and how many are dead."""
        ...

    def filed(self, after: bytes = b"", limit: int = 1000) -> tuple[Filed, ...]:
        """Return one batch of the posts we wrote or adopted, by key; `after` is the last key seen, b"" at first.

        The batch after the last one is empty.
        """
        ...

    def addresses(self, source: bytes, limit: int) -> tuple[str, ...]:
        """Return addresses of a source's archived articles, those archived last first."""
        ...

    def dead(self, source: bytes, *, but: int = 0, after: bytes = b"", limit: int = 1000) -> tuple[Dead, ...]:
        """Return one batch of a source's articles that were given up, by key.

        Args:
            source: its key.
            but: number of a backfill; what it brought itself is left out.
            after: the last key seen, b"" at first.
            limit: at most so many; the batch after the last one is empty.
        """
        ...

    def is_whole(self) -> bool:
        """Tell whether the archive's posts have been adopted since this state was made; a fresh one is not whole."""
        ...

    def adopt(self, rows: Iterable[Adopted], now: datetime) -> int:
        """Take the archive's posts as done, in batches; call `sync_sources` first, so that they find their source.

        A pending or dead article whose post is there becomes done; a done one keeps what is known of it.
        When `rows` is used up, the state is whole.

        Returns:
            How many articles became done.
        """
        ...

    def of_shard(self, shard: int) -> State:
        """Return the same state as far as one shard goes: what is due of its hosts, with an epoch of its own."""
        ...

    def take_shard(self, owner: str, now: datetime) -> int:
        """Own the shard, or all there are: raise its epoch and return it. Later commits of an earlier owner fail."""
        ...

    def plan_moves(self, wanted: Sequence[tuple[bytes, str, Iterable[str]]]) -> tuple[Move, ...]:
        """Plan to move posts, in place of what was planned before; known to later runs until it is planned anew.

        Args:
            wanted: of each its key, its path, and new ones in order of preference, read as far as needed.

        Returns:
            The moves, each to the first path that no article holds.
        """
        ...

    def planned_moves(self) -> tuple[Move, ...]:
        """Return the moves that were planned last."""
        ...

    def carry_out(self, done: Sequence[Move], altered: Mapping[bytes, bytes]) -> None:
        """Note that posts stand at their new paths, all or none; done twice, it changes nothing.

        `altered` gives the hashes of bytes that became others by that.
        """
        ...

    def close(self) -> None:
        """Let go of the database, leaving one file and no logs beside it. Harmless when done twice."""
        ...
