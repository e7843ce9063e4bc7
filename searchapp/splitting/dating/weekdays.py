"""The day of the week that stands beside a date."""

from __future__ import annotations

import re

from searchapp.splitting.dating import words
from searchapp.splitting.dating.completing import Days
from searchapp.splitting.dating.days import Stated

_NUMBER = {
    form.casefold(): number
    for language in words.WEEKDAYS
    for number, forms in enumerate(language.split(", "))
    for form in forms.split("|")
}
WEEKDAY = rf"(?<![^\W_])(?:{'|'.join(sorted(_NUMBER, key=len, reverse=True))})(?![^\W_])\.?"
"""For a regular expression that ignores case."""
_BEFORE = re.compile(rf"({WEEKDAY}),?\s+(?:the\s+|le\s+|dem\s+|den\s+|el\s+)?$", re.IGNORECASE)
_AFTER = re.compile(rf"\s*[,(]\s*({WEEKDAY})", re.IGNORECASE)
_REACH = 32


def contradicted(when: Stated, days: Days, text: str) -> bool:
    """Whether the text says of a day that it is another one of the week."""
    if days[0] != days[1]:
        return False
    said = _BEFORE.search(text, max(0, when.start - _REACH), when.start) or _AFTER.match(text, when.end)
    return said is not None and _NUMBER[said[1].rstrip(".").casefold()] != days[0].weekday()
