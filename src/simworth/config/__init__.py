"""Settings: params.yaml as frozen, validated records."""

from simworth.config.load import backtest_of, load_settings, settings_from, settings_with
from simworth.config.sections import (
    Adaptive,
    BacktestSettings,
    Database,
    FitOptions,
    Grid,
    Property,
    Settings,
    SurfaceGrid,
    Task,
    Tracking,
)
from simworth.config.sides import IN_TURN, POOLED, Side, Source, Target
from simworth.config.training import Annealing, Training

__all__ = [
    "IN_TURN", "POOLED", "Adaptive", "Annealing", "BacktestSettings", "Database", "FitOptions", "Grid", "Property",
    "Settings", "Side", "Source", "SurfaceGrid", "Target", "Task", "Tracking", "Training", "backtest_of",
    "load_settings", "settings_from", "settings_with",
]  # fmt: skip
