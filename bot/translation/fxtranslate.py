"""The engine on this machine: Firefox's models, sentence by sentence, no wire; what it cannot do whole it refuses.

Its native models live and die in one worker thread: touched from another one they panic.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from bot.translation import models
from bot.translation.engine import EngineFailed
from bot.translation.models import Model
from bot.translation.worker import IDLE, Worker

if TYPE_CHECKING:
    from fxtranslate import Translator

LOADED = 2  # models in memory: one pair by way of English
# fxtranslate 0.5.0 stops after 256 pieces of the target language without a word (and after about twice the pieces of
# the source). 500 letters leave it two letters a piece; the languages here take three to five.
CHARACTERS = 500
LONG = 128  # letters from which an answer may have met that end
STOPS = (".", "!", "?", "…", ":", ";")
CLOSING = "»”“’'\")]"


class FxTranslate:
    """An Engine over the models of a folder; a model that is fetched while the service runs is seen at once."""

    name: Final = "fxtranslate"
    privacy: Final[Literal["local"]] = "local"

    def __init__(self, folder: Path, *, idle: float = IDLE) -> None:
        """Take the folder of the models; nothing is loaded before it is asked for. `idle` is in seconds."""
        self._folder = folder
        self._worker = Worker("fxtranslate", _forget, idle=idle)

    def supports(self, source: str, target: str) -> bool:
        """Whether the models for this pair are installed now, itself or both ways by English."""
        return bool(self._legs(source, target))

    def version(self, source: str, target: str) -> str:
        """The library's version, then pair, version and hash of each model on the way."""
        found = (models.installed(self._folder, leg) for leg in self._legs(source, target))
        return ", ".join((version("fxtranslate"), *(model.identity for model in found if model)))

    def drafts(self, source: str, target: str) -> bool:
        """By way of English always: two machines' errors add up, and the guard sees only both ends."""
        return len(self._legs(source, target)) > 1

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """One target sentence for each source sentence, or why there is none for it, or for any."""
        way = self._legs(source, target)
        if not way:
            return EngineFailed(reason=f"no model for {source}-{target} is installed")
        try:
            return await self._walk(way, sentences)
        finally:
            self._worker.rest()

    async def _walk(self, way: Sequence[str], sentences: Sequence[str]) -> Sequence[str | EngineFailed] | EngineFailed:
        """All sentences through one model, then what came of them through the next."""
        answers: list[str | EngineFailed] = list(sentences)
        for leg in way:
            model = models.installed(self._folder, leg)
            if model is None:
                return EngineFailed(reason=f"the model {leg} has just been taken away")
            failed = await self._worker.run(_load, self._folder, model)
            if failed is not None:
                return failed
            # One at a time, so that an end of the service waits for one sentence and not for all.
            for i, text in enumerate(answers):
                if isinstance(text, str):
                    answers[i] = await self._worker.run(_translate, self._folder, model, text)
        return tuple(answers)

    async def close(self) -> None:
        """End the worker; the sentence at which it is is let go to its end."""
        await self._worker.close()

    def _legs(self, source: str, target: str) -> tuple[str, ...]:
        return models.legs(source, target, lambda pair: models.installed(self._folder, pair) is not None)


# --------------------------------------------------------------------------------------------------------------------
# in the worker thread


class _Here(threading.local):
    """The models of this thread, the one that was asked last at the end."""

    def __init__(self) -> None:
        self.models: OrderedDict[str, Translator] = OrderedDict()


_HERE = _Here()  # never an engine's own: that would drop the models in whatever thread drops the engine


def _load(folder: Path, model: Model) -> EngineFailed | None:
    """Have this model in memory."""
    from fxtranslate import Translator

    if model.identity in _HERE.models:
        _HERE.models.move_to_end(model.identity)
        return None
    try:
        files = models.read(folder, model)
        source = files["vocab"] if "vocab" in files else files["srcvocab"]
        target = files["vocab"] if "vocab" in files else files["trgvocab"]
        while len(_HERE.models) >= LOADED:
            _HERE.models.popitem(last=False)
        _HERE.models[model.identity] = Translator(files["model"], source, target, files.get("lex"))
    except ValueError as error:
        return EngineFailed(reason=f"the model {model.pair} cannot be used: {error}")
    except BaseException as error:  # a Rust panic is no Exception; all else is raised again
        if not _is_panic(error):
            raise
        return EngineFailed(reason=f"the model {model.pair} cannot be used: fxtranslate broke off while it was loading")
    return None


def _translate(folder: Path, model: Model, text: str) -> str | EngineFailed:
    """One sentence, or why not; no reason shows any of the text."""
    if len(text) > CHARACTERS:
        return EngineFailed(reason=f"a sentence of {len(text)} characters; fxtranslate is safe up to {CHARACTERS}")
    if not text.strip():
        return EngineFailed(reason="a sentence without words")  # of which the model would make some
    failed = _load(folder, model)  # another pair may have pushed it out
    if failed is not None:
        return failed
    try:
        made = _HERE.models[model.identity].translate(text)
    except ValueError:
        return EngineFailed(reason=f"fxtranslate refused a sentence for {model.pair}")
    except BaseException as error:  # a Rust panic is no Exception; all else is raised again
        if not _is_panic(error):
            raise
        del _HERE.models[model.identity]  # who knows in what state it is
        return EngineFailed(reason=f"fxtranslate broke off in a sentence for {model.pair}")
    if not made.strip():
        return EngineFailed(reason=f"fxtranslate had nothing to say to a sentence for {model.pair}")
    if len(made) >= LONG and _ends(text) and not _ends(made):
        return EngineFailed(reason=f"fxtranslate broke off a long sentence for {model.pair} before its end")
    return made


def _forget() -> None:
    """Give back the memory of all models."""
    _HERE.models.clear()


def _ends(text: str) -> bool:
    """Whether a sentence ends with a mark that says so."""
    return text.rstrip().rstrip(CLOSING).endswith(STOPS)


def _is_panic(error: BaseException) -> bool:
    """Whether the native code broke off: its PanicException is no Exception, and no module offers it for import."""
    return type(error).__name__ == "PanicException"
