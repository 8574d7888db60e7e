"""Cut the mel golden of the tests out of the reference arrays: `python make_flowsep_mel.py …/flowsep/parity/mel.npz`.

The full arrays were computed by the official TacotronSTFT; `flowsep-export parity flowsep --reference DIR` checks all.
"""

import sys
from pathlib import Path

import numpy as np

SAMPLES, FRAMES = 16_000, 90
"""One second of audio, and the mel frames whose windows end within it."""


def main() -> None:
    reference = np.load(sys.argv[1])
    audio = reference["full/audio_in"].astype(np.float32)
    audio = audio - audio.mean()
    audio = audio / (np.abs(audio).max() + 1e-8) * 0.5
    out = Path(__file__).with_name("flowsep_mel.npz")
    np.savez_compressed(out, audio=audio[:SAMPLES].astype(np.float32), mel=reference["full/mel"][:FRAMES])


if __name__ == "__main__":
    main()
