"""Tip-offs: what a citizen tells is kept at once, only what is missing is asked, and a receipt opens it later.

``definition`` reads questions and rules, ``lifting`` finds names, sums and places in free text, ``routing`` says who
gets it and whether it goes to the top. actions/tip_off.py is what Rasa calls.
"""
