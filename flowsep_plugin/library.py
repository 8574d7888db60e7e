"""The models that a user has: listed, checked, added and removed, always as whole folders."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowsep_plugin.engine.bundle import ModelBundle
from flowsep_plugin.engine.card import ModelCard
from flowsep_plugin.errors import BundleError, UsageError
from flowsep_plugin.models import DEFAULT, EMBEDDED, installed, models_folder

RESERVED = ("default", "echo")
"""Names that mean something else."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """One installed model; `card` is None, and `trouble` says why, where it cannot be read."""

    name: str
    folder: Path
    card: ModelCard | None
    trouble: str | None = None

    @property
    def is_default(self) -> bool:
        """Whether `--model` may be left out for it."""
        return self.name == DEFAULT

    @property
    def is_embedded(self) -> bool:
        """Whether it came with flowsep."""
        return self.folder.parent == EMBEDDED


def shelf() -> Iterator[Shelved]:
    """Every installed model, damaged ones too."""
    for name, folder in sorted(installed().items()):
        try:
            yield Shelved(name, folder, ModelCard.load(folder / "card.json"))
        except BundleError as error:
            yield Shelved(name, folder, None, str(error))


def add_model(folder: Path, *, replace: bool = False) -> Path:
    """Copy the bundle in `folder` to the user's models, after a full check of the copy; returns its new folder.

    Raises BundleError where it is damaged or the disk refuses, UsageError where its name is taken or cannot be one.
    """
    card = ModelBundle.open(folder).card
    _check_name(card.name, folder)
    home, target = models_folder(), models_folder() / card.name
    if target.exists() and not replace:
        raise UsageError(f"{card.name}: is installed already in {target}; add --replace, or remove it first")
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=home) as scratch:
            copy = Path(scratch) / card.name
            for file in ("card.json", *_files(card)):
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / file, copy / file)
            ModelBundle.open(copy)
            if target.exists():
                target.rename(Path(scratch) / "old")
            os.replace(copy, target)
    except OSError as error:
        raise BundleError(f"{home}: {card.name} cannot be copied there ({error.strerror}); free some room") from error
    return target


def remove_model(name: str) -> Path:
    """Delete the user's model `name`; returns the folder that is gone.

    Raises UsageError for an unknown name and for a model that came with flowsep.
    """
    own = {model.name: model for model in shelf() if not model.is_embedded}
    if name not in own:
        came = name in RESERVED or name in installed()
        why = "comes with flowsep and stays" if came else "is not installed"
        raise UsageError(f"{name}: {why}; what can be removed: {', '.join(own) or 'nothing'}")
    folder = own[name].folder
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise BundleError(f"{folder}: cannot be removed ({error.strerror}); delete it by hand") from error
    return folder


def _check_name(name: str, folder: Path) -> None:
    plain = all(sign.isalnum() or sign in "-_." for sign in name) and name.strip(".") == name
    if not plain or not name or name.casefold() in RESERVED:
        raise UsageError(f"{folder}: its card calls it {name!r}; a model's name is letters, digits, - _ . and not echo")


def _files(card: ModelCard) -> set[str]:
    """Every file that the card names."""
    return {graph.file for graph in card.graphs.values()} | set(card.files)
