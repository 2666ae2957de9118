"""The section `publish`: whether and where git takes the archive.

Rule: as in `read`: what is wrong is noted beside the other faults of the file, and not raised.
"""

from __future__ import annotations

from ..model import Publish
from .keys import PUBLISH
from .read import Fields, Reading


def read_publish(reading: Reading, top: Fields) -> Publish:
    """Return the section's values; faults are noted with `reading`."""
    if "publish" not in top:
        return Publish()
    fields = reading.mapping(top["publish"], "publish", [key.name for key in PUBLISH])
    return Publish(**reading.values(fields, PUBLISH, "publish"))
