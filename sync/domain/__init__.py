"""The domain: kinds, fields, standards, counting, life cycles, wording of reasons.

Pure: no clock, disk, network or chance; "today" is always an argument.
"""
