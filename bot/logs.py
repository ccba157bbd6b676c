"""What the service writes to its log: for people on a terminal, else as JSON lines; never a secret or an address."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TOKEN = re.compile(r"\d{6,12}:[\w-]{30,}")  # a Telegram bot token; `\b` would miss it in /bot123:…
USERINFO = re.compile(r'(?<=://)[^/\s"]*@')  # up to the last @: a password may hold one, whatever RFC 3986 says
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
BREAKS = {ord(mark): f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}  # raw in JSON, a break to viewers


def redacted(text: str) -> str:
    """A text without tokens, passwords in addresses, and mail addresses."""
    return ADDRESS.sub("[address]", USERINFO.sub("", TOKEN.sub("[token]", text)))


def _redact(_logger: WrappedLogger, _method: str, event: EventDict | str) -> str:
    """The whole line as it will stand there: a secret may hide in a list, in a traceback or in an object's repr."""
    return redacted(str(event)).translate(BREAKS)


def configure() -> None:
    """Set the log up, on stderr: structlog for ours, and what libraries say, but for their chatter, in the same way."""
    for name in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    every: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    json_lines = structlog.processors.JSONRenderer(ensure_ascii=False)
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    shown: list[Processor] = [console if sys.stderr.isatty() else json_lines, _redact]
    structlog.configure(processors=[*every, *shown], logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    handler = logging.StreamHandler(sys.stderr)
    forget = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=every, processors=[forget, *shown], keep_exc_info=False)
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
