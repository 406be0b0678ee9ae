"""``python -m bot``: what each command does."""
