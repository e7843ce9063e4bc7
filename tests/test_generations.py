"""Generations on real folders: nothing that stops, fills or damages a disk costs a reader the last good index."""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

from searchapp.engines.whoosh.durable import Disk
from searchapp.engines.whoosh.generations import Fill, Generation, Generations
from searchapp.model import IndexUnusable
from torture.disks import FaultyDisk, Killed, VolatileDisk

FILES = {"postings.bin": bytes(range(256)) * 40, "words.txt": "Хмеймим\n".encode(), "empty": b""}


def filling(label: str) -> Fill:
    def fill(folder: Path) -> Mapping[str, object]:
        for name, data in FILES.items():
            (folder / name).write_bytes(data)
        (folder / "label").write_text(label, encoding="utf-8")
        return {"label": label}

    return fill


def accept(folder: Path) -> None:
    assert (folder / "label").is_file()


def label(generation: Generation) -> str:
    """What a reader finds, after all its bytes were compared with what was written."""
    assert {name: (generation.path / name).read_bytes() for name in FILES} == FILES
    text = (generation.path / "label").read_text(encoding="utf-8")
    assert generation.facts == {"label": text}
    return text


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()} - {"LOCK", "LOCK.by"}


def failure(action: Callable[[], object]) -> str:
    """In what words an action failed; empty when it succeeded."""
    try:
        action()
    except IndexUnusable as error:
        return str(error)
    return ""


def snapshot(root: Path) -> dict[str, bytes]:
    """Every file of an index but those of the lock, with its bytes."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("LOCK"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An index with gen-1 and gen-2, which is current."""
    root = tmp_path / "index"
    generations = Generations(root, disk=FaultyDisk())
    for text in ("one", "two"):
        generations.build(filling(text), accept)
    return root


@contextmanager
def volatile(root: Path, fault: Callable[[int, str, Path], BaseException | None]) -> Iterator[VolatileDisk]:
    disk = VolatileDisk(root, fault)
    try:
        yield disk
    finally:
        disk.close()


def killed_at(number: int) -> Callable[[int, str, Path], BaseException | None]:
    return lambda count, _call, _path: Killed() if count == number else None


def calls_of_a_build(root: Path, scratch: Path) -> list[tuple[str, str]]:
    """The calls of a whole build that also removes a generation and an orphan."""
    disk = FaultyDisk()
    Generations(copied(root, scratch), keep=2, disk=disk).build(filling("new"), accept)
    return disk.calls


def copied(root: Path, target: Path) -> Path:
    """The same index, in which a build was killed before. Its files are shared: no build changes a file in place."""
    shutil.copytree(root, target, copy_function=os.link)
    (target / "tmp-3").mkdir()
    (target / "tmp-3" / "half").write_bytes(b"left by a killed build")
    (target / "CURRENT.new").write_bytes(b"gen")
    return target


def assert_next_build_is_clean(root: Path, opened: Generation) -> None:
    built = Generations(root, keep=2, disk=FaultyDisk()).build(filling("next"), accept)
    assert int(built.name.removeprefix("gen-")) > int(opened.name.removeprefix("gen-"))
    current, warnings = Generations(root).open()
    assert (label(current), warnings) == ("next", ())
    assert not [name for name in names(root) if name.startswith("tmp") or name.endswith(".new")]
    assert len([name for name in names(root) if name.startswith("gen-")]) == 2


# Building


def test_a_build_becomes_what_is_opened(root: Path) -> None:
    """The last build is current, with its facts, its manifest's digest and a time in UTC."""
    built = Generations(root).build(filling("three"), accept)
    opened, warnings = Generations(root).open()
    assert (label(opened), opened.name, warnings) == ("three", "gen-3", ())
    assert opened == built
    assert opened.digest == hashlib.sha256((opened.path / "MANIFEST").read_bytes()).hexdigest()
    assert opened.built.endswith("Z")
    assert Generations(root).verify("gen-1").facts == {"label": "one"}


def test_a_new_index_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Missing folders are made so that nobody else can put a file into the index; an existing one is left as it is."""
    mine = tmp_path / "mine"
    mine.mkdir(mode=0o755)
    Generations(mine).build(filling("x"), accept)
    Generations(tmp_path / "a" / "b").build(filling("x"), accept)
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    assert stat.S_IMODE(mine.stat().st_mode) == 0o755


def test_an_index_behind_a_link_works(root: Path, tmp_path: Path) -> None:
    """The index folder itself may be a symbolic link: to another disk, say."""
    link = tmp_path / "link"
    link.symlink_to(root)
    Generations(link).build(filling("three"), accept)
    assert label(Generations(link).open()[0]) == "three"


def test_nothing_is_named_before_it_is_on_the_medium(root: Path) -> None:
    """Files, folder, name, pointer: each is synced before the next step relies on it, and nothing is removed before."""
    disk = FaultyDisk()
    Generations(root, keep=1, disk=disk).build(filling("three"), accept)
    steps = [call for call in disk.calls if call[0] in {"write", "sync", "rename", "mkdir"} and call[1] != "LOCK.by"]
    files = [("sync", name) for name in sorted([*FILES, "label"])]
    assert steps == [
        ("mkdir", "tmp-3"),
        ("write", "MANIFEST"),
        ("write", "MANIFEST.sha256"),
        *files,
        ("sync", "MANIFEST"),
        ("sync", "MANIFEST.sha256"),
        ("sync", "tmp-3"),
        ("rename", "gen-3"),
        ("sync", "index"),
        ("write", "CURRENT.new"),
        ("sync", "CURRENT.new"),
        ("rename", "CURRENT"),
        ("sync", "index"),
        ("rename", "tmp-2"),
        ("rename", "tmp-1"),
    ]
    assert [
        call for call in disk.calls[: disk.calls.index(("rename", "CURRENT"))] if call[0] in {"unlink", "rmdir"}
    ] == []


def test_a_first_build_syncs_the_folders_that_it_makes(tmp_path: Path) -> None:
    """A new index folder is itself on the medium before anything is put into it."""
    disk = FaultyDisk()
    Generations(tmp_path / "a" / "index", disk=disk).build(filling("x"), accept)
    assert disk.calls[:4] == [("mkdir", "a"), ("sync", tmp_path.name), ("mkdir", "index"), ("sync", "a")]


def test_only_the_newest_stay(root: Path) -> None:
    """Generations beyond `keep` are removed, and whoever still has one of them open goes on reading it."""
    with (root / "gen-1" / "postings.bin").open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as view:
        for text in ("three", "four"):
            Generations(root, keep=3).build(filling(text), accept)
        assert names(root) == {"CURRENT", "gen-2", "gen-3", "gen-4"}
        assert view[:] == FILES["postings.bin"]


def test_keep_must_leave_something(tmp_path: Path) -> None:
    """Keeping no generation at all is a mistake of the caller."""
    with pytest.raises(ValueError, match="keep"):
        Generations(tmp_path, keep=0)


@pytest.mark.parametrize("lost", [["CURRENT"], ["gen-2"], ["gen-1", "gen-2"]])
def test_numbers_never_come_back(root: Path, lost: list[str]) -> None:
    """A name that was served once is never given to another generation, whatever was lost since."""
    for name in lost:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert Generations(root).build(filling("three"), accept).name == "gen-3"


def test_what_others_keep_in_the_folder_is_left_alone(root: Path) -> None:
    """Only folders with the names of unfinished builds are removed; a link under such a name is not followed."""
    treasure = root.parent / "treasure"
    treasure.mkdir()
    (treasure / "notes.md").write_text("mine", encoding="utf-8")
    (root / ".gitignore").write_text("*", encoding="utf-8")
    (root / "tmp-notes").mkdir()
    (root / "tmp-7").symlink_to(treasure)
    (root / "tmp-8").mkdir()
    (root / "tmp-8" / "link").symlink_to(treasure)
    Generations(root, keep=1).build(filling("new"), accept)
    assert names(root) == {"CURRENT", "gen-8", ".gitignore", "tmp-notes", "tmp-7"}
    assert (treasure / "notes.md").read_text(encoding="utf-8") == "mine"


def test_leftovers_are_removed_without_a_build(root: Path) -> None:
    """What a killed build left is removed when asked; never while a build is under way, and nothing else ever is."""
    before = snapshot(root)
    (root / "tmp-3").mkdir()
    (root / "tmp-3" / "half").write_bytes(b"left by a killed build")
    (root / "CURRENT.new").write_bytes(b"gen")
    with FileLock(root / "LOCK"):
        Generations(root).tidy()
        assert (root / "tmp-3" / "half").exists()
    Generations(root).tidy()
    assert snapshot(root) == before
    Generations(root / "missing").tidy()
    assert not (root / "missing").exists()


# Refusing


def test_what_fails_the_check_is_never_served(root: Path) -> None:
    """A build that its check refuses leaves every byte as it was, and the check's words reach the caller."""

    def refuse(folder: Path) -> None:
        raise IndexUnusable(f"{len(list(folder.iterdir()))} files are not what was asked for")

    before = snapshot(root)
    with pytest.raises(IndexUnusable, match="4 files are not what"):
        Generations(root).build(filling("bad"), refuse)
    assert snapshot(root) == before
    assert names(root) == {"CURRENT", "gen-1", "gen-2"}


def test_a_manifest_that_no_reader_would_take_is_not_written(root: Path) -> None:
    """Facts of a size that is refused on reading end the build, and what was served stays."""

    def fill(folder: Path) -> Mapping[str, object]:
        return {**filling("three")(folder), "long": "x" * 2**20}

    assert "MANIFEST" in failure(lambda: Generations(root).build(fill, accept))
    assert label(Generations(root).open()[0]) == "two"


def _folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_text("x", encoding="utf-8")


def _link(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "label")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def _manifest(folder: Path) -> None:
    (folder / "MANIFEST").write_text("{}", encoding="utf-8")


def _backslash(folder: Path) -> None:
    (folder / "a\\b").write_text("x", encoding="utf-8")


@pytest.mark.parametrize("oddity", [_folder, _link, _pipe, _manifest, _backslash])
def test_only_plain_files_are_taken(root: Path, oddity: Callable[[Path], None]) -> None:
    """Folders, links, pipes and names that could mean something else are refused, and cleared away."""

    def fill(folder: Path) -> Mapping[str, object]:
        oddity(folder)
        return filling("odd")(folder)

    before = snapshot(root)
    with pytest.raises(IndexUnusable, match="cannot be"):
        Generations(root).build(fill, accept)
    assert snapshot(root) == before
    assert names(root) == {"CURRENT", "gen-1", "gen-2"}


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(1), RuntimeError("no"), OSError(errno.ENOSPC, "Full")]
)
def test_an_interrupted_build_leaves_no_trace(root: Path, error: BaseException) -> None:
    """Ctrl-C, an error or a full disk while files are written: the index is byte for byte as it was."""

    def fill(folder: Path) -> NoReturn:
        filling("half")(folder)
        raise error

    before = snapshot(root)
    with pytest.raises(IndexUnusable if isinstance(error, OSError) else type(error)):
        Generations(root).build(fill, accept)
    assert snapshot(root) == before
    assert names(root) == {"CURRENT", "gen-1", "gen-2"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """An index path that leads through a file is reported with that path and the system's reason."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(IndexUnusable, match=r"file/index: Not a directory; what was served before stays"):
        Generations(tmp_path / "file" / "index").build(filling("x"), accept)


# Stopping at every step


def test_a_kill_at_any_call_costs_nothing(root: Path, tmp_path: Path) -> None:
    """Whichever call is the last of a killed build, a complete generation is current and the next build is clean."""
    seen = set()
    for number in range(1, len(calls_of_a_build(root, tmp_path / "whole")) + 1):
        target = copied(root, tmp_path / str(number))
        with pytest.raises(Killed):
            Generations(target, keep=2, disk=FaultyDisk(killed_at(number))).build(filling("new"), accept)
        opened, warnings = Generations(target).open()
        assert warnings == ()
        seen.add(label(opened))
        assert_next_build_is_clean(target, opened)
    assert seen == {"two", "new"}


def test_a_kill_of_the_first_build_leaves_none_or_a_whole_index(tmp_path: Path) -> None:
    """Without an earlier generation a killed build leaves either nothing to open or a complete one."""
    disk = FaultyDisk()
    Generations(tmp_path / "whole" / "index", disk=disk).build(filling("new"), accept)
    for number in range(1, len(disk.calls) + 1):
        target = tmp_path / str(number) / "index"
        with pytest.raises(Killed):
            Generations(target, disk=FaultyDisk(killed_at(number))).build(filling("new"), accept)
        wrong = failure(Generations(target).open)
        assert not wrong or "there is no index yet; run `searchapp reindex`" in wrong
        assert wrong or label(Generations(target).open()[0]) == "new"
        assert label(Generations(target, disk=FaultyDisk()).build(filling("next"), accept)) == "next"


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES], ids=errno.errorcode.get)
def test_an_error_at_any_call_keeps_the_old_generation(root: Path, tmp_path: Path, code: int, lasting: bool) -> None:
    """A call that fails, once or from then on, gives either the new generation or IndexUnusable and the old one."""
    kinds = {errno.ENOSPC: {"write", "mkdir"}, errno.EIO: {"sync"}, errno.EACCES: {"mkdir", "rename", "write", "scan"}}
    calls = calls_of_a_build(root, tmp_path / "whole")
    for number, call in enumerate(calls, 1):
        if call[0] in kinds[code]:
            assert_error_is_survived(copied(root, tmp_path / str(number)), code, number, call[0], lasting=lasting)


def assert_error_is_survived(target: Path, code: int, number: int, kind: str, *, lasting: bool) -> None:
    def fault(count: int, call: str, path: Path) -> OSError | None:
        now = count == number or (lasting and count > number and call == kind)
        return OSError(code, os.strerror(code), str(path)) if now else None

    generations = Generations(target, keep=2, disk=FaultyDisk(fault))
    wrong = failure(lambda: generations.build(filling("new"), accept))
    assert not wrong or (os.strerror(code) in wrong and str(target) in wrong)
    opened, warnings = Generations(target).open()
    assert (label(opened), warnings) == ("two" if wrong else "new", ())
    if wrong and not lasting:
        assert {name for name in names(target) if name.startswith("gen-")} == {"gen-1", "gen-2"}
    assert_next_build_is_clean(target, opened)


def test_a_disk_that_fails_from_the_last_step_on_is_told_as_it_is(root: Path) -> None:
    """When CURRENT can neither be synced nor put back, the new generation is served, and the error says just that."""
    broken = False

    def fault(_number: int, call: str, path: Path) -> OSError | None:
        nonlocal broken
        broken = broken or (call == "sync" and path == root and Generations(root).peek() not in (None, *before))
        return OSError(errno.EIO, os.strerror(errno.EIO), str(path)) if broken else None

    before = {Generations(root).peek()}
    wrong = failure(lambda: Generations(root, disk=FaultyDisk(fault)).build(filling("new"), accept))
    assert "gen-3 is complete and served, but a loss of power may undo it" in wrong
    assert os.strerror(errno.EIO) in wrong
    assert label(Generations(root).open()[0]) == "new"
    assert label(Generations(root).build(filling("next"), accept)) == "next"


def test_an_error_after_the_new_one_is_current_is_no_failure(root: Path) -> None:
    """Old generations that cannot be removed do not make a good build fail."""
    disk = FaultyDisk(lambda _n, call, _p: OSError(errno.EACCES, "no") if call in {"unlink", "rmdir"} else None)
    assert label(Generations(root, keep=1, disk=disk).build(filling("new"), accept)) == "new"


def test_a_generation_that_may_be_current_is_never_removed(root: Path) -> None:
    """When CURRENT cannot be read back after it was replaced, what it names stays."""
    disk = FaultyDisk(lambda _n, call, path: OSError(errno.EIO, "no") if (call, path.name) == spoilt else None)
    spoilt = ("", "")

    def check(_folder: Path) -> None:
        nonlocal spoilt
        spoilt = ("read", "CURRENT")

    Generations(root, disk=disk).build(filling("new"), check)
    opened, warnings = Generations(root).open()
    assert (label(opened), warnings) == ("new", ())


@pytest.mark.parametrize("image", [VolatileDisk.forgetful, VolatileDisk.hollow])
def test_a_power_loss_at_any_call_costs_nothing(
    root: Path, tmp_path: Path, image: Callable[[VolatileDisk, Path, Path], None]
) -> None:
    """Whatever a cache had not yet written is gone, names or contents, and a complete generation is current."""
    seen = set()
    calls = calls_of_a_build(root, tmp_path / "whole")
    total = len(calls)
    # Before a call that only reads, the disk is as it is before the next one that changes it.
    for number in [n for n, call in enumerate(calls, 1) if call[0] not in {"scan", "read", "digest"}] + [total + 1]:
        target = copied(root, tmp_path / str(number))
        after = tmp_path / f"{number} after"
        with volatile(target, killed_at(number)) as disk:
            try:
                Generations(target, keep=2, disk=disk).build(filling("new"), accept)
            except Killed:
                assert number <= total
            image(disk, target, after)
        opened, warnings = Generations(after).open()
        assert warnings == ()
        seen.add(label(opened))
        assert_next_build_is_clean(after, opened)
    assert seen == {"two", "new"}


# Reading what is damaged


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] if data else b"grown")


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _clear(path: Path) -> None:
    path.write_bytes(b"" if path.stat().st_size else b"x")


def _flood(path: Path) -> None:
    path.write_bytes(b"gen-2 " * 1000)


def _delete(path: Path) -> None:
    path.unlink()


def _to_link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _to_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGES = [_flip, _cut, _grow, _clear, _delete, _to_link, _to_folder, _to_pipe]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", [*FILES, "label", "MANIFEST", "MANIFEST.sha256"])
def test_a_damaged_file_is_found_and_the_one_before_served(
    root: Path, file: str, damage: Callable[[Path], None]
) -> None:
    """Any change to any file of the current generation is named, and the one before is opened in its place."""
    damage(root / "gen-2" / file)
    opened, (what, instead) = Generations(root).open()
    assert label(opened) == "one"
    assert what.startswith("gen-2 ")
    assert (file if file != "MANIFEST.sha256" else "MANIFEST") in what
    assert instead == f"gen-1, built {opened.built}, is served instead; run `searchapp reindex --full` to mend this"
    with pytest.raises(IndexUnusable, match="gen-2"):
        Generations(root).verify("gen-2")


def test_a_shortened_file_is_told_from_a_changed_one(root: Path) -> None:
    """The warning gives both sizes, which tell a full disk or a broken copy from a changed byte."""
    _cut(root / "gen-2" / "postings.bin")
    assert Generations(root).open()[1][0] == "gen-2 is broken: postings.bin has 10239 bytes, 10240 were written"


def _extra_file(root: Path) -> None:
    (root / "gen-2" / "extra").write_bytes(b"")


def _swapped_files(root: Path) -> None:
    first, second = root / "gen-2" / "words.txt", root / "gen-2" / "label"
    first_bytes = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(first_bytes)


def _missing_folder(root: Path) -> None:
    shutil.rmtree(root / "gen-2")


def _folder_of_another(root: Path) -> None:
    shutil.rmtree(root / "gen-2")
    shutil.copytree(root / "gen-1", root / "gen-2")


def _linked_folder(root: Path) -> None:
    (root / "gen-2").rename(root.parent / "moved")
    (root / "gen-2").symlink_to(root.parent / "moved")


def _consistent_forgery(root: Path) -> None:
    folder = root / "gen-2"
    manifest = json.loads((folder / "MANIFEST").read_bytes())
    (folder / "words.txt").write_bytes(b"forged")
    manifest["files"]["words.txt"] = {"sha256": hashlib.sha256(b"forged").hexdigest(), "bytes": 6}
    _write_manifest(folder, json.dumps(manifest).encode())


def _write_manifest(folder: Path, raw: bytes) -> str:
    digest = hashlib.sha256(raw).hexdigest()
    (folder / "MANIFEST").write_bytes(raw)
    (folder / "MANIFEST.sha256").write_text(f"{digest}  MANIFEST\n", encoding="ascii")
    return digest


@pytest.mark.parametrize(
    "damage",
    [_extra_file, _swapped_files, _missing_folder, _folder_of_another, _linked_folder, _consistent_forgery],
)
def test_an_exchanged_generation_is_found(root: Path, damage: Callable[[Path], None]) -> None:
    """Files too many, swapped or exchanged together with their manifest are found, and the one before is served."""
    damage(root)
    opened, warnings = Generations(root).open()
    assert (label(opened), opened.name) == ("one", "gen-1")
    assert warnings[0].startswith("gen-2 ")


def test_every_flipped_bit_of_current_is_found(root: Path) -> None:
    """No flipped bit of CURRENT goes unnoticed; a generation that it may not mean is not served without a warning."""
    current = root / "CURRENT"
    good = current.read_bytes()
    for position in range(len(good)):
        for bit in (1, 2, 64):
            current.write_bytes(good[:position] + bytes([good[position] ^ bit]) + good[position + 1 :])
            opened, warnings = Generations(root).open()
            in_name = position <= good.index(b" ")
            assert (label(opened), len(warnings)) in ([("two", 2)] if in_name else [("one", 2), ("two", 2)])


@pytest.mark.parametrize("damage", [*(damage for damage in DAMAGES if damage is not _flip), _flood])
def test_a_damaged_current_is_found(root: Path, damage: Callable[[Path], None]) -> None:
    """Without a readable CURRENT the newest valid generation is served, with a warning; the next build mends it."""
    damage(root / "CURRENT")
    opened, (what, _) = Generations(root).open()
    assert label(opened) == "two"
    assert what.startswith("CURRENT ")
    Generations(root).build(filling("three"), accept)
    assert Generations(root).open()[1] == ()
    assert not list(root.glob("tmp-*"))


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": None},
        {"name": "gen-1"},
        {"built": 1},
        {"facts": []},
        {"files": []},
        {"files": {"../gen-1/label": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"a\\b": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"..": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"": {"sha256": "0" * 64, "bytes": 1}}},
        {"files": {"label": {"sha256": "0" * 63, "bytes": 1}}},
        {"files": {"label": {"sha256": "0" * 64, "bytes": True}}},
        {"files": {"label": {"sha256": "0" * 64}}},
        {"files": {"label": "0" * 64}},
    ],
    ids=str,
)
def test_a_manifest_of_another_form_is_refused(root: Path, change: dict[str, object]) -> None:
    """A manifest that is of another version, incomplete or names paths is refused even when all digests agree."""
    manifest = {**json.loads((root / "gen-2" / "MANIFEST").read_bytes()), **change}
    digest = _write_manifest(root / "gen-2", json.dumps(manifest).encode())
    (root / "CURRENT").write_text(f"gen-2 {digest}\n", encoding="ascii")
    opened, warnings = Generations(root).open()
    assert label(opened) == "one"
    assert warnings[0].startswith("gen-2 cannot be used: ")


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_a_manifest_that_is_no_manifest_is_refused(root: Path, raw: bytes) -> None:
    """Bytes that are not JSON, or nested without end, are refused in words even when all digests agree."""
    digest = _write_manifest(root / "gen-2", raw)
    (root / "CURRENT").write_text(f"gen-2 {digest}\n", encoding="ascii")
    assert label(Generations(root).open()[0]) == "one"


def test_without_a_valid_generation_it_says_what_to_do(root: Path) -> None:
    """When every generation is broken the message says what is wrong with each, and which command mends it."""
    _flip(root / "gen-1" / "label")
    _delete(root / "gen-2" / "label")
    with pytest.raises(IndexUnusable) as caught:
        Generations(root).open()
    assert "gen-2 is broken: label is missing; gen-1 is broken: label is not as it was written" in str(caught.value)
    assert str(caught.value).endswith("run `searchapp reindex --full`")


def test_without_an_index_it_says_what_to_do(tmp_path: Path) -> None:
    """A missing or empty folder is no index yet; the message names the command."""
    for root in (tmp_path, tmp_path / "missing"):
        with pytest.raises(IndexUnusable, match="there is no index yet; run `searchapp reindex`"):
            Generations(root).open()
        assert Generations(root).peek() is None


@pytest.mark.parametrize("name", ["gen-3", "gen-0", "tmp-1", "../gen-1", "", "gen-1\n", "CURRENT"])
def test_only_names_of_generations_are_verified(root: Path, name: str) -> None:
    """A name that is not that of a generation here is refused and never used as a path."""
    with pytest.raises(IndexUnusable, match=r"missing|not the name"):
        Generations(root).verify(name)


def test_opening_during_builds_gives_no_false_alarm(root: Path) -> None:
    """A reader whose generation is replaced and removed while it verifies opens the new one without a warning."""
    builds = iter(["three", "four", "five"])

    class Racing(Disk):
        def digest(self, path: Path) -> tuple[str, int]:
            for text in builds:
                Generations(root, keep=1).build(filling(text), accept)
            return super().digest(path)

    opened, warnings = Generations(root, disk=Racing()).open()
    assert (label(opened), warnings) == ("five", ())


# A running server


def test_peek_differs_for_each_generation(root: Path) -> None:
    """A server notices every new generation, and a return to an earlier one, by one small read."""
    disk = FaultyDisk()
    generations = Generations(root, disk=disk)
    earlier = (root / "CURRENT").read_bytes()
    tokens = [generations.peek()]
    assert disk.calls == [("read", "CURRENT")]
    for text in ("three", "three"):
        Generations(root).build(filling(text), accept)
        tokens.append(generations.peek())
    assert len(set(tokens)) == 3
    assert generations.peek() == tokens[-1]
    (root / "CURRENT").write_bytes(earlier)
    assert generations.peek() == tokens[0]


# Several processes

BUILDER = """
import sys, time
from pathlib import Path
from searchapp.engines.whoosh.generations import Generations

def fill(folder):
    (folder / "started").write_text(str(time.monotonic_ns()))
    print("filling", flush=True)
    time.sleep(float(sys.argv[2]))
    (folder / "ended").write_text(str(time.monotonic_ns()))
    return {}

Generations(Path(sys.argv[1]), wait=30).build(fill, lambda folder: None)
"""


def building(root: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILDER, str(root), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_builds_of_several_processes_take_turns(tmp_path: Path) -> None:
    """Two reindexes at once both succeed, one after the other, and never at the same time."""
    root = tmp_path / "index"
    processes = [building(root, 0.2) for _ in range(2)]
    assert [process.communicate(timeout=30)[0] for process in processes] == ["filling\n"] * 2
    assert [process.returncode for process in processes] == [0, 0]
    times = [int((root / gen / file).read_text()) for gen in ("gen-1", "gen-2") for file in ("started", "ended")]
    assert times == sorted(times)


def test_a_held_lock_is_explained_and_a_dead_holder_blocks_nobody(root: Path) -> None:
    """A second reindex says which process holds the lock and since when; once that is killed, it builds at once."""
    with building(root, 60) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "filling\n"
            with pytest.raises(
                IndexUnusable, match=rf"another reindex is running \(process {process.pid} on .* since 2"
            ):
                Generations(root, wait=0).build(filling("mine"), accept)
            assert label(Generations(root).open()[0]) == "two"
        finally:
            process.send_signal(signal.SIGKILL)
    assert (root / "tmp-3").is_dir()
    assert label(Generations(root, wait=0).build(filling("mine"), accept)) == "mine"
    assert {path.name for path in root.glob("tmp-*")} == set()


def test_a_holder_without_a_name_is_still_explained(root: Path) -> None:
    """A lock whose holder could not write its name gives a sentence, not a failure."""
    script = (
        "import sys; from filelock import FileLock\nwith FileLock(sys.argv[1]): print(1, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(root / "LOCK")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        with pytest.raises(IndexUnusable, match="it left no name"):
            Generations(root, wait=0).build(filling("mine"), accept)
        process.communicate()


# The calls themselves


def test_files_and_folders_reach_the_medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync asks the system to flush that very file or folder."""
    if sys.platform == "darwin":
        pytest.skip("macOS flushes by fcntl, not by fsync")
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda fd: flushed.append(os.fstat(fd).st_ino))
    Disk().write(tmp_path / "file", b"x")
    for path in (tmp_path / "file", tmp_path):
        Disk().sync(path)
    assert flushed == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """A file of the size of the limit is read whole; one byte more is an error that names it."""
    (tmp_path / "file").write_bytes(b"0123456789")
    assert Disk().read(tmp_path / "file", 10) == b"0123456789"
    with pytest.raises(OSError, match=r"too large.*file"):
        Disk().read(tmp_path / "file", 9)


def test_a_write_that_the_system_cuts_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system call may take fewer bytes than it was given; the file holds all of them."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:3]))
    Disk().write(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_is_named() -> None:
    """An error of a write, which knows only a descriptor, names the file."""
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        Disk().write(Path("/dev/full"), b"x")
