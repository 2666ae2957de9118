"""config: every key, every fault with its path, the order of strength."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.config import Config, load, parse
from crawler.config.keys import ENVIRONMENT, SECTIONS, TOP
from crawler.errors import ConfigError
from crawler.model import Auto, Cron, Limits, Source

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

CONTRACT = """\
archive: archive                 # folder
state: sqlite:///archive/.crawler/state.db
user_agent_contact: https://example.org/bot
rsshub: [https://rsshub.app/, http://127.0.0.1:1200]
fetch: {timeout: 20s, max_page: 15MB, per_host_delay: 1s, per_host_connections: 1, concurrency: 64, robots: true,
        allow_private_networks: false}
defaults:
  every: 15m
  content: best
  body: markdown
  format: jekyll
  path: "_posts/{date}-{title}.md"
  timezone: UTC
  images: link
  stale_after: 3d
sources:
  - name: 联合早报
    url: rsshub://zaobao/realtime/china
    tags: [联合早报]
    time_offset: 0h
    include: []
    exclude: []
    body_selector: ""
    remove: []
"""


def loaded(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Config:
    path = folder / "config.yaml"
    path.write_bytes(text.encode())
    return load(path, environ or {})


def faults(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, environ)
    return str(caught.value).replace(str(folder), "").splitlines()


def one_source(tmp_path: Path, lines: str) -> Source:
    text = "sources:\n  - name: a\n    url: https://example.org/feed\n"
    return loaded(tmp_path, text + "".join(f"    {line}\n" for line in lines.splitlines())).sources[0]


def test_the_contract_reads_as_written_and_equals_the_defaults(tmp_path: Path) -> None:
    found = loaded(tmp_path, CONTRACT)
    limits = Limits(
        timeout=timedelta(seconds=20),
        max_page_bytes=15_000_000,
        host_delay=timedelta(seconds=1),
        host_connections=1,
        concurrency=64,
        robots=True,
        allow_private_networks=False,
    )
    source = Source(name="联合早报", url="rsshub://zaobao/realtime/china", tags=("联合早报",))
    assert found == Config(
        archive=tmp_path / "archive",
        state=f"sqlite:///{tmp_path}/archive/.crawler/state.db",
        user_agent_contact="https://example.org/bot",
        rsshub=("https://rsshub.app", "http://127.0.0.1:1200"),
        limits=limits,
        sources=(source,),
        path=tmp_path / "config.yaml",
        defaults=Source(name="", url=""),
        search=tmp_path / "archive/.crawler/search.db",
    )
    short = loaded(tmp_path, "sources: [{name: 联合早报, url: 'rsshub://zaobao/realtime/china'}]")
    assert (short.archive, short.state, short.limits, short.sources) == (
        found.archive,
        found.state,
        limits,
        (source,),
    )
    assert short.rsshub == ("https://rsshub.app",)
    assert short.user_agent_contact == "no contact given"


def test_a_source_wins_over_the_defaults(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        """
defaults: {every: 1h, tags: [news], content: page, include: [中国], time_offset: -8h}
sources:
  - {name: a, url: https://a.example/feed}
  - {name: b, url: https://b.example/feed, every: 2h, tags: [x, y], content: feed, include: [], body: html,
     path: "{source}/{year}/{title}.md", timezone: Asia/Singapore, stale_after: 1w, exclude: ['a$', ' b '],
     body_selector: .text, remove: ["#ad"], time_offset: 30m, format: jekyll, images: link}
""",
    )
    assert config.defaults == Source("", "", ("news",), HOUR, "page", include=("中国",), time_offset=-8 * HOUR)
    found = config.sources
    assert found[0] == Source(
        "a", "https://a.example/feed", ("news",), HOUR, "page", include=("中国",), time_offset=-8 * HOUR
    )
    assert found[1] == Source(
        name="b",
        url="https://b.example/feed",
        tags=("x", "y"),
        every=2 * HOUR,
        content="feed",
        body="html",
        path="{source}/{year}/{title}.md",
        timezone="Asia/Singapore",
        time_offset=30 * MINUTE,
        stale_after=7 * DAY,
        exclude=("a$", " b "),
        body_selector=".text",
        remove=("#ad",),
    )


def test_text_stays_the_text_it_is(tmp_path: Path) -> None:
    assert one_source(tmp_path, "tags: [2024, yes, 1.50, 2021-11-20]").tags == ("2024", "yes", "1.50", "2021-11-20")
    assert one_source(tmp_path, "tags: [联合　早报, 👩‍💻]").tags == ("联合　早报", "👩‍💻")


def test_a_key_without_value_is_absent_and_a_merge_key_merges(tmp_path: Path) -> None:
    assert one_source(tmp_path, "every:\ntags: ~\n<<: {every: 9h, content: page}\ncontent: feed") == Source(
        "a", "https://example.org/feed", ("a",), every=9 * HOUR, content="feed"
    )


@pytest.mark.parametrize("text", ["sources:\n", "sources: []\n", "archive: x\n", "{}\n", "\ufeffarchive: x\r\n"])
def test_no_sources_is_a_configuration_too(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text).sources == ()


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = """
arcive: x
archive: [a]
fetch: {timeout: 20, robots: maybe, conections: 3}
rsshub: https://rsshub.app
defaults:
  evry: 3h
  every: 15
  every: 2h
  url: https://example.org
sources:
  - name: 联合早报
    url: rsshub://
    include: ["ok", "("]
    kin: list
  - url: www.example.org/feed
  - nonsense
  - {name: c, url: "https://X.example:443/feed"}
  - {name: d, url: "https://x.example/feed#top", tags: a, ? [x, y] : z}
  - {name: "", url: ftp://example.org/, path: {a: b}}
"""
    assert sorted(faults(tmp_path, text)) == sorted(
        [
            'arcive: unknown key "arcive" (did you mean "archive"?) (line 2)',
            "archive: must be a single value (line 3)",
            "fetch.timeout: '20' has no unit: write 20s, 20m, 20h or 20d (line 4)",
            "fetch.robots: 'maybe' is neither true nor false (line 4)",
            'fetch.conections: unknown key "conections" (did you mean "per_host_connections"?) (line 4)',
            "rsshub: must be a list: write [a, b] or lines that begin with a dash (line 5)",
            'defaults.evry: unknown key "evry" (did you mean "every"?) (line 7)',
            "defaults.every: given twice, first in line 8 (line 9)",
            'defaults.url: unknown key "url" (it belongs to a source) (line 10)',
            "sources[0].url: 'rsshub://' is no RSSHub route: write it like rsshub://zaobao/realtime/china (line 13)",
            "sources[0].include[1]: '(' is no regular expression: missing ), unterminated subpattern at position 0"
            " (line 14)",
            'sources[0].kin: unknown key "kin" (did you mean "kind"?) (line 15)',
            "sources[1].name: must be given",
            "sources[1].url: 'www.example.org/feed' has no scheme: write https://www.example.org/feed (line 16)",
            "sources[2]: must be a mapping, lines of `key: value` (line 17)",
            "sources[4]: has a key that is no single word (line 19)",
            "sources[4].tags: must be a list: write [a, b] or lines that begin with a dash (line 19)",
            "sources[4].url: the same address as sources[3].url (line 19)",
            "sources[5].name: must not be empty (line 20)",
            "sources[5].url: 'ftp://example.org/' is no address: write http://…, https://… or rsshub://route (line 20)",
            "sources[5].path: must be a single value (line 20)",
        ]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b\n\tc: d", "line 2, column 1: found character '\\t' that cannot start any token; indent with blanks"),
        ("sources: [a", "line 1, column 12: expected ',' or ']'"),
        ("archive: 'x\n", "line 2, column 1: found unexpected end of stream"),
        ("archive: x\nstate: \x01", "line 2: character U+0001 is not allowed"),
        ("every: */5 * * * *", "line 1, column 9: "),
        ("archive: a: b", "line 1, column 11: mapping values are not allowed here"),
        ("---\narchive: a\n---\narchive: b\n", "line 3, column 1: but found another document"),
        ("", "empty; `crawler source add https://example.org` makes one"),
        ("# nothing here\n", "empty; `crawler source add https://example.org` makes one"),
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
        ("sources: " + "{a: " * 3000 + "1" + "}" * 3000, "nested too deeply"),
        ("\n".join(" " * n + "a:" for n in range(3000)), "nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_named_by_line_and_column(tmp_path: Path, text: str, message: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f"/config.yaml: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "the file: must be a mapping, lines of `key: value` (line 1)"),
        ("just words\n", "the file: must be a mapping, lines of `key: value` (line 1)"),
        ("sources: a\n", "sources: must be a list: write [a, b] or lines that begin with a dash (line 1)"),
        ("fetch: 3\n", "fetch: must be a mapping, lines of `key: value` (line 1)"),
        ("archive: !!python/name:os.system x\n", "archive: must be a single value (line 1)"),
        ("<<: 3\n", "the file: expected a mapping or list of mappings for merging, but found scalar (line 1)"),
        ("? " + "[" * 260 + "]" * 260 + " : 1\n", "the file: has a key that is no single word (line 1)"),
        (
            "archive: file:///a\n",
            "archive: file://… is no store: write s3://BUCKET/PREFIX, or the path of a folder (line 1)",
        ),
        ("state: state.db\n", "state: 'state.db' is no address: write sqlite:///state.db (line 1)"),
        ("state: sqlite://\n", "state: 'sqlite://' names no file: write sqlite:///PATH (line 1)"),
        ("state: 'sqlite:///:memory:'\n", "state: 'sqlite:///:memory:' names no file: write sqlite:///PATH (line 1)"),
        ("state: sqlite:///a?mode=ro\n", "state: 'sqlite:///a?mode=ro' names no file: write sqlite:///PATH (line 1)"),
        ("rsshub: [rsshub.app]\n", "rsshub[0]: 'rsshub.app' is no address: write it like https://rsshub.app (line 1)"),
        (
            "rsshub: []\nsources: [{name: a, url: 'rsshub://a'}]\n",
            "sources[0].url: there is no instance to ask: name one under `rsshub` (line 2)",
        ),
        (
            "sources: [{name: a, url: 'rsshub://a/b'}, {name: b, url: 'RSSHub:///a/b/'}]\n",
            "sources[1].url: the same address as sources[0].url (line 1)",
        ),
    ],
)
def test_other_faults_of_the_whole(tmp_path: Path, text: str, message: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(message)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state: mysql://u:${PW}@db/x\n", "mysql://… is not known: write sqlite:///PATH or postgresql://… (line 1)"),
        ("state: postgresql://u:${PW}@db\n", "postgresql://… names no database: write postgresql://USER:"),
    ],
)
def test_an_address_of_a_database_is_refused_without_its_password(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, text, {"PW": "hunter2"})
    assert fault.startswith(f"state: {said}")
    assert "hunter2" not in fault


def test_a_state_on_a_server_keeps_its_address_and_the_index_stays_with_the_archive(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("state: postgres://u:${PW}@db:5432/x?sslmode=require\n")
    config = load(tmp_path / "config.yaml", {"PW": "hunter2"})
    assert config.state == "postgresql://u:hunter2@db:5432/x?sslmode=require"
    assert config.search == tmp_path / "archive/.crawler/search.db"


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    said = r"config.yaml: no such file; `crawler source add .* makes one .* --config or CRAWLER_CONFIG"
    with pytest.raises(ConfigError, match=said):
        load(tmp_path / "config.yaml", {})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    (tmp_path / "c.yaml").write_bytes(b"archive: a\nstate: \xb1\xb1")
    with pytest.raises(ConfigError, match="line 2: not UTF-8"):
        load(tmp_path / "c.yaml", {})


def test_order_of_strength(tmp_path: Path) -> None:
    text = "archive: from-file\nuser_agent_contact: file@example.org\n"
    environ = {"CRAWLER_ARCHIVE": "from-env", "CRAWLER_STATE": "", "CRAWLER_USER_AGENT_CONTACT": "env@example.org"}
    assert loaded(tmp_path, text).archive == tmp_path / "from-file"
    found = loaded(tmp_path, text, environ)
    assert (found.archive, found.user_agent_contact) == (tmp_path / "from-env", "env@example.org")
    assert found.state == f"sqlite:///{tmp_path}/from-env/.crawler/state.db"
    assert loaded(tmp_path, text, environ | {"CRAWLER_STATE": "sqlite:////s.db"}).state == "sqlite:////s.db"


def test_faults_of_the_environment_name_their_origin(tmp_path: Path) -> None:
    environ = {"CRAWLER_USER_AGENT_CONTACT": "me (home)", "CRAWLER_ARCHIVE": " ", "CRAWLER_STATE": "sqlite:///s.db"}
    assert faults(tmp_path, "{}", environ) == [
        "CRAWLER_ARCHIVE: must not be empty",
        "CRAWLER_USER_AGENT_CONTACT: 'me (home)' must be plain ASCII without brackets,"
        " such as an https address or an e-mail",
    ]


@pytest.mark.parametrize("every", ["0", "0s", "999ms", "-1h", "367d"])
def test_a_pause_between_polls_is_a_second_at_least(tmp_path: Path, every: str) -> None:
    assert faults(tmp_path, f"defaults: {{every: {every}}}") == [
        f"defaults.every: {every!r} is out of bounds: 1s to 366d (line 1)"
    ]
    assert loaded(tmp_path, "defaults: {every: 1s}").defaults.every == timedelta(seconds=1)


def test_polling_may_follow_a_cron_expression_or_the_source_itself(tmp_path: Path) -> None:
    assert one_source(tmp_path, 'every: "*/10 6-22 * * *"').every == Cron("*/10 6-22 * * *")
    assert one_source(tmp_path, "every: auto 10m..12h").every == Auto(timedelta(minutes=10), timedelta(hours=12))
    assert faults(tmp_path, "defaults: {every: '*/10 6-22 * *'}\nfetch: {retry_after_scope: domain}") == [
        "fetch.retry_after_scope: 'domain' is not known: write one of host, site, route (line 2)",
        "defaults.every: '*/10 6-22 * *' is no cron expression:"
        " has 4 fields, not 5: minute, hour, day of month, month, day of week (line 1)",
    ]
    assert faults(tmp_path, "defaults: {every: {auto: [10m, 12h]}}") == [
        "defaults.every: must be a single value (line 1)"
    ]


def test_the_environment_is_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    text = """
sources:
  - {name: "$$${A}$ ${B}", url: "https://example.org/feed?key=${KEY}", tags: ["${A}", "$${A}"], exclude: ["x$"]}
"""
    (source,) = loaded(tmp_path, text, {"A": "a", "B": "${A}", "KEY_FILE": str(secret)}).sources
    assert source.name == "$a$ ${A}"
    assert source.url == "https://example.org/feed?key=s3cret"
    assert (source.tags, source.exclude) == (("a", "${A}"), ("x$",))


@pytest.mark.parametrize(
    ("value", "environ", "message"),
    [
        ("${A}", {}, "archive: ${A}: neither A nor A_FILE is set in the environment (line 1)"),
        ("${A}", {"A": ""}, "archive: must not be empty (line 1)"),
        ("${A}", {"A_FILE": "/does/not/exist"}, "archive: ${A}: A_FILE cannot be read: [Errno 2] No such file"),
        ("${A}", {"A_FILE": "/proc/self/mem/x"}, "archive: ${A}: A_FILE cannot be read: [Errno 20] Not a directory"),
        ("${A:-b}", {"A": "x"}, "archive: ${A:-b} names no variable: write ${NAME}, or $$ for a dollar sign (line 1)"),
        ("'${A'", {"A": "x"}, "archive: ${A names no variable: write ${NAME}, or $$ for a dollar sign (line 1)"),
    ],
)
def test_faults_of_expansion(tmp_path: Path, value: str, environ: dict[str, str], message: str) -> None:
    (fault,) = faults(tmp_path, f"archive: {value}\n", environ)
    assert fault.startswith(message)


def test_a_message_does_not_tell_what_a_variable_holds(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "sources: [{name: a, url: '${URL}'}]", {"URL": "hunter2"})
    assert fault == "sources[0].url: '${URL}' is no address: write http://…, https://… or rsshub://route (line 1)"


def test_selectors_are_checked_by_the_extractor(tmp_path: Path) -> None:
    for good in (".article p", "//div[@id='x']"):
        assert parse.selector(f" {good} ") == good
    (fault,) = faults(tmp_path, "defaults: {body_selector: 'div[['}")
    assert fault.startswith("defaults.body_selector: bad selector 'div[[': ")
    assert fault.endswith(" (line 1)")
    assert faults(tmp_path, "defaults: {remove: ['']}") == ["defaults.remove[0]: must not be empty (line 1)"]


def test_every_row_of_the_table_is_sound() -> None:
    for keys in (TOP, *SECTIONS.values()):
        assert len({key.name for key in keys}) == len(keys)
        for key in keys:
            assert key.doc.endswith(".")
            parts = key.default if isinstance(key.default, tuple) else (key.default,)
            assert all(key.parse(part) or part in ("0", "false") for part in parts if part)
    assert set(ENVIRONMENT) == {
        f"CRAWLER_{name}" for name in ("ARCHIVE", "STATE", "USER_AGENT_CONTACT", "WAYBACK", "SITE_RULES", "SEARCH")
    }


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("every: 5m", "it belongs under `defaults`, or to a source"),
        ("allow_private_networks: true", "it belongs under `fetch`"),
        ("defaults: {allow_private_networks: true}", "it belongs under `fetch`"),
        ("defaults: {archive: x}", "it belongs to the top level"),
        ("fetch: {sources: []}", "it belongs to the top level"),
        ("item: li", "it belongs to a source"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_its_own(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ConfigError, match=re.escape(f"({place})")):
        load(tmp_path / "config.yaml", {})
