"""Splits of the library: training, validation by recording, and libraries that are held out whole."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from flowsep_plugin.errors import UsageError

from .sources import Library

TRAIN, VALID, FIT, JUDGE = "train", "valid", "fit", "judge"
SPLITS = (TRAIN, VALID, FIT, JUDGE)
HELD_OUT = (FIT, JUDGE)
FOLDS_FILE = Path(__file__).parent / "folds.yaml"
_VERSION = re.compile(r"(@[0-9a-f]+| \d\S*)$")


def library_name(source: str) -> str:
    """Return the library of a table's `source`, without its host and version.

    "github:owner/name@1a2b" is "owner/name", "debian:name 1.2-3" and "Debian name" are "name"; remarks in brackets are
    dropped.
    """
    name = source.split(" (")[0].split(": ")[0]
    for prefix in ("github:", "debian:", "Debian "):
        name = name.removeprefix(prefix)
    return _VERSION.sub("", name).strip()


@dataclass(frozen=True, slots=True)
class Folds:
    """Libraries that are held out for `fit` and for `judge`.

    members : library -> the family that it is held out with.
    """

    fit: frozenset[str] = frozenset()
    judge: frozenset[str] = frozenset()
    members: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = FOLDS_FILE) -> "Folds":
        """Read a YAML file of `fit`, `judge` and `families`. Raises UsageError where a library is in both folds."""
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        fit, judge = frozenset(raw.get("fit", ())), frozenset(raw.get("judge", ()))
        if both := sorted(fit & judge):
            raise UsageError(f"{path}: {both[0]} is in both folds; drop it from `fit` or from `judge`")
        members = {name: family for family, names in raw.get("families", {}).items() for name in names}
        return cls(fit, judge, members)

    def family(self, source: str) -> str:
        """Return the family of a `source`, which is its library where no family has it."""
        name = library_name(source)
        return self.members.get(name, name)

    def fold(self, source: str) -> str:
        """Return `FIT` or `JUDGE` for a `source` that is held out, else `TRAIN`."""
        family = self.family(source)
        return FIT if family in self.fit else JUDGE if family in self.judge else TRAIN

    def recordings(self, rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
        """Return the fold of every recording of the held-out libraries; its copies elsewhere are held out, too."""
        folds: dict[str, str] = {}
        for row in rows:
            if (fold := self.fold(row["source"])) != TRAIN:
                folds.setdefault(row["recording_id"], fold)
        return folds


def validation_split(library: Library) -> str:
    """Return `VALID`, or `TRAIN` for a library too small to have any validation recordings."""
    return VALID if any(source.split == VALID for source in library.sources) else TRAIN


NO_FOLDS = Folds()
