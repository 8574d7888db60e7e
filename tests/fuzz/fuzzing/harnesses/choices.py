"""Harnesses for what users choose and share: settings, effects, maps of controllers, the address of the worker."""

from collections.abc import Sequence
from pathlib import Path

from fuzzing.harness import Harness, Seed

_GOLDEN = Path(__file__).parents[3] / "golden" / "v0_1"
_EFFECTS = Path(__file__).parents[4] / "ui" / "data" / "effects"


def read_settings(folder: Path) -> None:
    """Read the tables of the settings, then change one of them as the panel does."""
    from flowsep_plugin.errors import UsageError
    from flowsep_plugin.settings import panel_settings, separation_settings, worker_settings
    from flowsep_plugin.settings.edit import change_settings

    path = folder / "settings.toml"
    try:
        worker_settings(path)
        separation_settings(path)
        panel_settings(path).folder  # noqa: B018
    except UsageError:
        before = path.read_bytes()
        try:
            change_settings({"panel": {"theme": "light"}}, path)
        except UsageError:
            assert path.read_bytes() == before
        raise
    change_settings({"panel": {"theme": "light"}, "shortcuts": {"undo": "Ctrl+Z"}}, path)
    assert panel_settings(path).theme == "light"


def read_effects(folder: Path) -> None:
    """Load the chain and write it again."""
    from flowsep_plugin.effects import EffectChain

    chain = EffectChain.load(folder / "chain.json")
    assert EffectChain.from_json(chain.as_json()) == chain
    chain.save(folder / "again.json")
    assert EffectChain.load(folder / "again.json") == chain


def read_controls(folder: Path) -> None:
    """Load the map of a controller."""
    from flowsep_plugin.hosts.midi_learn import load_map

    load_map(folder / "midi.json")


def read_address(folder: Path) -> None:
    """Read the address of the worker, as every client does first."""
    from flowsep_plugin.jobs.directory import WorkerDirectory

    address = WorkerDirectory(folder).read_address()
    if address is not None:
        assert isinstance(address.url, str)
        assert isinstance(address.token, str)
        assert isinstance(address.pid, int)


def _settings(folder: Path) -> Sequence[Seed]:
    whole = b"""[worker]
idle_seconds = 120.5     # then the model is unloaded
cache_mb = 512
roots = ["/projects", "~/music"]
threads = 2

[panel]
theme = "dark"
language = "de"
output_folder = "~/stems"
"""
    contents = ((_GOLDEN / "settings.toml").read_bytes(), whole, b"")
    return [Seed(name=f"settings {n}", files={"settings.toml": content}) for n, content in enumerate(contents)]


def _chains(folder: Path) -> Sequence[Seed]:
    return [Seed(name=path.stem, files={"chain.json": path.read_bytes()}) for path in sorted(_EFFECTS.glob("*.json"))]


def _controls(folder: Path) -> Sequence[Seed]:
    return [Seed(name="midi", files={"midi.json": (_GOLDEN / "midi.json").read_bytes()})]


def _addresses(folder: Path) -> Sequence[Seed]:
    return [Seed(name="address", files={"address.json": (_GOLDEN / "address.json").read_bytes()})]


HARNESSES = (
    Harness(name="settings", seeds=_settings, read=read_settings, changes=("settings.toml",), weight=4),
    Harness(name="effects", seeds=_chains, read=read_effects, writes=("again.json",), weight=4),
    Harness(name="midi map", seeds=_controls, read=read_controls, weight=2),
    Harness(name="address", seeds=_addresses, read=read_address, errors=(), weight=2),
)
