"""Life-cycle messages by judges that others wrote: python cdar.py FOLDER

FOLDER holds NAME.xml, messages that are to be in order. lxml holds each to the D22B schema that pyfrctc carries; where saxonche is
installed, the schematron that it carries judges as well (XSLT 2.0, which lxml does not run). Each judge has to refuse what is
damaged first: one that takes everything would hold nothing. Says what ran, then "all as it must be".
"""

import collections
import importlib.util
import pathlib
import sys

from lxml import etree

# Found without being imported: its files are wanted, and not what its code needs.
CARRIED = pathlib.Path(importlib.util.find_spec("pyfrctc").submodule_search_locations[0])
SCHEMA = CARRIED / "cdar-xsd" / "CrossDomainAcknowledgementAndResponse_100pD22B.xsd"
SCHEMATRON = CARRIED / "cdar-schematron" / "BR-FR-CDV-Schematron-CDAR.xslt"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
MESSAGES = {path.stem: path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml"))}
FAULTS = []


def told(what, condition, why=""):
    if not condition:
        FAULTS.append(what)
        print(f"WRONG {what}: {why}")


def by_schema():
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))

    def faults(message):
        schema.validate(etree.fromstring(message))
        return [f"line {entry.line}: {entry.message}" for entry in schema.error_log]

    for name, message in MESSAGES.items():
        told(f"{name} by the schema", not faults(message), "; ".join(faults(message)[:3]))
    refusal = next(message for message in MESSAGES.values() if b"<ram:ReasonCode>" in message)
    for what, damaged in {
        "an element of another name": refusal.replace(b"ram:ReasonCode>", b"ram:Motive>"),
        "the date in the other namespace": refusal.replace(b"qdt:DateTimeString", b"udt:DateTimeString"),
        "the status before the number": moved(refusal),
    }.items():
        told(f"the schema takes {what}", damaged != refusal and faults(damaged))
    return f"schema: {len(MESSAGES)} messages"


def moved(message):
    root = etree.fromstring(message)
    document = next(root.iter("{*}ReferenceReferencedDocument"))
    document.insert(0, document.find("{*}ProcessConditionCode"))
    return etree.tostring(root)


def by_schematron():
    try:
        import saxonche
    except ImportError:
        return "schematron: did not run, saxonche is not installed"
    with saxonche.PySaxonProcessor(license=False) as processor:
        judge = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(SCHEMATRON))

        def fatal(message):
            report = judge.transform_to_string(xdm_node=processor.parse_xml(xml_text=message.decode()))
            failed = etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert")
            return [one.get("id") for one in failed if one.get("flag", "fatal") != "warning"]

        for name, message in MESSAGES.items():
            told(f"{name} by the schematron", not fatal(message), fatal(message))
        bare = next(message for name, message in MESSAGES.items() if name.startswith("210"))
        found = fatal(bare.replace(b"<ram:ReasonCode>", b"<ram:ReasonCode>X"))
        told("the schematron takes a reason of nobody's", found)
    return f"schematron: {len(MESSAGES)} messages"


told("the folder", MESSAGES, "is empty")
statuses = collections.Counter(name.split("-")[0] for name in MESSAGES)
print(", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
print(by_schema())
print(by_schematron())
if FAULTS:
    sys.exit(1)
print("all as it must be")
