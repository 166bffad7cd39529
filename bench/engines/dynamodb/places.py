"""The places: an endpoint somebody runs, and AWS. Neither is ours, so writing is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engines.dynamodb.link import Link, endpoint_of
from bench.engines.dynamodb.options import Options, options_of, region_of
from bench.engines.seam import REFUSED, OperationFailed
from bench.targets.keeper import Keeper
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.engines.dynamodb.target import DynamodbTarget
    from bench.engines.seam import Place, Settings

PREFIX = "storefit"
# Where an endpoint is not AWS, its region only names the key that signs.
_ANY_REGION = "us-east-1"
_INSTALL = "pip install 'boto3>=1.40'"
_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
)
_REFUSED_KEYS = frozenset(
    {
        "unrecognized-client",
        "invalid-signature",
        "missing-authentication-token",
        "incomplete-signature",
        "expired-token",
        "access-denied",
    }
)


def missing(place: Place) -> str | None:
    """What must be done before this place can be used; None: nothing."""
    if find_spec("botocore") is None:
        return _INSTALL
    if place.kind == "aws":
        return None if _may_have_credentials() else "aws configure"
    return None if place.address else "give its endpoint: dynamodb@http://127.0.0.1:8000"


@contextmanager
def opened(place: Place, settings: Settings) -> Iterator[DynamodbTarget]:
    """A target whose tables go when it ends, however that is.

    Nothing is created here: the tables are, by `load`.
    """
    options = options_of(settings.options)
    link = _link(place, options)
    if not settings.allow_writes:
        where = "in your AWS account" if place.kind == "aws" else "at this endpoint"
        cost = ", which costs money" if place.kind == "aws" else ""
        raise InputError(
            f"storefit creates nothing {where} unasked",
            hint=f"with --allow-writes it makes tables of its own ({PREFIX}_…) there{cost}, and"
            " deletes them at the end",
        )
    lacking = missing(place)
    if lacking is not None:
        raise PlaceError("DynamoDB cannot be reached from here", hint=lacking)

    from bench.engines.dynamodb.loading import THREADS
    from bench.engines.dynamodb.tables import is_there
    from bench.engines.dynamodb.target import DynamodbTarget

    prefix = f"{PREFIX}_{os.urandom(6).hex()}"
    client = link.client(connections=THREADS)
    try:
        is_there(client, f"{prefix}_0")
    except OperationFailed as failure:
        client.close()
        raise _unreachable(failure) from None
    with Keeper() as keeper:
        target = DynamodbTarget(
            link=link,
            client=client,
            keeper=keeper,
            prefix=prefix,
            place=place.kind,
            options=options,
        )
        try:
            yield target
        finally:
            target.drop()
            client.close()


def _link(place: Place, options: Options) -> Link:
    """InputError where the address or the region cannot be meant."""
    endpoint = None
    region = options.region
    if place.kind == "aws":
        if place.version is not None:
            region = region_of(place.version)
        region = region or _configured_region()
        if region is None:
            raise InputError(
                "no AWS region is given", hint="write dynamodb@aws:us-east-1, or set AWS_REGION"
            )
    else:
        if not place.address:
            raise InputError("no endpoint is given", hint="write dynamodb@http://127.0.0.1:8000")
        endpoint = endpoint_of(place.address)
    return Link(endpoint=endpoint, region=region or _ANY_REGION, timeout_s=options.timeout_s)


def _configured_region() -> str | None:
    """The region of the user's environment or profile."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if named or find_spec("botocore") is None:
        return region_of(named) if named else None
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        found = botocore.session.Session().get_config_variable("region")
    except BotoCoreError:
        return None
    return str(found) if found else None


def _may_have_credentials(variables: Mapping[str, str] | None = None) -> bool:
    """Whether AWS's tools would look for credentials with some hope. No network is asked."""
    found = os.environ if variables is None else variables
    if any(found.get(name) for name in _VARIABLES):
        return True
    home = Path(found.get("HOME", "/nonexistent"))
    if any((home / ".aws" / name).is_file() for name in ("credentials", "config")):
        return True
    try:  # an instance of EC2 may have a role
        return "Amazon" in Path("/sys/class/dmi/id/sys_vendor").read_text()
    except OSError:
        return False


def _unreachable(failure: OperationFailed) -> PlaceError:
    """Why nothing can be done there, and what helps."""
    if failure.kind in _REFUSED_KEYS:
        return PlaceError(
            f"DynamoDB refuses these credentials: {failure.kind}: {failure}",
            hint="aws sts get-caller-identity says who you are; the policy needs dynamodb:*Item*,"
            f" Query, Scan, and Create-, Describe- and DeleteTable on tables {PREFIX}_*",
        )
    hint = "is it running? look at the address and the port"
    if failure.kind not in (REFUSED, "timeout", "lost-connection"):
        hint = "does this address speak the DynamoDB API?"
    return PlaceError(f"DynamoDB cannot be reached: {failure.kind}: {failure}", hint=hint)
