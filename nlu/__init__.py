"""What the user means: training data, rules, and the Rasa graph components that read a message.

Importing this package silences Rasa's start-up noise and lets it import without TensorFlow, so it must come
before ``import rasa``.
"""

import importlib
import logging
import os
import warnings

import knowledge as knowledge  # sets how threads wait, so it must come before anything that computes
from nlu.import_blocklist import install

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore", category=DeprecationWarning)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    importlib.import_module("pkg_resources")  # says at its first import, once and for all, that it is deprecated
logging.getLogger("rasa").setLevel(logging.ERROR)
install()
