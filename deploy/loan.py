"""The task that a service is lent for the smoke job, noted for as long as it has it.

A killed run leaves its task and its note, and the next one reads what the operator wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

    from deploy.account import Account


class Loan:
    """One service's note: the SSM parameter `name`, "<count afterwards>/<count meanwhile>"."""

    def __init__(self, ssm: SSMClient, name: str) -> None:
        self._ssm = ssm
        self._name = name

    @classmethod
    def of(cls, account: Account, core: str, model: str) -> Loan:
        """Return the note of a model's service."""
        return cls(account.ssm, f"/spillway/{core}/lent/{model}")

    def note(self, afterwards: int, during: int) -> None:
        """Write down what the service is to have afterwards, and what it has meanwhile."""
        said = f"{afterwards}/{during}"
        self._ssm.put_parameter(Name=self._name, Value=said, Type="String", Overwrite=True)

    def forget(self) -> None:
        """Remove the note, if there is one."""
        try:
            self._ssm.delete_parameter(Name=self._name)
        except self._ssm.exceptions.ParameterNotFound:
            return

    def meant(self, count: int) -> int:
        """Return what the operator means by a service that is to have `count` tasks."""
        afterwards, _, during = self._noted().partition("/")
        # Any other count was set since the note, and is meant.
        return int(afterwards) if during == str(count) else count

    def _noted(self) -> str:
        try:
            return self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return ""
