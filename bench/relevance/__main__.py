"""`python -m bench.relevance`: see bench/relevance/cli.py."""

from bench.relevance.cli import main

if __name__ == "__main__":
    main()
