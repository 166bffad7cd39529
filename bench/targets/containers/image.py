"""Images by name. One that is here is used as it is; one that is not is pulled, with progress."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.targets.containers.daemon import Daemon, as_place_error, explained
from workloads.errors import InputError, PlaceError

# registry:5000/path/name:tag@sha256:digest, of which only the name must be there
_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_NAME = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?/)?"
    rf"{_PART}(?:/{_PART})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@sha256:[0-9a-f]{64})?"
)
_VERSION = re.compile(r"\d+(?:\.\d+)*")
_MEGABYTE = 1e6
# A person is told once in so many percent.
_STEP_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is here: as it was named, and its own id (`sha256:…`)."""

    name: str
    id: str


def named(text: str | None, default: str) -> str:
    """The image that a person means. InputError when it is no image's name.

    A number alone is a version of the default image.

    >>> named("17", "postgres:18"), named(None, "postgres:18")
    ('postgres:17', 'postgres:18')
    """
    if text is None:
        return default
    if _VERSION.fullmatch(text):
        return f"{default.partition(':')[0]}:{text}"
    if not _NAME.fullmatch(text):
        raise InputError(
            f"'{text}' is no name of an image",
            hint=f"write for instance ENGINE@container:{default}, or"
            " ENGINE@container:registry.example.com:5000/team/image:tag",
        )
    return text


def present(daemon: Daemon, name: str, tell: Callable[[str], None]) -> Image:
    """The image, pulled if it is not here. Raises PlaceError that says how it can be had."""
    import docker.errors

    try:
        with as_place_error(f"the image '{name}' cannot be looked up"):
            return _looked_up(daemon, name)
    except PlaceError as error:
        if not isinstance(error.__cause__, docker.errors.ImageNotFound):
            raise
    _pull(daemon, name, tell)
    with as_place_error(f"the image '{name}' is not there after pulling it"):
        return _looked_up(daemon, name)


def _looked_up(daemon: Daemon, name: str) -> Image:
    return Image(name, str(daemon.api.inspect_image(name)["Id"]))


def _pull(daemon: Daemon, name: str, tell: Callable[[str], None]) -> None:
    import docker.errors
    import requests
    from docker.utils import parse_repository_tag

    repository, tag = parse_repository_tag(name)
    tell(f"pulling {name}")
    try:
        events = daemon.api.pull(repository, tag=tag or "latest", stream=True, decode=True)
        fault = follow(events, lambda words: tell(f"pulling {name}: {words}"))
    except docker.errors.APIError as error:
        fault = explained(error)
    except (requests.RequestException, docker.errors.DockerException) as error:
        fault = f"the connection to the container service broke ({type(error).__name__})"
    if fault:
        raise PlaceError(
            f"the image '{name}' is not here and cannot be pulled: {fault}",
            hint="pull it where a registry is reached and bring it here (`docker save`,"
            " `docker load`; podman has the same), or name an image that is here:"
            " ENGINE@container:IMAGE",
        )


@dataclass(slots=True)
class _Layers:
    """Bytes of each layer: done, and in all; and how far the person was told."""

    done: dict[str, int] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)
    step: int = 0

    def take(self, event: Mapping[str, Any]) -> str:
        detail, layer = event.get("progressDetail") or {}, str(event.get("id", ""))
        if event.get("status") == "Downloading" and detail.get("total"):
            self.done[layer], self.whole[layer] = int(detail["current"]), int(detail["total"])
        elif event.get("status") == "Download complete" and layer in self.whole:
            self.done[layer] = self.whole[layer]
        else:
            return ""
        done, whole = sum(self.done.values()), sum(self.whole.values())
        step = done * 100 // whole // _STEP_PERCENT
        if step == self.step:
            return ""
        self.step = step
        return f"{done / _MEGABYTE:.0f} of {whole / _MEGABYTE:.0f} MB"


def follow(events: Iterable[Mapping[str, Any]], tell: Callable[[str], None]) -> str | None:
    """Follow a pull to its end; what went wrong in words, or None."""
    layers = _Layers()
    for event in events:
        if event.get("error"):
            return " ".join(str(event["error"]).split())
        words = layers.take(event)
        if words:
            tell(words)
    return None
