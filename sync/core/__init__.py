"""The sync core: merge, the round's conversation and the upload plan. Pure: it decides, it does not act."""
