#!/usr/bin/env python3
"""twins.py CORPUS [--facteur BINARY]      The nine EDIFACT examples of EN 16931 beside the same examples in CII and UBL.

CORPUS holds `edifact/cen_EDIFACT_EXAMPLE1..9.edi`, `cii/CII_example*` and `ubl-invoice/ubl-tc434-example*`; it stays outside this repository, and where it is
not, this tool says so and ends with 2. Each example is compared by `facteur diff`: number, dates, parties, lines, VAT and totals must be equal, but for what
EXPLAINED says of the files themselves. Prints a Markdown table; exit status 1 where anything else differs.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What an example is, by the terms and groups that make it one.
ASPECTS = {
    "number": ["BT-1", "BT-3"],
    "dates": ["BT-2", "BT-7", "BT-9", "BG-14"],
    "seller": ["BT-27", "BT-29", "BT-30", "BT-31", "BG-5"],
    "buyer": ["BT-44", "BT-46", "BT-47", "BT-48", "BG-8"],
    "lines": ["BG-25"],
    "VAT": ["BG-23"],
    "totals": ["BG-22", "BT-5"],
}
# Differences of the files themselves, looked up in both: by example and form, the terms that differ, and why.
UNITS = "other units in the UBL file (EA, KW)"
EXPLAINED = {
    (1, "ubl"): [("BT-130", UNITS), ("BT-153", "one name is spelt otherwise")],
    (2, "ubl"): [("BT-7", "EDIFACT has the tax point, UBL a code for it"), ("BT-31 BT-48", "VAT numbers without the country's letters in EDIFACT"), ("BT-129", "quantity 1 in EDIFACT, 2 in UBL"), ("BT-130 BT-150", UNITS), ("BT-157 BT-157-1 BT-158 BT-158-1", "other identifiers and schemes of items"), ("BT-132", "line 4 of the order is named in EDIFACT alone"), ("BT-147 BT-148", "2.75 less 0.275 in EDIFACT, 2.70 less 0.27 in UBL")],
    (3, "ubl"): [("BG-25 BG-23 BT-106 BT-109 BT-110 BT-112 BT-115 BT-129", "one line and one rate more in UBL: 2005.00 to pay, 1125 in EDIFACT and CII"), ("BT-130", UNITS), ("BT-29 BT-47 BT-48", "identifiers that EDIFACT does not state")],
    (4, "ubl"): [("BT-130", UNITS)],
    (5, "cii"): [("BT-135", "2013-04-10 in EDIFACT, 2013-03-10 in CII"), ("BT-157-1", "another scheme"), ("BT-158", "not in CII")],
    (5, "ubl"): [("BT-7", "not in UBL"), ("BT-130 BT-150", UNITS), ("BT-127 BT-128 BT-135 BT-140 BT-147 BT-157-1 BT-158", "values of the lines that differ in the files")],
    (6, "cii"): [("BT-31", "VAT number without the country's letters in EDIFACT")],
    (6, "ubl"): [("BT-31", "VAT number without the country's letters in EDIFACT"), ("BT-130", UNITS)],
    (7, "ubl"): [("BT-2", "2013-05-13 in EDIFACT, 2013-03-11 in UBL"), ("BT-130", UNITS)],
    (8, "cii"): [("BT-149", "the CII file repeats the price there; EDIFACT says 1 or 12")],
    (8, "ubl"): [("BT-7", "not in EDIFACT"), ("BT-130 BT-150", UNITS)],
    (9, "cii"): [("BT-135", "2016-06-30 in EDIFACT, 2016-04-01 in CII"), ("BT-149", "49 in CII, 1 in EDIFACT")],
    (9, "ubl"): [("BT-9", "2015-04-15 in EDIFACT, 2015-04-14 in UBL"), ("BT-73 BT-74 BT-134 BT-135", "a period of the line in EDIFACT, of the invoice in UBL")],
}


def differences(binary, a, b, terms):
    run = subprocess.run([binary, "diff", "--format", "json", "--ignore", "other", "--only", ",".join(terms), a, b], capture_output=True, text=True)
    if run.returncode > 1:
        return [("not read", None, None)]
    if run.returncode == 0:
        return []
    said = lambda side: side and side["value"]
    return [(d["term"], said(d["a"]), said(d["b"])) for d in json.loads(run.stdout)["differences"]]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("corpus")
    args.add_argument("--facteur", default=f"{HERE}/target/release/facteur")
    o = args.parse_args()
    if not os.path.exists(f"{o.corpus}/edifact") or not os.path.exists(o.facteur):
        print(f"twins.py: not run: {o.corpus}/edifact and {o.facteur} are needed", file=sys.stderr)
        sys.exit(2)
    wrong = 0
    print(f"| example | beside | {' | '.join(ASPECTS)} |\n|---|---|{'---|' * len(ASPECTS)}")
    notes = []
    for n in range(1, 10):
        edi = f"{o.corpus}/edifact/cen_EDIFACT_EXAMPLE{n}.edi"
        for form, pattern in (("cii", f"cii/CII_example{n}.*"), ("ubl", f"ubl-invoice/ubl-tc434-example{n}.*")):
            found = sorted(glob.glob(f"{o.corpus}/{pattern}"))
            if not found:
                print(f"| {n} | {form} |{' – |' * len(ASPECTS)}")
                notes.append((n, form, "all", "no such file in the corpus"))
                continue
            cells = []
            for aspect, terms in ASPECTS.items():
                other = differences(o.facteur, edi, found[0], terms)
                explained = {t: why for terms, why in EXPLAINED.get((n, form), []) for t in terms.split()}
                unknown = [d for d in other if d[0] not in explained]
                cells.append("equal" if not other else "explained" if not unknown else f"**{len(unknown)} differ**")
                for why in dict.fromkeys(explained[t] for t, _, _ in other if t in explained):
                    notes.append((n, form, aspect, why))
                for t, one, two in unknown:
                    notes.append((n, form, aspect, f"**{t}** {one!s:.40} / {two!s:.40}"))
                wrong += len(unknown)
            print(f"| {n} | {form} | {' | '.join(cells)} |")
    print()
    for n, form, aspect, told in notes:
        print(f"- {n}, {form}, {aspect}: {told}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
