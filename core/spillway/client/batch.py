"""Many calls at once, their answers in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

from spillway.client.clock import stop_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable


def in_order[Item, Answer](
    call: Callable[[Item], Answer], items: Iterable[Item], *, concurrency: int
) -> Generator[Answer]:
    """The answers to all items, in their order; `concurrency` threads call.

    Items are taken as answers are, twice `concurrency` ahead: a file of millions stays a file.
    Whoever stops taking answers stops the calls: none begins, and none sleeps until it may be
    sent again. Only what is on its way is waited for.
    """
    ahead: deque[Future[Answer]] = deque()
    stop = Event()
    with ThreadPoolExecutor(
        concurrency, "spillway-batch", initializer=stop_at, initargs=(stop,)
    ) as pool:
        try:
            for item in items:
                ahead.append(pool.submit(call, item))
                if len(ahead) >= 2 * concurrency:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            # In this order, so that no thread takes up what waits behind the call that it leaves.
            pool.shutdown(wait=False, cancel_futures=True)
            stop.set()
