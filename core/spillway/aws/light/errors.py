"""What a light client alone may meet; all else it tells in botocore's words."""


class NotConnected(Exception):
    """There is no connection, so nothing was received."""


class NoAnswer(Exception):
    """What came over the connection is no HTTP answer, or only part of one."""
