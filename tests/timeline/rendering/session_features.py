"""Features that real sessions have and ours do not write: added to a session before its stems are placed.

All of them sound, and all of them have to sound in the stems as they do in their source.
"""

import random
import re
from pathlib import Path

from lxml import etree


def add_features(path: Path, rng: random.Random, *, delays: bool) -> None:
    """Add features to a session at random, as far as its format has any.

    delays : also of tracks that play later than their clips are placed.
    """
    if path.suffix == ".rpp":
        _to_rpp(path, rng, delays)
    elif path.suffix == ".ardour":
        _to_ardour(path, rng)
    elif path.suffix == ".fcpxml":
        _to_fcpxml(path, rng)


def _to_rpp(path: Path, rng: random.Random, delays: bool) -> None:
    """Add shapes of fades, pans, and polarity and delays of tracks."""
    lines = []
    for line in path.read_text("utf-8", "surrogateescape").split("\n"):
        words = line.split()
        if re.match(r" {6}FADE", line):
            shape, curvature = rng.randint(0, 7), rng.choice(["0", "-0.5", "1"])
            line = f"      {words[0]} {rng.randint(0, 7)} {words[2]} 0 {shape} 0 {curvature}"
        elif re.match(r" {6}VOLPAN ", line):
            line = f"      VOLPAN {words[1]} {rng.choice([0, -0.5, 1])} {words[3]} -1"
        elif re.match(r" {4}VOLPAN ", line):
            line = f"    VOLPAN {rng.choice([1, 0.5])} {rng.choice([0, 0.25])} -1 -1 1"
        lines.append(line)
        if re.match(r" {4}MUTESOLO", line):
            lines += [f"    IPHASE {rng.randint(0, 1)}", f"    PLAYOFFS 0.01 {int(not delays)}"]
    path.write_text("\n".join(lines), "utf-8", "surrogateescape")


def _to_ardour(path: Path, rng: random.Random) -> None:
    """Add curves of fades, gains of sources, faders and polarity of tracks."""
    session = etree.fromstring(path.read_bytes())
    for events in session.iterfind("Playlists/Playlist/Region/*/AutomationList/events"):
        rows = [line.split() for line in events.text.splitlines() if line.strip()]
        if len(rows) == 2 and events.getparent().getparent().tag.startswith("Fade"):
            middle = f"a{int(rows[1][0][1:]) // 3} {rng.uniform(0.1, 0.9):.6f}"
            events.text = "\n".join([" ".join(rows[0]), middle, " ".join(rows[1]), ""])
    usual = rng.choice([1, 0.25, rng.uniform(0.05, 0.9)])
    for source in session.iterfind("Sources/Source"):
        source.set("gain", repr(rng.choice([usual, usual, usual, rng.uniform(0.05, 0.9)])))
    for route in session.iterfind("Routes/Route"):
        for processor in route.iterfind("Processor"):
            for control in processor.iter("Controllable"):
                if processor.get("type") in ("amp", "trim"):
                    control.set("value", repr(rng.choice([1.0, 0.5])))
    path.write_bytes(etree.tostring(session.getroottree(), encoding="UTF-8", xml_declaration=True))


def _to_fcpxml(path: Path, rng: random.Random) -> None:
    """Add shapes of fades."""
    text = path.read_text("utf-8")
    shapes = ("linear", "easeIn", "easeOut", "easeInOut")
    path.write_text(re.sub(r'type="linear"', lambda _: f'type="{rng.choice(shapes)}"', text), "utf-8")
