"""The command line, with the state of a training kept after every epoch instead of every minute."""

from simworth.cli import main
from simworth.sweep import checkpoint

if __name__ == "__main__":
    checkpoint.EVERY = 0.0  # type: ignore[misc]
    checkpoint._SHARE = float("inf")  # type: ignore[misc]
    main()
