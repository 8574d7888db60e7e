"""Cut AudioSep's metrics and mixer goldens out of the reference arrays: `python make_audiosep.py REFERENCE/parity`.

`A_metrics.npz`: the official `calculate_sdr` and `calculate_sisdr` (Audio-AGI/AudioSep @ 944583f, MIT) on 16,000
samples `ref` and `noise`: noisy = ref + noise, scaled = .5 ref + .2 noise, dc = ref + .05, equal = ref, silent_est = 0,
silent_ref = noise against a reference of 0.
`A_mixer.npz`: the official `SegmentMixer(max_mix_num, -10, 10)` after Python's `random.seed(k)` on `waves`
(3, 1, 16000), for max_mix_num 2 with k = 0, 1, 7 and for 3 with k = 3. Stored here: every 101st sample of
(segments, mixtures).
"""

import sys
from pathlib import Path

import numpy as np

EVERY = 101


def main() -> None:
    reference, out = Path(sys.argv[1]), Path(__file__).with_name("audiosep")
    out.mkdir(exist_ok=True)
    np.savez_compressed(out / "metrics.npz", **np.load(reference / "A_metrics.npz"))
    mixer = np.load(reference / "A_mixer.npz")
    arrays = {"waves": mixer["waves"][:, 0]}
    for name in ("seed0", "seed1", "seed7"):
        arrays[name] = np.stack([mixer[f"seg_{name}"], mixer[f"mix_{name}"]])[:, :, 0, ::EVERY]
    arrays["most3_seed3"] = np.stack([mixer["seg3_seed3"], mixer["mix3_seed3"]])[:, :, 0, ::EVERY]
    np.savez_compressed(out / "mixer.npz", **arrays)


if __name__ == "__main__":
    main()
