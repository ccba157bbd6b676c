"""The tree of failures that travel as exceptions. What is expected to happen travels as a value instead (`bot.model`).

VestkaError
├── SettingsError        settings, secrets or templates are wrong: exit code 78
├── UsageError           the command cannot be done as asked: exit code 2
├── TemporaryError       try again later (another instance runs, the network is down): exit code 75
└── StoreError           the database cannot be used as it is: exit code 1
"""


class VestkaError(Exception):
    """A failure with one clear line for a person: what is wrong, where, and the cure."""

    exit_code = 1


class SettingsError(VestkaError):
    """The settings, a secret or a template are wrong; the line names the key path."""

    exit_code = 78


class UsageError(VestkaError):
    """The command cannot be carried out as it was typed."""

    exit_code = 2


class TemporaryError(VestkaError):
    """The same command may succeed later."""

    exit_code = 75


class StoreError(VestkaError):
    """The database cannot be used as it is."""
