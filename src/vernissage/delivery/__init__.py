"""How letters leave: e-mail by SMTP, JSON to webhooks, and the browser that takes a picture of an app for them.

Each part makes one attempt and says how it went. Who gets what, and when it is tried again, is decided elsewhere
(`core.notifications`, `actors.outbox`).
"""

from vernissage.delivery.browser import Chromium, find_chromium
from vernissage.delivery.smtp import Smtp
from vernissage.delivery.webhook import Webhooks

__all__ = ["Chromium", "Smtp", "Webhooks", "find_chromium"]
