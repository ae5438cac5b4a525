"""The reference platform: what laptops synchronise with, and what the service centre works on.

It shares kinds, rules, merge and messages with the laptop, never its store, engine or client.
"""
