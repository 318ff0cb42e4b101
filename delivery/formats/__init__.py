"""The forms in which events are told, each known to those who receive it."""
