"""Guided interviews: one question at a time, in free language, kept after every answer.

``questions`` what is asked (YAML), ``answers`` how words become values, ``commands`` the words that steer,
``interview`` the turn itself. The jobs that interview (self-check, tip-off) bring their questions and their end.
"""
