"""Standard explanations for what petitioners bring: found by how the case is told, the same every time.

``explanations`` reads and finds them, ``sheet`` prints them; actions/petition.py is what Rasa calls.
"""
