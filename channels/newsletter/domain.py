"""What the sender's domain tells other mail servers: SPF, DKIM and DMARC; without them large providers take no mail.

It asks for public records of the organisation's own domain, and for nothing about a reader.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncIterator

import dns.asyncresolver
import dns.exception
import dns.resolver
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels import Checkup

SECONDS = 5.0  # for each question

# RFC 8301 section 3.2: keys below 1,024 bits must not be used; 2,048 is what signers should have.
WEAK_RSA, GOOD_RSA = 1024, 2048
ED25519 = 32  # bytes of such a key, which stands there bare: RFC 8463 section 4


async def records(domain: str, selector: str) -> AsyncIterator[Checkup]:
    """One line each on SPF, DKIM and DMARC of `domain`; `selector` names the DKIM key, "" when nobody has told it."""
    try:
        yield _spf(domain, await _texts(domain))
        if selector:
            yield _dkim(f"{selector}._domainkey.{domain}", await _texts(f"{selector}._domainkey.{domain}"))
        else:
            cure = "set dkim_selector of the newsletter to the name that the relay signs with"
            yield _warn(f"the DKIM key of {domain} was not looked at", cure)
        yield await _dmarc(domain)
    except (dns.exception.DNSException, OSError) as error:
        cure = "try again; if it stays so, look at this machine's name servers"
        yield _warn(f"the name servers tell nothing about {domain}: {type(error).__name__}", cure)


async def _texts(name: str) -> list[str]:
    """The TXT records of a name, each put together without spaces (RFC 7208 section 3.3). Raises DNSException."""
    try:
        answer = await dns.asyncresolver.get_default_resolver().resolve(name, "TXT", lifetime=SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _spf(domain: str, texts: list[str]) -> Checkup:
    """RFC 7208: exactly one record (4.5), whose `all` says what becomes of mail from elsewhere (5.1)."""
    found = [words for text in texts if (words := text.lower().split()) and words[0] == "v=spf1"]
    if not found:
        return _fail(f"{domain} has no SPF record", 'publish "v=spf1 …" with the relays\' part and "-all"')
    if len(found) > 1:
        return _fail(f"{domain} has {len(found)} SPF records, which counts as none", "make them one")
    words = found[0]
    if "all" in words or "+all" in words:
        return _fail(f"the SPF record of {domain} lets anybody send in its name", 'end it with "-all"')
    if not ({"-all", "~all"} & {*words} or any(word.startswith("redirect=") for word in words)):
        return _warn(f"the SPF record of {domain} forbids nobody to send in its name", 'end it with "-all"')
    return _ok(f"{domain} has an SPF record")


def _dkim(name: str, texts: list[str]) -> Checkup:
    """RFC 6376 section 3.6.1: a key, not revoked, and long enough."""
    found = [tags["p"] for text in texts if "p" in (tags := _tags(text)) and tags.get("v", "DKIM1") == "DKIM1"]
    cure = "publish the record that the relay shows, as one TXT record; see dkim_selector of the newsletter"
    if len(found) != 1:
        return _fail(f"{name} has {len(found) or 'no'} DKIM key{'s' * (len(found) > 1)}", cure)
    if not found[0]:
        return _fail(f"the DKIM key {name} is revoked", "let the relay sign with a newer one and name that")
    try:
        data = base64.b64decode(re.sub(r"\s", "", found[0]), validate=True)
        key = None if len(data) == ED25519 else load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return _fail(f"the DKIM key {name} cannot be read", cure)
    if isinstance(key, RSAPublicKey) and key.key_size < GOOD_RSA:
        cure = f"let the relay make one of {GOOD_RSA} bits"
        if key.key_size < WEAK_RSA:
            return _fail(f"the DKIM key {name} has {key.key_size} bits, which nobody accepts", cure)
        return _warn(f"the DKIM key {name} has {key.key_size} bits, which is little", cure)
    return _ok(f"the DKIM key {name} is there")


async def _dmarc(domain: str) -> Checkup:
    """RFC 7489: the domain's own policy, or that of the nearest domain above; `p=none` is enough for the providers."""
    labels = domain.split(".")
    for first in range(max(1, len(labels) - 1)):
        name = "_dmarc." + ".".join(labels[first:])
        found = [tags for text in await _texts(name) if (tags := _tags(text)).get("v") == "DMARC1"]
        if len(found) > 1:
            return _fail(f"{name} has {len(found)} DMARC records, which counts as none", "make them one")
        if found:
            policy = found[0].get("p", "").lower()
            if policy not in {"none", "quarantine", "reject"}:
                return _fail(f"the DMARC record {name} names no policy", 'write "p=none", or a stricter one')
            return _ok(f"{name} has a DMARC record ({policy})")
    return _fail(f"{domain} has no DMARC record", f'publish "v=DMARC1; p=none" at _dmarc.{domain}')


def _tags(text: str) -> dict[str, str]:
    """`a=1; b=2` (RFC 6376 section 3.2)."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _ok(what: str) -> Checkup:
    return Checkup(state="ok", what=what)


def _warn(what: str, cure: str) -> Checkup:
    return Checkup(state="warn", what=what, cure=cure)


def _fail(what: str, cure: str) -> Checkup:
    return Checkup(state="fail", what=what, cure=cure)
