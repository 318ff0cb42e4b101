"""What Spillway's processes share: the rules about jobs, and the ports they reach the world by.

For callers there is `spillway.Client`, and beside it what it takes, gives and raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    from spillway.client import *  # noqa: F403 - what its __all__ names

    __all__: list[str]
    __version__: str
else:

    def __getattr__(name: str) -> object:
        """Import the client when it is first asked for: Lambda's cold start does without.

        Its names begin with a capital. Those of modules here do not, and are asked for first
        whenever one is imported.
        """
        if name == "__version__":
            return _version()
        if name == "__all__" or (name[:1].isupper() and name in _client().__all__):
            return getattr(_client(), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what is imported only when it is asked for too."""
    return sorted({*globals(), *_client().__all__, "__version__"})


def _client() -> ModuleType:
    from importlib import import_module  # noqa: PLC0415

    return import_module("spillway.client")


def _version() -> str:
    """The version that is installed; raises AttributeError where the code lies uninstalled."""
    from importlib import metadata  # noqa: PLC0415

    try:
        return metadata.version("spillway")
    except metadata.PackageNotFoundError as error:
        raise AttributeError("spillway is not installed, so it has no __version__") from error
