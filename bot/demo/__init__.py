"""The demo: an invented organisation's statements walk the whole corridor, offline and in rehearsal."""
