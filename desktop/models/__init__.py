"""Lists in the shape Qt's views want. They take plain rows; they do not query."""
