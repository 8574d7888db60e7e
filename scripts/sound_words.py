"""Write `ui/data/sound_words.json`, the names of sounds that the panel suggests, from the wordings of the trainer.

python scripts/sound_words.py [--check]        `--check` writes nothing and fails if the file is outdated

sounds : an English wording of every label.     foreign : names in other languages -> that wording.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE = ROOT / "ui" / "data" / "sound_words.json"


def table() -> dict[str, object]:
    """Return the content of the file."""
    from flowsep_training.queries.words import vocabulary
    from flowsep_ui.studio.words.known_sounds import word_key

    labels = vocabulary().values()
    english = {word_key(text) for words in labels for text in (*words.english, *words.held_out)}
    foreign: dict[str, str] = {}
    for words in labels:
        for texts in words.foreign.values():
            for text in texts:
                if word_key(text) not in english:
                    foreign.setdefault(word_key(text), words.english[0])
    return {"sounds": sorted(words.english[0] for words in labels), "foreign": dict(sorted(foreign.items()))}


def main() -> int:
    """Write or check the file; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = json.dumps(table(), ensure_ascii=False, indent=0) + "\n"
    if parser.parse_args().check:
        is_current = FILE.exists() and FILE.read_text("utf-8") == text
        print("" if is_current else f"{FILE.name} is outdated; run python scripts/sound_words.py")
        return 0 if is_current else 1
    FILE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
