"""The web front end: pages, API and health check over any `Engine`. The only part that knows Flask."""
