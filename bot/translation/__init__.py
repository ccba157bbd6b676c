"""One source sentence, one target sentence: the memory of approved sentences first, then engines in the chain's order.

Engines only propose; the guard picks, and `pipeline` asks the next engine for what it names.
"""

from bot.translation.chain import Drafting, ask_next, begin, coverage, serves
from bot.translation.engine import Engine, EngineFailed
from bot.translation.memory import FileMemory, Memory, key

__all__ = [
    "Drafting",
    "Engine",
    "EngineFailed",
    "FileMemory",
    "Memory",
    "ask_next",
    "begin",
    "coverage",
    "key",
    "serves",
]
