"""The actions that AWS asks a policy for when SQS messages travel in tens.

On AWS, SendMessageBatch is allowed by sqs:SendMessage, as the other batch calls are by their
single ones; MiniStack asks for an action that no policy can name.
"""

from __future__ import annotations

from typing import Any

from local import compatibility


def install() -> None:
    """Have the batch calls authorized as the single ones."""
    extracted = compatibility.name("core.iam_actions.extract_iam_action")

    def extract_iam_action(service: str, *request: Any) -> Any:  # noqa: ANN401 - passed through
        action = extracted(service, *request)
        return single_action(action) if isinstance(action, str) else action

    compatibility.replace("core.iam_actions.extract_iam_action", extract_iam_action)


def single_action(action: str) -> str:
    """Return the action a policy names: "sqs:SendMessage" for "sqs:SendMessageBatch"."""
    return action.removesuffix("Batch") if action.startswith("sqs:") else action
