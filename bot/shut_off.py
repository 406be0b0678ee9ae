"""What of Rasa this process must not have: its HTTP server, its channels' clients, its brokers and foreign stores.

Rasa imports them all, and none is used here: messages come by our own web application and our own messengers. They
are answered with placeholders, so that nothing of them can listen, be reached or be configured by mistake; it also
saves some 160 MiB a process. ``rasa run``, for those who deploy the model the ordinary way, is not touched.
"""

from __future__ import annotations

from nlu.import_blocklist import shut_off

SERVERS = ("sanic", "sanic_cors", "sanic_jwt", "sanic_routing", "socketio", "engineio")
CHANNELS = ("aiogram", "fbmessenger", "mattermostwrapper", "rocketchat_API", "slack_sdk", "twilio", "webexteamssdk")
STORES = ("aio_pika", "aiormq", "boto3", "botocore", "confluent_kafka", "pymongo")
# What torch would compile programs and share them out over machines with: some 60 MiB, and it is not used.
COMPILERS = ("torch._dynamo", "torch.distributed.tensor")
SHUT_OFF = (*SERVERS, *CHANNELS, *STORES, *COMPILERS)

shut_off(SHUT_OFF)
