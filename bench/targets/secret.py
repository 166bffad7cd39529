"""Passwords that no message, log or record shows by accident.

A message of a server or client library may repeat the password: in an address, after a name, in
quotes. A password may also be a common word, and `admin` in "role admin does not exist" says
nothing of it. So a short one is hidden only where a password stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

# From this length on a word that equals the password is the password, and not a word like others.
_TELLING_LENGTH = 8
# Where a password stands, `{}`: in an address, after a name and a sign, in quotes after a name.
_PLACES = (
    r"(?P<before>//[^\s/@:]*:){}(?=@)",
    r"""(?P<before>(?i:pass(?:word|wd|phrase)?|pwd)\b["']?\s*[:=]\s*["']?){}(?!\w)""",
    r"""(?P<before>(?i:password|identified\s+by)\s+["']){}(?=["'])""",
)
_MASK = "***"


@dataclass(frozen=True, slots=True)
class Secret:
    """A password. It prints as `***`; `reveal` gives the text to the one place that needs it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        return self._text

    def hidden_in(self, text: str) -> str:
        """`text` without the secret, as it is and as it is written in an address (`%40`).

        Hidden is what stands in the place of a password, and from eight characters on every
        whole word that is the password. Parts of words stay.
        """
        for form in sorted(self._forms(), key=len, reverse=True):
            word = re.escape(form)
            for place in _PLACES:
                text = re.sub(place.replace("{}", word), rf"\g<before>{_MASK}", text)
            if len(self._text) >= _TELLING_LENGTH:
                text = re.sub(rf"(?<!\w){word}(?!\w)", _MASK, text)
        return text

    def _forms(self) -> set[str]:
        """How the secret may be written; none when it is empty."""
        if not self._text:
            return set()
        return {self._text, quote(self._text), quote(self._text, safe="")}

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret(***)"
