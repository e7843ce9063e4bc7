"""When each passage happened.

entries     the rules, document by document: which dates a passage has, and where each comes from
headings    what a heading says of its section
completing  the year of a date that has none; weekdays, what rules one out
text        the dates that a text states; readers, rows, figures and years read them of tokens (scan, tokens, between)
words       the languages, as data
"""
