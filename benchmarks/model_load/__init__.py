"""A gigabyte from S3, by Spillway's loader and by what else there is."""
