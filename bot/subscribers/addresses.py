"""Addresses as people type them: one form for one mailbox, and a refusal for whatever is none."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # characters, RFC 5321 section 4.5.3.1.3
LONGEST_LOCAL = 64  # RFC 5321 section 4.5.3.1.1, which the library lets pass by one


def normalised(typed: str) -> str:
    """The address in the form that is stored: its domain in small letters and in ASCII (RFC 5891). Raises ValueError.

    White space around it is the reader's slip; anything else that is no part of one address is refused, line breaks and
    a second address above all.
    """
    text = typed.strip(" \t")
    if len(text) > LONGEST:
        raise ValueError("no address of a mailbox")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValueError("no address of a mailbox") from None
    address = found.ascii_email
    if address is None or len(found.local_part) > LONGEST_LOCAL:
        raise ValueError("no address of a mailbox")
    return address
