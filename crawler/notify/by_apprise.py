"""The process that talks to apprise: `python -m crawler.notify.by_apprise`, with the message as JSON on its input.

A process of its own, since the library knows no deadline in all and loads for half a second; the address comes by the
input, since arguments can be read by everybody on the machine.
"""

from __future__ import annotations

import json
import sys


def main() -> int:
    """Send one message; returns the exit code: 0 when every service took it."""
    import apprise

    said = json.load(sys.stdin)
    sender = apprise.Apprise()
    if not sender.add(said["url"]):
        print("notify.apprise: not an address that apprise knows", file=sys.stderr)
        return 2
    return 0 if sender.notify(title=said["title"], body=said["body"]) else 1


if __name__ == "__main__":
    sys.exit(main())
