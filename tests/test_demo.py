"""The first impression: one command, and a statement stands in three languages on three channels."""

import asyncio
import json
import os
import re
import socket
from collections import Counter
from pathlib import Path

import httpx

from tests.house import ROOT, in_process, vestka


def run(folder: Path) -> str:
    """The demo, to its end; what it prints."""
    code, out, err = in_process(["demo", "--once", "--out", str(folder)])
    assert code == 0, err
    return out


def test_the_demo_shows_three_languages_on_three_channels(tmp_path: Path) -> None:
    """Everything that would have been sent lies in one folder, each post with its length within its limit."""
    folder = tmp_path / "out"
    first = run(folder)
    calls = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    fields = "time key channel kind language action part parts length limit payload".split()  # noqa: SIM905  # as designed
    assert all(list(call) == fields and call["length"] <= call["limit"] for call in calls)
    assert {call["channel"] for call in calls} == {"telegram-be", "telegram-ru", "telegram-en", "x-en", "newsletter"}
    assert {call["language"] for call in calls if call["kind"] == "newsletter"} == {"be", "ru", "en"}
    assert max(Counter(call["key"] for call in calls).values()) == 1
    for call in calls:
        subject, revision, channel, language, part, cause = call["key"].split("/")
        file = folder / channel / f"{subject}-{revision}-{language}-{part}-{cause}.json"
        assert json.loads(file.read_text()) == call
        if call["kind"] == "newsletter":
            assert b"reader@example.invalid" in file.with_suffix(".eml").read_bytes()
    again = run(folder)
    assert again == first
    assert len((folder / "calls.jsonl").read_text().splitlines()) == len(calls)


def test_the_demo_shows_what_is_held_and_what_was_edited(tmp_path: Path) -> None:
    """One edition is held because a figure changed in it; one page that was edited after posting waits, unsent."""
    printed = " ".join(re.sub(r"[│╭╮╰╯─├┤┬┴┼]", " ", run(tmp_path / "out")).split())
    assert "The source says 1 049; the translation says 1 094." in printed.replace("\u00a0", " ")
    assert "changed since" in printed
    reasons = set(re.findall(r"✋ (s\d+) ", printed.split("What waits, and why")[1]))
    assert len(reasons) == 2
    calls = [json.loads(line) for line in (tmp_path / "out" / "calls.jsonl").read_text().splitlines()]
    words = " ".join(call["payload"]["text"] for call in calls).replace("\u00a0", " ")
    assert "1 094" not in words and "621" not in words


async def test_without_once_the_demo_ends_in_a_page_to_look_at(tmp_path: Path) -> None:
    """The demo ends in an address that shows the channels side by side, without any script."""
    process = await vestka("demo", "--out", str(tmp_path / "out"), "--port", "0")
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            while not (found := re.search(rb"http://127\.0\.0\.1:\d+/", line := await process.stderr.readline())):
                assert line
        async with httpx.AsyncClient(trust_env=False) as client:
            page = await client.get(found[0].decode())
    finally:
        process.terminate()
        await process.communicate()
    assert page.status_code == 200 and "1 049" in page.text.replace("\u00a0", " ") and "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    """When another program has the preview's port, the demo says so and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = in_process(["demo", "--out", str(tmp_path / "out"), "--port", port])
    assert code == 2 and f"port {port} is taken" in err.splitlines()[-1]


def test_the_readmes_commands_work(tmp_path: Path) -> None:
    """What the README tells a newcomer to type is what works: the settings it shows, the commands it names."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.S)
    settings = tmp_path / "settings.toml"
    settings.write_text(example, encoding="utf-8")
    code, _, err = in_process(["queue", "--settings", str(settings)])
    assert code == 0, err
    named = set(re.findall(r"\./run (\w+)", readme)) | set(re.findall(r"^\| `\./run ([\w` ]+)`", readme, re.M))
    words = {word for one in named for word in re.findall(r"\b[a-z]+\b", one)}
    helps = ""
    for word in words - {"lint", "test"}:
        code, out, _ = in_process([word, "--help"])
        assert code == 0 and "Usage" in out, word
        helps += out
    for option in set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", readme)) - {"--hostile"}:
        assert option in helps, option
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", readme, re.S))
    assert "./run demo" in shell and os.access(ROOT / "run", os.X_OK)
