"""What officials do in a conversation: sign in, their tasks, their cases."""
