"""What is asked of each service, and what its answers mean: pure functions.

The adapters that block and those that do not (`spillway.aws.aio`) stand on the same ones.
"""
