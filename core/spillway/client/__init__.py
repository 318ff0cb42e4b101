"""A client of the API: `spillway.Client`, what it gives, what it raises."""

from spillway.client.auth import ApiKey, Auth
from spillway.client.client import Client
from spillway.client.deliveries import Attempt, Delivery
from spillway.client.documents import Decision, Job, Model, Tasks, Uploaded
from spillway.client.errors import JobFailed, UnexpectedAnswer, Unfinished, Unreachable
from spillway.client.requests import Terms
from spillway.client.sending import RETRIES
from spillway.client.transport import Limits, Timeout, Transport
from spillway.deliveries.delivery import DeliveryStatus
from spillway.destinations.destination import Destination
from spillway.errors import (
    BadRequest,
    Conflict,
    Fault,
    Forbidden,
    Gone,
    NotFound,
    Rejected,
    SpillwayError,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    Unprocessable,
    UnsupportedMedia,
)
from spillway.event import EventType
from spillway.job import JobError, Status

__all__ = [
    "RETRIES",
    "ApiKey",
    "Attempt",
    "Auth",
    "BadRequest",
    "Client",
    "Conflict",
    "Decision",
    "Delivery",
    "DeliveryStatus",
    "Destination",
    "EventType",
    "Fault",
    "Forbidden",
    "Gone",
    "Job",
    "JobError",
    "JobFailed",
    "Limits",
    "Model",
    "NotFound",
    "Rejected",
    "SpillwayError",
    "Status",
    "Tasks",
    "Terms",
    "Timeout",
    "TooLarge",
    "TooMany",
    "Transport",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unfinished",
    "Unprocessable",
    "Unreachable",
    "UnsupportedMedia",
    "Uploaded",
]
