"""Characters that writers and keyboards use for one another, inside words and between them."""

APOSTROPHES = "'’‘‛ʼʻʽʿʾ`´′＇"
HYPHENS = "-‐‑‒−﹣－"
"""Between the parts of a compound; the minus sign, since keyboards have no other."""
DASHES = HYPHENS + "–—"
"""Those that stand between words or numbers, too."""
UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u104c-\u108f\u1100-\u115f\u1780-\u17d3\u17d7-\u17dc"
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
"""Letters of scripts in which words stand side by side, or with their particles, for a class of a regular expression:
Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean; no figures."""
