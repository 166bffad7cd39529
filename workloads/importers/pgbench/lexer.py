"""The tokens of a pgbench script: words of SQL, and backslash commands that take a whole line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workloads.spec.faults import Refused, shown

TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--[^\n]*)
    |(?P<block>/\*)
    |(?P<end>\\;|;)
    |(?P<meta>\\[^\n\\]*(?:\\(?:\r?\n|[^\n])[^\n\\]*)*)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"[^"]*")
    |(?P<cast>::)
    |(?P<variable>:[A-Za-z_0-9\u0080-\uffff]+)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<sign><>|!=|<=|>=|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
NOTHING = "the end of the statement"


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is the name of a group of TOKEN; words of SQL are in lower case."""

    kind: str
    text: str
    line: int


def tokens(text: str, *, line: int = 1) -> Iterator[Token]:
    """Every token but blanks and block comments; `line` is the number of the first line."""
    place = 0
    while place < len(text):
        match = TOKEN.match(text, place)
        assert match is not None  # the last alternative takes any character
        kind, found = match.lastgroup or "", match.group()
        place = match.end()
        if kind == "block":
            end = text.find("*/", place)
            end = len(text) if end < 0 else end + 2
            found, place = text[match.start() : end], end
        elif kind != "space":
            yield Token(kind, _plain(kind, found), line)
        line += found.count("\n")


def _plain(kind: str, found: str) -> str:
    if kind == "word":
        return found.lower()
    if kind == "quoted":
        return found[1:-1]
    return found[1:] if kind == "variable" else found


@dataclass(slots=True)
class Cursor:
    """A place in a list of tokens; what does not stand where it should is `Refused`."""

    tokens: list[Token]
    place: int = 0

    @property
    def done(self) -> bool:
        return self.place >= len(self.tokens)

    def peek(self, *texts: str) -> bool:
        """Whether these words or signs come next."""
        ahead = self.tokens[self.place : self.place + len(texts)]
        return len(ahead) == len(texts) and all(
            token.kind in ("word", "sign") and token.text == text
            for token, text in zip(ahead, texts, strict=True)
        )

    def take(self, *texts: str) -> bool:
        """Go on behind these words or signs if they come next."""
        found = self.peek(*texts)
        self.place += len(texts) if found else 0
        return found

    def next(self, kind: str, allowed: str) -> str:
        """The next token, of this kind."""
        if self.done or self.tokens[self.place].kind != kind:
            raise self.refused(allowed)
        self.place += 1
        return self.tokens[self.place - 1].text

    def need(self, *texts: str) -> None:
        """Go on behind these words or signs."""
        if not self.take(*texts):
            raise self.refused(" ".join(texts).upper())

    def name(self, allowed: str) -> str:
        """A name, without the schema or table in front of it."""
        while True:
            quoted = not self.done and self.tokens[self.place].kind == "quoted"
            found = self.next("quoted" if quoted else "word", allowed)
            if not self.take("."):
                return found

    def finish(self, allowed: str) -> None:
        """Nothing may follow."""
        if not self.done:
            raise self.refused(allowed)

    def refused(self, allowed: str) -> Refused:
        """What stands here does not belong here."""
        found = NOTHING if self.done else shown(self.tokens[self.place].text)
        return Refused(found, allowed)
