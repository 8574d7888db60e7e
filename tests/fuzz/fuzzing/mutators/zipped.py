"""Damage to what is inside a zip file: members that are changed, doubled, renamed or bombs; checksums stay right."""

import io
import random
import warnings
import zipfile
from collections.abc import Callable

from .odd_values import odd_text

_OLDEST = (1980, 1, 1, 0, 0, 0)
_BOMB_BYTES = 64 << 20
Mutate = Callable[[str, bytes, random.Random], bytes]


def mutate_zip(data: bytes, rng: random.Random, mutate: Mutate) -> bytes:
    """Return the archive with one member changed by `mutate`, or by its name; other bytes where it is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < 1 << 24]
    except Exception:  # what was changed before need not be an archive any more
        return data
    if not members:
        return data
    texts = [place for place, (name, _) in enumerate(members) if name.endswith((".xml", ".otio", ".json"))]
    place = rng.choice(texts) if texts and rng.random() < 0.8 else rng.randrange(len(members))
    name, content = members[place]
    match rng.randrange(12):
        case 0:
            members[place] = (odd_text(rng).replace("\x00", "") or "x", content)
        case 1:
            members.insert(place, (name, mutate(name, content, rng)))
        case 2:
            del members[place]
        case 3 if rng.random() < 0.3:
            members[place] = (name, bytes(_BOMB_BYTES))
        case 4:
            members += [(f"{number}.txt", b"") for number in range(rng.choice((10, 3000)))]
        case _:
            members[place] = (name, mutate(name, content, rng))
    return _archive(members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def _archive(members: list[tuple[str, bytes]], method: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore")  # doubled names are what is tried
        for name, content in members:
            info = zipfile.ZipInfo(name, _OLDEST)
            info.compress_type = method
            archive.writestr(info, content)
    return file.getvalue()
