"""Compression of record batches and CRC-32C: native packages when installed, pure Python otherwise."""
