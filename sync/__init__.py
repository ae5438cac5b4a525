"""Everything of Liaison that is not a window: rules, sync core, store, client and the reference platform.

Knows nothing of Qt. Dependencies point down: server and engine, workspace and client, store, vault and
evidence, core, messages, domain.
"""
