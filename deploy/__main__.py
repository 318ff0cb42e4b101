"""`python -m deploy core|model|delete`: what `make deploy`, `deploy-model` and `delete` run.

Exit code 0, or 1 with one line that says why not, or 130 when it was interrupted.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from deploy import core, deletion, further, parameters, stage
from deploy.account import Account
from deploy.console import Console
from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from deploy.stage import Stage

ROOT = Path(__file__).resolve().parent.parent
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Do what the first argument says."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    try:
        chosen = stage.read(ROOT, asked.env, asked.stack)
        _run(asked, chosen, Account.of(chosen), console)
    except (SpillwayError, ClientError, BotoCoreError) as error:
        console.failure(error)
        return 1
    except KeyboardInterrupt:
        console.line("interrupted: the same command goes on from here")
        return INTERRUPTED
    return 0


def _run(asked: argparse.Namespace, chosen: Stage, account: Account, console: Console) -> None:
    if asked.action == "core":
        core.CoreDeploy(_core(asked, chosen), account, console).run()
    elif asked.action == "model":
        further.ModelDeploy(_model(asked, chosen), account, console).run()
    else:
        deletion.Deletion(_deletion(asked, chosen), account, console).run()


def _core(asked: argparse.Namespace, chosen: Stage) -> core.Order:
    return core.Order(
        root=ROOT,
        stage=chosen,
        parameters=parameters.split(asked.parameters),
        image=asked.image,
        model=asked.model,
        digest=asked.digest,
        docker=asked.docker,
        base=asked.base,
    )


def _model(asked: argparse.Namespace, chosen: Stage) -> further.Order:
    return further.Order(
        root=ROOT,
        core=chosen.stack,
        name=asked.name,
        parameters=parameters.split(asked.parameters),
        image=asked.image,
        folder=asked.model,
        digest=asked.digest,
    )


def _deletion(asked: argparse.Namespace, chosen: Stage) -> deletion.Order:
    return deletion.Order(
        core=chosen.stack,
        environment=chosen.name,
        model=asked.name,
        is_sure=asked.yes,
        models_too=asked.models,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    deploy_core = actions.add_parser("core", help="the core stack and its default model")
    deploy_core.add_argument("--docker", default="docker", help="the container engine's command")
    deploy_core.add_argument("--base", default="", help="image to build the worker's on")
    deploy_model = actions.add_parser("model", help="one further model")
    deploy_model.add_argument("name", help="the model's name, as callers write it")
    for deploying in (deploy_core, deploy_model):
        deploying.add_argument("--parameters", default="", help='"Name=value Name=value"')
        deploying.add_argument("--image", default="", help="URI of an image in a registry")
        version = deploying.add_mutually_exclusive_group()
        version.add_argument("--model", type=Path, help="folder with a manifest.json")
        version.add_argument("--digest", default="", help="a version that was deployed before")
    delete = actions.add_parser("delete", help="the core with all its models, or one model")
    delete.add_argument("name", nargs="?", help="a further model, to delete it alone")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    delete.add_argument("--models", action="store_true", help="delete the models' files too")
    for action in (deploy_core, deploy_model, delete):
        action.add_argument("--env", default="default", help="section of samconfig.toml")
        action.add_argument("--stack", help="the core stack, if not the one of the section")
    return parser


if __name__ == "__main__":
    sys.exit(main())
