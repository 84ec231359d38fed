"""Networks, their preprocessing and batched training of many trials at once."""

from typing import Final

ENGINE_VERSION: Final = 2
"""Raised whenever trained numbers change; a golden test asks for it. 2: a trial's bits do not depend on the trials
beside it; sides are drawn by database and property instead of by the task's name."""
