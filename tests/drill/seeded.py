"""`python seeded.py SEED ARGUMENTS…`: microburst, whose dice have this seed, put right in two ways.

- A request keeps the host that its caller signed. As it is, microburst 0.10 names the upstream's,
  so that S3's signatures do not hold, or signs anew with one key, so that all have all rights.
- The answer to a HEAD keeps its Content-Length, which is all that HeadObject is asked for.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any

from aiohttp import web
from microburst import forward  # type: ignore[import-not-found]
from microburst.cli import main  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Mapping

outbound_headers = forward.Upstream._outbound_headers
stream_to_client = forward._stream_to_client


def as_signed(upstream: Any, request: web.Request) -> dict[str, str]:
    return {**outbound_headers(upstream, request), "host": request.headers["Host"]}


async def with_length(
    request: web.Request, status: int, headers: Mapping[str, str], *rest: Any
) -> web.StreamResponse:
    if request.method != "HEAD":
        answer: web.StreamResponse = await stream_to_client(request, status, headers, *rest)
        return answer
    dropped = forward.HOP_BY_HOP - {"content-length"}
    kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
    return web.Response(status=status, headers=kept)


forward.Upstream._outbound_headers = as_signed
forward._stream_to_client = with_length
random.seed(int(sys.argv.pop(1)))
sys.exit(main())
