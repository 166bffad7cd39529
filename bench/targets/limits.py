"""Limits of a server of our own: so many processors and so much memory as another machine has."""

from __future__ import annotations

from dataclasses import dataclass

from workloads import shapes
from workloads.errors import InputError, PlaceError
from workloads.shapes import Shape

# A server with less does not start, or measures nothing but its own want.
LEAST_MEMORY_BYTES = 128 << 20
LEAST_CPUS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server may use. None: not limited. `shape`: the class that it is like, if one."""

    cpus: float | None = None
    memory_bytes: int | None = None
    shape: str | None = None

    def told(self) -> dict[str, str]:
        """What the record says of them."""
        found = {}
        if self.shape is not None:
            found["storefit.shape"] = self.shape
        if self.cpus is not None:
            found["storefit.cpus"] = f"{self.cpus:g}"
        if self.memory_bytes is not None:
            found["storefit.memory"] = f"{self.memory_bytes / 2**30:g} GiB"
        return found

    def require(self, *, cpus: float, memory_bytes: int) -> None:
        """PlaceError when a machine with so much cannot give what is asked for."""
        if (self.cpus or 0) <= cpus and (self.memory_bytes or 0) <= memory_bytes:
            return
        asked = ", ".join(
            word
            for word in (
                f"{self.cpus:g} vCPU" if self.cpus is not None else "",
                _gib(self.memory_bytes) if self.memory_bytes is not None else "",
            )
            if word
        )
        raise PlaceError(
            f"{self.shape or 'the container'} would need {asked}; the machine that runs containers"
            f" has {cpus:g} processors and {_gib(memory_bytes)}",
            hint=_largest(self.shape, cpus=cpus, memory_bytes=memory_bytes),
        )


def limits_of(shape: str | None, cpus: float | None, memory_bytes: int | None) -> Limits | None:
    """What `--shape`, `--cpus` and `--memory` mean together. InputError when they contradict."""
    if shape is not None:
        if cpus is not None or memory_bytes is not None:
            raise InputError(
                f"--shape {shape} says how many vCPUs and how much memory there are",
                hint="give either --shape, or --cpus and --memory",
            )
        found = shapes.get(shape)
        return Limits(cpus=found.vcpu, memory_bytes=found.memory_bytes, shape=shape)
    if cpus is not None and cpus < LEAST_CPUS:
        raise InputError(f"--cpus {cpus:g}: {LEAST_CPUS:g} is the least", hint="write --cpus 2")
    if memory_bytes is not None and memory_bytes < LEAST_MEMORY_BYTES:
        raise InputError(
            f"--memory {memory_bytes / 2**20:g} MiB: {LEAST_MEMORY_BYTES >> 20} MiB is the least",
            hint="write --memory 8GiB",
        )
    if cpus is None and memory_bytes is None:
        return None
    return Limits(cpus=cpus, memory_bytes=memory_bytes)


def _largest(name: str | None, *, cpus: float, memory_bytes: int) -> str:
    """The largest class that fits, of the family that was asked for if one of it does."""
    fitting = [
        s for s in shapes.every().values() if s.vcpu <= cpus and s.memory_bytes <= memory_bytes
    ]
    bare = (name or "").removeprefix("db.")
    family = [s for s in fitting if s.name.partition(".")[0] == bare.partition(".")[0]]
    if not fitting:
        return f"no class fits here; with --cpus {cpus:g} --memory SIZE there is a smaller one"
    best = max(family or fitting, key=_size)
    prefix = "db." if name is None or name.startswith("db.") else ""
    return (
        f"the largest that fits{f' of {bare.partition(chr(46))[0]}' if family else ''}:"
        f" --shape {prefix}{best.name} ({best.vcpu:g} vCPU, {_gib(best.memory_bytes)});"
        " a larger one takes a larger machine"
    )


def _size(shape: Shape) -> tuple[float, float, str]:
    return shape.vcpu, shape.memory_bytes, shape.name


def _gib(size_bytes: int) -> str:
    # Rounded down: 7.98 GiB is not 8 GiB when a class needs these.
    return f"{size_bytes * 100 // 2**30 / 100:g} GiB"
