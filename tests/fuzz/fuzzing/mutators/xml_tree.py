"""Damage to an XML document that stays one: attributes, elements, entities and depth."""

import copy
import random
from typing import Any

from lxml import etree

from .odd_values import NUMBERS, TEXTS

_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)
_PARSER = etree.XMLParser(huge_tree=False, resolve_entities=False, no_network=True, remove_blank_text=False)
_VALUES = (
    *NUMBERS,
    *(text for text in TEXTS if all(character >= " " and character not in "\ufffe" for character in text)),
)


def mutate_xml(data: bytes, rng: random.Random) -> bytes:
    """Return the document with one element changed; other bytes where it is not XML."""
    try:
        root = etree.fromstring(data, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return data
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for _ in range(rng.choice((1, 1, 1, 3))):
        _change(rng.choice(elements), rng.choice(elements), rng)
    written = etree.tostring(root, xml_declaration=True, encoding=rng.choice(("UTF-8", "UTF-8", "UTF-8", "UTF-16")))
    return _with_entities(written, rng) if rng.random() < 0.04 else bytes(written)


def _change(element: Any, other: Any, rng: random.Random) -> None:
    owner = element.getparent()
    match rng.randrange(9):
        case 0 | 1 | 2 if element.attrib:
            name = rng.choice(sorted(element.attrib))
            element.attrib[name] = rng.choice(_VALUES)
        case 3 if element.attrib:
            del element.attrib[rng.choice(sorted(element.attrib))]
        case 4 if owner is not None:
            owner.remove(element)
        case 5 if owner is not None:
            for _ in range(rng.choice((1, 2, 50))):
                owner.append(copy.deepcopy(element))
        case 6 if other not in element.iterancestors() and other is not element:
            element.append(copy.deepcopy(other))
        case 7:
            element.tag = rng.choice((other.tag, "x", "Track", "Region"))
        case _:
            element.text = rng.choice(_VALUES)
    if rng.random() < 0.02:
        for _ in range(2000):
            inner = etree.SubElement(element, element.tag)
            element = inner


def _with_entities(written: bytes, rng: random.Random) -> bytes:
    """Return the document with entities that grow tenfold each, or that name a file."""
    body = written.split(b"?>", 1)[-1]
    return _BOMB + body.replace(b'="', b'="' + rng.choice((b"&j;", b"&f;", b"&zzz;")), 1)
