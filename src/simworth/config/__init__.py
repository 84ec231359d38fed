"""Settings: params.yaml as frozen, validated records."""

from simworth.config.backtests import BacktestSettings
from simworth.config.load import backtest_of, load_settings, settings_from, settings_with
from simworth.config.sections import (
    Adaptive,
    Database,
    FitOptions,
    Grid,
    Property,
    Settings,
    Side,
    SurfaceGrid,
    Target,
    Task,
    Tracking,
    Training,
)

__all__ = [
    "Adaptive", "BacktestSettings", "Database", "FitOptions", "Grid", "Property", "Settings", "Side",
    "SurfaceGrid", "Target", "Task", "Tracking", "Training", "backtest_of", "load_settings", "settings_from",
    "settings_with",
]  # fmt: skip
