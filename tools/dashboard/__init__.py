"""The stack's CloudWatch dashboard, drawn as a picture."""
