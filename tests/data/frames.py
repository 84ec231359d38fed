"""Tables as PolyOmics and Starrydata write them, made small."""

from __future__ import annotations

import json

import pandas as pd


def polyomics_frame(smiles: list[str]) -> pd.DataFrame:
    """One run per repeat unit as PolyOmics writes it."""
    number = pd.Series(range(len(smiles)))
    return pd.DataFrame(
        {
            "UUID": [f"u{one}" for one in number],
            "monomer_ID": number,
            "smiles_list": smiles,
            "smiles_1": smiles,
            "smiles_2": "",
            "smiles_3": "",
            "smiles_4": "",
            "copoly_ratio_list": 1,
            "copoly_type": "random",
            "tacticity": "atactic",
            "temp": 300.0,
            "press": 1.0,
            "forcefield": "GAFF2_mod",
            "RadonPy_ver": "0.2.10",
            "preset_tc_ver": "0.1.3",
            "density": 0.9 + number % 997 / 1000,
            "Cp": 1500.0 + number % 997,
            "refractive_index": 1.4 + number % 997 / 2000,
            "thermal_conductivity": 0.2 + number % 997 / 2000,
            "check_eq": True,
            "check_tc": True,
            "polymer_class": 1 + number % 21,
            "remarks": "",
        }
    )


FORMULAS = {"Bi2Te2.7Se0.3": "Bi20Se3Te27", "PbTe": "PbTe", "(Zn0.99Cd0.01)4Sb3": "CdSb75Zn99", " ZrNiSn": "NiSnZr"}
"""composition as written -> canonical"""


CURVES = {
    "Thermal conductivity": ("W*m^(-1)*K^(-1)", [1.0, 2.0, 3.0], 1.5),
    "Electrical resistivity": ("ohm*m", [1e-5, 3e-5, 5e-5], 1 / 2e-5),
    "Electrical conductivity": ("S*m^(-1)", [1e4, 2e4, 4e4], 1.5e4),
    "Seebeck coefficient": ("V*K^(-1)", [1e-5, 2e-5, 3e-5], None),
}
"""prop_y -> unit, y over 250, 350, 450 K, and the conductivity at 300 K"""


def curves_frames(quoted: bool, figure_name: bool) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict]:
    """Curves, samples and papers of a few samples, and what must come out."""
    curves, samples, expected = [], [], {}
    for number, (written, formula) in enumerate(FORMULAS.items()):
        samples.append({"SID": number, "DOI": "10.1/x", "composition": written, "sample_id": 7, "sample_info": "{}"})
        for figure, (prop, (unit, values, at)) in enumerate(CURVES.items()):
            if at is not None:
                name = "thermal_conductivity_inorganic" if prop.startswith("Thermal") else "electrical_conductivity"
                expected.setdefault((formula, name), []).append(at)
            lists = [[str(one) for one in array] if quoted else array for array in ([250.0, 350.0, 450.0], values)]
            row = {"SID": number, "DOI": "10.1/x", "composition": written, "sample_id": 7, "figure_id": figure}
            row |= {"figure_name": "1a"} if figure_name else {}
            row |= {"prop_x": "Temperature", "prop_y": prop, "unit_x": "K", "unit_y": unit, "x": json.dumps(lists[0])}
            curves.append(row | {"y": json.dumps(lists[1]), "project_names": '["a"]', "comments": ""})
    papers = pd.DataFrame({"SID": range(len(FORMULAS)), "DOI": "10.1/x", "title": "A, B"})
    return pd.DataFrame(curves), pd.DataFrame(samples), papers, {key: sorted(one) for key, one in expected.items()}
