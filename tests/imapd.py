"""A real mailbox on loopback: pymap, an IMAP server that others have written, encrypted by STARTTLS."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer

USER, PASSWORD = "bounces", "s3cret-box"


@dataclass(frozen=True)
class Inbox:
    """The mailbox from outside: what lies in it, and how to put something there."""

    port: int
    tls: ssl.SSLContext

    def _opened(self) -> imaplib.IMAP4:
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        box.starttls(self.tls)
        box.login(USER, PASSWORD)
        box.select("INBOX")
        return box

    async def put(self, message: bytes) -> None:
        """A message arrives."""

        def put() -> None:
            box = self._opened()
            box.append("INBOX", "", "", message)
            box.logout()

        await asyncio.to_thread(put)

    async def throw_away(self, subject: str) -> None:
        """A person marks a message as deleted, and may yet change their mind."""

        def mark() -> None:
            box = self._opened()
            _, found = box.uid("SEARCH", "SUBJECT", f'"{subject}"')
            box.uid("STORE", found[0].decode(), "+FLAGS.SILENT", r"(\Deleted)")
            box.logout()

        await asyncio.to_thread(mark)

    async def subjects(self, criterion: str = "ALL") -> list[str]:
        """The subjects of what lies there."""

        def read() -> list[str]:
            box = self._opened()
            _, found = box.uid("SEARCH", criterion)
            subjects = []
            for number in found[0].split():
                _, parts = box.uid("FETCH", number.decode(), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
                subjects.append(parts[0][1].decode().partition(":")[2].strip())
            box.logout()
            return subjects

        return await asyncio.to_thread(read)


@asynccontextmanager
async def imapd(server: ssl.SSLContext, client: ssl.SSLContext) -> AsyncIterator[Inbox]:
    """A mailbox on a port of this machine, for as long as the block runs."""
    args = Namespace(
        host="127.0.0.1", port=0, debug=False, cert=None, key=None, tls=True, proxy_protocol=None, passlib_cfg=None,
        demo_data=False, demo_user=USER, demo_password=PASSWORD,
    )  # fmt: skip
    backend, config = await DictBackend.init(args, ssl_context=server)
    config.apply_context()
    connected = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        listening = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield Inbox(listening.sockets[0].getsockname()[1], client)
        finally:
            listening.close()
