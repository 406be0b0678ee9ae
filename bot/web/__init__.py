"""The web channel: the chat page, the plan, Rasa's REST contract, health and metrics."""
