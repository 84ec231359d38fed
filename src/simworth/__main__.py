"""`simworth` and `python -m simworth`."""

import sys

from simworth.cli import main


def run() -> None:
    """Entry point of the installed command."""
    sys.exit(main())


if __name__ == "__main__":
    run()
