"""`python -m flowsep_plugin` is `flowsep`."""

from .cli import main

if __name__ == "__main__":
    main()
