"""Which sequences of code points X draws, and counts, as one emoji: those that Unicode recommends for interchange.

A lone emoji weighs 2 by its code point already; only sequences need a table. https://www.unicode.org/reports/tr51/
Anything not listed here is counted piece by piece, which is never less than the platform counts.
"""

from __future__ import annotations

import re

ZWJ = "\u200d"
DRAWN = "\ufe0f"
SKIN = "[\U0001f3fb-\U0001f3ff]"

# Characters that are text until U+FE0F asks for the picture (Emoji without Emoji_Presentation, less keycap bases).
TEXT_FIRST = (
    "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 2328 23CF 23ED-23EF 23F1-23F2 23F8-23FA 24C2 25AA-25AB 25B6 "
    "25C0 25FB-25FC 2600-2604 260E 2611 2618 261D 2620 2622-2623 2626 262A 262E-262F 2638-263A 2640 2642 "
    "265F-2660 2663 2665-2666 2668 267B 267E 2692 2694-2697 2699 269B-269C 26A0 26A7 26B0-26B1 26C8 26CF 26D1 "
    "26D3 26E9 26F0-26F1 26F4 26F7-26F9 2702 2708-2709 270C-270D 270F 2712 2714 2716 271D 2721 2733-2734 2744 "
    "2747 2763-2764 27A1 2934-2935 2B05-2B07 3030 303D 3297 3299 1F170-1F171 1F17E-1F17F 1F202 1F237 1F321 "
    "1F324-1F32C 1F336 1F37D 1F396-1F397 1F399-1F39B 1F39E-1F39F 1F3CB-1F3CE 1F3D4-1F3DF 1F3F3 1F3F5 1F3F7 1F43F "
    "1F441 1F4FD 1F549-1F54A 1F56F-1F570 1F573-1F579 1F587 1F58A-1F58D 1F590 1F5A5 1F5A8 1F5B1-1F5B2 1F5BC "
    "1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA 1F6CB 1F6CD-1F6CF 1F6E0-1F6E5 1F6E9 "
    "1F6F0 1F6F3"
)

# Characters that take a skin tone (Emoji_Modifier_Base).
SKIN_BASE = (
    "261D 26F9 270A-270D 1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F442-1F443 1F446-1F450 1F466-1F478 1F47C 1F481-1F483 "
    "1F485-1F487 1F48F 1F491 1F4AA 1F574-1F575 1F57A 1F590 1F595-1F596 1F645-1F647 1F64B-1F64F 1F6A3 1F6B4-1F6B6 1F6C0 "
    "1F6CC 1F90C 1F90F 1F918-1F91F 1F926 1F930-1F939 1F93C-1F93E 1F977 1F9B5-1F9B6 1F9B8-1F9B9 1F9BB 1F9CD-1F9CF "
    "1F9D1-1F9DD 1FAC3-1FAC5 1FAF0-1FAFA"
)

# Regions that have a flag, as ISO 3166 writes them (and AC, CP, CQ, DG, EA, EU, IC, TA, UN, XK).
REGIONS = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU FI "
    "FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ "
    "IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
    "MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS "
    "PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK "
    "TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)

# Sequences glued by U+200D. `+` is the glue; a person may wear a skin tone, and U+FE0F may follow where it is due.
PERSON = "👨👩🧑"
TRADES = "⚕⚖✈🌾🍳🍼🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦰🦱🦲🦳🦼🦽🎄🩰"
GENDERED = "⛹🏃🏄🏊🏋🏌👮👯👰👱👳👷💁💂💆💇🕵🙅🙆🙇🙋🙍🙎🚣🚴🚵🚶🤦🤵🤷🤸🤹🤼🤽🤾🦸🦹🧍🧎🧏🧔🧖🧗🧘🧙🧚🧛🧜🧝🧞🧟"
SINGLE = "⛓+💥 ❤+🔥 ❤+🩹 🍄+🟫 🍋+🟩 🏳+⚧ 🏳+🌈 🏴+☠ 🐈+⬛ 🐕+🦺 🐦+⬛ 🐦+🔥 🐻+❄ 👁+🗨 😮+💨 😵+💫 😶+🌫 🙂+↔ 🙂+↕ 🫱+🫲"
FAMILIES = (
    "[👨👩]+[👦👧] [👨👩]+👦+👦 [👨👩]+👧+[👦👧] 👨+[👨👩]+[👦👧] 👨+[👨👩]+👦+👦 👨+[👨👩]+👧+[👦👧] 👩+👩+[👦👧] \
👩+👩+👦+👦 👩+👩+👧+[👦👧] 🧑+🧒 🧑+🧒+🧒 🧑+🧑+🧒 🧑+🧑+🧒+🧒"
)


def _characters(ranges: str) -> str:
    """A regular expression's character class from "A9 2194-2199": code points in hexadecimal."""
    ends = (one.split("-") for one in ranges.split())
    return "[" + "".join(f"{chr(int(e[0], 16))}-{chr(int(e[-1], 16))}" for e in ends) + "]"


def _glued(pattern: str) -> str:
    """A regular expression for sequences written with `+`, each piece with an optional skin tone or U+FE0F."""
    pieces = (piece if piece.startswith("[") else f"[{piece}]" for piece in pattern.split("+"))
    return ZWJ.join(f"{piece}(?:{SKIN}|{DRAWN})?" for piece in pieces)


def _flag(region: str) -> str:
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in region)


def _tagged(code: str) -> str:
    """The black flag with a subdivision spelled in tag characters: England, Scotland, Wales."""
    return "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f"


def _pattern() -> re.Pattern[str]:
    walking = "[🏃🚶🧎]"
    glued = [
        f"{walking}+[♀♂]+➡",
        f"{walking}+➡",
        f"[{PERSON}]+[🦯🦼🦽]+➡",
        f"[{PERSON}]+❤+💋+[{PERSON}]",
        f"[{PERSON}]+[❤🤝🐰\U0001faef]+[{PERSON}]",
        *sorted(FAMILIES.split(), key=lambda one: -one.count("+")),
        f"[{PERSON}]+[{TRADES}]",
        f"[{GENDERED}]+[♀♂]",
        *SINGLE.split(),
    ]
    return re.compile(
        "|".join(
            [
                *map(_flag, REGIONS.split()),
                *map(_tagged, ("gbeng", "gbsct", "gbwls")),
                f"[0-9#*]{DRAWN}?\u20e3",
                *map(_glued, glued),
                _characters(SKIN_BASE) + SKIN,
                _characters(TEXT_FIRST) + DRAWN,
            ]
        )
    )


SEQUENCE = _pattern()
