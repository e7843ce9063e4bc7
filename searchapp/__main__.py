"""The program as a process: `searchapp`, and `python -m searchapp`."""

from __future__ import annotations

from searchapp import heap

try:
    with heap.staying():
        from searchapp import cli
except KeyboardInterrupt:  # as a command says it that is interrupted later
    raise SystemExit(130) from None


def main() -> None:
    """Run the program."""
    cli.main()


if __name__ == "__main__":
    main()
