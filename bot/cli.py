"""Every command, thin: it reads the words, calls the house and prints. Heavy imports stand inside the commands."""


def main() -> None:
    """The entry point of `vestka`."""
