"""Sealing: who has the public key can add a reader and read none; the private key stays with who writes the letters.

HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305. Each sealed value is bound to its row and its field, and
all are of one length, so that neither can be exchanged and no length tells anything.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

# An address has at most 254 characters (RFC 5321 section 4.5.3.1.3, less the brackets); the rest is short.
ROOM = 512  # bytes of a value before it is sealed
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_KEY_BYTES = 32


class Sealed(ValueError):
    """A sealed value cannot be opened: another key, another row, or bytes that were changed."""


def new_keys() -> dict[str, str]:
    """Fresh secrets by name: `reader_public_key` and `reader_index_key` (for the pages), `reader_private_key`."""
    private = X25519PrivateKey.generate()
    return {
        "reader_public_key": _written(private.public_key().public_bytes_raw()),
        "reader_index_key": _written(X25519PrivateKey.generate().private_bytes_raw()),
        "reader_private_key": _written(private.private_bytes_raw()),
    }


@dataclass(frozen=True, slots=True, repr=False)
class Front:
    """What the pages hold: it seals, and knows an address again; it opens nothing."""

    public: X25519PublicKey
    index_key: bytes

    @classmethod
    def of(cls, public: str, index: str) -> Front:
        """From the two secrets. Raises ValueError for what is no key."""
        return cls(X25519PublicKey.from_public_bytes(_read(public)), _read(index))

    def seal(self, row: str, field: str, values: Mapping[str, Any]) -> bytes:
        """Values as JSON, padded and sealed for one field of one row. Raises ValueError when they are too long."""
        return _SUITE.encrypt(_padded(values), self.public, _place(row, field))

    def index(self, address: str) -> str:
        """The keyed hash by which an address is found again; without the key no dictionary of addresses helps."""
        return hmac.new(self.index_key, f"reader {address.casefold()}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Opener:
    """What the writer of letters holds beside the front's."""

    private: X25519PrivateKey

    @classmethod
    def of(cls, private: str) -> Opener:
        """From the secret. Raises ValueError for what is no key."""
        return cls(X25519PrivateKey.from_private_bytes(_read(private)))

    def open(self, row: str, field: str, sealed: bytes) -> dict[str, Any]:
        """The values that were sealed for this field of this row. Raises Sealed."""
        try:
            plain = _SUITE.decrypt(sealed, self.private, _place(row, field))
        except (InvalidTag, ValueError) as error:
            raise Sealed(f"a sealed {field} cannot be opened") from error
        values = json.loads(plain.rstrip(b" "))
        assert isinstance(values, dict)
        return values


def _place(row: str, field: str) -> bytes:
    return f"vestka/reader/{row}/{field}".encode()


def _padded(values: Mapping[str, Any]) -> bytes:
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(plain) > ROOM:
        raise ValueError(f"{len(plain)} bytes are more than a sealed value holds ({ROOM})")
    return plain.ljust(ROOM, b" ")


def _written(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode("ascii").rstrip("=")


def _read(text: str) -> bytes:
    """A key as it stands in a secret. Raises ValueError, which does not repeat it."""
    try:
        key = base64.b64decode(text.strip() + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError("it is no key: make one with `vestka subscribers keys`")
    return key
