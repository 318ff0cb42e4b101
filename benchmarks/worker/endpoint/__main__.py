"""`python -m benchmarks.worker.endpoint [PORT]` prints its port and serves until it is ended."""

from __future__ import annotations

import asyncio
import gc
import sys

from benchmarks.worker.endpoint.control import Control
from benchmarks.worker.endpoint.http import Connection
from benchmarks.worker.endpoint.world import World


async def main(port: int) -> None:
    """Serve on this port, or on a free one."""
    loop = asyncio.get_running_loop()
    world = World("")
    control = Control(world)
    server = await loop.create_server(lambda: Connection(control.handle), "127.0.0.1", port)
    bound: int = server.sockets[0].getsockname()[1]
    world.sqs.url = f"http://127.0.0.1:{bound}"
    # A hundred thousand messages are no garbage: looking through them costs the stand-in its speed.
    gc.disable()
    print(bound, flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
