"""From the first accepted job of a sleeping model to its first task and its result."""
