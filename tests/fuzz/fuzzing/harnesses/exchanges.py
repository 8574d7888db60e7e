"""Harnesses for files that other programs hand over: checkpoints, orders of scripts, facts about plug-ins, lists.

And what is handed to others: the support archive of a worker's folder, which may be damaged.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from fuzzing.harness import Harness, Seed
from fuzzing.mutators import mutate

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"


def read_checkpoint(folder: Path) -> None:
    """Read the tensors of the checkpoint; nothing in it may be run."""
    from flowsep_export.checkpoint import read_tensors

    (path,) = folder.iterdir()
    for tensor in read_tensors(path).values():
        tensor.sum()


def read_order(folder: Path) -> None:
    """Relay the order of a script to a worker that takes no jobs."""
    from flowsep_plugin.errors import UsageError
    from flowsep_plugin.hosts.relay import relay

    def ensure() -> object:
        raise UsageError("no jobs are taken")

    state = relay(folder / "order.json", ensure)  # type: ignore[arg-type]
    assert state.end == "failed"
    assert (folder / "order.json.state").read_text("utf-8").splitlines()[-1].startswith("end\tfailed\t")


def read_facts(folder: Path) -> None:
    """Look up what is known of a plug-in, without loading it."""
    from flowsep_plugin.effects.scans import ScanCache

    plugin, cache = Path(__file__), ScanCache(folder)
    if (facts := folder / "facts.json").exists():
        facts.rename(cache._file(plugin))
    for info in cache.cached(plugin):
        assert isinstance(info.name, str)
        info.parameter("gain")
    assert isinstance(cache.reason(plugin), str | None)


def read_lists(folder: Path) -> None:
    """Read the list in the folder as each kind of list of an evaluation."""
    from flowsep_plugin.errors import FlowsepError
    from flowsep_plugin.evaluate.sources import PAIR_READERS, read_sounds

    failures = []
    for read in (read_sounds, *PAIR_READERS.values()):
        try:
            read(folder / "list.csv", folder)  # type: ignore[operator]
        except FlowsepError as error:
            failures.append(error)
    if len(failures) == 3:
        raise failures[0]


def write_archive(folder: Path) -> None:
    """Write the support archive of a worker's folder."""
    from flowsep_plugin.jobs.directory import WorkerDirectory
    from flowsep_plugin.jobs.worker.support import write_support_archive

    for with_names in (False, True):
        names = write_support_archive(folder / "support.zip", directory=WorkerDirectory(folder), with_names=with_names)
        assert "jobs.json" in names


def _checkpoints(folder: Path) -> Sequence[Seed]:
    import torch
    from safetensors.torch import save

    tensors = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.zeros(2, dtype=torch.float16)}
    torch.save({"state_dict": tensors, "epoch": 3}, folder / "plain.ckpt")
    contents = {
        "plain.ckpt": (folder / "plain.ckpt").read_bytes(),
        "a.safetensors": save(tensors),
    }
    return [Seed(name=name, files={name: content}) for name, content in contents.items()]


def change_checkpoint(name: str, data: bytes, rng: random.Random) -> bytes:
    """Change members of a zip file of PyTorch's, the head of a file of safetensors, or any bytes."""
    if name.endswith(".safetensors") and rng.random() < 0.7:
        length = int.from_bytes(data[:8], "little")
        head = mutate("head.json", data[8 : 8 + length], rng)
        return len(head).to_bytes(8, "little") + head + data[8 + length :]
    return mutate("checkpoint.npz" if not name.endswith(".safetensors") else name, data, rng)


def _orders(folder: Path) -> Sequence[Seed]:
    return [Seed(name="order", files={"order.json": (_GOLDEN / "order.json").read_bytes()})]


def _facts(folder: Path) -> Sequence[Seed]:
    from flowsep_plugin.effects.info import EffectInfo, ParameterInfo
    from flowsep_plugin.effects.scans import _changed

    parameter = ParameterInfo(name="gain", label="Gain", kind="number", default=1.0, low=0.0, high=2.0)
    info = EffectInfo(name="Hall", category="Reverb", parameters=(parameter,), path=Path(__file__))
    known = {"version": 1, "changed": _changed(Path(__file__)), "path": __file__, "effects": [info.as_json()]}
    refused = {**known, "reason": "it crashed", "is_crash": True, "effects": []}
    return [Seed(name=name, files={"facts.json": json.dumps(one).encode()})
            for name, one in (("known", known), ("refused", refused))]  # fmt: skip


def _lists(folder: Path) -> Sequence[Seed]:
    clip = (_GOLDEN / "yard.wav").read_bytes()
    tables = {
        "sounds": b"path,label,caption,domain\nyard.wav,Dog,a dog,Animals\nyard.wav,Rain,rain,\n",
        "audiosep": b"idx,caption,labels\n1,a dog,Dog\n",
        "dcase": b"source,noise,snr,caption\nyard,yard,-3.5,a dog\nyard,yard,0,rain\n",
    }
    names = ("yard.wav", "segment-1.wav", "mixture-1.wav")
    return [Seed(name=name, files={"list.csv": table, **dict.fromkeys(names, clip)}, targets=("list.csv",))
            for name, table in tables.items()]  # fmt: skip


def _worker_folders(folder: Path) -> Sequence[Seed]:
    log = b"2026-11-27 10:00:00 INFO job abc: token=abcdefghijkl /home/user/clips/yard.wav\n" * 3
    files = {"queue.db": (_GOLDEN / "queue.db").read_bytes(), "address.json": (_GOLDEN / "address.json").read_bytes(),
             "logs/worker.log": log}  # fmt: skip
    targets = ("queue.db", "queue.db", "queue.db", "address.json", "logs/worker.log")
    return [Seed(name="worker", files=files, targets=targets)]


HARNESSES = (
    Harness(name="checkpoint", seeds=_checkpoints, read=read_checkpoint, change=change_checkpoint, weight=4),
    Harness(name="order", seeds=_orders, read=read_order, writes=("order.json.*",), weight=2),
    Harness(name="plug-in facts", seeds=_facts, read=read_facts, errors=(), changes=("facts.json",), writes=("*.json",),
            weight=2),
    Harness(name="evaluation lists", seeds=_lists, read=read_lists, weight=2),
    Harness(name="support archive", seeds=_worker_folders, read=write_archive, changes=("queue.db",),
            writes=("support.zip", "queue.db-*"), weight=2),
)  # fmt: skip
