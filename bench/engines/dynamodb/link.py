"""How an endpoint is reached, and what its refusals are called.

A link holds no credentials: every process finds them by itself, by the rules of AWS's own tools
(environment, profile, role). At a loopback address there is nobody to show them to, and a
placeholder is used. botocore's retries are off: a request that is throttled is one that failed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from bench.engines.seam import REFUSED, OperationFailed
from workloads.errors import InputError, PlaceError

_PLACEHOLDER = "storefit"
_CONNECT_TIMEOUT_S = 5.0
# Kinds that another request may meet too, and that pass.
THROTTLES = frozenset(
    {"provisioned-throughput-exceeded", "throttling", "request-limit-exceeded", "throttling-error"}
)
CHECK_FAILED = "conditional-check-failed"
# What tells whose account it is: names of resources, key ids, account numbers.
_PRIVATE = re.compile(r"arn:[^\s\"',]+|\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\b\d{12}\b")

Call = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An endpoint (None: AWS's own of the region), and how long an answer is waited for."""

    endpoint: str | None
    region: str
    timeout_s: float

    @property
    def is_loopback(self) -> bool:
        return self.endpoint is not None and _is_loopback(self.endpoint)

    def client(self, *, connections: int = 1) -> Any:
        """A low-level client whose connections stay open. PlaceError without credentials."""
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            parameter_validation=False,  # a tenth of a request's time
            max_pool_connections=connections,
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=self.timeout_s,
            tcp_keepalive=True,
            ignore_configured_endpoint_urls=True,
            proxies={} if self.is_loopback else None,
        )
        keys = (_PLACEHOLDER, _PLACEHOLDER) if self.is_loopback else (None, None)
        try:
            session = botocore.session.Session()
            session.register_component("data_loader", _loader())
            if not self.is_loopback and session.get_credentials() is None:
                raise no_credentials()
            return session.create_client(
                "dynamodb",
                region_name=self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=keys[0],
                aws_secret_access_key=keys[1],
                config=config,
            )
        except BotoCoreError as error:
            raise PlaceError(
                f"DynamoDB: no client can be made: {cleaned(str(error))}",
                hint="look at ~/.aws/config and at the variables AWS_…",
            ) from None


@cache
def _loader() -> Any:
    """Descriptions of AWS's services, read once in a process: that is most of a client's making."""
    import botocore.loaders

    return botocore.loaders.create_loader()


def no_credentials() -> PlaceError:
    """The error of a machine that has nothing to show to AWS."""
    return PlaceError("there are no AWS credentials here", hint="aws configure")


def endpoint_of(address: str) -> str:
    """The endpoint in a target's address. InputError, which repeats none of it."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise InputError(
            "the DynamoDB endpoint cannot be read", hint="write dynamodb@http://127.0.0.1:8000"
        )
    if parts.username is not None or parts.password is not None:
        raise InputError(
            "an endpoint holds no credentials",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and write"
            " dynamodb@https://HOST:PORT",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")


def caller(method: Callable[..., Any]) -> Call:
    """A client's method that takes its arguments as one mapping, and fails as engines do."""
    from botocore.exceptions import BotoCoreError, ClientError

    def call(arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = method(**arguments)
        except (ClientError, BotoCoreError) as error:
            raise failed(error) from error
        return answer

    return call


def failed(error: Exception) -> OperationFailed:
    """What failed, by a short kind: DynamoDB's own name of it, or what became of the connection."""
    from botocore import exceptions as known

    if isinstance(error, known.ClientError):
        return _answered(error)
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (known.ReadTimeoutError, "timeout"),
        (known.ConnectTimeoutError, "timeout"),
        (known.EndpointConnectionError, REFUSED),
        (known.NoCredentialsError, "no-credentials"),
        (known.HTTPClientError, "lost-connection"),
    )
    for kind, word in kinds:
        if isinstance(error, kind):
            return OperationFailed(word, cleaned(str(error)))
    return OperationFailed(kebab(type(error).__name__), cleaned(str(error)))


class Cancelled(OperationFailed):
    """A transaction that was cancelled; `reasons`: one for each of its requests."""

    def __init__(self, kind: str, message: str, reasons: list[dict[str, Any]]) -> None:
        super().__init__(kind, message)
        self.reasons = reasons


def _answered(error: Any) -> OperationFailed:
    """A refusal in DynamoDB's words."""
    said = error.response.get("Error", {})
    kind = kebab(str(said.get("Code", "unknown")))
    message = cleaned(str(said.get("Message") or error.response.get("message") or kind))
    if kind != "transaction-canceled":
        return OperationFailed(kind, message)
    reasons = list(error.response.get("CancellationReasons", []))
    codes = [kebab(str(reason.get("Code"))) for reason in reasons]
    passing = [code for code in codes if code == "transaction-conflict" or code in THROTTLES]
    return Cancelled(passing[0] if passing else "transaction-cancelled", message, reasons)


def kebab(code: str) -> str:
    """A code of AWS as engines write kinds.

    >>> kebab("ConditionalCheckFailedException"), kebab("TransactionConflict")
    ('conditional-check-failed', 'transaction-conflict')
    """
    word = code.rpartition("#")[2].removesuffix("Exception")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", word).lower()


def cleaned(message: str) -> str:
    """A message on one line that does not tell whose account it is."""
    return _PRIVATE.sub("…", " ".join(message.split()))


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
