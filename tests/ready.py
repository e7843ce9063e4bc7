"""The program, imported and waiting: runs each command that it is asked for in a fork of itself.

To start an interpreter and import the program takes longer than most commands do. Each line of standard input is a run
as JSON: its arguments, its environment, and files for what it says; the answer is a line with its status.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from searchapp import __main__ as program


def main() -> None:
    """Answer until there is no more input."""
    while line := sys.stdin.readline():
        pid = os.fork()
        if not pid:
            begin(json.loads(line))  # and let this process end as the program does
            return
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


def begin(run: dict[str, Any]) -> None:
    """The program, as `python -m searchapp` runs it."""
    os.environ.clear()
    os.environ.update(run["environment"])
    for descriptor, name in enumerate((os.devnull, run["output"], run["errors"])):
        os.dup2(os.open(name, os.O_RDWR), descriptor)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115  # until it ends
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = ["searchapp", *run["arguments"]]
    program.main()


if __name__ == "__main__":
    main()
