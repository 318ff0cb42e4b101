"""The template's policies beside others, on virtual time: `make bench-policies`."""
