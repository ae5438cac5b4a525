"""The unit's reports: what each one shows, filled from the records of this laptop, and written as a sheet.

``declare`` says what a report is, ``catalogue`` lists them, ``periods`` knows months, quarters and when they freeze,
``sources`` is what rows are made from, ``fill`` puts a report together, ``sheets`` writes .xlsx. Pure but for the
last: plain rows in, plain cells out. Must not know the store, the workspace or Qt; pages are painted by the desk.
"""
