"""The enqueue function beside a handler written plainly with boto3: `make bench-enqueue`."""
