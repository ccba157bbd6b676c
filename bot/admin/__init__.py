"""The bot for those who decide, in the same loop as the service, and the few words it has for readers.

Deny by default: whoever is not named by numeric id is not answered. The ledger is the state; messages only show it.
"""
