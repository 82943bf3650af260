"""Reads messages as lines of JSON, {secret, headers, body}, and says of each whether the public library takes it."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

for line in sys.stdin.buffer:
    message = json.loads(line)
    try:
        Webhook(message["secret"]).verify(message["body"], message["headers"])
        print("ok")
    except WebhookVerificationError as error:
        print(f"wrong: {error}")
