"""`spillway logs`: what functions and workers wrote, in the order of time."""
