"""Content codings undone within bounds: identity, gzip, deflate.

Rule: never more than the cap in memory, whatever the compressed bytes promise; a body is whole only when its
compressed stream says so. Pure: bytes in, bytes out.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from .errors import FetchError, TooLarge
from .model import Page

GZIP_MAGIC = b"\x1f\x8b"
GZIP_CODINGS = frozenset({"gzip", "x-gzip"})
#: Incompressible bytes grow when compressed: 5 in each 16 KiB (RFC 1951 §3.2.4), and headers; one in 64 is plenty.
OVERHEAD_SHARE, OVERHEAD_BYTES = 64, 1024
#: zlib's window argument: 15 bits of window, +16 expects a gzip header, negative expects no header at all.
GZIP, ZLIB, RAW = 15 + 16, 15, -15


def size_text(count: int) -> str:
    """Return a number of bytes for people: 15000000 → "15 MB"."""
    return f"{count / 1e6:.3g} MB"


def opened(page: Page) -> Page:
    """Return a page with its content coding undone.

    Raises:
        FetchError: as `Body`; with the page's status, for an answer did come.
    """
    if page.coding == "":
        return page
    body = Body(page.coding, page.cap_bytes)
    try:
        body.feed(page.body)
        return replace(page, body=body.finish(), coding="")
    except FetchError as e:
        e.status = page.status
        raise


class Packed:
    """Collects one body as it was sent, to be opened by who reads it.

    Args:
        coding: the Content-Encoding header.
        cap: most bytes that it may have when its coding is undone.

    Raises:
        FetchError: the coding is none that we offered or know (not passing).
    """

    def __init__(self, coding: str, cap: int) -> None:
        Body(coding, cap)
        self._most = most_packed(cap)
        self._chunks: list[bytes] = []
        self._received = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as received.

        Raises:
            TooLarge: no body within the cap is so long.
        """
        self._received += len(chunk)
        if self._received > self._most:
            raise TooLarge(f"over {size_text(self._most)}", passing=False)
        self._chunks.append(chunk)

    def finish(self) -> bytes:
        """Return all of it; whether it is whole, `opened` says."""
        return b"".join(self._chunks)


def most_packed(cap: int) -> int:
    """Return how many bytes a body of at most `cap` bytes may have under a coding."""
    return cap + cap // OVERHEAD_SHARE + OVERHEAD_BYTES


class Body:
    """Collects one body, undoing its coding.

    Args:
        coding: the Content-Encoding header, "" for none.
        cap: most bytes to hold, decoded.

    Raises:
        FetchError: the coding is none that we offered or know (not passing).
    """

    def __init__(self, coding: str, cap: int) -> None:
        self._coding = ", ".join(c for c in (part.strip() for part in coding.lower().split(",")) if c != "identity")
        if self._coding not in ("", "deflate", *GZIP_CODINGS):
            raise FetchError(f"content coding not asked for: {coding[:40]}", passing=False)
        self._cap = cap
        self._received = 0
        self._held = b""  # bytes that do not yet tell what they begin
        self._stream: zlib._Decompress | None = None
        self._members = 0  # gzip members that came to their end
        self.data = bytearray()  #: decoded so far; never over the cap

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes as received.

        Raises:
            TooLarge: the body goes over the cap; `data` holds its beginning, full to the cap.
            FetchError: the bytes are not of that coding.
        """
        self._received += len(chunk)
        if self._coding == "":
            self._keep(chunk)
        elif self._received > most_packed(self._cap):
            # Empty blocks and members inflate to nothing, for ever.
            raise TooLarge(f"over {size_text(self._cap)}", passing=False)
        else:
            self._inflate(chunk)

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            FetchError: the compressed stream lacks its end mark (passing).
        """
        is_whole = self._stream is None and (self._members > 0 or not self._held)
        if not is_whole:
            raise FetchError("body ended early")
        return bytes(self.data)

    def _keep(self, chunk: bytes) -> None:
        room = self._cap - len(self.data)
        self.data += chunk[:room]
        if len(chunk) > room:
            raise TooLarge(f"over {size_text(self._cap)}", passing=False)

    def _inflate(self, chunk: bytes) -> None:
        chunk, self._held = self._held + chunk, b""
        while chunk:
            if self._stream is None and not self._begin(chunk):
                return
            chunk = self._step(chunk)

    def _begin(self, chunk: bytes) -> bool:
        """Open the next stream, unless what comes is too short to tell or mere padding after the last."""
        if len(chunk) < len(GZIP_MAGIC):
            self._held = chunk
            return False
        if self._members and (self._coding == "deflate" or not chunk.startswith(GZIP_MAGIC)):
            return False  # zeros or rubbish behind a whole body are ignored, as browsers do
        self._stream = zlib.decompressobj(self._window(chunk))
        return True

    def _window(self, chunk: bytes) -> int:
        if self._coding in GZIP_CODINGS:
            return GZIP
        # RFC 9110 §8.4.1.2: "deflate" means zlib's format, yet some servers send the bare stream.
        has_header = chunk[0] & 0x0F == 8 and (chunk[0] << 8 | chunk[1]) % 31 == 0
        return ZLIB if has_header else RAW

    def _step(self, chunk: bytes) -> bytes:
        """Inflate into the room left, one byte more at most; return what follows the end of the stream."""
        stream = self._stream
        assert stream is not None  # noqa: S101 - `_begin` opened it
        try:
            self._keep(stream.decompress(chunk, self._cap - len(self.data) + 1))
        except zlib.error as e:
            raise FetchError(f"body is not valid {self._coding}") from e
        if not stream.eof:
            return b""
        self._stream = None
        self._members += 1
        return stream.unused_data
