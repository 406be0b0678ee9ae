"""What the user means: training data, rules, and the Rasa graph components that read a message.

Importing this package silences Rasa's start-up noise and lets it import without TensorFlow, so it must come
before ``import rasa``.
"""

import logging
import os
import warnings

from nlu.no_tensorflow import install

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore", category=DeprecationWarning)
warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
logging.getLogger("rasa").setLevel(logging.ERROR)
install()
