"""The command line, with the state of a training kept after every epoch instead of every minute."""

from simworth.cli import main
from simworth.sweep import saved

if __name__ == "__main__":
    saved.EVERY = 0.0  # type: ignore[misc]
    saved._SHARE = float("inf")  # type: ignore[misc]
    main()
