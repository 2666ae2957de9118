"""bench/throughput.py: pages are the same everywhere and of real size, articles are counted, all processes are seen."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest

from bench.throughput_gauge import Measured, measure
from bench.throughput_pages import LEAST_BYTES, MOST_BYTES, body, page, piece
from bench.throughput_scenes import Figures, faults
from bench.throughput_site import Plan, Web, article_path, feed_path
from bench.throughput_state import make_due, multiply, settle
from bench.throughput_text import LEAST_WORDS, MOST_WORDS, Found, count, language_of, story
from bench.throughput_web import LocalWeb
from crawler import urls
from crawler.memory import ArticleOutcome, Mention, Sightings
from crawler.state.opening import open_state
from tests.states import CHINA, KEY, NOW, A, B, C, due, polled

ROOT = Path(__file__).parents[1]
URL = "http://news003.example/x"
HOST = {"host": "news000.example:80"}
GZIP = HOST | {"accept-encoding": "gzip, deflate"}


# --- pages ---


def test_a_page_is_the_same_in_every_process() -> None:
    made = f"from bench.throughput_pages import *; from bench.throughput_text import *; print(page(story(3, 7), {URL!r}).etag)"
    tags = {
        subprocess.check_output([sys.executable, "-c", made], cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }
    assert tags == {f"{page(story(3, 7), URL).etag}\n".encode()}
    assert page(story(3, 8), URL).etag != page(story(3, 7), URL).etag


def test_pages_have_the_size_of_real_ones() -> None:
    sizes = [len(page(story(feed, number), URL).raw) for feed in range(4) for number in range(100)]
    assert 220_000 < mean(sizes) < 310_000
    assert min(sizes) < 1.5 * LEAST_BYTES
    assert min(sizes) >= LEAST_BYTES
    assert 0.7 * MOST_BYTES < max(sizes) < 1.05 * MOST_BYTES


def test_pieces_make_one_member_of_gzip() -> None:
    document = body([piece("one, "), piece(""), piece("二 " * 40_000), piece("three")])
    assert document.raw == ("one, " + "二 " * 40_000 + "three").encode()
    assert gzip.decompress(document.gzipped) == document.raw
    whole = page(story(2, 0), URL)
    assert gzip.decompress(whole.gzipped) == whole.raw


@pytest.mark.parametrize("feed", [0, 2])
def test_an_article_has_its_words_in_its_first_longest_and_last_paragraph(feed: int) -> None:
    for number in range(50):
        told = story(feed, number)
        head, text, tail = told.marks
        inner = told.paragraphs[1:-1]
        assert head in told.paragraphs[0]
        assert text in max(inner, key=len)
        assert tail in told.paragraphs[-1]
        assert {mark for mark in told.marks if page(told, URL).raw.count(mark.encode()) != 1} == set()


def test_articles_are_of_both_languages_and_of_many_lengths() -> None:
    assert [language_of(feed) for feed in range(4)] == ["en", "en", "zh", "en"]
    words = [sum(len(text.split()) for text in story(0, number).paragraphs) for number in range(200)]
    assert LEAST_WORDS <= min(words) < 400
    assert 1200 < max(words) < 1.05 * MOST_WORDS


# --- counting ---


def test_articles_are_counted_once_and_whole_ones_only_in_one_file() -> None:
    one, two, three = (" ".join(story(0, number).paragraphs) for number in range(3))
    assert count([one, two, one]) == Found(files=3, texts=2, whole=2)
    cut = three.replace(story(0, 2).marks[2], "")
    assert count([one, cut, story(0, 2).marks[2]]) == Found(files=3, texts=2, whole=1)
    assert count(["bodyq0q", "no article at all"]) == Found(files=2)


# --- the local web ---


def test_a_feed_that_is_known_is_not_sent_again() -> None:
    web = Web(Plan(feeds=2, items=3, hosts=1))
    for path in (feed_path(0), feed_path(1), article_path(1, 2)):
        first = web.answer(path, HOST)
        given = dict(first.headers)
        assert first.status == 200
        assert web.answer(path, HOST | {"if-none-match": given["ETag"]}).packed().startswith(b"HTTP/1.1 304 ")
        assert web.answer(path, HOST | {"if-modified-since": given["Last-Modified"]}).body == b""
        other = HOST | {"if-none-match": '"0"', "if-modified-since": given["Last-Modified"]}
        assert web.answer(path, other).status == 200  # RFC 9110 §13.1.3: the tag alone counts
    counts = web.taken()
    assert (counts["polls"], counts["pages"], counts["conditional"], counts["unchanged"]) == (8, 4, 9, 6)
    assert counts["twice"] == 3
    assert web.taken()["polls"] == 0


def test_gzip_is_sent_where_it_is_welcome() -> None:
    web = Web(Plan(feeds=1, items=1, hosts=1))
    plain, packed = (web.answer(article_path(0, 0), headers) for headers in (HOST, GZIP))
    assert ("Content-Encoding", "gzip") in packed.headers
    assert gzip.decompress(packed.body) == plain.body
    assert web.taken()["body_bytes"] == len(plain.body) + len(packed.body)


def test_a_feed_without_validators_sends_the_same_body_again() -> None:
    web = Web(Plan(feeds=1, items=1, hosts=1), validators=False)
    first = web.answer(feed_path(0), HOST)
    assert not {"ETag", "Last-Modified"} & dict(first.headers).keys()
    assert web.answer(feed_path(0), HOST | {"if-none-match": "*"}) == first


def test_new_items_come_at_the_top_and_push_the_oldest_out() -> None:
    web = Web(Plan(feeds=2, items=2, hosts=1))
    assert web.answer(article_path(1, 2), HOST).status == 404
    before = web.answer(feed_path(1), HOST)
    web.add(2)
    after = web.answer(feed_path(1), HOST | {"if-none-match": dict(before.headers)["ETag"]}).body.decode()
    places = [after.find(article_path(1, number)) for number in range(3)]
    assert places[0] == -1
    assert 0 < places[2] < places[1]
    assert web.answer(article_path(1, 2), HOST).status == 200


def test_most_requests_of_a_host_at_a_time_are_told() -> None:
    web = Web(Plan(feeds=1, items=1, hosts=1))
    for host in ("a", "b", "a"):
        web.begin(host)
    web.end("a")
    web.begin("a")
    assert web.taken()["in_flight"] == 2


# --- the gauge ---


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux alone")
def test_an_orphan_s_time_is_counted_and_its_command_s_end_told(tmp_path: Path) -> None:
    busy = (
        "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\nwhile time.process_time() < 0.4: pass"
    )
    parent = (  # stays until it was surely looked at
        f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {busy!r}], stdout=subprocess.PIPE);"
        " child.stdout.readline(); print('gone'); sys.exit(3)"
    )
    found = measure([sys.executable, "-c", parent], tmp_path / "log", 60, pss=True)
    assert (found.exit_code, found.is_late, found.left) == (3, False, 0)
    assert found.cpu_s >= 0.4
    assert found.rss_mb > 1
    assert (tmp_path / "log").read_text() == "gone\n"


def test_a_command_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    found = measure([sys.executable, "-c", "while True: pass"], tmp_path / "log", 0.3)
    assert found.is_late
    assert found.exit_code == -15


# --- the state ---


def test_what_is_known_is_multiplied_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/state.db"
    state = open_state(address)
    state.sync_sources([CHINA], NOW)
    said = tuple(Mention(each.key, guid=urls.key(each.url), place=urls.key(f"/{each.url}")) for each in (A, B, C))
    state.admit(replace(polled(A, B, C), sightings=Sightings(said)), NOW)
    state.settle([ArticleOutcome(each.key, "done", path=f"_posts/{n}.md") for n, each in enumerate((A, B))], NOW)
    state.close()
    multiply(tmp_path / "state.db", 25)
    state = open_state(address)
    assert len(state.filed()) == 2 + 25
    assert len({filed.path for filed in state.filed()}) == 27
    assert due(state) == [C.url]
    told = state.mentions(KEY, keys=[filed.key for filed in state.filed()])
    assert len(told) == len({mention.guid for mention in told}) == len({mention.place for mention in told}) == 27
    state.close()


def test_the_frontier_is_settled_and_sources_become_due(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/state.db"
    state = open_state(address)
    state.sync_sources([CHINA], NOW)
    state.admit(polled(A, B, C), NOW)
    state.close()
    assert settle(address) == 3
    make_due(address, [CHINA.url])
    state = open_state(address)
    assert state.frontier() == (0, 0)
    assert state.source_state(CHINA.url).next_poll != polled().state.next_poll
    state.close()


# --- the whole ---


def test_a_small_run_files_every_article_whole_and_asks_for_nothing_twice(tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    command = [
        sys.executable,
        "-m",
        "bench.throughput",
        "articles",
        "--items",
        "1",
        "--latency",
        "1",
        "--json",
        str(told),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    first, idle, last = map(json.loads, told.read_text().splitlines())
    assert (first["texts"], first["found"]["whole"], first["served"]["pages"]) == (25, 25, 25), done.stdout
    assert (idle["served"]["polls"], idle["served"]["unchanged"], idle["served"]["body_bytes"]) == (25, 25, 0)
    assert (last["texts"], last["served"]["pages"], last["served"]["twice"]) == (1, 1, 0)


def test_what_a_run_did_not_do_is_told() -> None:
    asked = {"polls": 25, "pages": 2, "twice": 0}
    well = Figures("articles", "crawler", "1 % new", 2, Measured(), 2, 2, asked, Found(2, 2, 2))
    assert list(faults(well, feeds=25)) == []
    for worse, told in (
        (replace(well, served=asked | {"polls": 24}), "24 polls of 25 feeds that were due"),
        (replace(well, posts=3), "3 posts, 2 texts, 2 pages of 2 new articles"),
        (replace(well, texts=1), "2 posts, 1 texts, 2 pages of 2 new articles"),
        (replace(well, served=asked | {"twice": 1}), "1 pages were fetched twice"),
        (replace(well, measured=Measured(exit_code=3)), "ended with exit code 3"),
    ):
        assert list(faults(worse, feeds=25)) == [told]


def test_names_lead_to_this_machine_for_a_peer(tmp_path: Path) -> None:
    program = tmp_path / "peer.py"
    program.write_text("import sys, urllib.request as r\nfor url in sys.argv[1:]: print(r.urlopen(url).status)\n")
    with LocalWeb(Plan(feeds=2, items=1, hosts=2), latency_ms=0) as web:
        names = [sys.executable, str(ROOT / "bench" / "throughput_names.py"), str(program), *web.feeds()]
        assert subprocess.check_output(names, env=os.environ | {"no_proxy": "*"}) == b"200\n200\n"
        assert web.ask()["polls"] == 2
