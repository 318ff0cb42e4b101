"""The user's own class, named by `options.entrypoint` as `module:Class`.

::

    class Sentiment:
        def load(self, path, options):      # optional: the model's folder, the manifest's options
            self.words = json.loads((path / "words.json").read_text())
            self.weights = tensors.mapped(path / "model.safetensors")  # of worker.runtimes

        def predict(self, payloads):        # one JSON value, or an exception, for each payload
            return [self.score(payload) for payload in payloads]

        def close(self): ...                # optional

The module lies in the model's folder or is installed. The folder goes to the end of `sys.path`: it
can add modules and never replace one that is there already. Large files in it are links, to memory
most often: what maps them (`worker.runtimes.tensors`, `numpy.memmap`) takes no memory more, what
reads them takes as much again.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spillway.errors import InferenceError, ModelLoadFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from spillway.strict_json import Json
    from worker.runtimes import Answer

_ENTRYPOINT = re.compile(r"(?P<module>[^\W\d]\w*(\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*)")


def load(path: Path, options: Mapping[str, Json]) -> PythonModel:
    """Import the class, make one instance and let it load, or raise `ModelLoadFailed`."""
    entrypoint = options.get("entrypoint")
    match = _ENTRYPOINT.fullmatch(entrypoint) if isinstance(entrypoint, str) else None
    if match is None:
        raise ModelLoadFailed(f"options.entrypoint: expected 'module:Class', got {entrypoint!r}")
    folder = str(path.resolve())
    sys.path.append(folder)
    try:
        module = _module(match["module"], path.resolve())
        return PythonModel(_instance(module, match["name"], path, options), folder)
    except InferenceError:
        _forget(folder)
        raise
    except (Exception, SystemExit) as error:
        _forget(folder)
        raise ModelLoadFailed(f"{entrypoint}: {type(error).__name__}: {error}") from error


class PythonModel:
    """An instance of the user's class. What it raises and returns is judged by `answers.ask`."""

    def __init__(self, instance: Any, folder: str) -> None:  # noqa: ANN401 - the user's own class
        self._instance = instance
        self._folder = folder

    def predict(self, payloads: Sequence[Json]) -> Sequence[Answer]:
        """Hand the batch to the user's class, as a list of its own."""
        answers: Sequence[Answer] = self._instance.predict(list(payloads))
        return answers

    def close(self) -> None:
        """Close the instance, if it can be closed, and forget the folder's modules."""
        try:
            if callable(close := getattr(self._instance, "close", None)):
                close()
        finally:
            _forget(self._folder)


def _module(name: str, folder: Path) -> ModuleType:
    importlib.invalidate_caches()
    top = name.partition(".")[0]
    lies_here = (folder / f"{top}.py").is_file() or (folder / top).is_dir()
    spec = importlib.util.find_spec(top)
    if lies_here and not _is_below(spec, folder):
        taken = spec.origin if spec else "another module"
        raise ModelLoadFailed(f"module {top!r} of the model is hidden by {taken}: rename it")
    if spec is None:
        raise ModelLoadFailed(f"module {name!r} is neither in the model's folder nor installed")
    return importlib.import_module(name)


def _instance(module: ModuleType, name: str, path: Path, options: Mapping[str, Json]) -> object:
    """Check the class against what the worker will ask of it, before any job does."""
    kind: Any = getattr(module, name, None)
    if not inspect.isclass(kind):
        found = "nothing of that name" if kind is None else type(kind).__name__
        raise ModelLoadFailed(f"{module.__name__}:{name}: expected a class, found {found}")
    _check_call(kind, "__init__", [])
    _check_call(kind, "predict", ["payloads"])
    instance: Any = kind()
    if hasattr(kind, "load"):
        _check_call(kind, "load", ["path", "options"])
        instance.load(path, dict(options))
    return instance


def _check_call(kind: type, method: str, arguments: Sequence[str]) -> None:
    """Raise unless the method is there, is not async, and can be called with these arguments."""
    where = f"{kind.__module__}:{kind.__name__}"
    call = f"{method}({', '.join(('self', *arguments))})"
    function = inspect.getattr_static(kind, method, None)
    if function is None:
        raise ModelLoadFailed(f"{where} has no {method}; define {call}")
    if method == "__init__" and function is object.__init__:
        return
    function = getattr(kind, method)
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ModelLoadFailed(f"{where}.{method} is async; define {call} without async")
    is_bound = isinstance(inspect.getattr_static(kind, method), staticmethod | classmethod)
    try:
        inspect.signature(function).bind(*(() if is_bound else ("self",)), *arguments)
    except TypeError as error:
        raise ModelLoadFailed(f"{where}.{method} can't be called as {call}: {error}") from error


def _forget(folder: str) -> None:
    """Take the folder off `sys.path`, and its modules out of what is imported."""
    if folder in sys.path:
        sys.path.remove(folder)
    for name, module in list(sys.modules.items()):
        if _is_below(getattr(module, "__spec__", None), Path(folder)):
            del sys.modules[name]


def _is_below(spec: ModuleSpec | None, folder: Path) -> bool:
    """Whether a module's file, or its folder where it is a package without one, lies below.

    By its name: a large file there is a link to another place.
    """
    places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
    return any(place and Path(place).absolute().is_relative_to(folder) for place in places)
