"""Charts of single materials: simulated against measured values, and each material's own learning curve.

Neither is drawn where a database of the task may not be redistributed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simworth.report.charts import CHARTS, ChartInput, Drawing
from simworth.report.svg import Frame, Scale, dot, element, figure, line, linear_scale, log_scale, path
from simworth.report.svg import words as text
from simworth.report.text import in_unit, named, pretty_unit, signed, with_unit
from simworth.valuation.classes import parity_of
from simworth.valuation.cube import errors_of
from simworth.valuation.words import count


@CHARTS.register("parity")
def parity(data: ChartInput) -> Drawing | None:
    """Scatter of simulated against measured values of the test materials, axes alike."""
    found = None if data.predictions is None or not data.fit.same_property else parity_of(data.predictions, least=1)
    if data.predictions is None or found is None:
        return None
    known = data.predictions.loc[np.isfinite(data.predictions["y_sim"]), ["item", "y_true", "y_sim"]]
    table = known.drop_duplicates().sort_values("item", ignore_index=True)
    frame = Frame.of(data.size)
    values = [*table["y_true"], *table["y_sim"]]
    x, y = linear_scale(values, frame.left, frame.right), linear_scale(values, frame.bottom, frame.top)
    suffix = f", {pretty_unit(data.unit)}" if data.unit else ""
    marks = [
        dot((x(true), y(simulated)), 3.5, "point", _tip(str(item), true, simulated, data.unit))
        for item, true, simulated in table.itertuples(index=False)
    ]
    svg = figure(
        *data.size,
        f"Simulated against measured {named(data.task)}",
        f"{found.materials} materials; the simulation is off by {with_unit(found.mae, data.unit)} on average.",
        data.name,
        "parity",
        frame.axes(x, y, f"measured{suffix}", f"simulated{suffix}", gap=(62, 46)),
        line((x(x.low), y(x.low)), (x(x.high), y(x.high)), "equal"),
        text("simulated = measured", frame.left + 34, frame.bottom - 10, "note"),
        *marks,
    )
    several = f", at {count(len(table))} values in all" if len(table) > found.materials else ""
    related = "" if found.correlation is None else f"; the correlation is {found.correlation:.2f}"
    caption = (
        f"{count(found.materials)} of the tested {data.words.whole} are both simulated and measured{several}. Taken at "
        f"face value, the simulation misses by {with_unit(found.mae, data.unit)} on average, its median bias is "
        f"{signed(found.bias, data.unit)}{related}."
    )
    return Drawing(svg, caption, "The simulation against the measurement")


def _tip(item: str, measured: float, simulated: float, unit: str) -> str:
    return f"{item}\nmeasured {with_unit(measured, unit)}\nsimulated {with_unit(simulated, unit)}"


@CHARTS.register("materials")
def materials(data: ChartInput) -> Drawing | None:
    """A line per measured material that was tested at every n, and their median."""
    if data.predictions is None:
        return None
    errors = errors_of(data.trials, data.predictions, data.task)
    table = errors.transfer.pivot_table(index="item", columns="n", values="error", aggfunc="mean").dropna()
    table = table[table.min(axis=1) > 0]
    if table.empty:
        return None
    frame = Frame.of(data.size)
    x = log_scale(errors.n.astype(float), frame.left, frame.right, pad=0.02)
    y = log_scale(np.quantile(table.to_numpy(), [0.005, 1.0]).tolist(), frame.bottom, frame.top)
    middle = [(x(float(n)), y(value)) for n, value in zip(errors.n, table.median(axis=0), strict=True)]
    said = (
        f"The error falls from the smallest to the largest n for {count((table.iloc[:, -1] < table.iloc[:, 0]).sum())} "
        f"of {count(len(table))}"
    )
    svg = figure(
        *data.size,
        f"Learning curves of single materials, {named(data.task)}",
        f"{said} materials.",
        data.name,
        "materials",
        frame.axes(x, y, data.n_title, f"absolute error{in_unit(data.unit)}, log scale"),
        element(
            "g",
            *(_one(str(item), row, data.unit, x, y) for item, row in table.iterrows()),
            stroke_opacity=f"{min(0.26, max(0.07, 18 / len(table))):.3f}",
        ),
        path(middle, "halo"),
        path(middle, "median"),
    )
    one = data.words.one
    caption = (
        f"One line per measured {one}, averaged over the trials that tested it; the thick line is the median. {said}."
    )
    return Drawing(svg, caption, f"{one[:1].upper()}{one[1:]} by {one}")


def _one(item: str, errors: pd.Series, unit: str, x: Scale, y: Scale) -> str:
    """`errors` by n."""
    tip = [item, *(f"n = {count(n)}: {with_unit(errors[n], unit)}" for n in (errors.index[0], errors.index[-1]))]
    points = [(x(float(n)), y.clamp(value)) for n, value in zip(errors.index, errors, strict=True)]
    return element("g", path(points, "one"), path(points, "hit-path", "\n".join(tip)), class_="material")
