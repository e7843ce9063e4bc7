"""A small corpus with versions, its index, and real runs of the program on them."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from searchapp import cli, corpus, settings, splitting
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, Query, SearchAppError

Contents = dict[str, str]
"""Documents by path, with the SHA-256 of their bytes."""
CRASHED = 70
"""Status of a run that ended with an exception of its own, which it never should."""


def text(version: int, number: int) -> str:
    """A document of a version of the corpus."""
    return f"""\
---
title: Report {number}
---

## North, {2011 + version % 9}

A hospital was hit on 3 May 2015, version v{version} of {number}.

## South

A convoy of {version + number} lorries met the Syrian Army.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a corpus and an index."""

    root: Path

    @property
    def corpus(self) -> Path:
        """The documents."""
        return self.root / "corpus"

    @property
    def index(self) -> Path:
        """The index."""
        return self.root / "index"

    def write(self, version: int) -> Contents:
        """Make the corpus that of a version: three to five documents, all of them other than before."""
        self.corpus.mkdir(parents=True, exist_ok=True)
        for path in self.corpus.iterdir():
            path.unlink()
        contents = {}
        for number in range(3 + version % 3):
            raw = text(version, number).encode()
            (self.corpus / f"{number}.md").write_bytes(raw)
            contents[f"{number}.md"] = hashlib.sha256(raw).hexdigest()
        return contents

    def collection(self) -> Collection:
        """The corpus, read and taken apart."""
        given = settings.load(self.corpus, self.index, {})
        return splitting.collect(corpus.read(given), given.collection, given.title, workers=1)

    def served(self) -> Contents:
        """What the index holds, every byte verified, every entry read and found by a search. Raises SearchAppError."""
        engine = WhooshEngine(self.index)
        engine.check()
        documents = engine.audit().outlines.values()
        total = engine.search(Query()).total
        entries = [engine.entry(entry_id) for document in documents for entry_id in document.entries]
        if total != len(entries) or None in entries:
            raise SearchAppError(
                f"{total} entries are found, {len(entries)} are listed, {entries.count(None)} are lost"
            )
        return {document.ref.path: document.sha256 for document in documents}

    def leftovers(self) -> list[str]:
        """What no complete index has."""
        return [path.name for path in self.index.iterdir() if path.name.startswith("tmp-") or path.suffix == ".new"]

    @property
    def said(self) -> str:
        """What the last run said on standard error."""
        return (self.root / "said").read_text(errors="replace")

    def begin(self, *arguments: str, first: Callable[[], object] = lambda: None) -> int:
        """Begin `searchapp reindex` in a fork of this process, in a process group of its own; its number.

        Forked, because an interpreter takes longer to start than the program to do its work: what is killed at a random
        moment is then killed at work. `first` is called before the program, in its process.
        """
        pid = os.fork()
        if pid:
            with suppress(OSError):  # the child was quicker
                os.setpgid(pid, pid)
            return pid
        status = CRASHED
        try:
            os.setpgid(0, 0)
            said = os.open(self.root / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(said, 1)
            os.dup2(said, 2)
            sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115  # descriptors
            given = ["reindex", "--corpus", str(self.corpus), "--index", str(self.index), *arguments]
            first()
            cli.cli(given, prog_name="searchapp")
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except BaseException:  # noqa: BLE001  # a fork must never go on as its parent
            traceback.print_exc()
        finally:
            with suppress(OSError):
                sys.stderr.flush()
            os._exit(status)

    def run(self, *arguments: str, first: Callable[[], object] = lambda: None) -> int:
        """Run `searchapp reindex` to its end; its status, negative for a signal."""
        return ended(self.begin(*arguments, first=first))


def ended(pid: int) -> int:
    """Wait for a process and for all that it started; its status."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    until = time.monotonic() + 10
    with suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(pid, 0)
            time.sleep(0.002)
        os.killpg(pid, signal.SIGKILL)
        raise SystemExit(f"processes of {pid} go on after its end")
    return status
