"""Where webhooks of `make run` may be sent to: what arrives is kept, and shown at /_receiver/."""
