"""Which trained networks MLflow keeps."""

from __future__ import annotations

import pytest

from tests.tracking.asked import Publish, client, runs
from tests.tracking.made import M, Project, keep_units


@pytest.mark.parametrize(("mode", "kept"), [("auto", "3 trials"), ("all", "3 trials"), ("best", "trial 0, the best")])
def test_models_are_kept_as_told(made: Project, publish: Publish, mode: str, kept: str) -> None:
    from safetensors.numpy import load_file

    weights = keep_units(made, "density")
    with (made.root / "params.yaml").open("a") as file:
        file.write(f"tracking: {{models: {mode}}}\n")
    publish(made)
    (run,) = runs(made, "density", "params.n = '300'")
    assert run.data.tags["simworth.models"] == kept
    path = client(made).download_artifacts(run.info.run_id, f"models/transfer-n300-m{M}.safetensors")
    rows = [0] if mode == "best" else [0, 2, 3]  # trial 1 failed
    expected = weights[f"density-transfer-300-{M}-0"]["output.weight"][rows]
    assert (load_file(path)["output.weight"] == expected).all()
    (other,) = runs(made, "refractive_index", "params.n = '300'")
    assert other.data.tags["simworth.models"].startswith("none: the weights are not in this machine's store")


def test_auto_keeps_the_best_where_all_would_be_too_much(
    made: Project, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_units(made, "density")
    monkeypatch.setattr("simworth.tracking.sizes.AUTO_BYTES", 15 * 28 - 1)  # 15 trials of 7 floats
    publish(made)
    assert {run.data.tags["simworth.models"] for run in runs(made, "density", "params.learning != ''")} == {
        "trial 0, the best"
    }


def test_weights_are_added_where_more_are_wanted_later(made: Project, publish: Publish) -> None:
    """`tracking.models` grows from best to all, then shrinks; and weights that were not here arrive."""
    from safetensors.numpy import load_file

    params = (made.root / "params.yaml").read_text()
    keep_units(made, "density")
    for mode, kept in (("best", "trial 0, the best"), ("all", "3 trials"), ("best", "3 trials")):
        (made.root / "params.yaml").write_text(f"{params}tracking: {{models: {mode}}}\n")
        publish(made)
        (run,) = runs(made, "density", "params.n = '300'")
        assert run.data.tags["simworth.models"] == kept
        (other,) = runs(made, "refractive_index", "params.n = '300'")
        assert other.data.tags["simworth.models"].startswith("none")
    keep_units(made, "refractive_index")
    (made.root / "params.yaml").write_text(f"{params}tracking: {{models: all}}\n")
    publish(made)
    (other,) = runs(made, "refractive_index", "params.n = '300'")
    assert other.data.tags["simworth.models"] == "3 trials"
    for one in (run, other):
        path = client(made).download_artifacts(one.info.run_id, f"models/transfer-n300-m{M}.safetensors")
        assert load_file(path)["output.weight"].shape[0] == 3
