"""What producer, consumer and admin cores share: connections to all brokers, and the metadata.

Lives on the engine's thread. All `async` methods raise a :class:`gofka.errors.GofkaError`.
"""

from __future__ import annotations
