"""The picture of a run's curves."""

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

matplotlib.use("agg")


def curves(run: Path, picture: Path) -> None:
    """Draw a run's `curves.csv`: one panel a value, training smoothed, validation as dots."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    with (run / "curves.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            found[row["name"]][row["kind"]].append((float(row["step"]), float(row["value"])))
    figure, axes = plt.subplots(1, len(found), figsize=(3.2 * len(found), 2.8), squeeze=False)
    for axis, (name, kinds) in zip(axes[0], found.items(), strict=True):
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
