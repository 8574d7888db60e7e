"""`python -m flowsep_plugin` is `flowsep`."""

from flowsep_plugin.cli import main

if __name__ == "__main__":
    main()
