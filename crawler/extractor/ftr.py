"""FiveFilters' site config files, as they are: one text file a site, one directive a line, in XPath → a `SiteRule`.

The form is that of https://help.fivefilters.org/full-text-rss/site-patterns.html, and of the files of
https://github.com/fivefilters/ftr-site-config, which know more directives than that page.
Rule: no file is refused. What we do not know, or cannot use, is a problem told by file, line and directive.
Accepted without effect: `tidy` and `parser` (every page is parsed tolerantly, once), `convert_double_br_tags` (they are
a new paragraph in Markdown), `post_strip_attr` (the allow-list keeps few), `insert_detected_image` (no picture from
elsewhere is put into a rule's body), `test_contains`. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..selectors import check_selector
from .rules import SiteRule, host_of
from .tree import words

#: Directives whose value is an XPath → the field that takes it.
SELECTORS = {
    "title": "title",
    "body": "body",
    "author": "author",
    "date": "date",
    "strip": "remove",
    "strip_attr": "remove",
    "single_page_link": "single_page",
    "next_page_link": "next_page",
}
#: Switches → the field that is set, and by which value.
SWITCHES = {
    "prune": ("keeps_all", False),
    "autodetect_on_failure": ("must_find", False),
    "autodetect_next_page": ("stays", False),
    "skip_json_ld": ("skips_json_ld", True),
}
YES = {"yes": True, "true": True, "no": False, "false": False}
WITHOUT_EFFECT = words(
    "tidy parser convert_double_br_tags post_strip_attr insert_detected_image test_contains test_urls"
)
#: Directives that we know and do not follow.
IGNORED = {
    "http_header": "every request is sent with our own headers",
    "requires_login": "there is no logging in",
    "not_logged_in_xpath": "there is no logging in",
    "login_uri": "there is no logging in",
    "login_username_field": "there is no logging in",
    "login_password_field": "there is no logging in",
    "login_extra_fields": "there is no logging in",
    "native_ad_clue": "articles that are advertisements are not told from others",
}
LINE = re.compile(r"([A-Za-z_]+)(?:\((.*?)\))?\s*:\s*(.*)", re.S)
#: Directives that take an argument in brackets.
WITH_ARGUMENT = words("replace_string wrap_in http_header move_into")
TAG = re.compile(r"(?:h[1-6]|p|div|blockquote|pre|code|figure|figcaption|ul|ol|li|em|strong|b|i)")
#: Functions and node tests of XPath 1.0, and operators that may stand before a bracket: libxml2 tells of an unknown
#: one only when it is called, which is too late.
FUNCTIONS = words(
    "last position count id local-name namespace-uri name string concat starts-with contains substring-before"
    " substring-after substring string-length normalize-space translate boolean not true false lang number sum floor"
    " ceiling round comment text processing-instruction node and or mod div"
)
ATTRIBUTE = re.compile(r"[\w-]+")
LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"")
CALL = re.compile(r"([\w:.-]+)\s*\(")
#: Bounds of `find_string`, which is looked for in the whole page.
MAX_SWAPS = 100
MAX_SWAP = 4000
#: Hosts as file names have them: lower case, a dot before what is for subdomains only.
HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
FILE = re.compile(r"\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.txt")


def file_names(host: str) -> tuple[str, ...]:
    """Return the names of the files that may be for a host, the most exact one first.

    `example.org.txt` is for example.org and www.example.org, `.example.org.txt` for all other names below it.
    """
    name = host.removeprefix("www.")
    if not HOST.fullmatch(name):
        return ()
    parts = name.split(".")
    above = (".".join(parts[i:]) for i in range(1, len(parts) - 1))
    return (f"{name}.txt", *(f".{domain}.txt" for domain in above))


def is_rule_file(name: str) -> bool:
    """Tell whether a file is named after hosts, as global.txt and LICENSE.txt are not."""
    return FILE.fullmatch(name) is not None


def parse_ftr(text: str, file: str, hosts: tuple[str, ...] = ()) -> tuple[SiteRule, tuple[str, ...]]:
    """Read a site config file.

    Args:
        text: of the file.
        file: its name, for problems and for `SiteRule.name`.
        hosts: which the rule is for.

    Returns:
        The rule, and the problems, one line each.
    """
    reading = _Reading(file)
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        reading.line(number, line.strip())
    swaps = reading.swaps()
    lists: dict[str, Any] = {name: tuple(values) for name, values in reading.lists.items()}
    wraps = tuple(reading.wraps)
    rule = SiteRule(hosts, **lists, **reading.switches, name=file, is_exact=True, swaps=swaps, wraps=wraps)
    return rule, tuple(reading.problems)


@dataclass(slots=True)
class _Reading:
    """One pass over a file."""

    file: str
    number: int = 0
    directive: str = ""
    problems: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in SELECTORS.values()})
    switches: dict[str, Any] = field(default_factory=dict)
    wraps: list[tuple[str, str]] = field(default_factory=list)
    finds: list[str] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    last: list[str] | None = None  #: the list that the last line added to, for `if_page_contains`

    def problem(self, what: str) -> None:
        self.problems.append(f"{self.file}:{self.number}: {self.directive}: {what}")

    def line(self, number: int, line: str) -> None:
        """Read one line."""
        if not line or line.startswith("#"):
            return
        found = LINE.fullmatch(line)
        self.number, self.directive = number, found[1].lower() if found else line[:40]
        if found is None:
            self.problem("not a directive")
        elif not found[3] and self.directive != "replace_string":
            self.problem("without a value")
        elif found[2] is not None and self.directive not in WITH_ARGUMENT:
            self.problem("takes nothing in brackets")
        else:
            self._directive(found[2], found[3])

    def _directive(self, argument: str | None, value: str) -> None:
        last, self.last = self.last, None
        readers: dict[str, Callable[[], None]] = {
            "if_page_contains": lambda: self._condition(last, value),
            "strip_id_or_class": lambda: self._select("remove", _named(value)),
            "strip_image_src": lambda: self._select("remove", _pictured(value)),
            "find_string": lambda: self.finds.append(value),
            "replace_string": lambda: self._replace(argument, value),
            "wrap_in": lambda: self._wrap(argument or "", value),
            "dissolve": lambda: self._wrap(None, value),
            "src_lazy_load_attr": lambda: self._lazy(value),
            "test_url": lambda: self._test(value),
        }
        if self.directive in SELECTORS:
            self._select(SELECTORS[self.directive], value)
        elif self.directive in SWITCHES:
            self._switch(value)
        elif self.directive in readers:
            readers[self.directive]()
        elif self.directive not in WITHOUT_EFFECT:
            self.problem(f"ignored: {IGNORED[self.directive]}" if self.directive in IGNORED else "unknown directive")

    def _usable(self, *values: str) -> str:
        """Return the first XPath that can be used, as `rules` knows one; "" when there is none, which is told."""
        texts = [value if value.startswith(("/", "./", "(")) else f"({value})" for value in values]
        wrong = [_wrong(text) for text in texts]
        if all(wrong):
            self.problem(wrong[0])
        return next((text for text, what in zip(texts, wrong, strict=True) if not what), "")

    def _select(self, name: str, value: str) -> None:
        text = self._usable(value)
        if text:
            self.last = self.lists[name]
            self.lists[name].append(text)

    def _condition(self, last: list[str] | None, value: str) -> None:
        """Let the selector of the line before count only on pages that have something."""
        if not last:
            self.problem("the line before selects nothing")
            return
        selector = last.pop()
        # The second is for what gives a text: 1 div 0 is infinite, and nothing stands behind that place.
        text = self._usable(f"({selector})[boolean({value})]", f"(substring({selector}, 1 div boolean({value})))")
        if text:
            last.append(text)

    def _switch(self, value: str) -> None:
        name, when = SWITCHES[self.directive]
        if value.lower() in YES:
            self.switches[name] = YES[value.lower()] is when
        else:
            self.problem(f"neither yes nor no: {value[:40]}")

    def _replace(self, argument: str | None, value: str) -> None:
        if argument:
            self.finds.append(argument)
        self.puts.append(value)

    def _lazy(self, value: str) -> None:
        """Call the attribute that holds a picture's address by the name under which `media` looks first."""
        if ATTRIBUTE.fullmatch(value):
            self.finds.append(f" {value}=")
            self.puts.append(" data-src=")
        else:
            self.problem(f"not an attribute: {value[:40]}")

    def _wrap(self, tag: str | None, value: str) -> None:
        if tag is not None and not TAG.fullmatch(tag):
            self.problem(f"not a tag that a text has: {tag[:40]!r}")
        elif text := self._usable(value):
            self.wraps.append((text, tag or ""))

    def _test(self, value: str) -> None:
        """Check without a network that the file is asked for the pages that it names itself."""
        name = host_of(value)
        if name and self.file not in file_names(name):
            self.problem(f"this file is not used for {name}")

    def swaps(self) -> tuple[tuple[str, str], ...]:
        """Return what to find and what to put in its place; none where they cannot be paired."""
        self.directive = "find_string"
        if len(self.finds) != len(self.puts):
            self.problem(f"{len(self.finds)} to find and {len(self.puts)} to put in their place: none is")
            return ()
        pairs = list(zip(self.finds, self.puts, strict=True))
        fit = [(find, put) for find, put in pairs if len(find) <= MAX_SWAP and len(put) <= MAX_SWAP][:MAX_SWAPS]
        if len(fit) < len(pairs):
            self.problem(f"over {MAX_SWAPS} of them, or over {MAX_SWAP} characters: {len(pairs) - len(fit)} left out")
        return tuple(fit)


def _wrong(text: str) -> str:
    """Return why an XPath cannot be used, or ""."""
    called = (name.rpartition("::")[2] for name in CALL.findall(LITERAL.sub("''", text)))
    unknown = next((name for name in called if name not in FUNCTIONS), "")
    return f"XPath 1.0 has no {unknown}()" if unknown else check_selector(text)


def _named(value: str) -> str:
    """Return the XPath of what has a text in its id or class; never the page itself."""
    text = _bare(value)
    if not text:  # which everything contains
        return ""
    return f"//*[contains(@class, '{text}') or contains(@id, '{text}')][not(self::html or self::body)]"


def _pictured(value: str) -> str:
    text = _bare(value)
    if not text:
        return ""
    return f"//img[contains(@src, '{text}') or contains(@data-src, '{text}')]"


def _bare(value: str) -> str:
    return value.replace("'", "").replace('"', "")
