"""Spreadsheets in and out: reading messy ledgers, planning an import, writing what Excel opens right.

    grids    a file as cells         tables   where the table is on a sheet
    columns  head words -> fields    rows     rows -> values, problems, an import plan
    writing  records -> xlsx, csv, jsonl

Nothing here stores anything: the workspace saves what ``rows.plan`` found ready, all or nothing.
Must not know SQL, the vault, the wire or Qt.
"""
