"""Plots: the curves of the last run of `score`, as points and as figures."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omegastore.errors import MissingExtra

if TYPE_CHECKING:
    import numpy as np

CURVES = {
    "roc": ("false positive rate", "true positive rate"),
    "precision_recall": ("recall", "precision"),
    "lift": ("share of the rows, the likeliest first", "lift"),
}
"""What the axes of a curve are."""


class Plots:
    """The curves of a classification of two classes.

    Parameters
    ----------
    curves : sequence of mappings
        For each target, the name of a curve to its points.
    targets : sequence of str
        The targets.
    """

    def __init__(self, curves: Sequence[Mapping[str, Any]], targets: Sequence[str]) -> None:
        self._curves, self._targets = curves, targets

    def roc_curve(self, target_num: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return false and true positive rates, as `sklearn.metrics.roc_curve` does."""
        return self._points("roc", target_num)

    def precision_recall_curve(self, target_num: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return recall and precision, as `sklearn.metrics.precision_recall_curve` does, from recall 0 on."""
        return self._points("precision_recall", target_num)

    def lift_curve(self, target_num: int = 0) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return the share of the rows, those likeliest to be positive first, and how many times as many of them are.

        The lift is the rate of positive rows among them, divided by that among all rows.
        """
        return self._points("lift", target_num)

    def figure(self, curve: str = "roc", target_num: int = 0) -> Any:
        """Return a curve as a figure of matplotlib.

        Parameters
        ----------
        curve : str
            ``"roc"``, ``"precision_recall"`` or ``"lift"``.
        target_num : int
            Which target.

        Raises
        ------
        MissingExtra
            When matplotlib is not installed.
        """
        x, y = self._points(curve, target_num)
        try:
            figures = importlib.import_module("matplotlib.figure")
        except ImportError as error:
            raise MissingExtra("figures need matplotlib: pip install matplotlib; the points need nothing") from error
        made = figures.Figure()
        axes = made.subplots()
        axes.plot(x, y)
        axes.set(xlabel=CURVES[curve][0], ylabel=CURVES[curve][1], title=self._targets[target_num])
        return made

    def _points(self, curve: str, target_num: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        import numpy as np

        if curve not in CURVES:
            raise ValueError(f"no curve {curve!r} among {sorted(CURVES)}")
        if not 0 <= target_num < len(self._targets):
            raise ValueError(f"target_num={target_num}: the targets are {list(self._targets)}")
        found = self._curves[target_num].get(curve)
        if found is None:
            raise ValueError(f"target {self._targets[target_num]!r} has no curves: they need rows of two classes")
        return np.asarray(found[0]), np.asarray(found[1])
