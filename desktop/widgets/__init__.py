"""Pieces a page is built of. They show values and announce what the person wants; they read and save nothing."""
