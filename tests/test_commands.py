"""The command line as scripts and people use it: data on stdout, one clear line for whatever is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house import in_process

STATEMENT = """Суд у Мройску пакараў 17 чалавек

Суд у Мройску 12 сакавіка 2026 г. пакараў 17 чалавек паводле арт. 411. Ніхто з іх не прызнаў віны.

Бюро патрабуе:

1. Вызваліць усіх 17 чалавек.
2. Дапусціць да іх адвакатаў.

«Мы не спынімся», — сказала каардынатарка бюро.
"""


def vestka(*words: str, stdin: str = "") -> tuple[int, str, str]:
    """One command: exit code, stdout, stderr."""
    return in_process(list(words), stdin.encode())


def pair(source: str, target: str, **more: object) -> str:
    """One line for the guard."""
    return json.dumps({"id": "1", "from": "be", "to": "en", "source": source, "target": target, **more})


def test_the_guard_command_says_what_differs_and_ends_with_3() -> None:
    """A script learns from the exit code that a translation is not clear, and a person reads why."""
    code, out, _ = vestka("guard", "--pairs", "-", stdin=pair("Затрымалі 17 чалавек.", "71 people were detained."))
    row = json.loads(out)
    assert (code, row["id"], row["verdict"]) == (3, "1", "hold")
    assert "17" in row["findings"][0]["message"] and "71" in row["findings"][0]["message"]
    code, out, _ = vestka("guard", "--pairs", "-", stdin=pair("Затрымалі 17 чалавек.", "17 people were detained."))
    assert (code, json.loads(out)["verdict"]) == (0, "clear")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"id":"1"}',
        "[" * 100_000,
        pair("а", "a").replace('"be"', '"xx"'),
        pair("а", "a", second=5),
        pair("а", "a", id="a\nb\x1b[2J", second=[]),
    ],
    ids=["cut", "list", "fields", "deep", "language", "second", "escape codes"],
)
def test_a_wrong_line_for_the_guard_is_named(line: str) -> None:
    """Bad input for the guard ends with 2 and one line that names the place."""
    code, out, err = vestka("guard", "--pairs", "-", stdin=line + "\n")
    assert (code, out, err.count("\n")) == (2, "", 1) and err.rstrip("\n").isprintable()


def test_json_lines_are_read_as_other_programs_write_them() -> None:
    """Windows' mark in front, its line ends, and a line separator inside a text do not spoil what a script sends."""
    lines = "".join(f'{{"id":"{text}","text":"{text}"}}\r\n' for text in ("а\u2028б", "в"))
    code, out, _ = vestka("length", "--channel", "x", stdin="\ufeff" + lines)
    assert code == 0 and [json.loads(line)["id"] for line in out.split("\n")[:-1]] == ["а\u2028б", "в"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_summary_is_verbatim_and_tells_where_it_stands(tmp_path: Path, newline: str) -> None:
    """Each sentence of a summary stands in the text where its offsets say; a larger summary keeps the smaller."""
    text = STATEMENT.replace("\n", newline)
    file = tmp_path / "statement.txt"
    file.write_bytes(text.encode())
    found = {}
    for characters in (100, 280, 500, 1000):
        words = ("summarise", str(file), "--language", "be", "--characters", str(characters), "--json")
        code, out, _ = vestka(*words)
        answer = json.loads(out)
        assert code == 0 and answer["characters"] <= characters
        starts = [one["start"] for one in answer["sentences"]]
        assert starts == sorted(starts)
        assert all(text[one["start"] : one["end"]] == one["text"] for one in answer["sentences"])
        found[characters] = {one["text"] for one in answer["sentences"]}
    assert found[280] <= found[500] and found[280] <= found[1000] and found[280]


def test_a_translation_shows_what_nobody_can_translate(tmp_path: Path) -> None:
    """Where no engine and no memory serves, each sentence is shown as missing and the command ends with 3."""
    settings = tmp_path / "settings.toml"
    settings.write_text('[project]\ndatabase = "sqlite:///vestka.db"\n')
    words = ("translate", "-", "--from", "be", "--to", "en", "--settings", str(settings), "--json")
    code, out, _ = vestka(*words, stdin="Затрымалі 17 чалавек. Ніхто не прызнаў віны.")
    rows = json.loads(out)["sentences"]
    assert code == 3 and [row["source"] for row in rows] == ["Затрымалі 17 чалавек.", "Ніхто не прызнаў віны."]
    assert all(row["target"] is None and row["verdict"] == "hold" for row in rows)


def test_lengths_are_counted_by_the_channels_own_rules() -> None:
    """A script can ask what a text counts on X or Telegram."""
    lines = "\n".join(
        json.dumps({"id": str(i), "text": text}) for i, text in enumerate(("Заява", "👍🏽", "№ 5", "я" * 281))
    )
    code, out, _ = vestka("length", "--channel", "x", stdin=lines)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [row["length"] for row in rows] == [5, 2, 4, 281]
    assert [row["fits"] for row in rows] == [True, True, True, False] and rows[0]["limit"] == 280
    _, out, _ = vestka("length", "--channel", "telegram", stdin=json.dumps({"id": "1", "text": "👍🏽"}))
    assert json.loads(out) == {"id": "1", "length": 4, "limit": 4096, "fits": True}


def test_a_file_can_be_seen_on_every_channel_before_anything_is_set_up(tmp_path: Path) -> None:
    """An officer sees a draft as each channel would show it, with lengths and price, as text and as a page."""
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[project]\nname = "Бюро"\n[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\n'
        '[channels.x-be]\nkind = "x"\nlanguage = "be"\n'
    )
    file, page = tmp_path / "statement.txt", tmp_path / "page.html"
    file.write_text(STATEMENT, encoding="utf-8")
    words = ("preview", str(file), "--settings", str(settings))
    code, out, _ = vestka(*words, "--json", "--html", str(page))
    rows = json.loads(out)
    assert code == 0 and {row["channel"] for row in rows} == {"telegram-be", "x-be"}
    telegram, x = rows
    assert telegram["posts"][0]["length"] <= 4096 and "17 чалавек" in telegram["posts"][0]["payload"]["text"]
    assert all(post["length"] <= 280 for post in x["posts"]) and float(x["price"]) > 0
    html = page.read_text(encoding="utf-8")
    assert "17 чалавек" in html and "<style>" in html and "<script" not in html
    code, out, _ = vestka(*words)
    assert code == 0 and "17 чалавек" in out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("once", "--settings", "nowhere.toml"), 78),
        (("show", "seven", "--settings", "SETTINGS"), 2),
        (("show", "7", "--settings", "SETTINGS"), 2),
        (("show", "s" + "9" * 25, "--settings", "SETTINGS"), 2),
        (("show", "9" * 18, "--settings", "SETTINGS"), 2),
        (("preview", "9" * 400, "--settings", "SETTINGS"), 2),
        (("skip", "9" * 5000, "--settings", "SETTINGS"), 2),
        (("publish", "7", "--settings", "SETTINGS"), 2),
        (("resolve", "s1/r1/x/be/1/auto", "sent", "--settings", "SETTINGS"), 2),
        (("resolve", "s1/r1/x/be/1/auto", "maybe", "--settings", "SETTINGS"), 2),
        (("repost", "7", "--id", "../x", "--settings", "SETTINGS"), 2),
        (("summarise", "nowhere.txt", "--language", "be", "--characters", "280"), 2),
        (("summarise", "SETTINGS", "--language", "de", "--characters", "280"), 2),
        (("length", "--channel", "fax"), 2),
        (("preview", "nowhere.txt", "--settings", "SETTINGS"), 2),
        (("translate", "SETTINGS", "--from", "be", "--to", "en", "--engine", "oracle", "--settings", "SETTINGS"), 2),
        (("try", "http://127.0.0.1:9/feed"), 3),
        (("try", "http://127.0.0.1:9/feed", "--allow-private"), 75),
        (("try", ""), 2),
        (("try", "x"), 2),
        (("try", "ftp://example.invalid/"), 2),
        (("try", "file:///etc/passwd"), 2),
        (("try", "http://["), 2),
        (("try", "http://example.invalid:99999/"), 2),
        (("try", "https://example.invalid/feed", "--to", "xx"), 2),
        (("try", "https://example.invalid/feed", "--memory", "nowhere.jsonl"), 2),
    ],
)
def test_whatever_cannot_be_done_is_one_clear_line(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """A mistake ends with one line and a code that a script understands, never with a page of internals."""
    settings = tmp_path / "settings.toml"
    settings.write_text('[project]\ndatabase = "sqlite:///vestka.db"\n')
    found, out, err = vestka(*(word.replace("SETTINGS", str(settings)) for word in words))
    assert (found, out) == (code, "")
    assert err.count("\n") == 1 and err.startswith("vestka: ")


def test_a_preview_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """A text without end, a language that we do not have and a page that cannot be written are each named."""
    settings, huge, draft = tmp_path / "settings.toml", tmp_path / "huge.txt", tmp_path / "draft.txt"
    settings.write_text('[channels.x-be]\nkind = "x"\nlanguage = "be"\n')
    huge.write_text("Заява. " * 15_000, encoding="utf-8")
    draft.write_text(STATEMENT, encoding="utf-8")
    for words, said in (
        ((str(huge),), "too long"),
        ((str(draft), "--language", "fr"), "--language: 'fr' is none of be"),
        ((str(draft), "--html", str(tmp_path / "nowhere" / "page.html")), "page.html: No such file"),
    ):
        code, out, err = vestka("preview", *words, "--settings", str(settings))
        assert (code, out, err.count("\n")) == (2, "", 1) and err.startswith("vestka: ") and said in err


@pytest.mark.parametrize(
    ("address", "cure"), [("garbage", "sqlite:///"), ("sqlite://", "needs a file"), ("sqlite:///:memory:", "file")]
)
def test_a_database_that_cannot_be_is_a_wrong_setting(tmp_path: Path, address: str, cure: str) -> None:
    """An address of no database, or of one that would be forgotten, ends with 78 and says what to write."""
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[project]\ndatabase = "{address}"\n')
    code, out, err = vestka("queue", "--settings", str(settings))
    assert (code, out, err.count("\n")) == (78, "", 1) and "project.database" in err and cure in err


def test_a_port_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A mistyped port ends as a mistake of the command, before anything is written."""
    code, _, err = vestka("demo", "--once", "--port", "99999", "--out", str(tmp_path / "out"))
    assert code == 2 and "--port" in err and "Traceback" not in err and not (tmp_path / "out").exists()


def summarised(**more: Any) -> subprocess.Popen[bytes]:
    """`vestka summarise` in a process of its own, whose output is buffered as a shell would have it."""
    more["env"] = os.environ | {"PYTHONUNBUFFERED": ""} | more.get("env", {})
    words = [sys.executable, "-P", "-m", "bot", "summarise", "-", "--language", "be", "--characters", "280"]
    started = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    assert started.stdin is not None
    started.stdin.write(STATEMENT.encode())
    started.stdin.flush()
    return started


def test_the_language_of_the_machine_does_not_matter() -> None:
    """Statements are written as UTF-8 even where the system believes in nothing but ASCII."""
    out, err = summarised(stdout=subprocess.PIPE, env={"PYTHONIOENCODING": "ascii"}).communicate()
    assert "17 чалавек" in out.decode("utf-8") and err == b""


def test_an_output_that_cannot_be_written_is_one_line() -> None:
    """On a full disk the command says so and fails, instead of ending as if all had been written."""
    with open("/dev/full", "wb") as full:
        started = summarised(stdout=full)
        _, err = started.communicate()
    assert started.returncode == 1
    assert err.count(b"\n") == 1 and err.startswith(b"vestka: ") and b"No space" in err


def test_a_closed_output_is_no_failure() -> None:
    """A script that closes the output instead of throwing it away gets its exit code all the same."""
    words = f"'{sys.executable}' -P -m bot settings >&-"
    done = subprocess.run(["sh", "-c", words], stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_has_seen_enough_is_no_news() -> None:
    """Piping into a program that ends early, as `head` does, prints nothing odd."""
    started = summarised(stdout=subprocess.PIPE)
    assert started.stdout is not None
    started.stdout.close()
    started.stdout = None
    _, err = started.communicate()
    assert (started.returncode, err) == (1, b"")


def test_nothing_to_do_is_no_failure(tmp_path: Path) -> None:
    """An empty installation says so and ends well."""
    settings = tmp_path / "settings.toml"
    settings.write_text('[project]\ndatabase = "sqlite:///vestka.db"\n')
    for command, said in (("once", "Nothing has come in yet."), ("queue", "Nothing waits.")):
        code, out, _ = vestka(command, "--settings", str(settings))
        assert code == 0 and said in out
