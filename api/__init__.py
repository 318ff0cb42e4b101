"""The first step of the flow: what answers HTTP, and the clock that keeps its promise."""
