"""Kafka's messages, generated from the declarations in src/protocol; one module per API."""
