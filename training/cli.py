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
    _add_evaluate(commands.add_parser("evaluate", help="calibrate and measure a separator on the validation split"))
    _add_compare(commands.add_parser("compare", help="measure several separators on the same pairs"))
    _add_export(commands.add_parser("export", help="make the bundle"))
    _add_card(commands.add_parser("card", help="write the model card"))
    _add_recover(commands.add_parser("recover", help="take a bundle's autoencoder or separator out of its graphs"))
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


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_checkpoints(parser)
    parser.add_argument("--trials", type=int, default=48, help="mixtures a protocol")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.set_defaults(run=_evaluate)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--flow", action="append", required=True, metavar="NAME=CHECKPOINT", help="repeat for more")
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--trials", type=int, default=48, help="mixtures a protocol")
    parser.add_argument("--threads", type=int, default=1)
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    import torch

    from . import modelcard, report
    from .sources import Library

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    named = dict(pair.split("=", 1) for pair in options.flow)
    models = {name: report.open_model(options.vae, Path(path), options.text, library) for name, path in named.items()}
    print(modelcard.results_table(report.compare(models, library, options.trials)))


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_checkpoints(parser)
    parser.add_argument("--vocoder", type=Path, help="a checkpoint, or the vocoder.onnx of another bundle")
    parser.add_argument("--measured", type=Path, help="what `evaluate` wrote")
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--version", default="1.0.0")
    parser.add_argument("--card-only", action="store_true", help="the graphs are there already; write the card again")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.set_defaults(run=_export)


def _add_checkpoints(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True)
    parser.add_argument("--flow", type=Path, required=True)
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--threads", type=int, default=1)


def _evaluate(options: argparse.Namespace) -> None:
    import torch

    from . import report
    from .sources import Library

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    model = report.open_model(options.vae, options.flow, options.text, library)
    report.write(options.out, report.measure(model, library, options.trials))


def _export(options: argparse.Namespace) -> None:
    from . import bundle, modelcard
    from .sources import Library

    library = Library.open(options.data)
    found = modelcard.read_facts(options.measured) if options.measured else {}
    if not found:
        from .report import open_model

        found = {"scale": open_model(options.vae, options.flow, options.text, library).scale}
    parts = bundle.Parts(
        options.vae, options.flow, Path(options.text), found["scale"], options.vocoder, found.get("mask"),
        found.get("presence"), options.steps, options.version, found.get("results"), modelcard.credits(library),
    )  # fmt: skip
    if options.card_only:
        bundle.rewrite_card(parts, options.out)
    else:
        print(bundle.write(parts, options.out))


def _add_card(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--measured", type=Path, required=True, help="what `evaluate` wrote")
    parser.add_argument("--texts", type=Path, required=True, help="a YAML file with what only people can say")
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(run=_card)


def _card(options: argparse.Namespace) -> None:
    from . import modelcard
    from .sources import Library

    facts = {**modelcard.read_facts(options.measured), "texts": safe_load(options.texts.read_text(encoding="utf-8"))}
    options.out.write_text(modelcard.model_card(Library.open(options.data), facts), encoding="utf-8")


def _add_recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["vae", "flow"])
    parser.add_argument("bundle", type=Path, help="a bundle that this trainer made")
    parser.add_argument("--config", type=Path, help="flow: the YAML file of the run that made it")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.set_defaults(run=_recover)


def _recover(options: argparse.Namespace) -> None:
    from .config import read_config
    from .recover import recover_flow, recover_vae

    if options.what == "vae":
        recover_vae(options.bundle, options.out)
    elif options.config is None:
        raise SystemExit("recover flow needs --config, the YAML file of the run that made the bundle")
    else:
        recover_flow(options.bundle, read_config(options.config), options.out)
