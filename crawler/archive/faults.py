"""What goes wrong with a store, of whatever library it comes: whether it is theirs, whether it passes, how to say it.

Rule: decides by what an error says of itself and by the names of its kinds; no library of a store is loaded for it.
"""

from __future__ import annotations

from ..errors import CrawlerError

#: Of botocore and aiohttp: there was no answer, or not all of one.
PASSING = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "botocore.exceptions.IncompleteReadError",
        "botocore.parsers.ResponseParserError",
    }
)
#: Statuses that may be others the next time, beside 500 and above: 409 is what S3 says to one of two writers.
PASSING_STATUSES = frozenset({408, 409, 429})
#: Codes that S3 sends with a status of 400, and that pass.
PASSING_CODES = frozenset({"RequestTimeout", "SlowDown"})
NEVER, PRECONDITION, NO_SUCH_RANGE = 501, 412, 416


def is_foreign(error: Exception) -> bool:
    """Tell whether an error is the store's or the system's, not a bug of ours."""
    if isinstance(error, CrawlerError):
        return False
    return isinstance(error, (OSError, ValueError, NotImplementedError)) or type(error).__module__ != "builtins"


def is_passing(error: Exception) -> bool:
    """Tell whether the same call may succeed a moment later."""
    if status := status_of(error):
        is_ours = status < 500 and status not in PASSING_STATUSES and code_of(error) not in PASSING_CODES
        return status != NEVER and not is_ours
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return isinstance(error, (TimeoutError, ConnectionError)) or bool(kinds & PASSING)


def status_of(error: BaseException) -> int:
    """Return the HTTP status that a store answered with; 0 where it did not."""
    status = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status if isinstance(status, int) else 0


def code_of(error: BaseException) -> str:
    """Return the word by which S3 says what is wrong, or ""."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def _response(error: BaseException) -> dict[str, dict[str, object]]:
    """Return the answer that an error of botocore holds, or the one that it was translated from."""
    for one in (error, error.__cause__):
        found = getattr(one, "response", None)
        if isinstance(found, dict):
            return found
    return {}


def reason(error: Exception) -> str:
    """Return one line about an error."""
    said = (error.strerror if isinstance(error, OSError) else "") or " ".join(str(error).split())
    if isinstance(error, TimeoutError) and not said:
        return "no answer in time"
    return said or type(error).__name__
