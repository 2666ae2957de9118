"""bench/simulate.py: the model does what the real code does, where both can be run; its parts are what they seem."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cache

import pytest

from bench import simulate, simulate_model, simulate_real, simulate_tail
from bench.simulate_costs import Costs, Work, ms, work_of
from bench.simulate_load import Database, Server
from bench.simulate_measure import main as measure
from bench.simulate_meter import Meter
from bench.simulate_plan import Outcome, Plan
from bench.simulate_seen import Seen, jain, percentile, shares
from bench.simulate_world import LEAST_PAST, Site, sites
from crawler.state.opening import open_state
from crawler.state.shards import shard_of
from tests import postgres

#: Thirty hosts a shard, of which eight can have a turn at a time; the processors are what is short.
SMALL = Plan(1, 40.0, shards=4, costs=Costs(article_s=0.1, concurrency=8))
WORLD = sites(120, 12_000, 2)


@cache
def real() -> tuple[Outcome, Meter]:
    meter = Meter()
    return simulate_real.simulate(SMALL, WORLD, meter), meter


@cache
def modelled() -> Outcome:
    return simulate_model.simulate(SMALL, WORLD)


def test_the_model_files_as_many_articles_as_the_real_code() -> None:
    there, here = real()[0].seen, modelled().seen
    assert here.articles.total() == pytest.approx(there.articles.total(), rel=0.08)
    assert here.requests == pytest.approx(there.requests, rel=0.08)
    assert here.slices == pytest.approx(there.slices, abs=1)


def test_the_model_is_as_fair_as_the_real_code() -> None:
    there, here = real()[0].shares, modelled().shares
    assert len(here) == len(there) > 50
    assert jain(here) == pytest.approx(jain(there), abs=0.05)
    assert here.count(0) / len(here) == pytest.approx(there.count(0) / len(there), abs=0.08)


def test_the_model_polls_as_punctually_as_the_real_code() -> None:
    there, here = (one.realtime + one.others for one in (real()[0].seen, modelled().seen))
    assert len(here) == pytest.approx(len(there), abs=2)
    for part in (0.5, 0.95):
        assert percentile(here, part) == pytest.approx(percentile(there, part), abs=2.0)


def test_the_model_asks_of_the_database_what_the_real_code_asks() -> None:
    outcome, meter = real()
    articles = outcome.seen.articles.total()
    assert meter.costs["window"].calls == pytest.approx(articles + outcome.seen.failed, rel=0.1)  # `ARTICLE`
    assert outcome.seen.writes == pytest.approx(2 * articles + outcome.seen.failed, rel=0.1)
    for name in ("take", "left", "due_steps"):  # `ASK`
        assert meter.costs[name].calls == outcome.seen.asks
    assert meter.costs["found_due"].calls > outcome.seen.asks  # also where there is no room for articles
    # The model asks for all there is also where the real code, which has no room for articles, asks for polls alone.
    assert outcome.database.commits <= modelled().database.commits < 1.5 * outcome.database.commits
    assert modelled().database.cpu_s == pytest.approx(outcome.database.cpu_s, rel=0.5)


def test_no_host_starves_for_its_place_in_the_alphabet() -> None:
    longer = simulate_model.simulate(replace(SMALL, seconds=200.0), WORLD)
    assert sum(longer.seen.articles[site.name] > 0 for site in WORLD) > 0.9 * len(WORLD)


def test_no_host_is_asked_sooner_than_its_delay_allows() -> None:
    for outcome in (real()[0], modelled()):
        answers = {site.name: site.answer_s for site in WORLD}
        for host, count in outcome.seen.articles.items():
            assert count <= 1 + SMALL.seconds / (SMALL.costs.delay_s + answers[host])


def test_workers_that_die_lose_nothing() -> None:
    plan = replace(SMALL, workers=3, seconds=400.0, deaths_s=40.0, fixed=True)
    there = [replace(site, past=20, answer_s=0.3, failing=0.0) for site in WORLD]
    outcome = simulate_model.simulate(plan, there)
    assert outcome.left == 0
    new = sum(site.published(plan.seconds) for site in there)
    assert 20 * len(there) <= outcome.seen.articles.total() <= 20 * len(there) + new


def test_a_world_is_heavy_tailed_and_the_same_for_a_seed() -> None:
    there = sites(10_000, 1_000_000, 3)
    sizes = sorted(site.past for site in there)
    assert sizes[0] >= LEAST_PAST
    assert sizes[-1] == 10_000
    assert sum(sizes) == pytest.approx(1_000_000, rel=0.02)
    assert sizes[5000] < 100
    assert there == sites(10_000, 1_000_000, 3) != sites(10_000, 1_000_000, 4)
    assert {site.past for site in sites(9, 0, 1)} == {0}


def test_the_tail_is_as_long_as_the_largest_host_takes(capsys: pytest.CaptureFixture[str]) -> None:
    pasts = (10, 10, 1000)
    there = [Site(f"h{n}.example", 0.0, 60, 1, past, 0, 0, 0) for n, past in enumerate(pasts)]
    *_, (seconds, left, hosts) = simulate_tail.remains(there, rate=3.0, delay_s=1.0)
    assert (left, hosts) == (0, 0)
    assert seconds == pytest.approx(1000 * simulate_tail.OWN_PACE, rel=0.1)
    slow = [now for now, *_ in simulate_tail.remains(there, rate=0.1, delay_s=1.0)][-1]
    assert slow == pytest.approx(1020 / 0.1, rel=0.1)
    assert simulate_tail.main(["--hosts", "50", "--addresses", "5000", "--rate", "9"]) == 0
    assert "100.0% after" in capsys.readouterr().out


def test_what_a_site_published_grows_with_the_time() -> None:
    site = Site("h.example", 0.3, 3600, 24, 0, 0, 0, phase=0.5)
    assert [site.published(hours * 3600) for hours in (0, 0.4, 0.6, 1.6)] == [0, 0, 1, 2]


def test_a_server_works_one_thing_after_another() -> None:
    server = Server(2)
    assert [server.serve(0, 3), server.serve(0, 4), server.serve(1, 1), server.serve(9, 1)] == [3, 4, 4, 10]
    assert server.busy_s == 9


def test_a_database_that_is_asked_for_too_much_is_slow_until_it_is_asked_for_less() -> None:
    costs = Costs(database_cores=1, trip_s=0, statement_s=0, commit_s=0)
    database, work = Database(costs), ms(500, 1, 1)
    assert {database.work(0.5, work) for _ in range(4)} == {0.5}
    assert database.work(1.5, work) > 0.5
    assert (database.peak, database.commits) == (2.0, 5)
    for second in range(2, 20):
        last = database.work(second, ms(100, 1))
    assert last == 0.1
    assert Costs().wait(Work(0.0, 2, 1)) == pytest.approx(2 * (0.0003 + 0.00022) + 0.001)
    assert work_of("due_articles", hosts=100).cpu_s > work_of("due_articles").cpu_s


def test_figures_of_fairness_and_lag() -> None:
    assert jain([3, 3, 3]) == jain([]) == 1.0
    assert jain([9, 0, 0]) == pytest.approx(1 / 3)
    assert [percentile([4, 1, 3, 2], part) for part in (0.25, 0.5, 0.95, 1)] == [1, 2, 4, 4]
    assert percentile([], 0.5) == 0
    seen = Seen()
    seen.filed(61, "a", 0)
    there = [Site(name, 0.3, 60, 1, past, 0, 0, 0) for name, past in (("a", 100), ("b", 100), ("c", 5))]
    assert shares(seen, there, 60, 1.0) == (1, 0)
    assert seen.by_minute == {1: 1}


def test_a_meter_counts_what_each_call_asks() -> None:
    with Meter() as meter:
        state = open_state("sqlite://")
        meter.call(state.frontier)
        meter.call(state.frontier)
        state.close()
    cost = meter.costs["frontier"]
    assert (cost.calls, cost.trips) == (2, cost.statements + 2 * cost.commits)
    assert cost.statements >= 2


@pytest.mark.parametrize("more", [[], ["--real"]], ids=["model", "real"])
def test_prints_a_line_for_each_number_of_workers(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--hosts", "20", "--addresses", "200", "--shards", "2", "--minutes", "0.2", "--workers", "1", "2"]
    assert simulate.main([*size, "--set", "delay_s=0.5", "cores=4", "--verbose", *more]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in said if line.startswith("| ")] == ["| workers", "| 1", "| 2"]
    assert any("found_due" in line for line in said) == bool(more)


def test_hosts_of_a_shard_are_those_that_the_state_gives_it() -> None:
    model = simulate_model.Model(SMALL, WORLD)
    assert {host.shard.number == shard_of(host.site.name, 4) for host in model.hosts} == {True}


@pytest.mark.skipif(postgres.ADDRESS not in os.environ, reason="needs a PostgreSQL server")
def test_measures_what_questions_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure(["--hosts", "300", "--backfills", "2", "--jobs", "4"]) == 0
    said = capsys.readouterr().out
    assert "4 slices at work: fetch_job: " in said
    assert "300 hosts, 256 shards, 2 backfills:" in said
    assert "  take: " in said
