"""``python -m netscope``."""

from netscope.cli import main

if __name__ == "__main__":
    main()
