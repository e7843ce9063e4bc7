"""Characters that writers and keyboards use for one another, inside words and between them."""

APOSTROPHES = "'’‘‛ʼʻʽʿʾ`´′＇"
HYPHENS = "-‐‑‒−﹣－"
"""Between the parts of a compound; the minus sign, since keyboards have no other."""
DASHES = HYPHENS + "–—"
"""Those that stand between words or numbers, too."""
ELISIONS = r"[cdjlmnst]|(?:jus|lors|puis|quel|quoi)?qu|dell|dall|nell|sull|all|un"
"""What before an apostrophe leaves a whole word behind it: l'Iran, jusqu'Alep, dell'Iran; for a regular expression."""
LONGEST_ELISION = len("lorsqu'")
CASE_ENDINGS = (
    r"n?[dt][ae]n?|[dt][ae]ki|[ny][aeiu]|n[iu]n|y?l[ae]"
    r"|(?<=[^\W_]{3}[^\W_aeiou]')(?:[aeiu]|[iu]n)"
)
"""Turkish ones, folded, which an apostrophe parts from a name: Rusya'nın, İdlib'de. Those that begin with a vowel stand
after a consonant, and after four letters here: Der'a and San'a are words of their own."""
PROCLITICS = {"و": 3, "ل": 3, "ب": 3, "ف": 4, "ك": 4}
"""Arabic and, to, in, so, like, which are written with the word behind them: letters that a name has at least to be one
behind them. Like is the one that makes words of short names most: Amal, the movement, would be in every complete."""
WIDTHLESS = "\u200c"
"""Parts the words of a Persian name without a blank."""
UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ecf\u0edc-\u0edf\u1000-\u103f\u104c-\u108f\u1100-\u115f\u1780-\u17d3\u17d7-\u17dc"
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
"""Letters of scripts in which words stand side by side, or with their particles, for a class of a regular expression:
Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean; no figures."""
