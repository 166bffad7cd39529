"""What distinguishes one server of the family from another, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a product's backups are made with, and the commands that add what is missing.

    dump          program that writes statements, and what it is told beyond the usual
    client        program that carries them out
    installed_by  of both
    files         way of copying a server's files
    copier        program that does so; None: the server itself (CLONE)
    copied_by     the command that adds it
    """

    dump: str
    dump_options: tuple[str, ...]
    client: str
    installed_by: str
    files: str
    copier: str | None
    copied_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One product. It can cross to another process.

    programs       names of the server program, the preferred one first
    installer      names of a program that makes a data directory; none: the server does it
    variable       environment variable that may name the server program
    package        the command that installs it
    unpackaged     the same on systems whose packages lack it, by the ID of their os-release
    image          the official container image
    contained      the image's program, then the prefix of the variables it takes
    connections    memory of a managed class for each connection it lets in, bytes, and the most
    oldest         lowest version that has what is used here
    folders        where programs lie that are not on the PATH (glob patterns)
    collation      compares by code point and does not ignore trailing spaces
    initial        options of the run that makes a data directory
    server         options of every server of our own
    full, relaxed  options for the durability that is asked for
    tcp            options of a server of our own that listens on TCP
    unencrypted    options of a server of our own that does not
    setup          statements for each session
    limit          a statement that limits the time of those after it, `{timeout_s}` or
                   `{timeout_ms}`; 0: no limit
    write_counters status variables whose sum is the writes of pages and redo log
    logged_commits status variable that counts transactions in the binary log
    commits        a query for the number of transactions that changed something, the server's
                   own ones included; for servers without a binary log
    settings       a query for name, value, and whether it differs from the default (0 or 1)
    commit_delay   settings that let each commit wait for `{us}` microseconds before its flush
    spaces         a query for the bytes of the files of tables whose names are `{like}`
    tools          what backups are made with
    """

    name: str
    title: str
    evidence_for: tuple[str, ...]
    is_mariadb: bool
    programs: tuple[str, ...]
    installer: tuple[str, ...]
    variable: str
    package: str
    unpackaged: Mapping[str, str]
    image: str
    contained: tuple[str, str]
    connections: tuple[int, int]
    oldest: tuple[int, ...]
    folders: tuple[str, ...]
    collation: str
    initial: Mapping[str, str]
    server: Mapping[str, str]
    full: Mapping[str, str]
    relaxed: Mapping[str, str]
    tcp: Mapping[str, str]
    unencrypted: Mapping[str, str]
    setup: tuple[str, ...]
    limit: str
    write_counters: tuple[str, ...]
    logged_commits: str
    commits: str
    settings: str
    commit_delay: Mapping[str, str]
    spaces: str
    tools: Tools
