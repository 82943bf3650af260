"""Goes through a log with a library that is not ours: `tlog.py FOLDER KEYS…`, and over HTTP: `tlog.py URL KEYS…`.

Checks the head's signature, every tile and every entry against it, and proofs that the library makes from the tiles.
Prints size and root. Then reads lines of JSON, {entry, index, size, proof, root} or {from, to, from_root, to_root, proof},
and says of each whether the library takes it.
"""

import json
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    HttpTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    tree_root_from_tiles,
    verify_consistency,
    verify_leaf_inclusion,
    verify_note,
    read_entry,
)

place, keys = sys.argv[1], [parse_vkey(key) for key in sys.argv[2:]]
if place.startswith("http"):
    reader = HttpTileReader([place])
    note = reader.read_checkpoint()
else:
    reader = FileSystemTileReader(place)
    note = (Path(place) / "checkpoint").read_bytes()
note = parse_note(note)
assert verify_note(note, keys), "no known key signed the head"
head = parse_checkpoint(note.text)
audit_tiles(reader, head.size, head.root)
for index in range(head.size):
    entry = read_entry(reader, index, head.size)
    proof = inclusion_proof_from_tiles(reader, index, head.size)
    assert verify_leaf_inclusion(entry, index, head.size, proof, head.root)
    then = tree_root_from_tiles(reader, index + 1, head.size)
    proof = consistency_proof_from_tiles(reader, index + 1, head.size)
    assert verify_consistency(index + 1, head.size, then, head.root, proof)
print(json.dumps({"origin": head.origin, "size": head.size, "root": head.root.hex()}), flush=True)

for line in sys.stdin:
    told = json.loads(line)
    proof = [bytes.fromhex(step) for step in told["proof"]]
    root = lambda name: bytes.fromhex(told[name])
    if "entry" in told:
        fine = verify_leaf_inclusion(told["entry"].encode(), told["index"], told["size"], proof, root("root"))
    else:
        fine = verify_consistency(told["from"], told["to"], root("from_root"), root("to_root"), proof)
    print("ok" if fine else "wrong")
