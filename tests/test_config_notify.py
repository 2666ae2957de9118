"""The section `notify` of config.yaml."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crawler.config import load
from crawler.errors import ConfigError
from crawler.model import Notify


def read(tmp_path: Path, section: str, **environ: str) -> Notify:
    (tmp_path / "config.yaml").write_text(f"notify: {section}\n" if section else "archive: a\n")
    return load(tmp_path / "config.yaml", environ).notify


@pytest.mark.parametrize(
    ("section", "meant"),
    [
        ("", Notify()),
        ("{}", Notify()),
        ("{command: [mail, -s, 'a b', me@x.example]}", Notify(command=("mail", "-s", "a b", "me@x.example"))),
        ("{webhook: 'https://hooks.example/${TOKEN}'}", Notify(webhook="https://hooks.example/t0ken")),
        ("{webhook: ''}", Notify()),
        ("{webhook: 'https://hooks.example/$TOKEN'}", Notify(webhook="https://hooks.example/$TOKEN")),
        ("{apprise: 'tgram://${TOKEN}/1'}", Notify(apprise="tgram://t0ken/1")),
        ("{ping: https://hc.example/1}", Notify(ping="https://hc.example/1")),
        (
            "{webhook: https://a.example, ping: https://b.example}",
            Notify((), "https://a.example", "", "https://b.example"),
        ),
    ],
)
def test_names_one_way(tmp_path: Path, section: str, meant: Notify) -> None:
    assert read(tmp_path, section, TOKEN="t0ken") == meant


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("https://hooks.example/x\n")
    found = read(tmp_path, "{webhook: '${HOOK}'}", HOOK_FILE=str(tmp_path / "secret"))
    assert found == Notify(webhook="https://hooks.example/x")


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ("{webhok: https://a.example}", 'notify.webhok: unknown key "webhok" (did you mean "webhook"?) (line 1)'),
        (
            "{webhook: hooks.example}",
            "notify.webhook: is no address: write it like https://hooks.example.org/… (line 1)",
        ),
        ("{webhook: https://a.example, command: [x]}", "notify: gives command and webhook: choose one of command, w"),
        ("{ping: 'http://hunter2 /'}", "notify.ping: is no address"),
        ("{command: mail me}", "notify.command: must be a list: write [a, b] or lines that begin with a dash (line 1)"),
        ("{command: [mail, '']}", "notify.command[1]: must not be empty (line 1)"),
        ("{apprise: 'me:hunter2@x'}", "notify.apprise: is no address: write it as apprise has it"),
        ("https://a.example", "notify: must be a mapping, lines of `key: value` (line 1)"),
    ],
)
def test_faults_are_named(tmp_path: Path, section: str, fault: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, section)
    assert fault in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_without_the_library_apprise_cannot_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # as if it were not installed
    with pytest.raises(
        ConfigError, match=r"notify\.apprise: needs the library apprise.*pip install 'crawler\[notify\]'"
    ):
        read(tmp_path, "{apprise: 'json://x'}")
    assert read(tmp_path, "{webhook: 'http://x.example/'}").webhook
