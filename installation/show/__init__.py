"""What is on: commands, the director and opening hours; pure logic on a given clock."""
