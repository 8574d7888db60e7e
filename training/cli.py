"""The commands: prepare, train, evaluate, export."""

import argparse
from pathlib import Path

from yaml import safe_load


def main(arguments: list[str] | None = None) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="flowsep_training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    _add_prepare(commands.add_parser("prepare", help="decode, level and pack recordings"))
    _add_train(commands.add_parser("train", help="train the autoencoder, the separator or the vocoder"))
    options = parser.parse_args(arguments)
    options.run(options)


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder with metadata.csv")
    parser.add_argument("--packages", type=Path, nargs=2, metavar=("MANIFEST", "FOLDER"))
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(run=_prepare)


def _prepare(options: argparse.Namespace) -> None:
    from .prepare import Recipe, prepare

    packages = tuple(options.packages) if options.packages else None
    prepare(Recipe(tuple(options.data), packages, options.soundfont, options.seed), options.out)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["vae", "flow", "vocoder"])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; a run that is there is gone on with")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="such as loop.steps=100")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    from importlib import import_module

    from .config import read_config
    from .run import together

    over = dict(pair.split("=", 1) for pair in options.set)
    config = read_config(options.config, **{name.replace(".", "__"): safe_load(value) for name, value in over.items()})
    loop = getattr(import_module(f".{options.what}", __package__), f"train_{options.what}")
    together(loop, config, options.data, options.out)
