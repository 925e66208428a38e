#!/usr/bin/env python3
"""Reads `/metrics` as Prometheus does: the OpenMetrics parser of `prometheus-client` (PyPI), which no one here wrote.

    metrics.py < metrics.txt

Prints each family with its type, and fails where the text is not what it says it is, where a label has more values than
anybody would store, or where a counter does not end as it must.
"""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

MOST_VALUES = 100

families = {}
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.name not in families, f"{family.name} twice"
    assert family.name.startswith(("facteur_", "process_")), family.name
    assert family.documentation, f"{family.name} does not say what it is"
    assert not family.unit or family.name.endswith("_" + family.unit), (family.name, family.unit)
    values = {}
    for sample in family.samples:
        for label, value in sample.labels.items():
            values.setdefault(label, set()).add(value)
        if family.type == "counter":
            assert sample.name.endswith("_total") and sample.value >= 0, sample
    for label, seen in values.items():
        assert len(seen) <= MOST_VALUES, f"{family.name}: {label} has {len(seen)} values"
    families[family.name] = family
    print(family.type, family.name, len(family.samples))

for name, kind in {
    "facteur_documents_accepted": "counter",
    "facteur_documents_judged": "counter",
    "facteur_deposits": "counter",
    "facteur_invoices": "gauge",
    "facteur_http_request_seconds": "histogram",
    "facteur_store_commit_seconds": "histogram",
    "facteur_folder_files": "counter",
    "facteur_build": "info",
    "process_start_time_seconds": "gauge",
}.items():
    assert families[name].type == kind, (name, families[name].type)
print("all as it must be")
