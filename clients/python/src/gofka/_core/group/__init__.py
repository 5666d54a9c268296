"""Consumer groups: membership by the classic protocol and by KIP-848, assignors, offsets."""
