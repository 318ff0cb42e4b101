"""`spillway dead-letters`: messages that no worker gets any more."""
