"""Write the names of sounds that are delivered, from the wordings of the trainer.

python scripts/sound_words.py [--check]        `--check` writes nothing and fails if a file is outdated

ui/data/sound_words.json : an English wording of every label, which the panel suggests.
flowsep_plugin/languages/names.tsv : what sounds are called in other languages, by English caption.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def suggestions() -> str:
    """Return the content of `sound_words.json`."""
    from flowsep_training.queries.words import vocabulary

    return json.dumps(sorted(words.english[0] for words in vocabulary().values()), ensure_ascii=False, indent=0) + "\n"


def names() -> str:
    """Return the content of `names.tsv`."""
    from flowsep_training.queries.names import as_text

    return as_text()


FILES: dict[Path, Callable[[], str]] = {
    ROOT / "ui" / "data" / "sound_words.json": suggestions,
    ROOT / "flowsep_plugin" / "languages" / "names.tsv": names,
}


def main() -> int:
    """Write or check the files; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        for file, content in FILES.items():
            file.write_text(content(), "utf-8", newline="\n")
        return 0
    outdated = [file for file, content in FILES.items() if not file.exists() or file.read_text("utf-8") != content()]
    for file in outdated:
        print(f"{file.name} is outdated; run python scripts/sound_words.py")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
