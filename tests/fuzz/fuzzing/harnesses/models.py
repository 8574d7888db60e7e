"""Model bundles: the card alone, and whole bundles that are opened and run."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from fuzzing.harness import Files, Harness, Seed

_TESTS = Path(__file__).parents[3]
_CARDS = ("bundle", "choosing", "single", "shipped")


def read_card(folder: Path) -> None:
    """Read the card in the folder, and what the family makes of it."""
    from flowsep_plugin.engine.card import CARD
    from flowsep_plugin.engine.families import find_family, load_card

    card = load_card(folder / CARD)
    family = find_family(card.family)
    family.graphs(card)
    family.files(card)


def read_bundle(folder: Path) -> None:
    """Open the bundle in the folder on the CPU, and separate a fifth of a second with it."""
    import numpy as np

    from flowsep_plugin.audio.clip import AudioClip
    from flowsep_plugin.engine.base import Request
    from flowsep_plugin.separate import Separator

    noise = np.random.default_rng(0).uniform(-0.2, 0.2, (1, 3200)).astype(np.float32)
    with Separator.open(str(folder), "cpu", threads=1) as separator:
        separator.separate(AudioClip(noise, 16_000), Request(["a dog"], steps=1))


def _cards(folder: Path) -> Sequence[Seed]:
    golden = _TESTS / "golden" / "v0_1"
    paths = [golden / "card-audiosep.json", golden / "card-shipped.json",
             *(golden / f"card-pocket-{name}.json" for name in ("bundle", "choosing", "single"))]  # fmt: skip
    return [Seed(name=path.stem, files={"card.json": path.read_bytes()}) for path in paths]


def _bundles(folder: Path) -> Sequence[Seed]:
    seeds = []
    for name in ("bundle", "choosing", "single"):
        files = {path.name: path.read_bytes() for path in sorted((_TESTS / "pocket" / name).iterdir())}
        others = [one for one in files if one not in ("card.json",) and not one.endswith(".onnx")]
        graphs = [one for one in files if one.endswith(".onnx")]
        targets = ("card.json",) * 6 + tuple(others) * 2 + tuple(graphs)
        seeds.append(Seed(name=name, files=files, targets=targets, repair=with_right_digests))
    return seeds


def with_right_digests(files: Files) -> Files:
    """Return the bundle with the digests of its files in its card, as far as the card can be read and has them."""
    try:
        card = json.loads(files["card.json"])
        for graph in card["graphs"].values():
            graph["sha256"] = _digest(files[graph["file"]])
        for name in card["files"]:
            card["files"][name] = _digest(files[name])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return files
    return {**files, "card.json": json.dumps(card).encode("utf-8", "surrogatepass")}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


HARNESSES = (
    Harness(name="card", seeds=_cards, read=read_card, weight=6),
    Harness(name="bundle", seeds=_bundles, read=read_bundle, weight=3, seconds=10.0, megabytes=1024),
)
