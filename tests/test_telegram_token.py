"""The bot's token: whoever holds it speaks in the organisation's name, and the library shows it in four ways."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import structlog

from bot import logs
from channels import Checkup, Outcome
from tests import telegram_server as faults
from tests.house import ROOT
from tests.telegram_server import TOKEN, BotApi
from tests.telegram_wires import dialled, envelope, picture, post

SECRET = TOKEN.partition(":")[2]
LOGGERS = ("telegram", "telegram.Bot", "telegram.request", "telegram.request.BaseRequest", "httpx", "httpcore")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log as the service sets it up, with every logger of the libraries at its most talkative."""
    root, level = logging.root.handlers[:], logging.root.level
    levels = {name: logging.getLogger(name).level for name in (*LOGGERS, "asyncio", "httpcore.connection")}
    out = io.StringIO()
    with redirect_stderr(out):
        logs.configure()
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield out
    logging.root.handlers[:] = root
    logging.root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


async def everything(folder: Path) -> list[Outcome | Checkup]:
    """Every fault that there is, on every call, with and without a picture, and every check."""
    outcomes: list[Outcome | Checkup] = []
    async with BotApi() as api, dialled(api, test_chat="@mroisk_test") as wire:
        refusals = [faults.UNAUTHORIZED, faults.NOT_FOUND, faults.KICKED, faults.PARSE, faults.flood(5)]
        for fault in [*refusals, *(one for one in faults.AMBIGUOUS.values() if not one.hangs)]:
            for method in ("sendMessage", "sendPhoto", "editMessageText", "deleteMessage", "getMe"):
                api.faults[method].append(fault)
            outcomes.append(await wire.send(post(), envelope()))
            outcomes.append(await wire.send(post(media=(picture(folder),)), envelope()))
            outcomes.append(await wire.send(post(), envelope(action="edit", remote_id="1")))
            outcomes.append(await wire.send(post(), envelope(action="delete", remote_id="1")))
            outcomes += await wire.check(test=True)
        await wire.check(test=True)
        return outcomes


async def test_the_log_never_shows_the_token(log: io.StringIO, tmp_path: Path) -> None:
    """Through every fault, with the libraries at DEBUG, the token stands nowhere in the log."""
    await everything(tmp_path)
    said = log.getvalue()
    assert "[token]" in said, "nothing was redacted: the libraries were not heard"
    assert SECRET not in said


async def test_each_request_is_logged_by_httpx_without_the_token(log: io.StringIO) -> None:
    """httpx names the address of every call at INFO; what the service writes of it holds no token."""
    async with BotApi() as api, dialled(api) as wire:
        await wire.send(post(), envelope())
    assert "HTTP Request: POST" in log.getvalue()
    assert SECRET not in log.getvalue()


async def test_httpx_is_not_heard_as_the_service_sets_the_log_up(log: io.StringIO) -> None:
    """As configured, the lines with the addresses are not written at all."""
    with redirect_stderr(log):
        logs.configure()
    async with BotApi() as api, dialled(api) as wire:
        await wire.send(post(), envelope())
    assert "HTTP Request" not in log.getvalue()


async def test_the_address_of_the_bot_api_is_logged_without_the_token(log: io.StringIO) -> None:
    """The library's line "Set Bot API URL" at DEBUG is heard, and holds no token."""
    async with dialled("http://127.0.0.1:9"):
        assert "Set Bot API URL" in log.getvalue()
    assert SECRET not in log.getvalue()


async def test_a_wire_shows_no_token_of_itself() -> None:
    """Neither a wire nor anything in it, printed in a traceback or a debugger, shows the token."""
    async with dialled("http://127.0.0.1:9") as wire:
        shown = [repr(wire), str(wire), *(repr(value) for value in vars(wire).values())]
    assert not any(SECRET in one for one in shown), shown


async def test_no_outcome_and_no_line_of_a_check_shows_the_token(tmp_path: Path) -> None:
    """A rejected token is told of without the token, and so is every other fault."""
    outcomes = await everything(tmp_path)
    assert len(outcomes) >= 60
    assert SECRET not in repr(outcomes)


async def test_a_token_that_telegram_rejects_is_not_quoted(log: io.StringIO) -> None:
    """The library's own words for a rejected token hold it; ours do not."""
    async with BotApi(token="654321:" + "another" * 5) as api, dialled(api) as wire:
        outcome = await wire.send(post(), envelope())
        lines = await wire.check(test=False)
    assert "telegram_token" in repr(outcome) and "telegram_token" in repr(lines)
    assert SECRET not in repr(outcome) + repr(lines) + log.getvalue()


def test_a_crash_in_the_library_shows_no_token_on_the_terminal() -> None:
    """Even an error that nobody caught, with the library's own text and the bot's own repr, is written without it."""
    code = f"""
import logging, structlog
from bot import logs
logs.configure()
from telegram import Bot
from telegram.error import InvalidToken
bot = Bot("{TOKEN}")
try:
    raise InvalidToken(f"The token `{{bot.token}}` was rejected by the server.")
except InvalidToken as error:
    structlog.get_logger("vestka").error("failed", exc_info=error, bot=bot)
    logging.getLogger("telegram.ext").error("No error handlers are registered for %r", bot, exc_info=error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)})
    said = (done.stdout + done.stderr).decode()
    assert said.count("[token]") >= 4
    assert SECRET not in said
