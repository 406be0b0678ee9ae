"""What the plan says: documents, clauses, directory, index and search. Imports no Rasa."""

from knowledge.threads import wait_asleep

wait_asleep()
