"""The officials' side: who they are, what each may do, their tasks, and the cases that were routed to them.

``roles`` is the one place that says who may do what; ``accounts`` knows people, ``tasks`` their duties and days,
``handling`` acts on cases, ``reminders`` says what is due, ``statistics`` counts. The console (bot/console) and the
chat (actions/officials) both go through these.
"""
