# Stands behind a snippet of docs/webhooks.md: reads messages as lines of JSON, {secret, headers, body}, and says of each
# whether the snippet takes it.
import json
import sys

for line in sys.stdin.buffer:
    message = json.loads(line)
    try:
        receive(message["secret"], message["headers"], message["body"].encode())
        print("ok")
    except Exception as error:
        print(f"wrong: {error}")
