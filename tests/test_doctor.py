"""`vestka doctor`: each thing that can be wrong with an installation is one line with its cure."""

from __future__ import annotations

import asyncio
import fcntl
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from bot import app, doctor
from bot.model import Document
from bot.settings import Settings, load
from bot.store import HEAD, Store, alarms
from bot.subscribers.sealing import new_keys
from tests.house import House, item, rss
from tests.models import install
from tests.submission import PASSWORD, USER, submission
from tests.telegram_server import RIGHTS, BotApi
from tests.telegram_server import TOKEN as TELEGRAM_TOKEN
from tests.web import Web, answer
from tests.x_server import SECRETS as X_SECRETS
from tests.x_server import XApi

TITLE = "Суды пакаралі 17 чалавек"
TEXT = "Суды Мройска пакаралі 17 чалавек за тыдзень. Ніхто з іх не прызнаў віны."
STATEMENT = item("first", TITLE, TEXT)
TOKEN = "1234567890:" + "invented-Token_for_a_test-0123456789"
CHANNEL = '[channels.telegram-be]\nkind = "telegram"\nlanguage = "be"\nchat = "@bureau_be"\n'


def date(**ago: float) -> str:
    """What a site's clock shows, some time ago by ours."""
    return format_datetime(datetime.now(UTC) - timedelta(**ago), usegmt=True)


def feed(*items: Any, **headers: str) -> bytes:
    """A feed, with the right time in the answer."""
    return answer(rss(items or [STATEMENT]), **({"date": date()} | headers))


def house(folder: Path, url: str = "https://example.org/feed", extra: str = "") -> House:
    """An installation with one source and one channel."""
    return House(folder, {"be": url}, channels=CHANNEL + extra)


async def lines(at: House, *words: str, code: int | None = None) -> dict[str, list[dict[str, str]]]:
    """What `vestka doctor` says, by state."""
    said = json.loads(await at("doctor", "--json", *words, code=code))
    return {state: [one for one in said if one["state"] == state] for state in ("ok", "warn", "fail")}


def about(found: list[dict[str, str]], word: str) -> str:
    """The one line of these in which a word stands, with its cure."""
    (only,) = [f"{one['what']} → {one['cure']}" for one in found if word in one["what"]]
    return only


def left(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(one.name for one in folder.iterdir())


def states(checks: list[doctor.Check]) -> list[str]:
    """Only how they ended."""
    return [one.state for one in checks]


async def of_source(folder: Path, web: Web, *paths: str) -> list[doctor.Check]:
    """What is said of a source with these addresses."""
    at = house(folder, web.url(paths[0]))
    text = at.settings.read_text(encoding="utf-8")
    shown = ", ".join(f'"{web.url(path)}"' for path in paths)
    at.settings.write_text(text.replace(f'urls = ["{web.url(paths[0])}"]', f"urls = [{shown}]"), encoding="utf-8")
    return [one for one in await doctor.sources(load(at.settings)) if one.what.startswith("source ")]


# --------------------------------------------------------------------------------------------------------------------
# the whole


async def test_a_sound_installation_is_said_to_be_sound(tmp_path: Path) -> None:
    """Where nothing is wrong the command ends with 0, says what it has looked at, and leaves nothing behind."""
    async with Web() as web:
        web.answers["/be.xml"] = feed()
        at = house(tmp_path, web.url("/be.xml"))
        found = await lines(at, code=0)
    assert not found["fail"] and left(tmp_path) == ["settings.toml"]
    looked = " ".join(one["what"] for one in found["ok"])
    for word in ("settings", "source be", "clock", "templates", "channel telegram-be", "disk", "database", "alarms"):
        assert word in looked
    for word in ("time zones", "parser: expat_", "mail", "packages"):
        assert word in looked
    assert all(one["cure"] for one in found["warn"])


async def test_a_person_sees_each_line_with_its_cure(tmp_path: Path) -> None:
    """Without --json the same is shown for people, and a failure ends with 3."""
    shown = await house(tmp_path)("doctor", code=3)
    assert "✓ ok" in shown and "! warn" in shown and "✗ fail" in shown and "→" in shown


async def test_wrong_settings_are_a_line_and_the_machine_is_looked_at_all_the_same(tmp_path: Path) -> None:
    """A typing error in the settings hides nothing of what needs no settings."""
    at = house(tmp_path, extra="chatt = 5\n")
    found = await lines(at, code=3)
    assert "did you mean" in about(found["fail"], "channels.telegram-be.chatt")
    assert "parser" in str(found["ok"]) and "packages" in str(found["ok"])
    at.settings.unlink()
    assert "no such file" in about((await lines(at, code=3))["fail"], "settings")


async def test_a_check_that_breaks_is_a_line_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in one check is told as such, without its innards, and hides none of the others."""

    async def broken(_: Settings) -> list[doctor.Check]:
        raise RuntimeError(TOKEN)

    monkeypatch.setattr(doctor, "database", broken)
    at = house(tmp_path)
    found = await lines(at, code=3)
    assert "RuntimeError" in about(found["fail"], "database") and TOKEN not in str(found)
    assert "packages" in str(found["ok"]) and at.stderr == ""


async def test_a_check_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever for one answer."""

    async def hanging() -> list[doctor.Check]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(doctor, "SECONDS", 0.05)
    (line,) = await doctor._bounded("database", hanging)
    assert line.state == "fail" and "not done within" in line.what


# --------------------------------------------------------------------------------------------------------------------
# sources and the clock


async def test_the_example_is_no_source(tmp_path: Path) -> None:
    """With the example alone nothing is watched: the line names the command that asks, and the one that shows."""
    (line,) = await doctor.sources(load(house(tmp_path).settings))
    assert line.state == "fail" and "vestka init" in line.what and "vestka demo" in line.what


OLD = item("old", TITLE, TEXT, hours=24 * 100)
RUSSIAN = item("ru", "Суды наказали 17 человек", "Суды Мройска наказали 17 человек. Никто из них не признал вины.")
CAPTCHA = b"<!doctype html><html><head><title>Just a moment...</title></head><script>_cf_chl_opt</script></html>"


@pytest.mark.parametrize(
    ("made", "state", "word"),
    [
        (feed(), "ok", "1 statement, language be"),
        (answer(status=404), "fail", "404"),
        (answer(CAPTCHA, 503, content_type="text/html"), "fail", "anti-bot"),
        (answer(rss([STATEMENT])[:300]), "fail", "source be"),
        (feed(RUSSIAN), "warn", "look like ru"),
        (feed(OLD), "warn", "100 days old"),
        (answer(rss([])), "warn", "without any statement"),
        (answer(rss([STATEMENT]).replace(b"<channel><title>", b"<channel><title>A & B ")), "warn", "wait for a person"),
    ],
    ids=["good", "404", "challenge", "cut short", "language", "old", "empty", "doubt"],
)
async def test_each_source_is_asked_and_read(tmp_path: Path, made: bytes, state: str, word: str) -> None:
    """What the service would meet at its next poll is told before it meets it."""
    async with Web() as web:
        web.answers["/be.xml"] = made
        found = await of_source(tmp_path, web, "/be.xml")
        assert [line.state for line in found if word in line.what] == [state]
        assert len(web.requests) == 1


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", "warn"), ("localhost", "fail")])
async def test_a_feed_that_has_moved_is_told(tmp_path: Path, host: str, expected: str) -> None:
    """A feed that moved within its site is read there; one that moved to another site is not, and a person is told."""
    async with Web() as web:
        web.answers["/be.xml"] = answer(status=301, location=web.url("/new.xml", host))
        web.answers["/new.xml"] = feed()
        found = await of_source(tmp_path, web, "/be.xml")
    (moved,) = [line for line in found if "moved" in line.what]
    assert moved.state == expected and "sources.be.urls" in moved.cure


async def test_a_dead_mirror_is_a_warning_while_another_address_answers(tmp_path: Path) -> None:
    """One of two addresses that fails stops nothing, but is named."""
    async with Web() as web:
        web.answers["/be.xml"] = feed()
        found = await of_source(tmp_path, web, "/gone.xml", "/be.xml")
        assert states(found) == ["warn", "ok"]
        del web.answers["/be.xml"]
        assert states(await of_source(tmp_path, web, "/gone.xml", "/be.xml")) == ["fail", "fail"]


@pytest.mark.parametrize(
    ("seconds", "headers", "state"),
    [
        (5, {}, "ok"),
        (300, {}, "warn"),
        (3600, {}, "fail"),
        (-3600, {}, "fail"),
        (3600, {"age": "3600"}, "ok"),
        (0, {"date": "yesterday"}, "warn"),
    ],
    ids=["right", "minutes", "an hour", "an hour behind", "from a cache", "unreadable"],
)
async def test_the_clock_is_held_against_the_site(
    tmp_path: Path, seconds: int, headers: dict[str, str], state: str
) -> None:
    """A clock that is minutes wrong is named, hours wrong is a failure; what a cache kept for an hour tells neither."""
    async with Web() as web:
        web.answers["/be.xml"] = feed(**({"date": date(seconds=seconds)} | headers))
        found = await doctor.sources(load(house(tmp_path, web.url("/be.xml")).settings))
    assert [line.state for line in found if line.what.startswith("clock")] == [state]


def test_one_site_with_a_wrong_clock_is_no_fault_of_ours() -> None:
    """When any site agrees with us, we are not told to set our clock."""
    wrong, right = (timedelta(hours=3), "a.example"), (timedelta(seconds=2), "b.example")
    assert doctor.clock([wrong, right]).state == "ok"


# --------------------------------------------------------------------------------------------------------------------
# templates, channels, secrets


async def test_a_broken_template_is_named(tmp_path: Path) -> None:
    """A template that cannot be laid out is found before a statement comes, and the rest is looked at all the same."""
    (tmp_path / "own" / "telegram").mkdir(parents=True)
    (tmp_path / "own" / "telegram" / "post.html.j2").write_text("{{ titel }}")
    words = app.shipped("templates") / "locale"
    (tmp_path / "own" / "locale").symlink_to(words)
    at = house(tmp_path)
    at.settings.write_text(at.settings.read_text().replace("[project]", '[project]\ntemplates = "own"'))
    found = await lines(at, code=3)
    assert "run vestka doctor again" in about(found["fail"], "titel") and "packages" in str(found["ok"])


async def test_a_channel_on_which_nothing_fits_is_named(tmp_path: Path) -> None:
    """A template so long that even a short statement does not fit is a failure of that channel, with the figures."""
    (tmp_path / "own" / "telegram").mkdir(parents=True)
    (tmp_path / "own" / "telegram" / "post.html.j2").write_text("{{ title }}" + " x" * 4000)
    (tmp_path / "own" / "locale").symlink_to(app.shipped("templates") / "locale")
    at = house(tmp_path)
    at.settings.write_text(at.settings.read_text().replace("[project]", '[project]\ntemplates = "own"'))
    (line,) = await doctor.places(load(at.settings))
    assert line.state == "fail" and "of 4096" in line.what and "templates/telegram" in line.cure


async def test_a_channel_without_a_name_is_told(tmp_path: Path) -> None:
    """A channel that has no address yet is rehearsed, and a person knows what is missing."""
    at = House(tmp_path, {}, channels=CHANNEL.replace('chat = "@bureau_be"', ""))
    found = await doctor.places(load(at.settings))
    assert states(found) == ["ok", "warn"] and "channels.telegram-be.chat" in found[1].cure
    assert states(await doctor.places(load(House(tmp_path, {}, channels="").settings))) == ["fail"]


async def test_a_live_wire_that_cannot_dial_is_named(tmp_path: Path) -> None:
    """An installation that is set to send what it cannot send is told so, and by which channel."""
    at = house(tmp_path)
    at.settings.write_text(at.settings.read_text().replace('"rehearsal"', '"live"', 1))
    (line, *_) = await doctor.places(load(at.settings))
    assert line.state == "fail" and "channels.telegram-be — telegram_token" in line.what


async def test_the_platform_is_asked_before_going_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a token at hand the doctor asks Telegram whether the bot may post; before going live, that only warns."""
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TELEGRAM_TOKEN)
    async with BotApi() as api:
        api.channel("@bureau_be", rights=dict.fromkeys(RIGHTS, False))
        at = House(tmp_path, {}, channels=f'{CHANNEL}api_base = "{api.url}"\n')
        lines = await doctor.wires(load(at.settings), live=False)
        assert {line.state for line in lines} == {"ok", "warn"} and any("post" in line.what for line in lines)
        at.settings.write_text(at.settings.read_text().replace('"rehearsal"', '"live"', 1))
        assert "fail" in states(await doctor.wires(load(at.settings), live=False))
        assert api.public == []


async def test_x_is_asked_whose_keys_these_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With keys at hand the doctor asks X for the account, for no money; a missing key is a line that names it."""
    async with XApi() as api:
        channel = f'[channels.x-en]\nkind = "x"\nlanguage = "en"\napi_base = "{api.url}"\naccount = "@mroisk_en"\n'
        at = House(tmp_path, {}, channels=channel)
        names = [line.what for line in await doctor.secrets(load(at.settings))]
        assert any("x_access_token_mroisk_en" in name for name in names)
        assert await doctor.wires(load(at.settings), True) == []
        for name, value in X_SECRETS.items():
            own = name if "consumer" in name else f"{name}_mroisk_en"
            monkeypatch.setenv(f"VESTKA_{own.upper()}", value)
        (line,) = await doctor.wires(load(at.settings), True)
        assert line.state == "ok" and "@mroisk_en" in line.what and api.created == []


async def test_the_newsletter_is_looked_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, pages and relays of the newsletter are each a line with its cure; one without any is left alone."""
    letter = '[channels.newsletter]\nkind = "newsletter"\nlanguages = ["be"]\n'
    at = House(tmp_path, {}, channels=letter)
    assert await doctor.readers(load(at.settings)) == []
    async with submission(auth_require_tls=False) as (postbox, port):
        own = f'relays = ["127.0.0.1:{port}"]\nsmtp_security = "none"\nsmtp_user = "{USER}"\n'
        at = House(tmp_path, {}, channels=letter + own)
        assert states(await doctor.readers(load(at.settings))) == ["warn", "fail", "fail", "warn"]
        for name, value in new_keys().items():
            monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
        monkeypatch.setenv("VESTKA_NEWSLETTER_SMTP_PASSWORD", PASSWORD)
        at.settings.write_text(f'{at.settings.read_text()}\n[web]\npublic_url = "https://news.example.org"\n')
        lines = await doctor.readers(load(at.settings))
        assert states(lines) == ["ok", "warn", "ok", "warn"] and "takes the login" in lines[2].what
        text = at.settings.read_text()
        mailbox = (
            'imap = "127.0.0.1:1"\nimap_user = "news"\nfrom = "a@example.org"\ndiscreet_from = "b@neutral.invalid"\n'
        )
        at.settings.write_text(text.replace("[web]", f"{mailbox}[web]"))
        more = await doctor.readers(load(at.settings))
        assert "imap" in more[-1].cure and more[-1].state == "fail"
        assert any(line.state == "warn" and "discreet letters bear" in line.what for line in more)
        assert postbox.logins and postbox.mails == [] and not any(PASSWORD in f"{line}" for line in lines)


async def test_the_doctor_says_who_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether anybody is asked about what waits, by whom, and with which cure when nobody is."""
    at = house(tmp_path)
    (line,) = await doctor.desk(load(at.settings))
    assert line.state == "warn" and "review.reviewers" in line.cure
    at.settings.write_text(f"{at.settings.read_text()}\n[review]\nreviewers = {{alena = 111, boris = 222}}\n")
    assert states(await doctor.desk(load(at.settings))) == ["fail"]
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", TELEGRAM_TOKEN)
    first, second = await doctor.desk(load(at.settings))
    assert first.state == "ok" and "alena, boris" in first.what and "review.owners" in second.cure


async def test_missing_and_open_secrets_are_told_and_none_is_shown(tmp_path: Path) -> None:
    """A secret that is missing only matters when it is live; one that others can read always does."""
    at = house(tmp_path)
    assert states(await doctor.secrets(load(at.settings))) == ["warn"]
    text = at.settings.read_text()
    at.settings.write_text(text.replace('"rehearsal"', '"live"', 1))
    assert states(await doctor.secrets(load(at.settings))) == ["fail"]
    at.settings.write_text(text)
    (tmp_path / "secrets").mkdir()
    file = tmp_path / "secrets" / "telegram_token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    (line,) = await doctor.secrets(load(at.settings))
    assert line.state == "fail" and "chmod 600" in line.what
    file.chmod(0o600)
    (line,) = await doctor.secrets(load(at.settings))
    assert line.state == "ok" and TOKEN not in repr(line)


# --------------------------------------------------------------------------------------------------------------------
# languages


def bilingual(folder: Path, chain: str) -> Settings:
    """A site in Belarusian with channels in Belarusian and English."""
    english = CHANNEL.replace("be", "en")
    at = house(folder, extra=english)
    at.settings.write_text(f"{at.settings.read_text()}\n[translation]\nchain = {chain}\n")
    return load(at.settings)


async def test_a_pair_that_nobody_serves_is_told(tmp_path: Path) -> None:
    """The organisation learns beforehand which language gets the original, labelled; other pairs are not spoken of."""
    (line,) = await doctor.languages(bilingual(tmp_path, "{}"))
    assert line.state == "warn" and "be→en: only people's memory" in line.what and "labelled" in line.what
    (line,) = await doctor.languages(bilingual(tmp_path, '{be-en = ["memory", "fxtranslate:draft"]}'))
    assert line.state == "warn" and line.cure.startswith("vestka models fetch be-en")


async def test_a_pair_with_a_model_names_its_engine(tmp_path: Path) -> None:
    """Who translates, whether it waits for a person and who sees the text is one line; a damaged model is another."""
    settings = bilingual(tmp_path, '{be-en = ["memory", "fxtranslate:draft"]}')
    place = install(app.models_folder(settings), "be-en")
    (line,) = await doctor.languages(settings)
    assert line.state == "ok" and line.what == "languages be→en: memory, fxtranslate (draft, on this machine)"
    (place / "model.bin").write_bytes(b"not a model")
    assert states(await doctor.languages(settings)) == ["ok", "fail"]


# --------------------------------------------------------------------------------------------------------------------
# the database, alarms, the service


@pytest.fixture
async def used(tmp_path: Path) -> House:
    """An installation with a ledger."""
    at = house(tmp_path)
    store = await Store.open(load(at.settings).database_url())
    await store.close()
    return at


def ledger(at: House) -> Path:
    """Its file."""
    return at.folder / "state" / "vestka.db"


async def test_a_sound_ledger_is_opened_and_left_as_it_is(used: House) -> None:
    """Looking changes nothing."""
    before = ledger(used).read_bytes()
    found = await doctor.database(load(used.settings))
    assert {line.state for line in found} == {"ok"} and f"schema {HEAD}" in found[-1].what
    assert ledger(used).read_bytes() == before


async def test_a_ledger_of_another_version_is_not_touched(used: House) -> None:
    """An older ledger is brought up to date by the next command, not by a look; a newer one needs a newer Vestka."""
    for version, state in (("0001", "warn"), ("9999", "fail")):
        with closing(sqlite3.connect(ledger(used))) as c, c:
            c.execute("update alembic_version set version_num = ?", (version,))
        found = await doctor._bounded("database", lambda: doctor.database(load(used.settings)))
        assert [line.state for line in found if version in line.what] == [state]
        with closing(sqlite3.connect(ledger(used))) as c:
            assert c.execute("select version_num from alembic_version").fetchall() == [(version,)]


async def test_a_damaged_ledger_is_a_failure(used: House) -> None:
    """A file of which a page was overwritten is told before anything is written into it."""
    raw = bytearray(ledger(used).read_bytes())
    raw[4096:12288] = b"\xff" * 8192
    ledger(used).write_bytes(raw)
    found = await doctor.database(load(used.settings))
    assert [line.state for line in found if "is damaged" in line.what] == ["fail"]


async def test_a_file_that_is_no_ledger_is_a_failure(used: House) -> None:
    """A file of something else in the place of the ledger is told, and stays as it is."""
    ledger(used).write_bytes(b"not a database" * 1000)
    found = await doctor.database(load(used.settings))
    assert [line.state for line in found if "is damaged" in line.what] == ["fail"]
    assert ledger(used).read_bytes() == b"not a database" * 1000


async def test_a_ledger_on_postgresql_is_looked_at_and_not_filled(tmp_path: Path, postgresql: str) -> None:
    """On the larger database the same is told, and an empty one stays empty."""
    at = house(tmp_path)
    own = at.settings.read_text().replace("sqlite:///state/vestka.db", postgresql)
    at.settings.write_text(own)
    for _ in range(2):
        assert "empty" in (await doctor.database(load(at.settings)))[-1].what
    await (await Store.open(postgresql)).close()
    assert f"schema {HEAD}" in (await doctor.database(load(at.settings)))[-1].what


async def test_a_ledger_that_others_can_read_is_told(used: House) -> None:
    """Nobody else on the machine may read the ledger or look into its folder."""
    ledger(used).chmod(0o644)
    ledger(used).parent.chmod(0o755)
    found = [line for line in await doctor.database(load(used.settings)) if line.state != "ok"]
    assert [(line.state, line.cure.split()[0:2]) for line in found] == [
        ("warn", ["chmod", "700"]),
        ("fail", ["chmod", "600"]),
    ]


def test_a_network_disk_is_no_place_for_the_ledger(tmp_path: Path) -> None:
    """SQLite loses data on a network file system; the innermost mount counts, and the last one there."""
    mounts = tmp_path / "mounts"
    inner = str(tmp_path).replace(" ", "\\040")
    mounts.write_text(f"server:/ / nfs4 rw 0 0\n/dev/sda1 {inner} ext4 rw 0 0\n")
    assert doctor._system(tmp_path / "var", mounts) == []
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/ {inner} nfs4 rw 0 0\n")
    (line,) = doctor._system(tmp_path / "var", mounts)
    assert line.state == "fail" and "nfs4" in line.what


@pytest.mark.parametrize(("free", "state"), [(50_000_000, "fail"), (500_000_000, "warn"), (5_000_000_000, "ok")])
async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    """Before the disk is full somebody knows."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    found = await doctor.database(load(house(tmp_path).settings))
    assert [line.state for line in found if line.what.startswith("disk")] == [state]


async def test_alarms_that_stand_are_shown_with_their_cure(used: House) -> None:
    """What the service has found wrong is part of the picture."""
    store = await Store.open(load(used.settings).database_url())
    async with store.write() as c:
        await alarms.raise_lasting(c, "outage/be", "The source be cannot be read.", "Look at it.", datetime.now(UTC))
    await store.close()
    found = [line for line in await doctor.database(load(used.settings)) if line.what.startswith("alarm")]
    assert found == [doctor.warn("alarm: The source be cannot be read.", "Look at it.")]


async def test_a_running_service_is_seen_and_not_disturbed(used: House) -> None:
    """The lock of a service is looked at, never taken away from it or from one that starts."""
    assert states(await doctor.service(load(used.settings))) == ["warn"]
    lock = used.folder / "state" / "vestka.lock"
    with lock.open("w") as held:
        assert states(await doctor.service(load(used.settings))) == ["warn"]
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert states(await doctor.service(load(used.settings))) == ["ok"]


class Postbox:
    """A mail server on loopback: keeps what it gets, or refuses all of it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.mails: list[bytes] = []
        self._refuses = refuses

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """RFC 5321, as far as one mail goes."""
        writer.write(b"220 postbox\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"550 not here\r\n" if self._refuses and word == b"RCPT" else b"250 well\r\n")
            await writer.drain()
            if word == b"QUIT":
                break
        writer.close()


@pytest.mark.parametrize("refuses", [False, True])
async def test_live_sends_one_test_mail(tmp_path: Path, refuses: bool) -> None:
    """Only --live sends, one mail and to the person in charge; a refusal is a failure without the address."""
    box = Postbox(refuses=refuses)
    server = await asyncio.start_server(box, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    at = house(tmp_path)
    mail = f'[alerts]\nemail = "editor@example.org"\nsmtp = "127.0.0.1:{port}"\nsmtp_security = "none"\n'
    at.settings.write_text(f"{at.settings.read_text()}\n{mail}")
    settings = load(at.settings)
    async with server:
        assert states(await doctor.telling(settings, live=False)) == ["ok", "ok"] and not box.mails
        found = await doctor.telling(settings, live=True)
    assert states(found) == ["ok", "fail" if refuses else "ok"] and len(box.mails) == (not refuses)
    assert "editor@" not in repr(found)


async def test_a_mail_that_could_not_log_in_is_told(tmp_path: Path) -> None:
    """A login name without its password is found before the first alarm."""
    at = house(tmp_path)
    mail = '[alerts]\nemail = "editor@example.org"\nsmtp = "mail.example.org:587"\nsmtp_user = "editor"\n'
    at.settings.write_text(f"{at.settings.read_text()}\n{mail}")
    assert "smtp_password" in (await doctor.telling(load(at.settings), live=False))[-1].what


# --------------------------------------------------------------------------------------------------------------------
# the machine


async def test_a_parser_that_reads_the_bomb_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay tells a parser that refuses a hostile feed from one that reads it."""

    async def trusting(*_: object, **__: object) -> Document:
        return Document(title="x", language="be", entries=(), doubt=None)

    assert states(await doctor.parser()) == ["ok"]
    monkeypatch.setattr(doctor, "parse", trusting)
    assert states(await doctor.parser()) == ["fail"]


async def test_a_title_that_becomes_a_header_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay tells a newsletter whose titles can become headers, or lose spaces, from one whose cannot."""
    assert states(await doctor.mail()) == ["ok"]
    monkeypatch.setattr("channels.newsletter.header_text", lambda text: text)
    assert states(await doctor.mail()) == ["fail"]
    monkeypatch.undo()
    monkeypatch.setattr("channels.newsletter.specimen", lambda *_: (".eml", b"Subject: x\r\nBcc: v@x\r\n\r\nx"))
    assert states(await doctor.mail()) == ["fail"]


async def test_a_stranger_called_channels_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package of the name `channels`, such as Django's, is found before it is imported in the place of ours."""
    assert states(await doctor.packages()) == ["ok"]
    monkeypatch.setattr(doctor, "packages_distributions", lambda: {"channels": ["channels"], "bot": ["vestka"]})
    assert states(await doctor.packages()) == ["fail"]
