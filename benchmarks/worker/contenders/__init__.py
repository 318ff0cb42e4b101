"""Spillway's worker, and what a user would pick instead."""
