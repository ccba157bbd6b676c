"""What a reader chooses: language, how often, and whether letters keep quiet about whom they are from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Pace(StrEnum):
    """How often a reader wants to hear."""

    EACH = "each"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The choices of one reader."""

    language: str
    pace: Pace = Pace.EACH
    discreet: bool = False

    def values(self) -> dict[str, Any]:
        """As they are sealed."""
        return asdict(self)


def chosen(form: Mapping[str, str], languages: tuple[str, ...], *, discreet: bool) -> Choices:
    """The choices of a form's fields `language`, `pace` and, where it is offered, `discreet`.

    Raises ValueError for what they cannot be.
    """
    language = form.get("language", "")
    if language not in languages:
        raise ValueError("no language of this newsletter")
    pace = form.get("pace", Pace.EACH)
    if pace not in set(Pace):
        raise ValueError("no pace of this newsletter")
    return Choices(language=language, pace=Pace(pace), discreet=discreet and form.get("discreet") == "on")


def restored(values: Mapping[str, Any]) -> Choices:
    """Choices as they were sealed. Raises ValueError for what is none."""
    try:
        return Choices(language=str(values["language"]), pace=Pace(values["pace"]), discreet=bool(values["discreet"]))
    except KeyError as error:
        raise ValueError(f"choices without {error.args[0]}") from None
