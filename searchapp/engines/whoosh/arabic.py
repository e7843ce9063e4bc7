"""Stems of Arabic words, as folded: without their article, conjunctions that come with it, and their commonest endings.

The light stemmer light10 of Larkey, Ballesteros and Connell, Light Stemming for Arabic Information Retrieval (2007).
Snowball's gives a noun another stem with its article than without (القوات, قوات), so that one does not find the other.
Of light10 one step is left out, that which takes away a و without an article: it makes another word of each that
begins with the letter (وزير).
"""

from __future__ import annotations

ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")
ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
"""In this order, each once; folding writes ه for ة and ي for ى."""
SHORTEST = 2
"""Letters that are left of a word at least."""


def stem(word: str) -> str:
    """The stem of a folded word."""
    article = next((a for a in ARTICLES if word.startswith(a) and len(word) >= len(a) + SHORTEST), "")
    word = word.removeprefix(article)
    for ending in ENDINGS:
        if len(word) >= len(ending) + SHORTEST:
            word = word.removesuffix(ending)
    return word
