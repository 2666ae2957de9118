"""The section `serve`: the web face, where it listens and who may do what.

Rule: as in `read`: what is wrong is noted beside the other faults of the file, and not raised.
"""

from __future__ import annotations

from ..model import Serve
from .keys import SERVE
from .read import Fields, Reading


def read_serve(reading: Reading, top: Fields) -> Serve:
    """Return the section's values; faults are noted with `reading`."""
    if "serve" not in top:
        return Serve()
    fields = reading.mapping(top["serve"], "serve", [key.name for key in SERVE])
    serve = Serve(**reading.values(fields, SERVE, "serve"), is_configured=True)
    if serve.admin and not (serve.is_local or serve.token):
        reading.fault("serve.admin", f"needs a token where others reach it, as at {serve.host}", fields["admin"])
    return serve
