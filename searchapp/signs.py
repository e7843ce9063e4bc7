"""Characters that writers and keyboards use for one another, inside words and between them."""

APOSTROPHES = "'’‘‛ʼʻʽʿʾ`´′＇"
HYPHENS = "-‐‑‒−﹣－"
"""Between the parts of a compound; the minus sign, since keyboards have no other."""
DASHES = HYPHENS + "–—"
"""Those that stand between words or numbers, too."""
