"""Settings: params.yaml as frozen, validated records."""

from simworth.config.load import load_settings, settings_from, settings_with
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
    "Adaptive", "Database", "FitOptions", "Grid", "Property", "Settings", "Side", "SurfaceGrid", "Target", "Task",
    "Tracking", "Training", "load_settings", "settings_from", "settings_with",
]  # fmt: skip
