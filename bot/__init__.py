"""How people reach the assistant: assembly, channels, settings. Nothing imports this package."""
