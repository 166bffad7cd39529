"""What both console commands share: lazy groups, `--json`, and the one place errors end."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from workloads.errors import PlaceError, Remark, StorefitError

# What a terminal would obey, in a name of a file for instance, is shown as ?.
_CONTROLS = {code: "?" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


class PlacePath(click.Path):
    """The path of a file or directory; no text is none: it would be the current directory."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        if isinstance(value, str) and not value.strip():
            self.fail("this is empty: give the name of a directory, or . for this one", param, ctx)
        return super().convert(value, param, ctx)


class LazyGroup(click.Group):
    """A group whose commands are modules, imported only when one of them is used.

    `package` holds one module per command, each with a click command named `command`; `table`
    maps the command's name to (module, one line of help), so that `--help` imports none of them.
    """

    def __init__(
        self, *args: Any, package: str, table: dict[str, tuple[str, str]], **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.package = package
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(self.table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        module = importlib.import_module(f"{self.package}.{self.table[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.table:
            import difflib

            near = difflib.get_close_matches(name, self.table, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(f"There is no command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


def run(group: click.Group, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line; print any error once, on stderr, and leave with its exit code."""
    _occupy_standard_streams()
    sys.exit(outcome(group, arguments))


def outcome(group: click.Group, arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command line, after its output was flushed and its error printed.

    Remarks (workloads/errors.py) are printed as they come, each once. A reader of stdout that
    goes away, as `head` does, ends the command quietly with 0.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without µ shows ? instead
    try:
        with _remarks_on_stderr():
            code = _called(group, arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = 0
    except OSError as error:
        code = _told(_of_the_system(error))
    else:
        return code
    _silence(sys.stdout)
    return code


def _called(group: click.Group, arguments: Sequence[str] | None) -> int:
    """Call the command; OSErrors and broken pipes are left to the caller."""
    streams = sys.stdout, sys.stderr
    try:
        result = group.main(args=arguments, standalone_mode=False)
    except StorefitError as error:
        return _told(error)
    except click.ClickException as error:
        with contextlib.suppress(OSError):
            error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        with contextlib.suppress(OSError):
            click.echo("interrupted: what was completed is kept", err=True)
        return 130
    except SystemExit as leaving:
        # so leave rich, and click, which replaces the streams, when their reader has gone
        replaced = sys.stdout is not streams[0]
        sys.stdout, sys.stderr = streams
        if replaced or isinstance(leaving.__context__, BrokenPipeError):
            raise BrokenPipeError from leaving
        raise
    return result if isinstance(result, int) else 0


def _told(error: StorefitError) -> int:
    """Print an error where that is possible; its exit code."""
    with contextlib.suppress(OSError):
        click.echo(f"error: {error.message}".translate(_CONTROLS), err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}".translate(_CONTROLS), err=True)
    return error.exit_code


def _of_the_system(error: OSError) -> PlaceError:
    """What the system refused. Only calls that open name a file; writing to stdout does not."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return PlaceError(f"{os.fsdecode(error.filename)}: {reason}")
    return PlaceError(f"the output cannot be written: {reason}")


@contextlib.contextmanager
def _remarks_on_stderr() -> Iterator[None]:
    """Print remarks as `warning: …`; other warnings go where they always go."""
    shown = warnings.showwarning
    told: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if not issubclass(category, Remark):
            shown(message, category, *where, **more)
        elif str(message) not in told:
            told.add(str(message))
            with contextlib.suppress(OSError):
                click.echo(f"warning: {message}", err=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", Remark)
        warnings.showwarning = show
        yield


def _silence(stream: TextIO | None) -> None:
    """Let what is still to be written vanish, so that the interpreter's own flush is silent."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no descriptor
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def _occupy_standard_streams() -> None:
    """Open /dev/null where stdin, stdout or stderr are closed.

    The next file that is opened would take the free number, and a child would write into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
