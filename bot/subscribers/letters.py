"""The letters to one reader alone: to confirm, to a reader who asked once more, and with all that is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Words(Protocol):
    """The phrases of one language, as a catalogue gives them."""

    def gettext(self, message: str, **values: object) -> str:
        """One phrase."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter, ready to be laid out; nothing in it was typed by whoever asked for it, but the address."""

    to: str
    language: str
    discreet: bool
    subject: str
    paragraphs: tuple[str, ...]


def written(
    kind: str, values: Mapping[str, Any], word: str, words: Words, organisation: str, public_url: str
) -> Letter:
    """A letter of a kind ("confirm", "known", "export") to the reader of a row.

    `values` are the row's, opened; `word` is the one that confirms. A discreet reader's letters name nobody.
    """
    language, base = values["language"], public_url.rstrip("/")
    mine = f"{base}/{language}/r/{values['word']}"
    paragraphs: tuple[str, ...]
    if kind == "confirm":
        if values["discreet"]:
            asked = words.gettext(
                "Somebody, you we hope, has asked for letters to be sent to this address. "
                "To have them, open this page and press the button:"
            )
        else:
            asked = words.gettext(
                "Somebody, you we hope, has asked for the newsletter of %(organisation)s to be sent to this address. "
                "To have it, open this page and press the button:",
                organisation=organisation,
            )
        forget = words.gettext("If it was not you, do nothing: in two days all is forgotten.")
        subject, paragraphs = words.gettext("Please confirm"), (asked, f"{base}/{language}/c/{word}", forget)
    elif kind == "known":
        subject = words.gettext("You are subscribed already")
        paragraphs = (words.gettext("Here you change your choices or leave:"), mine)
    else:
        stored = json.dumps(dict(values), ensure_ascii=False, indent=1, sort_keys=True)
        subject, paragraphs = words.gettext("All that is stored about you"), (stored, mine)
    return Letter(
        to=values["address"], language=language, discreet=values["discreet"], subject=subject, paragraphs=paragraphs
    )
