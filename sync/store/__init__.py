"""The laptop's own database: encrypted SQLite behind one write door; frozen records out, never rows or sessions.

``tables`` what is stored · ``database`` opening, keys, the write door, migrations · ``local`` records, changes,
lists, files · ``feed`` what came from the platform, and what goes there · ``search`` Chinese full text.
"""
