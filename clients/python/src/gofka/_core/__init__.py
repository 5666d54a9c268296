"""The sans-I/O core: everything the client decides, without a socket, a thread or a clock."""
