"""XML that keeps what is foreign: comments, order, white space. No entity is ever expanded, nothing is fetched.

lxml is looked for only when a format needs it.
"""

from typing import Any, TypeAlias

from flowsep_plugin.errors import SessionError

Element: TypeAlias = Any
"""An lxml element; its stubs are not installed with it."""


def parse_xml(data: bytes, root: str) -> Element:
    """Return the root element, which is named `root`. Raises SessionError."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_blank_text=False)
    try:
        found = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SessionError(f"its XML is damaged: {error}; open a backup instead") from error
    if found.tag != root:
        raise SessionError(f"its XML is a <{found.tag}>, not a <{root}>")
    return found


def xml_bytes(root: Element) -> bytes:
    """Write a document as hosts do: UTF-8, a declaration, every comment around the root. Inverse: `parse_xml`."""
    from lxml import etree

    tree = root.getroottree()
    declaration = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return declaration + bytes(etree.tostring(tree, encoding="UTF-8", xml_declaration=False)) + b"\n"


def new_element(tag: str, **attributes: object) -> Element:
    """Make an element; attributes that are None are left out, `_` at the end of a name is dropped."""
    from lxml import etree

    made = etree.Element(tag)
    set_attributes(made, **attributes)
    return made


def add(parent: Element, tag: str, **attributes: object) -> Element:
    """Make a child; see `new_element`."""
    made = new_element(tag, **attributes)
    parent.append(made)
    return made


def set_attributes(element: Element, **attributes: object) -> None:
    """Set attributes in order; booleans are written true and false."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name.rstrip("_"), str(value).lower() if isinstance(value, bool) else str(value))


def insert_after(element: Element, new: Element) -> None:
    """Put `new` behind `element`, indented as it is."""
    parent = element.getparent()
    new.tail = element.tail
    previous = element.getprevious()
    between = parent.text if previous is None else previous.tail
    if between is not None and not between.strip():
        element.tail = between
    parent.insert(parent.index(element) + 1, new)


def required_attribute(element: Element, name: str) -> str:
    """Return an attribute that has to be there. Raises SessionError."""
    found = element.get(name)
    if found is None:
        raise SessionError(f"a <{element.tag}> in it has no {name}; open a backup instead")
    return str(found)


def children(element: Element | None) -> list[Element]:
    """Child elements, without comments and the like."""
    return [] if element is None else [child for child in element if isinstance(child.tag, str)]
