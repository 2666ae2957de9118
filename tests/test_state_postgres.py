"""What is peculiar to a state on PostgreSQL: who may write at once, what is said when it cannot be had, copies."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from crawler import urls
from crawler.errors import Locked, StateDamaged, StateError
from crawler.memory import ArticleOutcome
from crawler.model import Source
from crawler.state.migrations import LATEST
from crawler.state.opening import (
    conninfo,
    copy,
    copy_to_memory,
    exists,
    open_reader,
    open_shared,
    open_state,
    set_aside,
)
from crawler.state.shards import MANY, ROUTES, shard_of, share
from crawler.state.store import SqlState
from tests import postgres
from tests.cluster import wait_until
from tests.states import ALL, CHINA, HOUR, KEY, NOW, A, B, D, due, entered, numbered, polled

pytestmark = pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="no server was given")


@pytest.fixture
def url() -> str:
    return postgres.fresh()


@pytest.fixture
def state(url: str) -> Iterator[SqlState]:
    state = open_shared(url)
    state.sync_sources(ALL, NOW)
    yield state
    state.close()


def of_host(state: SqlState, host: str) -> SqlState:
    """Return the state as the owner of a host's shard sees it."""
    mine = state.of_shard(shard_of(host, MANY))
    mine.take_shard("tests", NOW)
    return mine


def is_left(url: str) -> bool:
    """Tell whether nobody works a state; the server hears a moment later that somebody went."""
    with psycopg.connect(url) as conn:
        held = "SELECT hashtext(current_schema())::bigint & 4294967295 IN (SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory')"
        return conn.execute(held).fetchone() == (False,)


class TestShards:
    def test_each_brings_what_is_due_of_its_hosts_only(self, state: SqlState) -> None:
        state.enter(KEY, (A, B, D), NOW)
        a, d = of_host(state, "a.example"), of_host(state, "d.example")
        assert (due(a), due(d)) == ([A.url, B.url], [D.url])
        assert due(state) == [A.url, D.url, B.url]
        feeds = of_host(state, "feeds.example")
        assert [job.url for job in feeds.due_polls(NOW, 9)] == [s.url for s in ALL if "feeds.example" in s.url]
        assert a.due_polls(NOW, 9) == ()

    def test_the_hosts_of_a_site_are_of_one(self, state: SqlState) -> None:
        names = [f"{name}a.example" for name in ("", "www.", "m.")]
        state.enter(KEY, [entered(f"https://{name}/1") for name in names], NOW)
        assert len(due(of_host(state, "a.example"))) == len(names)
        assert shard_of("www.a.example", MANY) != shard_of("www.d.example", MANY)

    def test_those_with_something_due_are_found_polls_first(self, state: SqlState) -> None:
        feeds, a = shard_of("feeds.example", MANY), shard_of("a.example", MANY)
        state.enter(KEY, (A,), NOW)
        found = state.many.due(NOW)
        assert (found[feeds], found[a]) == (0, 1)
        for source in ALL:
            state.admit(polled(key=urls.key(source.url)), NOW)
        assert state.many.due(NOW) == {a: 1}
        assert state.many.due(NOW - HOUR) == {}

    def test_who_lost_one_writes_no_more_and_others_are_not_disturbed(self, state: SqlState) -> None:
        state.enter(KEY, (A, D), NOW)
        first, other = of_host(state, "a.example"), of_host(state, "d.example")
        second = of_host(state, "a.example")
        with pytest.raises(StateError, match="another run took it over"):
            first.settle((ArticleOutcome(A.key, "dead"),), NOW)
        second.settle((ArticleOutcome(A.key, "dead"),), NOW)
        other.settle((ArticleOutcome(D.key, "dead"),), NOW)
        shares = {share.shard: share for share in state.many.shares()}
        assert shares[shard_of("a.example", MANY)].epoch == 2

    def test_a_run_of_the_whole_state_fences_all_of_them(self, url: str) -> None:
        shared = open_shared(url)
        shared.sync_sources(ALL, NOW)
        shared.enter(KEY, (A,), NOW)
        part = of_host(shared, "a.example")
        part._engine.dispose()  # the line broke; what is left of the owner comes back later
        wait_until(lambda: is_left(url), 10, "the server has seen it")
        alone = open_state(url)
        alone.take_shard("run", NOW)
        alone.close()
        with pytest.raises(StateError, match="took it over"):
            part.settle((ArticleOutcome(A.key, "dead"),), NOW)
        shared.close()


class TestWhoMayWrite:
    def test_one_alone_keeps_all_others_off_and_readers_never_mind(self, url: str) -> None:
        alone = open_state(url)
        for opening in (open_state, open_shared):
            with pytest.raises(Locked, match="at work"):
                opening(url)
        open_reader(url).close()
        alone.close()
        first, second = open_shared(url), open_shared(url)
        with pytest.raises(Locked, match="workers are"):
            open_state(url)
        first.close()
        second.close()
        open_state(url).close()

    def test_a_lost_connection_ends_who_is_alone_and_not_who_shares(self, url: str) -> None:
        alone, shared_url = open_state(url), postgres.fresh()
        shared = open_shared(shared_url)
        shared.frontier()
        with psycopg.connect(os.environ[postgres.ADDRESS], autocommit=True) as conn:
            mine = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'crawler' AND pid = %s"
            )
            for state in (alone, shared):
                with state._engine.connect() as theirs:
                    pid = theirs.exec_driver_sql("SELECT pg_backend_pid()").scalar()
                conn.execute(mine, (pid,))
        for state in (alone, shared):
            with pytest.raises(StateError, match=r"state postgresql://.*terminating connection|closed"):
                state.frontier()
        assert shared.frontier() == (0, 0)
        with pytest.raises(StateError, match="the connection was lost"):
            alone.frontier()
        shared.close()
        alone.close()

    def test_none_is_brought_to_a_new_schema_under_those_who_work_it(self, url: str) -> None:
        older = open_shared(url)
        with older._changing() as conn:
            conn.exec_driver_sql("DROP INDEX host_shard")  # which the last step makes
            conn.exec_driver_sql(f"UPDATE meta SET value = '{LATEST - 1}' WHERE key = 'schema_version'")
        with pytest.raises(Locked, match="workers are"):
            open_shared(url)
        older.close()
        newer = open_shared(url)
        open_shared(url).close()
        newer.close()

    def test_a_reader_cannot_write(self, url: str) -> None:
        open_state(url).close()
        reader = open_reader(url)
        with pytest.raises(StateError, match="read-only"):
            reader.diary.begin_run("run", NOW)
        reader.close()

    def test_two_that_enter_the_same_at_once_are_both_content(self, state: SqlState, url: str) -> None:
        other = open_shared(url)
        found = [numbered(n, f"h{n % 7}.example") for n in range(60)]
        counts = at_once(lambda: state.enter(KEY, found, NOW), lambda: other.enter(KEY, found[::-1], NOW))
        assert sum(counts) == 60
        assert state.frontier() == (60, 0)
        other.close()

    def test_two_that_want_one_path_get_two(self, state: SqlState, url: str) -> None:
        other = open_shared(url)
        articles = [entered(f"https://p{n}.example/1") for n in range(20)]
        state.enter(KEY, articles, NOW)

        def names() -> Iterator[str]:
            yield from (f"_posts/same-{n}.md" for n in range(99))

        def reserved(by: SqlState, which: int) -> list[str]:
            return [by.reserve(one.key, names()) for one in articles[which::2]]

        first, second = at_once(lambda: reserved(state, 0), lambda: reserved(other, 1))
        assert len({*first, *second}) == 20
        other.close()


def at_once(*calls: Callable[[], object]) -> list:  # type: ignore[type-arg]
    """Call several at once, and return what each said."""
    said: dict[int, object] = {}
    begin = threading.Barrier(len(calls))

    def one(place: int, call: Callable[[], object]) -> None:
        begin.wait()
        said[place] = call()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [said[place] for place in range(len(calls))]


class TestOpening:
    def test_there_is_none_before_the_first_run(self, url: str) -> None:
        assert not exists(url)
        with pytest.raises(StateDamaged, match="empty"):
            open_reader(url)
        with pytest.raises(StateError, match="none yet"):
            open_state(url, create=False)
        open_state(url).close()
        assert exists(url)

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("postgresql://u:secret@127.0.0.1:1/db", r"state postgresql://u:\*\*\*@127\.0\.0\.1:1/db: .*refused"),
            ("mysql://u@h/db", "only sqlite and postgresql"),
            ("postgresql://u:secret@h:x/db", "not an address"),
        ],
    )
    def test_what_cannot_be_reached_is_told_without_its_password(self, url: str, said: str) -> None:
        with pytest.raises(StateError, match=said) as caught:
            open_state(url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])  # the first is what `initdb --locale=C` makes
    def test_a_database_that_holds_no_chinese_is_refused(self, encoding: str) -> None:
        server, name = os.environ[postgres.ADDRESS], f"t{secrets.token_hex(8)}"
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        for opening in (open_state, open_shared, open_reader, exists):
            with pytest.raises(StateError, match=f"its encoding is {encoding}"):
                opening(server.rpartition("/")[0] + f"/{name}")
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name}")

    def test_the_engine_reaches_what_the_state_does(self, url: str) -> None:
        theirs = conninfo(url.replace("crawler@", "crawler:50%25off%@", 1))  # to libpq "%@" is no part of an address
        assert "password=50%off%" in theirs
        with psycopg.connect(theirs) as conn:
            assert conn.execute("SELECT current_schema()").fetchone() == (url.rpartition("%3D")[2],)
        assert conninfo("postgresql:///db?host=/run/x&sslmode=require") == "dbname=db host=/run/x sslmode=require"
        twice = conninfo("postgresql://h/db?options=-ca%3D1&options=-cb%3D2")
        assert twice == "host=h dbname=db options='-ca=1 -cb=2'"

    def test_tables_of_others_are_left_alone(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE TABLE theirs (id int)")
        with pytest.raises(StateError, match="another program"):
            open_state(url)

    def test_a_newer_one_is_refused_and_one_that_lost_a_table_is_damaged(self, url: str) -> None:
        open_state(url).close()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
        with pytest.raises(StateError, match="newer crawler"):
            open_state(url)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("DROP TABLE meta")
        with pytest.raises(StateDamaged, match="'meta' is missing"):
            open_state(url)

    def test_is_set_aside_in_a_schema_of_its_own_and_made_anew(self, url: str) -> None:
        state = open_state(url)
        state.sync_sources(ALL, NOW)
        state.close()
        later = NOW + timedelta(seconds=hash(url) % 10**8)  # the schema's name is the database's
        aside = set_aside(url, later)
        assert aside == f"schema crawler-damaged-{later:%Y%m%dT%H%M%SZ}"
        assert not exists(url)
        open_state(url).close()
        with psycopg.connect(url) as conn:
            kept = conn.execute(f'SELECT count(*) FROM "{aside.removeprefix("schema ")}".source').fetchone()
        assert kept == (len(ALL),)


class TestCopying:
    def test_there_and_back_brings_the_same_rows(self, url: str, tmp_path: Path) -> None:
        first = f"sqlite:///{tmp_path}/first.db"
        state = open_state(first)
        state.sync_sources(ALL, NOW)
        state.enter(KEY, [numbered(n, f"h{n}.example") for n in range(300)], NOW)
        state.diary.begin_run("run", NOW)
        asked = state.due_articles(NOW, 999)
        state.close()
        target = open_state(url)
        assert copy(open_reader(first), target) > 600
        assert {j.key: j for j in target.due_articles(NOW, 999)} == {j.key: j for j in asked}
        job = asked[0]
        mine = target.of_shard(shard_of(job.host, MANY))
        assert [j.key for j in mine.due_articles(NOW, 999) if j.host == job.host] == [job.key]
        assert target.diary.begin_run("run", NOW) == 2
        target.close()
        back = open_state(f"sqlite:///{tmp_path}/back.db")
        copy(open_reader(url), back)
        assert back.of_shard(0).due_articles(NOW, 999) == back.due_articles(NOW, 999)
        assert {j.key for j in back.due_articles(NOW, 999)} == {j.key for j in asked}
        back.close()

    def test_a_trial_reads_a_copy(self, url: str) -> None:
        state = open_state(url)
        state.sync_sources(ALL, NOW)
        trial = copy_to_memory(url)
        trial.enter(urls.key(CHINA.url), (A,), NOW)
        assert (trial.frontier(), state.frontier()) == ((1, 0), (0, 0))
        trial.close()
        state.close()


def test_all_routes_of_rsshub_are_of_one_shard(url: str) -> None:
    state = open_shared(url)
    routes = [Source(name, f"rsshub://{name}/news") for name in ("zaobao", "bbc", "dw")]
    state.sync_sources(routes, NOW)
    mine = state.of_shard(shard_of(ROUTES, MANY))
    assert len(mine.due_polls(NOW, 9)) == len(routes)
    state.close()
    alone = open_state(url)
    with alone._changing() as conn:
        share(conn, 7)
    assert len(alone.of_shard(shard_of(ROUTES, 7)).due_polls(NOW, 9)) == len(routes)
    alone.close()
