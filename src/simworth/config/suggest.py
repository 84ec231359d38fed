"""Did you mean ...? Kept for those who look for it beside the settings."""

from simworth.errors import did_you_mean

__all__ = ["did_you_mean"]
