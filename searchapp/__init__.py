"""Full-text search over a folder of Markdown: what each passage says, when it happened, who is in it."""

__version__ = "0.1.0"
