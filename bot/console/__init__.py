"""The web console where officials work: plain pages and forms, usable with a keyboard, a phone or an old browser.

``access`` says who is asking and whether they may; each other module holds the pages of one subject.
"""
