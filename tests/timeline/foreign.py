"""Foreign content of sessions, which flowsep does not read: injected at random, and checked after writing."""

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

_RPP_CHANGES = re.compile(rb"(MUTE|AUXRECV) \d+ ")
WORDS = ("", "a b", "Ünï 笛 🎹", "<&>\"'`", "x" * 300, "\u202eשלום", "0.0000001", "{9A3B}", "]]>", "\u2028", "%41;|\t")


def assert_kept(old: Path, new: Path) -> None:
    """Assert that `new` has everything of `old`, in order, with no more changes than the format's list allows."""
    _ASSERTIONS[old.suffix](old, new)


def inject(path: Path, rng: random.Random) -> None:
    """Add foreign content to a session at random places."""
    _INJECTORS[path.suffix](path, rng)


def _inject_rpp(path: Path, rng: random.Random) -> None:
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


def _assert_rpp_kept(old: Path, new: Path) -> None:
    """Assert that every line is unchanged, except MUTE of items and the track that an AUXRECV names.

    New lines may be between them.
    """
    rest = iter(new.read_bytes().split(b"\n"))
    for line in old.read_bytes().split(b"\n"):
        for other in rest:
            if other == line or _RPP_CHANGES.sub(rb"\1", other) == _RPP_CHANGES.sub(rb"\1", line):
                break
        else:
            raise AssertionError(f"lost {line!r}")


def _inject_xml(root: etree._Element, rng: random.Random) -> None:
    """Add attributes, elements, comments and processing instructions."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for element in rng.sample(elements, min(len(elements), rng.randint(1, 15))):
        kind = rng.randrange(4)
        if kind == 0:
            element.set(f"foreign-{rng.randint(0, 99)}", _xml_word(rng))
        elif kind == 1:
            element.set(f"{{urn:foreign}}f{rng.randint(0, 9)}", _xml_word(rng))
        elif kind == 2 and not (element.text and element.text.strip()):
            foreign = etree.Element(rng.choice(["Foreign", "{urn:foreign}Deep"]), keep=_xml_word(rng))
            element.insert(rng.randint(0, len(element)), foreign)
            etree.SubElement(foreign, "Inner").text = _xml_word(rng)
        elif not (element.text and element.text.strip()):
            element.insert(
                rng.randint(0, len(element)), rng.choice([etree.Comment("keep - me"), etree.PI("foreign", "x='1'")])
            )


def assert_xml_kept(old: etree._Element, new: etree._Element, may_change: Sequence[tuple[str, str]]) -> None:
    """Assert that `new` has every node of `old` in order, with attributes and text, except (tag, attribute) pairs."""
    where = f"<{old.tag} {dict(old.attrib)}>"
    assert old.tag == new.tag, where
    for name, value in old.attrib.items():
        assert new.get(name) == value or (old.tag, name) in may_change, f"{where}: {name}={new.get(name)!r}"
    for name in set(new.attrib) - set(old.attrib):
        assert (old.tag, name) in may_change, f"{where}: {name} is new"
    assert _stripped(old.text) == _stripped(new.text), where
    rest = iter(new)
    for child in old:
        for other in rest:
            if _is_same(child, other):
                break
        else:
            raise AssertionError(f"{where} lost {etree.tostring(child)[:300]!r}")
        assert _stripped(child.tail) == _stripped(other.tail)
        assert_xml_kept(child, other, may_change)


def _is_same(old: etree._Element, new: etree._Element) -> bool:
    if old.tag != new.tag:
        return False
    if not isinstance(old.tag, str):
        return bool(old.text == new.text)
    same = [name for name in ("id", "track", "parameter", "name", "time", "value", "key") if name in old.attrib]
    return all(old.get(name) == new.get(name) or (name == "value" and old.tag == "Option") for name in same)


def _stripped(text: str | None) -> str:
    return (text or "").strip()


def _inject_ardour(path: Path, rng: random.Random) -> None:
    root = etree.fromstring(path.read_bytes())
    _inject_xml(root, rng)
    path.write_bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True))


def _assert_ardour_kept(old: Path, new: Path) -> None:
    allowed = [("Session", "id-counter"), ("PresentationInfo", "order"), ("Region", "muted")]
    assert_xml_kept(etree.fromstring(old.read_bytes()), etree.fromstring(new.read_bytes()), allowed)


def _assert_fcpxml_kept(old: Path, new: Path) -> None:
    allowed = [("asset-clip", "enabled")]
    assert_xml_kept(etree.fromstring(old.read_bytes()), etree.fromstring(new.read_bytes()), allowed)


def _inject_zip(path: Path, rng: random.Random, main: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = rng.randbytes(rng.randint(0, 30))
        for number in range(rng.randint(1, 4)):
            info = zipfile.ZipInfo(f"plugins/{number} {rng.choice(['ünï 笛', 'a b', '🎹'])}.bin", (2001, 2, 3, 4, 5, 6))
            info.compress_type = rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            info.comment = rng.randbytes(5)
            info.extra = b"UT\x05\x00\x01" + rng.randbytes(4)
            archive.writestr(info, rng.randbytes(rng.randint(0, 5000)))
            info.external_attr = rng.choice([0, 0o644 << 16])
        for info, data in members:
            archive.writestr(info, change(data) if info.filename == main else data)


def assert_zip_kept(old: Path, new: Path, main: str) -> tuple[bytes, bytes]:
    """Assert that every member but `main` is unchanged; returns `main` before and after."""
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


def _inject_dawproject(path: Path, rng: random.Random) -> None:
    def change(data: bytes) -> bytes:
        root = etree.fromstring(data)
        _inject_xml(root, rng)
        return bytes(etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True))

    _inject_zip(path, rng, "project.xml", change)


def _assert_dawproject_kept(old: Path, new: Path) -> None:
    before, after = assert_zip_kept(old, new, "project.xml")
    assert_xml_kept(etree.fromstring(before), etree.fromstring(after), [("Clip", "enable")])


def _inject_otio(path: Path, rng: random.Random) -> None:
    def change(data: bytes) -> bytes:
        content = json.loads(data)
        things = list(_otio_things(content))
        for thing in rng.sample(things, min(len(things), rng.randint(1, 12))):
            foreign: Any = {"maker": _word(rng), "deep": [1, 2.5, None, True, {"x": _word(rng)}], "big": 2**40}
            thing["metadata"][f"foreign {rng.randint(0, 9)}"] = foreign
            if "effects" in thing and rng.random() < 0.5:
                thing["effects"].append({"OTIO_SCHEMA": "Effect.1", "metadata": {"k": foreign}, "name": "EQ",
                                         "effect_name": "eq", "enabled": True})  # fmt: skip
        content["tracks"]["children"].insert(0, {
            "OTIO_SCHEMA": "Track.1", "metadata": {}, "name": "picture", "source_range": None, "effects": [],
            "markers": [], "enabled": True, "color": None, "children": [], "kind": "Video"})  # fmt: skip
        content["metadata"]["odd"] = {"OTIO_SCHEMA": "Foreign.7", "what": _word(rng)}
        return json.dumps(content, ensure_ascii=False).encode()

    if path.suffix == ".otioz":
        _inject_zip(path, rng, "content.otio", change)
    else:
        path.write_bytes(change(path.read_bytes()))


def _otio_things(value_tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value_tree, dict):
        if "metadata" in value_tree:
            yield value_tree
        for key, value in value_tree.items():
            if key != "metadata":
                yield from _otio_things(value)
    elif isinstance(value_tree, list):
        for value in value_tree:
            yield from _otio_things(value)


def _assert_otio_kept(old: Path, new: Path) -> None:
    whole = old.suffix == ".otio"
    before, after = (old.read_bytes(), new.read_bytes()) if whole else assert_zip_kept(old, new, "content.otio")
    assert_json_kept(_json(before), _json(after), "")


def _json(text: bytes) -> Any:
    """Return JSON with the constants that OTIO writes, `Inf` and `NaN`, as strings."""
    return json.loads(re.sub(rb"\bInf\b", b"Infinity", text), parse_constant=str)


def assert_json_kept(old: Any, new: Any, where: str) -> None:
    """Assert that objects have their keys and lists their items in order; `enabled` of clips may differ."""
    if isinstance(old, dict):
        assert isinstance(new, dict), where
        for name, value in old.items():
            if name == "enabled" and old.get("OTIO_SCHEMA", "").startswith("Clip"):
                continue
            assert name in new, f"{where}: lost {name}"
            assert_json_kept(value, new[name], f"{where}/{name}")
    elif isinstance(old, list):
        rest = iter(new)
        for index, value in enumerate(old):
            trouble = f"{where}: lost item {index}"
            for other in rest:
                try:
                    assert_json_kept(value, other, f"{where}/{index}")
                    break
                except AssertionError as error:
                    trouble = max(trouble, str(error), key=lambda text: text.count("/"))
            else:
                raise AssertionError(trouble[:500])
    else:
        assert old == new, f"{where}: {old!r} became {new!r}"


def _inject_csv(path: Path, rng: random.Random) -> None:
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
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(table)
    path.write_bytes(text.getvalue().encode("utf-8"))


def _assert_csv_kept(old: Path, new: Path) -> None:
    before, after = (list(csv.reader(io.StringIO(p.read_bytes().decode("utf-8"), newline=""))) for p in (old, new))
    assert after[0] == before[0]
    muted = before[0].index("muted")
    rest = iter(after)
    for row in before:
        expected = [*row[:muted], *row[muted + 1 :]]
        assert any([*other[:muted], *other[muted + 1 :]] == expected for other in rest), f"lost {row}"


def _inject_aaf(path: Path, rng: random.Random) -> None:
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


def _assert_aaf_kept(old: Path, new: Path) -> None:
    """Assert that every mob has all its properties and streams; new slots of the composition come last."""
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
            copy = after.content.essencedata.get(data.mob_id)
            assert copy.open("r").read() == data.open("r").read()


def _aaf_tree(thing: Any, depth: int = 0) -> Any:
    assert depth < 20
    if not hasattr(thing, "properties"):
        if isinstance(thing, (list, tuple)) or type(thing).__name__ in (
            "StrongRefVectorProperty",
            "StrongRefSetProperty",
        ):
            return [_aaf_tree(value, depth + 1) for value in thing]
        return str(thing)
    tree = {}
    for prop in thing.properties():
        kind = type(prop).__name__
        if kind.startswith("WeakRef") or kind == "StreamProperty":
            tree[prop.name] = kind
        elif kind.startswith("StrongRef") and hasattr(prop, "__iter__"):
            tree[prop.name] = [_aaf_tree(value, depth + 1) for value in prop]
        else:
            tree[prop.name] = _aaf_tree(prop.value, depth + 1)
    return tree


def _word(rng: random.Random) -> str:
    return rng.choice(WORDS)


def _xml_word(rng: random.Random) -> str:
    return _word(rng).replace("\x0b", "")


def _aaf_word(rng: random.Random) -> str:
    """Return a word of 16-bit characters, as in AAF."""
    return "".join(sign for sign in _word(rng) if ord(sign) < 0x10000)


def _inject_edl(path: Path, rng: random.Random) -> None:
    lines = path.read_bytes().decode("utf-8").split("\n")
    for _ in range(rng.randint(1, 12)):
        at = rng.randint(2, len(lines) - 1)
        lines[at:at] = rng.choice(
            [
                [f"* FOREIGN {_word(rng)}"],
                ["* ASC_SOP (1.0 1.0 1.0)(0.0 0.0 0.0)(1.0 1.0 1.0)", "* ASC_SAT 1.0"],
                ["", ">>> SOURCE   X   00112233"],
            ]
        )
    picture = ["7  A001C003 V     C        01:00:04:05 01:00:05:12 00:59:53:11 00:59:54:18", "* FROM CLIP NAME: shot"]
    at = next((number for number, line in enumerate(lines) if line[:1].isdigit()), len(lines))
    lines[at:at] = picture if rng.random() < 0.5 else []
    path.write_bytes(rng.choice(["\n", "\r\n"]).join(lines).encode("utf-8"))


def _assert_edl_kept(old: Path, new: Path) -> None:
    assert new.read_bytes().startswith(old.read_bytes())


_INJECTORS: dict[str, Callable[[Path, random.Random], None]] = {
    ".rpp": _inject_rpp, ".ardour": _inject_ardour, ".dawproject": _inject_dawproject, ".otio": _inject_otio,
    ".otioz": _inject_otio,
    ".edl": _inject_edl, ".fcpxml": _inject_ardour, ".csv": _inject_csv, ".aaf": _inject_aaf,
}  # fmt: skip
_ASSERTIONS: dict[str, Callable[[Path, Path], None]] = {
    ".rpp": _assert_rpp_kept, ".ardour": _assert_ardour_kept, ".dawproject": _assert_dawproject_kept,
    ".otio": _assert_otio_kept, ".otioz": _assert_otio_kept,
    ".edl": _assert_edl_kept, ".fcpxml": _assert_fcpxml_kept, ".csv": _assert_csv_kept, ".aaf": _assert_aaf_kept,
}  # fmt: skip
