"""saxon.py STYLESHEET INVOICE: nanoseconds of one judgement by SaxonC, one a line: parsing the text, transforming, giving the SVRL.

The stylesheet is compiled once and the engine is warm before anything is timed. Fails where an assertion fires, or where there is
no SVRL: what is not judged is not measured.
"""
import sys
import time

from saxonche import PySaxonProcessor

stylesheet, invoice = sys.argv[1:]
with open(invoice, encoding="utf-8") as file:
    text = file.read()
saxon = PySaxonProcessor(license=False)
judge = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)


def judged():
    return judge.transform_to_string(xdm_node=saxon.parse_xml(xml_text=text))


svrl = judged()
assert svrl and "schematron-output" in svrl, "no SVRL"
assert "failed-assert" not in svrl, "the invoice is not valid"
for _ in range(20):
    judged()
for _ in range(40):
    start = time.perf_counter_ns()
    judged()
    print(time.perf_counter_ns() - start)
