"""Many calls at once, their answers in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable


def in_order[Item, Answer](
    call: Callable[[Item], Answer], items: Iterable[Item], *, concurrency: int
) -> Generator[Answer]:
    """The answers to all items, in their order; `concurrency` threads call.

    Items are taken as answers are, twice `concurrency` ahead: a file of millions stays a file.
    Whoever stops taking answers stops the calls that have not begun.
    """
    ahead: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(concurrency, thread_name_prefix="spillway-submit") as pool:
        try:
            for item in items:
                ahead.append(pool.submit(call, item))
                if len(ahead) >= 2 * concurrency:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
