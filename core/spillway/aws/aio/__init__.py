"""The ports that a worker's loop asks all the time, answered by AWS without ever blocking it.

docs/decisions/0011 has what that is worth. Nothing but the worker has aiohttp.
"""
