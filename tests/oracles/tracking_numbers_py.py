"""Says of each line of stdin what PyPI's tracking-numbers takes it for: one JSON document a line."""

import json
import sys

from tracking_numbers import get_tracking_number

for line in sys.stdin:
    found = get_tracking_number(line.rstrip("\n"))
    print(json.dumps({"courier": found.courier.code, "name": found.product.name} if found else None))
