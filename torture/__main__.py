"""`python -m torture`: run subjects, print each figure as it is measured; status 1 when one does not hold."""

from __future__ import annotations

import argparse
import importlib
import os
import time
from collections.abc import Sequence

from torture import Figure, Run, within

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
    parser.add_argument(
        "--minutes", type=float, default=20, help="a subject that takes longer does less, and says so (default: 20)"
    )
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.subjects if name not in SUBJECTS]:
        parser.error(f"no such subject: {unknown[0]}")
    failed = 0
    for name in given.subjects or SUBJECTS:
        started, worked = time.monotonic(), _processor()
        print(f"\n{name}: {SUBJECTS[name]}", flush=True)
        run: Run = importlib.import_module(f"torture.{name}").run
        figures = []
        with within(given.minutes * 60):
            for figure in run(given.seed, given.share):
                figures.append(figure)
                verdict = "" if not figure.asked else "ok" if figure.holds else "FAILED"
                asked = f"(asked: {figure.asked})" if figure.asked else ""
                print(f"  {verdict:7}{figure.what:66} {figure.value} {asked}".rstrip(), flush=True)
        wrong = sum(not figure.holds for figure in figures)
        failed += wrong
        seconds = f"{time.monotonic() - started:.0f} s, {_processor() - worked:.0f} s of processor time"
        how = f"--seed {given.seed} --share {given.share:g} --minutes {given.minutes:g}; load {os.getloadavg()[0]:.1f}"
        print(f"= {name}: {_quoted(figures)} [{wrong} failed; {seconds}; {how}]", flush=True)
    return 1 if failed else 0


def _quoted(figures: Sequence[Figure]) -> str:
    """All figures in one line."""
    return " ".join("; ".join(f"{figure.what.strip()}: {figure.value}" for figure in figures).split())


def _processor() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    raise SystemExit(main())
