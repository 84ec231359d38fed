"""The tasks that docs/ offers are settings that load."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from simworth.config import settings_from

ROOT = Path(__file__).parents[2]


def test_offered_tasks_fit_the_projects_databases() -> None:
    read = YAML(typ="safe")
    params, more = (read.load((ROOT / name).read_text()) for name in ("params.yaml", "docs/more-tasks.yaml"))
    settings = settings_from(params | {"tasks": params["tasks"] | more}, "params.yaml with docs/more-tasks.yaml")
    assert settings.tasks["chi"].learning == "multitask"
    assert settings.tasks["electrical_conductivity"].source.property == "thermal_conductivity_inorganic"
