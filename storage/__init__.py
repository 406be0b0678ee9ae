"""How things are kept: databases, encryption at rest, and what all processes count together."""
