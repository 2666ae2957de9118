"""Text of the configuration → values: durations, sizes, choices, addresses, templates.

Each parser takes the text of one scalar (never empty unless its key allows it) and returns a typed value.
Pure: no files, no environment. A wrong value is a ValueError whose message needs no key name; `read` adds the path.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from .. import urls
from ..errors import ParseError
from ..writer.names import PLACEHOLDERS

#: Seconds in each unit of a duration, longest first: parts must come in this order.
UNITS_S = {
    unit: Decimal(seconds)
    for unit, seconds in (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1), ("ms", "0.001"))
}
DURATION = re.compile(r"([+-]?)" + "".join(rf"(?:(\d+(?:\.\d+)?)\s*{u})?\s*" for u in UNITS_S), re.I | re.A)
#: Bytes in each unit; powers of ten and of two are told apart as IEC 80000-13 does.
UNITS_BYTES = {"b": 1} | {f"{p}b": 1000**n for n, p in enumerate("kmg", 1)} | {
    f"{p}ib": 1024**n for n, p in enumerate("kmg", 1)
}  # fmt: skip
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.I | re.A)
BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
#: Characters; proxies and servers refuse header lines from 8 KiB on, and logs are read by people.
MAX_CONTACT = 200
#: How addresses of databases on PostgreSQL begin.
SERVERS = ("postgresql", "postgres")
#: C0 and C1 controls and the line ends of Unicode; the wider `isprintable` would refuse U+3000 and joined emoji.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: A name of XML with a prefix of its namespace at most (Namespaces in XML 1.0 §4), in letters that people use for it.
ATTRIBUTE = re.compile(r"(?:[^\W\d][\w.-]*:)?[^\W\d][\w.-]*=")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
#: What fsspec opens, too, and is a folder, or takes no files.
NO_STORES = frozenset({"data", "file", "http", "https", "local", "sqlite", "zip"})
#: Characters that Windows refuses in file names, and the backslash that it takes for a separator.
UNSAFE_IN_PATH = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "…"?)` for the known word that looks most like this one, or ""."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f' (did you mean "{folded[found[0]]}"?)' if found else ""


def text(value: str) -> str:
    """Return text of one line that is not empty."""
    return _one_line(value).strip()


def _one_line(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    if CONTROLS.search(value):
        raise ValueError("must be one line without control characters")
    return value


def duration(low: timedelta = timedelta(), high: timedelta = timedelta(days=366)) -> Callable[[str], timedelta]:
    """Make a parser of `15m`, `1h30m`, `3d`, `0` with values from low to high; the bounds are named in errors."""

    def parse(value: str) -> timedelta:
        span = _span(value.strip())
        if not low <= span <= high:
            raise ValueError(f"{value!r} is out of bounds: {spell(low)} to {spell(high)}")
        return span

    return parse


def _span(value: str) -> timedelta:
    match = DURATION.fullmatch(value)
    if match and any(match.groups()[1:]):
        numbers = (Decimal(number or 0) for number in match.groups()[1:])
        seconds = sum((n * unit for n, unit in zip(numbers, UNITS_S.values(), strict=True)), Decimal())
        if seconds > timedelta.max.days * 86_400:
            raise ValueError(f"{value!r} is too long")
        return timedelta(seconds=float(-seconds if match[1] == "-" else seconds))
    if re.fullmatch(r"[+-]?0+", value):
        return timedelta()
    if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", value):
        raise ValueError(f"{value!r} has no unit: write {value}s, {value}m, {value}h or {value}d")
    raise ValueError(f"{value!r} is no duration: write it like 20s, 15m, 1h30m or 3d")


def spell(span: timedelta) -> str:
    """Write a duration in the largest unit that leaves no rest: `1h`, `90s`, `-1d`."""
    seconds = span.total_seconds()
    unit = next(u for u, size in UNITS_S.items() if u != "w" and seconds % float(size) == 0) if seconds else "s"
    return f"{seconds / float(UNITS_S[unit]):g}{unit}"


def size(low: int, high: int) -> Callable[[str], int]:
    """Make a parser of `15MB`, `512KiB` to bytes."""

    def parse(value: str) -> int:
        match = SIZE.fullmatch(value.strip())
        if match is None or (match[2] and match[2].lower() not in UNITS_BYTES):
            raise ValueError(f"{value!r} is no size: write it like 15MB or 512KiB")
        if not match[2]:
            raise ValueError(f"{value!r} has no unit: write {value}MB or {value}KiB")
        count = int(Decimal(match[1]) * UNITS_BYTES[match[2].lower()])
        if not low <= count <= high:
            raise ValueError(f"{value!r} is out of bounds: {low:,} to {high:,} bytes")
        return count

    return parse


def number(low: int, high: int) -> Callable[[str], int]:
    """Make a parser of whole numbers."""

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value.strip()) or not low <= int(value) <= high:
            raise ValueError(f"{value!r} is no whole number from {low} to {high}")
        return int(value)

    return parse


def boolean(value: str) -> bool:
    """Return the truth of `true`, `yes`, `on` and their opposites."""
    try:
        return BOOLEANS[value.strip().lower()]
    except KeyError:
        raise ValueError(f"{value!r} is neither true nor false") from None


def choice(*allowed: str) -> Callable[[str], str]:
    """Make a parser of one word out of those allowed."""

    def parse(value: str) -> str:
        if value.strip() in allowed:
            return value.strip()
        raise ValueError(f"{value!r} is not known{nearest(value, allowed)}: write one of {', '.join(allowed)}")

    return parse


def timezone(value: str) -> str:
    """Return the name of a time zone that the IANA database knows."""
    try:
        return ZoneInfo(value.strip()).key
    except (KeyError, ValueError, OSError):  # OSError: a folder of the database, such as "Asia"
        hint = nearest(value, available_timezones())
        raise ValueError(f"{value!r} is no time zone{hint}: write it like UTC or Asia/Singapore") from None


def pattern(value: str) -> str:
    """Return a regular expression that compiles."""
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as e:
        raise ValueError(f"{value!r} is no regular expression: {e}") from e
    return _one_line(value)


def selector(value: str) -> str:
    """Return a CSS or XPath selector that the extractor understands."""
    from ..selectors import check_selector  # lxml takes 50 ms to load, and most configurations have no selector

    if wrong := check_selector(text(value)):
        raise ValueError(wrong)
    return text(value)


def template(value: str) -> str:
    """Return a path template that stays inside the archive, has a title and ends in .md."""
    for placeholder in re.findall(r"\{([^{}]*)\}", value):
        if placeholder not in PLACEHOLDERS:
            known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            raise ValueError(f"{{{placeholder}}} is not known{nearest(placeholder, PLACEHOLDERS)}: write {known}")
    literal = re.sub(r"\{[^{}]*\}", "x", value)
    if "{" in literal or "}" in literal:
        raise ValueError(f"{value!r} has a brace without its partner: write it like {{date}}")
    if "{title}" not in value:
        raise ValueError(f"{value!r} has no {{title}}, so that posts would only be told apart by numbers: write it in")
    if not value.endswith(".md"):
        raise ValueError(f"{value!r} does not end in .md: write it like _posts/{{date}}-{{title}}.md")
    _check_inside(value, literal)
    return value


def _check_inside(value: str, literal: str) -> None:
    """Refuse what leaves the archive, names with a leading dot (the state lives there) and what Jekyll builds."""
    if found := UNSAFE_IN_PATH.search(literal):
        raise ValueError(f"{value!r} has a character that file names must not have: leave out {found[0]!r}")
    if any(part == "" or part.startswith(".") or part.endswith((" ", ".")) for part in literal.split("/")):
        raise ValueError(f"{value!r} must be a path inside the archive, without empty, hidden or '..' parts")
    if literal.startswith("_site/"):
        raise ValueError(f"{value!r} is in the folder that Jekyll empties: choose another")


def attribute(value: str) -> str:
    """Return an attribute of XML and its value, parted by the first `=`."""
    if not ATTRIBUTE.match(value):
        raise ValueError(f"{value!r} is no attribute: write it like htmlUrl=https://example.org")
    return text(value)


def folder(value: str) -> str:
    """Return the path of a folder."""
    if "://" in value:
        raise ValueError(f"{value.partition('://')[0]}://… is not known: write the path of a folder")
    return text(value)


def archive(value: str) -> str:
    """Return the path of a folder, or the address of a store as fsspec has it, without a slash at the end."""
    scheme, colon, rest = text(value).partition("://")
    if not colon:
        return folder(value)
    if re.search(r"[@?#]|::", rest):
        raise ValueError(f"{scheme}://… says more than a place: who asks, and of whom, is said by the environment")
    if not SCHEME.fullmatch(scheme) or scheme in NO_STORES:
        raise ValueError(f"{scheme}://… is no store: write s3://BUCKET/PREFIX, or the path of a folder")
    if scheme in ("s3", "s3a") and not rest.strip("/"):
        raise ValueError(f"{value!r} names no bucket: write s3://BUCKET/PREFIX")
    return f"{scheme}://{rest.strip('/')}"


def index(value: str) -> str:
    """Return the path of the search index; "off" where none is wanted."""
    if value.strip().lower() in BOOLEANS:
        if BOOLEANS[value.strip().lower()]:
            raise ValueError(f"{value!r} names no file: leave the key out, or write a path, or off")
        return "off"
    if "://" in value or text(value).endswith("/"):
        raise ValueError(f"{value!r} names no file: write a path, or off")
    return text(value)


def database(value: str) -> str:
    """Return the path in the address of a SQLite database, or the whole address of one on PostgreSQL.

    Addresses are not shown where they are wrong: they may hold passwords.
    """
    scheme, colon, path = text(value).partition("://")
    if not colon:
        raise ValueError(f"{value!r} is no address: write sqlite:///{value}")
    if scheme in SERVERS:
        if not re.fullmatch(r"[^/?#\s]*/[^/?#\s]+(\?\S*)?", path):
            raise ValueError(f"{scheme}://… names no database: write postgresql://USER:PASSWORD@HOST/DATABASE")
        return f"postgresql://{path}"
    if scheme != "sqlite":
        raise ValueError(f"{scheme}://… is not known: write sqlite:///PATH or postgresql://…")
    if not path.startswith("/") or path in ("/", "/:memory:") or "?" in path:
        raise ValueError(f"{value!r} names no file: write sqlite:///PATH")
    return path[1:]


def is_server(database: str) -> bool:
    """Tell whether what `database` returned is the address of a server rather than a path."""
    return database.startswith("postgresql://")


def git_name(value: str) -> str:
    """Return the name of a remote or branch, which git must not take for an option (git-check-ref-format)."""
    if not re.fullmatch(r"(?![-./])(?!.*(?:\.\.|@\{|//|\.lock$))[^\x00-\x20\x7f~^:?*\[\\]+(?<![./])", value.strip()):
        raise ValueError(f"{value!r} is no name of git's: write it like origin or main")
    return value.strip()


def contact(value: str) -> str:
    """Return what the User-Agent says of its owner: fit for a comment of that header (RFC 9110 §5.6.5)."""
    if not re.fullmatch(r"[\x20-\x7e]*", value) or re.search(r"[()\\]", value):
        raise ValueError(f"{value!r} must be plain ASCII without brackets, such as an https address or an e-mail")
    if len(value) > MAX_CONTACT:
        raise ValueError(f"must have at most {MAX_CONTACT} characters")
    return text(value)


def instance(value: str) -> str:
    """Return the address of an RSSHub instance, without a slash at its end."""
    if not re.match(r"(?i)https?://", value.strip()):
        raise ValueError(f"{value!r} is no address: write it like https://rsshub.app")
    return web_address(value).rstrip("/")


def source_address(value: str) -> str:
    """Return the address of a source: http, https, or an RSSHub route."""
    scheme, colon, rest = value.strip().partition("://")
    if colon and scheme.lower() == "rsshub":
        return _route(value, rest)
    if colon and scheme.lower() in urls.DEFAULT_PORTS:
        return web_address(value)
    if not colon and re.match(r"[\w-]+(\.[\w-]+)+(/|$)", value.strip()):
        raise ValueError(f"{value!r} has no scheme: write https://{value.strip()}")
    raise ValueError(f"{value!r} is no address: write http://…, https://… or rsshub://route")


def _route(value: str, rest: str) -> str:
    route = rest.strip("/")
    if not route or not route.isprintable() or re.search(r"\s|#|(^|/)\.\.?(/|$)", route):
        raise ValueError(f"{value!r} is no RSSHub route: write it like rsshub://zaobao/realtime/china")
    return f"rsshub://{route}"


def apprise(value: str) -> str:
    """Return an address for the library apprise; it is not shown in errors, for it holds passwords."""
    if not re.match(r"[A-Za-z][\w+.-]*://\S", value.strip()):
        raise ValueError("is no address: write it as apprise has it, such as mailto://user:${PASSWORD}@example.org")
    return text(value)


def hook_address(value: str) -> str:
    """Return an http(s) address that is a secret by itself, as those of hooks are; errors do not show it."""
    try:
        return web_address(value)
    except ValueError:
        raise ValueError("is no address: write it like https://hooks.example.org/…") from None


def listening(value: str) -> str:
    """Return where to listen: an IP address, or the name of this machine."""
    if not re.fullmatch(r"[0-9A-Za-z:.%_-]{1,255}", value.strip()):
        raise ValueError(f"{value!r} is no address to listen at: write it like 127.0.0.1, 0.0.0.0 or ::1")
    return value.strip()


def host_name(value: str) -> str:
    """Return the name of a host, in lower case, as browsers send it (without a port)."""
    name = value.strip().lower()
    if not re.fullmatch(r"[0-9a-z_-]+(\.[0-9a-z_-]+)*|\[[0-9a-f:.]+\]", name):
        raise ValueError(f"{value!r} is no name of a host: write it like news.example.org, without a port")
    return name


def token(value: str) -> str:
    """Return a password that fits into a header; errors do not show it."""
    if not re.fullmatch(r"[\x21-\x7e]{8,200}", value.strip()):
        raise ValueError("must have 8 to 200 characters of ASCII, without blanks")
    return value.strip()


def web_address(value: str) -> str:
    """Return an http(s) address as it was written, once it is known to be one."""
    try:
        urls.canonical(value)
    except ParseError as e:
        raise ValueError(e.reason) from e
    return text(value)
