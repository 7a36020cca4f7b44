"""A living mirror: a Raspberry Pi paints its visitors, live, with a 17 KB network."""
