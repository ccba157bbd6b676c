"""Who signed: the names at the end of a statement, told from its demands and its sentences.

A name in a list looks like an item and a list may be quoted, so this is decided once for every source. When in doubt
it is no signature: a demand that is taken for a name would never be quoted.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.model import Block, BlockKind

LEAD = re.compile(
    r"(?:спіс )?падпіса(?:нты|льнікі|лі(?:ся)?)|подпис(?:анты|али(?:сь)?|и(?: организаций)?|авшие(?:ся)?)"
    r"|(?:список )?подписавших(?:ся)?|підпис(?:анти|али(?:ся)?|и)|(?:lista )?sygnatariusz(?:e|y)"
    r"|podpisa(?:li|no)|podpisy|подпіс(?:ы|ы арганізацый)"
    r"|(?:list of )?signator(?:ies|y organi[sz]ations)|signatures|signed(?: by)?|co-?signed by"
    r"|подписанты заявления|падпісанты заявы|підписанти заяви",
    re.IGNORECASE,
)
LEAD_LINE = re.compile(rf"(?:{LEAD.pattern})\s*(?::\s*(?P<names>.*))?", re.IGNORECASE | re.DOTALL)
SENTENCE_END = re.compile(r"[.!?…:][\"'»”“’)\]]*$")
SHORT = 160  # characters of a name with its office and town
TAIL = 2  # blocks that may stand behind the names, such as a date and a line for the press
MARGINAL = (BlockKind.IMAGE, BlockKind.ATTACHMENT)


def mark(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The same blocks; a lead-in («Падпісанты:») at the end part and the short names behind it become SIGNATORIES."""
    for at in range(len(blocks) - 1, 0, -1):
        end = _end(blocks, at)
        if end and sum(block.kind not in MARGINAL for block in blocks[end:]) <= TAIL:
            signed = (
                block if block.kind in MARGINAL else replace(block, kind=BlockKind.SIGNATORIES)
                for block in blocks[at:end]
            )
            return (*blocks[:at], *signed, *blocks[end:])
    return blocks


def _end(blocks: tuple[Block, ...], at: int) -> int:
    """The index behind the last name when `blocks[at]` is a lead-in that names follow, else 0."""
    lead = blocks[at]
    if lead.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH) or not (
        line := LEAD_LINE.fullmatch(lead.text.strip())
    ):
        return 0
    if names := line["names"]:
        return at + 1 if _is_name(Block(kind=lead.kind, text=names)) else 0
    # Without a colon only a heading introduces anything: "Подписали" may be a line of its own in a story.
    if lead.kind is BlockKind.PARAGRAPH and not lead.text.rstrip().endswith(":"):
        return 0
    end = at + 1
    while end < len(blocks) and (blocks[end].kind in MARGINAL or _is_name(blocks[end])):
        end += 1
    while end > at and blocks[end - 1].kind in MARGINAL:
        end -= 1
    return end if end > at + 1 else 0


def _is_name(block: Block) -> bool:
    """Whether a block may be a person or an organisation: short, no sentence, no question, no further lead-in."""
    text = block.text.strip()
    return (
        block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.TABLE)
        and 0 < len(text) <= SHORT
        and not SENTENCE_END.search(text)
        and not text[0].islower()
    )
