"""The pages of the window. They read by short queries and hand work to the lanes of ``desktop.tasks``."""
