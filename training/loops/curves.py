"""A plot of the curves of a training run."""

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

matplotlib.use("agg")


def curves(run: Path, picture: Path) -> None:
    """Draw `curves.csv` of the folder `run`: one panel per value, training smoothed, validation as dots."""
    points_of: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    with (run / "curves.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            points_of[row["name"]][row["kind"]].append((float(row["step"]), float(row["value"])))
    figure, axes = plt.subplots(1, len(points_of), figsize=(3.2 * len(points_of), 2.8), squeeze=False)
    for axis, (name, kinds) in zip(axes[0], points_of.items(), strict=True):
        for kind, points in kinds.items():
            step, value = np.array(points).T
            if kind == "train":
                width = max(1, len(value) // 30)
                value = np.convolve(value, np.ones(width) / width, mode="valid")
                step = step[: len(value)]
            axis.plot(step, value, "-" if kind == "train" else "o", label=kind)
        axis.set_title(name)
        axis.set_xlabel("step")
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)
