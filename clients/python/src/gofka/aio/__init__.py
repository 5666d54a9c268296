"""The asyncio twins: the same names and options as in `gofka`, awaited."""
