"""The case store: self-checks and tip-offs from draft to close, sealed at rest, every act recorded."""
