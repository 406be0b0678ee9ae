"""公众号, 企业微信 and 微信客服: Tencent's own interfaces, which share their encryption, tokens and error codes.

``crypto`` opens and seals callbacks, ``api`` is their HTTP interface, ``records`` what must outlive a process,
``inbox`` keeps what a callback brought until it is handled, ``arranging`` fits a turn into the messages a platform
allows, ``menus`` what stands in their menus. ``service_account``, ``wecom`` and ``customer_service`` are the
messengers.
"""
