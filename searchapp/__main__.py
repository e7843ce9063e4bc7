"""The program as a process: `searchapp`, and `python -m searchapp`."""

from __future__ import annotations

from searchapp import heap

with heap.staying():
    from searchapp import cli


def main() -> None:
    """Run the program."""
    cli.main()


if __name__ == "__main__":
    main()
