"""A user's own class: what it must be is checked before any job meets it."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import ModelLoadFailed, PredictionFailed
from tests.unit.worker.runtimes import asking
from worker.runtimes import python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from worker.runtimes.python import PythonModel


@pytest.fixture(autouse=True)
def untouched_path() -> Iterator[None]:
    before = list(sys.path)
    yield
    assert sys.path == before


def write(folder: Path, source: str, module: str = "mine") -> None:
    (folder / f"{module}.py").write_text(dedent(source))


def loaded(folder: Path, entrypoint: str = "mine:Model", **options: Any) -> PythonModel:
    return python.load(folder, {"entrypoint": entrypoint, **options})


def refusal(folder: Path, entrypoint: Any = "mine:Model") -> str:
    with pytest.raises(ModelLoadFailed) as caught:
        python.load(folder, {"entrypoint": entrypoint})
    return str(caught.value)


def test_a_class_loads_from_its_folder_and_answers(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("good fine")
    write(
        tmp_path,
        """
        class Model:
            def load(self, path, options):
                self.words = (path / "words.txt").read_text().split()
                self.weight = options["weight"]

            def predict(self, payloads):
                return [self.weight * (text in self.words) for text in payloads]
        """,
    )

    model = loaded(tmp_path, weight=2)

    assert asking.ask(model, ["good", "bad"]) == [2, 0]
    model.close()


def test_a_class_without_load_and_close_will_do(tmp_path: Path) -> None:
    write(tmp_path, "class Model:\n    def predict(self, payloads): return payloads")

    model = loaded(tmp_path)

    assert asking.ask(model, [{"a": 1}]) == [{"a": 1}]
    model.close()


def test_a_model_may_be_a_package_that_imports_its_own_modules(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    write(tmp_path / "mine", "FACTOR = 3", "numbers_of_mine")
    write(
        tmp_path / "mine",
        """
        class Model:
            def predict(self, payloads):
                from mine.numbers_of_mine import FACTOR

                return [FACTOR * payload for payload in payloads]
        """,
        "core",
    )

    model = loaded(tmp_path, "mine.core:Model")

    assert asking.ask(model, [2]) == [6]
    model.close()


def test_an_installed_class_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed, folder = tmp_path / "site-packages", tmp_path / "model"
    installed.mkdir()
    folder.mkdir()
    write(installed, "class Model:\n def predict(self, payloads): return payloads", "installed")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [str(installed), *sys.path])

        model = loaded(folder, "installed:Model")

        assert asking.ask(model, [1]) == [1]
        model.close()
        del sys.modules["installed"]


def test_closing_closes_the_instance_and_lets_another_model_have_the_name(tmp_path: Path) -> None:
    for answer in ("first", "second"):
        folder = tmp_path / answer
        folder.mkdir()
        write(
            folder,
            f"""
            class Model:
                def predict(self, payloads): return ["{answer}" for _ in payloads]
                def close(self): print("closed")
            """,
        )
        model = loaded(folder)
        assert asking.ask(model, [1]) == [answer]
        model.close()
        assert "mine" not in sys.modules


@pytest.mark.parametrize("entrypoint", [None, 5, "", "mine", "mine:", ":Model", "mine.Model",
                                        "mine:Model()", "../mine:Model", "mine:a.b"])  # fmt: skip
def test_an_entrypoint_is_a_module_and_a_class(tmp_path: Path, entrypoint: Any) -> None:
    assert "expected 'module:Class'" in refusal(tmp_path, entrypoint)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "mine:Model: expected a class, found nothing of that name"),
        ("Model = 5", "mine:Model: expected a class, found int"),
        ("def Model(): ...", "mine:Model: expected a class, found function"),
        ("class Model: ...", "has no predict; define predict(self, payloads)"),
        ("class Model:\n async def predict(self, payloads): ...", "predict is async"),
        ("class Model:\n def predict(self): ...", "can't be called as predict(self, payloads)"),
        (
            "class Model:\n def predict(self, payloads): ...\n def load(self, path): ...",
            "can't be called as load(self, path, options)",
        ),
        (
            "class Model:\n def predict(self, payloads): ...\n def __init__(self, size): ...",
            "can't be called as __init__(self)",
        ),
        (
            "class Model:\n def predict(self, p): ...\n def load(self, p, o): raise OSError('no')",
            "mine:Model: OSError: no",
        ),
        ("import nothing_of_this_name", "mine:Model: ModuleNotFoundError: No module named"),
        ("class Model", "mine:Model: SyntaxError"),
        ("raise SystemExit(3)", "mine:Model: SystemExit: 3"),
    ],
)
def test_a_class_that_breaks_the_contract_fails_the_load(
    tmp_path: Path, source: str, reason: str
) -> None:
    write(tmp_path, source)

    assert reason in refusal(tmp_path)
    assert "mine" not in sys.modules


def test_a_module_that_is_nowhere_is_named(tmp_path: Path) -> None:
    assert "module 'mine' is neither in the model's folder nor installed" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["json", "sys", "worker"])
def test_a_model_can_not_replace_a_module_that_is_there_already(tmp_path: Path, name: str) -> None:
    write(tmp_path, "class Model:\n def predict(self, payloads): return payloads", name)

    assert f"module '{name}' of the model is hidden by" in refusal(tmp_path, f"{name}:Model")


def test_what_predict_raises_is_the_batchs_failure(tmp_path: Path) -> None:
    write(tmp_path, "class Model:\n def predict(self, payloads): return 1 / 0")
    model = loaded(tmp_path)

    with pytest.raises(PredictionFailed, match=r"^ZeroDivisionError: division by zero$"):
        asking.ask(model, [1, 2])

    model.close()


def test_the_class_gets_a_list_of_its_own(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        class Model:
            def predict(self, payloads):
                payloads.clear()
                return [1]
        """,
    )
    model, payloads = loaded(tmp_path), ["a"]

    assert asking.ask(model, payloads) == [1]
    assert payloads == ["a"]
    model.close()
