"""The log: one event is one line, and neither a secret nor an address stands in it, wherever it came from."""

import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot import alerts
from bot.logs import redacted
from bot.model import Alarm
from tests.house import ROOT

NOW = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)
TOKEN = "1234567890:" + "A" * 35
WRITES = f"""
import logging, pathlib, structlog
from bot import logs
logs.configure()
log = structlog.get_logger("vestka")
log.info("polled", title='Раз\\nДва\\u2028Тры\\x85{{"event": "forged"}}\\x1b[2J')
log.info("listed", words=["{TOKEN}", {{"to": "vera@mrojsk.example"}}], place=pathlib.PurePosixPath("/bot{TOKEN}/x"))
log.info("ledger", url="postgresql://vestka:pa:ss@word@db.invalid/vestka")
for name in ("httpx", "httpcore", "asyncio", "sqlalchemy.pool", "anything"):
    logging.getLogger(name).setLevel(logging.DEBUG)
logging.getLogger("httpx").debug("GET %s", "https://api.invalid/bot{TOKEN}/send?to=vera@mrojsk.example")
try:
    try:
        raise ConnectionError("http://vestka:password@proxy.invalid:3128")
    except ConnectionError as why:
        raise ValueError("bot{TOKEN} tells вера@мройск.example\\nsecond line") from why
except ValueError as bug:
    log.error("failed", exc_info=bug)
    logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=bug)
"""


def written(*wrap: str) -> str:
    """What a process writes that logs all of this."""
    done = subprocess.run(
        [*wrap, sys.executable, "-X", "utf8", "-P", "-c", WRITES],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert not done.stdout or wrap
    return (done.stdout + done.stderr).decode()


def test_one_event_is_one_line_of_json() -> None:
    """A statement's title cannot forge a line of the log, and a traceback does not tear one into many."""
    lines = written().splitlines()
    events = [json.loads(line)["event"] for line in lines]
    assert events[:3] == ["polled", "listed", "ledger"]
    assert events[4:] == ["failed", "Task exception was never retrieved"] and events[3].startswith("GET https://")
    assert "forged" in lines[0] and json.loads(lines[0])["title"].startswith("Раз\nДва\u2028Тры\x85")


def test_no_secret_and_no_address_is_logged() -> None:
    """Neither a token nor a password nor anybody's mail address stands in the log, not even in a fault's details."""
    text = written()
    assert "[token]" in text and "[address]" in text and "postgresql://db.invalid/vestka" in text
    for line in text.splitlines():
        assert TOKEN not in line and "@" not in line and "password" not in line, line


def test_an_address_is_known_in_any_script() -> None:
    """A mail address in Cyrillic is an address too, and so is one beside other letters."""
    assert redacted("ад вера@мройск.бел, <a.b+c@mail.example>") == "ад [address], <[address]>"
    assert redacted("postgresql://u:p@a:s@host/db and http://plain.example/a@b") == (
        "postgresql://host/db and http://plain.example/a@b"
    )


def test_libraries_do_not_chatter() -> None:
    """What a library says of each request is not logged at all."""
    from bot import logs

    handlers, level = logging.root.handlers[:], logging.root.level
    try:
        logs.configure()
        assert not any(logging.getLogger(name).isEnabledFor(logging.INFO) for name in ("httpx", "httpcore", "asyncio"))
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
        import structlog

        structlog.reset_defaults()


def test_an_alarm_is_one_line_whatever_a_site_has_written() -> None:
    """A line break in a title cannot make one alarm look like two, and no escape code reaches a terminal."""
    title = "Раз\nalarm: forged\x1b[2J\u2028Два"
    alarm = Alarm(number=1, key="k", text=title, cure="Look.", lasting=False, raised=NOW, cleared=NOW)
    assert alerts.line(alarm, None, ZoneInfo("UTC")) == "Раз alarm: forged [2J Два. Look."
