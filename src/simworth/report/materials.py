"""Charts of single materials: simulated against measured values, and each material's own learning curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simworth.report.svg import Frame, Scale, dot, element, figure, line, linear_scale, log_scale, path
from simworth.report.svg import words as text
from simworth.report.text import SIMULATED, SourceWords, named, with_unit
from simworth.valuation.cube import Errors
from simworth.valuation.words import count


@dataclass(frozen=True)
class Parity:
    """Materials both simulated and measured."""

    task: str
    unit: str
    table: pd.DataFrame
    """columns item, y_true, y_sim in the property's unit, one row per material"""

    @property
    def materials(self) -> int:
        """Distinct ones; a pair may have values at several temperatures."""
        return int(self.table["item"].nunique())

    @property
    def bias(self) -> float:
        """Median of simulated less measured, property's unit."""
        return float((self.table["y_sim"] - self.table["y_true"]).median())

    @property
    def error(self) -> float:
        """Mean absolute difference, property's unit."""
        return float((self.table["y_sim"] - self.table["y_true"]).abs().mean())

    @property
    def correlation(self) -> float | None:
        """Pearson's r; None for fewer than three materials or no variation."""
        table = self.table
        if len(table) < 3 or table["y_true"].nunique() < 2 or table["y_sim"].nunique() < 2:
            return None
        return float(np.corrcoef(table["y_true"], table["y_sim"])[0, 1])


def parity_of(predictions: pd.DataFrame, task: str, unit: str) -> Parity | None:
    """Simulated against measured values of the test materials, None where none was simulated."""
    both = predictions.loc[np.isfinite(predictions["y_sim"]), ["item", "y_true", "y_sim"]].drop_duplicates()
    return None if both.empty else Parity(task, unit, both.sort_values("item", ignore_index=True))


def parity_chart(parity: Parity, width: float, height: float, name: str) -> str:
    """Scatter around the line of equality, axes alike."""
    frame = Frame(52, 34, width - 12, height - 46)
    values = [*parity.table["y_true"], *parity.table["y_sim"]]
    x, y = linear_scale(values, frame.left, frame.right), linear_scale(values, frame.bottom, frame.top)
    unit = with_unit(None, parity.unit)
    suffix = f", {unit}" if unit else ""
    table = parity.table
    marks = [
        dot((x(true), y(simulated)), 3.5, "point", _tip(str(item), true, simulated, parity.unit))
        for item, true, simulated in zip(table["item"], table["y_true"], table["y_sim"], strict=True)
    ]
    return figure(
        width,
        height,
        f"Simulated against measured {named(parity.task)}",
        f"{parity.materials} materials; the simulation is off by {with_unit(parity.error, parity.unit)} on average.",
        name,
        "parity",
        frame.axes(x, y, f"measured{suffix}", f"simulated{suffix}", gap=(62, 46)),
        line((x(x.low), y(x.low)), (x(x.high), y(x.high)), "equal"),
        text("simulated = measured", frame.left + 34, frame.bottom - 10, "note"),
        *marks,
    )


def _tip(item: str, measured: float, simulated: float, unit: str) -> str:
    return f"{item}\nmeasured {with_unit(measured, unit)}\nsimulated {with_unit(simulated, unit)}"


@dataclass(frozen=True)
class MaterialCurves:
    """Every measured material's own curve."""

    task: str
    unit: str
    n: np.ndarray
    """(k,)"""
    table: pd.DataFrame
    """index item, a column per n: mean absolute error over the trials that tested the material"""

    @property
    def improved(self) -> int:
        """Materials whose error is lower at the largest n than at the smallest."""
        return int((self.table.iloc[:, -1] < self.table.iloc[:, 0]).sum())


def material_curves(errors: Errors, task: str, unit: str) -> MaterialCurves:
    """Curves of the materials that were tested at every n."""
    table = errors.transfer.pivot_table(index="item", columns="n", values="error", aggfunc="mean").dropna()
    return MaterialCurves(task, unit, errors.n, table[table.min(axis=1) > 0])


def material_chart(
    curves: MaterialCurves, width: float, height: float, name: str, words: SourceWords = SIMULATED
) -> str:
    """A line per material and their median."""
    frame = Frame(52, 34, width - 12, height - 46)
    x = log_scale(curves.n.astype(float), frame.left, frame.right, pad=0.02)
    low, high = np.quantile(curves.table.to_numpy(), [0.005, 1.0])
    y = log_scale([float(low), float(high)], frame.bottom, frame.top)
    unit = with_unit(None, curves.unit)
    median = curves.table.median(axis=0).to_numpy()
    middle = [(x(float(n)), y(value)) for n, value in zip(curves.n, median, strict=True)]
    rest = [_one(str(item), row.to_numpy(), curves, x, y) for item, row in curves.table.iterrows()]
    return figure(
        width,
        height,
        f"Learning curves of single materials, {named(curves.task)}",
        f"The error falls from the smallest to the largest n for {curves.improved} of {len(curves.table)} materials.",
        name,
        "materials",
        frame.axes(
            x, y, f"{words.kind} {words.unit} n, log scale", f"absolute error{f' in {unit}' if unit else ''}, log scale"
        ),
        element("g", *rest, stroke_opacity=f"{min(0.26, max(0.07, 18 / len(curves.table))):.3f}"),
        path(middle, "halo"),
        path(middle, "median"),
    )


def _one(item: str, errors: np.ndarray, curves: MaterialCurves, x: Scale, y: Scale) -> str:
    first, last = with_unit(errors[0], curves.unit), with_unit(errors[-1], curves.unit)
    tip = f"{item}\nn = {count(curves.n[0])}: {first}\nn = {count(curves.n[-1])}: {last}"
    points = [(x(float(n)), y.clamp(value)) for n, value in zip(curves.n, errors, strict=True)]
    return element("g", path(points, "one"), path(points, "hit-path", tip), class_="material")
