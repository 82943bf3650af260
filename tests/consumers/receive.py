# Stands behind a snippet of docs/webhooks.md: reads messages as lines of JSON, {secret, headers, body}, and says of each
# whether the snippet takes it. What `v1a` imports is among tests/oracles/requirements.txt.
import json
import sys

for line in sys.stdin.buffer:
    message = json.loads(line)
    try:
        receive(message["secret"], message["headers"], message["body"].encode())
        print("ok")
    except Exception as error:
        print(f"wrong: {error}")
