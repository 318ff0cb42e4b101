"""Where callers want to be told, and where they may."""
