"""What the service writes to its log: for people on a terminal, else as JSON lines; never a secret or an address."""

from __future__ import annotations

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

TOKEN = re.compile(r"\d{6,12}:[\w-]{30,}")  # a Telegram bot token; `\b` would miss it in /bot123:…
USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")


def redacted(text: str) -> str:
    """A text without tokens, passwords in addresses, and mail addresses."""
    return ADDRESS.sub("[address]", USERINFO.sub("", TOKEN.sub("[token]", text)))


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in event.items()}


def configure() -> None:
    """Set the log up, on stderr: structlog for ours, and no chatter of libraries, whose lines hold addresses."""
    for name in ("httpx", "httpcore", "apscheduler", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    people = sys.stderr.isatty()
    shown: list[Processor] = [structlog.dev.ConsoleRenderer()] if people else [structlog.processors.JSONRenderer()]
    traceback: list[Processor] = [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *traceback,
            _redact,
            *shown,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
