"""Enterprise self-check: 附件2 and the red lines as an interview, the official form and a report as its end.

``definition`` reads the questions, ``findings`` judges the answers, ``routing`` says who gets them, ``papers`` lays
out form and report; actions/self_check.py is what Rasa calls.
"""
