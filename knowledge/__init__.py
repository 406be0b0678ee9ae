"""What the plan says: documents, clauses, directory, index and search. Imports no Rasa."""
