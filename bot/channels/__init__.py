"""The messengers: each renders the same replies as far as it can; no job knows which one it speaks through.

``rendering`` turns replies into what any messenger can carry, ``outbox`` keeps what must still be sent and what was
received, ``relay`` is the way of a message, ``sending`` sends what it answered, ``telegram`` is Telegram,
``wechat`` a personal WeChat account, ``tencent`` 公众号, 企业微信 and 微信客服.
"""
