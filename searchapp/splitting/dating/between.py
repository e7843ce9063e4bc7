"""What may stand between two parts of a date or two dates, and before one."""

from __future__ import annotations

import re

from searchapp.signs import DASHES

DAY_MONTH = re.compile(
    r"\.?(?:(?:\s+(?:(?:of|de|del|من)(?:\s+the)?|day\s+of(?:\s+the\s+month\s+of)?))?\s+|[-/])|", re.IGNORECASE
)
DASH = re.compile(rf"\s*[{DASHES}]\s*")
RANGE = re.compile(
    rf"\s*(?:[{DASHES}～〜至到]|から|부터)\s*|['’][dt][ae]n\s+"
    r"|\s+(?:and\s+)?(?:up\s+)?(?:to|until|till|through|bis|au|jusqu'au|al|hasta|по|до|و?إلى|و?حتى)"
    r"\s+(?:(?:the|le|el|عام|سنة)\s+)?"
)
AND = re.compile(
    r",?\s+(?:and|or|&|et|und|y|и|ve|veya)\s+(?:on\s+)?(?:(?:the|les?|el|los|den|dem)\s+)?"
    r"|[,،]?\s+(?:و\s*|أو\s+)(?:(?:عام|سنة)\s+)?"
)
NIGHT = re.compile(r"\.?\s+(?:на|auf(?:\s+den)?)\s+")
"""Between a day and the next, which share a night: в ночь с 4 на 5 мая."""
COMMA = re.compile(r"[,،]\s+")
BETWEEN = re.compile(
    r"(?<![^\W_])(?:between|entre|zwischen|между|بين)\s+(?:(?:the|dem|les?|el|los|عام|سنة|عامي|العامين|يومي)\s+)?$",
    re.IGNORECASE,
)

NUMBERED = re.compile(
    r"(?<![^\W_])(?:incident|case|event|strike|airstrike|raid|attack|item|entry|record|report|document|exhibit|annex|figure"
    r"|table|chapter|part|section|phase|group|sample|witness|victim|site|point|note|step|stage|round|session|volume|issue"
    r"|number|no|nr|num|vorfall|fall|cas|caso|случай|инцидент|حادث|حادثة)\.?\s*[#№]?\s*$|[#№]\s*$",
    re.IGNORECASE,
)
"""What is numbered by the number after it, as in a log: "Incident 1 – 3 January" is of the 3rd."""
SLASH = re.compile("/")
APART = re.compile(rf"\s+[{DASHES}]\s+|\s*—\s*")


def either(alternatives: str) -> str:
    """Alternatives as a group that begins at a word, the longest first; plain words, or patterns. In Arabic, `and` is
    written together with the word."""
    return r"(?<![^\W_])و?(?:" + "|".join(sorted(alternatives.split("|"), key=len, reverse=True)) + ")"
