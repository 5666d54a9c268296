"""The two shells that give the core sockets and a clock: a thread of its own, or an asyncio loop."""
