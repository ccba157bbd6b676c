"""What several rooms know of language: sentences, spans that must stay whole, numbers, dates, names, letters.

Functions of their arguments; nothing here knows a statement's way through the house.
"""
