"""The guard: compares a translated sentence with its source and finds what changed on the way.

One file per promise. It is pure: it compares, chooses among candidates, and names what to ask the next engine for.
"""

from bot.guard.authored import disagreements
from bot.guard.comparison import compare, verdict
from bot.guard.editions import examine, examine_authored, examine_untranslated, pick

__all__ = ["compare", "disagreements", "examine", "examine_authored", "examine_untranslated", "pick", "verdict"]
