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
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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
    """What the writer of letters holds beside the front's; `own` is derived from it, for what nobody else need read."""

    private: X25519PrivateKey
    own: bytes

    @classmethod
    def of(cls, private: str) -> Opener:
        """From the secret. Raises ValueError for what is no key."""
        key = _read(private)
        own = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"vestka/mail").derive(key)
        return cls(X25519PrivateKey.from_private_bytes(key), own)

    def belongs_to(self, public: str) -> bool:
        """Whether what was sealed with this public key can be opened. Raises ValueError for what is no key."""
        return self.private.public_key().public_bytes_raw() == _read(public)

    def open(self, row: str, field: str, sealed: bytes) -> dict[str, Any]:
        """The values that were sealed for this field of this row. Raises Sealed."""
        try:
            plain = _SUITE.decrypt(sealed, self.private, _place(row, field))
        except (InvalidTag, ValueError) as error:
            raise Sealed(f"a sealed {field} cannot be opened") from error
        try:
            values = json.loads(plain.rstrip(b" "))
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise Sealed(f"a sealed {field} holds nothing that was written by us")
        return values

    def token(self, issue: str, row: str) -> str:
        """The word for one reader's mail of one issue: always the same, and without the key it leads to nobody."""
        made = hmac.new(self.own, f"mail {issue} {row}".encode(), hashlib.sha256).digest()
        return base64.b32encode(made[:16]).decode("ascii").rstrip("=").lower()

    def hide(self, token: str, row: str) -> bytes:
        """To whom a token belongs, so that the database alone does not tell who reads in which language."""
        return ChaCha20Poly1305(self.own).encrypt(self._nonce(token), row.encode(), token.encode())

    def reveal(self, token: str, hidden: bytes) -> str:
        """The row that was hidden under a token. Raises Sealed."""
        try:
            return ChaCha20Poly1305(self.own).decrypt(self._nonce(token), hidden, token.encode()).decode()
        except InvalidTag:
            raise Sealed("a mail's reader cannot be read") from None

    def _nonce(self, token: str) -> bytes:
        """Used for one row only: a token is made of it."""
        return hmac.new(self.own, f"nonce {token}".encode(), hashlib.sha256).digest()[:12]


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
        raise ValueError(
            "it is no key: put back your copy; `vestka subscribers keys` makes new ones, while nobody has subscribed"
        )
    return key
