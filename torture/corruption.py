"""Files of the index are flipped, cut, exchanged, deleted or forged; every answer must still be a true one."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from searchapp import settings
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import IndexUnusable, Query
from searchapp.web import objects
from searchapp.web.application import create_app
from torture import Figure, at_most, bounded, counted, none, part
from torture.places import Place

CORRUPTIONS: Final = 1_000
VERSIONS: Final = 3
QUERIES: Final = ("", "hospital", "convoy lorries", '"Syrian Army"', "v1", "v2", "v3", "Report", "hosp*", "3 May 2015")
ROLLBACK_SECONDS: Final = 2.0
PLANTED: Final = "torture_planted"


@dataclass(slots=True)
class Findings:
    """What was seen of all cases."""

    unnoticed: list[str] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    unpickled: list[str] = field(default_factory=list)
    slowest: float = 0.0


Damage = Callable[[Path, Path, Random], bool]
"""Damages the first file; the second is another of the index. False when the bytes came out the same."""


def _written(path: Path, data: bytes) -> bool:
    before = path.read_bytes()
    path.write_bytes(data)
    return data != before


def flip(path: Path, _: Path, random: Random) -> bool:
    """One bit."""
    data = bytearray(path.read_bytes())
    if data:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return _written(path, bytes(data))


def splash(path: Path, _: Path, random: Random) -> bool:
    """A page of zeros or noise, as a bad sector leaves."""
    data = bytearray(path.read_bytes())
    at = random.randrange(max(1, len(data)))
    size = min(512, len(data) - at)
    data[at : at + size] = bytes(size) if random.random() < 0.5 else random.randbytes(size)
    return _written(path, bytes(data))


def truncate(path: Path, _: Path, random: Random) -> bool:
    """Cut short."""
    data = path.read_bytes()
    return _written(path, data[: random.randrange(max(1, len(data)))])


def grow(path: Path, _: Path, random: Random) -> bool:
    """Longer than written."""
    return _written(path, path.read_bytes() + random.randbytes(random.randrange(1, 64)))


def swap(path: Path, other: Path, _: Random) -> bool:
    """Two files exchanged."""
    mine, theirs = path.read_bytes(), other.read_bytes()
    other.write_bytes(mine)
    return _written(path, theirs)


def delete(path: Path, _: Path, __: Random) -> bool:
    """Gone."""
    path.unlink()
    return True


DAMAGES: Final[tuple[Damage, ...]] = (flip, flip, splash, truncate, grow, swap, delete)


def run(seed: int, share: float) -> Iterator[Figure]:
    """Every figure of this subject."""
    random = Random(seed)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        place = Place(Path(folder) / "place")
        for version in range(1, VERSIONS + 1):
            place.write(version)
            WhooshEngine(place.index).rebuild(place.collection())
        yield from corruptions(place, Path(folder) / "copy", random, share)
        yield from forgeries(place, Path(folder) / "copy")


def corruptions(place: Place, copy: Path, random: Random, share: float) -> Iterator[Figure]:
    """One file of the current generation, its manifest, or CURRENT is damaged."""
    true = _answers_by_generation(place, copy)
    found, number = Findings(), part(CORRUPTIONS, share)
    tried = 0
    for _ in bounded(count()):
        if tried == number:
            break
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place.index, copy)
        current = sorted(path for path in copy.glob(f"gen-{VERSIONS}/*"))
        path = random.choice((*current, copy / "CURRENT", copy / f"gen-{VERSIONS}/MANIFEST"))
        other = random.choice([each for each in current if each != path])
        damage = random.choice(DAMAGES)
        if damage(path, other, random):
            tried += 1
            _judge(f"{damage.__name__} of {path.name}", place, copy, true, found)
    yield counted("corruptions of random files of the index", tried)
    yield none("  not noticed by `check`", found.unnoticed)
    yield none("  not told by /healthz", found.unsaid)
    yield none("  wrong answers", found.untrue)
    yield none("  anything unpickled of a damaged index", found.unpickled)
    yield at_most("  longest until the first answer of a sound generation", found.slowest, ROLLBACK_SECONDS, "s")


def _answers_by_generation(place: Place, copy: Path) -> dict[str, list[str]]:
    """What each generation answers when it is alone and sound."""
    true = {}
    for number in range(1, VERSIONS + 1):
        shutil.copytree(place.index, copy)
        for other in range(1, VERSIONS + 1):
            if other != number:
                shutil.rmtree(copy / f"gen-{other}")
        true[f"gen-{number}"] = _answers(WhooshEngine(copy))
        shutil.rmtree(copy)
    return true


def _answers(engine: WhooshEngine) -> list[str]:
    texts = []
    for text in QUERIES:
        answer = objects.results_json(engine.search(Query(text)))
        answer.pop("took_ms")
        texts.append(json.dumps(answer, sort_keys=True))
    return texts


class _Watch:
    """Sees every name that a pickle asks for."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        sys.addaudithook(self._hook)  # it stays as long as the process

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "pickle.find_class":
            self.seen.append(".".join(map(str, arguments)))


WATCH: Final = _Watch()


def _judge(what: str, place: Place, copy: Path, true: dict[str, list[str]], found: Findings) -> None:
    WATCH.seen.clear()
    engine = WhooshEngine(copy)
    started = time.monotonic()
    engine.search(Query("hospital"))
    found.slowest = max(found.slowest, time.monotonic() - started)
    generation = engine.status().generation
    if _answers(engine) != true[generation]:
        found.untrue.append(f"{what}: {generation}")
    try:
        engine.check()
    except IndexUnusable as error:
        if f"gen-{VERSIONS}" not in str(error) and "CURRENT" not in str(error):
            found.unnoticed.append(f"{what}: {error}")
    else:
        found.unnoticed.append(what)
    health = create_app(settings.load(place.corpus, copy, {}), engine).test_client().get("/healthz")
    told = health.get_json()
    if health.status_code != 200 or told["status"] != "degraded" or not told["warnings"]:
        found.unsaid.append(f"{what}: {told}")
    if WATCH.seen:
        found.unpickled.append(f"{what}: {WATCH.seen[0]}")


class _Planted:
    """A pickle of this runs code when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, (f"import sys; sys.{PLANTED} = 1",)


def _sealed(folder: Path) -> str:
    """Make the manifest of a generation fit its files, and its digest fit the manifest; the digest."""
    manifest = json.loads((folder / "MANIFEST").read_bytes())
    for path in folder.iterdir():
        if path.name in manifest["files"]:
            raw = path.read_bytes()
            manifest["files"][path.name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    raw = json.dumps(manifest).encode()
    digest = hashlib.sha256(raw).hexdigest()
    (folder / "MANIFEST").write_bytes(raw)
    (folder / "MANIFEST.sha256").write_text(f"{digest}  MANIFEST\n")
    return digest


def forgeries(place: Place, copy: Path) -> Iterator[Figure]:
    """A pickle that runs code is planted in Whoosh's table of contents; the manifest is made to fit, or not."""
    ran: list[str] = []
    tried = 0
    for fits in ("nothing", "the manifest", "the manifest and CURRENT"):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place.index, copy)
        folder = copy / f"gen-{VERSIONS}"
        for toc in folder.glob("*.toc"):
            toc.write_bytes(_poisoned(toc.read_bytes()))
        digest = _sealed(folder) if fits != "nothing" else ""
        if fits.endswith("CURRENT"):
            (copy / "CURRENT").write_text(f"gen-{VERSIONS} {digest}\n")
        for use in (_serve, _check):
            tried += 1
            use(copy)
            if hasattr(sys, PLANTED):
                delattr(sys, PLANTED)
                ran.append(f"{use.__name__[1:]}, with {fits} made to fit")
    yield counted("malicious pickles planted in the table of contents", tried)
    yield none("  that ran", ran)


def _poisoned(raw: bytes) -> bytes:
    """A table of contents whose schema is a pickle of ours; sizes before it stay as they were."""
    at = raw.index(b"\x80\x02cwhoosh")
    planted = pickle.dumps(_Planted(), 2)
    return raw[: at - 2] + _varint(len(planted)) + planted + raw[at:]


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def _serve(index: Path) -> None:
    engine = WhooshEngine(index)
    for text in QUERIES:
        engine.search(Query(text))
    list(engine.audit().outlines.values())


def _check(index: Path) -> None:
    with suppress(IndexUnusable):
        WhooshEngine(index).check()
        raise AssertionError("a forged table of contents passed the check")
