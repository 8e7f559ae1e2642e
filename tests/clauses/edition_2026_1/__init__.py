"""What holds for cases that began under edition 2026.1."""
