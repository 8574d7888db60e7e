"""Pictures of what became of some mixtures."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from flowsep_plugin.engine.odds import odds_of_pair

from .evaluate import Model, Trial, judge, render


def separations(model: Model, trials: list[Trial], picture: Path, steps: int = 1) -> None:
    """Draw mixtures, true targets, generated targets and masks, one row a trial."""
    target, rest, _ = (part.numpy() for part in model.generate(trials, steps))
    figure, axes = plt.subplots(len(trials), 4, figsize=(15, 2.1 * len(trials)), squeeze=False)
    for row, trial in enumerate(trials):
        mixture, wanted, _ = trial.levelled.numpy()
        odds = odds_of_pair(target[row], rest[row], model.rule)
        gained = judge(trial, render(trial, odds))
        panels = (
            (mixture, "mixture", -9, 1),
            (wanted, f"true: {trial.label}", -9, 1),
            (target[row], f"generated for '{trial.text}'", -9, 1),
            (1 / (1 + np.exp(-odds)), f"mask, SDRi {gained.sdri:.1f} dB", 0, 1),
        )
        for axis, (values, title, low, high) in zip(axes[row], panels, strict=True):
            axis.imshow(values.T, origin="lower", aspect="auto", vmin=low, vmax=high, cmap="magma")
            axis.set_title(title, fontsize=8)
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    plt.close(figure)
