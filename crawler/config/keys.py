"""The table of keys: what may stand in config.yaml, how it reads, what it is when it is absent, what it means.

One row a key. Reading, error messages and the reference in the documentation come from these rows and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from . import parse
from .every import every

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the configuration."""

    name: str  #: as written in config.yaml
    parse: Callable[[str], Any]  #: of the value, or of each part of a list; raises ValueError
    default: str | tuple[str, ...] | None  #: as one would write it; a tuple for lists; None where one must be given
    doc: str  #: one line
    field: str = ""  #: where the value goes, when that is not `name`
    blank: bool = False  #: whether "" is a value of its own

    @property
    def is_list(self) -> bool:
        """Tell whether the value is a list of scalars."""
        return isinstance(self.default, tuple)

    @property
    def target(self) -> str:
        """Return the name of the field that takes the value."""
        return self.field or self.name


TOP = (
    Key(
        "archive",
        parse.archive,
        "archive",
        "Folder of the posts, relative to config.yaml; or an object store: s3://BUCKET/PREFIX.",
    ),
    Key(
        "state",
        parse.database,
        "",
        "Database of what is known and owed: sqlite:///PATH, by default in the archive, or postgresql://HOST/DATABASE.",
    ),
    Key(
        "user_agent_contact",
        parse.contact,
        "no contact given",
        "Address that the owners of sites find in the User-Agent: a page or an e-mail.",
    ),
    Key(
        "rsshub",
        parse.instance,
        ("https://rsshub.app",),
        "RSSHub instances for rsshub:// sources, the healthiest asked first.",
    ),
    Key(
        "wayback", parse.instance, "https://web.archive.org", "The Wayback Machine that a backfill asks for old copies."
    ),
    Key(
        "site_rules",
        parse.folder,
        "",
        "Folder of site rules of your own: FiveFilters' site config files, rows of YAML.",
    ),
    Key("search", parse.index, "", "File of the search index, by default beside the state; off: there is none."),
)

FETCH = (
    Key(
        "timeout",
        parse.duration(timedelta(milliseconds=1), HOUR),
        "20s",
        "Total time for one request, redirects included.",
    ),
    Key(
        "max_page", parse.size(1_000, 1024**3), "15MB", "Most bytes of one document, unpacked.", field="max_page_bytes"
    ),
    Key("max_image", parse.size(1_000, 1024**3), "10MB", "Most bytes of one picture.", field="max_image_bytes"),
    Key(
        "per_host_delay",
        parse.duration(high=HOUR),
        "1s",
        "Pause between two requests to one host.",
        field="host_delay",
    ),
    Key("per_host_connections", parse.number(1, 16), "1", "Requests to one host at a time.", field="host_connections"),
    Key("concurrency", parse.number(1, 1024), "64", "Requests to all hosts at a time."),
    Key("robots", parse.boolean, "true", "Whether robots.txt is obeyed for article pages."),
    Key(
        "allow_private_networks",
        parse.boolean,
        "false",
        "Whether addresses of the own network and machine may be fetched.",
    ),
    Key(
        "retry_after_scope",
        parse.choice("host", "site", "route"),
        "host",
        "What a server's Retry-After silences: its host, its site (the registrable domain), or one RSSHub route.",
    ),
)

#: At most one of the first three.
NOTIFY = (
    Key("command", parse.text, (), "Program and arguments; gets the message as JSON on its standard input."),
    Key("webhook", parse.hook_address, "", "Address that gets the message as a POST of JSON.", blank=True),
    Key("apprise", parse.apprise, "", "Address in the spelling of the library apprise, an extra.", blank=True),
    Key("ping", parse.hook_address, "", "Address to GET after each run that did its work.", blank=True),
)

SERVE = (
    Key("host", parse.listening, "127.0.0.1", "Where the web face listens: this machine only, or 0.0.0.0 for all."),
    Key("port", parse.number(0, 65535), "8080", "Its port; 0 for no web face."),
    Key("token", parse.token, "", "Password of the web face, at least 8 characters: ${CRAWLER_TOKEN}.", blank=True),
    Key("admin", parse.boolean, "false", "Whether sources can be polled and paused there without a token."),
    Key("images", parse.boolean, "false", "Whether it shows pictures from other sites, which learn of that."),
    Key("hosts", parse.host_name, (), "Names by which it may be addressed, as by a proxy before it."),
)

PUBLISH = (
    Key("git", parse.boolean, "false", "Whether the archive is committed after a run that filed something."),
    Key("push", parse.boolean, "true", "Whether the commit is pushed."),
    Key("remote", parse.git_name, "origin", "Where to."),
    Key("branch", parse.git_name, "", "Branch that the repository must be on; by default any.", blank=True),
)

#: What may stand under `tags` and `categories` in place of a list; `map` holds words of the feed's with ours.
LABELS = (
    Key("names", parse.text, (), "As in the list; for tags by default the name."),
    Key(
        "from_feed",
        parse.boolean,
        "false",
        "Whether all categories of the feed are added; else those in `map`.",
    ),
    Key("map", parse.text, "", "Word of the feed to yours; one that is mapped to nothing is left out.", blank=True),
)

#: May stand under `defaults` or at a source.
SHARED = (
    Key(
        "every",
        every,
        "15m",
        'Least time between two polls (20s, 15m, 1h30m, 3d), a cron expression ("*/10 6-22 * * *"), or auto.',
    ),
    Key(
        "content",
        parse.choice("best", "page", "feed"),
        "best",
        "Where the text comes from: best (page, or feed where that is gone or poorer), page, feed.",
    ),
    Key("body", parse.choice("markdown", "html"), "markdown", "What stands inside the post: markdown or html."),
    Key(
        "format",
        parse.choice("jekyll", "hugo", "obsidian", "template"),
        "jekyll",
        "The kind of post: jekyll, hugo, obsidian, or template, one of your own.",
    ),
    Key("template", parse.text, "", "File of that template, relative to config.yaml.", blank=True),
    Key(
        "path",
        parse.template,
        "_posts/{date}-{title}.md",
        "Name of a post; of {date}, {year}, {month}, {day}, {title}, {source}; hugo and obsidian have their own.",
    ),
    Key(
        "timezone",
        parse.timezone,
        "UTC",
        "For the date in names, cron expressions, and a list's times without a zone; times in posts are UTC.",
    ),
    Key(
        "images",
        parse.choice("link", "download", "lead"),
        "link",
        "What becomes of pictures: link (they stay where they are), download (into the archive), lead (the first one).",
    ),
    Key(
        "image_links",
        parse.choice("relative", "root"),
        "",
        "How posts name pictures of the archive: relative (to the post) or root (of the site), as hugo has it.",
    ),
    Key("stale_after", parse.duration(MINUTE, 3660 * DAY), "3d", "Silence after which a source is called stale."),
    Key(
        "extras",
        parse.choice("updated", "lang", "image", "description", "feed", "words", "archived"),
        (),
        "Further keys of a post, where known: updated, lang, image, description, feed, words, archived.",
    ),
    Key(
        "recheck",
        parse.duration(MINUTE, 3660 * DAY),
        (),
        "Ages at which an article is asked for again, as it may have changed: 1h, 1d, 7d.",
    ),
    Key(
        "keep_revisions",
        parse.boolean,
        "false",
        "Whether the text that a changed article replaces is kept, in `.revisions` of the archive.",
    ),
    Key("tags", parse.text, (), "Tags of the posts, by default the name; or a mapping, see below."),
    Key("categories", parse.text, (), "Categories of the posts, after the name; or a mapping, see below."),
    Key("time_offset", parse.duration(-DAY, DAY), "0", "Added to the feed's times; -8h where it calls UTC+8 UTC."),
    Key("include", parse.pattern, (), "Regular expressions on title, url, category, author: one must match."),
    Key("exclude", parse.pattern, (), "The same: none may match."),
    Key("body_selector", parse.selector, "", "CSS or XPath of the article's body.", blank=True),
    Key("remove", parse.selector, (), "CSS or XPath of what does not belong in the body."),
)

SOURCE = (
    Key("name", parse.text, None, "For people; several sources may share one."),
    Key("url", parse.source_address, None, "http://…, https://… or rsshub://route."),
    Key(
        "kind",
        parse.choice("feed", "list", "json", "sitemap"),
        "feed",
        "What the address answers with: feed, list (a page of links), json (any JSON), sitemap.",
    ),
    Key(
        "item",
        parse.text,
        "",
        "CSS or XPath of an entry in a list; dotted path of a JSON's list of entries.",
        blank=True,
    ),
    Key(
        "link",
        parse.text,
        "",
        "Of the article's link inside an entry, by default the first; dotted path in JSON, or a template: https://example.org/{id}.",
        blank=True,
    ),
    Key(
        "title",
        parse.text,
        "",
        "Of the title inside an entry, by default the link's text; dotted path in JSON.",
        blank=True,
    ),
    Key(
        "date",
        parse.text,
        "",
        "Of the time inside an entry, by default what looks like one; dotted path in JSON.",
        blank=True,
    ),
    Key(
        "pages",
        parse.text,
        "",
        "Address of the list's older pages, with {n} (2, 3, …) or {date} ({date:%Y%m%d}); for backfill.",
        blank=True,
    ),
    Key(
        "next",
        parse.text,
        "",
        "CSS or XPath of the link to the list's next older page, dotted path in JSON; for backfill.",
        field="next_page",
        blank=True,
    ),
    Key(
        "opml",
        parse.attribute,
        (),
        "Further attributes of its outline in OPML (htmlUrl=https://…): kept by `import`, written by `export`.",
    ),
    Key(
        "article_url",
        parse.pattern,
        "",
        "Regular expression that addresses of articles match, in lists and sitemaps, and in a backfill.",
        blank=True,
    ),
    *SHARED,
)

#: Keys of the top level that hold more keys.
SECTIONS = {
    "fetch": FETCH,
    "notify": NOTIFY,
    "serve": SERVE,
    "publish": PUBLISH,
    "defaults": SHARED,
    "sources": SOURCE,
}


def belongs(name: str) -> str:
    """Return where a key belongs, in words to follow the fault that it is elsewhere; "" for one that is unknown."""
    if name in SECTIONS or any(key.name == name for key in TOP):
        return " (it belongs to the top level)"
    if any(key.name == name for key in SHARED):
        return " (it belongs under `defaults`, or to a source)"
    if any(key.name == name for key in SOURCE):
        return " (it belongs to a source)"
    place = next((section for section, keys in SECTIONS.items() if any(key.name == name for key in keys)), "")
    return f" (it belongs under `{place}`)" if place else ""


#: Environment variable → key of the top level that it overrides.
ENVIRONMENT = {f"CRAWLER_{key.name.upper()}": key for key in TOP if not key.is_list}
