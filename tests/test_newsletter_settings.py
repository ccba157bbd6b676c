"""What the settings of a newsletter may not say: each slip is one line with its place and cure, before any mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot import app
from bot.errors import SettingsError
from bot.settings import build
from bot.subscribers.sealing import new_keys
from channels.newsletter import Settings
from tests.mailroom import KEYS, raw
from tests.web import Web


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"relays": ["mail.example.org:25"], "smtp_security": "none"}, "network"),
        ({"discreet_from": "News <other@example.invalid>"}, "discreet_from"),
        ({"daily": 18}, "18:00"),
        ({"imap": "mail.example.org:993", "from": f"News <{'n' * 40}@example.invalid>"}, "37"),
        ({"weekly": "someday"}, "weekly"),
        ({"per_minute": -1}, "per_minute"),
    ],
)
def test_a_slip_in_the_settings_is_one_line(slip: dict[str, Any], said: str) -> None:
    """What would expose a reader, name us in a discreet letter or mean another hour is refused at once."""
    good = {"kind": "newsletter", "languages": ["be"], "from": "News <news@example.invalid>"}
    assert Settings.model_validate(good)
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(good | slip)


def test_a_server_on_this_machine_may_be_spoken_to_without_encryption() -> None:
    """Loopback needs none, by number or by name."""
    for host in ("localhost:25", "127.0.0.1:2525"):
        letter = {"languages": ["be"], "from": "a@example.invalid", "relays": [host], "smtp_security": "none"}
        assert Settings.model_validate(letter)


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ({"relays": []}, "relays"),
        ({"web": True}, "public_url"),
        ({"key": "reader_private_key"}, "subscribers keys"),
        ({"from": True}, "from"),
        ({"smtp_user": "news"}, "newsletter_smtp_password"),
        ({"imap": "mail.example.org:993"}, "imap_user"),
        ({"key": "other"}, "does not belong"),
        ({"key": "spoiled"}, "put back your copy"),
    ],
)
async def test_a_live_newsletter_that_lacks_something_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: dict[str, Any], said: str
) -> None:
    """Without servers, pages, keys, sender or passwords nothing starts, and the line says which and what to do."""
    values = dict(KEYS)
    if without.get("key") == "other":
        values["reader_private_key"] = new_keys()["reader_private_key"]
    elif without.get("key") == "spoiled":
        values["reader_private_key"] = "hello"
    elif "key" in without:
        del values["reader_private_key"]
    for name, value in values.items():
        monkeypatch.setenv(f"VESTKA_{name.upper()}", value)
    letter = {key: value for key, value in without.items() if key in ("relays", "smtp_user", "imap")}
    made = raw(tmp_path, 25, Web(), **letter)
    if "from" in without:
        del made["channels"]["newsletter"]["from"]
        del made["channels"]["newsletter"]["discreet_from"]
    if "web" in without:
        made["web"] = {}
    with pytest.raises(SettingsError, match=said):
        async with app.house(build(made, tmp_path)):
            pass
    made["channels"]["newsletter"]["enabled"] = "key" in without and without["key"] != "reader_private_key"
    made["delivery"] = {"wire": "rehearsal"}
    async with app.house(build(made, tmp_path)):
        pass
