"""Objects in a dictionary."""

from __future__ import annotations

from spillway.errors import ObjectMissing


class MemoryBucket:
    """The twin of one bucket."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.objects: dict[str, bytes] = {}

    def uri(self, key: str) -> str:
        return f"s3://{self._name}/{key}"

    def key(self, uri: str) -> str | None:
        prefix = self.uri("")
        return uri.removeprefix(prefix) or None if uri.startswith(prefix) else None

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body

    def copy(self, source: str, key: str) -> None:
        self.objects[key] = self.get(source)

    def get(self, key: str) -> bytes:
        try:
            return self.objects[key]
        except KeyError:
            raise ObjectMissing(key) from None

    def size(self, key: str) -> int:
        return len(self.get(key))

    def presign_get(self, key: str, *, expires_s: int) -> str:
        return f"https://{self._name}.example/{key}?expires={expires_s}"

    def presign_put(self, key: str, *, content_type: str, expires_s: int) -> str:
        return f"https://{self._name}.example/{key}?put={content_type}&expires={expires_s}"
