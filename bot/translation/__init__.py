"""One source sentence, one target sentence: the memory of approved sentences first, then engines in the chain's order.

Engines only propose; the guard picks, and `pipeline` asks the next engine for what it names.
"""

from bot.translation.chain import ask_next, begin, serves
from bot.translation.engine import Engine, EngineFailed
from bot.translation.memory import FileMemory, Memory, key

__all__ = ["Engine", "EngineFailed", "FileMemory", "Memory", "ask_next", "begin", "key", "serves"]
