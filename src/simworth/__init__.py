"""SimWorth: what a database of simulations is worth for predicting the real world."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("simworth")
except PackageNotFoundError:  # the source tree, not installed
    __version__ = "0+unknown"
