"""`python -m bench`: see bench/cli.py. Child processes import this module, so it imports nothing by itself."""

if __name__ == "__main__":
    from bench.cli import main

    main()
