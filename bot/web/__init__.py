"""The pages that people open in a browser: so far the preview of a rehearsal.

Pages are static HTML: no script, no cookie, no remote content. Templates come in as text; the room reads no disk.
"""
