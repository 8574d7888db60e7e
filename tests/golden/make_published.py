"""Cut the test suite's goldens of the published networks out of the reference arrays of salt A.

    python make_published.py REFERENCE/flowsep REFERENCE/audiosep

writes `published/flowsep.npz`, `published/audiosep.npz` (outputs of the official classes under the weights of
`flowsep_export.rules`, short ones whole and long ones strided) and `published/keys.json.gz` (the checkpoints' keys and
shapes). The whole arrays are compared by `flowsep-export parity`.
"""

import gzip
import json
import sys
from pathlib import Path

import numpy as np

OUT = Path(__file__).with_name("published")
WHOLE = {"vocoder": ["T1/wave", "T64/wave"]}
STRIDED = {
    "vocoder": {"weightnorm_T64/wave": 5},
    "vae_enc": {"from_noise/moments": 16},
    "vae_dec": {"mel_out": 16},
    "text": {"short/hidden": 16},
}


def flowsep(folder: Path) -> None:
    arrays = {}
    for name, keys in WHOLE.items():
        with np.load(folder / "parity" / f"{name}.npz") as z:
            arrays |= {key: z[key] for key in keys}
    for name, strides in STRIDED.items():
        with np.load(folder / "parity" / f"{name}.npz") as z:
            for key, stride in strides.items():
                arrays[f"{key}/strided"] = z[key].ravel()[::stride]
                arrays[f"{key}/stride"], arrays[f"{key}/shape"] = np.int64(stride), np.array(z[key].shape)
    with np.load(folder / "parity" / "unet.npz") as z:
        arrays |= {key: z[key] for key in z.files if key.startswith("T64/t0.5/v8/")} | {"mask": z["mask"]}
    with np.load(folder / "parity" / "text.npz") as z:
        arrays |= {key: z[key] for key in ("short/input_ids", "short/mask")}
    np.savez_compressed(OUT / "flowsep.npz", **arrays)


def audiosep(folder: Path) -> None:
    with np.load(folder / "parity" / "A_forward.npz") as z:
        arrays = {key: z[key] for key in ("y_L1025_unit", "y_L6400zero_unit", "y_L9920_unit")}
    with np.load(folder / "parity" / "A_text.npz") as z:
        arrays |= {"ids": z["ids"][:2, :12], "mask": z["mask"][:2, :12], "embed": z["embed"][:2]}
    np.savez_compressed(OUT / "audiosep.npz", **arrays)


def keys(flowsep_folder: Path, audiosep_folder: Path) -> None:
    first = json.loads((flowsep_folder / "keys.json").read_text())
    second = json.loads((audiosep_folder / "keys.json").read_text())
    lists = {
        "flowsep": first["state_dict"],
        "vocoder": first["vocoder_file"]["generator"],
        "audiosep": [*second["ss_model"], *second["clap_text"], *second["clap_not_needed_for_text"]],
    }
    text = json.dumps({name: [entry[:2] for entry in entries] for name, entries in lists.items()})
    (OUT / "keys.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


def main() -> None:
    first, second = Path(sys.argv[1]), Path(sys.argv[2])
    OUT.mkdir(exist_ok=True)
    flowsep(first)
    audiosep(second)
    keys(first, second)


if __name__ == "__main__":
    main()
