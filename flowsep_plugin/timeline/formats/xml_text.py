"""XML of sessions, kept as it is: comments, order, white space. Entities are not expanded, nothing is fetched.

lxml is imported only when a format reads or writes.
"""

from typing import Any, Final, TypeAlias

from flowsep_plugin.errors import SessionError

from .limits import MOST_TAGS

_EBCDIC: Final = b"\x4c\x6f\xa7\x94"
"""The start of an XML whose tags cannot be counted by `<`."""

Element: TypeAlias = Any
"""An lxml element; its stubs are not installed with it."""


def parse_xml(data: bytes, root: str) -> Element:
    """Return the root element. Raises SessionError for damaged XML, or a root that is not named `root`."""
    from lxml import etree

    if data.count(b"<") + data.count(b"=") > MOST_TAGS or data.startswith(_EBCDIC):
        raise SessionError("its XML has more tags than any session; open a backup instead")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_blank_text=False)
    try:
        element = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SessionError(f"its XML is damaged: {error}; open a backup instead") from error
    if element.tag != root:
        raise SessionError(f"its XML is a <{element.tag}>, not a <{root}>; check that it is the right file")
    return element


def xml_bytes(root: Element) -> bytes:
    """Return a document as DAWs write it: UTF-8, a declaration, comments around the root. Inverse: `parse_xml`."""
    from lxml import etree

    tree = root.getroottree()
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + bytes(etree.tostring(tree, encoding="UTF-8", xml_declaration=False)) + b"\n"


def new_element(tag: str, **attributes: object) -> Element:
    """Return an element with attributes in order; skips those that are None, and drops `_` at the end of a name."""
    from lxml import etree

    element = etree.Element(tag)
    set_attributes(element, **attributes)
    return element


def add(parent: Element, tag: str, **attributes: object) -> Element:
    """Append a new child to `parent` and return it; attributes as in `new_element`."""
    child = new_element(tag, **attributes)
    parent.append(child)
    return child


def set_attributes(element: Element, **attributes: object) -> None:
    """Set attributes in order, booleans as true and false; skips those that are None."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name.rstrip("_"), str(value).lower() if isinstance(value, bool) else str(value))


def insert_after(element: Element, new: Element) -> None:
    """Insert `new` after `element`, with the same indent."""
    parent = element.getparent()
    new.tail = element.tail
    previous = element.getprevious()
    between = parent.text if previous is None else previous.tail
    if between is not None and not between.strip():
        element.tail = between
    parent.insert(parent.index(element) + 1, new)


def required_attribute(element: Element, name: str) -> str:
    """Return the value of an attribute. Raises SessionError where the element does not have it."""
    value = element.get(name)
    if value is None:
        raise SessionError(f"a <{element.tag}> in it has no {name}; open a backup instead")
    return str(value)


def children(element: Element | None) -> list[Element]:
    """Return the child elements, without comments and processing instructions; empty for None."""
    return [] if element is None else [child for child in element if isinstance(child.tag, str)]
