"""Pictures of what became of some mixtures."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from .evaluate import Model, Trial, judge, model_odds, render


def separations(model: Model, trials: list[Trial], picture: Path, steps: int = 1) -> None:
    """Draw mixtures, true targets, generated targets and masks, one row a trial."""
    target = model.generate(trials, steps)[0].numpy()
    said = model_odds(model, steps)(trials)
    figure, axes = plt.subplots(len(trials), 4, figsize=(15, 2.1 * len(trials)), squeeze=False)
    for row, trial in enumerate(trials):
        mixture, wanted, _ = trial.levelled.numpy()
        gained = judge(trial, render(trial, said[row]))
        panels = (
            (mixture, "mixture", -9, 1),
            (wanted, f"true: {trial.label}", -9, 1),
            (target[row], f"generated for '{trial.text}'", -9, 1),
            (1 / (1 + np.exp(-said[row])), f"mask, SDRi {gained.sdri:.1f} dB", 0, 1),
        )
        for axis, (values, title, low, high) in zip(axes[row], panels, strict=True):
            axis.imshow(values.T, origin="lower", aspect="auto", vmin=low, vmax=high, cmap="magma")
            axis.set_title(title, fontsize=8)
            axis.set_xticks([])
            axis.set_yticks([])
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    plt.close(figure)
