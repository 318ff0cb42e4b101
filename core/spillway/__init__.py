"""What Spillway's processes share: the rules about jobs, and the ports they reach the world by."""
