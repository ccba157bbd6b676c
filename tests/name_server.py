"""A name server of our own on loopback: it answers TXT questions with what it was told, over UDP as a real one does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

Zone = dict[str, list[str]]


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: Any) -> None:
        """One question: the texts of the name, NXDOMAIN for a name without any, SERVFAIL for one told to be broken."""
        asked = dns.message.from_wire(data)
        name = asked.question[0].name.to_text(omit_final_dot=True)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        texts = self._zone.get(name)
        if texts is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif not texts:
            answer.set_rcode(dns.rcode.SERVFAIL)
        else:
            # One character string holds 255 bytes at most (RFC 1035 section 3.3.14): a key takes several.
            parts = [" ".join(f'"{text[at : at + 250]}"' for at in range(0, len(text), 250)) for text in texts]
            answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "TXT", *parts))
        self._transport.sendto(answer.to_wire(), peer)


@asynccontextmanager
async def names(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """While it is open, every name is looked up here."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Answering(zone), local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    monkeypatch.setattr(dns.asyncresolver, "default_resolver", resolver)
    try:
        yield
    finally:
        transport.close()
