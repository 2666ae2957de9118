"""Archive news feeds as Markdown posts: every article once, in full, for good."""

__version__ = "0.1.0"
