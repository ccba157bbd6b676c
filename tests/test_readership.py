"""What an officer may do about readers, as commands: keys, a number, an import, and one reader's data or erasure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.house import in_process

SETTINGS = """[project]
name = "Бюро"
[channels.newsletter]
kind = "newsletter"
languages = ["be", "en"]
"""
CSV = """address,language,pace
one@example.org,be,
two@example.org,en,weekly
not an address,be,
three@example.org,xx,
one@example.org,be,
four@example.org,en,hourly
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Settings with a newsletter, and keys."""
    made = tmp_path / "settings.toml"
    made.write_text(SETTINGS, encoding="utf-8")
    code, out, _ = in_process(["subscribers", "keys", "--settings", str(made)])
    assert code == 0 and out.count("secrets/") == 3
    return str(made)


def test_keys_are_made_once_and_for_the_owner_alone(file: str) -> None:
    """Other keys would open no reader: they are never written over, and nobody else can read them."""
    secrets = sorted(Path(file).parent.joinpath("secrets").iterdir())
    assert [one.name for one in secrets] == ["reader_index_key", "reader_private_key", "reader_public_key"]
    assert all(one.stat().st_mode & 0o077 == 0 for one in secrets)
    before = [one.read_text() for one in secrets]
    code, _, err = in_process(["subscribers", "keys", "--settings", file])
    assert code == 2 and "there already" in err and [one.read_text() for one in secrets] == before
    assert not any(value.strip() in err for value in before)


def test_a_list_is_taken_in_line_by_line(file: str, tmp_path: Path) -> None:
    """What is no address is named by its line and not repeated; a dry run writes nothing; twice is once."""
    table = tmp_path / "readers.csv"
    table.write_text("\ufeff" + CSV, encoding="utf-8")
    words = ["subscribers", "import", str(table), "--settings", file]
    for run, (new, known) in enumerate(((2, 1), (2, 1), (0, 3))):
        code, out, err = in_process([*words, *(["--dry-run"] if run == 0 else [])])
        assert code == 3 and f"{new} taken in, {known} there already or barred, 0 have left us before, 3 wrong" in out
        assert [line.split(":")[0] for line in out.splitlines()[:3]] == ["line 4", "line 5", "line 7"]
        assert "example.org" not in out + err and "not an address" not in out + err
    code, out, _ = in_process(["subscribers", "count", "--json", "--settings", file])
    assert (code, json.loads(out)) == (0, {"confirmed": 2})
    code, _, err = in_process(["subscribers", "import", str(tmp_path / "none.csv"), "--settings", file])
    assert code == 2 and "cannot be read" in err


def test_one_reader_is_told_and_erased_on_their_word(file: str, tmp_path: Path) -> None:
    """All that is stored of one reader can be given to them and erased; nobody can list the others."""
    table = tmp_path / "readers.csv"
    table.write_text("address,language\none@example.org,be\n", encoding="utf-8")
    assert in_process(["subscribers", "import", str(table), "--settings", file])[0] == 0
    code, out, _ = in_process(["subscribers", "export", "One@Example.org", "--settings", file])
    assert code == 0 and json.loads(out)["language"] == "be" and json.loads(out)["confirmed"]
    assert in_process(["subscribers", "erase", "one@example.org", "--settings", file])[1].strip() == "erased"
    assert in_process(["subscribers", "erase", "one@example.org", "--settings", file])[1].strip() == "there was nobody"
    assert in_process(["subscribers", "export", "one@example.org", "--settings", file])[0] == 2
    assert in_process(["subscribers", "export", "no address", "--settings", file])[0] == 2
    code, out, _ = in_process(["subscribers", "import", str(table), "--settings", file])
    assert code == 0 and "0 taken in" in out and "1 have left us before" in out
    for one in tmp_path.rglob("*"):
        assert one == table or one.is_dir() or b"one@example.org" not in one.read_bytes()


def test_a_missing_key_is_one_line_with_its_cure(tmp_path: Path) -> None:
    """Without keys nothing is sealed, and the line says how to make them."""
    made = tmp_path / "settings.toml"
    made.write_text(SETTINGS, encoding="utf-8")
    for words in (["subscribers", "erase", "one@example.org"], ["run", "--role", "web"]):
        code, _, err = in_process([*words, "--settings", str(made)])
        assert code == 78 and err.count("\n") == 1 and ("subscribers keys" in err or "web.public_url" in err)


def test_what_was_done_about_readers_stands_in_the_trail_by_number_only(file: str, tmp_path: Path) -> None:
    """Who took in, gave out or erased readers can be told later; whom, cannot."""
    table = tmp_path / "readers.csv"
    table.write_text("address,language\none@example.org,be\ntwo@example.org,be\n")
    for who, *words in (
        ("alena", "import", str(table)),
        ("alena", "export", "one@example.org"),
        ("boris", "erase", "one@example.org"),
    ):
        assert in_process(["subscribers", *words, "--as", who, "--settings", file])[0] == 0
    _, trail, _ = in_process(["audit", "--json", "--settings", file])
    assert "2 taken in" in trail and "example.org" not in trail
    assert trail.count("alena") == 2 and trail.count("boris") == 1


def test_a_list_that_cannot_be_read_is_named_so(file: str, tmp_path: Path) -> None:
    """A wrong first line, and a file that is not there, are one clear line each."""
    (tmp_path / "list.csv").write_text("email;language\none@example.org;be\n")
    for name, said in (("list.csv", "no column address"), ("nothing.csv", "No such file")):
        code, _, err = in_process(["subscribers", "import", str(tmp_path / name), "--settings", file])
        assert code == 2 and said in err and "one@" not in err
