"""From a post to readers: its sheets are laid out once, and mails are handed to the relays over kept connections."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from channels import Later, Outcome, Post, Refused, Unknown
from channels.newsletter import DISCREET, Settings
from channels.newsletter.issue import LEAVE, Plan, Reader, own_id
from channels.newsletter.relay import Conversation, Relay, Unreachable

log = logging.getLogger("vestka")

CONNECTIONS = 4  # to one relay; few providers take more from one login
BATCH = 20  # mails between two entries in the ledger: so many may go out twice when the process is killed
PATIENCE = 2.0  # seconds that a batch may take at the pace that is set: the end of the service waits for it
REST = 30.0  # seconds for which a relay that took nothing is not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail: its bytes, the address to which it comes back, its reader's, and its Message-ID."""

    data: bytes
    sender: str
    recipient: str
    message_id: str


class Sheet:
    """One issue, laid out for readers of one kind; with `returns`, each mail comes back to an address of its own."""

    def __init__(self, plan: Plan, *, returns: bool) -> None:
        self._plan, self._returns = plan, returns

    def mail(self, address: str, word: str, token: str, answers: str) -> Mail:
        """One reader's mail, the same bytes each time; `token` names it to us, and to nobody else.

        `answers` is the token of the mail that it puts right, "" for none.

        Its envelope names it too (variable envelope return path), so that nothing that comes back is searched for an
        address. Raises DamagedMessage.
        """
        sender = self._plan.sender
        number = own_id(token, sender)
        local, _, domain = sender.rpartition("@")
        return Mail(
            data=self._plan.message(
                Reader(
                    address=address, word=word, message_id=number, answers=own_id(answers, sender) if answers else ""
                )
            ),
            sender=f"{local}+{token}@{domain}" if self._returns else sender,
            recipient=address,
            message_id=number,
        )


class Press:
    """The relays of one newsletter, the first that works before the others; one that took nothing has a `rest`."""

    def __init__(self, settings: Settings, relays: Sequence[Relay], *, rest: float = REST) -> None:
        self.rest = rest  # seconds
        self._settings, self._relays = settings, tuple(relays)
        self._rests: dict[Relay, float] = {}
        self._next: dict[Relay, float] = {}  # when a relay may be given the next mail
        self._idle: list[Conversation] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        seconds = 60 / settings.per_minute if settings.per_minute else 0.0
        self._seconds = seconds
        self.batch = max(1, min(BATCH, int(PATIENCE / seconds))) if seconds else BATCH

    def sheet(
        self, post: Post, *, channel: str, language: str, date: datetime, leave: str, quiet: tuple[str, str] | None
    ) -> Sheet:
        """The sheet of an issue, of which each reader's mail is made; `quiet` are subject and foot of discreet letters.

        Theirs names us nowhere: another sender, no list, no HTML, no link but the one to leave. Raises ValueError.
        """
        returns = bool(self._settings.imap)
        if quiet is None:
            return Sheet(self._plain(post, channel, language, date, leave), returns=returns)
        if not self._settings.discreet_from:
            raise ValueError("discreet_from is not set any more, and a discreet reader is not written to by name")
        subject, foot = quiet
        plan = Plan(
            f"{dict(post.variants)[DISCREET].rstrip()}\n\n--\n{foot}\n{LEAVE}\n",
            html=None,
            subject=subject,
            language=language,
            sender=self._settings.discreet_sender,
            list_id="",
            date=date,
            leave=leave,
        )
        return Sheet(plan, returns=returns)

    def _plain(self, post: Post, channel: str, language: str, date: datetime, leave: str) -> Plan:
        return Plan(
            post.text,
            html=post.html,
            subject=post.subject or "",
            language=language,
            sender=self._settings.sender,
            list_id=channel,
            date=date,
            leave=leave,
        )

    async def hand_over(self, mails: Sequence[Mail]) -> list[Outcome]:
        """Hand some mails over, several at a time; the outcome of each, in their order.

        Later with seconds: no relay can be reached.
        """
        outcomes = await asyncio.gather(*map(self._one, mails), return_exceptions=True)
        return [_judged(one) for one in outcomes]

    async def _one(self, mail: Mail) -> Outcome:
        """Through the first relay that takes or refuses it; the next is asked only when it surely took nothing."""
        outcome: Outcome = Later(reason="no relay is named")
        async with self._free:
            for relay in self._relays:
                if self._rests.get(relay, 0.0) > time.monotonic():
                    outcome = Unreachable(reason=f"{relay.host} took nothing a moment ago")
                    continue
                outcome = await self._through(relay, mail)
                lasting = isinstance(outcome, Refused) and outcome.lasting
                if not (lasting or isinstance(outcome, Unreachable)):
                    return outcome
                self._rests[relay] = time.monotonic() + self.rest
        return Later(reason=outcome.reason, seconds=self.rest) if isinstance(outcome, Later) else outcome

    async def _through(self, relay: Relay, mail: Mail) -> Outcome:
        while True:
            found = self._kept(relay) or await relay.open()
            if not isinstance(found, Conversation):
                return found
            was_fresh, outcome = found.fresh, None
            try:
                await self._turn(relay)
                outcome = await found.submit(mail.data, mail.sender, mail.recipient, message_id=mail.message_id)
            finally:
                if outcome is None:  # cancelled in its midst: nobody can go on with it
                    found.close()
            if found.is_open:
                self._idle.append(found)
            if was_fresh or not isinstance(outcome, Unreachable):
                return outcome  # else: the server has ended an old conversation, and may well begin a new one

    def _kept(self, relay: Relay) -> Conversation | None:
        """An open conversation with a relay that nobody uses just now."""
        found = next((one for one in self._idle if one.relay is relay and one.is_open), None)
        for one in self._idle:
            if not one.is_open:
                one.close()
        self._idle = [one for one in self._idle if one is not found and one.is_open]
        return found

    async def _turn(self, relay: Relay) -> None:
        """Wait until a relay may be given one more mail."""
        now = time.monotonic()
        when = max(now, self._next.get(relay, now))
        self._next[relay] = when + self._seconds
        if when > now:
            await asyncio.sleep(when - now)

    def close(self) -> None:
        """Let go of the connections that nobody uses."""
        for one in self._idle:
            one.leave()
        self._idle = []


def _judged(outcome: Outcome | BaseException) -> Outcome:
    """An outcome; of a bug nobody knows what it left behind, and the other mails are not to blame."""
    if not isinstance(outcome, BaseException):
        return outcome
    if not isinstance(outcome, Exception):
        raise outcome  # cancelled
    log.error("a bug while a mail was handed over", exc_info=outcome)
    return Unknown(reason=f"a bug: {type(outcome).__name__}")
