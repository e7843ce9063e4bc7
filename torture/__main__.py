"""`python -m torture`: run subjects, print each figure as it is measured; status 1 when one does not hold."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence

from torture import Run

SUBJECTS = {
    "kills": "reindex is killed, loses power, or meets errors of the disk",
    "corruption": "files of the index are damaged, exchanged or forged",
    "swaps": "the index is replaced again and again while clients ask",
    "documents": "bad documents, and generated input to all that reads them",
    "hostile": "generated queries against the engine and over HTTP",
    "load": "the server on its defaults under many connections, slow ones, and signals",
}
"""Module and what it does, in the order in which they run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subjects that are named, or all."""
    parser = argparse.ArgumentParser("python -m torture", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of: {', '.join(SUBJECTS)} (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed tries the same things (default: 1)")
    parser.add_argument("--share", type=float, default=1.0, help="part of the full counts, such as 0.1 (default: 1)")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.subjects if name not in SUBJECTS]:
        parser.error(f"no such subject: {unknown[0]}")
    failed = 0
    for name in given.subjects or SUBJECTS:
        started = time.monotonic()
        print(f"\n{name}: {SUBJECTS[name]}", flush=True)
        run: Run = importlib.import_module(f"torture.{name}").run
        for figure in run(given.seed, given.share):
            failed += not figure.holds
            verdict = "" if not figure.asked else "ok" if figure.holds else "FAILED"
            asked = f"(asked: {figure.asked})" if figure.asked else ""
            print(f"  {verdict:7}{figure.what:66} {figure.value} {asked}".rstrip(), flush=True)
        print(
            f"         {time.monotonic() - started:.0f} s with --seed {given.seed} --share {given.share:g}", flush=True
        )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
