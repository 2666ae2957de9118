"""Who may do what: the token, a session of who showed it, and the marks of forms that we sent ourselves. Pure.

A session is a date and a signature with the token: it outlives restarts, and ends when the token is changed. A form's
mark is a signature of the visitor's own cookie with a secret of this process (the signed double submit of OWASP's
CSRF sheet): no other site can read the cookie, nor make the mark.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

#: How long who logged in stays so.
LASTS = timedelta(days=30)
SESSION = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})")
#: A visitor's cookie.
VISITOR = re.compile(r"[0-9a-f]{32}")


def is_token(given: str, token: str) -> bool:
    """Compare without telling by the time it takes where they differ."""
    return hmac.compare_digest(_digest(given), _digest(token))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def shown_token(authorization: str) -> str:
    """Return the token that a request's header carries: as Bearer, or as the password of Basic; "" for none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def begin(token: str, now: datetime) -> str:
    """Return the session of who showed the token."""
    ends = int((now + LASTS).timestamp())
    return f"{ends}.{_sign(token, f'session {ends}')}"


def is_open(session: str, token: str, now: datetime) -> bool:
    """Tell whether a session is one of ours that lasts."""
    found = SESSION.fullmatch(session)
    if found is None or not hmac.compare_digest(found[2], _sign(token, f"session {int(found[1])}")):
        return False
    return now < datetime.fromtimestamp(int(found[1]), UTC)


def mark(secret: str, visitor: str) -> str:
    """Return the mark of the forms that a visitor gets."""
    return _sign(secret, f"form {visitor}")


def is_ours(given: str, secret: str, visitor: str) -> bool:
    """Tell whether a form that came back is one that we sent to this visitor."""
    return VISITOR.fullmatch(visitor) is not None and hmac.compare_digest(
        _digest(given), _digest(mark(secret, visitor))
    )


def _sign(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
