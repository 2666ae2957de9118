"""`python -m crawler`."""

from .cli import main

main()
