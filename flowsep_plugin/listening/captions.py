"""Names of the listener's classes: a caption to separate by, a short one, and the more general classes.

`captions.tsv` is ours: a row for each of AudioSet's 521 classes, in the order of the network.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

TABLE = "captions.tsv"


@dataclass(frozen=True, slots=True)
class ClassCaption:
    """One row of the table.

    class_name : AudioSet's name, "Dog".     caption : what a user would type, "a dog barking".
    chip : the same in one or two words.     more_general : class names that contain this one, the nearest first.
    is_listed : whether it is ever shown; genres, moods and rooms are not sounds that one would take out.
    """

    class_name: str
    caption: str
    chip: str
    more_general: tuple[str, ...] = ()
    is_listed: bool = True


@lru_cache(maxsize=1)
def caption_table() -> Mapping[str, ClassCaption]:
    """Return the captions of all classes by class name, in the network's order."""
    text = files(__package__).joinpath(TABLE).read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    captions = [
        ClassCaption(
            row["class"], row["caption"], row["chip"], tuple(filter(None, row["more_general"].split("|"))),
            row["listed"] == "yes",
        )
        for row in rows
    ]  # fmt: skip
    return MappingProxyType({caption.class_name: caption for caption in captions})


def caption_of(class_name: str) -> ClassCaption:
    """Return the caption of a class; for one that the table lacks, its name in small letters."""
    return caption_table().get(class_name) or ClassCaption(class_name, class_name.lower(), class_name.lower())
