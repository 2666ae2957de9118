"""aiohttp, loaded without the world's certificates.

At its import aiohttp loads those that the system trusts, for who names none of his own; we always do (`web`), and to
load them takes a tenth of a run that finds nothing new. Imported first of all in this room.
"""

from __future__ import annotations

import os

#: Where OpenSSL looks for certificates (SSL_CTX_set_default_verify_paths(3)).
PLACES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

before = {name: os.environ.get(name) for name in PLACES}
os.environ.update(dict.fromkeys(PLACES, os.devnull))
try:
    import aiohttp
finally:
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value

__all__ = ["aiohttp"]
