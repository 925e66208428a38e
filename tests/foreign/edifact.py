"""What pydifact reads in the interchanges of a folder: sender, reference, type, segments without UNH and UNT, lines, amounts, texts."""

import pathlib
import sys

from pydifact.segmentcollection import Interchange


def components(element):
    return element if isinstance(element, list) else [element]


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.edi")):
    interchange = Interchange.from_file(str(path), encoding="latin-1")
    messages = list(interchange.get_messages())
    assert len(messages) == 1, path
    segments = messages[0].segments
    texts = [c for s in segments if s.tag == "FTX" and len(s.elements) > 3 for c in components(s.elements[3]) if c]
    sender = components(interchange.sender)[0]
    count = lambda tag: sum(1 for s in segments if s.tag == tag)
    row = [path.name, sender, interchange.control_reference, messages[0].type, len(segments), count("LIN"), count("MOA")]
    print("\t".join(map(str, row)) + "\t" + "|".join(texts))
