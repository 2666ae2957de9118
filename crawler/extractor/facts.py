"""What is known of one page's article beside its body. Rule: data; who reads it from where is `metadata`'s business."""

from __future__ import annotations

from dataclasses import dataclass

from ..moments import Stamp


@dataclass(frozen=True, slots=True)
class Facts:
    """What one page says about its article; anything may be empty."""

    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""  #: the house's name where it stands in the author's place
    signed: tuple[str, ...] = ()  #: people named near the headline, or in the first or last line of the text
    published: Stamp | None = None
    updated: Stamp | None = None
    shown: Stamp | None = None  #: printed on the page, in no machine's words; last of all, named by the address
    canonical: str = ""
    language: str = ""
    image: str = ""
    description: str = ""
    body: str = ""  #: JSON-LD articleBody, plain text or HTML
