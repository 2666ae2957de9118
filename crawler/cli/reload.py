"""The configuration as `serve` heeds it: read anew at SIGHUP, and when its file has changed.

Rule: a bad file changes nothing but the log; what was good goes on. Archive and state are those of the start.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

from ..config import Config
from ..errors import ConfigError
from ..slices import Shop
from ..wording import counted
from .common import read_config
from .shop import renewed

log = logging.getLogger(__name__)

#: Time of the last change, size and number of a file, by which a change is noticed.
Stamp = tuple[int, int, int]


class Reload:
    """Reads the configuration anew when it is due.

    Args:
        config: as it was read at the start.
    """

    def __init__(self, config: Config) -> None:
        self.config = config  #: as it is heeded now
        self._stamps = stamps(config)
        self._is_asked = False

    def ask(self) -> None:
        """Have it read at the next look, changed or not."""
        self._is_asked = True

    @property
    def is_due(self) -> bool:
        """Tell whether somebody asked for it, or the file or a template it names has changed."""
        now = stamps(self.config)
        return self._is_asked or (now != self._stamps and None not in now)

    async def renew(self, shop: Shop) -> Shop:
        """Return the parts to go on with: the same ones, unless a new configuration is there and good."""
        shop.wake.clear()
        if not self.is_due:
            return shop
        before, self._is_asked, self._stamps = self.config, False, stamps(self.config)
        try:
            config = read_config(before.path)
        except ConfigError as e:
            log.error("the configuration stays as it was, for the new one is faulty: %s", e)  # noqa: TRY400 - no bug
            return shop
        self.config = kept(before, config)
        self._stamps = (self._stamps[0], *stamps(self.config)[1:])  # it may name other templates
        log.info("the configuration was read anew: %s", counted(len(config.sources), "source"))
        return renewed(shop, before, self.config)


def kept(before: Config, config: Config) -> Config:
    """Return a new configuration with the parts of the old one that only a start can change, and say so."""
    stays = [
        key
        for key, field in (("archive", "place"), ("state", "state"))
        if getattr(config, field) != getattr(before, field)
    ]
    private = before.limits.allow_private_networks
    if config.limits.allow_private_networks != private:
        stays.append("fetch.allow_private_networks")
    serve = replace(config.serve, host=before.serve.host, port=before.serve.port)
    stays += ["serve.host, serve.port"] if serve != config.serve else []
    if stays:
        log.warning("%s: heeded at the next start only", ", ".join(stays))
    limits = replace(config.limits, allow_private_networks=private)  # for `notify`, too
    return replace(config, archive=before.archive, store=before.store, state=before.state, limits=limits, serve=serve)


def stamps(config: Config) -> tuple[Stamp | None, ...]:
    """Return the stamps of the file and of the templates that it names."""
    return tuple(map(stamp, (config.path, *config.templates)))


def stamp(path: Path) -> Stamp | None:
    """Return by what a change of a file is noticed; None where it is not there, as while an editor replaces it."""
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
