"""`vestka init`: five questions, and an installation that holds only what was answered."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.init import written
from bot.settings import load, reference
from tests.house import ROOT, in_process, item, rss
from tests.web import Web, answer

BELARUSIAN = item("first", "Суды пакаралі 17 чалавек", "Суды Мройска пакаралі 17 чалавек. Ніхто з іх не прызнаў віны.")
ENGLISH = item("second", "Courts punish 17 people", "The courts of Mroisk have punished 17 people in one week.")
TOKEN = "1234567890:" + "invented-Token_for_a_test-0123456789"
NOTHING = ("", "", "", "", "", "")  # name, feed, languages, channels, token, mail
LAST_WORDS = ("vestka doctor", "vestka once", "vestka run")


async def init(file: Path, *answers: str, private: bool = True) -> tuple[int, str, str]:
    """`vestka init` with these answers, one a line: exit code, stdout, stderr."""
    words = ["init", "--settings", str(file), *(["--allow-private"] if private else [])]
    return await asyncio.to_thread(in_process, words, "".join(f"{one}\n" for one in answers).encode())


def modes(folder: Path) -> dict[str, int]:
    """The rights of everything below a folder."""
    return {str(one.relative_to(folder)): one.stat().st_mode & 0o777 for one in sorted(folder.rglob("*"))}


@pytest.fixture
def no_umask() -> Iterator[None]:
    """A machine on which every new file is open to all, unless its maker says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("no_umask")
async def test_five_answers_make_an_installation(tmp_path: Path) -> None:
    """From a page, a feed, two channels, a token and a mail address comes a working, private installation."""
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/be.xml"></head><body>x</body></html>'
    async with Web() as web:
        web.answers["/"] = answer(page, content_type="text/html")
        web.answers["/be.xml"] = answer(rss([BELARUSIAN]))
        web.answers["/en.xml"] = answer(rss([ENGLISH, ENGLISH]))
        mail = ("editor@example.org", "mail.example.org:465", "editor", "correct horse")
        feeds = f"{web.url('/')} {web.url('/en.xml')}"
        code, out, err = await init(
            tmp_path / "settings.toml", "Бюро «Мройск»", feeds, "be en", "be=@bureau_be en=-1001234567890", TOKEN, *mail
        )
        assert (code, out) == (0, "")
        settings = load(tmp_path / "settings.toml")
        assert {name: (one.urls, one.language, one.allow_private) for name, one in settings.sources.items()} == {
            "be": ((web.url("/be.xml"),), "be", True),
            "en": ((web.url("/en.xml"),), "en", True),
        }
    assert "1 statement" in err and "2 statements" in err and "language en" in err
    assert settings.project.name == "Бюро «Мройск»" and settings.project.languages == ("be", "en")
    assert {name: one.chat for name, one in settings.channels.items()} == {
        "telegram-be": "@bureau_be",
        "telegram-en": -1001234567890,
    }
    assert settings.delivery.wire == "rehearsal" and 'wire = "rehearsal"' in (tmp_path / "settings.toml").read_text()
    assert settings.alerts.smtp_security == "tls" and settings.alerts.smtp_user == "editor"
    assert (settings.secret("telegram_token"), settings.secret("smtp_password")) == (TOKEN, "correct horse")
    found = modes(tmp_path)
    assert found.pop("settings.toml") == 0o644
    assert found == {"secrets": 0o700, "secrets/telegram_token": 0o600, "secrets/smtp_password": 0o600}
    for secret in (TOKEN, "correct horse"):
        assert secret not in err and secret not in (tmp_path / "settings.toml").read_text()
    assert all(step in err for step in LAST_WORDS)


async def test_empty_answers_make_a_rehearsal(tmp_path: Path) -> None:
    """Whoever has no answer yet gets a channel to rehearse in each language, and no line that says nothing new."""
    code, _, _ = await init(tmp_path / "settings.toml", *NOTHING)
    raw = tomllib.loads((tmp_path / "settings.toml").read_text(encoding="utf-8"))
    assert code == 0 and set(raw) == {"delivery", "channels"}
    assert raw["channels"] == {
        f"telegram-{language}": {"kind": "telegram", "language": language} for language in ("be", "ru", "en")
    }
    assert set(modes(tmp_path)) == {"settings.toml"}


async def test_every_key_that_is_written_says_what_it_means(tmp_path: Path) -> None:
    """The next volunteer reads above each line what it does."""
    await init(tmp_path / "settings.toml", "Бюро", *NOTHING[1:])
    lines = (tmp_path / "settings.toml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith(("#", "kind")):
            assert lines[number - 1].startswith("# "), line


async def test_a_bad_address_is_asked_for_again(tmp_path: Path) -> None:
    """An address without a feed is named with the reason, and the next one is looked at in its place."""
    async with Web() as web:
        web.answers["/page"] = answer(b"<html><body>News</body></html>", content_type="text/html")
        web.answers["/be.xml"] = answer(rss([BELARUSIAN]))
        bad = ("ftp://example.invalid/x", web.url("/nowhere"), web.url("/page"))
        answers = ("", *bad, web.url("/be.xml"), *NOTHING[2:])
        code, _, err = await init(tmp_path / "settings.toml", *answers)
        assert code == 0 and load(tmp_path / "settings.toml").sources["be"].urls == (web.url("/be.xml"),)
    assert "no http(s) address" in err and "answers 404" in err and "no feed is named on this page" in err


async def test_an_address_can_be_kept_unread(tmp_path: Path) -> None:
    """A site that is down today can be written down all the same; its language is taken from the address."""
    async with Web() as web:
        kept = [web.url("/en/feed.xml"), web.url("/feed.xml")]
        code, _, err = await init(
            tmp_path / "settings.toml", "", " ".join(kept), "keep", "keep", "ru, be", *NOTHING[3:]
        )
    sources = load(tmp_path / "settings.toml").sources
    assert code == 0 and {name: one.urls[0] for name, one in sources.items()} == {"en": kept[0], "ru": kept[1]}
    assert "sources.ru.language" in err and "sources.en.language" not in err


async def test_no_private_address_is_asked_unless_it_is_wished(tmp_path: Path) -> None:
    """A link to a machine inside the own network is not dialled by mistake."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(rss([BELARUSIAN]))
        answers = ("", web.url("/be.xml"), "keep", *NOTHING[2:])
        code, _, _ = await init(tmp_path / "settings.toml", *answers, private=False)
        assert code == 0 and web.connections == 0
    assert not any(one.allow_private for one in load(tmp_path / "settings.toml").sources.values())


async def test_an_address_with_a_password_is_not_kept(tmp_path: Path) -> None:
    """A password inside an address reaches neither the settings nor the screen."""
    answers = ("", "https://reader:hunter2@example.invalid/feed", "keep", "", *NOTHING[2:])
    code, out, err = await init(tmp_path / "settings.toml", *answers)
    assert code == 1 and not modes(tmp_path) and "hunter2" not in out + err


@pytest.mark.parametrize(
    ("place", "wrong", "right", "why"),
    [
        (0, "Бюро \x1b[2J", "Бюро", "cannot be shown"),
        (2, "be, xx", "be", "xx: Vestka can publish in"),
        (2, "lt", "be", "lt: Vestka can publish in be, ru, en, uk, pl"),
        (3, "be", "be=@bureau", "@name"),
        (3, "uk=@bureau", "be=@bureau", "one of be, ru, en"),
        (3, "be=bureau", "be=@bureau", "@name"),
        (3, "be=@bureau be=@other", "be=@bureau", "twice"),
        (3, f"be={TOKEN}", "be=@bureau", "asked for next"),
        (4, "12345", "", "no bot token"),
        (5, "editor", "", "one plain address"),
    ],
)
async def test_a_wrong_answer_is_asked_again(tmp_path: Path, place: int, wrong: str, right: str, why: str) -> None:
    """A slip of the finger costs one more line, not a broken installation."""
    answers = [*NOTHING[:place], wrong, right, *NOTHING[place + 1 :]]
    code, _, err = await init(tmp_path / "settings.toml", *answers)
    assert code == 0 and why in err and TOKEN not in err
    load(tmp_path / "settings.toml")


@pytest.mark.parametrize("answered", range(len(NOTHING)))
async def test_an_end_in_the_middle_writes_nothing(tmp_path: Path, answered: int) -> None:
    """Whoever goes away before the last answer leaves no half of an installation behind."""
    answers = ("Бюро", "", "be", "be=@bureau", TOKEN, "")[:answered]
    code, out, err = await init(tmp_path / "settings.toml", *answers)
    assert (code, out, modes(tmp_path)) == (1, "", {})
    assert "nothing was written" in err.splitlines()[-1]


def test_an_interruption_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with one line and no file."""

    def interrupted(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    code, _, err = in_process(["init", "--settings", str(tmp_path / "settings.toml")])
    assert (code, list(tmp_path.iterdir())) == (1, []) and "nothing was written" in err.splitlines()[-1]


async def test_existing_settings_are_never_overwritten(tmp_path: Path) -> None:
    """A second `init` leaves what is there as it is, and says what to do."""
    file = tmp_path / "settings.toml"
    file.write_text("# mine\n")
    code, _, err = await init(file, *NOTHING)
    assert (code, file.read_text()) == (2, "# mine\n") and err.count("\n") == 1 and "exists" in err


async def test_the_shipped_file_in_which_nothing_is_set_gives_way(tmp_path: Path) -> None:
    """In a fresh checkout `init` works at once: the file there says nothing that `vestka settings` does not say."""
    file = tmp_path / "settings.toml"
    file.write_text(reference(), encoding="utf-8")
    code, _, _ = await init(file, "Бюро", *NOTHING[1:])
    assert code == 0 and load(file).project.name == "Бюро"


async def test_a_secret_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    """A token of another installation is not lost: nothing is written, and the line names the file."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "telegram_token").write_text("old")
    code, _, err = await init(tmp_path / "settings.toml", "", "", "", "", TOKEN, "")
    assert code == 2 and "secrets/telegram_token" in err.splitlines()[-1]
    assert not (tmp_path / "settings.toml").exists()
    assert (tmp_path / "secrets" / "telegram_token").read_text() == "old"


async def test_a_place_that_cannot_be_written_is_named_first(tmp_path: Path) -> None:
    """Nobody answers five questions for a folder that does not exist."""
    code, _, err = await init(tmp_path / "nowhere" / "settings.toml", *NOTHING)
    assert code == 2 and err.count("\n") == 1 and "mkdir" in err


WORDS = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=40)


@given(name=WORDS, url=WORDS)
def test_no_name_breaks_the_file(name: str, url: str) -> None:
    """Quotation marks, backslashes and signs of TOML in an answer stay what they are: part of a name."""
    raw: dict[str, Any] = {
        "project": {"name": name},
        "sources": {"be": {"urls": [url], "language": "be"}},
        "delivery": {"wire": "rehearsal"},
        "channels": {"telegram-be": {"kind": "telegram", "language": "be", "chat": name}},
    }
    read = tomllib.loads(written(raw))
    assert read.get("project", raw["project"]) == raw["project"]
    assert (read["sources"], read["channels"]) == (raw["sources"], raw["channels"])


def test_secrets_and_state_are_kept_out_of_git() -> None:
    """What `init` and the service write beside the settings is never committed by mistake."""
    assert {"secrets/", "var/"} <= set((ROOT / ".gitignore").read_text().splitlines())


def test_a_token_is_not_shown_on_the_terminal(tmp_path: Path) -> None:
    """On a real terminal the letters of the token do not appear while they are typed."""
    ours, theirs = os.openpty()
    # Whoever leads a session and opens a terminal has it as its own: only there are passwords asked for.
    script = (
        "import os, sys; os.open(os.ttyname(0), os.O_RDWR)\n"
        "sys.argv = ['vestka', 'init']\nfrom bot.cli import main\nmain()"
    )
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", script], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    for typed in ("", "", "", "", TOKEN, ""):
        before = shown.count(b"> ")
        while shown.count(b"> ") == before:
            shown += os.read(ours, 4096)
        os.write(ours, f"{typed}\n".encode())
    with pytest.raises(OSError):  # Linux says so when the last one has closed the terminal
        while True:
            shown += os.read(ours, 4096)
    os.close(ours)
    assert child.wait() == 0 and TOKEN.encode() not in shown
    assert (tmp_path / "secrets" / "telegram_token").read_text() == f"{TOKEN}\n"
