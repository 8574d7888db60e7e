"""Which split a recording belongs to: training, validation by recording, or a library that is held out whole."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

TRAIN, VALID, FIT, JUDGE = "train", "valid", "fit", "judge"
SPLITS = (TRAIN, VALID, FIT, JUDGE)
HELD_OUT = (FIT, JUDGE)
FOLDS_FILE = Path(__file__).parent / "folds.yaml"
_VERSION = re.compile(r"(@[0-9a-f]+| \d\S*)$")


def library_name(source: str) -> str:
    """The library of a table's `source`, without where it was fetched and which version it was.

    "github:owner/name@1a2b" is "owner/name", "debian:name 1.2-3" and "Debian name" are "name"; a remark in brackets
    goes.
    """
    name = source.split(" (")[0].split(": ")[0]
    for prefix in ("github:", "debian:", "Debian "):
        name = name.removeprefix(prefix)
    return _VERSION.sub("", name).strip()


@dataclass(frozen=True, slots=True)
class Folds:
    """The libraries that are held out for `fit` and for `judge`, families written out."""

    fit: frozenset[str] = frozenset()
    judge: frozenset[str] = frozenset()
    members: Mapping[str, str] = field(default_factory=dict)  # library -> its family

    @classmethod
    def load(cls, path: Path = FOLDS_FILE) -> "Folds":
        """Read a YAML file of `fit`, `judge` and `families`. Raises ValueError where a library is in both folds."""
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        fit, judge = frozenset(raw.get("fit", ())), frozenset(raw.get("judge", ()))
        if both := sorted(fit & judge):
            raise ValueError(f"{path}: {both[0]} is in both folds; a library is held out for one purpose")
        members = {name: family for family, names in raw.get("families", {}).items() for name in names}
        return cls(fit, judge, members)

    def family(self, source: str) -> str:
        """The library of a source, or the family that it belongs to."""
        name = library_name(source)
        return self.members.get(name, name)

    def fold(self, source: str) -> str:
        """`FIT` or `JUDGE` where the library is held out, else `TRAIN`."""
        family = self.family(source)
        return FIT if family in self.fit else JUDGE if family in self.judge else TRAIN

    def recordings(self, rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
        """Recording -> fold of what the held-out libraries hold: the same recording elsewhere is held out, too."""
        found: dict[str, str] = {}
        for row in rows:
            if (fold := self.fold(row["source"])) != TRAIN:
                found.setdefault(row["recording_id"], fold)
        return found


NO_FOLDS = Folds()
