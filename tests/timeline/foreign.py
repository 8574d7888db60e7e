"""What programs keep in their sessions and flowsep knows nothing of: put in at random, and looked for afterwards."""

import csv
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

WORDS = ("", "a b", "Ünï 笛 🎹", "<&>\"'`", "x" * 300, "\u202eשלום", "0.0000001", "{9A3B}", "]]>", "\u2028", "%41;|\t")


def keeps(old: Path, new: Path) -> None:
    """Assert that `new` has everything of `old`, in order, with no more changes than the format's list allows."""
    _KEEPERS[old.suffix](old, new)


def put_in(path: Path, rng: random.Random) -> None:
    """Put foreign content into a session at random places."""
    _INJECTORS[path.suffix](path, rng)


def _rpp_put_in(path: Path, rng: random.Random) -> None:
    lines = path.read_bytes().decode("utf-8").split("\n")
    for _ in range(rng.randint(1, 12)):
        at = rng.randint(1, len(lines) - 2)
        lines[at:at] = rng.choice(
            [
                [f'    FOREIGN {rng.randint(0, 9)} "{_word(rng)}"'],
                ['    <JS loser/3BandEQ ""', "      0.5 - - 1 \u2028 x", "    >"],
                [
                    '  <VST "VST: Some (Maker)" some.dll 0 "" 1<5653> ""',
                    "    ZmxvdyEAAAA=",
                    "    <DEEP",
                    "    >",
                    "  >",
                ],
                ["\t\tODD\tTABS  and  blanks  "],
                [""],
                ["  NOTES 0 2", "  |free text > with < signs \x0b\x0c\x85"] if at == 1 else ["  LOCK 1"],
            ]
        )
    path.write_bytes("\n".join(lines).encode("utf-8"))


def _rpp_keeps(old: Path, new: Path) -> None:
    """Every line stays byte for byte; MUTE of a muted item and nothing else may differ, and new items may come."""
    rest = iter(new.read_bytes().split(b"\n"))
    for line in old.read_bytes().split(b"\n"):
        for other in rest:
            if other == line or re.sub(rb"MUTE [01] ", b"MUTE ", other) == re.sub(rb"MUTE [01] ", b"MUTE ", line):
                break
        else:
            raise AssertionError(f"lost {line!r}")


def _xml_put_in(root: etree._Element, rng: random.Random) -> None:
    """Attributes, elements, comments and instructions, anywhere."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for element in rng.sample(elements, min(len(elements), rng.randint(1, 15))):
        kind = rng.randrange(4)
        if kind == 0:
            element.set(f"foreign-{rng.randint(0, 99)}", _xml_word(rng))
        elif kind == 1:
            element.set(f"{{urn:foreign}}f{rng.randint(0, 9)}", _xml_word(rng))
        elif kind == 2 and not (element.text and element.text.strip()):
            made = etree.Element(rng.choice(["Foreign", "{urn:foreign}Deep"]), keep=_xml_word(rng))
            element.insert(rng.randint(0, len(element)), made)
            etree.SubElement(made, "Inner").text = _xml_word(rng)
        elif not (element.text and element.text.strip()):
            element.insert(
                rng.randint(0, len(element)), rng.choice([etree.Comment("keep - me"), etree.PI("foreign", "x='1'")])
            )


def xml_keeps(old: etree._Element, new: etree._Element, may_change: Sequence[tuple[str, str]]) -> None:
    """Every node of `old` is in `new`, in order, with attributes and text; (tag, attribute) of the list may differ."""
    where = f"<{old.tag} {dict(old.attrib)}>"
    assert old.tag == new.tag, where
    for name, value in old.attrib.items():
        assert new.get(name) == value or (old.tag, name) in may_change, f"{where}: {name}={new.get(name)!r}"
    for name in set(new.attrib) - set(old.attrib):
        assert (old.tag, name) in may_change, f"{where}: {name} is new"
    assert _bare(old.text) == _bare(new.text), where
    rest = iter(new)
    for child in old:
        for other in rest:
            if _is_same(child, other):
                break
        else:
            raise AssertionError(f"{where} lost {etree.tostring(child)[:300]!r}")
        assert _bare(child.tail) == _bare(other.tail)
        xml_keeps(child, other, may_change)


def _is_same(old: etree._Element, new: etree._Element) -> bool:
    if old.tag != new.tag:
        return False
    if not isinstance(old.tag, str):
        return bool(old.text == new.text)
    same = [name for name in ("id", "track", "parameter", "name", "time", "value", "key") if name in old.attrib]
    return all(old.get(name) == new.get(name) or (name == "value" and old.tag == "Option") for name in same)


def _bare(text: str | None) -> str:
    return (text or "").strip()


def _ardour_put_in(path: Path, rng: random.Random) -> None:
    root = etree.fromstring(path.read_bytes())
    _xml_put_in(root, rng)
    path.write_bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True))


def _ardour_keeps(old: Path, new: Path) -> None:
    allowed = [("Session", "id-counter"), ("PresentationInfo", "order"), ("Region", "muted")]
    xml_keeps(etree.fromstring(old.read_bytes()), etree.fromstring(new.read_bytes()), allowed)


def _zip_put_in(path: Path, rng: random.Random, main: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = rng.randbytes(rng.randint(0, 30))
        for number in range(rng.randint(1, 4)):
            info = zipfile.ZipInfo(f"plugins/{number} {rng.choice(['ünï 笛', 'a b', '🎹'])}.bin", (2001, 2, 3, 4, 5, 6))
            info.compress_type = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info.comment, info.external_attr = rng.randbytes(5), 0o644 << 16
            info.extra = b"UT\x05\x00\x01" + rng.randbytes(4)
            archive.writestr(info, rng.randbytes(rng.randint(0, 5000)))
        for info, data in members:
            archive.writestr(info, change(data) if info.filename == main else data)


def zip_keeps(old: Path, new: Path, main: str) -> tuple[bytes, bytes]:
    """Assert that every other member is as it was; returns the main one, before and after."""
    with zipfile.ZipFile(old) as before, zipfile.ZipFile(new) as after:
        assert after.testzip() is None
        assert after.comment == before.comment
        for info in before.infolist():
            other = after.getinfo(info.filename)
            if info.filename == main:
                continue
            assert after.read(other) == before.read(info)
            for name in ("date_time", "compress_type", "comment", "external_attr", "extra", "create_system"):
                assert getattr(other, name) == getattr(info, name), (info.filename, name)
        return before.read(main), after.read(main)


def _dawproject_put_in(path: Path, rng: random.Random) -> None:
    def change(data: bytes) -> bytes:
        root = etree.fromstring(data)
        _xml_put_in(root, rng)
        return bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True))

    _zip_put_in(path, rng, "project.xml", change)


def _dawproject_keeps(old: Path, new: Path) -> None:
    before, after = zip_keeps(old, new, "project.xml")
    xml_keeps(etree.fromstring(before), etree.fromstring(after), [("Clip", "enable")])


def _otio_put_in(path: Path, rng: random.Random) -> None:
    def change(data: bytes) -> bytes:
        made = json.loads(data)
        things = list(_otio_things(made))
        for thing in rng.sample(things, min(len(things), rng.randint(1, 12))):
            foreign: Any = {"maker": _word(rng), "deep": [1, 2.5, None, True, {"x": _word(rng)}], "big": 2**40}
            thing["metadata"][f"foreign {rng.randint(0, 9)}"] = foreign
            if "effects" in thing and rng.random() < 0.5:
                thing["effects"].append({"OTIO_SCHEMA": "Effect.1", "metadata": {"k": foreign}, "name": "EQ",
                                         "effect_name": "eq", "enabled": True})  # fmt: skip
        made["tracks"]["children"].insert(0, {
            "OTIO_SCHEMA": "Track.1", "metadata": {}, "name": "picture", "source_range": None, "effects": [],
            "markers": [], "enabled": True, "color": None, "children": [], "kind": "Video"})  # fmt: skip
        made["metadata"]["odd"] = {"OTIO_SCHEMA": "Foreign.7", "what": _word(rng)}
        return json.dumps(made, ensure_ascii=False).encode()

    if path.suffix == ".otioz":
        _zip_put_in(path, rng, "content.otio", change)
    else:
        path.write_bytes(change(path.read_bytes()))


def _otio_things(made: Any) -> Iterator[dict[str, Any]]:
    if isinstance(made, dict):
        if "metadata" in made:
            yield made
        for key, value in made.items():
            if key != "metadata":
                yield from _otio_things(value)
    elif isinstance(made, list):
        for value in made:
            yield from _otio_things(value)


def _otio_keeps(old: Path, new: Path) -> None:
    whole = old.suffix == ".otio"
    before, after = (old.read_bytes(), new.read_bytes()) if whole else zip_keeps(old, new, "content.otio")
    json_keeps(json.loads(before), json.loads(after), "")


def json_keeps(old: Any, new: Any, where: str) -> None:
    """Objects have their names, lists their items in order; `enabled` of clips may differ."""
    if isinstance(old, dict):
        assert isinstance(new, dict), where
        for name, value in old.items():
            if name == "enabled" and old.get("OTIO_SCHEMA", "").startswith("Clip"):
                continue
            assert name in new, f"{where}: lost {name}"
            json_keeps(value, new[name], f"{where}/{name}")
    elif isinstance(old, list):
        rest = iter(new)
        for index, value in enumerate(old):
            trouble = f"{where}: lost item {index}"
            for other in rest:
                try:
                    json_keeps(value, other, f"{where}/{index}")
                    break
                except AssertionError as error:
                    trouble = max(trouble, str(error), key=lambda text: text.count("/"))
            else:
                raise AssertionError(trouble[:500])
    else:
        assert old == new, f"{where}: {old!r} became {new!r}"


def _csv_put_in(path: Path, rng: random.Random) -> None:
    table = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    names = list(table[0])
    extra = [f"foreign {n}" for n in range(rng.randint(0, 3))]
    for name in extra:
        names.insert(rng.randint(0, len(names)), name)
    for row in table:
        row.update({name: _word(rng) for name in extra})
    for _ in range(rng.randint(1, 6)):
        row = dict.fromkeys(names, "") | {"kind": rng.choice(["note", "colour", ""]), "name": _word(rng)}
        table.insert(rng.randint(0, len(table)), row)
    text = io.StringIO()
    made = csv.DictWriter(text, names, lineterminator="\r\n")
    made.writeheader()
    made.writerows(table)
    path.write_bytes(text.getvalue().encode("utf-8"))


def _csv_keeps(old: Path, new: Path) -> None:
    before, after = (list(csv.reader(io.StringIO(p.read_bytes().decode("utf-8"), newline=""))) for p in (old, new))
    assert after[0] == before[0]
    muted = before[0].index("muted")
    rest = iter(after)
    for row in before:
        wanted = [*row[:muted], *row[muted + 1 :]]
        assert any([*other[:muted], *other[muted + 1 :]] == wanted for other in rest), f"lost {row}"


def _aaf_put_in(path: Path, rng: random.Random) -> None:
    import aaf2

    with aaf2.open(str(path), "rw") as file:
        mob = next(file.content.toplevel())
        for n in range(rng.randint(1, 4)):
            mob.comments[f"foreign {n}"] = _aaf_word(rng)
        master = file.create.MasterMob(_aaf_word(rng) or "x")
        file.content.mobs.append(master)
        source = file.create.SourceMob("elsewhere")
        file.content.mobs.append(source)
        essence, slot = source.create_essence(25, "picture")
        source.descriptor = file.create.TapeDescriptor()
        slot.segment.length = 7
        essence.open("w").write(rng.randbytes(rng.randint(1, 9000)))
        picture = mob.create_picture_slot(25)
        picture.segment.components.append(file.create.Filler("picture", 50))


def _aaf_keeps(old: Path, new: Path) -> None:
    """Every mob with all its properties and streams; the composition's slots are the first of the new one's."""
    import aaf2

    with aaf2.open(str(old)) as before, aaf2.open(str(new)) as after:
        theirs = {str(mob.mob_id): mob for mob in after.content.mobs}
        for mob in before.content.mobs:
            assert str(mob.mob_id) in theirs
            ours, other = _aaf_tree(mob), _aaf_tree(theirs[str(mob.mob_id)])
            if mob.mob_id == next(before.content.toplevel()).mob_id:
                other["Slots"] = other["Slots"][: len(ours["Slots"])]
                for tree in (ours, other):
                    tree.pop("LastModified", None)
            assert ours == other
        for data in before.content.essencedata:
            kept = after.content.essencedata.get(data.mob_id)
            assert kept.open("r").read() == data.open("r").read()


def _aaf_tree(thing: Any, depth: int = 0) -> Any:
    assert depth < 20
    if not hasattr(thing, "properties"):
        if isinstance(thing, (list, tuple)) or type(thing).__name__ in (
            "StrongRefVectorProperty",
            "StrongRefSetProperty",
        ):
            return [_aaf_tree(value, depth + 1) for value in thing]
        return str(thing)
    made = {}
    for found in thing.properties():
        kind = type(found).__name__
        if kind.startswith("WeakRef") or kind == "StreamProperty":
            made[found.name] = kind
        elif kind.startswith("StrongRef") and hasattr(found, "__iter__"):
            made[found.name] = [_aaf_tree(value, depth + 1) for value in found]
        else:
            made[found.name] = _aaf_tree(found.value, depth + 1)
    return made


def _word(rng: random.Random) -> str:
    return rng.choice(WORDS)


def _xml_word(rng: random.Random) -> str:
    return _word(rng).replace("\x0b", "")


def _aaf_word(rng: random.Random) -> str:
    """What AAF's 16-bit characters hold."""
    return "".join(sign for sign in _word(rng) if ord(sign) < 0x10000)


_INJECTORS: dict[str, Callable[[Path, random.Random], None]] = {
    ".rpp": _rpp_put_in, ".ardour": _ardour_put_in, ".dawproject": _dawproject_put_in, ".otio": _otio_put_in,
    ".otioz": _otio_put_in,
    ".csv": _csv_put_in, ".aaf": _aaf_put_in,
}  # fmt: skip
_KEEPERS: dict[str, Callable[[Path, Path], None]] = {
    ".rpp": _rpp_keeps, ".ardour": _ardour_keeps, ".dawproject": _dawproject_keeps, ".otio": _otio_keeps,
    ".otioz": _otio_keeps,
    ".csv": _csv_keeps, ".aaf": _aaf_keeps,
}  # fmt: skip
