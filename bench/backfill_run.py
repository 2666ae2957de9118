"""The crawler's part of `bench.backfill`: the command, with names that lead to the bench's own server."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.backfill_site import HOST, MACHINE
from crawler.cli import backfill
from crawler.cli.common import read_config, set_up_logging
from crawler.past import Asked


def main(arguments: Sequence[str]) -> int:
    """Work the past of the only source.

    Args:
        arguments: the folder with config.yaml and urls.txt, the method, the server's port.
    """
    folder, method, port = Path(arguments[0]), arguments[1], int(arguments[2])
    set_up_logging(0, False, "text")
    config = read_config(folder / "config.yaml")
    named = method == "urls"
    methods = backfill.methods_of(None if named else method, is_named=named, is_dead=False)  # type: ignore[arg-type]
    pins = dict.fromkeys((HOST, MACHINE), ("127.0.0.1", port))
    with backfill.opened(folder / "urls.txt" if named else None) as lines:
        deed = backfill.Deed(config.sources, (Asked(methods),), None, False, lines)
        return backfill.done(config, deed, connect_to=pins)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
