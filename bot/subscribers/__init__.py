"""Readers: sealed addresses, links by which they decide for themselves, and erasure that leaves nothing.

What we do not store cannot be seized. Whoever takes the database has neither an address nor a language in it.
"""
