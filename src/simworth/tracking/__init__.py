"""MLflow: what is sent, what has been sent, and the one module that talks to it."""

from typing import Final

RUN_FORMAT: Final = 4
"""raised when runs get other parameters, metrics or tags, so that finished tasks are looked at again"""
