"""The engine on this machine for CTranslate2 models, which people bring: one of OPUS-MT, or NLLB-200 for every pair.

Nothing is cut without a word: what does not fit the model, or is not whole, is refused. NLLB's weights are licensed
CC-BY-NC-4.0: not for commercial use.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal

from bot.translation.engine import EngineFailed, fit
from bot.translation.worker import IDLE, Worker

CHARACTERS = 2_000  # of a sentence: memory grows with its square
# What stops a model that repeats itself; CTranslate2's own 256 would cut long sentences without a word.
# https://opennmt.net/CTranslate2/python/ctranslate2.Translator.html
PIECES = 512
BEAM = 4  # hypotheses side by side, as OPUS-MT and NLLB were measured
NLLB = {"be": "bel_Cyrl", "ru": "rus_Cyrl", "en": "eng_Latn", "uk": "ukr_Cyrl", "pl": "pol_Latn"}
# What OPUS-MT puts before a sentence where one model knows several target languages (Tatoeba's codes, ISO 639-3).
OPUS = {"be": ">>bel<<", "ru": ">>rus<<", "en": ">>eng<<", "uk": ">>ukr<<", "pl": ">>pol<<"}
EXTRA = "pip install 'vestka[ctranslate2]'"

Layout = Literal["OPUS-MT", "NLLB"]


def layout(folder: Path) -> Layout | None:
    """Which kind of model lies in a folder; None for none that is known here."""
    if not (folder / "model.bin").is_file():
        return None
    if (folder / "sentencepiece.bpe.model").is_file():
        return "NLLB"
    return "OPUS-MT" if all((folder / f"{side}.spm").is_file() for side in ("source", "target")) else None


class CTranslate2:
    """An Engine over one folder with a model; a model that is put there while the service runs is seen at once."""

    privacy: Final[Literal["local"]] = "local"

    def __init__(self, name: str, folder: Path, pairs: Collection[str] = (), *, idle: float = IDLE) -> None:
        """Take the folder and the pairs that its model is for; without pairs, all that NLLB knows. `idle`: seconds."""
        self.name = name
        self._folder = folder
        self._wanted = frozenset(pairs)
        self._worker = Worker(name, self._forget, idle=idle)
        self._model: _Model | None = None
        self._answered = ""

    @property
    def layout(self) -> Layout | None:
        """Which kind of model lies there now."""
        return layout(self._folder)

    def supports(self, source: str, target: str) -> bool:
        """Whether the model that lies there now is for this pair."""
        known = layout(self._folder)
        if known == "NLLB" and not self._wanted:
            return source in NLLB and target in NLLB and source != target
        return known is not None and f"{source}-{target}" in self._wanted

    def version(self, source: str, target: str) -> str:
        """The library's version, the folder's name, and eight digits of the SHA-256 of the model that has answered."""
        return self._answered

    def drafts(self, source: str, target: str) -> bool:
        """As the chain says."""
        return False

    async def prepare(self) -> EngineFailed | None:
        """Why it cannot translate, if it cannot; the model is loaded."""
        if layout(self._folder) == "OPUS-MT" and not self._wanted:
            return EngineFailed(reason=f'set engines.{self.name}.pairs, e.g. ["be-en"]: the model itself cannot tell')
        try:
            return await self._worker.run(self._load)
        finally:
            self._worker.rest()

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> Sequence[str | EngineFailed] | EngineFailed:
        """One target sentence for each source sentence, or why there is none for it, or for any."""
        if not self.supports(source, target):
            return EngineFailed(reason=f"{self.name} is not set up for {source}-{target}")
        try:
            failed = await self._worker.run(self._load)
            if failed is not None:
                return failed
            return [await self._worker.run(self._one, text, source, target) for text in sentences]
        finally:
            self._worker.rest()

    async def close(self) -> None:
        """End the worker and drop the model."""
        await self._worker.close()
        self._forget()

    # ---- in the worker thread

    def _load(self) -> EngineFailed | None:
        """Have the model in memory, and no older one."""
        known = layout(self._folder)
        if known is None:
            what = "no model.bin with source.spm and target.spm (OPUS-MT) or sentencepiece.bpe.model (NLLB) lies in"
            return EngineFailed(reason=f"{what} {self._folder}")
        try:
            state = (self._folder / "model.bin").stat()
            if self._model is None or self._model.stamp != (state.st_mtime_ns, state.st_size):
                self._forget()
                self._model = _read(self._folder, known, (state.st_mtime_ns, state.st_size))
        except (ImportError, PackageNotFoundError):
            return EngineFailed(reason=f"CTranslate2 is not installed: {EXTRA}")
        except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
            return EngineFailed(reason=f"the model in {self._folder} cannot be used ({type(error).__name__})")
        self._answered = self._model.identity
        return None

    def _one(self, text: str, source: str, target: str) -> str | EngineFailed:
        """One sentence, or why not; no reason shows any of the text."""
        failed = self._load()  # it may have rested since
        if failed is not None:
            return failed
        assert self._model is not None  # what `_load` has done when it does not fail
        return self._model.translate(text, source, target)

    def _forget(self) -> None:
        """Give back the memory."""
        self._model = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    """A model in memory; `stamp` is the time and the size of its file."""

    layout: Layout
    stamp: tuple[int, int]
    identity: str
    translator: Any
    reader: Any
    writer: Any
    words: frozenset[str]
    ends: bool  # whether the model itself ends a source with its mark
    unknown: str
    end: str

    def translate(self, text: str, source: str, target: str) -> str | EngineFailed:
        """One sentence."""
        if isinstance(found := fit(text, CHARACTERS), EngineFailed):
            return found
        pieces = self.reader.encode(text, out_type=str)
        if not self.words.issuperset(pieces):
            return EngineFailed(reason="a sentence with letters that the model does not know")
        before = self._before(source, target)
        if before is None:
            return EngineFailed(reason=f"the model has no mark for the languages {source}-{target}")
        tokens = [*before, *pieces, *([] if self.ends else [self.end])]
        try:
            (made,) = self.translator.translate_batch(
                [tokens],
                target_prefix=[[NLLB[target]]] if self.layout == "NLLB" else None,
                beam_size=BEAM,
                max_input_length=0,  # its default of 1,024 would cut the source without a word
                max_decoding_length=PIECES,
                return_end_token=True,  # how we know that it came to the end
            )
        except (RuntimeError, ValueError):  # "No position encodings": more pieces than the model was trained for
            return EngineFailed(reason=f"a sentence of {len(tokens)} pieces is more than the model can take")
        return self._whole(made.hypotheses[0], target)

    def _before(self, source: str, target: str) -> list[str] | None:
        """What stands before a sentence; None where the model needs a mark and has none for this pair."""
        if self.layout == "NLLB":
            return [NLLB[source]] if self.words.issuperset((NLLB[source], NLLB[target])) else None
        if OPUS[target] in self.words:
            return [OPUS[target]]
        return None if any(word.startswith(">>") and word.endswith("<<") for word in self.words) else []

    def _whole(self, pieces: list[str], target: str) -> str | EngineFailed:
        """What was made, if it is all there."""
        if not pieces or pieces[-1] != self.end:
            return EngineFailed(reason="the model did not come to the end of a sentence")
        pieces = [piece for piece in pieces[:-1] if piece != NLLB[target]]
        if self.unknown in pieces:
            return EngineFailed(reason="the model has no word for a part of a sentence")
        made = str(self.writer.decode(pieces)).strip()
        return made or EngineFailed(reason="the model had nothing to say to a sentence")


def _read(folder: Path, known: Layout, stamp: tuple[int, int]) -> _Model:
    """Load a model. Raises what the libraries raise for a file that is missing or broken."""
    import ctranslate2  # type: ignore[import-untyped]  # the library ships no types
    from sentencepiece import SentencePieceProcessor

    names = ("sentencepiece.bpe.model",) * 2 if known == "NLLB" else ("source.spm", "target.spm")
    reader = SentencePieceProcessor(model_file=str(folder / names[0]))
    writer = reader if known == "NLLB" else SentencePieceProcessor(model_file=str(folder / names[1]))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    with (folder / "model.bin").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:8]
    return _Model(
        layout=known,
        stamp=stamp,
        identity=f"CTranslate2 {version('ctranslate2')}, {folder.name} {digest}",
        # One core stays with the rest of the service: threads that wait for each other are slower than one.
        translator=ctranslate2.Translator(
            str(folder), device="cpu", inter_threads=1, intra_threads=max(1, (os.cpu_count() or 1) - 1)
        ),
        reader=reader,
        writer=writer,
        words=_words(folder),
        ends=bool(config.get("add_source_eos")),
        unknown=config["unk_token"],
        end=config["eos_token"],
    )


def _words(folder: Path) -> frozenset[str]:
    """The pieces that the model knows on the source's side, of whichever file CTranslate2 has put them into."""
    shared = folder / "shared_vocabulary.json"
    file = shared if shared.is_file() else folder / "source_vocabulary.json"
    return frozenset(json.loads(file.read_text(encoding="utf-8")))
