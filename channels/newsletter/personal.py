"""A letter to one reader alone, as a finished mail: plain words, and the same words as HTML that loads nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from channels.newsletter.message import build, header_text, token

_ADDRESS = re.compile(r"https?://\S+")


def personal(
    paragraphs: Sequence[str],
    *,
    subject: str,
    language: str,
    sender: tuple[str, str],
    to: str,
    message_id: str,
    date: datetime,
    plain: bool = False,
) -> bytes:
    """The bytes of the mail, `plain`: as text alone; a paragraph that is an address becomes a link.

    Raises DamagedMessage.

    `to` must have passed the check of addresses. The same letter gives the same bytes.
    """
    domain = sender[1].rpartition("@")[2]
    headers = (
        ("To", to),
        ("Date", format_datetime(date)),
        ("Message-ID", token(f"<{message_id}@{domain}>")),
        ("Auto-Submitted", "auto-replied"),  # RFC 3834 section 5: somebody has asked for it
        ("Content-Language", language),
    )
    text = "\n\n".join(paragraphs) + "\n"
    html = None if plain else _html(paragraphs, language)
    return build(headers, subject=header_text(subject), sender=sender, text=text, html=html)


def _html(paragraphs: Sequence[str], language: str) -> str:
    style = "font:400 17px/1.6 Georgia,'PT Serif','Times New Roman',serif"
    lines = "".join(f'<p style="margin:0 0 16px 0;white-space:pre-wrap">{_linked(one)}</p>' for one in paragraphs)
    meta = '<meta charset="utf-8"><meta name="color-scheme" content="light dark">'
    return (
        f'<!DOCTYPE html><html lang="{escape(language)}"><head>{meta}</head>'
        f'<body style="margin:0;padding:24px;{style}">{lines}</body></html>'
    )


def _linked(paragraph: str) -> str:
    if not _ADDRESS.fullmatch(paragraph):
        return escape(paragraph)
    return f'<a href="{escape(paragraph)}">{escape(paragraph)}</a>'
