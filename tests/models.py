"""A tiny real translation model: random weights, so it writes gibberish, but laid out as Marian lays out its files.

`install` puts one where the engine looks for it; `index` and `packed` make what a server of models would answer.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import struct
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

SIZE = 64  # the width of every layer
FLOAT, INT8, BYTES = 0x0404, 0x4101, 0x0101
PAGE = 256
BLOCK = 1 << 17  # the largest block of Zstandard, RFC 8878 section 3.1.1.2
LINES = ("у мройску затрымалі людзей без суда", "people were detained in mroisk without a trial", "17 2024 . , —")
CONFIGURATION = """\
type: transformer
version: v1.12.14
dec-cell: ssru
dec-cell-base-depth: 2
enc-depth: 1
dec-depth: 1
dim-emb: {size}
dim-vocabs: [{words}, {words}]
tied-embeddings-all: true
transformer-decoder-autoreg: rnn
transformer-dim-ffn: {size}
transformer-decoder-dim-ffn: 0
transformer-ffn-activation: relu
transformer-ffn-depth: 2
transformer-heads: 8
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-preprocess: ""
bert-train-type-embeddings: true
"""


@cache
def vocabulary(lines: tuple[str, ...] = LINES) -> bytes:
    """A SentencePiece vocabulary of a few dozen pieces."""
    sentencepiece = _sentencepiece()
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines * 20),
        model_writer=made,
        model_type="unigram",
        vocab_size=64,
        hard_vocab_limit=False,
        bos_id=-1,
        eos_id=0,
        unk_id=1,
        minloglevel=2,
    )
    return made.getvalue()


@cache
def model(seed: int = 1) -> bytes:
    """The weights, in Marian's binary form, version 1."""
    words = _sentencepiece().SentencePieceProcessor(model_proto=vocabulary()).get_piece_size()
    chance = random.Random(seed)
    tensors: list[tuple[str, int, tuple[int, ...], bytes]] = []

    def vector(name: str, value: float, length: int = SIZE) -> None:
        tensors.append((name, FLOAT, (1, length), struct.pack(f"<{length}f", *([value] * length))))

    def matrix(name: str, rows: int, columns: int) -> None:
        weights = bytes(chance.randrange(-60, 61) & 0xFF for _ in range(rows * columns))
        tensors.append((name, INT8, (rows, columns), weights + struct.pack("<f", 50.0)))
        tensors.append((f"{name}_QuantMultA", FLOAT, (1, 1), struct.pack("<f", 30.0)))

    matrix("Wemb", words, SIZE)
    vector("decoder_ff_logit_out_b", 0.0, words)
    for layer in ("encoder_l1_self", "decoder_l1_context"):
        for one in "qkvo":
            matrix(f"{layer}_W{one}", SIZE, SIZE)
            vector(f"{layer}_b{one}", 0.0)
        vector(f"{layer}_Wo_ln_scale", 1.0)
        vector(f"{layer}_Wo_ln_bias", 0.0)
    for layer, names in (("encoder_l1_ffn", "12"), ("decoder_l1_ffn", "12")):
        for one in names:
            matrix(f"{layer}_W{one}", SIZE, SIZE)
            vector(f"{layer}_b{one}", 0.0)
        vector(f"{layer}_ffn_ln_scale", 1.0)
        vector(f"{layer}_ffn_ln_bias", 0.0)
    matrix("decoder_l1_rnn_W", SIZE, SIZE)
    matrix("decoder_l1_rnn_Wf", SIZE, SIZE)
    vector("decoder_l1_rnn_bf", 0.0)
    vector("decoder_l1_rnn_ffn_ln_scale", 1.0)
    vector("decoder_l1_rnn_ffn_ln_bias", 0.0)
    tensors.append(("none_QuantMultA", FLOAT, (1, 1), struct.pack("<f", 30.0)))
    settings = CONFIGURATION.format(size=SIZE, words=words).encode() + b"\0"
    tensors.append(("special:model.yml", BYTES, (len(settings),), settings))
    return _binary(tensors)


def _binary(tensors: list[tuple[str, int, tuple[int, ...], bytes]]) -> bytes:
    """Headers, names, shapes, then the data, each on a page of its own."""
    padded = [(data + b"\0" * (-len(data) % PAGE)) for *_, data in tensors]
    out = struct.pack("<QQ", 1, len(tensors))
    for (name, kind, shape, _), data in zip(tensors, padded, strict=True):
        out += struct.pack("<QQQQ", len(name.encode()) + 1, kind, len(shape), len(data))
    out += b"".join(name.encode() + b"\0" for name, *_ in tensors)
    out += b"".join(struct.pack(f"<{len(shape)}i", *shape) for _, _, shape, _ in tensors)
    gap = -(len(out) + 8) % PAGE
    return out + struct.pack("<Q", gap) + b"\0" * gap + b"".join(padded)


def _sentencepiece() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the tool that wrapped it for Python
        import sentencepiece
    return sentencepiece


def files(seed: int = 1) -> dict[str, bytes]:
    """A model's files by kind."""
    return {"model": model(seed), "vocab": vocabulary()}


def install(folder: Path, pair: str, contents: Mapping[str, bytes] | None = None) -> Path:
    """Put a model into a folder of models as `vestka models fetch` leaves it; where it lies."""
    place = folder / pair
    place.mkdir(parents=True)
    rows = []
    for kind, whole in (contents or files()).items():
        (place / f"{kind}.bin").write_bytes(whole)
        rows.append({"kind": kind, "name": f"{kind}.bin", "sha256": sha256(whole), "size": len(whole)})
    manifest = {"pair": pair, "version": "3.0", "architecture": "tiny", "source": "example.invalid", "files": rows}
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return place


def sha256(whole: bytes) -> str:
    """In hex."""
    return hashlib.sha256(whole).hexdigest()


def packed(whole: bytes) -> bytes:
    """As a Zstandard frame of raw blocks (RFC 8878): packed by nobody, and any decoder takes it."""
    blocks = [whole[start : start + BLOCK] for start in range(0, len(whole), BLOCK)]
    heads = [len(one) << 3 | (i == len(blocks) - 1) for i, one in enumerate(blocks)]
    frame = b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", len(whole))
    return frame + b"".join(head.to_bytes(3, "little") + one for head, one in zip(heads, blocks, strict=True))


def records(pair: str, contents: Mapping[str, bytes] | None = None, **more: object) -> list[dict[str, object]]:
    """What an index says of one model; its files lie beside the index as PAIR-KIND.zst."""
    source, target = pair.split("-")
    return [
        {
            "name": f"{kind}.{source}{target}.bin",
            "fileType": kind,
            "sourceLanguage": source,
            "targetLanguage": target,
            "version": "3.0",
            "architecture": "tiny",
            "decompressedHash": sha256(whole),
            "attachment": {
                "location": f"{pair}-{kind}.zst",
                "hash": sha256(packed(whole)),
                "size": len(packed(whole)),
            },
            **more,
        }
        for kind, whole in (contents or files()).items()
    ]


def index(*rows: object) -> bytes:
    """An index of these records."""
    return json.dumps({"data": rows}).encode()
