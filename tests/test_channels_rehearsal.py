"""The stand-in wire: what would have been sent is written down exactly once, and nothing is sent."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import channels
from channels import Envelope, Later, Outcome, Post, Receipt, Refused
from channels.rehearsal import Rehearsal

FIELDS = ["time", "key", "channel", "kind", "language", "action", "part", "parts", "length", "limit", "payload"]
POST = Post(part=1, parts=2, text="Тэкст", length=5, limit=4096)
LETTER = Post(part=1, parts=1, text="Тэкст", length=5, limit=100_000, subject="Тэма", html="<p>Тэкст</p>")


def wire(folder: Path, kind: str = "telegram") -> Rehearsal:
    module = channels.load(kind)
    settings = module.Settings.model_construct(kind=kind, from_="Дуброва <news@example.invalid>")
    return Rehearsal(folder, kind=kind, channel=module, settings=settings)


def send(to: Rehearsal, key: str = "s12/r1/telegram-be/be/1/auto", post: Post = POST, **values: str) -> Outcome:
    words = key.split("/")
    channel = values.pop("channel", words[2] if len(words) > 2 else "")
    date = datetime(2026, 11, 22, tzinfo=UTC)
    return asyncio.run(to.send(post, Envelope(key=key, channel=channel, language="be", date=date, **values)))  # type: ignore[arg-type]


def test_a_call_is_one_line_and_one_file_with_the_same_fields(tmp_path: Path) -> None:
    """Each call is a line of calls.jsonl and a file in the channel's folder, with exactly the promised fields."""
    folder = tmp_path / "rehearsal"
    outcome = send(wire(folder))
    assert isinstance(outcome, Receipt)
    assert (outcome.remote_id[:10], outcome.url, outcome.wire) == ("rehearsal-", None, "rehearsal")
    (line,) = (folder / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    call = json.loads(line)
    assert list(call) == FIELDS
    assert call == json.loads((folder / "telegram-be" / "s12-r1-be-1-auto.json").read_text(encoding="utf-8"))
    assert call["payload"] == {"text": "Тэкст"}
    assert [call[name] for name in FIELDS[1:10]] == [
        "s12/r1/telegram-be/be/1/auto",
        "telegram-be",
        "telegram",
        "be",
        "create",
        1,
        2,
        5,
        4096,
    ]
    assert datetime.fromisoformat(call["time"]).tzinfo is not None


def test_every_call_adds_a_line_and_edits_are_told_apart(tmp_path: Path) -> None:
    """Later calls are added behind earlier ones; an edit or a deletion says so."""
    to = wire(tmp_path)
    for key, action in (
        ("s1/r1/t/be/1/auto", "create"),
        ("s1/r2/t/be/1/correct-9", "edit"),
        ("s1/r2/t/be/1/retract-7", "delete"),
    ):
        assert isinstance(send(to, key, action=action), Receipt)
    lines = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["action"] for line in lines] == ["create", "edit", "delete"]
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == [
        "s1-r1-be-1-auto.json",
        "s1-r2-be-1-correct-9.json",
        "s1-r2-be-1-retract-7.json",
    ]


def test_a_letter_is_kept_as_it_would_leave(tmp_path: Path) -> None:
    """The newsletter's finished mail lies beside its file: one specimen a language, whoever the reader is."""
    to = wire(tmp_path, "newsletter")
    for reader in ("11", "12"):
        assert isinstance(send(to, f"d3/r1/newsletter/be/1/auto/{reader}", LETTER), Receipt)
    assert sorted(path.name for path in (tmp_path / "newsletter").iterdir()) == [
        "d3-r1-be-1-auto.eml",
        "d3-r1-be-1-auto.json",
    ]
    assert b"reader@example.invalid" in (tmp_path / "newsletter" / "d3-r1-be-1-auto.eml").read_bytes()
    assert len((tmp_path / "calls.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_only_the_owner_can_read_a_rehearsal(tmp_path: Path) -> None:
    """Folders are made 0700 and files 0600: a draft is nobody else's business."""
    folder = tmp_path / "a"
    send(wire(folder))
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, folder / "telegram-be")] == ["0o700", "0o700"]
    files = [folder / "calls.jsonl", folder / "telegram-be" / "s12-r1-be-1-auto.json"]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600", "0o600"]


@pytest.mark.parametrize(
    "key",
    [
        "s1/r1/../be/1/auto",
        "s1/r1/t/../1/auto",
        "s1/r1/t/be/1/..",
        "/etc/r1/t/be/1/auto",
        "s1/r1/t/be/1/auto/../x",
        "s1/r1/t/be/x/auto",
        "x1/r1/t/be/1/auto",
        "s1/r1/t/be/1",
        "s1/r1/t/be/1/a\0b",
        "s1/r1/t/be/1/auto\n",
        "s1/r1/.t/be/1/auto",
        "s1/r1/t/be/1/" + "a" * 300,
        "",
    ],
)
def test_a_key_can_never_lead_out_of_the_folder(tmp_path: Path, key: str) -> None:
    """A key that is not of the agreed form is refused and writes nothing."""
    assert isinstance(send(wire(tmp_path), key), Refused)
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_another_channel_is_refused(tmp_path: Path) -> None:
    """The channel in the key must be the channel of the envelope."""
    assert isinstance(send(wire(tmp_path), "s1/r1/t/be/1/auto", channel="u"), Refused)


def test_a_letter_that_is_not_sound_is_refused(tmp_path: Path) -> None:
    """What cannot become a sound mail is refused with the reason and leaves no trace."""
    outcome = send(wire(tmp_path, "newsletter"), "s1/r1/news/be/1/auto", LETTER, message_id="<a b>")
    assert isinstance(outcome, Refused)
    assert "identifier" in outcome.reason
    assert not (tmp_path / "calls.jsonl").exists()


def test_a_folder_that_cannot_be_written_means_later(tmp_path: Path) -> None:
    """When the folder cannot be written, nothing was sent and it may be tried again."""
    (tmp_path / "file").write_text("x")
    outcome = send(wire(tmp_path / "file"))
    assert isinstance(outcome, Later)
    assert "cannot write" in outcome.reason


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk takes only half a line, the half is taken back and the call counts as not sent."""
    to = wire(tmp_path)
    send(to)
    before = (tmp_path / "calls.jsonl").read_bytes()
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: write(file, data[: len(data) // 2]))
        assert isinstance(send(to, "s13/r1/telegram-be/be/1/auto"), Later)
    assert (tmp_path / "calls.jsonl").read_bytes() == before


def test_half_a_line_of_a_killed_process_does_not_spoil_the_next(tmp_path: Path) -> None:
    """A process that was killed while it wrote leaves half a line; the next call takes it away and stands whole."""
    to = wire(tmp_path)
    send(to)
    calls = tmp_path / "calls.jsonl"
    first = calls.read_bytes()
    with calls.open("ab") as file:
        file.write(first[:100])
    send(to, "s13/r1/telegram-be/be/1/auto")
    lines = calls.read_bytes().splitlines(keepends=True)
    assert lines[0] == first
    assert [json.loads(line)["key"] for line in lines] == [
        "s12/r1/telegram-be/be/1/auto",
        "s13/r1/telegram-be/be/1/auto",
    ]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails half-way leaves neither a broken file nor a draft behind, and no line."""
    to = wire(tmp_path)

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        outcome = send(to)
    assert isinstance(outcome, Later)
    assert "No space left" in outcome.reason
    assert list((tmp_path / "telegram-be").iterdir()) == []
    assert not (tmp_path / "calls.jsonl").exists()


def test_the_line_is_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line goes to the disk by a single write, so that a kill can never leave two calls mixed."""
    writes: list[bytes] = []
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: writes.append(bytes(data)) or write(file, data))
    send(wire(tmp_path))
    assert [data for data in writes if data.startswith(b'{"time"')] == [(tmp_path / "calls.jsonl").read_bytes()]
