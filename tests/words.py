"""A tiny real CTranslate2 model that translates word for word: meaningful answers, laid out as OPUS-MT or as NLLB.

No training: the decoder's attention at one place looks at the source's same place, and the projection names the word
that stands for what it sees there. So the order of words never changes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

SPACE = "▁"  # what SentencePiece writes in the place of a space
UNKNOWN, BEGIN, END = "<unk>", "<s>", "</s>"
BELARUSIAN = {"затрымалі": "detained", "людзей": "people", "у": "in", "Мройску": "Mroisk", "17": "17", "не": "not"}


def opus(folder: Path, words: Mapping[str, str] = BELARUSIAN, *, places: int = 16, marks: Iterable[str] = ()) -> Path:
    """A model of OPUS-MT's layout; `marks` are further tokens of the source, each with a word that shows it.

    A word may stand for END or UNKNOWN.
    """
    pieces = {SPACE + source: _piece(target) for source, target in words.items()}
    _model(folder, pieces | {mark: f"{SPACE}({mark[2:5]})" for mark in marks}, places, add_source_eos=True)
    (folder / "source.spm").write_bytes(_sentencepiece(words))
    (folder / "target.spm").write_bytes(_sentencepiece([*words.values(), *(f"({mark[2:5]})" for mark in marks)]))
    return folder


def nllb(folder: Path, words: Mapping[str, str] = BELARUSIAN, *, languages: Iterable[str], places: int = 16) -> Path:
    """A model of NLLB's layout, with the marks of these languages."""
    pieces = {SPACE + source: _piece(target) for source, target in words.items()}
    _model(folder, pieces | {one: one for one in languages}, places, add_source_eos=False)
    (folder / "sentencepiece.bpe.model").write_bytes(_sentencepiece([*words, *words.values()]))
    return folder


def _piece(word: str) -> str:
    return word if word in (UNKNOWN, END) else SPACE + word


def _sentencepiece(words: Iterable[str]) -> bytes:
    """A SentencePiece model whose pieces are these words."""
    from sentencepiece import SentencePieceTrainer

    every = [word for word in dict.fromkeys(words) if word not in (UNKNOWN, END)]
    made = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(every),
        model_writer=made,
        model_type="word",
        vocab_size=len(every) + 3,
        normalization_rule_name="identity",
        minloglevel=2,
    )
    return made.getvalue()


def _model(folder: Path, pieces: Mapping[str, str], places: int, *, add_source_eos: bool) -> None:
    """The weights and vocabularies; a source may have as many tokens as there are places."""
    import numpy as np
    from ctranslate2.specs import transformer_spec

    source, target = [UNKNOWN, BEGIN, END, *pieces], [UNKNOWN, BEGIN, END, *pieces.values()]
    stands = [target.index(word) for word in target]  # the first of that name: END and UNKNOWN are there already
    target = [word if stands[i] == i else f"{SPACE}({i})" for i, word in enumerate(target)]
    tokens = len(source)
    places += -(tokens + places) % 8
    width = tokens + places
    spec = transformer_spec.TransformerSpec.from_config((1, 1), 1, pre_norm=False, no_final_norm=True)
    words, where = np.eye(width, dtype=np.float32)[:tokens], np.eye(width, dtype=np.float32)[tokens:]
    look = 200 * np.diag(np.r_[np.zeros(tokens), np.ones(places)]).astype(np.float32)
    see = np.diag(np.r_[np.ones(tokens), np.zeros(places)]).astype(np.float32)
    for side, embedding in ((spec.encoder, words[stands]), (spec.decoder, np.zeros_like(words))):
        table = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        table.weight = embedding
        side.scale_embeddings = np.int8(0)
        side.position_encodings.encodings = where
        layer = side.layer[0]
        _silent(layer.self_attention, width)
        _norm(layer.ffn.layer_norm, width)
        _linear(layer.ffn.linear_0, np.zeros((8, width), np.float32))
        _linear(layer.ffn.linear_1, np.zeros((width, 8), np.float32))
    across = spec.decoder.layer[0].attention
    for linear, weight in zip(across.linear, (look, np.vstack((look, see)), 10 * np.eye(width)), strict=True):
        _linear(linear, weight.astype(np.float32))
    _norm(across.layer_norm, width)
    _linear(spec.decoder.projection, 10 * words)
    spec.config.add_source_eos = add_source_eos
    spec.config.decoder_start_token = BEGIN
    spec.register_source_vocabulary(source)
    spec.register_target_vocabulary(target)
    spec.validate()
    spec.optimize(quantization="float32")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))


def _silent(attention: Any, width: int) -> None:
    """An attention that adds nothing."""
    import numpy as np

    for linear, rows in zip(attention.linear, (3 * width, width), strict=True):
        _linear(linear, np.zeros((rows, width), np.float32))
    _norm(attention.layer_norm, width)


def _linear(linear: Any, weight: Any) -> None:
    import numpy as np

    linear.weight = np.ascontiguousarray(weight)
    linear.bias = np.zeros(weight.shape[0], np.float32)


def _norm(norm: Any, width: int) -> None:
    import numpy as np

    norm.gamma, norm.beta = np.ones(width, np.float32), np.zeros(width, np.float32)
