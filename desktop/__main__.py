"""Entry of ``python -m desktop`` and of the frozen program; everything else is the command line's business."""

from desktop.command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
