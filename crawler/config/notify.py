"""The section `notify`: whom to tell, by which one way.

Rule: as in `read`: what is wrong is noted beside the other faults of the file, and not raised.
"""

from __future__ import annotations

from importlib.util import find_spec

from ..model import Notify
from .keys import NOTIFY
from .read import Fields, Reading

WAYS = ("command", "webhook", "apprise")


def read_notify(reading: Reading, top: Fields) -> Notify:
    """Return the section's values; faults are noted with `reading`."""
    if "notify" not in top:
        return Notify()
    fields = reading.mapping(top["notify"], "notify", [key.name for key in NOTIFY])
    values = reading.values(fields, NOTIFY, "notify")
    given = [way for way in WAYS if values.get(way)]
    if len(given) > 1:
        reading.fault("notify", f"gives {' and '.join(given)}: choose one of {', '.join(WAYS)}", top["notify"])
    if values.get("apprise") and find_spec("apprise") is None:
        text = "needs the library apprise, which is not installed: pip install 'crawler[notify]'"
        reading.fault("notify.apprise", text, fields["apprise"])
    return Notify(**values)
